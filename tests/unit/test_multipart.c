/*
 * test_multipart.c: answers of a batch, with parts in any order, and bytes that are none.
 * Each is read whole, byte by byte, and cut off at every place.
 */
#include "lib/codec/multipart.h"

#include <string.h>

#include "proto/buf.h"
#include "tests/unit/unit.h"

#define TYPE "multipart/mixed; boundary=batchresponse_5"
#define NEXT "--batchresponse_5\r\n"
#define LAST "--batchresponse_5--"
#define PART(id) "Content-Type: application/http\r\nContent-ID: " id "\r\n\r\n"
#define ACCEPTED                                                                           \
    "HTTP/1.1 202 Accepted\r\nx-ms-delete-type-permanent: true\r\nx-ms-request-id: r0\r\n" \
    "Server: Windows-Azure-Blob/1.0\r\n\r\n"
#define GONE_BODY                                                                              \
    "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Error><Code>BlobNotFound</Code>" \
    "<Message>The blob is gone.\nRequestId:r1\nTime:2030-01-01T00:00:00.1Z</Message></Error>"
#define GONE                                                                               \
    "HTTP/1.1 404 The specified blob does not exist.\r\nx-ms-error-code: BlobNotFound\r\n" \
    "x-ms-request-id: r1\r\nContent-Length: 166\r\nContent-Type: "                         \
    "application/xml\r\n\r\n" GONE_BODY
#define OK "HTTP/1.1 200 OK\r\nx-ms-request-id: r\r\n\r\n"

/* "id status request-id|body|" for each part. */
static int print_part(const struct azb_part *part, void *arg, struct azb_error *err)
{
    struct azb_buf *ret = arg;
    const char *request_id;
    size_t n;

    (void)err;
    request_id = azb_part_header(part, "X-MS-REQUEST-ID", &n);
    azb_buf_printf(ret, "%ld %d %.*s|%.*s|", part->content_id, part->status, (int)n, request_id,
                   (int)part->body_n, part->body);
    return 0;
}

static int feed(struct azb_multipart *multipart, const char *bytes, size_t n, size_t step,
                struct azb_error *err)
{
    for (size_t at = 0; at < n; at += step) {
        size_t piece = n - at < step ? n - at : step;

        if (azb_multipart_push(multipart, bytes + at, piece, err) < 0)
            return -1;
    }
    return azb_multipart_end(multipart, err);
}

/* All parts as text; behind those before a failure "!" and its code. */
static void parse(const char *type, const char *bytes, size_t n, size_t step,
                  struct azb_buf *ret)
{
    struct azb_error err = {0};
    struct azb_multipart *multipart;

    ret->len = 0;
    multipart = azb_multipart_new(type, strlen(type), print_part, ret, &err);
    if (multipart == NULL || feed(multipart, bytes, n, step, &err) < 0)
        azb_buf_printf(ret, "!%s", err.code);
    azb_multipart_free(multipart);
    azb_buf_cstr(ret);
}

static const struct {
    const char *label;
    const char *type;
    const char *bytes;
    const char *want;
} answers[] = {
    {"one gone, one deleted", TYPE,
     NEXT PART("0") ACCEPTED "\r\n" NEXT PART("1") GONE "\r\n" LAST,
     "0 202 r0||1 404 r1|" GONE_BODY "|"},
    {"a line end behind it", TYPE, NEXT PART("0") ACCEPTED "\r\n" LAST "\r\n", "0 202 r0||"},
    {"an epilogue", TYPE, NEXT PART("0") ACCEPTED "\r\n" LAST "\r\nx\r\n" NEXT "y",
     "0 202 r0||"},
    {"a preamble", TYPE, "This is a batch.\r\n\r\n" NEXT PART("0") ACCEPTED "\r\n" LAST,
     "0 202 r0||"},
    {"any order", TYPE,
     NEXT PART("2") OK "\r\n" NEXT PART("0") OK "\r\n" NEXT PART("1") OK "\r\n" LAST,
     "2 200 r||0 200 r||1 200 r||"},
    {"an id twice is the caller's business", TYPE,
     NEXT PART("7") OK "\r\n" NEXT PART("7") OK "\r\n" LAST, "7 200 r||7 200 r||"},
    {"without an id", TYPE, NEXT "Content-Type: application/http\r\n\r\n" GONE "\r\n" LAST,
     "-1 404 r1|" GONE_BODY "|"},
    {"an empty id", TYPE, NEXT PART("") OK "\r\n" LAST, "-1 200 r||"},
    {"without part headers", TYPE, NEXT "\r\n" OK "\r\n" LAST, "-1 200 r||"},
    {"names in any case, no space", TYPE,
     NEXT "content-type:application/http\r\nCONTENT-ID:12\r\n\r\nhttp/1.1 200\r\n\r\n\r\n" LAST,
     "12 200 ||"},
    {"a header that only begins like it", TYPE, NEXT "Content-ID-2: 5\r\n\r\n" OK "\r\n" LAST,
     "-1 200 r||"},
    {"a response without a line after its headers", TYPE,
     NEXT PART("0") "HTTP/1.1 202 Accepted\r\nx-ms-request-id: r\r\n" LAST, "0 202 r||"},
    {"and without headers", TYPE, NEXT PART("0") "HTTP/1.1 202 Accepted\r\n\r\n" LAST,
     "0 202 ||"},
    {"line ends in a body", TYPE, NEXT PART("0") OK "a\r\n\r\nb\n\r\n\r\n" LAST,
     "0 200 r|a\r\n\r\nb\n\r\n|"},
    {"the boundary inside a line of a body", TYPE,
     NEXT PART("0") OK "x --batchresponse_5\r\n-batchresponse_5\r\n\n--batchresponse_5--\r\n"
                       "--batchresponse_\r\n" LAST,
     "0 200 r|x "
     "--batchresponse_5\r\n-batchresponse_5\r\n\n--batchresponse_5--\r\n--batchresponse_|"},
    {"space behind a boundary", TYPE, "--batchresponse_5 \t\r\n" PART("0") OK "\r\n" LAST,
     "0 200 r||"},
    {"a quoted boundary", "multipart/mixed; boundary=\"a b;c\"",
     "--a b;c\r\n" PART("0") OK "\r\n--a b;c--", "0 200 r||"},
    {"parameters about it", "Multipart/Mixed; charset=utf-8; BOUNDARY=b; x=y",
     "--b\r\n" PART("0") OK "\r\n--b--", "0 200 r||"},
    {"the longest boundary",
     "multipart/mixed; boundary="
     "0123456789012345678901234567890123456789012345678901234567890123456789",
     "--0123456789012345678901234567890123456789012345678901234567890123456789\r\n" PART("0") OK
     "\r\n--0123456789012345678901234567890123456789012345678901234567890123456789--",
     "0 200 r||"},
    {"no parts", TYPE, LAST, ""},

    {"empty", TYPE, "", "!UnreadableResponse"},
    {"only a boundary", TYPE, NEXT, "!UnreadableResponse"},
    {"no end", TYPE, NEXT PART("0") OK "\r\n" NEXT, "0 200 r||!UnreadableResponse"},
    {"another end", TYPE, NEXT PART("0") OK "\r\n--batchresponse_6--\r\n",
     "!UnreadableResponse"},
    {"only line feeds", TYPE,
     "--batchresponse_5\nContent-ID: 0\n\nHTTP/1.1 200 OK\n\n\n--batchresponse_5--\n",
     "!UnreadableResponse"},
    {"an error document instead", TYPE, GONE_BODY, "!UnreadableResponse"},
    {"a part of nothing", TYPE, NEXT "\r\n" LAST, "!UnreadableResponse"},
    {"no end to a part's headers", TYPE, NEXT "Content-ID: 0\r\n" LAST, "!UnreadableResponse"},
    {"no response in it", TYPE, NEXT PART("0") "\r\n" LAST, "!UnreadableResponse"},
    {"a request in it", TYPE, NEXT PART("0") "DELETE /c/b HTTP/1.1\r\n\r\n\r\n" LAST,
     "!UnreadableResponse"},
    {"a status cut short", TYPE, NEXT PART("0") "HTTP/1.1 20\r\n\r\n\r\n" LAST,
     "!UnreadableResponse"},
    {"a status that is none", TYPE, NEXT PART("0") "HTTP/1.1 abc OK\r\n\r\n\r\n" LAST,
     "!UnreadableResponse"},
    {"a status too high", TYPE, NEXT PART("0") "HTTP/1.1 2020 OK\r\n\r\n\r\n" LAST,
     "!UnreadableResponse"},
    {"a negative status", TYPE, NEXT PART("0") "HTTP/1.1 -200 OK\r\n\r\n\r\n" LAST,
     "!UnreadableResponse"},
    {"a good part, then a bad one", TYPE, NEXT PART("0") OK "\r\n" NEXT PART("1") "x\r\n" LAST,
     "0 200 r||!UnreadableResponse"},
    {"an id that is a word", TYPE, NEXT PART("first") OK "\r\n" LAST, "!UnreadableResponse"},
    {"an id and more", TYPE, NEXT PART("1a") OK "\r\n" LAST, "!UnreadableResponse"},
    {"an id in brackets", TYPE, NEXT PART("<0>") OK "\r\n" LAST, "!UnreadableResponse"},
    {"a negative id", TYPE, NEXT PART("-1") OK "\r\n" LAST, "!UnreadableResponse"},
    {"an id too long", TYPE, NEXT PART("000000000000000000001") OK "\r\n" LAST,
     "!UnreadableResponse"},

    {"another type", "application/xml", NEXT PART("0") OK "\r\n" LAST, "!UnreadableResponse"},
    {"another multipart", "multipart/form-data; boundary=batchresponse_5",
     NEXT PART("0") OK "\r\n" LAST, "!UnreadableResponse"},
    {"no type", "", NEXT PART("0") OK "\r\n" LAST, "!UnreadableResponse"},
    {"no boundary", "multipart/mixed", NEXT PART("0") OK "\r\n" LAST, "!UnreadableResponse"},
    {"an empty boundary", "multipart/mixed; boundary=", NEXT PART("0") OK "\r\n" LAST,
     "!UnreadableResponse"},
    {"empty quotes", "multipart/mixed; boundary=\"\"", NEXT PART("0") OK "\r\n" LAST,
     "!UnreadableResponse"},
    {"an open quote", "multipart/mixed; boundary=\"batchresponse_5",
     NEXT PART("0") OK "\r\n" LAST, "!UnreadableResponse"},
    {"a boundary too long",
     "multipart/mixed; boundary="
     "01234567890123456789012345678901234567890123456789012345678901234567890",
     LAST, "!UnreadableResponse"},
};

START_TEST(test_answer)
{
    static const size_t steps[] = {SIZE_MAX / 2, 1, 7};
    const char *bytes = answers[_i].bytes, *want = answers[_i].want;
    struct azb_buf got = {0};

    for (size_t i = 0; i < N_ELEMENTS(steps); i++) {
        parse(answers[_i].type, bytes, strlen(bytes), steps[i], &got);
        ck_assert_msg(strcmp((char *)got.data, want) == 0, "%s, %zu at once:\n%s",
                      answers[_i].label, steps[i], got.data);
    }
    azb_buf_clear(&got);
}
END_TEST

/* Before the closing boundary is whole there is no success, and no part that is not there. */
START_TEST(test_cut)
{
    static const char bytes[] = NEXT PART("0") ACCEPTED "\r\n" NEXT PART("1") GONE "\r\n" LAST;
    static const char want[] = "0 202 r0||1 404 r1|" GONE_BODY "|";
    struct azb_buf got = {0};

    for (size_t n = 0; n < sizeof(bytes) - 1; n++) {
        char *mark;

        parse(TYPE, bytes, n, n % 2 == 0 ? 1 : SIZE_MAX / 2, &got);
        mark = strrchr((char *)got.data, '!');
        ck_assert_msg(mark != NULL && strcmp(mark, "!UnreadableResponse") == 0,
                      "cut after %zu: %s", n, got.data);
        ck_assert_msg(strncmp((char *)got.data, want, (size_t)(mark - (char *)got.data)) == 0,
                      "cut after %zu: %s", n, got.data);
    }
    azb_buf_clear(&got);
}
END_TEST

/* The text that stands around x: what a part has besides, its delimiter's line included. */
#define AROUND_HEAD PART("0") OK
#define AROUND_TAIL "\r\n" LAST

static const struct {
    size_t n;
    bool is_good;
} sizes[] = {
    {AZB_PART_MAX_BYTES - sizeof(AROUND_HEAD AROUND_TAIL) + 1, true},
    {AZB_PART_MAX_BYTES - sizeof(AROUND_HEAD AROUND_TAIL) + 2, false},
    {AZB_PART_MAX_BYTES, false},
    {4 * 1024 * 1024, false},
};

/* Too large is too large, however the bytes come. */
START_TEST(test_size)
{
    static const size_t steps[] = {SIZE_MAX / 2, 1, 4096};
    struct azb_buf bytes = {0}, got = {0};

    azb_buf_puts(&bytes, NEXT AROUND_HEAD);
    for (size_t i = 0; i < sizes[_i].n; i++)
        azb_buf_puts(&bytes, "x");
    azb_buf_puts(&bytes, AROUND_TAIL);
    for (size_t i = 0; i < N_ELEMENTS(steps); i++) {
        parse(TYPE, (char *)bytes.data, bytes.len, steps[i], &got);
        if (sizes[_i].is_good)
            ck_assert_msg(strncmp((char *)got.data, "0 200 r|xxx", 11) == 0, "%.100s",
                          got.data);
        else
            ck_assert_msg(strcmp((char *)got.data, "!UnreadableResponse") == 0,
                          "%zu, %zu at once: %.100s", sizes[_i].n, steps[i], got.data);
    }
    azb_buf_clear(&bytes);
    azb_buf_clear(&got);
}
END_TEST

/* Many parts are no large part. */
START_TEST(test_many)
{
    struct azb_buf bytes = {0}, got = {0};

    for (int i = 0; i < 256; i++)
        azb_buf_printf(&bytes, NEXT PART("%d") GONE "\r\n", i);
    azb_buf_puts(&bytes, LAST);
    for (size_t step = 1; step <= bytes.len; step *= 512) {
        size_t n = 0;

        parse(TYPE, (char *)bytes.data, bytes.len, step, &got);
        for (const char *p = (char *)got.data; (p = strstr(p, " 404 r1|")) != NULL; p++)
            n++;
        ck_assert_uint_eq(n, 256);
        ck_assert_ptr_null(strchr((char *)got.data, '!'));
    }
    azb_buf_clear(&bytes);
    azb_buf_clear(&got);
}
END_TEST

static int refuse_part(const struct azb_part *part, void *arg, struct azb_error *err)
{
    (void)part;
    ++*(int *)arg;
    return azb_error_set(err, AZB_ERR_CANCELLED, "enough");
}

START_TEST(test_refused_part)
{
    static const char bytes[] = NEXT PART("0") OK "\r\n" NEXT PART("1") OK "\r\n" LAST;
    int n_parts = 0;
    struct azb_error err = {0};
    struct azb_multipart *multipart =
        azb_multipart_new(TYPE, strlen(TYPE), refuse_part, &n_parts, &err);

    ck_assert_int_eq(azb_multipart_push(multipart, bytes, sizeof(bytes) - 1, &err), -1);
    ck_assert_int_eq(err.what, AZB_ERR_CANCELLED);
    ck_assert_int_eq(n_parts, 1);
    azb_multipart_free(multipart);
    azb_multipart_free(NULL);
}
END_TEST

/* Headers are found by whole names, in lines with or without CR; the last may lack its end. */
START_TEST(test_part_header)
{
    static const char lines[] = "a: 1\r\nab:2 \nEmpty:\r\nx y\r\nb:  3";
    static const char *const wanted[][2] = {
        {"a", "1"}, {"AB", "2"}, {"empty", ""}, {"b", "3"}, {"x", ""}, {"c", ""}, {"", ""},
    };
    struct azb_part part = {.headers = lines, .headers_n = sizeof(lines) - 1};

    for (size_t i = 0; i < N_ELEMENTS(wanted); i++) {
        size_t n;
        const char *value = azb_part_header(&part, wanted[i][0], &n);

        ck_assert_msg(n == strlen(wanted[i][1]) && memcmp(value, wanted[i][1], n) == 0,
                      "'%s': '%.*s'", wanted[i][0], (int)n, value);
    }
}
END_TEST

static Suite *multipart_suite(void)
{
    Suite *suite = suite_create("multipart");
    TCase *tcase = tcase_create("multipart");

    tcase_set_timeout(tcase, 60);
    UNIT_TABLE(tcase, test_answer, answers);
    tcase_add_test(tcase, test_cut);
    UNIT_TABLE(tcase, test_size, sizes);
    tcase_add_test(tcase, test_many);
    tcase_add_test(tcase, test_refused_part);
    tcase_add_test(tcase, test_part_header);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(multipart_suite)
