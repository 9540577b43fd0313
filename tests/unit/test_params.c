/*
 * test_params.c: arguments that must be refused, in words that name method and parameter, and
 * the requests that good ones become. Arguments are written as in text.h.
 */
#include "lib/params.h"

#include <stdio.h>
#include <string.h>

#include "lib/codec/url.h"
#include "tests/unit/methods.h"
#include "tests/unit/text.h"
#include "tests/unit/unit.h"

/* A call's arguments, unpacked from text. */
struct given {
    struct azb_buf packed;
    msgpack_unpacked unpacked;
    struct azb_args args;
};

static int given_init(struct given *given, const char *method, const char *params,
                      struct azb_error *err)
{
    size_t used = 0;

    given->packed = (struct azb_buf){0};
    text_pack(params, &given->packed);
    msgpack_unpacked_init(&given->unpacked);
    ck_assert_int_eq(msgpack_unpack_next(&given->unpacked, (char *)given->packed.data,
                                         given->packed.len, &used),
                     MSGPACK_UNPACK_SUCCESS);
    return azb_args_check(&given->args, methods_find(method), &given->unpacked.data.via.map,
                          err);
}

static void given_clear(struct given *given)
{
    msgpack_unpacked_destroy(&given->unpacked);
    azb_buf_clear(&given->packed);
}

/* ---- checking ---- */

#define PROPERTIES "blob.get_blob_properties"
#define METADATA "blob.set_blob_metadata"
#define COMMIT "blob.commit_block_list"
#define LIST "container.list_blobs"
#define IN_CB "container: 'c', blob: 'b'"

static const struct {
    const char *label;
    const char *method;
    const char *params;
    enum azb_err what; /* AZB_OK: accepted */
    const char *named; /* in the message, beside the method */
} checks[] = {
    {"all that is needed", PROPERTIES, "{" IN_CB "}", AZB_OK, ""},
    {"names as bytes", PROPERTIES, "{container: <63>, blob: <00ff>}", AZB_ERR_INVALID_ARG,
     "'blob' holds a NUL"},
    {"nil is left out", PROPERTIES, "{" IN_CB ", lease: nil, timeout: nil}", AZB_OK, ""},
    {"nothing", PROPERTIES, "{}", AZB_ERR_INVALID_ARG, "'container' is missing"},
    {"one missing", PROPERTIES, "{container: 'c'}", AZB_ERR_INVALID_ARG, "'blob' is missing"},
    {"nil for a required one", PROPERTIES, "{container: 'c', blob: nil}", AZB_ERR_INVALID_ARG,
     "'blob' is missing"},
    {"unknown", PROPERTIES, "{" IN_CB ", leese: 'x'}", AZB_ERR_UNKNOWN_PARAM, "'leese'"},
    {"unknown, though nil", PROPERTIES, "{" IN_CB ", leese: nil}", AZB_ERR_UNKNOWN_PARAM,
     "'leese'"},
    {"another method's", PROPERTIES, "{" IN_CB ", delimiter: '/'}", AZB_ERR_UNKNOWN_PARAM,
     "'delimiter'"},
    {"in capitals", PROPERTIES, "{" IN_CB ", Lease: 'x'}", AZB_ERR_UNKNOWN_PARAM, "'Lease'"},
    {"an empty name", PROPERTIES, "{" IN_CB ", '': 'x'}", AZB_ERR_UNKNOWN_PARAM, "''"},
    {"a very long name", PROPERTIES, "{" IN_CB ", 'x'*5000: 1}", AZB_ERR_UNKNOWN_PARAM, "xxx"},
    {"a name that is a number", PROPERTIES, "{" IN_CB ", [1]: 'x'}", AZB_ERR_WRONG_TYPE,
     "an array"},
    {"an empty container", PROPERTIES, "{container: '', blob: 'b'}", AZB_ERR_INVALID_ARG,
     "'container' is empty"},
    {"an empty blob", PROPERTIES, "{container: 'c', blob: ''}", AZB_ERR_INVALID_ARG,
     "'blob' is empty"},
    {"a number for a name", PROPERTIES, "{container: 'c', blob: 5}", AZB_ERR_WRONG_TYPE,
     "'blob'"},
    {"a NUL in a name", PROPERTIES, "{container: 'c', blob: 'b\\x00c'}", AZB_ERR_INVALID_ARG,
     "'blob' holds a NUL"},
    {"the longest container", PROPERTIES, "{container: 'c'*63, blob: 'b'}", AZB_OK, ""},
    {"a longer one", PROPERTIES, "{container: 'c'*64, blob: 'b'}", AZB_ERR_INVALID_ARG,
     "'container' has 64"},
    {"a blob name too long", PROPERTIES, "{container: 'c', blob: 'b'*4097}",
     AZB_ERR_INVALID_ARG, "'blob' has 4097"},

    {"an int as text", PROPERTIES, "{" IN_CB ", timeout: '5'}", AZB_ERR_WRONG_TYPE,
     "'timeout'"},
    {"an int that is a float", PROPERTIES, "{" IN_CB ", timeout: 5.0}", AZB_ERR_WRONG_TYPE,
     "'timeout'"},
    {"too small", PROPERTIES, "{" IN_CB ", timeout: 0}", AZB_ERR_INVALID_ARG, "'timeout' is 0"},
    {"negative", PROPERTIES, "{" IN_CB ", timeout: -1}", AZB_ERR_INVALID_ARG,
     "'timeout' is -1"},
    {"the largest", LIST, "{container: 'c', results_per_page: 5000}", AZB_OK, ""},
    {"too large", LIST, "{container: 'c', results_per_page: 5001}", AZB_ERR_INVALID_ARG,
     "'results_per_page' is 5001"},
    {"a bool as a number", "container.delete_blobs",
     "{container: 'c', blobs: [], raise_on_any_failure: 1}", AZB_ERR_WRONG_TYPE,
     "'raise_on_any_failure'"},
    {"not one of them", PROPERTIES, "{" IN_CB ", priority: 'high'}", AZB_ERR_INVALID_ARG,
     "interactive, bulk"},
    {"one of them, cut", PROPERTIES, "{" IN_CB ", priority: 'bul'}", AZB_ERR_INVALID_ARG,
     "'priority'"},
    {"one of them and more", PROPERTIES, "{" IN_CB ", priority: 'bulk\\x00'}",
     AZB_ERR_INVALID_ARG, "'priority'"},
    {"an empty choice", PROPERTIES, "{" IN_CB ", priority: ''}", AZB_ERR_INVALID_ARG,
     "'priority'"},
    {"a choice that is a list", PROPERTIES, "{" IN_CB ", priority: ['bulk']}",
     AZB_ERR_WRONG_TYPE, "'priority'"},

    {"a time", PROPERTIES, "{" IN_CB ", if_modified_since: '2030-01-01T00:00:00Z'}", AZB_OK,
     ""},
    {"a time in seconds", PROPERTIES, "{" IN_CB ", if_modified_since: 0}", AZB_OK, ""},
    {"a time as on the wire", PROPERTIES,
     "{" IN_CB ", if_modified_since: 'Tue, 01 Jan 2030 00:00:00 GMT'}", AZB_ERR_WRONG_TYPE,
     "'if_modified_since'"},
    {"an empty time", PROPERTIES, "{" IN_CB ", if_modified_since: ''}", AZB_ERR_WRONG_TYPE,
     "'if_modified_since'"},
    {"after the year 9999", PROPERTIES, "{" IN_CB ", if_modified_since: 253402300800}",
     AZB_ERR_WRONG_TYPE, "'if_modified_since'"},
    {"before the year 1", PROPERTIES, "{" IN_CB ", if_modified_since: -62135596801}",
     AZB_ERR_WRONG_TYPE, "'if_modified_since'"},

    {"a list with one string", LIST, "{container: 'c', include: 'copy'}", AZB_OK, ""},
    {"a list", LIST, "{container: 'c', include: ['copy', 'tags']}", AZB_OK, ""},
    {"an unknown item", LIST, "{container: 'c', include: ['copy', 'tag']}", AZB_ERR_INVALID_ARG,
     "'include' cannot be 'tag'"},
    {"items in one string", LIST, "{container: 'c', include: 'copy,tags'}", AZB_ERR_INVALID_ARG,
     "'include'"},
    {"an item that is no string", LIST, "{container: 'c', include: ['copy', 1]}",
     AZB_ERR_WRONG_TYPE, "'include'"},
    {"a map for a list", LIST, "{container: 'c', include: {copy: true}}", AZB_ERR_WRONG_TYPE,
     "'include'"},

    {"the ETag's comparison is missing", PROPERTIES, "{" IN_CB ", etag: '\"0x1\"'}",
     AZB_ERR_INVALID_ARG, "'etag' without 'match_condition'"},
    {"the comparison's ETag is missing", PROPERTIES,
     "{" IN_CB ", match_condition: 'IfNotModified'}", AZB_ERR_INVALID_ARG,
     "'match_condition' without 'etag'"},
    {"and for the other comparison", PROPERTIES, "{" IN_CB ", match_condition: 'IfModified'}",
     AZB_ERR_INVALID_ARG, "'match_condition' without 'etag'"},
    {"no ETag needed", PROPERTIES, "{" IN_CB ", match_condition: 'IfPresent'}", AZB_OK, ""},
    {"an ETag that is nil", PROPERTIES, "{" IN_CB ", match_condition: 'IfModified', etag: nil}",
     AZB_ERR_INVALID_ARG, "'match_condition' without 'etag'"},
    {"another comparison", PROPERTIES, "{" IN_CB ", match_condition: 'If-Match', etag: 'x'}",
     AZB_ERR_INVALID_ARG, "'match_condition'"},
    {"a length without an offset", "blob.download_blob", "{" IN_CB ", length: 5}",
     AZB_ERR_INVALID_ARG, "'length' without 'offset'"},

    {"a whole key", PROPERTIES, "{" IN_CB ", cpk: {key_value: 'a', key_hash: 'b'}}", AZB_OK,
     ""},
    {"half a key", PROPERTIES, "{" IN_CB ", cpk: {key_value: 'a'}}", AZB_ERR_INVALID_ARG,
     "'cpk.key_hash' is missing"},
    {"half a key, and nil", PROPERTIES, "{" IN_CB ", cpk: {key_value: 'a', key_hash: nil}}",
     AZB_ERR_INVALID_ARG, "'cpk.key_hash' is missing"},
    {"a key that is a string", PROPERTIES, "{" IN_CB ", cpk: 'a'}", AZB_ERR_WRONG_TYPE,
     "'cpk'"},
    {"a field of a wrong type", PROPERTIES, "{" IN_CB ", cpk: {key_value: 1, key_hash: 'b'}}",
     AZB_ERR_WRONG_TYPE, "'cpk.key_value'"},
    {"an unknown field", PROPERTIES, "{" IN_CB ", cpk: {key_value: 'a', hash: 'b'}}",
     AZB_ERR_UNKNOWN_PARAM, "'cpk' has no field 'hash'"},
    {"a field with a number's name", PROPERTIES, "{" IN_CB ", cpk: {[1]: 'b'}}",
     AZB_ERR_WRONG_TYPE, "'cpk'"},
    {"a field with a long name", PROPERTIES, "{" IN_CB ", cpk: {'k'*200: 'b'}}",
     AZB_ERR_WRONG_TYPE, "'cpk'"},
    {"another algorithm", PROPERTIES,
     "{" IN_CB ", cpk: {key_value: 'a', key_hash: 'b', algorithm: 'DES'}}", AZB_ERR_INVALID_ARG,
     "'cpk.algorithm' cannot be 'DES'"},
    {"a digest too long", COMMIT,
     "{" IN_CB ", block_list: [], content_settings: {content_md5: <00>}}", AZB_OK, ""},
    {"a digest too long", COMMIT,
     "{" IN_CB ", block_list: [], content_settings: {content_md5: 'x'*17}}",
     AZB_ERR_INVALID_ARG, "'content_settings.content_md5' has 17"},

    {"metadata", METADATA, "{" IN_CB ", metadata: {a: '1', B_2: ''}}", AZB_OK, ""},
    {"metadata as pairs", METADATA, "{" IN_CB ", metadata: [['a', '1'], ['a', '2']]}", AZB_OK,
     ""},
    {"metadata as a list", METADATA, "{" IN_CB ", metadata: ['a', '1']}", AZB_ERR_WRONG_TYPE,
     "'metadata'"},
    {"metadata with three", METADATA, "{" IN_CB ", metadata: [['a', '1', '2']]}",
     AZB_ERR_WRONG_TYPE, "'metadata'"},
    {"metadata that is a string", METADATA, "{" IN_CB ", metadata: 'a=1'}", AZB_ERR_WRONG_TYPE,
     "'metadata'"},
    {"a number for a value", METADATA, "{" IN_CB ", metadata: {a: 1}}", AZB_ERR_WRONG_TYPE,
     "'metadata'"},
    {"nil for a value", METADATA, "{" IN_CB ", metadata: {a: nil}}", AZB_ERR_WRONG_TYPE,
     "'metadata'"},
    {"an empty metadata name", METADATA, "{" IN_CB ", metadata: {'': '1'}}",
     AZB_ERR_INVALID_ARG, "'metadata'"},
    {"a space in a metadata name", METADATA, "{" IN_CB ", metadata: {'a b': '1'}}",
     AZB_ERR_INVALID_ARG, "'a b'"},
    {"a colon in it", METADATA, "{" IN_CB ", metadata: {'a:b': '1'}}", AZB_ERR_INVALID_ARG,
     "'a:b'"},
    {"a line end in it", METADATA, "{" IN_CB ", metadata: {'a\\x0d\\x0ab': '1'}}",
     AZB_ERR_INVALID_ARG, "'metadata'"},
    {"a NUL in it", METADATA, "{" IN_CB ", metadata: {'a\\x00b': '1'}}", AZB_ERR_INVALID_ARG,
     "'metadata'"},
    {"a NUL in a metadata value", METADATA, "{" IN_CB ", metadata: {a: '1\\x002'}}",
     AZB_ERR_INVALID_ARG, "'metadata'"},
    {"a letter beyond ASCII in a name", METADATA, "{" IN_CB ", metadata: {'\xc3\xa4': '1'}}",
     AZB_ERR_INVALID_ARG, "'metadata'"},
    {"all of 8 KiB", METADATA, "{" IN_CB ", metadata: {a: 'x'*8191}}", AZB_OK, ""},
    {"more", METADATA, "{" IN_CB ", metadata: {a: 'x'*8191, b: ''}}", AZB_ERR_INVALID_ARG,
     "'metadata' has 8193"},

    {"ten tags", COMMIT,
     "{" IN_CB ", block_list: [], tags: {a: '', b: '', c: '', d: '', e: '', f: '', g: '', "
     "h: '', i: '', j: ''}}",
     AZB_OK, ""},
    {"eleven tags", COMMIT,
     "{" IN_CB ", block_list: [], tags: {a: '', b: '', c: '', d: '', e: '', f: '', g: '', "
     "h: '', i: '', j: '', k: ''}}",
     AZB_ERR_INVALID_ARG, "'tags' has 11"},
    {"the longest tag", COMMIT, "{" IN_CB ", block_list: [], tags: {'k'*128: 'v'*256}}", AZB_OK,
     ""},
    {"a tag's name too long", COMMIT, "{" IN_CB ", block_list: [], tags: {'k'*129: 'v'}}",
     AZB_ERR_INVALID_ARG, "'tags'"},
    {"a tag's value too long", COMMIT, "{" IN_CB ", block_list: [], tags: {k: 'v'*257}}",
     AZB_ERR_INVALID_ARG, "'tags'"},
    {"a tag without a name", COMMIT, "{" IN_CB ", block_list: [], tags: {'': 'v'}}",
     AZB_ERR_INVALID_ARG, "'tags'"},

    {"a block list that is a string", COMMIT, "{" IN_CB ", block_list: 'AAAA'}",
     AZB_ERR_WRONG_TYPE, "'block_list'"},
    {"a long block id", "blob.stage_block", "{" IN_CB ", block_id: 'i'*65, data: ''}",
     AZB_ERR_INVALID_ARG, "'block_id' has 65"},
    {"blobs that are a map", "container.delete_blobs", "{container: 'c', blobs: {a: 'b'}}",
     AZB_ERR_WRONG_TYPE, "'blobs'"},
    {"no container in the service's own", "service.delete_container", "{name: 'c'}",
     AZB_ERR_UNKNOWN_PARAM, "'name'"},
};

START_TEST(test_check)
{
    const char *label = checks[_i].label, *method = checks[_i].method;
    struct azb_error err = {0};
    struct given given;
    int rc = given_init(&given, method, checks[_i].params, &err);

    ck_assert_msg(err.what == checks[_i].what && rc == (err.what == AZB_OK ? 0 : -1),
                  "%s: %s %s", label, err.code, err.message);
    if (rc < 0) {
        ck_assert_msg(strncmp(err.message, method, strlen(method)) == 0, "%s: %s", label,
                      err.message);
        ck_assert_msg(strstr(err.message, checks[_i].named) != NULL, "%s: %s", label,
                      err.message);
    }
    given_clear(&given);
}
END_TEST

/* A float is right nowhere: whatever a parameter's type is, it says so, and whose it is. */
START_TEST(test_wrong_type)
{
    unsigned n;
    const struct azb_method *method = &azb_registry_all(methods_registry(), &n)[_i];
    const char *name = method->row->method;
    char params[128], quoted[80];

    for (unsigned i = 0; i < method->n_params; i++) {
        const char *param = method->params[i]->name;
        struct azb_error err = {0};
        struct given given;

        snprintf(params, sizeof(params), "{%s: 1.5}", param);
        snprintf(quoted, sizeof(quoted), ": '%s' is a float", param);
        ck_assert_msg(given_init(&given, name, params, &err) == -1, "%s%s: accepted", name,
                      params);
        ck_assert_msg(err.what == AZB_ERR_WRONG_TYPE &&
                          strncmp(err.message, name, strlen(name)) == 0 &&
                          strstr(err.message, quoted) != NULL,
                      "%s%s: %s", name, params, err.message);
        given_clear(&given);
    }
}
END_TEST

START_TEST(test_no_map)
{
    struct azb_error err = {0};
    struct azb_args args;

    ck_assert_int_eq(azb_args_check(&args, methods_find(LIST), NULL, &err), -1);
    ck_assert_int_eq(err.what, AZB_ERR_INVALID_ARG);
    ck_assert_int_eq(azb_args_check(&args, methods_find("service.list_containers"), NULL, &err),
                     0);
    ck_assert_ptr_null(azb_args_get(&args, "timeout"));
    ck_assert_ptr_null(azb_args_get(&args, "no such"));
}
END_TEST

START_TEST(test_access)
{
    struct azb_error err = {0};
    struct given given;

    ck_assert_int_eq(given_init(&given, "blob.download_blob",
                                "{" IN_CB ", offset: 9007199254740993, validate_content: true,"
                                " priority: 'bulk'}",
                                &err),
                     0);
    ck_assert_int_eq(azb_args_int(&given.args, "offset", -1), INT64_C(9007199254740993));
    ck_assert_int_eq(azb_args_int(&given.args, "length", -1), -1);
    ck_assert(azb_args_bool(&given.args, "validate_content", false));
    ck_assert(azb_args_bool(&given.args, "stream", true));
    ck_assert(!azb_args_bool(&given.args, "fd", false));
    ck_assert(azb_args_is(&given.args, "priority", "bulk"));
    ck_assert(!azb_args_is(&given.args, "priority", "bul"));
    ck_assert(!azb_args_is(&given.args, "use_location", "primary"));
    given_clear(&given);
}
END_TEST

/* ---- requests ---- */

/* "VERB path?name=value&name=value", and a line for each header. */
static void request_print(const struct azb_request *req, struct azb_buf *ret)
{
    azb_buf_printf(ret, "%s %s", req->verb, req->path);
    for (unsigned i = 0; i < req->n_query; i++)
        azb_buf_printf(ret, "%c%s=%s", i == 0 ? '?' : '&', req->query[i].name,
                       req->query[i].value);
    for (unsigned i = 0; i < req->n_headers; i++)
        azb_buf_printf(ret, "\n%s: %s", req->headers[i].name, req->headers[i].value);
}

/* Check and build; the arguments are good ones. *ret gets the request, as text. */
static int build(const char *label, const char *method, char *base_path, bool is_https,
                 const char *params, struct azb_buf *ret, struct azb_error *err)
{
    struct azb_location location = {.base_path = base_path};
    struct azb_request req = {.arena = azb_arena_new()};
    struct azb_buf scratch = {0};
    struct given given;
    int rc;

    ck_assert_msg(given_init(&given, method, params, err) == 0, "%s: %s", label, err->message);
    rc = azb_request_build(&req, &given.args, &location, is_https, &scratch, err);
    if (rc == 0)
        request_print(&req, ret);
    azb_buf_clear(&scratch);
    azb_arena_free(req.arena);
    given_clear(&given);
    return rc;
}

static const struct {
    const char *label;
    const char *method;
    const char *params;
    const char *want;
} requests[] = {
    {"the least", PROPERTIES, "{" IN_CB "}", "HEAD /c/b"},
    {"no placeholder", "service.list_containers", "{}", "GET /?comp=list"},

    {"a space", PROPERTIES, "{container: 'c', blob: 'a b'}", "HEAD /c/a%20b"},
    {"what would end a path", PROPERTIES, "{container: 'c', blob: 'a?b#c'}",
     "HEAD /c/a%3Fb%23c"},
    {"an escape is no escape", PROPERTIES, "{container: 'c', blob: 'a%20b%'}",
     "HEAD /c/a%2520b%25"},
    {"a plus sign", PROPERTIES, "{container: 'c', blob: 'a+b&c=d'}", "HEAD /c/a%2Bb%26c%3Dd"},
    {"UTF-8", PROPERTIES, "{container: 'c', blob: '\xc3\xa4/\xe4\xbd\xa0'}",
     "HEAD /c/%C3%A4/%E4%BD%A0"},
    {"no UTF-8", PROPERTIES, "{container: 'c', blob: <ff80>}", "HEAD /c/%FF%80"},
    {"a slash in front", PROPERTIES, "{container: 'c', blob: '/a'}", "HEAD /c//a"},
    {"slashes", PROPERTIES, "{container: 'c', blob: 'a//b/'}", "HEAD /c/a//b/"},
    {"only a slash", PROPERTIES, "{container: 'c', blob: '/'}", "HEAD /c//"},
    {"dots", PROPERTIES, "{container: 'c', blob: '../x/./..'}", "HEAD /c/../x/./.."},
    {"a backslash", PROPERTIES, "{container: 'c', blob: 'a\\x5cb'}", "HEAD /c/a%5Cb"},
    {"line ends", PROPERTIES, "{container: 'c', blob: 'a\\x0d\\x0ab'}", "HEAD /c/a%0D%0Ab"},
    {"the root container", PROPERTIES, "{container: '$root', blob: 'b'}", "HEAD /%24root/b"},
    {"a container stays one segment", PROPERTIES, "{container: 'c/d', blob: 'b'}",
     "HEAD /c%2Fd/b"},
    {"also where it is called name", "service.create_container", "{name: 'c/d'}",
     "PUT /c%2Fd?restype=container"},

    {"fixed query first, then the row's order, then what all have", LIST,
     "{timeout: 7, start_from: 's', include: ['tags', 'copy'], results_per_page: 2, "
     "continuation_token: 'm/1 +%', name_starts_with: 'p&q', container: 'c'}",
     "GET /c?restype=container&comp=list&prefix=p&q&marker=m/1 "
     "+%&maxresults=2&include=tags,copy"
     "&startFrom=s&timeout=7"},
    {"a list of one", LIST, "{container: 'c', include: 'copy'}",
     "GET /c?restype=container&comp=list&include=copy"},
    {"an empty list", LIST, "{container: 'c', include: []}",
     "GET /c?restype=container&comp=list"},
    {"an empty prefix", LIST, "{container: 'c', name_starts_with: ''}",
     "GET /c?restype=container&comp=list&prefix="},
    {"flags", "service.list_containers",
     "{include_system: true, include_metadata: true, include_deleted: true}",
     "GET /?comp=list&include=metadata,deleted,system"},
    {"flags that are off", "service.list_containers",
     "{include_system: true, include_metadata: false}", "GET /?comp=list&include=system"},
    {"no flag", "service.list_containers", "{include_deleted: false}", "GET /?comp=list"},
    {"a preset", "container.walk_blobs", "{container: 'c'}",
     "GET /c?restype=container&comp=list&delimiter=/"},
    {"instead of the preset", "container.walk_blobs", "{container: 'c', delimiter: '::'}",
     "GET /c?restype=container&comp=list&delimiter=::"},
    {"what only the daemon reads", PROPERTIES,
     "{" IN_CB
     ", client: 'x', priority: 'bulk', deadline_ms: 5, retry_total: 0, stream: false, "
     "client_request_id: 'id'}",
     "HEAD /c/b"},
    {"base64", "blob.stage_block", "{" IN_CB ", block_id: <00ff10>, data: 'xyz'}",
     "PUT /c/b?comp=block&blockid=AP8Q"},
    {"base64 of a string", "blob.stage_block", "{" IN_CB ", block_id: 'AAA0', data: ''}",
     "PUT /c/b?comp=block&blockid=QUFBMA=="},
    {"snapshot and version as they came", PROPERTIES,
     "{" IN_CB ", snapshot: '2030-01-01T00:00:00.1234567Z'}",
     "HEAD /c/b?snapshot=2030-01-01T00:00:00.1234567Z"},
    {"an upload's fixed header", "blob.upload_blob", "{" IN_CB ", data: 'x'}",
     "PUT /c/b\nx-ms-blob-type: BlockBlob"},

    {"metadata keeps its case and order", METADATA,
     "{" IN_CB ", metadata: {Zeta: '1', aLPHA: ' two  words ', empty: ''}}",
     "PUT /c/b?comp=metadata\nx-ms-meta-Zeta: 1\nx-ms-meta-aLPHA: two  "
     "words\nx-ms-meta-empty: "},
    {"metadata twice", METADATA, "{" IN_CB ", metadata: [['a', '2'], ['a', '1']]}",
     "PUT /c/b?comp=metadata\nx-ms-meta-a: 2\nx-ms-meta-a: 1"},
    {"metadata beyond ASCII", METADATA, "{" IN_CB ", metadata: {a: '\xc3\xa4'}}",
     "PUT /c/b?comp=metadata\nx-ms-meta-a: \xc3\xa4"},
    {"no metadata", METADATA, "{" IN_CB ", metadata: {}}", "PUT /c/b?comp=metadata"},
    {"tags", COMMIT, "{" IN_CB ", block_list: [], tags: {'a b': 'c/d', 'e=': 'f+', g: ''}}",
     "PUT /c/b?comp=blocklist\nx-ms-tags: a%20b=c%2Fd&e%3D=f%2B&g="},
    {"no tags", COMMIT, "{" IN_CB ", block_list: [], tags: {}}", "PUT /c/b?comp=blocklist"},
    {"times", PROPERTIES,
     "{" IN_CB ", if_modified_since: '2030-01-01T01:00:00+01:00', if_unmodified_since: 0}",
     "HEAD /c/b\nIf-Modified-Since: Tue, 01 Jan 2030 00:00:00 GMT"
     "\nIf-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"},
    {"a model", COMMIT,
     "{" IN_CB ", block_list: [], content_settings: {cache_control: 'no-cache', "
     "content_md5: <00112233445566778899aabbccddeeff>, content_type: 'a/b', "
     "content_language: nil}}",
     "PUT /c/b?comp=blocklist\nx-ms-blob-content-type: a/b"
     "\nx-ms-blob-content-md5: ABEiM0RVZneImaq7zN3u/w==\nx-ms-blob-cache-control: no-cache"},
    {"a key, with its preset", PROPERTIES, "{" IN_CB ", cpk: {key_value: 'a', key_hash: 'b'}}",
     "HEAD /c/b\nx-ms-encryption-key: a\nx-ms-encryption-key-sha256: b"
     "\nx-ms-encryption-algorithm: AES256"},
    {"a bool", COMMIT, "{" IN_CB ", block_list: [], legal_hold: false}",
     "PUT /c/b?comp=blocklist\nx-ms-legal-hold: false"},
    {"conditions", PROPERTIES,
     "{" IN_CB ", lease: 'L', etag: '\"0x1\"', match_condition: 'IfNotModified', "
     "if_tags_match_condition: 'a = \\x27b\\x27'}",
     "HEAD /c/b\nx-ms-lease-id: L\nIf-Match: \"0x1\"\nx-ms-if-tags: a = 'b'"},
    {"changed since", PROPERTIES, "{" IN_CB ", etag: '\"0x1\"', match_condition: 'IfModified'}",
     "HEAD /c/b\nIf-None-Match: \"0x1\""},
    {"exists", PROPERTIES, "{" IN_CB ", match_condition: 'IfPresent'}",
     "HEAD /c/b\nIf-Match: *"},
    {"is missing", PROPERTIES, "{" IN_CB ", match_condition: 'IfMissing'}",
     "HEAD /c/b\nIf-None-Match: *"},
    {"an ETag that does not count", PROPERTIES,
     "{" IN_CB ", etag: 'x', match_condition: 'IfMissing'}", "HEAD /c/b\nIf-None-Match: *"},
};

START_TEST(test_request)
{
    static char no_base[] = "", base[] = "/devstoreaccount1";
    const char *label = requests[_i].label, *want = requests[_i].want;
    size_t verb_n = strcspn(want, " ") + 1;
    struct azb_buf got = {0};
    struct azb_error err = {0};

    ck_assert_msg(
        build(label, requests[_i].method, no_base, true, requests[_i].params, &got, &err) == 0,
        "%s: %s", label, err.message);
    ck_assert_msg(strcmp(azb_buf_cstr(&got), want) == 0, "%s:\n%s", label, got.data);
    got.len = 0;
    build(label, requests[_i].method, base, true, requests[_i].params, &got, &err);
    ck_assert_msg(strncmp(azb_buf_cstr(&got) + verb_n, base, strlen(base)) == 0 &&
                      strcmp((char *)got.data + verb_n + strlen(base), want + verb_n) == 0,
                  "%s, path style:\n%s", label, got.data);
    azb_buf_clear(&got);
}
END_TEST

static const struct {
    const char *label;
    const char *method;
    bool is_https;
    const char *params;
    const char *named;
} refusals[] = {
    {"a key over plain http", PROPERTIES, false,
     "{" IN_CB ", cpk: {key_value: 'a', key_hash: 'b'}}", "'cpk'"},
    {"a line end in a header", PROPERTIES, true, "{" IN_CB ", lease: 'a\\x0d\\x0aHost: x'}",
     "'lease'"},
    {"a line end in metadata", METADATA, true, "{" IN_CB ", metadata: {k: 'a\\x0ab'}}",
     "'metadata'"},
    {"a tab inside metadata", METADATA, true, "{" IN_CB ", metadata: {k: 'a\\x09b'}}",
     "x-ms-meta-k"},
    {"a line end in a model", COMMIT, true,
     "{" IN_CB ", block_list: [], content_settings: {content_type: 'a\\x0d'}}",
     "'content_type'"},
    {"a line end in an ETag", PROPERTIES, true,
     "{" IN_CB ", etag: 'a\\x0ab', match_condition: 'IfModified'}", "'match_condition'"},
    {"DEL", PROPERTIES, true, "{" IN_CB ", if_tags_match_condition: '\\x7f'}",
     "'if_tags_match_condition'"},
};

START_TEST(test_refused_request)
{
    static char no_base[] = "";
    const char *label = refusals[_i].label, *method = refusals[_i].method;
    struct azb_buf got = {0};
    struct azb_error err = {0};

    ck_assert_msg(build(label, method, no_base, refusals[_i].is_https, refusals[_i].params,
                        &got, &err) == -1,
                  "%s: built", label);
    ck_assert_int_eq(err.what, AZB_ERR_INVALID_ARG);
    ck_assert_msg(strncmp(err.message, method, strlen(method)) == 0 &&
                      strstr(err.message, refusals[_i].named) != NULL,
                  "%s: %s", label, err.message);
    azb_buf_clear(&got);
}
END_TEST

/* Metadata in more headers than a request may have. */
START_TEST(test_too_many_headers)
{
    static char no_base[] = "";
    struct azb_buf params = {0}, got = {0};
    struct azb_error err = {0};

    azb_buf_puts(&params, "{" IN_CB ", metadata: {");
    for (int i = 0; i <= AZB_REQUEST_MAX_HEADERS; i++)
        azb_buf_printf(&params, "%sk%d: ''", i > 0 ? ", " : "", i);
    azb_buf_puts(&params, "}}");
    ck_assert_int_eq(build("many", METADATA, no_base, true, azb_buf_cstr(&params), &got, &err),
                     -1);
    ck_assert_int_eq(err.what, AZB_ERR_INVALID_ARG);
    ck_assert_ptr_nonnull(strstr(err.message, "128 headers"));
    azb_buf_clear(&params);
    azb_buf_clear(&got);
}
END_TEST

/* Whatever byte a name holds: the path holds only plain characters, and says the same name. */
START_TEST(test_every_byte)
{
    static char no_base[] = "";
    struct azb_buf got = {0};
    struct azb_error err = {0};
    char params[64], want[4] = {'x', (char)_i, 'y', '\0'};
    char *name;

    snprintf(params, sizeof(params), "{container: 'c', blob: 'x\\x%02xy'}", (unsigned)_i);
    ck_assert_int_eq(build(params, PROPERTIES, no_base, true, params, &got, &err), 0);
    name = (char *)azb_buf_cstr(&got) + strlen("HEAD /c/");
    ck_assert_msg(name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789-._~/%")] == '\0',
                  "%s", name);
    ck_assert_int_eq(azb_url_decode(name, strlen(name)), 3);
    ck_assert_msg(memcmp(name, want, 3) == 0, "byte %02x: %s", (unsigned)_i, got.data);
    azb_buf_clear(&got);
}
END_TEST

/* ---- arguments of another method; targets ---- */

START_TEST(test_derive)
{
    struct azb_error err = {0};
    struct given given;
    struct azb_args args;

    ck_assert_int_eq(given_init(&given, "blob.upload_blob",
                                "{" IN_CB ", lease: 'L', tags: {a: 'b'}, timeout: 3}", &err),
                     0);
    azb_args_derive(&args, methods_find(PROPERTIES), &given.args);
    ck_assert(azb_args_is(&args, "container", "c"));
    ck_assert(azb_args_is(&args, "lease", "L"));
    ck_assert_int_eq(azb_args_int(&args, "timeout", 0), 3);
    ck_assert_ptr_null(azb_args_get(&args, "tags"));
    ck_assert_ptr_null(azb_args_get(&args, "snapshot"));
    ck_assert_int_eq(azb_args_end(&args, &err), 0);
    given_clear(&given);
}
END_TEST

static const struct {
    const char *label;
    const char *method;
    const char *params;
    const char *want;
} targets[] = {
    {"container and blob", PROPERTIES, "{container: 'c', blob: 'a/b'}", "c/a/b"},
    {"a container", LIST, "{container: 'c'}", "c"},
    {"by another name", "service.create_container", "{name: 'c'}", "c"},
    {"the account", "service.list_containers", "{}", ""},
    {"UTF-8", PROPERTIES, "{container: 'c', blob: '\xc3\xa4'}", "c/\xc3\xa4"},
    {"control characters", PROPERTIES, "{container: 'c', blob: 'a\\x0d\\x0a\\x1b[\\x7f'}",
     "c/a??\?[?"},
    {"just fits", PROPERTIES, "{container: 'c', blob: 'bbbbbbbbbbbbb'}", "c/bbbbbbbbbbbbb"},
    {"too long", PROPERTIES, "{container: 'c', blob: 'b'*14}", "c/bbbbbbbbbb..."},
    {"much too long", PROPERTIES, "{container: 'c'*63, blob: 'b'}", "cccccccccccc..."},
    {"cut inside a character", PROPERTIES, "{container: 'c', blob: '\xe4\xbd\xa0'*9}",
     "c/\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0..."},
};

START_TEST(test_target)
{
    struct azb_error err = {0};
    struct given given;
    char got[16];

    ck_assert_int_eq(given_init(&given, targets[_i].method, targets[_i].params, &err), 0);
    memset(got, 'x', sizeof(got));
    azb_args_target(&given.args, got, sizeof(got));
    ck_assert_msg(strcmp(got, targets[_i].want) == 0, "%s: %s", targets[_i].label, got);
    given_clear(&given);
}
END_TEST

static Suite *params_suite(void)
{
    Suite *suite = suite_create("params");
    TCase *tcase = tcase_create("params");
    unsigned n_methods;

    azb_registry_all(methods_registry(), &n_methods);
    UNIT_TABLE(tcase, test_check, checks);
    tcase_add_loop_test(tcase, test_wrong_type, 0, (int)n_methods);
    tcase_add_test(tcase, test_no_map);
    tcase_add_test(tcase, test_access);
    UNIT_TABLE(tcase, test_request, requests);
    UNIT_TABLE(tcase, test_refused_request, refusals);
    tcase_add_test(tcase, test_too_many_headers);
    tcase_add_loop_test(tcase, test_every_byte, 1, 256);
    tcase_add_test(tcase, test_derive);
    UNIT_TABLE(tcase, test_target, targets);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(params_suite)
