/*
 * test_calls.c: single calls through a real daemon, against a server that follows a script.
 * What is checked is what a client sees: the result or the one error, and what the server was
 * asked.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "proto/buf.h"
#include "tests/faults/scene.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 60, MAX_STEPS = 4, MAX_WANTED = 8 };

#define HEAD_BLOB "blob.get_blob_properties", "{'container':'c','blob':'b'}"
#define HEAD_BLOB_ONCE \
    "blob.get_blob_properties", "{'container':'c','blob':'b','retry_total':0}"
#define LIST "container.list_blobs", "{'container':'c','retry_total':0}"
#define LIST_REQUEST "GET /c?restype=container&comp=list"
#define CREATE "container.create_container", "{'container':'c'}"
#define CREATE_REQUEST "PUT /c?restype=container"
#define DELETE "blob.delete_blob", "{'container':'c','blob':'b'}"
#define PROPERTIES .reply = 200, .header = "ETag: \"0x8DC1\"\nContent-Length: 300"
#define SUCCESS          \
    {                    \
        "code", "(none)" \
    }

#define LIST_START                                                                         \
    FAKE_XML("<EnumerationResults ServiceEndpoint=\"https://acct.blob.core.windows.net/\"" \
             " ContainerName=\"c\"><Blobs>"                                                \
             "<Blob><Name>a</Name><Properties><Etag>0x8DC1</Etag>"                         \
             "<Content-Length>1</Content-Length><Content-Encoding /></Properties></Blob>")
#define LIST_END                                                                  \
    "<Blob><Name Encoded=\"true\">x%EF%BF%BE</Name><Properties><Content-Length>2" \
    "</Content-Length></Properties><OrMetadata "                                  \
    "/></Blob></Blobs><NextMarker>2!8!YQ--</NextMarker>"                          \
    "</EnumerationResults>"

/* ---- what a reply's headers become ---- */

static const struct {
    const char *header;
    const char *path, *text;
} headers[] = {
    {"Content-Length: 1024", "size", "1024"},
    {"Content-Type: text/plain", "content_settings.content_type", "text/plain"},
    {"Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==", "content_settings.content_md5",
     "d41d8cd98f00b204e9800998ecf8427e"},
    {"Content-Encoding: zstd", "content_settings.content_encoding", "zstd"},
    {"Content-Language: de", "content_settings.content_language", "de"},
    {"Content-Disposition: attachment; filename=\"x\"", "content_settings.content_disposition",
     "attachment; filename=\"x\""},
    {"Cache-Control: no-cache", "content_settings.cache_control", "no-cache"},
    {"ETag: \"0x8DC1\"", "etag", "\"0x8DC1\""},
    {"Last-Modified: Wed, 30 Sep 2026 22:40:42 GMT", "last_modified", "2026-09-30T22:40:42Z"},
    {"Accept-Ranges: bytes", "accept_ranges", "bytes"},
    {"x-ms-blob-type: PageBlob", "blob_type", "PageBlob"},
    {"x-ms-blob-sequence-number: 7", "page_blob_sequence_number", "7"},
    {"x-ms-blob-committed-block-count: 3", "append_blob_committed_block_count", "3"},
    {"x-ms-blob-sealed: true", "is_append_blob_sealed", "true"},
    {"x-ms-creation-time: Thu, 01 Oct 2026 00:00:00 GMT", "creation_time",
     "2026-10-01T00:00:00Z"},
    {"x-ms-last-access-time: Thu, 01 Oct 2026 00:00:01 GMT", "last_accessed_on",
     "2026-10-01T00:00:01Z"},
    {"x-ms-expiry-time: Thu, 01 Oct 2026 00:00:02 GMT", "expiry_time", "2026-10-01T00:00:02Z"},
    {"x-ms-meta-Key: v, w", "metadata.Key", "v, w"},
    {"x-ms-meta-empty: ", "metadata.empty", ""},
    {"x-ms-lease-status: locked", "lease.status", "locked"},
    {"x-ms-lease-state: leased", "lease.state", "leased"},
    {"x-ms-lease-duration: fixed", "lease.duration", "fixed"},
    {"x-ms-access-tier: Cool", "blob_tier", "Cool"},
    {"x-ms-access-tier-inferred: true", "blob_tier_inferred", "true"},
    {"x-ms-access-tier-change-time: Thu, 01 Oct 2026 00:00:03 GMT", "blob_tier_change_time",
     "2026-10-01T00:00:03Z"},
    {"x-ms-archive-status: rehydrate-pending-to-hot", "archive_status",
     "rehydrate-pending-to-hot"},
    {"x-ms-rehydrate-priority: High", "rehydrate_priority", "High"},
    {"x-ms-copy-id: 17", "copy.id", "17"},
    {"x-ms-copy-source: https://a/b?c", "copy.source", "https://a/b?c"},
    {"x-ms-copy-status: failed", "copy.status", "failed"},
    {"x-ms-copy-status-description: 404", "copy.status_description", "404"},
    {"x-ms-copy-progress: 5/6", "copy.progress", "5/6"},
    {"x-ms-copy-completion-time: Thu, 01 Oct 2026 00:00:04 GMT", "copy.completion_time",
     "2026-10-01T00:00:04Z"},
    {"x-ms-incremental-copy: true", "copy.incremental_copy", "true"},
    {"x-ms-copy-destination-snapshot: 2026-10-01T00:00:00.0000000Z",
     "copy.destination_snapshot", "2026-10-01T00:00:00.0000000Z"},
    {"x-ms-version-id: 2026-10-01T00:00:00.7925422Z", "version_id",
     "2026-10-01T00:00:00.7925422Z"},
    {"x-ms-is-current-version: true", "is_current_version", "true"},
    {"x-ms-server-encrypted: true", "server_encrypted", "true"},
    {"x-ms-encryption-key-sha256: c2hh", "encryption_key_sha256", "c2hh"},
    {"x-ms-encryption-scope: scope", "encryption_scope", "scope"},
    {"x-ms-immutability-policy-until-date: Thu, 01 Oct 2026 00:00:05 GMT",
     "immutability_policy.expiry_time", "2026-10-01T00:00:05Z"},
    {"x-ms-immutability-policy-mode: unlocked", "immutability_policy.policy_mode", "unlocked"},
    {"x-ms-legal-hold: false", "has_legal_hold", "false"},
    {"x-ms-tag-count: 2", "tag_count", "2"},
    {"x-ms-or-pol_rule: complete", "object_replication_source_properties.0.rules.0.status",
     "complete"},
    {"x-ms-or-policy-id: dest", "object_replication_destination_policy", "dest"},
    {"x-ms-request-id: r-1", "request_id", "r-1"},
    {"x-ms-version: 2021-12-02", "version", "2021-12-02"},
    {"x-ms-from-the-future: 1", "name", "b"},
    {"X-MS-ALSO-UNKNOWN: 1", "container", "c"},
};

START_TEST(test_headers)
{
    struct azb_buf lines = {0};
    struct fake_step script[] = {{"HEAD /c/b", .reply = 200}, {0}};
    struct scene scene;
    const struct azb_msg *response;

    for (size_t i = 0; i < N_ELEMENTS(headers); i++)
        azb_buf_printf(&lines, "%s%s", i > 0 ? "\n" : "", headers[i].header);
    script[0].header = azb_buf_cstr(&lines);
    scene = scene_start(script, NULL, NULL);
    response = rpc_call(scene.rpc, HEAD_BLOB);
    for (size_t i = 0; i < N_ELEMENTS(headers); i++)
        check_wanted(headers[i].header, response,
                     (const struct wanted[]){{headers[i].path, headers[i].text}, {0}});
    scene_stop(&scene, "headers");
    azb_buf_clear(&lines);
}
END_TEST

/* ---- one call, a script, an outcome ---- */

static const struct {
    const char *label;
    const char *method, *params;
    struct fake_step steps[MAX_STEPS];
    struct wanted wanted[MAX_WANTED];
    const char *config;
} calls[] = {
    {"a missing blob",
     HEAD_BLOB,
     {{"HEAD /c/b", .reply = 404, .error_code = "BlobNotFound"}},
     {{"kind", "ResourceNotFoundError"},
      {"code", "BlobNotFound"},
      {"status", "404"},
      {"attempts", "1"},
      {"operation", "blob.get_blob_properties"},
      {"target", "c/b"},
      {"retryable", "false"}}},
    {"a missing container, in XML",
     "container.get_container_properties",
     "{'container':'c'}",
     {{"GET /c?restype=container", .reply = 404, .error_code = "ContainerNotFound"}},
     {{"kind", "ResourceNotFoundError"}, {"code", "ContainerNotFound"}}},
    {"a 404 without a code",
     HEAD_BLOB,
     {{"HEAD /c/b", .reply = 404}},
     {{"kind", "ResourceNotFoundError"}, {"code", "ResourceNotFound"}}},
    {"an error's XML is broken",
     "container.get_container_properties",
     "{'container':'c'}",
     {{"GET /c?restype=container", .reply = 409, .error_code = "ContainerBeingDeleted",
       .body = FAKE_XML("<Error><Code>Conta")}},
     {{"kind", "ResourceExistsError"}, {"code", "ContainerBeingDeleted"}}},
    {"a condition",
     HEAD_BLOB,
     {{"HEAD /c/b", .reply = 412, .error_code = "ConditionNotMet"}},
     {{"kind", "ResourceModifiedError"}, {"code", "ConditionNotMet"}, {"status", "412"}}},
    {"not modified",
     HEAD_BLOB,
     {{"HEAD /c/b", .reply = 304, .error_code = "ConditionNotMet"}},
     {{"kind", "ResourceModifiedError"}, {"code", "ConditionNotMet"}, {"status", "304"}}},
    {"refused",
     HEAD_BLOB,
     {{"HEAD /c/b", .reply = 403, .error_code = "AuthenticationFailed"}},
     {{"kind", "ClientAuthenticationError"},
      {"code", "AuthenticationFailed"},
      {"attempts", "1"}}},

    {"busy once",
     HEAD_BLOB,
     {{"HEAD /c/b", .reply = 503, .error_code = "ServerBusy"}, {"HEAD /c/b", PROPERTIES}},
     {WANT_SUCCESS, {"size", "300"}}},
    {"a proxy's 503",
     HEAD_BLOB,
     {{"HEAD /c/b", .reply = 503, .header = "Server: proxy"}, {"HEAD /c/b", PROPERTIES}},
     {WANT_SUCCESS, {"size", "300"}}},
    {"busy for good",
     "blob.get_blob_properties",
     "{'container':'c','blob':'b','retry_total':2}",
     {{"HEAD /c/b", .reply = 503, .error_code = "ServerBusy"},
      {"HEAD /c/b", .reply = 500, .error_code = "InternalError"},
      {"HEAD /c/b", .reply = 503, .error_code = "ServerBusy"}},
     {{"code", "ServerBusy"},
      {"kind", "HttpResponseError"},
      {"attempts", "3"},
      {"retryable", "true"}}},
    {"our mistake is not repeated",
     HEAD_BLOB,
     {{"HEAD /c/b", .reply = 400, .error_code = "InvalidQueryParameterValue"}},
     {{"code", "InvalidQueryParameterValue"}, {"attempts", "1"}, {"retryable", "false"}}},
    {"what the service cannot is not repeated",
     HEAD_BLOB,
     {{"HEAD /c/b", .reply = 501, .error_code = "NotImplemented"}},
     {{"code", "NotImplemented"}, {"attempts", "1"}}},

    {"reset before the answer",
     HEAD_BLOB,
     {{"HEAD /c/b", .reply = 200, .fault = FAKE_RESET}, {"HEAD /c/b", PROPERTIES}},
     {WANT_SUCCESS, {"size", "300"}}},
    {"reset within the head",
     HEAD_BLOB,
     {{"HEAD /c/b", .reply = 200, .fault = FAKE_RESET, .after_bytes = 20},
      {"HEAD /c/b", PROPERTIES}},
     {WANT_SUCCESS, {"size", "300"}}},
    {"end of stream within the head",
     HEAD_BLOB,
     {{"HEAD /c/b", PROPERTIES, .fault = FAKE_CLOSE, .after_bytes = 60},
      {"HEAD /c/b", PROPERTIES}},
     {WANT_SUCCESS, {"size", "300"}}},
    {"closed before the request was read",
     HEAD_BLOB,
     {{"*", .fault = FAKE_CLOSE_BEFORE_READ}, {"HEAD /c/b", PROPERTIES}},
     {WANT_SUCCESS, {"size", "300"}}},
    {"one byte at a time",
     HEAD_BLOB,
     {{"HEAD /c/b", PROPERTIES, .fault = FAKE_SLOW}},
     {WANT_SUCCESS, {"size", "300"}}},
    {"silence",
     HEAD_BLOB_ONCE,
     {{"HEAD /c/b", .reply = 200, .fault = FAKE_SILENT}},
     {{"code", "NoProgress"}, {"kind", "ServiceResponseTimeoutError"}, {"attempts", "1"}},
     "[timeouts]\nstall_timeout_ms = 200"},
    {"silence within the head",
     HEAD_BLOB_ONCE,
     {{"HEAD /c/b", .reply = 200, .fault = FAKE_STALL, .after_bytes = 30}},
     {{"code", "NoProgress"}},
     "[timeouts]\nstall_timeout_ms = 200"},
    {"a deadline",
     "blob.get_blob_properties",
     "{'container':'c','blob':'b','deadline_ms':100}",
     {{"HEAD /c/b", .reply = 200, .fault = FAKE_SILENT}},
     {{"code", "DeadlineExceeded"}, {"kind", "ServiceRequestTimeoutError"}}},

    {"a listing",
     LIST,
     {{LIST_REQUEST, .reply = 200, .is_chunked = true,
       .header = "Content-Type: application/xml", .body = LIST_START LIST_END}},
     {WANT_SUCCESS,
      {"items", "[2]"},
      {"items.0.name", "a"},
      {"items.0.etag", "0x8DC1"},
      {"items.1.name", "x\xef\xbf\xbe"},
      {"items.1.size", "2"},
      {"continuation_token", "2!8!YQ--"}}},
    {"a listing, byte by byte",
     LIST,
     {{LIST_REQUEST, .reply = 200, .is_chunked = true, .fault = FAKE_SLOW,
       .header = "Content-Type: application/xml", .body = LIST_START LIST_END}},
     {WANT_SUCCESS, {"items", "[2]"}, {"items.1.name", "x\xef\xbf\xbe"}}},
    {"half a listing in whole chunks",
     LIST,
     {{LIST_REQUEST, .reply = 200, .is_chunked = true,
       .header = "Content-Type: application/xml", .body = LIST_START}},
     {{"code", "UnreadableResponse"}, {"kind", "DecodeError"}, {"items", "(none)"}}},
    {"half a listing with its length",
     LIST,
     {{LIST_REQUEST, .reply = 200, .header = "Content-Type: application/xml",
       .body = LIST_START}},
     {{"code", "UnreadableResponse"}}},
    {"another document",
     LIST,
     {{LIST_REQUEST, .reply = 200, .header = "Content-Type: text/html",
       .body = "<html><body>Log in first</body></html>"}},
     {{"code", "UnreadableResponse"}}},

    {"a lost answer to create, which had happened",
     CREATE,
     {{CREATE_REQUEST, .reply = 201, .fault = FAKE_RESET},
      {CREATE_REQUEST, .reply = 409, .error_code = "ContainerAlreadyExists"},
      {"GET /c?restype=container", .reply = 200,
       .header = "Last-Modified: Fri, 01 Jan 2100 00:00:00 GMT\nETag: \"ours\""}},
     {{"etag", "\"ours\""}}},
    {"a lost answer to create, and the container is older than the call",
     CREATE,
     {{CREATE_REQUEST, .reply = 201, .fault = FAKE_RESET},
      {CREATE_REQUEST, .reply = 409, .error_code = "ContainerAlreadyExists"},
      {"GET /c?restype=container", .reply = 200,
       .header = "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT"}},
     {{"code", "ContainerAlreadyExists"}}},
    {"a lost answer to create, which had not",
     CREATE,
     {{CREATE_REQUEST, .reply = 201, .fault = FAKE_RESET}, {CREATE_REQUEST, .reply = 201}},
     {WANT_SUCCESS}},
    {"a container that exists",
     CREATE,
     {{CREATE_REQUEST, .reply = 409, .error_code = "ContainerAlreadyExists"}},
     {{"code", "ContainerAlreadyExists"}, {"kind", "ResourceExistsError"}}},
    {"one that exists, after a 503 that did nothing",
     CREATE,
     {{CREATE_REQUEST, .reply = 503, .error_code = "ServerBusy"},
      {CREATE_REQUEST, .reply = 409, .error_code = "ContainerAlreadyExists"}},
     {{"code", "ContainerAlreadyExists"}}},
    {"a lost answer to delete, which had happened",
     DELETE,
     {{"DELETE /c/b", .reply = 202, .fault = FAKE_RESET},
      {"DELETE /c/b", .reply = 404, .error_code = "BlobNotFound"}},
     {WANT_SUCCESS}},
    {"a blob that is not there to delete",
     DELETE,
     {{"DELETE /c/b", .reply = 404, .error_code = "BlobNotFound"}},
     {{"code", "BlobNotFound"}}},
};

START_TEST(test_call)
{
    const char *label = calls[_i].label;
    struct scene scene = scene_start(calls[_i].steps, NULL, calls[_i].config);

    check_wanted(label, rpc_call(scene.rpc, calls[_i].method, calls[_i].params),
                 calls[_i].wanted);
    ck_assert_uint_eq(rpc_n_notes(scene.rpc), 0);
    scene_stop(&scene, label);
}
END_TEST

/* ---- the ends of a call ---- */

/* 1 the request is with the server, 2 the client cancels, 3 the server answers all the same. */
START_TEST(test_cancel)
{
    static const struct fake_step script[] = {
        {"HEAD /c/b", .reply = 200, .fault = FAKE_WAIT},
        {"HEAD /c/b2", .reply = 200},
        {0},
    };
    struct scene scene = scene_start(script, NULL, NULL);
    struct rpc *rpc = scene.rpc;
    char cancel[16];
    uint32_t msgid = rpc_send(rpc, HEAD_BLOB);

    ck_assert(fake_wait_requests(scene.fake, 1));
    snprintf(cancel, sizeof(cancel), "[%u]", msgid);
    rpc_notify(rpc, "$/cancel", cancel);
    ck_assert_str_eq(rpc_text(rpc_wait(rpc, msgid)->error, "code"), "Cancelled");
    fake_release(scene.fake);
    rpc_notify(rpc, "$/cancel", cancel);
    ck_assert_ptr_null(
        rpc_call(rpc, "blob.get_blob_properties", "{'container':'c','blob':'b2'}")->error);
    scene_stop(&scene, "cancel");
}
END_TEST

/* A client that goes away in the middle takes nothing with it. */
START_TEST(test_client_gone)
{
    static const struct fake_step script[] = {
        {"HEAD /c/b", .reply = 200, .fault = FAKE_WAIT},
        {0},
    };
    struct scene scene = scene_start(script, NULL, NULL);
    struct rpc *gone = rpc_connect(scene.daemon);

    rpc_send(gone, HEAD_BLOB);
    ck_assert(fake_wait_requests(scene.fake, 1));
    rpc_close(gone);
    ck_assert_ptr_null(rpc_call(scene.rpc, "rpc.ping", NULL)->error);
    scene_stop(&scene, "a client that goes away");
}
END_TEST

START_TEST(test_refused_connection)
{
    static const struct fake_step nothing[] = {{0}};
    struct fake *fake = fake_start(nothing, NULL);
    struct daemon *daemon = daemon_start_for(fake, NULL);
    struct rpc *rpc = rpc_connect(daemon);

    fake_stop(fake); /* nobody listens there any more */
    check_wanted("refused",
                 rpc_call(rpc, "blob.get_blob_properties",
                          "{'container':'c','blob':'b','retry_total':2}"),
                 (const struct wanted[]){{"code", "ConnectionFailed"},
                                         {"kind", "ServiceRequestError"},
                                         {"attempts", "3"},
                                         {"status", "(none)"},
                                         {0}});
    rpc_close(rpc);
    daemon_stop(daemon);
}
END_TEST

static const struct {
    const char *label;
    bool has_trust;
    const char *code;
} tls_cases[] = {
    {"with its certificate", true, "(none)"},
    {"without", false, "TlsFailed"},
};

START_TEST(test_tls)
{
    static const struct fake_step script[] = {{"HEAD /c/b", PROPERTIES}, {0}};
    bool has_trust = tls_cases[_i].has_trust;
    struct fake *fake = fake_start(script, &(struct fake_options){.has_tls = true});
    struct daemon *daemon = has_trust
                                ? daemon_start_for(fake, NULL)
                                : daemon_start("[profile default]\nconnection_string = %s\n",
                                               fake_connection_string(fake));
    struct rpc *rpc = rpc_connect(daemon);

    check_wanted(tls_cases[_i].label, rpc_call(rpc, HEAD_BLOB_ONCE),
                 (const struct wanted[]){{"code", tls_cases[_i].code}, {0}});
    ck_assert_uint_eq(fake_n_requests(fake), has_trust ? 1 : 0);
    rpc_close(rpc);
    daemon_stop(daemon);
    fake_stop(fake);
}
END_TEST

static Suite *calls_suite(void)
{
    Suite *suite = suite_create("calls");
    TCase *tc = tcase_create("calls");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    tcase_add_test(tc, test_headers);
    UNIT_TABLE(tc, test_call, calls);
    tcase_add_test(tc, test_cancel);
    tcase_add_test(tc, test_client_gone);
    tcase_add_test(tc, test_refused_connection);
    UNIT_TABLE(tc, test_tls, tls_cases);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(calls_suite)
