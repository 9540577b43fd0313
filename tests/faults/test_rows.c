/*
 * test_rows.c: what every operation asks of the service. All rows are sent once with what they
 * require; then a table has every parameter that goes into a query, a header or an XML body,
 * and where it must come out; a last test finds parameters that the table forgot.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <jansson.h>
#include "lib/registry.h"
#include "proto/buf.h"
#include "tests/faults/scene.h"
#include "tests/unit/methods.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 120 };

/* ---- a service that says yes ---- */

struct yes {
    const struct azb_row *row; /* which answers */
    char body[160];
};

static void say_yes(const struct fake_request *request, struct fake_step *ret_reply, void *arg)
{
    struct yes *yes = arg;

    (void)request;
    ret_reply->reply = yes->row->success[0];
    if (yes->row->root == NULL)
        return;
    snprintf(yes->body, sizeof(yes->body), FAKE_XML("<%s></%s>"), yes->row->root,
             yes->row->root);
    ret_reply->header = "Content-Type: application/xml";
    ret_reply->body = yes->body;
}

/* Over TLS, for the sake of keys that go over nothing else; the secondary host is the same
 * server, under a path of its own. */
static struct scene yes_start(struct yes *yes)
{
    struct fake_options options = {.has_tls = true, .handler = say_yes, .handler_arg = yes};
    struct scene scene = {.fake = fake_start(NULL, &options)};

    scene.daemon = daemon_start(
        "[profile default]\nconnection_string = %s;BlobSecondaryEndpoint=%s/secondary"
        "\nca_file = %s\n",
        fake_connection_string(scene.fake), fake_url(scene.fake), fake_ca_file(scene.fake));
    scene.rpc = rpc_connect(scene.daemon);
    return scene;
}

static void yes_stop(struct scene *scene)
{
    rpc_close(scene->rpc);
    daemon_stop(scene->daemon);
    fake_stop(scene->fake);
}

static const struct fake_request *last_request(struct scene *scene)
{
    return fake_request(scene->fake, fake_n_requests(scene->fake) - 1);
}

/* ---- every row, with what it requires ---- */

static void put_value(struct azb_buf *buf, const struct azb_param *p);

/* 'name':value, for each required one. */
static void put_fields(struct azb_buf *buf, const struct azb_param *fields)
{
    const char *before = "";

    for (; fields->name != NULL; fields++) {
        if (!fields->required)
            continue;
        azb_buf_printf(buf, "%s'%s':", before, fields->name);
        put_value(buf, fields);
        before = ",";
    }
}

/* A value that the parameter takes. */
static void put_value(struct azb_buf *buf, const struct azb_param *p)
{
    int64_t least = p->min > (int64_t)p->multiple_of ? p->min : p->multiple_of;

    switch (p->type) {
    case AZB_INT:
    case AZB_OFFSET:
        azb_buf_printf(buf, "%lld", (long long)least);
        return;
    case AZB_BOOL:
    case AZB_FLAG:
        azb_buf_puts(buf, "true");
        return;
    case AZB_ENUM:
        azb_buf_printf(buf, "'%s'", p->values[0]);
        return;
    case AZB_TIME:
        azb_buf_puts(buf, "1893456000");
        return;
    case AZB_STAMP:
        azb_buf_puts(buf, "'2030-01-01T00:00:00.0000000Z'");
        return;
    case AZB_URL:
        azb_buf_puts(buf, "'https://source/c/b'");
        return;
    case AZB_BIN:
        azb_buf_printf(buf, "'%0*d'", p->multiple_of > 0 ? (int)p->multiple_of : 1, 0);
        return;
    case AZB_BLOB_LIST:
    case AZB_BLOCK_LIST:
    case AZB_STR_LIST:
        azb_buf_puts(buf, "['x']");
        return;
    case AZB_MODEL:
        azb_buf_puts(buf, "{");
        put_fields(buf, p->fields);
        azb_buf_puts(buf, "}");
        return;
    default:
        azb_buf_puts(buf, "'x'");
        return;
    }
}

static bool is_required_by(const struct azb_method *method, const char *name)
{
    int i = azb_method_param(method, name, strlen(name));

    return i >= 0 && method->params[i]->required;
}

/* The required parameters; data for an upload; what a batch's entries want; for a document that
 * may not be empty, one of those inside it; and what makes the form, where that is a switch. */
static void put_params(struct azb_buf *buf, const struct azb_row *row)
{
    azb_buf_puts(buf, "{");
    put_fields(buf, row->params);
    if (row->kind == AZB_KIND_UPLOAD)
        azb_buf_puts(buf, ",'data':'x'");
    for (const struct azb_param *p = row->params; row->sub != NULL && p->name != NULL; p++)
        if (!p->required && is_required_by(methods_find(row->sub), p->name)) {
            azb_buf_printf(buf, ",'%s':", p->name);
            put_value(buf, p);
        }
    if (row->needs_body) {
        azb_buf_printf(buf, "'%s':", row->params->name);
        put_value(buf, row->params);
    }
    for (const struct azb_param *p = row->params; row->when != NULL && p->name != NULL; p++)
        if (strcmp(p->name, row->when) == 0 && !p->required)
            azb_buf_printf(buf, ",'%s':true", row->when);
    azb_buf_puts(buf, "}");
}

/* "PUT /x/x?comp=block" followed by what is required of the query. */
static void put_line(struct azb_buf *buf, const struct azb_row *row)
{
    char separator = row->query != NULL ? '&' : '?';

    azb_buf_printf(buf, "%s %s", row->verb, row->on_secondary ? "/secondary" : "");
    for (const char *p = row->path; *p != '\0'; p++) {
        azb_buf_append(buf, *p == '{' ? "x" : p, 1);
        p += *p == '{' ? strcspn(p, "}") : 0;
    }
    if (row->query != NULL)
        azb_buf_printf(buf, "?%s", row->query);
    for (const struct azb_param *q = row->params; q->name != NULL; q++) {
        const char *value = q->preset;

        if (q->in != AZB_IN_QUERY || (value == NULL && !q->required))
            continue;
        if (value == NULL) /* as put_value() has it, in base64 or not */
            value = q->type == AZB_BYTES ? "eA%3D%3D" : "x";
        azb_buf_printf(buf, "%c%s=%s", separator, q->wire,
                       strcmp(value, "/") == 0 ? "%2F" : value);
        separator = '&';
    }
}

/* Does a yes without anything in it make the call succeed? */
static bool is_answered_by_yes(const struct azb_row *row)
{
    return row->kind == AZB_KIND_UNARY || row->kind == AZB_KIND_EXISTS ||
           row->kind == AZB_KIND_PAGER || row->kind == AZB_KIND_URL;
}

static void check_request(struct scene *scene, const struct azb_row *row, size_t request_i,
                          const char *line)
{
    const struct fake_request *request = fake_request(scene->fake, request_i);
    const char *value;

    ck_assert_msg(strcmp(request->line, line) == 0, "%s: '%s', not '%s'", row->method,
                  request->line, line);
    if (row->header[0] == NULL)
        return;
    value = fake_request_header(request, row->header[0]);
    ck_assert_msg(value != NULL && strcmp(value, row->header[1]) == 0, "%s: %s: %s",
                  row->method, row->header[0], value);
}

static void send_row(struct scene *scene, struct yes *yes, const struct azb_row *row)
{
    size_t n_before = fake_n_requests(scene->fake), n_after;
    struct azb_buf params = {0}, line = {0};
    const struct azb_msg *response;
    const char *why;

    yes->row = row;
    put_params(&params, row);
    put_line(&line, row);
    response = rpc_call(scene->rpc, row->method, azb_buf_cstr(&params));
    n_after = fake_n_requests(scene->fake);
    why = rpc_text(response->error, "message");
    ck_assert_msg(!is_answered_by_yes(row) || response->error == NULL, "%s %s: %s", row->method,
                  azb_buf_cstr(&params), why);
    ck_assert_msg((n_after == n_before) == (row->kind == AZB_KIND_URL),
                  "%s %s: %zu requests: %s", row->method, azb_buf_cstr(&params),
                  n_after - n_before, why);
    if (row->kind == AZB_KIND_URL)
        ck_assert_ptr_nonnull(
            strstr(rpc_text(response->result, "url"), strchr(azb_buf_cstr(&line), '/')));
    else
        check_request(scene, row, n_before, azb_buf_cstr(&line));
    azb_buf_clear(&params);
    azb_buf_clear(&line);
}

START_TEST(test_every_row)
{
    struct yes yes = {0};
    struct scene scene = yes_start(&yes);
    unsigned n;
    const struct azb_method *methods = azb_registry_all(methods_registry(), &n);

    for (unsigned i = 0; i < n; i++) {
        send_row(&scene, &yes, methods[i].row);
        for (unsigned k = 0; k < methods[i].n_forms; k++)
            send_row(&scene, &yes, methods[i].forms[k].row);
    }
    yes_stop(&scene);
}
END_TEST

/* ---- every parameter, and where it goes ---- */

#define CB "'container':'c','blob':'b'"
#define IN_CB "PUT /c/b"
#define STAMP "2030-01-01T00:00:00.0000000Z"
#define STAMP_URL "2030-01-01T00%3A00%3A00.0000000Z"
#define WHEN "'2030-01-01T00:00:00Z'"
#define RFC1123 "Tue, 01 Jan 2030 00:00:00 GMT"

/* Groups: as they are given, and as they are sent. */
#define DATES ",'if_modified_since':" WHEN ",'if_unmodified_since':1893456001"
#define DATES_SENT \
    "If-Modified-Since: " RFC1123 "\nIf-Unmodified-Since: Tue, 01 Jan 2030 00:00:01 GMT\n"
#define ETAG ",'etag':'e1','match_condition':'IfNotModified'"
#define ETAG_SENT "If-Match: e1\n"
#define IF_TAGS ",'if_tags_match_condition':'t = 1'"
#define IF_TAGS_SENT "x-ms-if-tags: t = 1\n"
#define CONDITIONS DATES ETAG IF_TAGS
#define CONDITIONS_SENT DATES_SENT ETAG_SENT IF_TAGS_SENT
#define LEASE ",'lease':'l'"
#define LEASE_SENT "x-ms-lease-id: l\n"
#define CPK ",'cpk':{'key_value':'key','key_hash':'hash'}"
#define CPK_SENT                                                                              \
    "x-ms-encryption-key: key\nx-ms-encryption-key-sha256: hash\nx-ms-encryption-algorithm: " \
    "AES256\n"
#define SCOPE ",'encryption_scope':'s'"
#define SCOPE_SENT "x-ms-encryption-scope: s\n"
#define META ",'metadata':{'k':' v '}"
#define META_SENT "x-ms-meta-k: v\n"
#define TAGS ",'tags':{'a b':'c=d'}"
#define TAGS_SENT "x-ms-tags: a%20b=c%3Dd\n"
#define SETTINGS                                                                             \
    ",'content_settings':{'content_type':'t','content_encoding':'e','content_language':'l'," \
    "'content_md5':'0123456789abcdef','content_disposition':'d','cache_control':'c'}"
#define SETTINGS_SENT                                                                        \
    "x-ms-blob-content-type: t\nx-ms-blob-content-encoding: e\nx-ms-blob-content-language: " \
    "l\n"                                                                                    \
    "x-ms-blob-content-md5: MDEyMzQ1Njc4OWFiY2RlZg==\nx-ms-blob-content-disposition: d\n"    \
    "x-ms-blob-cache-control: c\n"
#define IMMUTABLE ",'immutability_policy':{'expiry_time':" WHEN ",'policy_mode':'Unlocked'}"
#define IMMUTABLE_SENT                              \
    "x-ms-immutability-policy-until-date: " RFC1123 \
    "\nx-ms-immutability-policy-mode: Unlocked\n"
#define HOLD ",'legal_hold':true"
#define HOLD_SENT "x-ms-legal-hold: true\n"
#define FROM ",'source_url':'https://s/c/b'"
#define FROM_SENT "x-ms-copy-source: https://s/c/b\n"
#define SOURCE_IF                                                             \
    ",'source_if_modified_since':" WHEN ",'source_if_unmodified_since':" WHEN \
    ",'source_etag':'e2','source_match_condition':'IfModified'"
#define SOURCE_IF_SENT                                                                      \
    "x-ms-source-if-modified-since: " RFC1123 "\nx-ms-source-if-unmodified-since: " RFC1123 \
    "\nx-ms-source-if-none-match: e2\n"
#define SOURCE_AUTH ",'source_authorization':'Bearer t','file_request_intent':'backup'"
#define SOURCE_AUTH_SENT \
    "x-ms-copy-source-authorization: Bearer t\nx-ms-file-request-intent: backup\n"
#define SOURCE_CPK ",'source_cpk':{'key_value':'key','key_hash':'hash'}"
#define SOURCE_CPK_SENT                                                          \
    "x-ms-source-encryption-key: key\nx-ms-source-encryption-key-sha256: hash\n" \
    "x-ms-source-encryption-algorithm: AES256\n"
#define SOURCE_MD5 ",'source_content_md5':'0123456789abcdef'"
#define SOURCE_MD5_SENT "x-ms-source-content-md5: MDEyMzQ1Njc4OWFiY2RlZg==\n"
#define SOURCE_CRC ",'source_content_crc64':'01234567'"
#define SOURCE_CRC_SENT "x-ms-source-content-crc64: MDEyMzQ1Njc=\n"
#define CRC ",'transactional_content_crc64':'01234567'"
#define CRC_SENT "x-ms-content-crc64: MDEyMzQ1Njc=\n"
#define STRUCTURED \
    ",'structured_body':'XSM/1.0; properties=crc64','structured_content_length':5"
#define STRUCTURED_SENT \
    "x-ms-structured-body: XSM/1.0; properties=crc64\nx-ms-structured-content-length: 5\n"
#define MD5_ABC "Content-MD5: kAFQmDzST7DWlj99KOF/cg==\n" /* of "abc" */
#define OCTETS "Content-Type: application/octet-stream\n"
#define XML "Content-Type: application/xml\n"
#define XML_HEAD "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
#define SEQUENCE_IF \
    ",'if_sequence_number_lte':3,'if_sequence_number_lt':4,'if_sequence_number_eq':2"
#define SEQUENCE_IF_SENT                                             \
    "x-ms-if-sequence-number-le: 3\nx-ms-if-sequence-number-lt: 4\n" \
    "x-ms-if-sequence-number-eq: 2\n"
#define P64 "pagepagepagepagepagepagepagepagepagepagepagepagepagepagepagepage"
#define PAGE P64 P64 P64 P64 P64 P64 P64 P64
#define BLOB_IF                                                           \
    ",'blob_if_modified_since':" WHEN ",'blob_if_unmodified_since':" WHEN \
    ",'blob_etag':'e3','blob_match_condition':'IfMissing'"
#define BLOB_IF_SENT                                                                    \
    "x-ms-blob-if-modified-since: " RFC1123 "\nx-ms-blob-if-unmodified-since: " RFC1123 \
    "\nx-ms-blob-if-none-match: *\n"
#define APPEND_IF ",'appendpos_condition':7,'maxsize_condition':9"
#define APPEND_IF_SENT "x-ms-blob-condition-appendpos: 7\nx-ms-blob-condition-maxsize: 9\n"

static const struct {
    const char *method;
    const char *params;  /* without the braces */
    const char *line;    /* the request's first */
    const char *headers; /* those that say something, one a line, in any order */
    const char *body;    /* NULL: none */
} wire[] = {
    /* service */
    {"service.get_account_information", "'timeout':30",
     "GET /?restype=account&comp=properties&timeout=30", ""},
    {"service.get_service_properties", "", "GET /?restype=service&comp=properties", ""},
    {"service.get_service_stats", "'use_location':'primary'",
     "GET /secondary/?restype=service&comp=stats", ""},
    {"service.set_service_properties",
     "'analytics_logging':{'read':true,'retention_policy':{'enabled':true,'days':5}},"
     "'hour_metrics':{'enabled':true,'include_apis':false,'version':'1.1'},'minute_metrics':{},"
     "'cors':[{'allowed_origins':['a','b'],'allowed_methods':'GET,PUT','max_age_in_seconds':5},"
     "{'allowed_origins':'<&>','allowed_methods':['GET'],'allowed_headers':['x-*'],"
     "'exposed_headers':['y','z']}],'target_version':'2021-12-02',"
     "'delete_retention_policy':{'enabled':false,'allow_permanent_delete':true},"
     "'static_website':{'enabled':true,'index_document':'i','error_document404_path':'e',"
     "'default_index_document_path':'d'}",
     "PUT /?restype=service&comp=properties", XML,
     XML_HEAD
     "<StorageServiceProperties><Logging><Version>1.0</Version><Delete>false</Delete>"
     "<Read>true</Read><Write>false</Write><RetentionPolicy><Enabled>true</Enabled>"
     "<Days>5</Days></RetentionPolicy></Logging><HourMetrics><Version>1.1</Version>"
     "<Enabled>true</Enabled><IncludeAPIs>false</IncludeAPIs><RetentionPolicy><Enabled>"
     "false</Enabled></RetentionPolicy></HourMetrics><MinuteMetrics><Version>1.0"
     "</Version><Enabled>false</Enabled><RetentionPolicy><Enabled>false</Enabled>"
     "</RetentionPolicy></MinuteMetrics><Cors><CorsRule><AllowedOrigins>a,b"
     "</AllowedOrigins><AllowedMethods>GET,PUT</AllowedMethods><AllowedHeaders>"
     "</AllowedHeaders><ExposedHeaders></ExposedHeaders><MaxAgeInSeconds>5"
     "</MaxAgeInSeconds></CorsRule><CorsRule><AllowedOrigins>&lt;&amp;&gt;"
     "</AllowedOrigins><AllowedMethods>GET</AllowedMethods><AllowedHeaders>x-*"
     "</AllowedHeaders><ExposedHeaders>y,z</ExposedHeaders><MaxAgeInSeconds>0"
     "</MaxAgeInSeconds></CorsRule></Cors><DefaultServiceVersion>2021-12-02"
     "</DefaultServiceVersion><DeleteRetentionPolicy><Enabled>false</Enabled>"
     "<AllowPermanentDelete>true</AllowPermanentDelete></DeleteRetentionPolicy>"
     "<StaticWebsite><Enabled>true</Enabled><IndexDocument>i</IndexDocument>"
     "<ErrorDocument404Path>e</ErrorDocument404Path><DefaultIndexDocumentPath>d"
     "</DefaultIndexDocumentPath></StaticWebsite></StorageServiceProperties>"},
    {"service.set_service_properties", "'cors':[]", "PUT /?restype=service&comp=properties",
     XML, XML_HEAD "<StorageServiceProperties><Cors></Cors></StorageServiceProperties>"},
    {"service.get_user_delegation_key",
     "'key_start_time':'2030-01-01T01:00:00.5+01:00','key_expiry_time':1893456001,"
     "'delegated_user_tid':'t'",
     "POST /?restype=service&comp=userdelegationkey", XML,
     XML_HEAD
     "<KeyInfo><Start>2030-01-01T00:00:00Z</Start><Expiry>2030-01-01T00:00:01Z</Expiry>"
     "<DelegatedUserTid>t</DelegatedUserTid></KeyInfo>"},
    {"service.list_containers",
     "'name_starts_with':'p','continuation_token':'m','results_per_page':9,"
     "'include_metadata':true,'include_deleted':true,'include_system':true",
     "GET /?comp=list&prefix=p&marker=m&maxresults=9&include=metadata%2Cdeleted%2Csystem", ""},
    {"service.create_container",
     "'name':'c','public_access':'blob','container_encryption_scope':{'default_encryption_"
     "scope':"
     "'s','prevent_encryption_scope_override':true}" META,
     "PUT /c?restype=container",
     META_SENT "x-ms-blob-public-access: blob\nx-ms-default-encryption-scope: s\n"
               "x-ms-deny-encryption-scope-override: true\n"},
    {"service.delete_container", "'container':'c'" LEASE DATES, "DELETE /c?restype=container",
     LEASE_SENT DATES_SENT},
    {"service.undelete_container",
     "'deleted_container_name':'c','deleted_container_version':'01D'",
     "PUT /c?restype=container&comp=undelete",
     "x-ms-deleted-container-name: c\nx-ms-deleted-container-version: 01D\n"},
    {"service.undelete_container",
     "'deleted_container_name':'c','deleted_container_version':'01D','new_name':'d'",
     "PUT /d?restype=container&comp=undelete",
     "x-ms-deleted-container-name: c\nx-ms-deleted-container-version: 01D\n"},
    {"service.find_blobs_by_tags",
     "'filter_expression':'k = 1','include':['versions'],'continuation_token':'m',"
     "'results_per_page':9",
     "GET /?comp=blobs&where=k%20%3D%201&include=versions&marker=m&maxresults=9", ""},
    {"service.rename_container", "'name':'c','new_name':'d'" LEASE,
     "PUT /d?restype=container&comp=rename",
     "x-ms-source-container-name: c\nx-ms-source-lease-id: l\n"},

    /* container */
    {"container.create_container",
     "'container':'c','public_access':'container','container_encryption_scope':"
     "{'default_encryption_scope':'s'}" META,
     "PUT /c?restype=container",
     META_SENT "x-ms-blob-public-access: container\nx-ms-default-encryption-scope: s\n"},
    {"container.delete_container", "'container':'c'" LEASE DATES, "DELETE /c?restype=container",
     LEASE_SENT DATES_SENT},
    {"container.exists", "'container':'c'", "GET /c?restype=container", ""},
    {"container.get_container_properties", "'container':'c'" LEASE, "GET /c?restype=container",
     LEASE_SENT},
    {"container.get_account_information", "'container':'c'",
     "GET /c?restype=account&comp=properties", ""},
    {"container.list_blobs",
     "'container':'c','name_starts_with':'p','continuation_token':'m','results_per_page':9,"
     "'include':['copy','tags'],'start_from':'f'",
     "GET /c?restype=container&comp=list&prefix=p&marker=m&maxresults=9&include=copy%2Ctags&"
     "startFrom=f",
     ""},
    {"container.list_blob_names",
     "'container':'c','name_starts_with':'p','continuation_token':'m','results_per_page':9,"
     "'start_from':'f'",
     "GET /c?restype=container&comp=list&prefix=p&marker=m&maxresults=9&startFrom=f", ""},
    {"container.walk_blobs",
     "'container':'c','name_starts_with':'p','continuation_token':'m','results_per_page':9,"
     "'delimiter':'|','include':'metadata','start_from':'f'",
     "GET /c?restype=container&comp=list&prefix=p&marker=m&maxresults=9&delimiter=%7C&"
     "include=metadata&startFrom=f",
     ""},
    {"container.find_blobs_by_tags",
     "'container':'c','filter_expression':'k','include':'none','continuation_token':'m',"
     "'results_per_page':9",
     "GET /c?restype=container&comp=blobs&where=k&include=none&marker=m&maxresults=9", ""},
    {"container.set_container_metadata", "'container':'c','if_modified_since':" WHEN META LEASE,
     "PUT /c?restype=container&comp=metadata",
     META_SENT LEASE_SENT "If-Modified-Since: " RFC1123 "\n"},
    {"container.get_container_access_policy", "'container':'c'" LEASE,
     "GET /c?restype=container&comp=acl", LEASE_SENT},
    {"container.set_container_access_policy",
     "'container':'c','signed_identifiers':{'a':{'start':" WHEN ",'expiry':1893456001,"
     "'permission':'rl'},'b<':null,'d':{}},'public_access':'blob'" LEASE DATES,
     "PUT /c?restype=container&comp=acl",
     XML "x-ms-blob-public-access: blob\n" LEASE_SENT DATES_SENT,
     XML_HEAD "<SignedIdentifiers><SignedIdentifier><Id>a</Id><AccessPolicy><Start>"
              "2030-01-01T00:00:00Z</Start><Expiry>2030-01-01T00:00:01Z</Expiry><Permission>rl"
              "</Permission></AccessPolicy></SignedIdentifier><SignedIdentifier><Id>b&lt;</Id>"
              "</SignedIdentifier><SignedIdentifier><Id>d</Id><AccessPolicy></AccessPolicy>"
              "</SignedIdentifier></SignedIdentifiers>"},
    {"container.set_container_access_policy", "'container':'c'",
     "PUT /c?restype=container&comp=acl", ""},
    {"container.rename_container", "'container':'c','new_name':'d'" LEASE,
     "PUT /d?restype=container&comp=rename",
     "x-ms-source-container-name: c\nx-ms-source-lease-id: l\n"},
    {"container.delete_blob", CB ",'delete_snapshots':'only','blob_delete_type':'Permanent'",
     "DELETE /c/b?deletetype=Permanent", "x-ms-delete-snapshots: only\n"},

    /* blob */
    {"blob.get_blob_properties", CB ",'snapshot':'" STAMP "'" LEASE CPK CONDITIONS,
     "HEAD /c/b?snapshot=" STAMP_URL, LEASE_SENT CPK_SENT CONDITIONS_SENT},
    {"blob.get_blob_properties", CB ",'version_id':'" STAMP "'",
     "HEAD /c/b?versionid=" STAMP_URL, ""},
    {"blob.exists", CB ",'snapshot':'" STAMP "'", "HEAD /c/b?snapshot=" STAMP_URL, ""},
    {"blob.exists", CB ",'version_id':'" STAMP "'", "HEAD /c/b?versionid=" STAMP_URL, ""},
    {"blob.set_blob_metadata", CB META LEASE CPK SCOPE CONDITIONS, IN_CB "?comp=metadata",
     META_SENT LEASE_SENT CPK_SENT SCOPE_SENT CONDITIONS_SENT},
    {"blob.set_http_headers", CB SETTINGS LEASE CONDITIONS, IN_CB "?comp=properties",
     SETTINGS_SENT LEASE_SENT CONDITIONS_SENT},
    {"blob.delete_blob",
     CB ",'delete_snapshots':'include','access_tier_if_modified_since':" WHEN
        ",'access_tier_if_unmodified_since':" WHEN LEASE CONDITIONS,
     "DELETE /c/b",
     "x-ms-delete-snapshots: include\nx-ms-access-tier-if-modified-since: " RFC1123
     "\nx-ms-access-tier-if-unmodified-since: " RFC1123 "\n" LEASE_SENT CONDITIONS_SENT},
    {"blob.delete_blob", CB ",'snapshot':'" STAMP "','blob_delete_type':'Permanent'",
     "DELETE /c/b?snapshot=" STAMP_URL "&deletetype=Permanent", ""},
    {"blob.delete_blob", CB ",'version_id':'" STAMP "'", "DELETE /c/b?versionid=" STAMP_URL,
     ""},
    {"blob.undelete_blob", CB, IN_CB "?comp=undelete", ""},
    {"blob.set_blob_tags",
     CB ",'tags':{'a b':'c=d','e':''},'version_id':'" STAMP "'" CRC LEASE IF_TAGS BLOB_IF,
     IN_CB "?comp=tags&versionid=" STAMP_URL, XML CRC_SENT LEASE_SENT IF_TAGS_SENT BLOB_IF_SENT,
     XML_HEAD
     "<Tags><TagSet><Tag><Key>a b</Key><Value>c=d</Value></Tag><Tag><Key>e</Key><Value>"
     "</Value></Tag></TagSet></Tags>"},
    {"blob.set_blob_tags", CB ",'validate_content':true", IN_CB "?comp=tags",
     XML "Content-MD5: iZCHBrKUC5oiZnOVYCuf/Q==\n", XML_HEAD "<Tags><TagSet></TagSet></Tags>"},
    {"blob.get_blob_tags", CB ",'snapshot':'" STAMP "'" LEASE IF_TAGS BLOB_IF,
     "GET /c/b?comp=tags&snapshot=" STAMP_URL, LEASE_SENT IF_TAGS_SENT BLOB_IF_SENT},
    {"blob.get_blob_tags", CB ",'version_id':'" STAMP "'",
     "GET /c/b?comp=tags&versionid=" STAMP_URL, ""},
    {"blob.create_snapshot", CB META LEASE CPK SCOPE CONDITIONS, IN_CB "?comp=snapshot",
     META_SENT LEASE_SENT CPK_SENT SCOPE_SENT CONDITIONS_SENT},
    {"blob.set_standard_blob_tier",
     CB ",'standard_blob_tier':'Cold','rehydrate_priority':'High','snapshot':'" STAMP
        "'" LEASE IF_TAGS,
     IN_CB "?comp=tier&snapshot=" STAMP_URL,
     "x-ms-access-tier: Cold\nx-ms-rehydrate-priority: High\n" LEASE_SENT IF_TAGS_SENT},
    {"blob.set_standard_blob_tier", CB ",'standard_blob_tier':'Hot','version_id':'" STAMP "'",
     IN_CB "?comp=tier&versionid=" STAMP_URL, "x-ms-access-tier: Hot\n"},
    {"blob.set_premium_page_blob_tier",
     CB ",'premium_page_blob_tier':'P15','rehydrate_priority':'Standard','snapshot':'" STAMP
        "'" LEASE IF_TAGS,
     IN_CB "?comp=tier&snapshot=" STAMP_URL,
     "x-ms-access-tier: P15\nx-ms-rehydrate-priority: Standard\n" LEASE_SENT IF_TAGS_SENT},
    {"blob.set_premium_page_blob_tier",
     CB ",'premium_page_blob_tier':'P4','version_id':'" STAMP "'",
     IN_CB "?comp=tier&versionid=" STAMP_URL, "x-ms-access-tier: P4\n"},
    {"blob.set_immutability_policy",
     CB ",'if_unmodified_since':" WHEN ",'snapshot':'" STAMP "'" IMMUTABLE,
     IN_CB "?comp=immutabilityPolicies&snapshot=" STAMP_URL,
     IMMUTABLE_SENT "If-Unmodified-Since: " RFC1123 "\n"},
    {"blob.set_immutability_policy", CB ",'version_id':'" STAMP "'" IMMUTABLE,
     IN_CB "?comp=immutabilityPolicies&versionid=" STAMP_URL, IMMUTABLE_SENT},
    {"blob.delete_immutability_policy", CB ",'snapshot':'" STAMP "'",
     "DELETE /c/b?comp=immutabilityPolicies&snapshot=" STAMP_URL, ""},
    {"blob.delete_immutability_policy", CB ",'version_id':'" STAMP "'",
     "DELETE /c/b?comp=immutabilityPolicies&versionid=" STAMP_URL, ""},
    {"blob.set_legal_hold", CB ",'snapshot':'" STAMP "'" HOLD,
     IN_CB "?comp=legalhold&snapshot=" STAMP_URL, HOLD_SENT},
    {"blob.set_legal_hold", CB ",'legal_hold':false,'version_id':'" STAMP "'",
     IN_CB "?comp=legalhold&versionid=" STAMP_URL, "x-ms-legal-hold: false\n"},
    {"blob.set_expiry", CB ",'expiry_option':'Absolute','expires_on':" WHEN,
     IN_CB "?comp=expiry", "x-ms-expiry-option: Absolute\nx-ms-expiry-time: " RFC1123 "\n"},
    {"blob.set_expiry", CB ",'expiry_option':'RelativeToNow','expires_on':60000",
     IN_CB "?comp=expiry", "x-ms-expiry-option: RelativeToNow\nx-ms-expiry-time: 60000\n"},
    {"blob.get_account_information", CB, "GET /c/b?restype=account&comp=properties", ""},

    /* blocks */
    {"blob.stage_block",
     CB ",'block_id':'id','data':'abcdef','length':3" LEASE CPK SCOPE STRUCTURED CRC,
     IN_CB "?comp=block&blockid=aWQ%3D",
     OCTETS LEASE_SENT CPK_SENT SCOPE_SENT STRUCTURED_SENT CRC_SENT, "abc"},
    {"blob.stage_block", CB ",'block_id':'id','data':'abc','validate_content':true",
     IN_CB "?comp=block&blockid=aWQ%3D", OCTETS MD5_ABC, "abc"},
    {"blob.stage_block_from_url",
     CB ",'block_id':'id','source_offset':5,'source_length':3" FROM SOURCE_MD5 SOURCE_IF
         SOURCE_AUTH SOURCE_CPK LEASE CPK SCOPE,
     IN_CB "?comp=block&blockid=aWQ%3D",
     FROM_SENT "x-ms-source-range: bytes=5-7\n" SOURCE_MD5_SENT SOURCE_IF_SENT SOURCE_AUTH_SENT
         SOURCE_CPK_SENT LEASE_SENT CPK_SENT SCOPE_SENT},
    {"blob.stage_block_from_url", CB ",'block_id':'id'" FROM SOURCE_CRC,
     IN_CB "?comp=block&blockid=aWQ%3D", FROM_SENT SOURCE_CRC_SENT},
    {"blob.get_block_list", CB ",'block_list_type':'all','snapshot':'" STAMP "'" LEASE IF_TAGS,
     "GET /c/b?comp=blocklist&snapshot=" STAMP_URL "&blocklisttype=all",
     LEASE_SENT IF_TAGS_SENT},
    {"blob.commit_block_list",
     CB
     ",'block_list':['a',{'id':'b','state':'Committed'}],'standard_blob_tier':'Cool'" SETTINGS
         META TAGS LEASE CPK SCOPE IMMUTABLE HOLD CONDITIONS CRC,
     IN_CB "?comp=blocklist",
     XML "x-ms-access-tier: Cool\n" SETTINGS_SENT META_SENT TAGS_SENT LEASE_SENT CPK_SENT
         SCOPE_SENT IMMUTABLE_SENT HOLD_SENT CONDITIONS_SENT CRC_SENT,
     XML_HEAD "<BlockList><Latest>YQ==</Latest><Committed>Yg==</Committed></BlockList>"},

    /* copies */
    {"blob.start_copy_from_url",
     CB ",'source_url':'https://s/c/a b%20\\u00fc?sv=1&sig=a%2Fb','destination_lease':'l',"
        "'source_lease':'m','standard_blob_tier':'Hot','rehydrate_priority':'High',"
        "'source_if_tags_match_condition':'x','seal_destination_blob':true,'requires_sync':"
        "false" META SOURCE_IF TAGS IMMUTABLE HOLD CONDITIONS,
     IN_CB,
     "x-ms-copy-source: https://s/c/a%20b%20%C3%BC?sv=1&sig=a%2Fb\n" LEASE_SENT
     "x-ms-source-lease-id: m\nx-ms-access-tier: Hot\nx-ms-rehydrate-priority: High\n"
     "x-ms-source-if-tags: x\nx-ms-seal-blob: true\n" META_SENT SOURCE_IF_SENT TAGS_SENT
         IMMUTABLE_SENT HOLD_SENT CONDITIONS_SENT},
    {"blob.start_copy_from_url",
     CB
     ",'source_url':'http://s/c/100%','premium_page_blob_tier':'P10','incremental_copy':false",
     IN_CB, "x-ms-copy-source: http://s/c/100%25\nx-ms-access-tier: P10\n"},
    {"blob.start_copy_from_url",
     CB ",'requires_sync':true,'destination_lease':'l','source_lease':'m',"
        "'standard_blob_tier':'Hot','tags':'COPY'" FROM META SOURCE_IF SOURCE_MD5 SOURCE_AUTH
            SCOPE IMMUTABLE HOLD CONDITIONS,
     IN_CB,
     "x-ms-requires-sync: true\n" LEASE_SENT "x-ms-source-lease-id: m\nx-ms-access-tier: Hot\n"
     "x-ms-copy-source-tag-option: COPY\n" FROM_SENT META_SENT SOURCE_IF_SENT SOURCE_MD5_SENT
         SOURCE_AUTH_SENT SCOPE_SENT IMMUTABLE_SENT HOLD_SENT CONDITIONS_SENT},
    {"blob.start_copy_from_url",
     CB ",'requires_sync':true,'premium_page_blob_tier':'P10'" FROM TAGS, IN_CB,
     "x-ms-requires-sync: true\nx-ms-access-tier: P10\n" FROM_SENT TAGS_SENT},
    {"blob.start_copy_from_url", CB ",'incremental_copy':true" FROM META CONDITIONS,
     IN_CB "?comp=incrementalcopy", FROM_SENT META_SENT CONDITIONS_SENT},
    {"blob.start_copy_from_url", CB ",'wait':true,'progress':true" FROM, IN_CB, FROM_SENT},
    {"blob.copy_blob",
     CB ",'source_container':'f','source_blob':'g','source_client':'default','overwrite':true,"
        "'source_version_id':'2026-01-02T03:04:05.0000000Z','standard_blob_tier':'Hot',"
        "'destination_lease':'l','max_concurrency':2,'progress':true" META TAGS CONDITIONS,
     IN_CB,
     "x-ms-copy-source: SERVER/f/g?versionid=2026-01-02T03%3A04%3A05.0000000Z\n"
     "x-ms-access-tier: Hot\n" LEASE_SENT META_SENT TAGS_SENT CONDITIONS_SENT},
    {"blob.copy_blob",
     CB ",'source_container':'f','source_blob':'g',"
        "'source_snapshot':'2026-01-02T03:04:05.0000000Z'",
     IN_CB,
     "x-ms-copy-source: SERVER/f/g?snapshot=2026-01-02T03%3A04%3A05.0000000Z\n"
     "If-None-Match: *\n"},
    {"blob.abort_copy", CB ",'copy_id':'i'" LEASE, IN_CB "?comp=copy&copyid=i",
     "x-ms-copy-action: abort\n" LEASE_SENT},
    {"blob.upload_blob_from_url",
     CB ",'include_source_blob_properties':false,'destination_lease':'l','standard_blob_tier':"
        "'Cool','source_if_tags_match_condition':'x','transactional_content_md5':"
        "'0123456789abcdef'" FROM SETTINGS META TAGS SOURCE_MD5 SOURCE_IF SOURCE_AUTH SOURCE_CPK
            CPK SCOPE CONDITIONS,
     IN_CB,
     "x-ms-blob-type: BlockBlob\nx-ms-copy-source-blob-properties: false\n" LEASE_SENT
     "x-ms-access-tier: Cool\nx-ms-source-if-tags: x\nContent-MD5: "
     "MDEyMzQ1Njc4OWFiY2RlZg==\n" FROM_SENT SETTINGS_SENT META_SENT TAGS_SENT SOURCE_MD5_SENT
         SOURCE_IF_SENT SOURCE_AUTH_SENT SOURCE_CPK_SENT CPK_SENT SCOPE_SENT CONDITIONS_SENT},
    {"blob.upload_blob_from_url", CB FROM, IN_CB,
     "x-ms-blob-type: BlockBlob\nIf-None-Match: *\n" FROM_SENT},
    {"blob.upload_blob_from_url", CB ",'overwrite':true,'tags':'REPLACE'" FROM, IN_CB,
     "x-ms-blob-type: BlockBlob\nx-ms-copy-source-tag-option: REPLACE\n" FROM_SENT},

    /* pages */
    {"blob.create_page_blob",
     CB ",'size':1024,'sequence_number':7,'premium_page_blob_tier':'P80'" SETTINGS META TAGS
         LEASE CPK SCOPE IMMUTABLE HOLD CONDITIONS,
     IN_CB,
     "x-ms-blob-type: PageBlob\nx-ms-blob-content-length: 1024\nx-ms-blob-sequence-number: 7\n"
     "x-ms-access-tier: P80\n" SETTINGS_SENT META_SENT TAGS_SENT LEASE_SENT CPK_SENT SCOPE_SENT
         IMMUTABLE_SENT HOLD_SENT CONDITIONS_SENT},
    {"blob.upload_page",
     CB
     ",'page':'" PAGE
     "more','offset':1024,'length':512" LEASE CPK SCOPE SEQUENCE_IF CONDITIONS STRUCTURED CRC,
     IN_CB "?comp=page",
     OCTETS "x-ms-page-write: update\nx-ms-range: bytes=1024-1535\n" LEASE_SENT CPK_SENT
         SCOPE_SENT SEQUENCE_IF_SENT CONDITIONS_SENT STRUCTURED_SENT CRC_SENT,
     PAGE},
    {"blob.upload_page", CB ",'data':'" PAGE PAGE "','offset':0", IN_CB "?comp=page",
     OCTETS "x-ms-page-write: update\nx-ms-range: bytes=0-1023\n", PAGE PAGE},
    {"blob.upload_pages_from_url",
     CB ",'offset':512,'length':1024,'source_offset':2048" FROM SOURCE_MD5 SOURCE_IF SOURCE_AUTH
         SOURCE_CPK LEASE CPK SCOPE SEQUENCE_IF CONDITIONS,
     IN_CB "?comp=page",
     "x-ms-page-write: update\nx-ms-range: bytes=512-1535\nx-ms-source-range: "
     "bytes=2048-3071\n" FROM_SENT SOURCE_MD5_SENT SOURCE_IF_SENT SOURCE_AUTH_SENT
         SOURCE_CPK_SENT LEASE_SENT CPK_SENT SCOPE_SENT SEQUENCE_IF_SENT CONDITIONS_SENT},
    {"blob.upload_pages_from_url",
     CB ",'offset':0,'length':512,'source_offset':0" FROM SOURCE_CRC, IN_CB "?comp=page",
     "x-ms-page-write: update\nx-ms-range: bytes=0-511\nx-ms-source-range: "
     "bytes=0-511\n" FROM_SENT SOURCE_CRC_SENT},
    {"blob.clear_page", CB ",'offset':0,'length':512" LEASE CPK SCOPE SEQUENCE_IF CONDITIONS,
     IN_CB "?comp=page",
     "x-ms-page-write: clear\nx-ms-range: bytes=0-511\n" LEASE_SENT CPK_SENT SCOPE_SENT
         SEQUENCE_IF_SENT CONDITIONS_SENT},
    {"blob.get_page_ranges",
     CB ",'offset':512,'length':512,'previous_snapshot_diff':'" STAMP "','snapshot':'" STAMP
        "'" LEASE CONDITIONS,
     "GET /c/b?comp=pagelist&snapshot=" STAMP_URL "&prevsnapshot=" STAMP_URL,
     "x-ms-range: bytes=512-1023\n" LEASE_SENT CONDITIONS_SENT},
    {"blob.get_page_ranges", CB ",'offset':512", "GET /c/b?comp=pagelist",
     "x-ms-range: bytes=512-\n"},
    {"blob.list_page_ranges",
     CB ",'offset':0,'length':512,'previous_snapshot':'" STAMP "','snapshot':'" STAMP
        "','continuation_token':'m','results_per_page':9" LEASE CONDITIONS,
     "GET /c/b?comp=pagelist&snapshot=" STAMP_URL "&prevsnapshot=" STAMP_URL
     "&marker=m&maxresults=9",
     "x-ms-range: bytes=0-511\n" LEASE_SENT CONDITIONS_SENT},
    {"blob.get_page_range_diff_for_managed_disk",
     CB ",'offset':0,'length':512,'previous_snapshot_url':'https://s/c/"
        "b?snapshot=1','snapshot':'" STAMP "'" LEASE CONDITIONS,
     "GET /c/b?comp=pagelist&snapshot=" STAMP_URL,
     "x-ms-previous-snapshot-url: https://s/c/b?snapshot=1\nx-ms-range: "
     "bytes=0-511\n" LEASE_SENT CONDITIONS_SENT},
    {"blob.resize_blob", CB ",'size':0" LEASE CPK SCOPE CONDITIONS, IN_CB "?comp=properties",
     "x-ms-blob-content-length: 0\n" LEASE_SENT CPK_SENT SCOPE_SENT CONDITIONS_SENT},
    {"blob.set_sequence_number",
     CB
     ",'sequence_number_action':'max','sequence_number':9223372036854775807" LEASE CONDITIONS,
     IN_CB "?comp=properties",
     "x-ms-sequence-number-action: max\nx-ms-blob-sequence-number: "
     "9223372036854775807\n" LEASE_SENT CONDITIONS_SENT},

    /* appends */
    {"blob.create_append_blob", CB SETTINGS META TAGS LEASE CPK SCOPE IMMUTABLE HOLD CONDITIONS,
     IN_CB,
     "x-ms-blob-type: AppendBlob\n" SETTINGS_SENT META_SENT TAGS_SENT LEASE_SENT CPK_SENT
         SCOPE_SENT IMMUTABLE_SENT HOLD_SENT CONDITIONS_SENT},
    {"blob.append_block",
     CB ",'data':'abc'" LEASE CPK SCOPE APPEND_IF CONDITIONS STRUCTURED CRC,
     IN_CB "?comp=appendblock",
     OCTETS LEASE_SENT CPK_SENT SCOPE_SENT APPEND_IF_SENT CONDITIONS_SENT STRUCTURED_SENT
         CRC_SENT,
     "abc"},
    {"blob.append_block", CB ",'data':'abcd','length':3,'validate_content':true",
     IN_CB "?comp=appendblock", OCTETS MD5_ABC, "abc"},
    {"blob.append_block_from_url",
     CB ",'copy_source_url':'https://s/c/b','source_offset':5,'transactional_content_md5':"
        "'0123456789abcdef'" SOURCE_MD5 SOURCE_IF SOURCE_AUTH SOURCE_CPK LEASE CPK SCOPE
            APPEND_IF CONDITIONS,
     IN_CB "?comp=appendblock",
     FROM_SENT
     "x-ms-source-range: bytes=5-\nContent-MD5: MDEyMzQ1Njc4OWFiY2RlZg==\n" SOURCE_MD5_SENT
         SOURCE_IF_SENT SOURCE_AUTH_SENT SOURCE_CPK_SENT LEASE_SENT CPK_SENT SCOPE_SENT
             APPEND_IF_SENT CONDITIONS_SENT},
    {"blob.append_block_from_url", CB ",'source_offset':0,'source_length':1" FROM SOURCE_CRC,
     IN_CB "?comp=appendblock", FROM_SENT "x-ms-source-range: bytes=0-0\n" SOURCE_CRC_SENT},
    {"blob.seal_append_blob", CB ",'appendpos_condition':7" LEASE DATES ETAG,
     IN_CB "?comp=seal", "x-ms-blob-condition-appendpos: 7\n" LEASE_SENT DATES_SENT ETAG_SENT},

    /* leases */
    {"lease.acquire", "'container':'c','lease_duration':15,'lease_id':'i'" DATES,
     "PUT /c?comp=lease&restype=container",
     "x-ms-lease-action: acquire\nx-ms-lease-duration: 15\nx-ms-proposed-lease-id: "
     "i\n" DATES_SENT},
    {"lease.acquire", CB ",'lease':'i'" CONDITIONS, IN_CB "?comp=lease",
     "x-ms-lease-action: acquire\nx-ms-lease-duration: -1\nx-ms-proposed-lease-id: "
     "i\n" CONDITIONS_SENT},
    {"lease.acquire", CB ",'lease_duration':60,'id':'i'", IN_CB "?comp=lease",
     "x-ms-lease-action: acquire\nx-ms-lease-duration: 60\nx-ms-proposed-lease-id: i\n"},
    {"lease.renew", "'container':'c'" LEASE DATES, "PUT /c?comp=lease&restype=container",
     "x-ms-lease-action: renew\n" LEASE_SENT DATES_SENT},
    {"lease.renew", CB ",'lease_id':'l'" CONDITIONS, IN_CB "?comp=lease",
     "x-ms-lease-action: renew\n" LEASE_SENT CONDITIONS_SENT},
    {"lease.release", "'container':'c'" LEASE DATES, "PUT /c?comp=lease&restype=container",
     "x-ms-lease-action: release\n" LEASE_SENT DATES_SENT},
    {"lease.release", CB LEASE CONDITIONS, IN_CB "?comp=lease",
     "x-ms-lease-action: release\n" LEASE_SENT CONDITIONS_SENT},
    {"lease.change", "'container':'c','proposed_lease_id':'p'" LEASE DATES,
     "PUT /c?comp=lease&restype=container",
     "x-ms-lease-action: change\nx-ms-proposed-lease-id: p\n" LEASE_SENT DATES_SENT},
    {"lease.change", CB ",'proposed_lease_id':'p'" LEASE CONDITIONS, IN_CB "?comp=lease",
     "x-ms-lease-action: change\nx-ms-proposed-lease-id: p\n" LEASE_SENT CONDITIONS_SENT},
    {"lease.break_lease", "'container':'c','lease_break_period':0" DATES,
     "PUT /c?comp=lease&restype=container",
     "x-ms-lease-action: break\nx-ms-lease-break-period: 0\n" DATES_SENT},
    {"lease.break_lease", CB ",'lease_break_period':60" CONDITIONS, IN_CB "?comp=lease",
     "x-ms-lease-action: break\nx-ms-lease-break-period: 60\n" CONDITIONS_SENT},
    {"container.acquire_lease", "'container':'c','lease_duration':-1,'lease_id':'i'" DATES,
     "PUT /c?comp=lease&restype=container",
     "x-ms-lease-action: acquire\nx-ms-lease-duration: -1\nx-ms-proposed-lease-id: "
     "i\n" DATES_SENT},
    {"blob.acquire_lease", CB ",'lease_duration':15,'lease_id':'i'" CONDITIONS,
     IN_CB "?comp=lease",
     "x-ms-lease-action: acquire\nx-ms-lease-duration: 15\nx-ms-proposed-lease-id: "
     "i\n" CONDITIONS_SENT},
};

/* A header that the row decides on: not what every request has. */
static bool is_telling(const char *name)
{
    static const char *const of_all[] = {"x-ms-date", "x-ms-version", "x-ms-client-request-id"};

    for (size_t i = 0; i < N_ELEMENTS(of_all); i++)
        if (strcasecmp(name, of_all[i]) == 0)
            return false;
    return strncasecmp(name, "x-ms-", 5) == 0 || strncasecmp(name, "If-", 3) == 0 ||
           (strncasecmp(name, "Content-", 8) == 0 && strcasecmp(name, "Content-Length") != 0);
}

static bool has_line(const char *lines, const char *line)
{
    size_t n = strlen(line);

    for (const char *p = strstr(lines, line); p != NULL; p = strstr(p + 1, line))
        if ((p == lines || p[-1] == '\n') && p[n] == '\n')
            return true;
    return false;
}

/* server: its URL stands as SERVER in what is wanted. */
static void check_headers(const char *label, const struct fake_request *request,
                          const char *server, const char *wanted)
{
    unsigned n_wanted = 0, n_telling = 0;
    const char *value;
    char line[1024];
    bool is_own;

    for (const char *p = wanted; *p != '\0'; p++)
        n_wanted += *p == '\n';
    for (unsigned i = 0; i < request->n_headers; i++) {
        if (!is_telling(request->headers[i].name))
            continue;
        value = request->headers[i].value;
        is_own = strncmp(value, server, strlen(server)) == 0;
        snprintf(line, sizeof(line), "%s: %s%s", request->headers[i].name,
                 is_own ? "SERVER" : "", is_own ? value + strlen(server) : value);
        ck_assert_msg(has_line(wanted, line), "%s: sent '%s'", label, line);
        n_telling++;
    }
    ck_assert_msg(n_telling == n_wanted, "%s: %u headers of %u: %s", label, n_telling, n_wanted,
                  wanted);
}

/* The form of a method that some parameters in JSON ask for. */
static const struct azb_method *form_of(const char *name, const json_t *params)
{
    const struct azb_method *method = methods_find(name);

    for (unsigned i = 0; i < method->n_forms; i++) {
        const json_t *value = json_object_get(params, method->forms[i].row->when);

        if (value != NULL && !json_is_false(value))
            return &method->forms[i];
    }
    return method;
}

/* Parameters of a case as JSON. */
static json_t *case_params(const char *params, char text[8192])
{
    json_error_t why;
    json_t *json;

    snprintf(text, 8192, "{%s}", params);
    for (char *p = text; *p != '\0'; p++)
        if (*p == '\'')
            *p = '"';
    json = json_loads(text, 0, &why);
    ck_assert_msg(json != NULL, "%s: %s", text, why.text);
    return json;
}

START_TEST(test_wire)
{
    struct yes yes = {0};
    struct scene scene = yes_start(&yes);

    for (size_t i = 0; i < N_ELEMENTS(wire); i++) {
        const struct azb_msg *response;
        const struct fake_request *request;
        char text[8192], label[128];
        json_t *params = case_params(wire[i].params, text);
        size_t n_before = fake_n_requests(scene.fake);

        snprintf(label, sizeof(label), "%s, case %zu", wire[i].method, i);
        yes.row = form_of(wire[i].method, params)->row;
        json_decref(params);
        response = rpc_call(scene.rpc, wire[i].method, text);
        ck_assert_msg(response->error == NULL, "%s: %s", label,
                      rpc_text(response->error, "message"));
        ck_assert_uint_eq(fake_n_requests(scene.fake), n_before + 1);
        request = last_request(&scene);
        ck_assert_msg(strcmp(request->line, wire[i].line) == 0, "%s: '%s', not '%s'", label,
                      request->line, wire[i].line);
        check_headers(label, request, fake_url(scene.fake), wire[i].headers);
        ck_assert_msg(strcmp(request->body, wire[i].body != NULL ? wire[i].body : "") == 0,
                      "%s: body '%s'", label, request->body);
    }
    yes_stop(&scene);
}
END_TEST

/* What spans several requests has tests of its own. */
static bool has_own_tests(const struct azb_row *row)
{
    return row->kind == AZB_KIND_UPLOAD || row->kind == AZB_KIND_DOWNLOAD ||
           row->kind == AZB_KIND_BATCH || row->kind == AZB_KIND_QUERY;
}

static bool is_same_row(const struct azb_row *a, const struct azb_row *b)
{
    return a == b || a->params == b->params; /* another name of it */
}

static bool has_key(const struct azb_method *method, json_t *params, unsigned param_i)
{
    const char *key;
    json_t *value;

    json_object_foreach(params, key, value) if (azb_method_param(method, key, strlen(key)) ==
                                                (int)param_i) return true;
    return false;
}

static bool is_in_table(const struct azb_method *method, unsigned param_i)
{
    bool found = false;

    for (size_t i = 0; !found && i < N_ELEMENTS(wire); i++) {
        char text[8192];
        json_t *params = case_params(wire[i].params, text);

        found = is_same_row(form_of(wire[i].method, params)->row, method->row) &&
                has_key(method, params, param_i);
        json_decref(params);
    }
    return found;
}

static void check_in_table(const struct azb_method *method)
{
    for (unsigned i = 0; i < method->n_own; i++)
        ck_assert_msg(method->params[i]->in == AZB_IN_CALL || has_own_tests(method->row) ||
                          method->row->kind == AZB_KIND_URL || is_in_table(method, i),
                      "%s: no case with '%s'", method->row->method, method->params[i]->name);
}

START_TEST(test_table_is_complete)
{
    unsigned n;
    const struct azb_method *methods = azb_registry_all(methods_registry(), &n);

    for (unsigned i = 0; i < n; i++) {
        check_in_table(&methods[i]);
        for (unsigned k = 0; k < methods[i].n_forms; k++)
            check_in_table(&methods[i].forms[k]);
    }
}
END_TEST

/* ---- what is refused before anything is sent ---- */

static const struct {
    const char *method, *params;
    const char *says; /* in the message, after the method */
} refusals[] = {
    {"blob.set_blob_tags", CB ",'tags':{'a!':'b'}", "'tags': the tag 'a!'"},
    {"blob.set_blob_tags", CB ",'tags':{'a':'\\u00fc'}", "'tags': the tag 'a'"},
    {"blob.set_blob_tags", CB ",'tags':{'':'b'}", "'tags'"},
    {"blob.set_blob_tags",
     CB
     ",'tags':{'1':'','2':'','3':'','4':'','5':'','6':'','7':'','8':'','9':'','0':'','a':''}",
     "'tags' has 11 tags; at most 10"},
    {"blob.set_blob_tags", CB ",'validate_content':true" CRC, "exclude each other"},
    {"blob.upload_page", CB ",'page':'abc','offset':0", "'page' has 3 bytes"},
    {"blob.upload_page", CB ",'page':'" PAGE "','offset':1", "'offset' is 1"},
    {"blob.upload_page", CB ",'page':'" PAGE "','offset':0,'length':1024", "only 512 bytes"},
    {"blob.upload_page", CB ",'page':'" PAGE "','offset':0,'length':511", "'length' is 511"},
    {"blob.upload_page", CB ",'page':'" PAGE "'", "'offset' is missing"},
    {"blob.clear_page", CB ",'offset':512,'length':513", "'length' is 513"},
    {"blob.clear_page", CB ",'offset':-512,'length':512", "'offset' is -512"},
    {"blob.upload_pages_from_url", CB ",'offset':0,'length':512,'source_offset':1" FROM,
     "'source_offset' is 1"},
    {"blob.get_page_ranges", CB ",'length':512", "'length' without 'offset'"},
    {"blob.get_page_ranges", CB ",'previous_snapshot_diff':'yesterday'",
     "'previous_snapshot_diff' cannot be 'yesterday'"},
    {"blob.create_page_blob", CB ",'size':100", "'size' is 100"},
    {"blob.create_page_blob", CB ",'size':8796093022720", "'size' is 8796093022720"},
    {"blob.create_page_blob", CB ",'size':512,'premium_page_blob_tier':'P5'",
     "'premium_page_blob_tier' cannot be 'P5'"},
    {"blob.create_page_blob", CB ",'size':512,'sequence_number':-1", "'sequence_number' is -1"},
    {"blob.set_sequence_number", CB ",'sequence_number_action':'decrement'",
     "'sequence_number_action' cannot be"},
    {"blob.get_blob_properties", CB ",'snapshot':'2030-01-01T00:00:00Z'",
     "'snapshot' cannot be"},
    {"blob.get_blob_properties", CB ",'version_id':'2030-01-01 00:00:00.0000000Z'",
     "'version_id' cannot be"},
    {"blob.get_blob_properties", CB ",'snapshot':'" STAMP "','version_id':'" STAMP "'",
     "'version_id' and 'snapshot' exclude each other"},
    {"blob.delete_blob", CB ",'snapshot':'" STAMP "','delete_snapshots':'include'",
     "'delete_snapshots' and 'snapshot' exclude each other"},
    {"blob.set_standard_blob_tier", CB ",'standard_blob_tier':'Warm'",
     "Hot, Cool, Cold, Archive"},
    {"blob.set_standard_blob_tier", CB, "'standard_blob_tier' is missing"},
    {"lease.acquire", "'container':'c','lease_duration':14",
     "'lease_duration' is 14; it is 15 to 60"},
    {"lease.acquire", "'container':'c','lease_duration':0", "'lease_duration' is 0"},
    {"lease.acquire", "'container':'c','lease_duration':61", "or -1"},
    {"lease.acquire", "'container':'c'" ETAG, "'etag' goes only with 'blob'"},
    {"lease.break_lease", CB ",'lease_break_period':61", "'lease_break_period' is 61"},
    {"lease.renew", CB, "'lease' is missing"},
    {"lease.change", CB LEASE, "'proposed_lease_id' is missing"},
    {"lease.renew", CB LEASE ",'lease_duration':15", "no parameter 'lease_duration'"},
    {"container.acquire_lease", "'container':'c'" ETAG, "no parameter 'etag'"},
    {"blob.start_copy_from_url", CB ",'source_url':'c/b'", "'source_url' is no URL"},
    {"blob.start_copy_from_url", CB SCOPE FROM,
     "'encryption_scope' goes only with 'requires_sync'"},
    {"blob.start_copy_from_url", CB ",'tags':'COPY'" FROM, "'tags' is"},
    {"blob.start_copy_from_url", CB ",'tags':'MOVE','requires_sync':true" FROM,
     "'tags' cannot be 'MOVE'"},
    {"blob.start_copy_from_url", CB ",'requires_sync':true,'seal_destination_blob':true" FROM,
     "'seal_destination_blob' does not go with 'requires_sync'"},
    {"blob.start_copy_from_url", CB ",'incremental_copy':true,'destination_lease':'l'" FROM,
     "'destination_lease' does not go with 'incremental_copy'"},
    {"blob.start_copy_from_url",
     CB ",'standard_blob_tier':'Hot','premium_page_blob_tier':'P4'" FROM, "exclude each other"},
    {"blob.stage_block_from_url", CB ",'block_id':'i','source_length':5" FROM,
     "'source_length' without 'source_offset'"},
    {"blob.stage_block_from_url", CB ",'block_id':'i'" FROM SOURCE_MD5 SOURCE_CRC,
     "exclude each other"},
    {"blob.append_block", CB ",'data':'abc','length':4",
     "'length' is 4, and 'data' has only 3"},
    {"blob.append_block", CB ",'data':'abc','structured_content_length':4",
     "'structured_content_length' without 'structured_body'"},
    {"blob.set_expiry", CB ",'expiry_option':'Absolute','expires_on':'soon'",
     "'expires_on' is"},
    {"blob.set_expiry", CB ",'expiry_option':'Later'", "'expiry_option' cannot be"},
    {"blob.set_immutability_policy", CB ",'immutability_policy':{'policy_mode':'Mutable'}",
     "'immutability_policy.policy_mode' cannot be"},
    {"container.set_container_access_policy",
     "'container':'c','signed_identifiers':{'1':{},'2':{},'3':{},'4':{},'5':{},'6':{}}",
     "'signed_identifiers' has 6 entries; at most 5"},
    {"container.set_container_access_policy",
     "'container':'c','signed_identifiers':{'a':{'start':'soon'}}",
     "'signed_identifiers.a.start'"},
    {"container.set_container_access_policy", "'container':'c','signed_identifiers':{'':{}}",
     "a name has 1 to 64 bytes"},
    {"container.set_container_access_policy",
     "'container':'c','signed_identifiers':{'a':{'permission':'\\u0001'}}",
     "'signed_identifiers' has a text"},
    {"service.set_service_properties", "", "give at least one of 'analytics_logging'"},
    {"service.set_service_properties", "'delete_retention_policy':{'enabled':true}",
     "'delete_retention_policy.enabled' without 'delete_retention_policy.days'"},
    {"service.set_service_properties", "'delete_retention_policy':{'enabled':true,'days':366}",
     "'delete_retention_policy.days' is 366"},
    {"service.set_service_properties", "'hour_metrics':{'enabled':true}",
     "without 'hour_metrics.include_apis'"},
    {"service.set_service_properties", "'cors':[{'allowed_origins':'*'}]",
     "'cors.0.allowed_methods' is missing"},
    {"service.set_service_properties", "'cors':[{},{},{},{},{},{}]", "'cors' has 6 entries"},
    {"service.set_service_properties", "'static_website':{'enabled':1}",
     "'static_website.enabled'"},
    {"container.set_standard_blob_tier_blobs", "'container':'c','blobs':['a']",
     "'standard_blob_tier' is missing"},
    {"container.set_standard_blob_tier_blobs",
     "'container':'c','blobs':[{'name':'a','blob_tier':'Warm'}]",
     "'standard_blob_tier' cannot be"},
};

START_TEST(test_refusal)
{
    struct yes yes = {0};
    struct scene scene = yes_start(&yes);

    for (size_t i = 0; i < N_ELEMENTS(refusals); i++) {
        const struct azb_msg *response;
        char text[8192];
        const char *message;

        json_decref(case_params(refusals[i].params, text));
        response = rpc_call(scene.rpc, refusals[i].method, text);
        message = rpc_text(response->error, "message");
        ck_assert_msg(strstr(message, refusals[i].says) != NULL, "%s %s: %s",
                      refusals[i].method, text, message);
        ck_assert_msg(strncmp(message, refusals[i].method, strlen(refusals[i].method)) == 0,
                      "%s", message);
    }
    ck_assert_uint_eq(fake_n_requests(scene.fake), 0);
    yes_stop(&scene);
}
END_TEST

static Suite *rows_suite(void)
{
    Suite *suite = suite_create("rows");
    TCase *tc = tcase_create("rows");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    tcase_add_test(tc, test_every_row);
    tcase_add_test(tc, test_wire);
    tcase_add_test(tc, test_table_is_complete);
    tcase_add_test(tc, test_refusal);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(rows_suite)
