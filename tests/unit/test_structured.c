/*
 * test_structured.c: framed bodies, whole and cut everywhere, and each way of being wrong.
 */
#include "lib/codec/structured.h"

#include <string.h>

#include "lib/codec/crc64.h"
#include "proto/buf.h"
#include "tests/unit/structured_body.h"
#include "tests/unit/unit.h"

enum { CONTENT_BYTES = 50 };

static int keep(const void *bytes, size_t n, void *arg, struct azb_error *err)
{
    (void)err;
    azb_buf_append(arg, bytes, n);
    return 0;
}

/* Decode in chunks; the content goes to *ret, what came of it is returned. */
static enum azb_err decode(const struct azb_buf *body, uint64_t content_bytes, size_t chunk,
                           struct azb_buf *ret, struct azb_structured *decoder)
{
    struct azb_error err = {0};
    int rc = 0;

    ret->len = 0;
    azb_structured_init(decoder, body->len, content_bytes, keep, ret);
    for (size_t at = 0; at < body->len && rc == 0; at += chunk)
        rc = azb_structured_push(decoder, body->data + at,
                                 body->len - at < chunk ? body->len - at : chunk, &err);
    if (rc == 0)
        azb_structured_end(decoder, &err);
    return err.what;
}

static void content_fill(unsigned char *content)
{
    for (int i = 0; i < CONTENT_BYTES; i++)
        content[i] = (unsigned char)(7 * i);
}

static const size_t segment_sizes[] = {1, 7, 49, 50, 51};

START_TEST(test_good)
{
    unsigned char content[CONTENT_BYTES];
    struct azb_buf body = {0}, got = {0};
    struct azb_structured decoder;

    content_fill(content);
    structured_body(&body, content, CONTENT_BYTES, segment_sizes[_i]);
    for (size_t chunk = 1; chunk <= body.len; chunk++) {
        ck_assert_int_eq(decode(&body, CONTENT_BYTES, chunk, &got, &decoder), AZB_OK);
        ck_assert_uint_eq(got.len, CONTENT_BYTES);
        ck_assert_mem_eq(got.data, content, CONTENT_BYTES);
        ck_assert_uint_eq(decoder.crc, azb_crc64(0, content, CONTENT_BYTES));
    }
    azb_buf_clear(&body);
    azb_buf_clear(&got);
}
END_TEST

/* What another encoder makes of "hello world". */
START_TEST(test_known)
{
    static const unsigned char body[] =
        "\x01\x32\0\0\0\0\0\0\0\x01\0\x01\0\x01\0\x0b\0\0\0\0\0\0\0hello world"
        "\xbe\x8e\xea\xf6\xc3\xd5\x29\x8d\xbe\x8e\xea\xf6\xc3\xd5\x29\x8d";
    struct azb_buf message = {0}, got = {0}, ours = {0};
    struct azb_structured decoder;

    azb_buf_append(&message, body, sizeof(body) - 1);
    structured_body(&ours, "hello world", 11, 100);
    ck_assert_uint_eq(message.len, ours.len);
    ck_assert_mem_eq(message.data, ours.data, ours.len);
    ck_assert_int_eq(decode(&message, 11, SIZE_MAX / 2, &got, &decoder), AZB_OK);
    ck_assert_mem_eq(got.data, "hello world", 11);
    azb_buf_clear(&message);
    azb_buf_clear(&ours);
    azb_buf_clear(&got);
}
END_TEST

/* A body cut anywhere is short, and what it had checked by then is whole segments. */
START_TEST(test_cut)
{
    unsigned char content[CONTENT_BYTES];
    struct azb_buf body = {0}, got = {0};
    struct azb_structured decoder;

    content_fill(content);
    structured_body(&body, content, CONTENT_BYTES, 7);
    for (size_t n = 0; n < body.len; n++) {
        struct azb_error err = {0};

        got.len = 0;
        azb_structured_init(&decoder, body.len, CONTENT_BYTES, keep, &got);
        ck_assert_int_eq(azb_structured_push(&decoder, body.data, n, &err), 0);
        ck_assert_int_eq(azb_structured_end(&decoder, &err), -1);
        ck_assert_int_eq(err.what, AZB_ERR_SHORT_BODY);
        ck_assert_uint_eq(decoder.n_content, got.len);
        ck_assert(decoder.n_checked % 7 == 0 || decoder.n_checked == CONTENT_BYTES);
        ck_assert_uint_le(decoder.n_checked, got.len);
    }
    azb_buf_clear(&body);
    azb_buf_clear(&got);
}
END_TEST

/* No flipped bit comes out as a success. */
START_TEST(test_flipped)
{
    unsigned char content[CONTENT_BYTES];
    struct azb_buf body = {0}, got = {0};
    struct azb_structured decoder;

    content_fill(content);
    structured_body(&body, content, CONTENT_BYTES, 7);
    for (size_t bit = 0; bit < body.len * 8; bit++) {
        body.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        ck_assert_msg(decode(&body, CONTENT_BYTES, 11, &got, &decoder) != AZB_OK, "bit %zu",
                      bit);
        body.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    azb_buf_clear(&body);
    azb_buf_clear(&got);
}
END_TEST

/* Offsets are those of a body of two segments: 13 head, 10 + 30 + 8, 10 + 20 + 8, 8. */
static const struct {
    const char *label;
    int at, byte; /* this byte becomes that; at -1: none */
    int content_bytes;
    const char *more; /* behind the end */
    enum azb_err what;
} wrong[] = {
    {"another version", 0, 2, CONTENT_BYTES, "", AZB_ERR_BAD_RESPONSE},
    {"another length", 1, 9, CONTENT_BYTES, "", AZB_ERR_BAD_RESPONSE},
    {"no CRC", 9, 0, CONTENT_BYTES, "", AZB_ERR_BAD_RESPONSE},
    {"a flag more", 9, 3, CONTENT_BYTES, "", AZB_ERR_BAD_RESPONSE},
    {"a segment more", 11, 3, CONTENT_BYTES, "", AZB_ERR_BAD_RESPONSE},
    {"a segment less", 11, 1, CONTENT_BYTES, "", AZB_ERR_BAD_RESPONSE},
    {"the first segment is the second", 13, 2, CONTENT_BYTES, "", AZB_ERR_BAD_RESPONSE},
    {"a segment beyond the content", 15, 51, CONTENT_BYTES, "", AZB_ERR_BAD_RESPONSE},
    {"other content", 23, 99, CONTENT_BYTES, "", AZB_ERR_CHECKSUM},
    {"another checksum of a segment", 53, 99, CONTENT_BYTES, "", AZB_ERR_CHECKSUM},
    {"another checksum of all", 99, 99, CONTENT_BYTES, "", AZB_ERR_CHECKSUM},
    {"the headers say less content", -1, 0, CONTENT_BYTES - 1, "", AZB_ERR_BAD_RESPONSE},
    {"the headers say more content", -1, 0, CONTENT_BYTES + 1, "", AZB_ERR_BAD_RESPONSE},
    {"more content than message", -1, 0, 10000, "", AZB_ERR_BAD_RESPONSE},
    {"the headers say a longer body", -1, 0, CONTENT_BYTES, "x", AZB_ERR_BAD_RESPONSE},
};

START_TEST(test_wrong)
{
    unsigned char content[CONTENT_BYTES];
    struct azb_buf body = {0}, got = {0};
    struct azb_structured decoder;

    content_fill(content);
    structured_body(&body, content, CONTENT_BYTES, 30);
    if (wrong[_i].at >= 0)
        body.data[wrong[_i].at] = (unsigned char)wrong[_i].byte;
    azb_buf_puts(&body, wrong[_i].more);
    for (size_t chunk = 1; chunk <= body.len; chunk += 20)
        ck_assert_msg(decode(&body, (uint64_t)wrong[_i].content_bytes, chunk, &got, &decoder) ==
                          wrong[_i].what,
                      "%s", wrong[_i].label);
    azb_buf_clear(&body);
    azb_buf_clear(&got);
}
END_TEST

START_TEST(test_behind_the_end)
{
    struct azb_buf body = {0}, got = {0};
    struct azb_structured decoder;
    struct azb_error err = {0};

    structured_body(&body, "abc", 3, 3);
    ck_assert_int_eq(decode(&body, 3, SIZE_MAX / 2, &got, &decoder), AZB_OK);
    ck_assert_int_eq(azb_structured_push(&decoder, "x", 1, &err), -1);
    ck_assert_int_eq(err.what, AZB_ERR_BAD_RESPONSE);
    azb_buf_clear(&body);
    azb_buf_clear(&got);
}
END_TEST

static Suite *structured_suite(void)
{
    Suite *suite = suite_create("structured");
    TCase *tc = tcase_create("structured");

    UNIT_TABLE(tc, test_good, segment_sizes);
    tcase_add_test(tc, test_known);
    tcase_add_test(tc, test_cut);
    tcase_add_test(tc, test_flipped);
    UNIT_TABLE(tc, test_wrong, wrong);
    tcase_add_test(tc, test_behind_the_end);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(structured_suite)
