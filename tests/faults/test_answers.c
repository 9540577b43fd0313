/*
 * test_answers.c: what the service's answers become, in the shapes that it has been seen to
 * give them: a byte order mark, line feeds or none, elements that are empty or missing, headers
 * in any order. And what is done when an answer does not come.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/faults/answers.h"
#include "tests/faults/scene.h"
#include "tests/unit/text.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 120, MAX_STEPS = 5, MAX_WANTED = 16 };

#define IS_XML .header = "Content-Type: application/xml"
#define WROTE "ETag: \"0x8D1\"\nLast-Modified: Thu, 09 May 2019 00:42:02 GMT\n"
#define WANT_WRITTEN                            \
    {"etag", "\"0x8D1\""},                      \
    {                                           \
        "last_modified", "2019-05-09T00:42:02Z" \
    }

#define BLOCK(name, size) "<Block><Name>" name "</Name><Size>" size "</Size></Block>"
#define RANGE(kind, start, end) \
    "<" kind "><Start>" start "</Start><End>" end "</End></" kind ">"

static const struct {
    const char *label;
    const char *method, *params;
    struct fake_step steps[MAX_STEPS];
    struct wanted wanted[MAX_WANTED];
} answers[] = {
    {"hardly any service properties",
     "service.get_service_properties",
     "{}",
     {{"GET /?restype=service&comp=properties", .reply = 200, IS_XML,
       .body = FAKE_XML("<StorageServiceProperties></StorageServiceProperties>")}},
     {{"cors", "[0]"}, {"analytics_logging", "(none)"}, {"static_website", "(none)"}}},
    {"block lists",
     "blob.get_block_list",
     "{" CB ",'block_list_type':'all'}",
     {{"GET /c/b?comp=blocklist&blocklisttype=all", .reply = 200,
       .header = WROTE "x-ms-blob-content-length: 9\nContent-Type: application/xml",
       .body = FAKE_XML("<BlockList><CommittedBlocks>" BLOCK("MQ==", "3")
                            BLOCK("/w==", "4") "</CommittedBlocks><UncommittedBlocks>" BLOCK(
                                "no*base", "5") "</UncommittedBlocks></BlockList>")}},
     {{"committed_blocks.0.id", "1"},
      {"committed_blocks.0.size", "3"},
      {"committed_blocks.0.state", "Committed"},
      {"committed_blocks.1.id", "ff"},
      {"uncommitted_blocks.0.id", "no*base"},
      {"uncommitted_blocks.0.state", "Uncommitted"},
      {"blob_content_length", "9"},
      {"content_type", "application/xml"},
      WANT_WRITTEN}},
    {"a page of page ranges",
     "blob.list_page_ranges",
     "{" CB ",'results_per_page':3}",
     {{"GET /c/b?comp=pagelist&maxresults=3", .reply = 200,
       .body = FAKE_XML("\n<PageList>" RANGE("PageRange", "0", "511")
                            RANGE("ClearRange", "512", "1023")
                                RANGE("PageRange", "1024",
                                      "1535") "<NextMarker>2!16!M</NextMarker></PageList>")}},
     {{"items", "[3]"},
      {"items.0.cleared", "false"},
      {"items.1.cleared", "true"},
      {"items.1.start", "512"},
      {"items.2.end", "1535"},
      {"items.2.cleared", "false"},
      {"continuation_token", "2!16!M"}}},
    {"an appended block",
     "blob.append_block",
     "{" CB ",'data':'x'}",
     {{"PUT /c/b?comp=appendblock", .reply = 201,
       .header = WROTE "x-ms-blob-append-offset: 20\nx-ms-blob-committed-block-count: 3\n"
                       "x-ms-request-server-encrypted: true\nx-ms-encryption-key-sha256: h\n"
                       "x-ms-encryption-scope: s\nx-ms-structured-body: b"}},
     {{"blob_append_offset", "20"},
      {"blob_committed_block_count", "3"},
      {"request_server_encrypted", "true"},
      {"encryption_key_sha256", "h"},
      {"encryption_scope", "s"},
      {"structured_body", "b"},
      WANT_WRITTEN}},
    {"another one's lease",
     "lease.renew",
     "{" CB ",'lease':'i'}",
     {{"PUT /c/b?comp=lease", .reply = 409, .error_code = "LeaseIdMismatchWithLeaseOperation"}},
     {{"code", "LeaseIdMismatchWithLeaseOperation"}, {"kind", "ResourceExistsError"}}},

    {"half a list of tags",
     "blob.get_blob_tags",
     "{" CB ",'retry_total':0}",
     {{"GET /c/b?comp=tags", .reply = 200, IS_XML, .is_chunked = true,
       .body = FAKE_XML("<Tags><TagSet><Tag><Key>a</Key><Value>b</Value></Tag>")}},
     {{"code", "UnreadableResponse"}, {"tags", "(none)"}}},
    {"tags from something else",
     "blob.get_blob_tags",
     "{" CB ",'retry_total':0}",
     {{"GET /c/b?comp=tags", .reply = 200, .body = "<html></html>"}},
     {{"code", "UnreadableResponse"}}},

    /* no answer, or a late one */
    {"an append whose answer is lost is not repeated",
     "blob.append_block",
     "{" CB ",'data':'x'}",
     {{"PUT /c/b?comp=appendblock", .reply = 201, .fault = FAKE_RESET}},
     {{"code", "ConnectionBroken"}, {"attempts", "1"}}},
    {"one that was refused is",
     "blob.append_block",
     "{" CB ",'data':'x'}",
     {{"PUT /c/b?comp=appendblock", .reply = 503, .error_code = "ServerBusy"},
      {"PUT /c/b?comp=appendblock", .reply = 201}},
     {WANT_SUCCESS}},
    {"so is one that says where it goes",
     "blob.append_block",
     "{" CB ",'data':'x','appendpos_condition':0}",
     {{"PUT /c/b?comp=appendblock", .reply = 201, .fault = FAKE_RESET},
      {"PUT /c/b?comp=appendblock", .reply = 201}},
     {WANT_SUCCESS}},
    {"and whose answer was lost: its bytes are there",
     "blob.append_block",
     "{" CB ",'data':'hello','appendpos_condition':3}",
     {{"PUT /c/b?comp=appendblock", .reply = 201, .fault = FAKE_RESET},
      {"PUT /c/b?comp=appendblock", .reply = 412,
       .error_code = "AppendPositionConditionNotMet"},
      {"GET /c/b", .reply = 206, .body = "hello", .fault = FAKE_SLOW,
       .header = WROTE "x-ms-blob-committed-block-count: 3"}},
     {WANT_SUCCESS, {"blob_committed_block_count", "3"}, WANT_WRITTEN}},
    {"another one's are",
     "blob.append_block",
     "{" CB ",'data':'hello','appendpos_condition':3}",
     {{"PUT /c/b?comp=appendblock", .reply = 201, .fault = FAKE_RESET},
      {"PUT /c/b?comp=appendblock", .reply = 412,
       .error_code = "AppendPositionConditionNotMet"},
      {"GET /c/b", .reply = 206, .body = "hallo"}},
     {{"code", "AppendPositionConditionNotMet"},
      {"message", "The script says AppendPositionConditionNotMet."}}},
    {"fewer are",
     "blob.append_block",
     "{" CB ",'data':'hello','appendpos_condition':3}",
     {{"PUT /c/b?comp=appendblock", .reply = 500, .error_code = "InternalError"},
      {"PUT /c/b?comp=appendblock", .reply = 412, .error_code = "MaxBlobSizeConditionNotMet"},
      {"GET /c/b", .reply = 206, .body = "hell"}},
     {{"code", "MaxBlobSizeConditionNotMet"}}},
    {"none are",
     "blob.append_block",
     "{" CB ",'data':'hello','appendpos_condition':3}",
     {{"PUT /c/b?comp=appendblock", .reply = 201, .fault = FAKE_RESET},
      {"PUT /c/b?comp=appendblock", .reply = 412,
       .error_code = "AppendPositionConditionNotMet"},
      {"GET /c/b", .reply = 416, .error_code = "InvalidRange"}},
     {{"code", "AppendPositionConditionNotMet"},
      {"message", "The script says AppendPositionConditionNotMet."}}},
    {"they are found in a second try, after half of them",
     "blob.append_block",
     "{" CB ",'data':'hello','appendpos_condition':3}",
     {{"PUT /c/b?comp=appendblock", .reply = 201, .fault = FAKE_RESET},
      {"PUT /c/b?comp=appendblock", .reply = 412,
       .error_code = "AppendPositionConditionNotMet"},
      {"GET /c/b", .reply = 206, .body = "hello", .fault = FAKE_CLOSE, .in_body = true,
       .after_bytes = 3},
      {"GET /c/b", .reply = 206, .body = "hello"}},
     {WANT_SUCCESS}},
    {"they may not be looked at",
     "blob.append_block",
     "{" CB ",'data':'hello','appendpos_condition':3}",
     {{"PUT /c/b?comp=appendblock", .reply = 201, .fault = FAKE_RESET},
      {"PUT /c/b?comp=appendblock", .reply = 412,
       .error_code = "AppendPositionConditionNotMet"},
      {"GET /c/b", .reply = 403, .error_code = "AuthorizationPermissionMismatch"}},
     {{"code", "AppendPositionConditionNotMet"},
      {"message", "an earlier attempt of this call may have done it, and whether it did could "
                  "not be found out; the last one was answered: The script says "
                  "AppendPositionConditionNotMet."}}},
    {"nobody here knows them",
     "blob.append_block_from_url",
     "{" CB ",'copy_source_url':'https://s/c/b','appendpos_condition':3}",
     {{"PUT /c/b?comp=appendblock", .reply = 201, .fault = FAKE_RESET},
      {"PUT /c/b?comp=appendblock", .reply = 412,
       .error_code = "AppendPositionConditionNotMet"}},
     {{"code", "AppendPositionConditionNotMet"},
      {"message", "an earlier attempt of this call may have done it, and whether it did could "
                  "not be found out; the last one was answered: The script says "
                  "AppendPositionConditionNotMet."}}},
    {"one that was not sent before is simply refused",
     "blob.append_block",
     "{" CB ",'data':'hello','appendpos_condition':3}",
     {{"PUT /c/b?comp=appendblock", .reply = 503, .error_code = "ServerBusy"},
      {"PUT /c/b?comp=appendblock", .reply = 412,
       .error_code = "AppendPositionConditionNotMet"}},
     {{"code", "AppendPositionConditionNotMet"},
      {"message", "The script says AppendPositionConditionNotMet."}}},
    {"an increment is not repeated",
     "blob.set_sequence_number",
     "{" CB ",'sequence_number_action':'increment'}",
     {{"PUT /c/b?comp=properties", .reply = 200, .fault = FAKE_RESET}},
     {{"code", "ConnectionBroken"}, {"attempts", "1"}}},
    {"a copy that had begun",
     "blob.start_copy_from_url",
     "{" CB ",'source_url':'https://s/c/b'}",
     {{"PUT /c/b", .reply = 202, .fault = FAKE_RESET},
      {"PUT /c/b", .reply = 409, .error_code = "PendingCopyOperation"},
      {"HEAD /c/b", .reply = 200,
       .header = "Last-Modified: Fri, 01 Jan 2100 00:00:00 GMT\nx-ms-copy-id: i\n"
                 "x-ms-copy-status: pending"}},
     {WANT_SUCCESS, {"copy_id", "i"}, {"copy_status", "pending"}}},
};

/* The tables of whole answers are played by one test; _i counts through all of them. */
static const struct answer *const families[] = {answers_service, answers_container,
                                                answers_listing, answers_blob, answers_write};

static const struct answer *whole_answer(int i)
{
    for (size_t family = 0; family < N_ELEMENTS(families); family++)
        for (const struct answer *answer = families[family]; answer->label != NULL; answer++)
            if (i-- == 0)
                return answer;
    return NULL;
}

static int n_whole_answers(void)
{
    int n = 0;

    while (whole_answer(n) != NULL)
        n++;
    return n;
}

START_TEST(test_whole_answer)
{
    const struct answer *answer = whole_answer(_i);
    struct scene scene = scene_start(answer->steps, NULL, NULL);
    const struct azb_msg *response = rpc_call(scene.rpc, answer->method, answer->params);
    struct azb_buf got = {0};

    ck_assert_msg(response->error == NULL, "%s: %s", answer->label,
                  rpc_text(response->error, "message"));
    text_print(response->result, &got);
    ck_assert_msg(strcmp(azb_buf_cstr(&got), answer->result) == 0, "%s: %s", answer->label,
                  azb_buf_cstr(&got));
    azb_buf_clear(&got);
    scene_stop(&scene, answer->label);
    coverage_note("recording", answer->method);
}
END_TEST

START_TEST(test_answer)
{
    const char *label = answers[_i].label;
    struct scene scene = scene_start(answers[_i].steps, NULL, NULL);

    check_wanted(label, rpc_call(scene.rpc, answers[_i].method, answers[_i].params),
                 answers[_i].wanted);
    scene_stop(&scene, label);
}
END_TEST

/* ---- refusals ---- */

#define SOURCE ",'source_url':'https://s/c/a'"
#define FROM_URL "blob.upload_blob_from_url", "{" CB SOURCE "}"
#define REFUSED(status_, code_) .reply = status_, .error_code = code_
#define KIND(status_, code_, kind_)                            \
    {                                                          \
        {"status", status_}, {"code", code_}, {"kind", kind_}, \
        {                                                      \
            "attempts", "1"                                    \
        }                                                      \
    }

static const struct {
    const char *label;
    const char *method, *params;
    struct fake_step steps[2];
    struct wanted wanted[MAX_WANTED];
} refusals[] = {
    {"no blob, to a HEAD: all that there is is a header",
     "blob.get_blob_properties",
     "{" CB "}",
     {{"HEAD /c/b", REFUSED(404, "BlobNotFound")}},
     KIND("404", "BlobNotFound", "ResourceNotFoundError")},
    {"no container",
     "container.list_blobs",
     "{'container':'c'}",
     {{"GET /c?restype=container&comp=list", REFUSED(404, "ContainerNotFound")}},
     KIND("404", "ContainerNotFound", "ResourceNotFoundError")},
    {"no container for those without a key: by a version of long ago, the code in the body "
     "alone",
     "container.list_blobs",
     "{'container':'c'}",
     {{"GET /c?restype=container&comp=list", .reply = 404, .header = "x-ms-version: 2014-02-14",
       .body = FAKE_XML("<Error><Code>ResourceNotFound</Code><Message>The specified resource "
                        "does not exist.\nRequestId:r\nTime:2019-05-09T00:53:41.0741618Z"
                        "</Message></Error>")}},
     KIND("404", "ResourceNotFound", "ResourceNotFoundError")},
    {"a parameter that the service cannot read: neither a code nor a version in its headers",
     "blob.get_blob_properties",
     "{" CB ",'snapshot':'2030-01-01T00:00:00.0000000Z'}",
     {{"HEAD /c/b?snapshot=2030-01-01T00%3A00%3A00.0000000Z", .reply = 400,
       .header = "x-ms-version: "}},
     KIND("400", "ServiceError", "HttpResponseError")},
    {"the same where a body may say it, behind a line feed",
     "blob.get_blob_tags",
     "{" CB "}",
     {{"GET /c/b?comp=tags", .reply = 400, .header = "x-ms-version: ",
       .body = FAKE_XML("\n<Error><Code>InvalidQueryParameterValue</Code><Message>Wrong.\n"
                        "RequestId:r\nTime:2019-05-09T00:52:45.1923147Z</Message>"
                        "<QueryParameterName>snapshot</QueryParameterName>"
                        "<QueryParameterValue>1</QueryParameterValue></Error>")}},
     {{"status", "400"},
      {"code", "InvalidQueryParameterValue"},
      {"kind", "HttpResponseError"},
      {"message", "Wrong.\nQueryParameterName: snapshot\nQueryParameterValue: 1"}}},
    {"a token that is refused before the service: another server, and no version",
     "container.get_container_properties",
     "{'container':'c'}",
     {{"GET /c?restype=container", REFUSED(400, "InvalidAuthenticationInfo"),
       .header = "Server: Microsoft-HTTPAPI/2.0\nx-ms-version: "}},
     KIND("400", "InvalidAuthenticationInfo", "ClientAuthenticationError")},
    {"no token",
     "blob.create_page_blob",
     "{" CB ",'size':512}",
     {{"PUT /c/b", REFUSED(401, "NoAuthenticationInformation"),
       .header = "WWW-Authenticate: Bearer authorization_uri=https://login.example/t/oauth2/"
                 "authorize resource_id=https://storage.azure.com"}},
     KIND("401", "NoAuthenticationInformation", "ClientAuthenticationError")},
    {"no right",
     "blob.delete_blob",
     "{" CB "}",
     {{"DELETE /c/b", REFUSED(403, "AuthorizationPermissionMismatch")}},
     KIND("403", "AuthorizationPermissionMismatch", "HttpResponseError")},
    {"not changed: a 304, chunked, without a body",
     "blob.get_blob_properties",
     "{" CB ",'if_modified_since':0}",
     {{"HEAD /c/b", REFUSED(304, "ConditionNotMet"), .is_chunked = true}},
     KIND("304", "ConditionNotMet", "ResourceModifiedError")},
    {"changed",
     "blob.set_blob_metadata",
     "{" CB ",'if_unmodified_since':0}",
     {{"PUT /c/b?comp=metadata", REFUSED(412, "ConditionNotMet")}},
     KIND("412", "ConditionNotMet", "ResourceModifiedError")},
    {"a condition that no HEAD can meet",
     "blob.get_blob_properties",
     "{" CB ",'match_condition':'IfMissing','etag':'*'}",
     {{"HEAD /c/b", REFUSED(400, "UnsatisfiableCondition")}},
     KIND("400", "UnsatisfiableCondition", "HttpResponseError")},
    /* 409, where other conditions that fail are 412 */
    {"a blob is there already",
     "blob.create_append_blob",
     "{" CB ",'match_condition':'IfMissing','etag':'*'}",
     {{"PUT /c/b", REFUSED(409, "BlobAlreadyExists")}},
     KIND("409", "BlobAlreadyExists", "ResourceExistsError")},
    {"a lease that is missing",
     "container.delete_container",
     "{'container':'c'}",
     {{"DELETE /c?restype=container", REFUSED(412, "LeaseIdMissing")}},
     KIND("412", "LeaseIdMissing", "HttpResponseError")},
    {"a lease that is there",
     "lease.acquire",
     "{'container':'c'}",
     {{"PUT /c?comp=lease&restype=container", REFUSED(409, "LeaseAlreadyPresent")}},
     KIND("409", "LeaseAlreadyPresent", "ResourceExistsError")},
    {"an end elsewhere",
     "blob.append_block",
     "{" CB ",'data':'x','appendpos_condition':5}",
     {{"PUT /c/b?comp=appendblock", REFUSED(412, "AppendPositionConditionNotMet")}},
     KIND("412", "AppendPositionConditionNotMet", "HttpResponseError")},
    {"damaged on the way",
     "blob.stage_block",
     "{" CB ",'block_id':'1','data':'x','validate_content':true}",
     {{"PUT /c/b?comp=block&blockid=MQ%3D%3D", .reply = 400,
       .header = "x-ms-error-code: Md5Mismatch",
       .body = FAKE_XML("<Error><Code>Md5Mismatch</Code><Message>Other.</Message>"
                        "<UserSpecifiedMd5>tQ==</UserSpecifiedMd5><ServerCalculatedMd5>pg=="
                        "</ServerCalculatedMd5></Error>")}},
     {{"code", "Md5Mismatch"},
      {"message", "Other.\nUserSpecifiedMd5: tQ==\nServerCalculatedMd5: pg=="}}},
    {"a range behind the end",
     "blob.download_blob",
     "{" CB ",'offset':5}",
     {{"GET /c/b", REFUSED(416, "InvalidRange"), .header = "Content-Range: bytes */5"}},
     KIND("416", "InvalidRange", "HttpResponseError")},

    /* of a source that the service cannot read, the source's status; so a PUT may say 304 */
    {"a source that has not changed",
     FROM_URL,
     {{"PUT /c/b", REFUSED(304, "CannotVerifyCopySource")}},
     KIND("304", "CannotVerifyCopySource", "ResourceNotFoundError")},
    {"a source that asks who it is",
     FROM_URL,
     {{"PUT /c/b", REFUSED(401, "CannotVerifyCopySource")}},
     KIND("401", "CannotVerifyCopySource", "ClientAuthenticationError")},
    {"a source that is not there",
     FROM_URL,
     {{"PUT /c/b", REFUSED(404, "CannotVerifyCopySource")}},
     KIND("404", "CannotVerifyCopySource", "ResourceNotFoundError")},
    {"a source that has changed",
     FROM_URL,
     {{"PUT /c/b", REFUSED(412, "CannotVerifyCopySource")}},
     KIND("412", "CannotVerifyCopySource", "ResourceNotFoundError")},
    {"a source that has changed, of a copy in the background",
     "blob.start_copy_from_url",
     "{" CB SOURCE "}",
     {{"PUT /c/b", REFUSED(412, "SourceConditionNotMet")}},
     KIND("412", "SourceConditionNotMet", "HttpResponseError")},
    {"no such copy",
     "blob.abort_copy",
     "{" CB ",'copy_id':'i'}",
     {{"PUT /c/b?comp=copy&copyid=i", REFUSED(409, "NoPendingCopyOperation")}},
     KIND("409", "NoPendingCopyOperation", "ResourceExistsError")},
};

START_TEST(test_refusal)
{
    const char *label = refusals[_i].label;
    struct scene scene = scene_start(refusals[_i].steps, NULL, NULL);

    check_wanted(label, rpc_call(scene.rpc, refusals[_i].method, refusals[_i].params),
                 refusals[_i].wanted);
    scene_stop(&scene, label);
}
END_TEST

/* Our own bytes are asked for where they should be, with the key that they were written with,
 * and at the primary host: another may not have them yet. */
START_TEST(test_append_lookup)
{
    static const struct fake_step script[] = {
        {"PUT /c/b?comp=appendblock", .reply = 201, .fault = FAKE_RESET},
        {"PUT /c/b?comp=appendblock", .reply = 412,
         .error_code = "AppendPositionConditionNotMet"},
        {"GET /c/b", .reply = 503, .error_code = "ServerBusy"},
        {"GET /c/b", .reply = 206, .body = "hello"},
        {0},
    };
    struct fake_options options = {.has_tls = true};
    struct scene scene = {.fake = fake_start(script, &options)};
    const struct fake_request *look;

    scene.daemon = daemon_start(
        "[profile default]\nconnection_string = %s;BlobSecondaryEndpoint=%s/secondary"
        "\nca_file = %s\n",
        fake_connection_string(scene.fake), fake_url(scene.fake), fake_ca_file(scene.fake));
    scene.rpc = rpc_connect(scene.daemon);
    check_wanted("lookup",
                 rpc_call(scene.rpc, "blob.append_block",
                          "{" CB ",'data':'hello','appendpos_condition':3,'cpk':{'key_value':"
                          "'aw==','key_hash':'aA=='}}"),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    look = fake_request(scene.fake, 3);
    ck_assert_str_eq(fake_request_header(look, "x-ms-range"), "bytes=3-7");
    ck_assert_str_eq(fake_request_header(look, "x-ms-encryption-key"), "aw==");
    ck_assert_ptr_null(fake_request_header(look, "x-ms-blob-condition-appendpos"));
    scene_stop(&scene, "lookup");
}
END_TEST

/* The id that we make up for a lease is the same in each attempt, so that the lease is ours
 * whichever of them was carried out. */
START_TEST(test_lease_id)
{
    static const struct fake_step script[] = {
        {"PUT /c?comp=lease&restype=container", .reply = 201, .fault = FAKE_RESET},
        {"PUT /c?comp=lease&restype=container", .reply = 201},
        {"PUT /c?comp=lease&restype=container", .reply = 201},
        {0},
    };
    const char *params = "{'container':'c'}", *ids[3];
    struct scene scene = scene_start(script, NULL, NULL);

    ck_assert_ptr_null(rpc_call(scene.rpc, "lease.acquire", params)->error);
    ck_assert_ptr_null(rpc_call(scene.rpc, "container.acquire_lease", params)->error);
    for (size_t i = 0; i < N_ELEMENTS(ids); i++)
        ids[i] = fake_request_header(fake_request(scene.fake, i), "x-ms-proposed-lease-id");
    ck_assert_uint_eq(strlen(ids[0]), 36);
    ck_assert_str_eq(ids[0], ids[1]);
    ck_assert_str_ne(ids[0], ids[2]);
    scene_stop(&scene, "lease id");
}
END_TEST

/* ---- the secondary host ---- */

#define STATS "GET /secondary/?restype=service&comp=stats"

static const struct {
    const char *label;
    struct fake_step steps[MAX_STEPS];
    struct wanted wanted[MAX_WANTED];
} stats[] = {
    {"live",
     {{STATS, .reply = 200,
       .body =
           FAKE_XML("<StorageServiceStats><GeoReplication><Status>live</Status><LastSyncTime>"
                    "Thu, 09 May 2019 01:25:53 GMT</LastSyncTime></GeoReplication>"
                    "</StorageServiceStats>")}},
     {{"geo_replication.status", "live"},
      {"geo_replication.last_sync_time", "2019-05-09T01:25:53Z"}}},
    {"unavailable",
     {{STATS, .reply = 200,
       .body =
           FAKE_XML("<StorageServiceStats><GeoReplication><Status>unavailable</Status>"
                    "<LastSyncTime></LastSyncTime></GeoReplication></StorageServiceStats>")}},
     {{"geo_replication.status", "unavailable"}, {"geo_replication.last_sync_time", "(none)"}}},
    {"busy: again, and there",
     {{STATS, .reply = 503, .error_code = "ServerBusy"},
      {STATS, .reply = 200, .body = FAKE_XML("<StorageServiceStats></StorageServiceStats>")}},
     {WANT_SUCCESS, {"geo_replication", "(none)"}}},
    {"not found: the primary does not know either",
     {{STATS, .reply = 404, .error_code = "ResourceNotFound"}},
     {{"code", "ResourceNotFound"}, {"attempts", "1"}}},
};

START_TEST(test_stats)
{
    struct scene scene = {.fake = fake_start(stats[_i].steps, NULL)};

    scene.daemon = daemon_start(
        "[profile default]\nconnection_string = %s;BlobSecondaryEndpoint=%s/secondary\n",
        fake_connection_string(scene.fake), fake_url(scene.fake));
    scene.rpc = rpc_connect(scene.daemon);
    check_wanted(stats[_i].label, rpc_call(scene.rpc, "service.get_service_stats", "{}"),
                 stats[_i].wanted);
    scene_stop(&scene, stats[_i].label);
    coverage_note("recording", "service.get_service_stats");
}
END_TEST

START_TEST(test_stats_without_secondary)
{
    static const struct fake_step nothing[] = {{0}};
    struct scene scene = scene_start(nothing, NULL, NULL);

    check_wanted("no secondary", rpc_call(scene.rpc, "service.get_service_stats", "{}"),
                 (const struct wanted[]){{"kind", "ValueError"}, {0}});
    scene_stop(&scene, "no secondary");
}
END_TEST

/* ---- streams and batches ---- */

START_TEST(test_ranges_as_a_stream)
{
    static const struct fake_step script[] = {
        {"GET /c/b?comp=pagelist", .reply = 200,
         .body = FAKE_XML("<PageList>" RANGE("PageRange", "0", "511") RANGE(
             "ClearRange", "512", "1023") "<NextMarker>m</NextMarker></PageList>")},
        {"GET /c/b?comp=pagelist&marker=m", .reply = 200,
         .body = FAKE_XML("<PageList>" RANGE("PageRange", "2048", "2559") "</PageList>")},
        {0},
    };
    static const char *const starts[] = {"0", "512", "2048"};
    struct scene scene = scene_start(script, NULL, NULL);
    const struct azb_msg *response =
        rpc_call(scene.rpc, "blob.list_page_ranges", "{" CB ",'stream':true}");

    ck_assert_str_eq(rpc_text(response->result, "count"), "3");
    for (size_t i = 0; i < N_ELEMENTS(starts); i++)
        ck_assert_str_eq(rpc_text(&rpc_note(scene.rpc, i)->params[1], "start"), starts[i]);
    scene_stop(&scene, "a stream of ranges");
}
END_TEST

#define PART(id, status)                                                                  \
    "--r\r\nContent-Type: application/http\r\nContent-ID: " id "\r\n\r\nHTTP/1.1 " status \
    "\r\nServer: Windows-Azure-Blob/1.0\r\n\r\n\r\n"

static const struct {
    const char *label;
    const char *method, *params;
    const char *asked[3]; /* in the body, in this order */
} tiers[] = {
    {"one tier for all, a priority, and what an entry says besides",
     "container.set_standard_blob_tier_blobs",
     "{'container':'c','standard_blob_tier':'Cool','rehydrate_priority':'High',"
     "'blobs':['a b',{'name':'x','blob_tier':'Hot','lease_id':'l','snapshot':"
     "'2030-01-01T00:00:00.0000000Z'}]}",
     {"PUT /c/a%20b?comp=tier HTTP/1.1\r\nx-ms-access-tier: Cool\r\nx-ms-rehydrate-priority: "
      "High\r\n",
      "PUT /c/x?comp=tier&snapshot=2030-01-01T00%3A00%3A00.0000000Z "
      "HTTP/1.1\r\nx-ms-access-tier: "
      "Cool\r\nx-ms-rehydrate-priority: High\r\nx-ms-lease-id: l\r\n"}},
    {"a tier for each",
     "container.set_standard_blob_tier_blobs",
     "{'container':'c','blobs':[{'name':'a','blob_tier':'Hot','timeout':5},{'name':'x',"
     "'blob_tier':'Archive','if_tags_match_condition':'t'}]}",
     {"PUT /c/a?comp=tier&timeout=5 HTTP/1.1\r\nx-ms-access-tier: Hot\r\n",
      "PUT /c/x?comp=tier HTTP/1.1\r\nx-ms-access-tier: Archive\r\nx-ms-if-tags: t\r\n"}},
    {"page blobs",
     "container.set_premium_page_blob_tier_blobs",
     "{'container':'c','premium_page_blob_tier':'P30','blobs':['a',{'name':'x'}]}",
     {"PUT /c/a?comp=tier HTTP/1.1\r\nx-ms-access-tier: P30\r\n",
      "PUT /c/x?comp=tier HTTP/1.1\r\nx-ms-access-tier: P30\r\n"}},
};

START_TEST(test_tiers)
{
    static const struct fake_step script[] = {
        {"POST /c?restype=container&comp=batch", .reply = 202, .is_chunked = true,
         .header = "Content-Type: multipart/mixed; boundary=r",
         .body = PART("0", "200 OK") PART("1", "202 Accepted") "--r--"},
        {0},
    };
    struct scene scene = scene_start(script, NULL, NULL);
    const struct azb_msg *response = rpc_call(scene.rpc, tiers[_i].method, tiers[_i].params);
    const char *at = fake_request(scene.fake, 0)->body;

    check_wanted(
        tiers[_i].label, response,
        (const struct wanted[]){
            {"parts", "[2]"}, {"parts.0.status", "200"}, {"parts.1.status", "202"}, {0}});
    for (size_t i = 0; tiers[_i].asked[i] != NULL; i++) {
        const char *found = strstr(at, tiers[_i].asked[i]);

        ck_assert_msg(found != NULL, "%s: %s", tiers[_i].label, at);
        at = found;
    }
    scene_stop(&scene, tiers[_i].label);
    coverage_note("recording", tiers[_i].method);
}
END_TEST

/* ---- names and URLs, without a request ---- */

static const struct {
    const char *label;
    const char *method, *params;
    struct wanted wanted[MAX_WANTED];
} locals[] = {
    {"a blob at the service",
     "blob.from_blob_url",
     "{'blob_url':'https://a.blob.core.windows.net/c/d/"
     "e%20f?snapshot=2030&versionid=v%3A&sv=1&sig=s'}",
     {{"account_url", "https://a.blob.core.windows.net"},
      {"container_name", "c"},
      {"blob_name", "d/e f"},
      {"snapshot", "2030"},
      {"version_id", "v:"},
      {"has_sas", "true"}}},
    {"a blob of an emulator, and another snapshot",
     "blob.from_blob_url",
     "{'blob_url':'http://127.0.0.1:10000/acct/c/d/e?snapshot=1','snapshot':"
     "'2030-01-01T00:00:00.0000000Z'}",
     {{"account_url", "http://127.0.0.1:10000/acct"},
      {"container_name", "c"},
      {"blob_name", "d/e"},
      {"snapshot", "2030-01-01T00:00:00.0000000Z"},
      {"has_sas", "false"}}},
    {"a blob elsewhere",
     "blob.from_blob_url",
     "{'blob_url':'https://example.org/x/y/c/b'}",
     {{"account_url", "https://example.org/x/y"}, {"container_name", "c"}, {"blob_name", "b"}}},
    {"no blob",
     "blob.from_blob_url",
     "{'blob_url':'https://a.blob.core.windows.net/c?sig=SECRET'}",
     {{"kind", "ValueError"},
      {"message", "blob.from_blob_url: 'blob_url' is no URL of a blob in a container"}}},
    {"no names at all",
     "blob.from_blob_url",
     "{'blob_url':'https://a.blob.core.windows.net//'}",
     {{"kind", "ValueError"}}},
    {"broken encoding",
     "blob.from_blob_url",
     "{'blob_url':'https://a.blob.core.windows.net/c/%zz'}",
     {{"kind", "ValueError"}}},
    {"a container",
     "container.from_container_url",
     "{'container_url':'https://a.blob.core.windows.net/c/?sig=s'}",
     {{"account_url", "https://a.blob.core.windows.net"},
      {"container_name", "c"},
      {"has_sas", "true"}}},
    {"a container of an emulator",
     "container.from_container_url",
     "{'container_url':'http://127.0.0.1:10000/acct/%24root'}",
     {{"account_url", "http://127.0.0.1:10000/acct"}, {"container_name", "$root"}}},
    {"no container",
     "container.from_container_url",
     "{'container_url':'https://a.blob.core.windows.net/'}",
     {{"kind", "ValueError"}}},
    {"a connection string",
     "util.parse_connection_string",
     "{'connection_string':'AccountName=a;AccountKey=a2V5'}",
     {{"account_name", "a"},
      {"primary_endpoint", "https://a.blob.core.windows.net"},
      {"secondary_endpoint", "https://a-secondary.blob.core.windows.net"},
      {"credential", "shared_key"}}},
    {"a broken one",
     "util.parse_connection_string",
     "{'connection_string':'AccountName'}",
     {{"kind", "ValueError"}}},
    {"the URL of a blob",
     "container.get_blob_client",
     "{'container':'c','blob':'d/e f','snapshot':'2030-01-01T00:00:00.0000000Z'}",
     {{"container_name", "c"},
      {"blob_name", "d/e f"},
      {"snapshot", "2030-01-01T00:00:00.0000000Z"},
      {"account_name", "acct"}}},
    {"no name",
     "service.get_container_client",
     "{'container':''}",
     {{"kind", "ValueError"},
      {"message", "service.get_container_client: 'container' is empty"}}},
    {"a URL is no stream",
     "service.get_container_client",
     "{'container':'c','stream':true}",
     {{"kind", "ValueError"}}},
};

START_TEST(test_local)
{
    static const struct fake_step nothing[] = {{0}};
    struct scene scene = scene_start(nothing, NULL, NULL);

    check_wanted(locals[_i].label, rpc_call(scene.rpc, locals[_i].method, locals[_i].params),
                 locals[_i].wanted);
    scene_stop(&scene, locals[_i].label);
}
END_TEST

static Suite *answers_suite(void)
{
    Suite *suite = suite_create("answers");
    TCase *tc = tcase_create("answers");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    tcase_add_loop_test(tc, test_whole_answer, 0, n_whole_answers());
    UNIT_TABLE(tc, test_answer, answers);
    UNIT_TABLE(tc, test_refusal, refusals);
    tcase_add_test(tc, test_append_lookup);
    tcase_add_test(tc, test_lease_id);
    UNIT_TABLE(tc, test_stats, stats);
    tcase_add_test(tc, test_stats_without_secondary);
    tcase_add_test(tc, test_ranges_as_a_stream);
    UNIT_TABLE(tc, test_tiers, tiers);
    UNIT_TABLE(tc, test_local, locals);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(answers_suite)
