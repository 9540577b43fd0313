/*
 * test_error.c: the error struct and the RPC error map, both ways.
 */
#include "proto/error.h"

#include <string.h>

#include "proto/buf.h"
#include "proto/utf8.h"
#include "proto/value.h"
#include "tests/unit/unit.h"

/* The map of an error, parsed; its bytes live in buf and its values in zone. */
static msgpack_object packed(const struct azb_error *err, struct azb_buf *buf,
                             msgpack_zone *zone)
{
    msgpack_packer pk;
    msgpack_object ret;
    size_t off = 0;

    azb_buf_packer(&pk, buf);
    azb_error_pack(&pk, err);
    ck_assert(!buf->failed);
    ck_assert_int_eq(msgpack_unpack((const char *)buf->data, buf->len, &off, zone, &ret),
                     MSGPACK_UNPACK_SUCCESS);
    return ret;
}

static void round_trip(const struct azb_error *err, struct azb_error *ret)
{
    struct azb_buf buf = {0};
    msgpack_zone zone;
    msgpack_object map;

    msgpack_zone_init(&zone, 1024);
    map = packed(err, &buf, &zone);
    memset(ret, 0x55, sizeof(*ret)); /* whatever was there before must be gone */
    azb_error_unpack(ret, &map);
    msgpack_zone_destroy(&zone);
    azb_buf_clear(&buf);
}

static const struct {
    enum azb_err what;
    const char *kind;
    const char *code;
} errors[] = {
#define X(name, kind, code) {AZB_ERR_##name, kind, code},
    AZB_ERR_MAP(X)
#undef X
};

/* Each error of ours comes back as itself, whoever else has its kind. */
START_TEST(test_own_errors)
{
    struct azb_error err = {0}, back;

    ck_assert_int_eq(azb_error_set(&err, errors[_i].what, "%d %s", 7, "words"), -1);
    ck_assert_str_eq(err.code, errors[_i].code);
    ck_assert_str_eq(azb_error_kind(errors[_i].what), errors[_i].kind);
    ck_assert_str_eq(azb_error_code(errors[_i].what), errors[_i].code);
    round_trip(&err, &back);
    ck_assert_msg(back.what == errors[_i].what, "%s came back as %s", errors[_i].code,
                  azb_error_code(back.what));
    ck_assert_str_eq(back.code, errors[_i].code);
    ck_assert_str_eq(back.message, "7 words");
}
END_TEST

/* Names in the table: all there, and no two errors with one code. */
START_TEST(test_codes_are_unique)
{
    for (size_t i = 0; i < N_ELEMENTS(errors); i++) {
        ck_assert(errors[i].kind[0] != '\0' && errors[i].code[0] != '\0');
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(errors[i].code, errors[j].code);
    }
}
END_TEST

START_TEST(test_all_fields)
{
    struct azb_error err = {
        .what = AZB_ERR_NOT_FOUND,
        .status = 404,
        .attempts = 3,
        .retryable = true,
        .code = "BlobNotFound",
        .request_id = "7f2e0000-0000-0000-0000-000000000001",
        .client_request_id = "c0",
        .operation = "blob.get_blob_properties",
        .target = "container/bl\xc3\xb6"
                  "b",
        .message = "The specified blob does not exist.",
    };
    struct azb_error back;

    round_trip(&err, &back);
    ck_assert_int_eq(back.what, err.what);
    ck_assert_int_eq(back.status, err.status);
    ck_assert_uint_eq(back.attempts, err.attempts);
    ck_assert(back.retryable);
    ck_assert_str_eq(back.code, err.code);
    ck_assert_str_eq(back.request_id, err.request_id);
    ck_assert_str_eq(back.client_request_id, err.client_request_id);
    ck_assert_str_eq(back.operation, err.operation);
    ck_assert_str_eq(back.target, err.target);
    ck_assert_str_eq(back.message, err.message);
}
END_TEST

static const struct {
    const char *label;
    struct azb_error err;
    uint32_t n_pairs;
} sizes[] = {
    {"nothing but what it is", {.what = AZB_ERR_CANCELLED}, 4},
    {"a status", {.what = AZB_ERR_SERVICE, .status = 500}, 5},
    {"a negative status is one", {.what = AZB_ERR_SERVICE, .status = -1}, 5},
    {"attempts", {.what = AZB_ERR_BROKEN, .attempts = 1}, 5},
    {"ids", {.what = AZB_ERR_SERVICE, .request_id = "a", .client_request_id = "b"}, 6},
    {"all", {AZB_ERR_AUTH, 403, 1, true, "C", "r", "c", "o", "t", "m"}, 10},
};

START_TEST(test_absent_fields)
{
    struct azb_buf buf = {0};
    msgpack_zone zone;
    msgpack_object map;

    msgpack_zone_init(&zone, 1024);
    map = packed(&sizes[_i].err, &buf, &zone);
    ck_assert_int_eq(map.type, MSGPACK_OBJECT_MAP);
    ck_assert_msg(map.via.map.size == sizes[_i].n_pairs, "%s: %u pairs", sizes[_i].label,
                  map.via.map.size);
    ck_assert_ptr_nonnull(azb_map_find(&map.via.map, "code"));
    ck_assert_ptr_nonnull(azb_map_find(&map.via.map, "kind"));
    ck_assert_ptr_nonnull(azb_map_find(&map.via.map, "message"));
    ck_assert_ptr_nonnull(azb_map_find(&map.via.map, "retryable"));
    msgpack_zone_destroy(&zone);
    azb_buf_clear(&buf);
}
END_TEST

static const struct {
    const char *kind;
    const char *code;
    enum azb_err want;
} kinds[] = {
    {"ResourceNotFoundError", "BlobNotFound", AZB_ERR_NOT_FOUND},
    {"ResourceExistsError", "ContainerAlreadyExists", AZB_ERR_EXISTS},
    {"ResourceModifiedError", "ConditionNotMet", AZB_ERR_MODIFIED},
    {"ClientAuthenticationError", "AuthenticationFailed", AZB_ERR_AUTH},
    {"ClientAuthenticationError", "PermissionDenied", AZB_ERR_DENIED},
    {"ClientAuthenticationError", "NoAuthenticationInformation", AZB_ERR_AUTH},
    {"HttpResponseError", "TooManyCalls", AZB_ERR_BUSY},
    {"HttpResponseError", "ServerBusy", AZB_ERR_SERVICE},
    {"ServiceRequestError", "ConnectionFailed", AZB_ERR_CONNECT},
    {"ServiceRequestError", "TlsFailed", AZB_ERR_TLS},
    {"ValueError", "BlobNotFound", AZB_ERR_SERVICE}, /* no kind of a service's answer */
    {"ResourceNotFoundError", "TlsFailed", AZB_ERR_NOT_FOUND}, /* our code, another's kind */
    {"ResourceNotFoundErro", "x", AZB_ERR_SERVICE},
    {"ResourceNotFoundErrorX", "x", AZB_ERR_SERVICE},
    {"resourcenotfounderror", "x", AZB_ERR_SERVICE},
    {"KeyboardInterrupt", "", AZB_ERR_SERVICE},
    {"", "", AZB_ERR_SERVICE},
};

START_TEST(test_from_kind)
{
    enum azb_err got = azb_error_from_kind(kinds[_i].kind, strlen(kinds[_i].kind),
                                           kinds[_i].code, strlen(kinds[_i].code));

    ck_assert_msg(got == kinds[_i].want, "%s, %s: %s", kinds[_i].kind, kinds[_i].code,
                  azb_error_code(got));
}
END_TEST

/* What a peer may send for an error: raw msgpack, and what is read from it. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static const struct {
    const char *label;
    const char *bytes;
    size_t n;
    enum azb_err what;
    const char *code;
    const char *message;
    int status;
} foreign[] = {
    {"a plain string", BYTES("\xa4oops"), AZB_ERR_SERVICE, "", "oops", 0},
    {"an empty string", BYTES("\xa0"), AZB_ERR_SERVICE, "", "", 0},
    {"a binary", BYTES("\xc4\x02hm"), AZB_ERR_SERVICE, "", "hm", 0},
    {"a number", BYTES("\x07"), AZB_ERR_SERVICE, "", "", 0},
    {"true", BYTES("\xc3"), AZB_ERR_SERVICE, "", "", 0},
    {"an array", BYTES("\x91\xa1x"), AZB_ERR_SERVICE, "", "", 0},
    {"an empty map", BYTES("\x80"), AZB_ERR_SERVICE, "", "", 0},
    {"wrong types inside",
     BYTES("\x84\xa4"
           "code\x01\xa7message\xc0\xa6status\xa1x\xa9retryable\x01"),
     AZB_ERR_SERVICE, "", "", 0},
    {"keys that are no strings", BYTES("\x82\x01\x02\xc0\xc0"), AZB_ERR_SERVICE, "", "", 0},
    {"a status too large", BYTES("\x81\xa6status\xcd\x03\xe8"), AZB_ERR_SERVICE, "", "", 0},
    {"a negative status", BYTES("\x81\xa6status\xff"), AZB_ERR_SERVICE, "", "", 0},
    {"a status of 2^64 - 1", BYTES("\x81\xa6status\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
     AZB_ERR_SERVICE, "", "", 0},
    {"a good status", BYTES("\x81\xa6status\xcd\x01\x94"), AZB_ERR_SERVICE, "", "", 404},
    {"a code alone",
     BYTES("\x81\xa4"
           "code\xa9"
           "Cancelled"),
     AZB_ERR_SERVICE, "Cancelled", "", 0},
    {"a kind alone", BYTES("\x81\xa4kind\xb5ResourceNotFoundError"), AZB_ERR_NOT_FOUND, "", "",
     0},
    {"the first of two",
     BYTES("\x82\xa4"
           "code\xa1"
           "a\xa4"
           "code\xa1"
           "b"),
     AZB_ERR_SERVICE, "a", "", 0},
};

START_TEST(test_foreign)
{
    struct azb_error err;
    msgpack_zone zone;
    msgpack_object value;
    size_t off = 0;

    msgpack_zone_init(&zone, 1024);
    ck_assert_int_eq(msgpack_unpack(foreign[_i].bytes, foreign[_i].n, &off, &zone, &value),
                     MSGPACK_UNPACK_SUCCESS);
    memset(&err, 0x55, sizeof(err));
    azb_error_unpack(&err, &value);
    ck_assert_msg(err.what == foreign[_i].what, "%s: %s", foreign[_i].label,
                  azb_error_code(err.what));
    ck_assert_msg(strcmp(err.code, foreign[_i].code) == 0, "%s: %s", foreign[_i].label,
                  err.code);
    ck_assert_msg(strcmp(err.message, foreign[_i].message) == 0, "%s: %s", foreign[_i].label,
                  err.message);
    ck_assert_int_eq(err.status, foreign[_i].status);
    ck_assert_uint_eq(err.attempts, 0);
    ck_assert(!err.retryable);
    ck_assert_str_eq(err.request_id, "");
    msgpack_zone_destroy(&zone);
}
END_TEST

START_TEST(test_none)
{
    struct azb_error err;

    memset(&err, 0x55, sizeof(err));
    azb_error_unpack(&err, NULL);
    ck_assert_int_eq(err.what, AZB_ERR_SERVICE);
    ck_assert_str_eq(err.message, "");
    ck_assert_int_eq(azb_error_set(NULL, AZB_ERR_BUSY, "nobody %s", "listens"), -1);
    ck_assert_str_eq(azb_error_kind(AZB_OK), "");
    ck_assert_str_eq(azb_error_code((enum azb_err)12345), "");
    ck_assert_str_eq(azb_error_kind((enum azb_err)12345), "");
}
END_TEST

/* Texts longer than their fields are cut, not spilled, and other fields are kept. */
START_TEST(test_long_texts)
{
    struct azb_error err = {.status = 503, .attempts = 2}, back;
    struct azb_buf buf = {0};
    char text[2000];
    msgpack_packer pk;
    msgpack_zone zone;
    msgpack_object map;
    size_t off = 0;

    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    azb_error_set(&err, AZB_ERR_SERVICE, "%s", text);
    ck_assert_uint_eq(strlen(err.message), sizeof(err.message) - 1);
    ck_assert_int_eq(err.status, 503);
    ck_assert_uint_eq(err.attempts, 2);

    azb_buf_packer(&pk, &buf);
    msgpack_pack_map(&pk, 2);
    azb_pack_str(&pk, "code");
    azb_pack_str(&pk, text);
    azb_pack_str(&pk, "target");
    azb_pack_str(&pk, text);
    msgpack_zone_init(&zone, 1024);
    ck_assert_int_eq(msgpack_unpack((const char *)buf.data, buf.len, &off, &zone, &map),
                     MSGPACK_UNPACK_SUCCESS);
    azb_error_unpack(&back, &map);
    ck_assert_uint_eq(strlen(back.code), sizeof(back.code) - 1);
    ck_assert_uint_eq(strlen(back.target), sizeof(back.target) - 1);
    msgpack_zone_destroy(&zone);
    azb_buf_clear(&buf);
}
END_TEST

/* What is sent is UTF-8, whatever was quoted and wherever it was cut. */
START_TEST(test_texts_are_utf8)
{
    struct azb_error err = {0}, back;
    struct azb_buf buf = {0};
    msgpack_packer pk;
    msgpack_unpacked unpacked;
    char text[600];

    text[0] = '\xff';
    for (size_t i = 1; i + 1 < sizeof(text); i += 2)
        memcpy(text + i, "\xc3\xbc", 2);
    text[sizeof(text) - 1] = '\0';
    azb_error_set(&err, AZB_ERR_SERVICE, "%s", text);
    ck_assert(!azb_utf8_is_valid(err.message, strlen(err.message)));
    azb_buf_packer(&pk, &buf);
    azb_error_pack(&pk, &err);
    msgpack_unpacked_init(&unpacked);
    ck_assert_int_eq(msgpack_unpack_next(&unpacked, (const char *)buf.data, buf.len, NULL),
                     MSGPACK_UNPACK_SUCCESS);
    azb_error_unpack(&back, &unpacked.data);
    ck_assert(azb_utf8_is_valid(back.message, strlen(back.message)));
    ck_assert(strncmp(back.message, "?\xc3\xbc\xc3\xbc", 5) == 0);
    msgpack_unpacked_destroy(&unpacked);
    azb_buf_clear(&buf);
}
END_TEST

static Suite *error_suite(void)
{
    Suite *suite = suite_create("error");
    TCase *tcase = tcase_create("error");

    UNIT_TABLE(tcase, test_own_errors, errors);
    UNIT_TABLE(tcase, test_absent_fields, sizes);
    UNIT_TABLE(tcase, test_from_kind, kinds);
    UNIT_TABLE(tcase, test_foreign, foreign);
    tcase_add_test(tcase, test_codes_are_unique);
    tcase_add_test(tcase, test_all_fields);
    tcase_add_test(tcase, test_none);
    tcase_add_test(tcase, test_long_texts);
    tcase_add_test(tcase, test_texts_are_utf8);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(error_suite)
