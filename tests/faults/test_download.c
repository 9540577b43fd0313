/*
 * test_download.c: downloads whose body breaks or lies. A body is whole when its length, its
 * range and its ETag agree; nothing else may come out as a success.
 */
#include <check.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "proto/base64.h"
#include "proto/buf.h"
#include "proto/value.h"
#include "tests/faults/fetch.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 120 };

enum { BLOB_BYTES = 300 };

/* How the served blob misbehaves. */
enum mischief {
    CUT_ONCE,       /* the first body ends early */
    CHANGES,        /* and then it is another blob, under another ETag */
    LENGTH_LIES,    /* Content-Length promises more than there is */
    LENGTH_MISSING, /* end of stream ends the body */
    RANGE_LIES,     /* Content-Range is not what was asked for */
    WRONG_BITS, /* n_wrong answers have one; the blob's MD5 is told, and the range's if asked */
};

struct served_blob {
    enum mischief mischief;
    enum fake_fault fault;
    size_t cut;
    unsigned n_wrong;
    unsigned n_requests;
    unsigned n_unguarded; /* later ranges without the If-Match that keeps versions apart */
    char header[512];
    char bytes[BLOB_BYTES];
};

static void blob_fill(char *bytes, char first)
{
    for (size_t i = 0; i < BLOB_BYTES; i++)
        bytes[i] = (char)(first + i % 23);
}

static const char *blob_etag(const struct served_blob *blob)
{
    return blob->mischief == CHANGES && blob->n_requests > 0 ? "\"0x8DC2\"" : "\"0x8DC1\"";
}

static void blob_add_range(struct served_blob *blob, struct fake_step *reply, size_t first,
                           size_t last)
{
    size_t shift = blob->mischief == RANGE_LIES ? 1 : 0;

    reply->reply = 206;
    snprintf(blob->header + strlen(blob->header), sizeof(blob->header) - strlen(blob->header),
             "\nContent-Range: bytes %zu-%zu/%d", first + shift, last + shift, BLOB_BYTES);
}

static void blob_add_md5(struct served_blob *blob, const char *name, size_t first, size_t last)
{
    unsigned char md5[EVP_MAX_MD_SIZE];
    char text[AZB_BASE64_CHARS(16) + 1];
    unsigned n;

    ck_assert_int_eq(
        EVP_Digest(blob->bytes + first, last - first + 1, md5, &n, EVP_md5(), NULL), 1);
    azb_base64_encode(md5, n, text);
    snprintf(blob->header + strlen(blob->header), sizeof(blob->header) - strlen(blob->header),
             "\n%s: %s", name, text);
}

static void blob_serve(const struct fake_request *request, struct fake_step *reply, void *arg)
{
    struct served_blob *blob = arg;
    const char *range = fake_request_header(request, "x-ms-range");
    const char *if_match = fake_request_header(request, "If-Match");
    size_t first = 0, last = BLOB_BYTES - 1;

    if (range != NULL && sscanf(range, "bytes=%zu-%zu", &first, &last) > 0 &&
        last >= BLOB_BYTES)
        last = BLOB_BYTES - 1;
    blob->n_unguarded += first > 0 && if_match == NULL;
    if (if_match != NULL && strcmp(if_match, blob_etag(blob)) != 0) {
        *reply = (struct fake_step){.reply = 412, .error_code = "ConditionNotMet"};
        return;
    }
    if (first >= BLOB_BYTES) {
        *reply = (struct fake_step){.reply = 416, .error_code = "InvalidRange"};
        return;
    }
    blob_fill(blob->bytes, blob->mischief == CHANGES && blob->n_requests > 0 ? 'A' : 'a');
    snprintf(blob->header, sizeof(blob->header), "ETag: %s\nx-ms-blob-type: BlockBlob",
             blob_etag(blob));
    if (range != NULL)
        blob_add_range(blob, reply, first, last);
    *reply = (struct fake_step){.reply = reply->reply,
                                .header = blob->header,
                                .body = blob->bytes + first,
                                .body_bytes = last - first + 1};
    if (blob->mischief == WRONG_BITS) {
        blob_add_md5(blob, "x-ms-blob-content-md5", 0, BLOB_BYTES - 1);
        if (fake_request_header(request, "x-ms-range-get-content-md5") != NULL)
            blob_add_md5(blob, "Content-MD5", first, last);
        if (blob->n_wrong > blob->n_requests)
            blob->bytes[(first + last) / 2] ^= 1;
    }
    if (blob->mischief == LENGTH_LIES)
        reply->fault = FAKE_LYING_LENGTH;
    else if (blob->mischief == LENGTH_MISSING)
        reply->fault = FAKE_NO_LENGTH;
    else if (blob->n_requests == 0) {
        reply->fault = blob->fault;
        reply->after_bytes = blob->cut;
        reply->in_body = true;
    }
    blob->n_requests++;
}

static struct scene blob_scene(struct served_blob *blob)
{
    return scene_start(NULL, &(struct fake_options){.handler = blob_serve, .handler_arg = blob},
                       NULL);
}

static bool is_blob(const msgpack_object *result, char first)
{
    const msgpack_object *data = azb_map_find(azb_value_map(result), "data");
    char wanted[BLOB_BYTES];
    const char *bytes;
    size_t n;

    blob_fill(wanted, first);
    return azb_value_bytes(data, &bytes, &n) && n == BLOB_BYTES &&
           memcmp(bytes, wanted, n) == 0;
}

/* One daemon, and a cut at every offset of the body: each time all of the blob arrives. */
START_TEST(test_cut_everywhere)
{
    static const enum fake_fault faults[] = {FAKE_RESET, FAKE_CLOSE};
    struct served_blob blob = {.mischief = CUT_ONCE};
    struct scene it = blob_scene(&blob);

    for (blob.cut = 0; blob.cut < BLOB_BYTES; blob.cut++) {
        const struct azb_msg *response;

        blob.fault = faults[_i];
        blob.n_requests = 0;
        response = rpc_call(it.rpc, "blob.download_blob", "{'container':'c','blob':'b'}");
        ck_assert_msg(response->error == NULL, "cut at %zu: %s", blob.cut,
                      rpc_text(response->error, "message"));
        ck_assert_msg(is_blob(response->result, 'a'), "cut at %zu: other bytes", blob.cut);
        ck_assert_msg(blob.n_requests == 2, "cut at %zu: %u requests", blob.cut,
                      blob.n_requests);
    }
    ck_assert_uint_eq(blob.n_unguarded, 0);
    scene_stop(&it, "download");
}
END_TEST

/* The same, streamed: what was sent cannot be taken back, so the rest must fit to it. */
START_TEST(test_cut_stream)
{
    struct served_blob blob = {.mischief = CUT_ONCE, .fault = FAKE_RESET};
    struct scene it = blob_scene(&blob);

    for (blob.cut = 0; blob.cut < BLOB_BYTES; blob.cut += 7) {
        char wanted[BLOB_BYTES];
        struct azb_buf data = {0};
        uint32_t msgid;

        blob.n_requests = 0;
        msgid = rpc_send(it.rpc, "blob.download_blob",
                         "{'container':'c','blob':'b','stream':true}");
        ck_assert_ptr_null(rpc_wait(it.rpc, msgid)->error);
        rpc_data(it.rpc, msgid, &data);
        blob_fill(wanted, 'a');
        ck_assert_msg(data.len == BLOB_BYTES && memcmp(data.data, wanted, BLOB_BYTES) == 0,
                      "cut at %zu: %zu bytes", blob.cut, data.len);
        azb_buf_clear(&data);
    }
    ck_assert_uint_eq(blob.n_unguarded, 0);
    scene_stop(&it, "download");
}
END_TEST

/* Half of one version and half of another is no blob: an error, or all of the new one. */
START_TEST(test_cut_and_changed)
{
    struct served_blob blob = {.mischief = CHANGES, .fault = FAKE_RESET, .cut = 100};
    struct scene it = blob_scene(&blob);
    const struct azb_msg *response =
        rpc_call(it.rpc, "blob.download_blob", "{'container':'c','blob':'b'}");

    if (response->error != NULL)
        ck_assert_str_eq(rpc_text(response->error, "code"), "ConditionNotMet");
    else
        ck_assert(is_blob(response->result, 'A'));
    scene_stop(&it, "download");
}
END_TEST

static const struct {
    const char *label;
    enum mischief mischief;
    const char *params;
} lies[] = {
    {"Content-Length lies", LENGTH_LIES, "{'container':'c','blob':'b','retry_total':2}"},
    {"no Content-Length", LENGTH_MISSING, "{'container':'c','blob':'b','retry_total':2}"},
    {"another range", RANGE_LIES,
     "{'container':'c','blob':'b','offset':10,'length':20,'retry_total':2}"},
};

START_TEST(test_lie)
{
    struct served_blob blob = {.mischief = lies[_i].mischief};
    struct scene it = blob_scene(&blob);
    const struct azb_msg *response = rpc_call(it.rpc, "blob.download_blob", lies[_i].params);

    ck_assert_msg(response->error != NULL, "%s: believed", lies[_i].label);
    scene_stop(&it, "download");
}
END_TEST

static const struct {
    const char *label, *more;
    unsigned n_wrong;
    const char *code;
} wrong[] = {
    {"the whole's MD5 is right", "", 0, "(none)"},
    {"the whole's MD5 is wrong", ",'retry_total':2", 100, "ChecksumMismatch"},
    {"the range's MD5 is right", ",'validate_content':true", 0, "(none)"},
    {"the range's MD5 is wrong once", ",'validate_content':true", 1, "(none)"},
    {"the range's MD5 stays wrong", ",'validate_content':true,'retry_total':2", 100,
     "ChecksumMismatch"},
};

/* Told in the result, in a stream, which gets no byte before it was checked, and in a file. */
START_TEST(test_wrong_bits)
{
    struct served_blob blob = {.mischief = WRONG_BITS, .n_wrong = wrong[_i].n_wrong};
    struct scene it = blob_scene(&blob);
    bool is_checked = strstr(wrong[_i].more, "validate_content") != NULL;
    bool is_right = wrong[_i].n_wrong < 100;
    struct azb_buf data = {0};
    const struct azb_msg *response;
    char params[128];
    uint32_t msgid;

    snprintf(params, sizeof(params), "{'container':'c','blob':'b'%s}", wrong[_i].more);
    response = rpc_call(it.rpc, "blob.download_blob", params);
    ck_assert_msg(strcmp(rpc_text(response->error, "code"), wrong[_i].code) == 0, "%s: %s",
                  wrong[_i].label, rpc_text(response->error, "code"));
    ck_assert_msg(!is_right || is_blob(response->result, 'a'), "%s: other bytes",
                  wrong[_i].label);
    blob.n_requests = 0;
    snprintf(params, sizeof(params), "{'container':'c','blob':'b','stream':true%s}",
             wrong[_i].more);
    msgid = rpc_send(it.rpc, "blob.download_blob", params);
    response = rpc_wait(it.rpc, msgid);
    ck_assert_msg(strcmp(rpc_text(response->error, "code"), wrong[_i].code) == 0,
                  "%s, streamed: %s", wrong[_i].label, rpc_text(response->error, "code"));
    rpc_data(it.rpc, msgid, &data);
    if (is_checked || is_right)
        ck_assert_msg(data.len == (is_right ? BLOB_BYTES : 0), "%s: %zu bytes were passed on",
                      wrong[_i].label, data.len);
    azb_buf_clear(&data);
    blob.n_requests = 0;
    response = fetch(&it, TO_FILE, wrong[_i].more, &data);
    ck_assert_msg(strcmp(rpc_text(response->error, "code"), wrong[_i].code) == 0,
                  "%s, in a file: %s", wrong[_i].label, rpc_text(response->error, "code"));
    ck_assert_msg(data.len == (is_right ? BLOB_BYTES : 0), "%s: %zu bytes in a file",
                  wrong[_i].label, data.len);
    azb_buf_clear(&data);
    scene_stop(&it, wrong[_i].label);
}
END_TEST

static Suite *download_suite(void)
{
    Suite *suite = suite_create("download");
    TCase *tc = tcase_create("download");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    tcase_add_loop_test(tc, test_cut_everywhere, 0, 2);
    tcase_add_test(tc, test_cut_stream);
    tcase_add_test(tc, test_cut_and_changed);
    UNIT_TABLE(tc, test_lie, lies);
    UNIT_TABLE(tc, test_wrong_bits, wrong);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(download_suite)
