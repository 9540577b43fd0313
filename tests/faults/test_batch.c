/*
 * test_batch.c: many deletes in one request, and the multipart answers to them.
 */
#include <check.h>
#include <stdio.h>
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
#define BATCH_HEAD \
    .reply = 202, .header = "Content-Type: multipart/mixed; boundary=batchresponse_1"
#define BATCH_REPLY BATCH_HEAD, .is_chunked = true
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

/* ---- parts that are refused for the moment ---- */

#define PART_REFUSED(id, status, code)                                                       \
    BATCH_PART(id, status, "x-ms-error-code: " code "\r\nContent-Type: application/xml\r\n", \
               FAKE_XML("\n<Error><Code>" code "</Code><Message>Later.</Message></Error>"))
#define BUSY(id) PART_REFUSED(id, "503 Server Busy", "ServerBusy")
#define FAILED(id) PART_REFUSED(id, "500 Internal Error", "InternalError")
#define ANSWERS(text)                                      \
    {                                                      \
        BATCH_REQUEST, BATCH_REPLY, .body = text BATCH_END \
    }

static const struct {
    const char *label;
    const char *more; /* parameters */
    struct fake_step steps[MAX_STEPS];
    const char *asked[MAX_STEPS]; /* the names that each request has */
    struct wanted wanted[16];
} put_off[] = {
    {"only those are asked again, and each is answered once",
     "",
     {ANSWERS(PART_DONE("0") BUSY("1") PART_MISSING("2") BUSY("3")),
      ANSWERS(PART_DONE("0") BUSY("1")), ANSWERS(PART_DONE("0"))},
     {"abcd", "bd", "d"},
     {{"parts", "[4]"},
      {"parts.0.name", "a"},
      {"parts.1.name", "c"},
      {"parts.1.error.code", "BlobNotFound"},
      {"parts.2.name", "b"},
      {"parts.2.index", "1"},
      {"parts.2.error", "(none)"},
      {"parts.3.name", "d"},
      {"parts.3.status", "202"}}},
    {"gone, after an attempt that may have done it",
     "",
     {ANSWERS(PART_DONE("0") FAILED("1") PART_DONE("2") PART_DONE("3")),
      ANSWERS(PART_MISSING("0"))},
     {"abcd", "b"},
     {{"parts", "[4]"}, {"parts.3.name", "b"}, {"parts.3.error", "(none)"}}},
    {"so, too, when another one was refused",
     "",
     {ANSWERS(FAILED("0") BUSY("1") PART_DONE("2") PART_DONE("3")),
      ANSWERS(PART_MISSING("0") PART_DONE("1"))},
     {"abcd", "ab"},
     {{"parts", "[4]"}, {"parts.2.name", "a"}, {"parts.2.error", "(none)"}}},
    {"as often as calls are repeated, then with what they were refused for",
     ",'retry_total':1",
     {ANSWERS(BUSY("0") PART_DONE("1") PART_DONE("2") FAILED("3")),
      ANSWERS(FAILED("0") BUSY("1"))},
     {"abcd", "ad"},
     {{"parts", "[4]"},
      {"parts.2.name", "a"},
      {"parts.2.status", "500"},
      {"parts.2.error.code", "InternalError"},
      {"parts.3.name", "d"},
      {"parts.3.error.code", "ServerBusy"},
      {"parts.3.error.message", "Later."}}},
    {"not at all",
     ",'retry_total':0",
     {ANSWERS(BUSY("0") PART_DONE("1") PART_DONE("2") PART_DONE("3"))},
     {"abcd"},
     {{"parts", "[4]"}, {"parts.0.error.code", "ServerBusy"}}},
    {"an answer that breaks off behind such a part",
     "",
     {{BATCH_REQUEST, BATCH_HEAD, .fault = FAKE_LYING_LENGTH,
       .body = PART_DONE("0") BUSY("1") PART_DONE("2") "--batchresponse_1\r\nContent-Ty"},
      ANSWERS(PART_DONE("0") PART_DONE("1"))},
     {"abcd", "bd"},
     {{"parts", "[4]"}, {"parts.2.name", "b"}, {"parts.3.name", "d"}}},
};

/* Exactly these of the names a, b, c and d. */
static void check_asked(const char *label, const char *body, const char *names)
{
    for (char name = 'a'; name <= 'd'; name++) {
        char line[] = "DELETE /c/? HTTP/1.1";

        *strchr(line, '?') = name;
        ck_assert_msg((strstr(body, line) != NULL) == (strchr(names, name) != NULL),
                      "%s: not %s in: %s", label, names, body);
    }
}

START_TEST(test_put_off)
{
    const char *label = put_off[_i].label;
    struct scene scene = scene_start(put_off[_i].steps, NULL, NULL);
    char params[160];

    snprintf(params, sizeof(params),
             "{'container':'c','blobs':['a','b','c','d'],'raise_on_any_failure':false%s}",
             put_off[_i].more);
    check_wanted(label, rpc_call(scene.rpc, "container.delete_blobs", params),
                 put_off[_i].wanted);
    for (size_t i = 0; put_off[_i].asked[i] != NULL; i++)
        check_asked(label, fake_request(scene.fake, i)->body, put_off[_i].asked[i]);
    scene_stop(&scene, label);
}
END_TEST

/* A stream has each name once too, and does not wait for those that are asked again. */
START_TEST(test_put_off_in_a_stream)
{
    static const struct fake_step script[] = {
        ANSWERS(BUSY("0") PART_DONE("1")),
        {BATCH_REQUEST, BATCH_REPLY, .body = PART_DONE("0") BATCH_END, .fault = FAKE_WAIT},
        {0},
    };
    struct scene scene = scene_start(script, NULL, NULL);
    uint32_t msgid = rpc_send(scene.rpc, "container.delete_blobs",
                              "{'container':'c','blobs':['a','b'],'stream':true}");
    const struct azb_msg *response;

    ck_assert_str_eq(rpc_text(&rpc_note(scene.rpc, 0)->params[1], "name"), "b");
    fake_release(scene.fake);
    response = rpc_wait(scene.rpc, msgid);
    ck_assert_str_eq(rpc_text(&rpc_note(scene.rpc, 1)->params[1], "name"), "a");
    ck_assert_str_eq(rpc_text(response->result, "count"), "2");
    ck_assert_str_eq(rpc_text(response->result, "failed"), "0");
    ck_assert_uint_eq(rpc_n_notes(scene.rpc), 2);
    scene_stop(&scene, "a stream");
}
END_TEST

/* ---- more names than one request takes ---- */

enum { MANY = 1000 };

/* Says yes to each part of a request. */
struct yes {
    struct azb_buf body;
    size_t most_parts;
};

static void answer_all(const struct fake_request *request, struct fake_step *ret_reply,
                       void *arg)
{
    struct yes *yes = arg;
    size_t n_parts = 0;

    yes->body.len = 0;
    for (const char *p = request->body; (p = strstr(p, "Content-ID: ")) != NULL; p++)
        azb_buf_printf(&yes->body,
                       "--batchresponse_1\r\nContent-Type: application/http\r\nContent-ID: %zu"
                       "\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n\r\n",
                       n_parts++);
    azb_buf_puts(&yes->body, BATCH_END);
    if (n_parts > yes->most_parts)
        yes->most_parts = n_parts;
    *ret_reply =
        (struct fake_step){BATCH_REQUEST, BATCH_REPLY, .body = azb_buf_cstr(&yes->body)};
}

static void put_names(struct azb_buf *params, const char *more)
{
    azb_buf_puts(params, "{'container':'c','blobs':[");
    for (int i = 0; i < MANY; i++)
        azb_buf_printf(params, "%s'n%d'", i > 0 ? "," : "", i);
    azb_buf_printf(params, "]%s}", more);
}

/* Each is answered once, whichever of the requests under way it was in. */
START_TEST(test_many_in_a_stream)
{
    struct yes yes = {.most_parts = 0};
    struct fake_options options = {.handler = answer_all, .handler_arg = &yes};
    struct scene scene = scene_start(NULL, &options, NULL);
    struct azb_buf params = {0};
    bool seen[MANY] = {false};

    put_names(&params, ",'stream':true");
    check_wanted("many", rpc_call(scene.rpc, "container.delete_blobs", azb_buf_cstr(&params)),
                 (const struct wanted[]){{"count", "1000"}, {"failed", "0"}, {0}});
    for (int i = 0; i < MANY; i++) {
        const msgpack_object *item = &rpc_note(scene.rpc, (size_t)i)->params[1];
        int index = atoi(rpc_text(item, "index"));
        char name[16];

        ck_assert_int_lt(index, MANY);
        ck_assert_msg(!seen[index], "%d is answered twice", index);
        seen[index] = true;
        snprintf(name, sizeof(name), "n%d", index);
        ck_assert_str_eq(rpc_text(item, "name"), name);
    }
    ck_assert_uint_eq(rpc_n_notes(scene.rpc), MANY);
    ck_assert_uint_eq(yes.most_parts, 256);
    ck_assert_uint_eq(fake_n_requests(scene.fake), 4);
    scene_stop(&scene, "many");
    azb_buf_clear(&params);
    azb_buf_clear(&yes.body);
}
END_TEST

/* Without a stream the answers stand in the order of the names. */
START_TEST(test_many_in_order)
{
    struct yes yes = {.most_parts = 0};
    struct fake_options options = {.handler = answer_all, .handler_arg = &yes};
    struct scene scene = scene_start(NULL, &options, NULL);
    struct azb_buf params = {0};

    put_names(&params, "");
    check_wanted("in order",
                 rpc_call(scene.rpc, "container.delete_blobs", azb_buf_cstr(&params)),
                 (const struct wanted[]){{"parts", "[1000]"},
                                         {"parts.0.name", "n0"},
                                         {"parts.256.name", "n256"},
                                         {"parts.999.name", "n999"},
                                         {0}});
    scene_stop(&scene, "in order");
    azb_buf_clear(&params);
    azb_buf_clear(&yes.body);
}
END_TEST

static Suite *batch_suite(void)
{
    Suite *suite = suite_create("batch");
    TCase *tc = tcase_create("batch");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    UNIT_TABLE(tc, test_batch, batches);
    UNIT_TABLE(tc, test_put_off, put_off);
    tcase_add_test(tc, test_put_off_in_a_stream);
    tcase_add_test(tc, test_many_in_a_stream);
    tcase_add_test(tc, test_many_in_order);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(batch_suite)
