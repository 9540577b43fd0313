/*
 * test_copy.c: copies inside the service: within an account, between two, and the waiting for
 * those that go on in the background.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/faults/scene.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 60, MAX_STEPS = 12, MAX_WANTED = 6, MAX_TEXT = 2048 };

#define START "PUT /c/b"
#define LOOK "HEAD /c/b"
#define COPY_ID "x-ms-copy-id: 4f0a8a5e-6cf4-4d0c-8a1f-0123456789ab\n"
#define STARTED .reply = 202, .header = COPY_ID "x-ms-copy-status: pending\nETag: \"1\""
#define DONE_AT_ONCE .reply = 202, .header = COPY_ID "x-ms-copy-status: success\nETag: \"1\""
#define STATE(status, progress) \
    .reply = 200,               \
    .header = COPY_ID "x-ms-copy-status: " status "\nx-ms-copy-progress: " progress
#define BLOCK_BLOB(size)                                                                    \
    .reply = 200, .header = "x-ms-blob-type: BlockBlob\nETag: \"s\"\nContent-Length: " size \
                            "\nContent-Type: text/x\nx-ms-meta-k: v"

#define FROM "'container':'c','blob':'b','source_container':'from','source_blob':'a b'"
#define WAIT "{'container':'c','blob':'b','source_url':'https://s/c/b','wait':true}"

/* ---- within one account ---- */

static const struct copy_case {
    const char *label;
    const char *method;
    const char *params;
    struct fake_step steps[MAX_STEPS];
    struct wanted wanted[MAX_WANTED];
} copies[] = {
    {"done when it is answered",
     "blob.copy_blob",
     "{" FROM "}",
     {{START, DONE_AT_ONCE}},
     {{"copy_status", "success"}, {"etag", "\"1\""}}},
    {"done later",
     "blob.copy_blob",
     "{" FROM "}",
     {{START, STARTED}, {LOOK, STATE("pending", "1/4")}, {LOOK, STATE("success", "4/4")}},
     {{"copy_status", "success"}, {"etag", "\"1\""}}},
    {"the SDK's method waits too, if it is told to",
     "blob.start_copy_from_url",
     WAIT,
     {{START, STARTED}, {LOOK, STATE("success", "4/4")}},
     {{"copy_status", "success"}}},
    {"and else does not",
     "blob.start_copy_from_url",
     "{'container':'c','blob':'b','source_url':'https://s/c/b'}",
     {{START, STARTED}},
     {{"copy_status", "pending"}}},
    {"it fails",
     "blob.start_copy_from_url",
     WAIT,
     {{START, STARTED},
      {LOOK, .reply = 200,
       .header = COPY_ID "x-ms-copy-status: failed\n"
                         "x-ms-copy-status-description: 500 InternalServerError"}},
     {{"code", "CopyFailed"},
      {"message", "the copy ended as 'failed': 500 InternalServerError"}}},
    {"somebody else overwrites the target",
     "blob.copy_blob",
     "{" FROM "}",
     {{START, STARTED}, {LOOK, .reply = 200, .header = "ETag: \"9\""}},
     {{"code", "CopyFailed"}}},
    {"the question how far it is fails for a moment",
     "blob.copy_blob",
     "{" FROM "}",
     {{START, STARTED},
      {LOOK, .reply = 503, .error_code = "ServerBusy"},
      {LOOK, STATE("success", "4/4")}},
     {{"copy_status", "success"}}},
    {"there is such a blob",
     "blob.copy_blob",
     "{" FROM "}",
     {{START, .reply = 412, .error_code = "ConditionNotMet"}},
     {{"code", "BlobAlreadyExists"}, {"kind", "ResourceExistsError"}}},
    {"no source",
     "blob.copy_blob",
     "{" FROM "}",
     {{START, .reply = 404, .error_code = "CannotVerifyCopySource"}},
     {{"code", "CannotVerifyCopySource"}, {"kind", "ResourceNotFoundError"}}},
};

START_TEST(test_copies)
{
    const struct copy_case *it = &copies[_i];
    struct scene scene = scene_start(it->steps, NULL, NULL);

    check_wanted(it->label, rpc_call(scene.rpc, it->method, it->params), it->wanted);
    scene_stop(&scene, it->label);
}
END_TEST

START_TEST(test_same_account_request)
{
    static const struct fake_step script[] = {
        {START, DONE_AT_ONCE}, {START, DONE_AT_ONCE}, {0}};
    struct scene it = scene_start(script, NULL, NULL);
    const struct fake_request *request;
    char source[MAX_TEXT];

    check_wanted("first", rpc_call(it.rpc, "blob.copy_blob", "{" FROM "}"),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    check_wanted("second",
                 rpc_call(it.rpc, "blob.copy_blob",
                          "{" FROM ",'overwrite':true,'metadata':{'k':'v'},'tags':{'t':'1'},"
                          "'standard_blob_tier':'Cool','destination_lease':'l',"
                          "'source_snapshot':'2026-01-02T03:04:05.0000000Z'}"),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    request = fake_request(it.fake, 0);
    snprintf(source, sizeof(source), "%s/from/a%%20b", fake_url(it.fake));
    ck_assert_str_eq(fake_request_header(request, "x-ms-copy-source"), source);
    ck_assert_str_eq(fake_request_header(request, "If-None-Match"), "*");
    request = fake_request(it.fake, 1);
    snprintf(source, sizeof(source),
             "%s/from/a%%20b?snapshot=2026-01-02T03%%3A04%%3A05.0000000Z", fake_url(it.fake));
    ck_assert_str_eq(fake_request_header(request, "x-ms-copy-source"), source);
    ck_assert_ptr_null(fake_request_header(request, "If-None-Match"));
    ck_assert_str_eq(fake_request_header(request, "x-ms-meta-k"), "v");
    ck_assert_str_eq(fake_request_header(request, "x-ms-tags"), "t=1");
    ck_assert_str_eq(fake_request_header(request, "x-ms-access-tier"), "Cool");
    ck_assert_str_eq(fake_request_header(request, "x-ms-lease-id"), "l");
    scene_stop(&it, "same account");
}
END_TEST

START_TEST(test_progress)
{
    static const struct fake_step script[] = {{START, STARTED},
                                              {LOOK, STATE("pending", "1/4")},
                                              {LOOK, STATE("success", "4/4")},
                                              {0}};
    struct scene it = scene_start(script, NULL, NULL);
    const struct azb_msg *note;

    check_wanted("progress", rpc_call(it.rpc, "blob.copy_blob", "{" FROM ",'progress':true}"),
                 (const struct wanted[]){{"copy_status", "success"}, {0}});
    note = rpc_note(it.rpc, 0);
    ck_assert(rpc_is(note, "$/progress"));
    ck_assert_str_eq(rpc_text(&note->params[1], "bytes"), "1");
    ck_assert_str_eq(rpc_text(&note->params[1], "total"), "4");
    scene_stop(&it, "progress");
}
END_TEST

/* Whoever started the copy does not want it any more, or is gone: so is the copy. */
START_TEST(test_abort)
{
    static const struct fake_step script[] = {
        {START, STARTED},
        {LOOK, STATE("pending", "1/4"), .fault = FAKE_WAIT},
        {"PUT /c/b?comp=copy&copyid=4f0a8a5e-6cf4-4d0c-8a1f-0123456789ab", .reply = 204},
        {0}};
    struct scene it = scene_start(script, NULL, NULL);
    uint32_t msgid = rpc_send(it.rpc, "blob.copy_blob", "{" FROM "}");
    char args[32];

    ck_assert(fake_wait_requests(it.fake, 2));
    if (_i == 0) {
        snprintf(args, sizeof(args), "[%u]", msgid);
        rpc_notify(it.rpc, "$/cancel", args);
        check_wanted("cancelled", rpc_wait(it.rpc, msgid),
                     (const struct wanted[]){{"code", "Cancelled"}, {0}});
    } else {
        rpc_close(it.rpc);
        it.rpc = rpc_connect(it.daemon);
    }
    ck_assert(fake_wait_requests(it.fake, 3));
    ck_assert_str_eq(fake_request_header(fake_request(it.fake, 2), "x-ms-copy-action"),
                     "abort");
    fake_release(it.fake);
    scene_stop(&it, "abort");
}
END_TEST

/* Given up before the service has said that it began: it may have, now or in a moment. */
START_TEST(test_abort_unanswered)
{
    static const struct fake_step script[] = {
        {START, STARTED, .fault = FAKE_WAIT},
        {LOOK, .reply = 404, .error_code = "BlobNotFound"},
        {LOOK, STATE("pending", "1/4") "\nx-ms-copy-source: https://s/c/b"},
        {"PUT /c/b?comp=copy&copyid=4f0a8a5e-6cf4-4d0c-8a1f-0123456789ab", .reply = 204},
        {0}};
    struct scene it = scene_start(script, NULL, NULL);
    uint32_t msgid = rpc_send(it.rpc, "blob.start_copy_from_url", WAIT);
    char args[32];

    ck_assert(fake_wait_requests(it.fake, 1));
    snprintf(args, sizeof(args), "[%u]", msgid);
    rpc_notify(it.rpc, "$/cancel", args);
    check_wanted("cancelled", rpc_wait(it.rpc, msgid),
                 (const struct wanted[]){{"code", "Cancelled"}, {0}});
    ck_assert(fake_wait_requests(it.fake, 4));
    ck_assert_str_eq(fake_request_header(fake_request(it.fake, 3), "x-ms-copy-action"),
                     "abort");
    fake_release(it.fake);
    scene_stop(&it, "abort unanswered");
}
END_TEST

/* What is copied there from elsewhere is not ours. */
START_TEST(test_abort_of_others)
{
    static const struct fake_step script[] = {
        {START, STARTED, .fault = FAKE_WAIT},
        {LOOK, STATE("pending", "1/4") "\nx-ms-copy-source: https://s/c/b2"},
        {0}};
    struct scene it = scene_start(script, NULL, NULL);
    uint32_t msgid = rpc_send(it.rpc, "blob.start_copy_from_url", WAIT);
    char args[32];

    ck_assert(fake_wait_requests(it.fake, 1));
    snprintf(args, sizeof(args), "[%u]", msgid);
    rpc_notify(it.rpc, "$/cancel", args);
    rpc_wait(it.rpc, msgid);
    ck_assert(fake_wait_requests(it.fake, 2));
    fake_release(it.fake);
    scene_stop(&it, "another's copy");
}
END_TEST

/* ---- two tokens ---- */

/* Whoever may write here need not be who may read there, in one account too. */
START_TEST(test_two_tokens)
{
    static const struct fake_step script[] = {
        {"HEAD /acct/from/a%20b", BLOCK_BLOB("4")},
        {"PUT /acct/c/b", .reply = 201, .header = "ETag: \"1\""},
        {0}};
    struct scene it = {.fake = fake_start(script, &(struct fake_options){.has_tls = true})};
    const char *url = fake_url(it.fake), *ca_file = fake_ca_file(it.fake);

    it.daemon = daemon_start("[profile default]\naccount_url = %s/acct\ntoken = writer\n"
                             "ca_file = %s\n"
                             "[profile other]\naccount_url = %s/acct\ntoken = reader\n"
                             "ca_file = %s\n",
                             url, ca_file, url, ca_file);
    it.rpc = rpc_connect(it.daemon);
    check_wanted("two tokens",
                 rpc_call(it.rpc, "blob.copy_blob", "{" FROM ",'source_client':'other'}"),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    ck_assert_str_eq(fake_request_header(fake_request(it.fake, 0), "Authorization"),
                     "Bearer reader");
    ck_assert_str_eq(fake_request_header(fake_request(it.fake, 1), "Authorization"),
                     "Bearer writer");
    ck_assert_str_eq(
        fake_request_header(fake_request(it.fake, 1), "x-ms-copy-source-authorization"),
        "Bearer reader");
    scene_stop(&it, "two tokens");
}
END_TEST

/* ---- between two accounts ---- */

struct two {
    struct fake *source, *target;
    struct daemon *daemon;
    struct rpc *rpc;
};

static struct two two_start(const struct fake_step *source, const struct fake_step *target,
                            const char *source_profile)
{
    struct two it = {fake_start(source, NULL), fake_start(target, NULL), NULL, NULL};
    char config[MAX_TEXT];

    if (source_profile == NULL)
        snprintf(config, sizeof(config), "[profile other]\nconnection_string = %s\n",
                 fake_connection_string(it.source));
    else
        snprintf(config, sizeof(config), "[profile other]\naccount_url = %s\n%s\n",
                 fake_url(it.source), source_profile);
    it.daemon = daemon_start_for(it.target, config);
    it.rpc = rpc_connect(it.daemon);
    return it;
}

static void two_stop(struct two *it)
{
    const char *why;

    rpc_close(it->rpc);
    daemon_stop(it->daemon);
    why = fake_done(it->source);
    ck_assert_msg(why == NULL, "source: %s", why);
    why = fake_done(it->target);
    ck_assert_msg(why == NULL, "target: %s", why);
    fake_stop(it->source);
    fake_stop(it->target);
}

#define FROM_OTHER "{" FROM ",'source_client':'other'}"

START_TEST(test_between_accounts)
{
    static const struct fake_step source[] = {{"HEAD /from/a%20b", BLOCK_BLOB("5")}, {0}};
    static const struct fake_step target[] = {{START, .reply = 201, .header = "ETag: \"1\""},
                                              {0}};
    struct two it = two_start(source, target, NULL);
    const struct fake_request *request;
    const char *url;

    check_wanted("between", rpc_call(it.rpc, "blob.copy_blob", FROM_OTHER),
                 (const struct wanted[]){{"etag", "\"1\""}, {0}});
    request = fake_request(it.target, 0);
    url = fake_request_header(request, "x-ms-copy-source");
    ck_assert(strncmp(url, fake_url(it.source), strlen(fake_url(it.source))) == 0);
    ck_assert_ptr_nonnull(strstr(url, "/from/a%20b?sv="));
    ck_assert_ptr_nonnull(strstr(url, "&sr=b&sp=r&sig="));
    ck_assert_str_eq(fake_request_header(request, "x-ms-source-if-match"), "\"s\"");
    ck_assert_str_eq(fake_request_header(request, "x-ms-blob-type"), "BlockBlob");
    ck_assert_str_eq(fake_request_header(request, "If-None-Match"), "*");
    two_stop(&it);
}
END_TEST

#define BLOCK                                                            \
    {                                                                    \
        "PUT /c/b?comp=block&blockid=*", .reply = 201, .any_order = true \
    }

/* What was told of it rises, up to all at most. */
static void check_progress(struct rpc *rpc, long total)
{
    long last = 0;

    ck_assert_uint_gt(rpc_n_notes(rpc), 0);
    for (size_t i = 0; i < rpc_n_notes(rpc); i++) {
        const struct azb_msg *note = rpc_note(rpc, i);
        long bytes = atol(rpc_text(&note->params[1], "bytes"));

        ck_assert(rpc_is(note, "$/progress"));
        ck_assert_int_eq(atol(rpc_text(&note->params[1], "total")), total);
        ck_assert_int_gt(bytes, last);
        ck_assert_int_le(bytes, total);
        last = bytes;
    }
}

START_TEST(test_large_between_accounts)
{
    static const struct fake_step source[] = {{"HEAD /from/a%20b", BLOCK_BLOB("300000000")},
                                              {0}};
    static const struct fake_step target[] = {
        BLOCK, BLOCK, BLOCK,
        BLOCK, BLOCK, {"PUT /c/b?comp=blocklist", .reply = 201, .header = "ETag: \"1\""},
        {0}};
    struct two it = two_start(source, target, NULL);
    const struct fake_request *request;
    bool has_last = false;

    check_wanted("large",
                 rpc_call(it.rpc, "blob.copy_blob",
                          "{" FROM ",'source_client':'other','progress':true}"),
                 (const struct wanted[]){{"etag", "\"1\""}, {0}});
    check_progress(it.rpc, 300000000);
    for (size_t i = 0; i < 5; i++) {
        request = fake_request(it.target, i);
        ck_assert_str_eq(fake_request_header(request, "x-ms-source-if-match"), "\"s\"");
        has_last |= strcmp(fake_request_header(request, "x-ms-source-range"),
                           "bytes=268435456-299999999") == 0;
    }
    ck_assert(has_last);
    request = fake_request(it.target, 5);
    ck_assert_str_eq(fake_request_header(request, "x-ms-blob-content-type"), "text/x");
    ck_assert_str_eq(fake_request_header(request, "x-ms-meta-k"), "v");
    ck_assert_str_eq(fake_request_header(request, "If-None-Match"), "*");
    two_stop(&it);
}
END_TEST

START_TEST(test_page_blob_between_accounts)
{
    static const struct fake_step source[] = {
        {"HEAD /from/a%20b?*", .reply = 200, .header = "x-ms-blob-type: PageBlob\nETag: \"s\""},
        {0}};
    static const struct fake_step target[] = {
        {START, STARTED}, {LOOK, STATE("success", "4/4")}, {0}};
    struct two it = two_start(source, target, "sas_token = sv=2026-02-06&sig=s%2Bs");
    const char *url;

    check_wanted("page blob", rpc_call(it.rpc, "blob.copy_blob", FROM_OTHER),
                 (const struct wanted[]){{"copy_status", "success"}, {0}});
    url = fake_request_header(fake_request(it.target, 0), "x-ms-copy-source");
    ck_assert_ptr_nonnull(strstr(url, "/from/a%20b?sv=2026-02-06&sig=s%2Bs"));
    two_stop(&it);
}
END_TEST

START_TEST(test_block_fails)
{
    static const struct fake_step source[] = {{"HEAD /from/a%20b", BLOCK_BLOB("300000000")},
                                              {0}};
    static const struct fake_step target[] = {
        {"PUT /c/b?comp=block&blockid=*", .reply = 412, .error_code = "SourceConditionNotMet"},
        {0}};
    struct two it = two_start(source, target, NULL);

    check_wanted("a block fails",
                 rpc_call(it.rpc, "blob.copy_blob",
                          "{" FROM ",'source_client':'other','max_concurrency':1}"),
                 (const struct wanted[]){{"code", "SourceConditionNotMet"}, {0}});
    two_stop(&it);
}
END_TEST

/* The blocks that came before it are not left to be paid for. */
START_TEST(test_later_block_fails)
{
    static const struct fake_step source[] = {{"HEAD /from/a%20b", BLOCK_BLOB("300000000")},
                                              {0}};
    static const struct fake_step target[] = {
        {"PUT /c/b?comp=block&blockid=*", .reply = 201},
        {"PUT /c/b?comp=block&blockid=*", .reply = 412, .error_code = "SourceConditionNotMet"},
        {"GET /c/b?comp=blocklist&blocklisttype=uncommitted", .reply = 200,
         .body = FAKE_XML("<BlockList />")},
        {0}};
    struct two it = two_start(source, target, NULL);

    check_wanted("a later block fails",
                 rpc_call(it.rpc, "blob.copy_blob",
                          "{" FROM ",'source_client':'other','max_concurrency':1}"),
                 (const struct wanted[]){{"code", "SourceConditionNotMet"}, {0}});
    two_stop(&it);
}
END_TEST

START_TEST(test_no_such_client)
{
    static const struct fake_step nothing[] = {{0}};
    struct scene it = scene_start(nothing, NULL, NULL);

    check_wanted("no such client", rpc_call(it.rpc, "blob.copy_blob", FROM_OTHER),
                 (const struct wanted[]){{"code", "UnknownClient"}, {0}});
    scene_stop(&it, "no such client");
}
END_TEST

static Suite *copy_suite(void)
{
    Suite *suite = suite_create("copy");
    TCase *tc = tcase_create("copy");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    UNIT_TABLE(tc, test_copies, copies);
    tcase_add_test(tc, test_same_account_request);
    tcase_add_test(tc, test_progress);
    tcase_add_loop_test(tc, test_abort, 0, 2);
    tcase_add_test(tc, test_between_accounts);
    tcase_add_test(tc, test_abort_unanswered);
    tcase_add_test(tc, test_abort_of_others);
    tcase_add_test(tc, test_two_tokens);
    tcase_add_test(tc, test_large_between_accounts);
    tcase_add_test(tc, test_page_blob_between_accounts);
    tcase_add_test(tc, test_block_fails);
    tcase_add_test(tc, test_later_block_fails);
    tcase_add_test(tc, test_no_such_client);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(copy_suite)
