/*
 * test_retry_paths.c: what is sent again, where to and with what: failing over to the secondary
 * host, waits that the service asks for, clocks, credentials, and what is never repeated.
 * The account is in path style, so that the scripted server is both its hosts: /acct and
 * /acct-secondary.
 */
#define _GNU_SOURCE 1 /* memfd_create() */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "lib/codec/time.h"
#include "tests/faults/scene.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 60, MAX_STEPS = 5, MAX_WANTED = 5 };

#define KEY "account_key = c2VjcmV0IG9mIHRoZSBmYWtl"
#define SAS "sv=2024-11-04&sig=dGhlIHNlY3JldA%3D%3D"
#define QUICK_RETRIES "[retry]\nfirst_delay_ms = 1\nmax_delay_ms = 20\n"

#define HEAD "blob.get_blob_properties", "{'container':'c','blob':'b'}"
#define HEAD_WITH(more) "blob.get_blob_properties", "{'container':'c','blob':'b'," more "}"
#define SET_METADATA \
    "blob.set_blob_metadata", "{'container':'c','blob':'b','metadata':{'a':'1'}}"
#define DELETE "blob.delete_blob", "{'container':'c','blob':'b'}"
#define PRIMARY "HEAD /acct/c/b"
#define SECONDARY "HEAD /acct-secondary/c/b"
#define BUSY .reply = 503, .error_code = "ServerBusy"
#define FOUND .reply = 200, .header = "ETag: \"1\""
#define MISSING .reply = 404, .error_code = "BlobNotFound"

/* Like scene_start(), with an account in path style and this credential. */
static struct scene account_scene(const struct fake_step *steps,
                                  const struct fake_options *options, const char *credential,
                                  const char *more_config)
{
    struct scene it;
    char ca_file[64] = "";

    it.fake = fake_start(steps, options);
    if (fake_ca_file(it.fake) != NULL)
        snprintf(ca_file, sizeof(ca_file), "ca_file = %s", fake_ca_file(it.fake));
    it.daemon =
        daemon_start("[profile default]\naccount_url = %s/acct\n%s\n%s\n" QUICK_RETRIES "%s\n",
                     fake_url(it.fake), credential, ca_file, more_config);
    it.rpc = rpc_connect(it.daemon);
    return it;
}

/* ---- what is sent again, and where to ---- */

static const struct {
    const char *label;
    const char *method, *params;
    struct fake_step steps[MAX_STEPS];
    struct wanted wanted[MAX_WANTED];
} paths[] = {
    {"a read fails over",
     HEAD,
     {{PRIMARY, BUSY}, {SECONDARY, FOUND}},
     {WANT_SUCCESS, {"etag", "\"1\""}}},
    {"and over again",
     HEAD,
     {{PRIMARY, BUSY}, {SECONDARY, BUSY}, {PRIMARY, BUSY}, {SECONDARY, FOUND}},
     {WANT_SUCCESS}},
    {"a broken connection, too",
     HEAD,
     {{PRIMARY, .reply = 200, .fault = FAKE_RESET}, {SECONDARY, FOUND}},
     {WANT_SUCCESS}},
    {"the secondary lags behind: it knows of no blob",
     HEAD,
     {{PRIMARY, BUSY}, {SECONDARY, MISSING}, {PRIMARY, BUSY}, {PRIMARY, FOUND}},
     {WANT_SUCCESS, {"etag", "\"1\""}}},
    {"the secondary lags behind: it has another one",
     HEAD_WITH("'etag':'0x1','match_condition':'IfNotModified'"),
     {{PRIMARY, BUSY},
      {SECONDARY, .reply = 412, .error_code = "ConditionNotMet"},
      {PRIMARY, FOUND}},
     {WANT_SUCCESS, {"etag", "\"1\""}}},
    {"neither does the primary",
     HEAD,
     {{PRIMARY, BUSY}, {SECONDARY, MISSING}, {PRIMARY, MISSING}},
     {{"code", "BlobNotFound"}, {"attempts", "3"}}},
    {"a listing fails over",
     "container.list_blobs",
     "{'container':'c'}",
     {{"GET /acct/c?restype=container&comp=list", BUSY},
      {"GET /acct-secondary/c?restype=container&comp=list", .reply = 200,
       .body = FAKE_XML("<EnumerationResults><Blobs><Blob><Name>a</Name></Blob></Blobs>"
                        "<NextMarker /></EnumerationResults>")}},
     {WANT_SUCCESS, {"items.0.name", "a"}}},
    {"a write stays with the primary",
     SET_METADATA,
     {{"PUT /acct/c/b?comp=metadata", BUSY}, {"PUT /acct/c/b?comp=metadata", .reply = 200}},
     {WANT_SUCCESS}},
    {"so does a deletion",
     DELETE,
     {{"DELETE /acct/c/b", BUSY}, {"DELETE /acct/c/b", .reply = 202}},
     {WANT_SUCCESS}},
    {"so does an upload",
     "blob.upload_blob",
     "{'container':'c','blob':'b','data':'x'}",
     {{"PUT /acct/c/b", BUSY}, {"PUT /acct/c/b", .reply = 201}},
     {WANT_SUCCESS}},
    {"pinned to the secondary",
     HEAD_WITH("'use_location':'secondary'"),
     {{SECONDARY, BUSY}, {SECONDARY, FOUND}},
     {WANT_SUCCESS}},
    {"pinned to a secondary that knows of no blob",
     HEAD_WITH("'use_location':'secondary'"),
     {{SECONDARY, MISSING}},
     {{"code", "BlobNotFound"}, {"attempts", "1"}}},
    {"pinned to the primary",
     HEAD_WITH("'use_location':'primary'"),
     {{PRIMARY, BUSY}, {PRIMARY, FOUND}},
     {WANT_SUCCESS}},

    {"401 is final",
     HEAD,
     {{PRIMARY, .reply = 401, .error_code = "NoAuthenticationInformation"}},
     {{"kind", "ClientAuthenticationError"}, {"status", "401"}, {"attempts", "1"}}},
    {"403 is final",
     HEAD,
     {{PRIMARY, .reply = 403, .error_code = "AuthorizationFailure"}},
     {{"code", "AuthorizationFailure"}, {"status", "403"}, {"attempts", "1"}}},
    {"400 is final",
     HEAD,
     {{PRIMARY, .reply = 400, .error_code = "InvalidHeaderValue"}},
     {{"code", "InvalidHeaderValue"}, {"status", "400"}, {"attempts", "1"}}},
    {"retry_total 0",
     HEAD_WITH("'retry_total':0"),
     {{PRIMARY, BUSY}},
     {{"code", "ServerBusy"}, {"attempts", "1"}, {"retryable", "true"}}},
    {"a redirect is not followed",
     HEAD,
     {{PRIMARY, .reply = 307, .header = "Location: /acct/c/elsewhere"}},
     {{"status", "307"}, {"attempts", "1"}}},
    {"nor one to another host",
     HEAD,
     {{PRIMARY, .reply = 302, .header = "Location: http://127.0.0.1:1/x"}},
     {{"status", "302"}, {"attempts", "1"}}},
};

START_TEST(test_path)
{
    const char *label = paths[_i].label;
    struct scene it = account_scene(paths[_i].steps, NULL, KEY, "");

    check_wanted(label, rpc_call(it.rpc, paths[_i].method, paths[_i].params), paths[_i].wanted);
    scene_stop(&it, label);
}
END_TEST

/* Two hosts, of which each has a version of its own; the primary is busy at first. */
struct hosts {
    char *bytes;
    unsigned n_primary;
    char header[200];
};

enum { BLOB_BYTES = 12 * 1024 * 1024 };

static void serve_hosts(const struct fake_request *request, struct fake_step *reply, void *arg)
{
    struct hosts *hosts = arg;
    bool is_secondary = strncmp(request->line, "GET /acct-secondary/", 20) == 0;
    const char *etag = is_secondary ? "\"0x1\"" : "\"0x2\"";
    const char *if_match = fake_request_header(request, "If-Match");
    size_t first = 0, last = 0;

    if (!is_secondary && hosts->n_primary++ == 0) {
        *reply = (struct fake_step){BUSY};
        return;
    }
    if (if_match != NULL && strcmp(if_match, etag) != 0) {
        *reply = (struct fake_step){.reply = 412, .error_code = "ConditionNotMet"};
        return;
    }
    if (sscanf(fake_request_header(request, "x-ms-range"), "bytes=%zu-%zu", &first, &last) != 2)
        abort(); /* not in the test's thread */
    last = last < BLOB_BYTES ? last : BLOB_BYTES - 1;
    snprintf(hosts->header, sizeof(hosts->header),
             "ETag: %s\nx-ms-blob-type: BlockBlob\nContent-Range: bytes %zu-%zu/%d", etag,
             first, last, BLOB_BYTES);
    *reply = (struct fake_step){.reply = 206,
                                .header = hosts->header,
                                .body = hosts->bytes + first,
                                .body_bytes = last - first + 1};
}

/* What begins with the secondary's version goes on with it. */
START_TEST(test_older_version)
{
    struct hosts hosts = {.bytes = calloc(1, BLOB_BYTES)};
    struct scene it = account_scene(
        NULL, &(struct fake_options){.handler = serve_hosts, .handler_arg = &hosts}, KEY, "");
    int fd = memfd_create("made", MFD_CLOEXEC);
    uint32_t msgid =
        rpc_send_fd(it.rpc, "blob.download_blob", "{'container':'c','blob':'b','fd':true}", fd);

    check_wanted("older", rpc_wait(it.rpc, msgid),
                 (const struct wanted[]){WANT_SUCCESS, {"properties.etag", "\"0x1\""}, {0}});
    ck_assert_int_eq(lseek(fd, 0, SEEK_END), BLOB_BYTES);
    close(fd);
    scene_stop(&it, "older");
    free(hosts.bytes);
}
END_TEST

/* An account without a secondary cannot be asked to use it. */
START_TEST(test_no_secondary)
{
    static const struct fake_step nothing[] = {{0}};
    struct scene it = scene_start(nothing, NULL, NULL);

    check_wanted("no secondary", rpc_call(it.rpc, HEAD_WITH("'use_location':'secondary'")),
                 (const struct wanted[]){{"code", "InvalidParameter"}, {0}});
    scene_stop(&it, "no secondary");
}
END_TEST

/* ---- waits that the service asks for ---- */

/*
 * A wait that is obeyed and does not fit (into the call's deadline or the budget) leaves the
 * error that there is; one that is ignored would let the second step be used.
 */
static const struct {
    const char *label;
    struct fake_step steps[MAX_STEPS];
    struct wanted wanted[MAX_WANTED];
} waits[] = {
    {"a second",
     {{PRIMARY, BUSY, .header = "Retry-After: 1"}, {SECONDARY, FOUND}},
     {WANT_SUCCESS}},
    {"milliseconds",
     {{PRIMARY, BUSY, .header = "x-ms-retry-after-ms: 20"}, {SECONDARY, FOUND}},
     {WANT_SUCCESS}},
    {"an hour", {{PRIMARY, BUSY, .header = "Retry-After: 3600"}}, {{"attempts", "1"}}},
    {"an hour in milliseconds",
     {{PRIMARY, BUSY, .header = "x-ms-retry-after-ms: 3600000"}},
     {{"attempts", "1"}}},
    {"until a date",
     {{PRIMARY, BUSY, .header = "Retry-After: Fri, 01 Jan 2100 00:00:00 GMT"}},
     {{"attempts", "1"}}},
    {"no number",
     {{PRIMARY, BUSY, .header = "Retry-After: soon"}, {SECONDARY, FOUND}},
     {WANT_SUCCESS}},
};

START_TEST(test_wait)
{
    struct scene it = account_scene(waits[_i].steps, NULL, KEY, "");

    check_wanted(waits[_i].label, rpc_call(it.rpc, HEAD_WITH("'deadline_ms':30000")),
                 waits[_i].wanted);
    scene_stop(&it, waits[_i].label);
}
END_TEST

/* The service reads the source before it answers: it may be silent for longer than others. */
START_TEST(test_silence_of_a_copy)
{
    static const struct fake_step script[] = {
        {"PUT /acct/c/t", .reply = 201, .fault = FAKE_WAIT, .any_order = true},
        {PRIMARY, .reply = 200, .fault = FAKE_SILENT, .any_order = true},
        {0},
    };
    struct scene it =
        account_scene(script, NULL, KEY, "max_retries = 0\n[timeouts]\nstall_timeout_ms = 300");
    uint32_t copy = rpc_send(it.rpc, "blob.upload_blob_from_url",
                             "{'container':'c','blob':'t','source_url':'http://127.0.0.1/s'}");

    ck_assert(fake_wait_requests(it.fake, 1));
    check_wanted("a head", rpc_call(it.rpc, HEAD),
                 (const struct wanted[]){{"code", "NoProgress"}, {0}});
    fake_release(it.fake);
    check_wanted("a copy", rpc_wait(it.rpc, copy), (const struct wanted[]){WANT_SUCCESS, {0}});
    scene_stop(&it, "silence");
}
END_TEST

static void say_500(const struct fake_request *request, struct fake_step *reply, void *arg)
{
    (void)request, (void)arg;
    *reply = (struct fake_step){.reply = 500, .error_code = "InternalError"};
}

/* A service in trouble is not asked five times over by everybody. */
START_TEST(test_retries_of_many)
{
    enum { N_CALLS = 60, BUDGET = 50 };
    struct scene it =
        account_scene(NULL, &(struct fake_options){.handler = say_500}, KEY, "max_retries = 5");
    uint32_t msgids[N_CALLS];

    for (int i = 0; i < N_CALLS; i++)
        msgids[i] = rpc_send(it.rpc, HEAD);
    for (int i = 0; i < N_CALLS; i++)
        check_wanted("of many", rpc_wait(it.rpc, msgids[i]),
                     (const struct wanted[]){{"code", "InternalError"}, {0}});
    ck_assert_uint_le(fake_n_requests(it.fake), N_CALLS + BUDGET);
    scene_stop(&it, "of many");
}
END_TEST

START_TEST(test_wait_beyond_budget)
{
    static const struct fake_step script[] = {
        {PRIMARY, BUSY, .header = "Retry-After: 10"},
        {0},
    };
    struct scene it = account_scene(script, NULL, KEY, "budget_ms = 5000");

    check_wanted("beyond the budget", rpc_call(it.rpc, HEAD),
                 (const struct wanted[]){{"code", "ServerBusy"}, {"attempts", "1"}, {0}});
    scene_stop(&it, "beyond the budget");
}
END_TEST

/* Sixty calls to a port where nobody listens: they end, and share one allowance of retries. */
START_TEST(test_retry_allowance)
{
    enum { N_CALLS = 60, PER_CALL = 5 };
    static const struct fake_step nothing[] = {{0}};
    struct fake *fake = fake_start(nothing, NULL);
    struct daemon *daemon = daemon_start_for(fake, NULL);
    struct rpc *rpc = rpc_connect(daemon);
    uint32_t last = 0;
    long n_retries;

    fake_stop(fake);
    for (int i = 0; i < N_CALLS; i++)
        last = rpc_send(rpc, HEAD);
    for (uint32_t msgid = last - N_CALLS + 1; msgid <= last; msgid++)
        check_wanted("a dead port", rpc_wait(rpc, msgid),
                     (const struct wanted[]){{"code", "ConnectionFailed"}, {0}});
    n_retries = atol(rpc_text(rpc_call(rpc, "daemon.stats", NULL)->result, "retries"));
    ck_assert_int_gt(n_retries, 0);
    ck_assert_msg(n_retries < N_CALLS * PER_CALL / 2, "%ld retries of %d", n_retries,
                  N_CALLS * PER_CALL);
    rpc_close(rpc);
    daemon_stop(daemon);
}
END_TEST

/* ---- clocks ---- */

enum { CLOCK_AHEAD_S = 20 * 60, CLOCK_NEAR_S = 60 };

/* A service with a clock of its own, which refuses what is dated more than 15 minutes off. */
struct clock_service {
    int ahead_s;
    bool refuses_all;
    char header[sizeof("Date: ") + AZB_RFC1123_CHARS];
};

/* How far a request's x-ms-date is from a time, in seconds. */
static int64_t date_distance(const struct fake_request *request, int64_t unix_s)
{
    const char *date = fake_request_header(request, "x-ms-date");
    int64_t dated_s = 0;

    if (date == NULL || azb_time_from_rfc1123(date, strlen(date), &dated_s) < 0)
        return INT64_MAX;
    return llabs(dated_s - unix_s);
}

static void check_clock(const struct fake_request *request, struct fake_step *reply, void *arg)
{
    struct clock_service *service = arg;
    int64_t now_s = (int64_t)time(NULL) + service->ahead_s;

    strcpy(service->header, "Date: ");
    azb_time_to_rfc1123(now_s, service->header + strlen("Date: "));
    *reply = (struct fake_step){.reply = 200, .header = service->header};
    if (service->refuses_all || date_distance(request, now_s) > 15 * 60) {
        reply->reply = 403;
        reply->error_code = "AuthenticationFailed";
    }
}

static const struct {
    const char *label;
    int ahead_s;
} clocks[] = {
    {"the service is ahead", CLOCK_AHEAD_S},
    {"the service is behind", -CLOCK_AHEAD_S},
};

/* Refused once; signed anew with the service's time, and so from then on. */
START_TEST(test_clock)
{
    struct clock_service service = {.ahead_s = clocks[_i].ahead_s};
    struct scene it = account_scene(
        NULL, &(struct fake_options){.handler = check_clock, .handler_arg = &service}, KEY, "");

    for (int i = 0; i < 2; i++)
        check_wanted(clocks[_i].label, rpc_call(it.rpc, HEAD),
                     (const struct wanted[]){WANT_SUCCESS, {0}});
    ck_assert_uint_eq(fake_n_requests(it.fake), 3);
    ck_assert_str_ne(fake_request_header(fake_request(it.fake, 0), "Authorization"),
                     fake_request_header(fake_request(it.fake, 1), "Authorization"));
    for (size_t i = 1; i < 3; i++)
        ck_assert_int_le(
            date_distance(fake_request(it.fake, i), (int64_t)time(NULL) + service.ahead_s),
            CLOCK_NEAR_S);
    scene_stop(&it, clocks[_i].label);
}
END_TEST

/* If that was not the reason, the refusal stands. */
START_TEST(test_clock_and_wrong_key)
{
    struct clock_service service = {.ahead_s = CLOCK_AHEAD_S, .refuses_all = true};
    struct scene it = account_scene(
        NULL, &(struct fake_options){.handler = check_clock, .handler_arg = &service}, KEY, "");

    check_wanted("a wrong key", rpc_call(it.rpc, HEAD),
                 (const struct wanted[]){{"code", "AuthenticationFailed"},
                                         {"kind", "ClientAuthenticationError"},
                                         {"attempts", "2"},
                                         {0}});
    scene_stop(&it, "a wrong key");
}
END_TEST

/* ---- credentials ---- */

/* A SAS goes to both hosts, behind a row's own query, and nowhere else. */
START_TEST(test_sas)
{
    static const struct fake_step script[] = {
        {PRIMARY "?" SAS, BUSY},
        {SECONDARY "?" SAS, .reply = 403, .error_code = "AuthenticationFailed"},
        {"GET /acct/c?restype=container&" SAS, .reply = 200},
        {0},
    };
    struct scene it = account_scene(script, NULL, "sas_token = ?" SAS, "");
    const struct azb_msg *response = rpc_call(it.rpc, HEAD);

    ck_assert_ptr_nonnull(response->error);
    ck_assert_ptr_null(strstr(rpc_text(response->error, "message"), "sig="));
    ck_assert_ptr_null(
        rpc_call(it.rpc, "container.get_container_properties", "{'container':'c'}")->error);
    for (size_t i = 0; i < fake_n_requests(it.fake); i++)
        ck_assert_ptr_null(fake_request_header(fake_request(it.fake, i), "Authorization"));
    scene_stop(&it, "SAS");
}
END_TEST

START_TEST(test_token)
{
    static const struct fake_step script[] = {{PRIMARY, FOUND}, {0}};
    struct scene it = account_scene(script, &(struct fake_options){.has_tls = true},
                                    "token = eyJ0.e30.c2ln", "");

    check_wanted("a token", rpc_call(it.rpc, HEAD), (const struct wanted[]){WANT_SUCCESS, {0}});
    ck_assert_str_eq(fake_request_header(fake_request(it.fake, 0), "Authorization"),
                     "Bearer eyJ0.e30.c2ln");
    scene_stop(&it, "a token");
}
END_TEST

START_TEST(test_token_without_tls)
{
    static const struct fake_step nothing[] = {{0}};
    struct scene it = scene_start(nothing, NULL, NULL);
    char params[200];

    snprintf(params, sizeof(params), "{'account_url':'%s/acct','credential':{'token':'%s'}}",
             fake_url(it.fake), "eyJ0.e30.c2ln");
    check_wanted("a token over http", rpc_call(it.rpc, "service.open", params),
                 (const struct wanted[]){{"code", "InvalidParameter"}, {0}});
    scene_stop(&it, "a token over http");
}
END_TEST

/* ---- what each request carries ---- */

/* One id for all attempts of a call, so that the service's logs show what belongs together. */
START_TEST(test_client_request_id)
{
    static const struct fake_step script[] = {
        {PRIMARY, BUSY},  {SECONDARY, .reply = 500, .error_code = "InternalError"},
        {PRIMARY, FOUND}, {PRIMARY, FOUND},
        {PRIMARY, FOUND}, {0},
    };
    struct scene it = account_scene(script, NULL, KEY, "");
    const char *ids[5];

    ck_assert_ptr_null(rpc_call(it.rpc, HEAD)->error);
    ck_assert_ptr_null(rpc_call(it.rpc, HEAD)->error);
    ck_assert_ptr_null(rpc_call(it.rpc, HEAD_WITH("'client_request_id':'mine'"))->error);
    for (size_t i = 0; i < N_ELEMENTS(ids); i++) {
        ids[i] = fake_request_header(fake_request(it.fake, i), "x-ms-client-request-id");
        ck_assert_ptr_nonnull(ids[i]);
    }
    ck_assert_str_eq(ids[0], ids[1]);
    ck_assert_str_eq(ids[0], ids[2]);
    ck_assert_str_ne(ids[0], ids[3]);
    ck_assert_str_eq(ids[4], "mine");
    scene_stop(&it, "client request id");
}
END_TEST

static const struct {
    const char *label;
    const char *method, *params;
    struct fake_step steps[2];
} lengths[] = {
    {"PUT without a body",
     "container.create_container",
     "{'container':'c'}",
     {{"PUT /acct/c?restype=container", .reply = 201}}},
    {"PUT of no bytes",
     "blob.upload_blob",
     "{'container':'c','blob':'b','data':''}",
     {{"PUT /acct/c/b", .reply = 201}}},
    {"PUT of metadata", SET_METADATA, {{"PUT /acct/c/b?comp=metadata", .reply = 200}}},
    {"PUT of bytes",
     "blob.upload_blob",
     "{'container':'c','blob':'b','data':'abc'}",
     {{"PUT /acct/c/b", .reply = 201}}},
    {"PUT of a document",
     "blob.commit_block_list",
     "{'container':'c','blob':'b','block_list':['a']}",
     {{"PUT /acct/c/b?comp=blocklist", .reply = 201}}},
    {"POST",
     "container.delete_blobs",
     "{'container':'c','blobs':['a'],'retry_total':0}",
     {{"POST /acct/c?restype=container&comp=batch", .reply = 403}}},
};

START_TEST(test_content_length)
{
    const char *label = lengths[_i].label;
    struct scene it = account_scene(lengths[_i].steps, NULL, KEY, "");
    const struct fake_request *request;
    char want[24];

    rpc_call(it.rpc, lengths[_i].method, lengths[_i].params);
    request = fake_request(it.fake, 0);
    snprintf(want, sizeof(want), "%zu", request->body_bytes);
    ck_assert_msg(fake_request_header(request, "Content-Length") != NULL, "%s: none", label);
    ck_assert_str_eq(fake_request_header(request, "Content-Length"), want);
    ck_assert_ptr_null(fake_request_header(request, "Transfer-Encoding"));
    ck_assert_ptr_null(fake_request_header(request, "Expect"));
    scene_stop(&it, label);
}
END_TEST

static Suite *retry_paths_suite(void)
{
    Suite *suite = suite_create("retry_paths");
    TCase *tc = tcase_create("retry_paths");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    UNIT_TABLE(tc, test_path, paths);
    tcase_add_test(tc, test_older_version);
    tcase_add_test(tc, test_no_secondary);
    UNIT_TABLE(tc, test_wait, waits);
    tcase_add_test(tc, test_silence_of_a_copy);
    tcase_add_test(tc, test_retries_of_many);
    tcase_add_test(tc, test_wait_beyond_budget);
    tcase_add_test(tc, test_retry_allowance);
    UNIT_TABLE(tc, test_clock, clocks);
    tcase_add_test(tc, test_clock_and_wrong_key);
    tcase_add_test(tc, test_sas);
    tcase_add_test(tc, test_token);
    tcase_add_test(tc, test_token_without_tls);
    tcase_add_test(tc, test_client_request_id);
    UNIT_TABLE(tc, test_content_length, lengths);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(retry_paths_suite)
