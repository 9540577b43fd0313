/*
 * test_base64.c: RFC 4648's examples, and all that is nearly base64.
 */
#include "proto/base64.h"

#include <string.h>

#include "tests/unit/unit.h"

static const struct {
    const char *bytes;
    const char *text;
} pairs[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xff\xfe\xfb\xef", "//777w=="},
    {"~~~???", "fn5+Pz8/"},
};

START_TEST(test_encode)
{
    char text[16];

    azb_base64_encode(pairs[_i].bytes, strlen(pairs[_i].bytes), text);
    ck_assert_str_eq(text, pairs[_i].text);
    ck_assert_uint_eq(strlen(text), AZB_BASE64_CHARS(strlen(pairs[_i].bytes)));
}
END_TEST

START_TEST(test_decode)
{
    unsigned char bytes[16];
    size_t n = 99;

    ck_assert_int_eq(azb_base64_decode(pairs[_i].text, strlen(pairs[_i].text), bytes, &n), 0);
    ck_assert_uint_eq(n, strlen(pairs[_i].bytes));
    ck_assert_mem_eq(bytes, pairs[_i].bytes, n);
}
END_TEST

static const struct {
    const char *label;
    const char *text;
    size_t n;
} bad[] = {
    {"one character", "Z", 1},
    {"two", "Zg", 2},
    {"three", "Zm8", 3},
    {"padding cut", "Zg=", 3},
    {"five characters", "Zm9vZ", 5},
    {"only padding", "====", 4},
    {"three paddings", "Z===", 4},
    {"padding in front", "=Zg=", 4},
    {"padding in the middle", "Zg==Zm9v", 8},
    {"one padding in the middle", "Zm8=Zm9v", 8},
    {"character behind padding", "Zg=v", 4},
    {"URL alphabet, minus", "-_77", 4},
    {"URL alphabet, underscore", "Zm9_", 4},
    {"space", "Zm9 ", 4},
    {"newline at the end", "Zm9v\n", 5},
    {"newline that makes four", "Zm8\n", 4},
    {"newline inside", "Zm9\nZm9v", 8},
    {"NUL", "Zm\0v", 4},
    {"first byte above ASCII", "\x80m9v", 4},
    {"last byte above ASCII", "Zm9\xff", 4},
    {"bad in the first of many groups", "Zm*vZm9vZm9vZm9v", 16},
    {"bad in the last of many groups", "Zm9vZm9vZm9vZm*v", 16},
};

START_TEST(test_refused)
{
    unsigned char bytes[16];
    size_t n = 99;

    ck_assert_msg(azb_base64_decode(bad[_i].text, bad[_i].n, bytes, &n) == -1, "%s: accepted",
                  bad[_i].label);
    ck_assert_msg(n == 99, "%s: length set on failure", bad[_i].label);
}
END_TEST

/* Every byte value and every length up to some groups, and nothing written behind the end. */
START_TEST(test_round_trip)
{
    unsigned char bytes[259], back[259 + 3];
    char text[AZB_BASE64_CHARS(259) + 2];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 7);
    for (size_t n = 0; n <= sizeof(bytes); n++) {
        size_t chars = AZB_BASE64_CHARS(n), n_back = 0;

        memset(text, '!', sizeof(text));
        azb_base64_encode(bytes, n, text);
        ck_assert(text[chars] == '\0' && text[chars + 1] == '!');
        memset(back, 0xaa, sizeof(back));
        ck_assert_int_eq(azb_base64_decode(text, chars, back, &n_back), 0);
        ck_assert_uint_eq(n_back, n);
        ck_assert_mem_eq(back, bytes, n);
        ck_assert_uint_eq(back[n], 0xaa);
    }
}
END_TEST

/* Bits that no byte takes up: other decoders let them pass. */
START_TEST(test_left_over_bits)
{
    unsigned char bytes[3];
    size_t n;

    ck_assert_int_eq(azb_base64_decode("Zh==", 4, bytes, &n), 0);
    ck_assert(n == 1 && bytes[0] == 'f');
    ck_assert_int_eq(azb_base64_decode("Zm9=", 4, bytes, &n), 0);
    ck_assert(n == 2 && bytes[1] == 'o');
}
END_TEST

static Suite *base64_suite(void)
{
    Suite *suite = suite_create("base64");
    TCase *tcase = tcase_create("base64");

    UNIT_TABLE(tcase, test_encode, pairs);
    UNIT_TABLE(tcase, test_decode, pairs);
    UNIT_TABLE(tcase, test_refused, bad);
    tcase_add_test(tcase, test_round_trip);
    tcase_add_test(tcase, test_left_over_bits);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(base64_suite)
