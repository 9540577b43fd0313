/*
 * test_json.c: MessagePack to JSON where they differ, and arguments of `azblob call`.
 */
#include "client/json.h"

#include <string.h>

#include "tests/unit/unit.h"

/* A string literal's bytes, NULs included. */
#define BYTES(s) s, sizeof(s) - 1

static const struct {
    const char *label;
    const char *packed;
    size_t n;
    const char *want;
} to_json[] = {
    {"nil", BYTES("\xc0"), "null"},
    {"true", BYTES("\xc3"), "true"},
    {"text", BYTES("\xa2hi"), "\"hi\""},
    {"quotes and control characters", BYTES("\xa4\"\\\n\x01"), "\"\\\"\\\\\\n\\u0001\""},
    {"NUL in text",
     BYTES("\xa3"
           "a\0b"),
     "\"a\\u0000b\""},
    {"text that is not UTF-8", BYTES("\xa2\xff\xfe"), "\"//4=\""},
    {"bytes", BYTES("\xc4\x03\x00\x01\x02"), "\"AAEC\""},
    {"one byte", BYTES("\xc4\x01\xff"), "\"/w==\""},
    {"no bytes", BYTES("\xc4\x00"), "\"\""},
    {"no text", BYTES("\xa0"), "\"\""},
    {"negative", BYTES("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"), "-9223372036854775808"},
    {"largest that JSON readers keep", BYTES("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"),
     "9223372036854775807"},
    {"too large for them", BYTES("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
     "\"18446744073709551615\""},
    {"fraction", BYTES("\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"), "1.5"},
    {"infinity", BYTES("\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"), "null"},
    {"not a number", BYTES("\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"), "null"},
    {"array", BYTES("\x93\x01\xc0\x90"), "[1,null,[]]"},
    {"map",
     BYTES("\x82\xa1"
           "a\x01\xa1"
           "b\x81\xa1"
           "c\x02"),
     "{\"a\":1,\"b\":{\"c\":2}}"},
    {"number as key", BYTES("\x81\x07\xc3"), "{\"7\":true}"},
    {"array as key", BYTES("\x81\x92\x01\x02\xc3"), "{\"[1,2]\":true}"},
    {"bytes as key", BYTES("\x81\xc4\x01\xff\xc3"), "{\"/w==\":true}"},
    {"extension", BYTES("\xd4\x05\x01"), "{\"type\":5,\"data\":\"AQ==\"}"},
};

START_TEST(test_to_json)
{
    struct azb_buf out = {0};
    struct azb_error err = {0};
    msgpack_unpacked value;
    size_t off = 0;

    msgpack_unpacked_init(&value);
    ck_assert_int_eq(msgpack_unpack_next(&value, to_json[_i].packed, to_json[_i].n, &off),
                     MSGPACK_UNPACK_SUCCESS);
    ck_assert_msg(azb_json_write(&out, &value.data, false, &err) == 0, "%s: %s",
                  to_json[_i].label, err.message);
    ck_assert_msg(strcmp(azb_buf_cstr(&out), to_json[_i].want) == 0, "%s: %s",
                  to_json[_i].label, azb_buf_cstr(&out));
    azb_buf_clear(&out);
    msgpack_unpacked_destroy(&value);
}
END_TEST

static const struct {
    const char *label;
    const char *text;
    const char *packed;
    size_t n;
} from_text[] = {
    {"number", "42", BYTES("\x2a")},
    {"negative", "-1", BYTES("\xff")},
    {"true", "true", BYTES("\xc3")},
    {"null", "null", BYTES("\xc0")},
    {"fraction", "1.5", BYTES("\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00")},
    {"word", "demo",
     BYTES("\xa4"
           "demo")},
    {"empty", "", BYTES("\xa0")},
    {"quoted number stays text", "\"42\"",
     BYTES("\xa2"
           "42")},
    {"number with a tail", "42x",
     BYTES("\xa3"
           "42x")},
    {"leading zero", "007",
     BYTES("\xa3"
           "007")},
    {"True is a word", "True", BYTES("\xa4True")},
    {"half an object", "{\"a\":", BYTES("\xa5{\"a\":")},
    {"duplicate braces", "{}{}", BYTES("\xa4{}{}")},
    {"time", "2026-11-22T06:44:00Z",
     BYTES("\xb4"
           "2026-11-22T06:44:00Z")},
    {"not UTF-8", "\xff", BYTES("\xa1\xff")},
    {"too large a number", "18446744073709551615",
     BYTES("\xb4"
           "18446744073709551615")},
    {"object", "{\"a\": [1, \"x\", {}]}",
     BYTES("\x81\xa1"
           "a\x93\x01\xa1x\x80")},
    {"escaped NUL", "\"a\\u0000\"",
     BYTES("\xa2"
           "a\0")},
};

START_TEST(test_from_text)
{
    struct azb_buf out = {0};
    msgpack_packer pk;

    azb_buf_packer(&pk, &out);
    azb_json_pack(from_text[_i].text, &pk);
    ck_assert_msg(out.len == from_text[_i].n &&
                      memcmp(out.data, from_text[_i].packed, out.len) == 0,
                  "%s: %zu bytes, 0x%02x first", from_text[_i].label, out.len, out.data[0]);
    azb_buf_clear(&out);
}
END_TEST

static Suite *json_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *tc = tcase_create("values");

    UNIT_TABLE(tc, test_to_json, to_json);
    UNIT_TABLE(tc, test_from_text, from_text);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(json_suite)
