/*
 * test_batch.c: many deletes in one request, and the multipart answers to them.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "tests/faults/scene.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 60, MAX_STEPS = 4, MAX_WANTED = 8 };

#define BATCH_PART(id, status, headers, body)                                               \
    "--batchresponse_1\r\nContent-Type: application/http\r\nContent-ID: " id                \
    "\r\n\r\nHTTP/1.1 " status "\r\n" headers "Server: Windows-Azure-Blob/1.0\r\n\r\n" body \
    "\r\n"
#define PART_DONE(id) BATCH_PART(id, "202 Accepted", "x-ms-delete-type-permanent: true\r\n", "")
#define PART_MISSING(id)                                                  \
    BATCH_PART(id, "404 The specified blob does not exist.",              \
               "x-ms-error-code: BlobNotFound\r\nContent-Length: 106\r\n" \
               "Content-Type: application/xml\r\n",                       \
               FAKE_XML("\n<Error><Code>BlobNotFound</Code><Message>Gone.</Message></Error>"))
#define BATCH_END "--batchresponse_1--"
#define BATCH_REPLY                   \
    .reply = 202, .is_chunked = true, \
    .header = "Content-Type: multipart/mixed; boundary=batchresponse_1"
#define BATCH_REQUEST "POST /c?restype=container&comp=batch"

static const struct {
    const char *label;
    const char *params;
    struct fake_step steps[MAX_STEPS];
    struct wanted wanted[MAX_WANTED];
} batches[] = {
    {"one of two is missing",
     "{'container':'c','blobs':['a b','x'],'raise_on_any_failure':false}",
     {{BATCH_REQUEST, BATCH_REPLY, .body = PART_DONE("0") PART_MISSING("1") BATCH_END}},
     {{"parts", "[2]"},
      {"parts.0.status", "202"},
      {"parts.0.name", "a b"},
      {"parts.0.error", "(none)"},
      {"parts.1.status", "404"},
      {"parts.1.name", "x"},
      {"parts.1.error.code", "BlobNotFound"}}},
    {"which is a failure unless told otherwise",
     "{'container':'c','blobs':['a b','x']}",
     {{BATCH_REQUEST, BATCH_REPLY, .body = PART_DONE("0") PART_MISSING("1") BATCH_END}},
     {{"code", "PartialBatchFailure"}, {"kind", "PartialBatchErrorException"}}},
    {"byte by byte",
     "{'container':'c','blobs':['a b','x'],'raise_on_any_failure':false}",
     {{BATCH_REQUEST, BATCH_REPLY, .fault = FAKE_SLOW,
       .body = PART_DONE("0") PART_MISSING("1") BATCH_END}},
     {{"parts.0.status", "202"}, {"parts.1.error.code", "BlobNotFound"}}},
    {"refused as a whole",
     "{'container':'c','blobs':['a b','x']}",
     {{BATCH_REQUEST, .reply = 403, .error_code = "AuthenticationFailed"}},
     {{"code", "AuthenticationFailed"}}},
    /* 202 for this too; the one part has no Content-ID */
    {"refused as a whole, by a part that answers none of them",
     "{'container':'c','blobs':['a b','x']}",
     {{BATCH_REQUEST, BATCH_REPLY,
       .body = "--batchresponse_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 400 One of "
               "the request inputs is not valid.\r\nx-ms-error-code: InvalidInput\r\n"
               "Content-Length: 97\r\nContent-Type: application/xml\r\n\r\n" FAKE_XML(
                   "\n<Error><Code>InvalidInput</Code><Message>No.</Message></Error>\r\n")
                   BATCH_END}},
     {{"code", "InvalidInput"}, {"kind", "HttpResponseError"}, {"status", "400"}}},
    {"cut before its last part",
     "{'container':'c','blobs':['a b','x'],'retry_total':0}",
     {{BATCH_REQUEST, BATCH_REPLY, .body = PART_DONE("0")}},
     {{"code", "UnreadableResponse"}}},
};

START_TEST(test_batch)
{
    static const char *const asked[] = {"\r\n\r\nDELETE /c/a%20b HTTP/1.1\r\n",
                                        "\r\n\r\nDELETE /c/x HTTP/1.1\r\n"};
    const char *label = batches[_i].label;
    struct scene scene = scene_start(batches[_i].steps, NULL, NULL);

    check_wanted(label, rpc_call(scene.rpc, "container.delete_blobs", batches[_i].params),
                 batches[_i].wanted);
    for (size_t i = 0; i < N_ELEMENTS(asked); i++) {
        const char *body = fake_request(scene.fake, 0)->body;

        ck_assert_msg(strstr(body, asked[i]) != NULL, "%s: %s", label, body);
    }
    scene_stop(&scene, label);
    coverage_note("recording", "container.delete_blobs");
}
END_TEST

static Suite *batch_suite(void)
{
    Suite *suite = suite_create("batch");
    TCase *tc = tcase_create("batch");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    UNIT_TABLE(tc, test_batch, batches);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(batch_suite)
