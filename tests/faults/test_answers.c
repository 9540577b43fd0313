/*
 * test_answers.c: what the service's answers become, in the shapes that it has been seen to
 * give them: a byte order mark, line feeds or none, elements that are empty or missing, headers
 * in any order. And what is done when an answer does not come.
 */
#include <check.h>
#include <string.h>
#include "tests/faults/scene.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 120, MAX_STEPS = 4, MAX_WANTED = 16 };

#define CB "'container':'c','blob':'b'"
#define IS_XML .header = "Content-Type: application/xml"
#define WRITTEN "ETag: \"0x8D1\"\nLast-Modified: Thu, 09 May 2019 00:42:02 GMT\n"
#define WANT_WRITTEN                            \
    {"etag", "\"0x8D1\""},                      \
    {                                           \
        "last_modified", "2019-05-09T00:42:02Z" \
    }

#define RULE(origins, headers)                                                   \
    "<CorsRule><AllowedMethods>GET,PUT</AllowedMethods><AllowedOrigins>" origins \
    "</AllowedOrigins>" headers "<MaxAgeInSeconds>500</MaxAgeInSeconds></CorsRule>"
#define METRICS(name)                                                          \
    "<" name "><Version>1.0</Version><Enabled>true</Enabled><IncludeAPIs>true" \
    "</IncludeAPIs><RetentionPolicy><Enabled>true</Enabled><Days>5</Days></"   \
    "RetentionPolicy></" name ">"
#define TAG(key, value) "<Tag><Key>" key "</Key><Value>" value "</Value></Tag>"
#define FOUND(name, tags)                                                             \
    "<Blob><Name>" name "</Name><ContainerName>c1</ContainerName><Tags><TagSet>" tags \
    "</TagSet></Tags></Blob>"
#define BLOCK(name, size) "<Block><Name>" name "</Name><Size>" size "</Size></Block>"
#define RANGE(kind, start, end) \
    "<" kind "><Start>" start "</Start><End>" end "</End></" kind ">"
#define POLICY(id, inside) "<SignedIdentifier><Id>" id "</Id>" inside "</SignedIdentifier>"

static const struct {
    const char *label;
    const char *method, *params;
    struct fake_step steps[MAX_STEPS];
    struct wanted wanted[MAX_WANTED];
} answers[] = {
    {"service properties",
     "service.get_service_properties",
     "{}",
     {{"GET /?restype=service&comp=properties", .reply = 200, IS_XML, .is_chunked = true,
       .body = FAKE_XML(
           "<StorageServiceProperties><Logging><Version>1.0</Version><Read>true</"
           "Read><Write>false"
           "</Write><Delete>true</Delete><RetentionPolicy><Enabled>true</Enabled><Days>7</Days>"
           "</RetentionPolicy></Logging>" METRICS("HourMetrics") METRICS(
               "MinuteMetrics") "<Cors>" RULE("a", "<AllowedHeaders /><ExposedHeaders />")
               RULE("b,c", "<AllowedHeaders>x-*</AllowedHeaders><ExposedHeaders>y</"
                           "ExposedHeaders>") "</Cors><DefaultServiceVersion>2021-12-02</"
                                              "DefaultServiceVersion><DeleteRetentionPolicy>"
                                              "<Enabled>false</Enabled></"
                                              "DeleteRetentionPolicy><StaticWebsite><Enabled>"
                                              "true</Enabled>"
                                              "<IndexDocument>i</"
                                              "IndexDocument><ErrorDocument404Path>e</"
                                              "ErrorDocument404Path>"
                                              "</StaticWebsite></StorageServiceProperties>")}},
     {{"analytics_logging.delete", "true"},
      {"analytics_logging.write", "false"},
      {"analytics_logging.retention_policy.days", "7"},
      {"hour_metrics.include_apis", "true"},
      {"minute_metrics.retention_policy.enabled", "true"},
      {"cors", "[2]"},
      {"cors.0.allowed_headers", "(none)"},
      {"cors.1.allowed_origins", "b,c"},
      {"cors.1.exposed_headers", "y"},
      {"cors.1.max_age_in_seconds", "500"},
      {"target_version", "2021-12-02"},
      {"delete_retention_policy.enabled", "false"},
      {"delete_retention_policy.days", "(none)"},
      {"static_website.error_document404_path", "e"}}},
    {"hardly any service properties",
     "service.get_service_properties",
     "{}",
     {{"GET /?restype=service&comp=properties", .reply = 200, IS_XML,
       .body = FAKE_XML("<StorageServiceProperties></StorageServiceProperties>")}},
     {{"cors", "[0]"}, {"analytics_logging", "(none)"}, {"static_website", "(none)"}}},
    {"a delegation key",
     "service.get_user_delegation_key",
     "{'key_start_time':0,'key_expiry_time':1}",
     {{"POST /?restype=service&comp=userdelegationkey", .reply = 200, IS_XML,
       .body = FAKE_XML("<UserDelegationKey><SignedOid>o</SignedOid><SignedTid>t</SignedTid>"
                        "<SignedStart>2022-12-05T19:21:13Z</SignedStart><SignedExpiry>"
                        "2022-12-05T20:21:13.0000000Z</SignedExpiry><SignedService>b"
                        "</SignedService><SignedVersion>2021-04-10</SignedVersion><Value>a2V5"
                        "</Value></UserDelegationKey>")}},
     {{"signed_oid", "o"},
      {"signed_tid", "t"},
      {"signed_start", "2022-12-05T19:21:13Z"},
      {"signed_expiry", "2022-12-05T20:21:13Z"},
      {"signed_service", "b"},
      {"signed_version", "2021-04-10"},
      {"value", "a2V5"}}},
    {"blobs by tags",
     "service.find_blobs_by_tags",
     "{'filter_expression':'k = 1'}",
     {{"GET /?comp=blobs&where=k%20%3D%201", .reply = 200, IS_XML, .is_chunked = true,
       .body =
           FAKE_XML("\n<EnumerationResults ServiceEndpoint=\"https://acct/\"><Where>k = &apos;"
                    "1&apos;</Where><Blobs>" FOUND("n1", TAG("k", "1") TAG("l", ""))
                        FOUND("n2", "") "</Blobs><NextMarker/></EnumerationResults>")}},
     {{"items", "[2]"},
      {"items.0.name", "n1"},
      {"items.0.container_name", "c1"},
      {"items.0.tags.k", "1"},
      {"items.0.tags.l", ""},
      {"items.1.tags", "(none)"},
      {"continuation_token", "(none)"}}},
    {"a restored container",
     "service.undelete_container",
     "{'deleted_container_name':'c','deleted_container_version':'v','new_name':'d'}",
     {{"PUT /d?restype=container&comp=undelete", .reply = 201}},
     {WANT_SUCCESS, {"name", "d"}}},
    {"a renamed container",
     "service.rename_container",
     "{'name':'c','new_name':'d'}",
     {{"PUT /d?restype=container&comp=rename", .reply = 200}},
     {{"name", "d"}}},

    {"access policies",
     "container.get_container_access_policy",
     "{'container':'c'}",
     {{"GET /c?restype=container&comp=acl", .reply = 200,
       .header = WRITTEN "x-ms-blob-public-access: blob",
       .body = FAKE_XML("<SignedIdentifiers>" POLICY(
           "p1",
           "<AccessPolicy><Start>2019-10-25T17:22:43.0000000Z</Start><Expiry>"
           "2019-10-25T18:22:43.0000000Z</Expiry><Permission>r</Permission></AccessPolicy>")
                            POLICY("p2", "<AccessPolicy />") "</SignedIdentifiers>")}},
     {{"public_access", "blob"},
      {"signed_identifiers", "[2]"},
      {"signed_identifiers.0.id", "p1"},
      {"signed_identifiers.0.access_policy.start", "2019-10-25T17:22:43.0000000Z"},
      {"signed_identifiers.0.access_policy.permission", "r"},
      {"signed_identifiers.1.id", "p2"},
      {"signed_identifiers.1.access_policy", "(none)"},
      WANT_WRITTEN}},
    {"no access policies",
     "container.get_container_access_policy",
     "{'container':'c'}",
     {{"GET /c?restype=container&comp=acl", .reply = 200,
       .body = FAKE_XML("<SignedIdentifiers />")}},
     {{"public_access", "(none)"}, {"signed_identifiers", "[0]"}}},

    {"tags",
     "blob.get_blob_tags",
     "{" CB "}",
     {{"GET /c/b?comp=tags", .reply = 200, IS_XML,
       .body = FAKE_XML("\n<Tags><TagSet>" TAG("a b", "c") TAG("d", "") "</TagSet></Tags>")}},
     {{"tags.a b", "c"}, {"tags.d", ""}, {"tags", "{2}"}}},
    {"no tags",
     "blob.get_blob_tags",
     "{" CB "}",
     {{"GET /c/b?comp=tags", .reply = 200, IS_XML,
       .body = FAKE_XML("\n<Tags><TagSet/></Tags>")}},
     {{"tags", "{0}"}}},
    {"tags are set",
     "blob.set_blob_tags",
     "{" CB ",'tags':{'a':'b'}}",
     {{"PUT /c/b?comp=tags", .reply = 204}},
     {WANT_SUCCESS}},
    {"a snapshot",
     "blob.create_snapshot",
     "{" CB "}",
     {{"PUT /c/b?comp=snapshot", .reply = 201,
       .header = WRITTEN "x-ms-snapshot: 2021-12-16T22:04:19.6312135Z\nx-ms-version-id: "
                         "2021-12-16T22:04:19.6322135Z\nx-ms-request-server-encrypted: false"}},
     {{"snapshot", "2021-12-16T22:04:19.6312135Z"},
      {"version_id", "2021-12-16T22:04:19.6322135Z"},
      {"request_server_encrypted", "false"},
      WANT_WRITTEN}},
    {"rehydrating",
     "blob.set_standard_blob_tier",
     "{" CB ",'standard_blob_tier':'Cool'}",
     {{"PUT /c/b?comp=tier", .reply = 202}},
     {WANT_SUCCESS}},
    {"an immutability policy, in lower case",
     "blob.set_immutability_policy",
     "{" CB ",'immutability_policy':{'expiry_time':0,'policy_mode':'Unlocked'}}",
     {{"PUT /c/b?comp=immutabilityPolicies", .reply = 200,
       .header =
           "x-ms-immutability-policy-mode: unlocked\nx-ms-immutability-policy-until-date: "
           "Wed, 02 Jun 2021 21:21:05 GMT"}},
     {{"immutability_policy_mode", "unlocked"},
      {"immutability_policy_until_date", "2021-06-02T21:21:05Z"}}},
    {"a legal hold",
     "blob.set_legal_hold",
     "{" CB ",'legal_hold':false}",
     {{"PUT /c/b?comp=legalhold", .reply = 200, .header = "x-ms-legal-hold: false"}},
     {{"legal_hold", "false"}}},

    {"block lists",
     "blob.get_block_list",
     "{" CB ",'block_list_type':'all'}",
     {{"GET /c/b?comp=blocklist&blocklisttype=all", .reply = 200,
       .header = WRITTEN "x-ms-blob-content-length: 9\nContent-Type: application/xml",
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
    {"no blocks",
     "blob.get_block_list",
     "{" CB "}",
     {{"GET /c/b?comp=blocklist&blocklisttype=committed", .reply = 200, IS_XML,
       .body = FAKE_XML("<BlockList><CommittedBlocks /></BlockList>")}},
     {{"committed_blocks", "[0]"}, {"uncommitted_blocks", "[0]"}}},
    {"page ranges and what was cleared",
     "blob.get_page_ranges",
     "{" CB ",'previous_snapshot_diff':'2030-01-01T00:00:00.0000000Z'}",
     {{"GET /c/b?comp=pagelist&prevsnapshot=2030-01-01T00%3A00%3A00.0000000Z", .reply = 200,
       .header = WRITTEN "x-ms-blob-content-length: 2048",
       .body = FAKE_XML(
           "\n<PageList>" RANGE("PageRange", "0", "511") RANGE("ClearRange", "512", "1023")
               RANGE("PageRange", "1024", "1535") "<NextMarker/></PageList>")}},
     {{"page_range", "[2]"},
      {"page_range.1.start", "1024"},
      {"page_range.1.end", "1535"},
      {"clear_range", "[1]"},
      {"clear_range.0.start", "512"},
      {"blob_content_length", "2048"},
      {"continuation_token", "(none)"},
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
    {"written pages",
     "blob.clear_page",
     "{" CB ",'offset':0,'length':512}",
     {{"PUT /c/b?comp=page", .reply = 201,
       .header = WRITTEN "x-ms-blob-sequence-number: 100\nx-ms-content-crc64: utksC0dfMmo="}},
     {{"blob_sequence_number", "100"}, {"content_crc64", "bad92c0b475f326a"}, WANT_WRITTEN}},
    {"an appended block",
     "blob.append_block",
     "{" CB ",'data':'x'}",
     {{"PUT /c/b?comp=appendblock", .reply = 201,
       .header = WRITTEN "x-ms-blob-append-offset: 20\nx-ms-blob-committed-block-count: 3\n"
                         "x-ms-request-server-encrypted: true\nx-ms-encryption-key-sha256: h\n"
                         "x-ms-encryption-scope: s\nx-ms-structured-body: b"}},
     {{"blob_append_offset", "20"},
      {"blob_committed_block_count", "3"},
      {"request_server_encrypted", "true"},
      {"encryption_key_sha256", "h"},
      {"encryption_scope", "s"},
      {"structured_body", "b"},
      WANT_WRITTEN}},
    {"a sealed blob",
     "blob.seal_append_blob",
     "{" CB "}",
     {{"PUT /c/b?comp=seal", .reply = 200, .header = WRITTEN "x-ms-blob-sealed: true"}},
     {{"blob_sealed", "true"}, WANT_WRITTEN}},
    {"a copy that goes on",
     "blob.start_copy_from_url",
     "{" CB ",'source_url':'https://s/c/b'}",
     {{"PUT /c/b", .reply = 202,
       .header = WRITTEN "x-ms-copy-id: i\nx-ms-copy-status: pending\nx-ms-version-id: v"}},
     {{"copy_id", "i"}, {"copy_status", "pending"}, {"version_id", "v"}, WANT_WRITTEN}},
    {"a copy that is done",
     "blob.start_copy_from_url",
     "{" CB ",'source_url':'https://s/c/b','requires_sync':true}",
     {{"PUT /c/b", .reply = 202,
       .header = WRITTEN "x-ms-copy-id: i\nx-ms-copy-status: success\nContent-MD5: "
                         "OxLIK6WkgsxI4SFDQPHbQg==\nx-ms-encryption-scope: s"}},
     {{"copy_status", "success"},
      {"content_md5", "3b12c82ba5a482cc48e1214340f1db42"},
      {"encryption_scope", "s"}}},
    {"a source that has changed, by a 304 to a PUT",
     "blob.append_block_from_url",
     "{" CB ",'copy_source_url':'https://s/c/b'}",
     {{"PUT /c/b?comp=appendblock", .reply = 304, .error_code = "CannotVerifyCopySource"}},
     {{"code", "CannotVerifyCopySource"}, {"status", "304"}}},
    {"an ended copy",
     "blob.abort_copy",
     "{" CB ",'copy_id':'i'}",
     {{"PUT /c/b?comp=copy&copyid=i", .reply = 204}},
     {WANT_SUCCESS}},

    {"a lease",
     "lease.acquire",
     "{'container':'c','lease_id':'i'}",
     {{"PUT /c?comp=lease&restype=container", .reply = 201,
       .header = WRITTEN "x-ms-lease-id: i"}},
     {{"lease_id", "i"}, WANT_WRITTEN}},
    {"a lease that is ending",
     "lease.break_lease",
     "{" CB "}",
     {{"PUT /c/b?comp=lease", .reply = 202, .header = WRITTEN "x-ms-lease-time: 0"}},
     {{"lease_time", "0"}, WANT_WRITTEN}},
    {"another one's lease",
     "lease.renew",
     "{" CB ",'lease':'i'}",
     {{"PUT /c/b?comp=lease", .reply = 409, .error_code = "LeaseIdMismatchWithLeaseOperation"}},
     {{"code", "LeaseIdMismatchWithLeaseOperation"}, {"kind", "ResourceExistsError"}}},

    {"half a list of tags",
     "blob.get_blob_tags",
     "{" CB ",'retry_total':0}",
     {{"GET /c/b?comp=tags", .reply = 200, IS_XML, .is_chunked = true,
       .body = FAKE_XML("<Tags><TagSet>" TAG("a", "b"))}},
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

START_TEST(test_answer)
{
    const char *label = answers[_i].label;
    struct scene scene = scene_start(answers[_i].steps, NULL, NULL);

    check_wanted(label, rpc_call(scene.rpc, answers[_i].method, answers[_i].params),
                 answers[_i].wanted);
    scene_stop(&scene, label);
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
    UNIT_TABLE(tc, test_answer, answers);
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
