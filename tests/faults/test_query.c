/*
 * test_query.c: queries through a real daemon: what is asked, and answers that are whole, cut,
 * slow, long or wrong. Nothing but an answer with its end record may come out as a success.
 */
#define _GNU_SOURCE 1 /* memfd_create() */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "proto/buf.h"
#include "proto/value.h"
#include "tests/faults/scene.h"
#include "tests/unit/avro_file.h"
#include "tests/unit/unit.h"

enum {
    TEST_LIMIT_S = 120,
    MAX_WANTED = 12,
    LONG_RECORDS = 64, /* of 1 MiB each */
    LONG_RECORD = 1024 * 1024,
    MAX_RSS_GROWTH_KIB = 16 * 1024,
};

#define TARGET "'container':'c','blob':'b'"
#define QUERY(more) "blob.query_blob", "{" TARGET ",'query_expression':'SELECT *'" more "}"
#define END_BLOCK "[1: 3 16]"
#define RESULT_BLOCKS \
    "[1: 0 '1,a;'] [1: 1 <00> 'ParseError' 'bad row' 10] [1: 0 '2,b;'] [1: 2 16 16]" END_BLOCK
#define RESULT AVRO_HEADER RESULT_BLOCKS
#define RESULT_DATA "1,a;2,b;"

/* The same under a schema that is short, since each cut of it costs a connection. */
#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":\"" type "\"}"
#define RECORD(name, fields) \
    "{\"type\":\"record\",\"name\":\"" name "\",\"fields\":[" fields "]}"
#define SHORT_RESULT                                                                           \
    AVRO_MAGIC "1 'avro.schema' '[" RECORD("resultData", FIELD("data", "bytes")) "," RECORD(   \
        "error",                                                                               \
        FIELD("fatal", "boolean") "," FIELD("name", "string") "," FIELD(                       \
            "description",                                                                     \
            "string") "," FIELD("position",                                                    \
                                "long")) "," RECORD("progress",                                \
                                                    FIELD("bytesScanned", "long") "," FIELD(   \
                                                        "totalBytes",                          \
                                                        "long")) "," RECORD("end",             \
                                                                            FIELD(             \
                                                                                "totalBytes",  \
                                                                                "long")) "]' " \
                                                                                         "0 "  \
                                                                                         "%"   \
                                                                                         " " RESULT_BLOCKS

/* ---- what is asked ---- */

#define XML_START                                \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>" \
    "<QueryRequest><QueryType>SQL</QueryType><Expression>SELECT *</Expression>"
#define XML_END "</QueryRequest>"
#define FORMAT(place, type, config, inside)                                   \
    "<" place "><Format><Type>" type "</Type><" config ">" inside "</" config \
    "></Format></" place ">"
#define BOTH(type, config, inside)                     \
    FORMAT("InputSerialization", type, config, inside) \
    FORMAT("OutputSerialization", type, config, inside)
#define DELIMITED(column, quote, record, escape, headers)                             \
    "<ColumnSeparator>" column "</ColumnSeparator><FieldQuote>" quote "</FieldQuote>" \
    "<RecordSeparator>" record "</RecordSeparator><EscapeChar>" escape                \
    "</EscapeChar><HasHeaders>" headers "</HasHeaders>"

static const struct {
    const char *label;
    const char *params; /* besides container, blob and 'SELECT *' */
    const char *want;   /* between the expression and the end */
} bodies[] = {
    {"no format", "", ""},
    {"delimited text as it is", ",'blob_format':{'type':'delimited'}",
     BOTH("delimited", "DelimitedTextConfiguration", DELIMITED(",", "\"", "\n", "", "false"))},
    {"delimited text in all its ways",
     ",'blob_format':{'type':'delimited','delimiter':';','quotechar':'`','lineterminator':'|',"
     "'escapechar':'\\\\','has_header':true}",
     BOTH("delimited", "DelimitedTextConfiguration", DELIMITED(";", "`", "|", "\\", "true"))},
    {"characters that XML would take for its own",
     ",'blob_format':{'type':'delimited','delimiter':'<','quotechar':'&','lineterminator':'"
     "\\r\\n',"
     "'escapechar':'>'}",
     BOTH("delimited", "DelimitedTextConfiguration",
          DELIMITED("&lt;", "&amp;", "&#13;\n", "&gt;", "false"))},
    {"JSON", ",'blob_format':{'type':'json'}",
     BOTH("json", "JsonTextConfiguration", "<RecordSeparator>\n</RecordSeparator>")},
    {"JSON by lines of its own", ",'blob_format':{'type':'json','delimiter':'\\t'}",
     BOTH("json", "JsonTextConfiguration", "<RecordSeparator>\t</RecordSeparator>")},
    {"JSON to delimited text",
     ",'blob_format':{'type':'json'},'output_format':{'type':'delimited','delimiter':';'}",
     FORMAT("InputSerialization", "json", "JsonTextConfiguration",
            "<RecordSeparator>\n</RecordSeparator>")
         FORMAT("OutputSerialization", "delimited", "DelimitedTextConfiguration",
                DELIMITED(";", "\"", "\n", "", "false"))},
    {"only the output", ",'output_format':{'type':'json'}",
     FORMAT("OutputSerialization", "json", "JsonTextConfiguration",
            "<RecordSeparator>\n</RecordSeparator>")},
    {"Parquet", ",'blob_format':{'type':'parquet'}",
     FORMAT("InputSerialization", "parquet", "ParquetTextConfiguration", " ")},
    {"Parquet to JSON", ",'blob_format':{'type':'parquet'},'output_format':{'type':'json'}",
     FORMAT("InputSerialization", "parquet", "ParquetTextConfiguration", " ")
         FORMAT("OutputSerialization", "json", "JsonTextConfiguration",
                "<RecordSeparator>\n</RecordSeparator>")},
    {"Arrow",
     ",'output_format':{'type':'arrow','schema':[{'type':'decimal','name':'a<b','precision':4,"
     "'scale':2},{'type':'int64'}]}",
     FORMAT("OutputSerialization", "arrow", "ArrowConfiguration",
            "<Schema><Field><Type>decimal</Type><Name>a&lt;b</Name><Precision>4</Precision>"
            "<Scale>2</Scale></Field><Field><Type>int64</Type></Field></Schema>")},
};

START_TEST(test_body)
{
    struct azb_buf answer = {0}, params = {0}, wanted = {0};
    struct fake_step steps[] = {{"POST /c/b?comp=query", .reply = 200}, {0}};
    const struct azb_msg *response;
    const struct fake_request *request;
    struct scene it;

    avro_file_write(RESULT, &answer);
    steps[0].body = (const char *)answer.data;
    steps[0].body_bytes = answer.len;
    azb_buf_printf(&params, "{" TARGET ",'query_expression':'SELECT *'%s}", bodies[_i].params);
    azb_buf_printf(&wanted, XML_START "%s" XML_END, bodies[_i].want);
    it = scene_start(steps, NULL, NULL);
    response = rpc_call(it.rpc, "blob.query_blob", azb_buf_cstr(&params));
    ck_assert_msg(response->error == NULL, "%s: %s", bodies[_i].label,
                  rpc_text(response->error, "message"));
    request = fake_request(it.fake, 0);
    ck_assert_msg(strcmp(request->body, azb_buf_cstr(&wanted)) == 0, "%s: %s", bodies[_i].label,
                  request->body);
    ck_assert_str_eq(fake_request_header(request, "Content-Type"), "application/xml");
    scene_stop(&it, bodies[_i].label);
    azb_buf_clear(&answer);
    azb_buf_clear(&params);
    azb_buf_clear(&wanted);
}
END_TEST

/* Where each other parameter goes. */
START_TEST(test_places)
{
    static const struct {
        const char *name, *value;
    } headers[] = {
        {"x-ms-lease-id", "l"},
        {"If-Modified-Since", "Thu, 01 Jan 1970 00:00:01 GMT"},
        {"If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:02 GMT"},
        {"If-Match", "\"0x8\""},
        {"x-ms-if-tags", "\"k\"='v'"},
    };
    struct azb_buf answer = {0};
    struct fake_step steps[] = {
        {"POST /c/d/b?comp=query&snapshot=2029-12-31T00%3A00%3A00.0000000Z&timeout=7",
         .reply = 206},
        {0}};
    const struct azb_msg *response;
    struct scene it;

    avro_file_write(RESULT, &answer);
    steps[0].body = (const char *)answer.data;
    steps[0].body_bytes = answer.len;
    it = scene_start(steps, NULL, NULL);
    response = rpc_call(it.rpc, "blob.query_blob",
                        "{'container':'c','blob':'d/b','query_expression':'a<b & c\\r',"
                        "'snapshot':'2029-12-31T00:00:00.0000000Z','timeout':7,'lease':'l',"
                        "'if_modified_since':1,'if_unmodified_since':2,"
                        "'etag':'\\u00220x8\\u0022','match_condition':'IfNotModified',"
                        "'if_tags_match_condition':'\\u0022k\\u0022=\\u0027v\\u0027'}");
    ck_assert_msg(response->error == NULL, "%s", rpc_text(response->error, "message"));
    for (size_t i = 0; i < N_ELEMENTS(headers); i++)
        ck_assert_str_eq(fake_request_header(fake_request(it.fake, 0), headers[i].name),
                         headers[i].value);
    ck_assert_ptr_nonnull(
        strstr(fake_request(it.fake, 0)->body, "<Expression>a&lt;b &amp; c&#13;</Expression>"));
    scene_stop(&it, "places");
    azb_buf_clear(&answer);
}
END_TEST

static const struct {
    const char *label;
    const char *params;
    const char *want; /* in the message */
} refused[] = {
    {"no expression", "{" TARGET "}", "'query_expression' is missing"},
    {"a control character", "{" TARGET ",'query_expression':'a\\u0001'}",
     "'query_expression' holds a character that XML cannot have"},
    {"a control character as a separator",
     "{" TARGET ",'query_expression':'s','blob_format':{'type':'json','delimiter':'\\u0001'}}",
     "'blob_format' holds a character"},
    {"a format without a type", "{" TARGET ",'query_expression':'s','blob_format':{}}",
     "'blob_format.type' is missing"},
    {"a format that is none",
     "{" TARGET ",'query_expression':'s','blob_format':{'type':'xml'}}", "blob_format.type"},
    {"Arrow to read from", "{" TARGET ",'query_expression':'s','blob_format':{'type':'arrow'}}",
     "blob_format.type"},
    {"Parquet to write",
     "{" TARGET ",'query_expression':'s','output_format':{'type':'parquet'}}",
     "output_format.type"},
    {"a quote in JSON",
     "{" TARGET ",'query_expression':'s','blob_format':{'type':'json','quotechar':'q'}}",
     "'blob_format.quotechar' does not go with json"},
    {"a schema for text",
     "{" TARGET ",'query_expression':'s','output_format':{'type':'json','schema':[]}}",
     "'output_format.schema' does not go with json"},
    {"Arrow without a schema",
     "{" TARGET ",'query_expression':'s','output_format':{'type':'arrow'}}",
     "arrow needs its 'schema'"},
    {"a column that is no map",
     "{" TARGET ",'query_expression':'s','output_format':{'type':'arrow','schema':[5]}}",
     "output_format.schema"},
    {"a column without a type",
     "{" TARGET
     ",'query_expression':'s','output_format':{'type':'arrow','schema':[{'name':'a'}]}}",
     "output_format.schema"},
    {"another type", "{" TARGET ",'query_expression':'s','blob_format':'json'}", "blob_format"},
    {"a stream into a descriptor that did not come",
     "{" TARGET ",'query_expression':'s','fd':true}", "no descriptor came"},
    {"a customer's key over plain http",
     "{" TARGET ",'query_expression':'s','cpk':{'key_value':'a','key_hash':'b'}}", "https"},
};

START_TEST(test_refused)
{
    static const struct fake_step nothing[] = {{0}};
    struct scene it = scene_start(nothing, NULL, NULL);
    const struct azb_msg *response = rpc_call(it.rpc, "blob.query_blob", refused[_i].params);

    ck_assert_msg(response->error != NULL, "%s: sent", refused[_i].label);
    ck_assert_msg(strstr(rpc_text(response->error, "message"), refused[_i].want) != NULL,
                  "%s: %s", refused[_i].label, rpc_text(response->error, "message"));
    scene_stop(&it, refused[_i].label);
}
END_TEST

/* ---- what comes back ---- */

/* A service that has one result, and ways to deliver it. */
struct served_result {
    struct azb_buf file;
    size_t n; /* of its bytes that are sent as if they were all; 0: all */
    enum fake_fault fault;
    size_t cut;
    unsigned n_cuts; /* how many answers have the fault */
    bool is_chunked;
    unsigned n_requests;
};

static void result_serve(const struct fake_request *request, struct fake_step *reply, void *arg)
{
    struct served_result *result = arg;

    (void)request;
    *reply = (struct fake_step){.reply = 200,
                                .header = "ETag: \"0x8DC1\"\nContent-Type: avro/binary",
                                .body = (const char *)result->file.data,
                                .body_bytes = result->n > 0 ? result->n : result->file.len,
                                .is_chunked = result->is_chunked};
    if (result->n_requests++ < result->n_cuts) {
        reply->fault = result->fault;
        reply->after_bytes = result->cut;
        reply->in_body = true;
    }
}

static struct scene result_scene(struct served_result *result, const char *file,
                                 const char *config)
{
    avro_file_write(file, &result->file);
    return scene_start(
        NULL, &(struct fake_options){.handler = result_serve, .handler_arg = result}, config);
}

static void result_scene_stop(struct scene *it, struct served_result *result, const char *label)
{
    scene_stop(it, label);
    azb_buf_clear(&result->file);
}

static const struct {
    const char *label;
    const char *file;
    struct wanted wanted[MAX_WANTED];
} results[] = {
    {"data and an error",
     RESULT,
     {WANT_SUCCESS,
      {"data", "312c613b322c623b"},
      {"size", "8"},
      {"total_bytes", "16"},
      {"error_count", "1"},
      {"errors", "[1]"},
      {"errors.0.error", "ParseError"},
      {"errors.0.is_fatal", "false"},
      {"errors.0.description", "bad row"},
      {"errors.0.position", "10"},
      {"properties.etag", "\"0x8DC1\""}}},
    {"nothing found",
     AVRO_HEADER END_BLOCK,
     {WANT_SUCCESS, {"data", ""}, {"size", "0"}, {"errors", "[0]"}, {"total_bytes", "16"}}},
    {"a fatal error",
     AVRO_HEADER "[1: 0 'abc'] [1: 1 <01> 'InternalError' 'It ended.' 77] [1: 2 9 9]" END_BLOCK,
     {{"code", "InternalError"},
      {"kind", "HttpResponseError"},
      {"message", "the query ended at position 77 with InternalError: It ended."},
      {"status", "200"},
      {"attempts", "1"},
      {"operation", "blob.query_blob"},
      {"target", "c/b"}}},
    {"a fatal error without a name",
     AVRO_HEADER "[1: 1 <01> '' '' 0]",
     {{"code", "ServiceError"}, {"message", "the query ended at position 0 with : "}}},
    {"another sync marker",
     AVRO_HEADER "1 2 3 16 <ff>" END_BLOCK,
     {{"code", "UnreadableResponse"}, {"attempts", "1"}}},
    {"a page of HTML", "<3c68746d6c3e>", {{"code", "UnreadableResponse"}, {"attempts", "1"}}},
    {"no end", AVRO_HEADER "[1: 0 'abc']", {{"code", "IncompleteBody"}, {"attempts", "3"}}},
};

START_TEST(test_result)
{
    struct served_result result = {.is_chunked = true};
    struct scene it = result_scene(&result, results[_i].file, NULL);

    check_wanted(results[_i].label, rpc_call(it.rpc, QUERY(",'retry_total':2")),
                 results[_i].wanted);
    result_scene_stop(&it, &result, results[_i].label);
    coverage_note("recording", "blob.query_blob");
}
END_TEST

static bool is_whole(const msgpack_object *result)
{
    const msgpack_object *data = azb_map_find(azb_value_map(result), "data");

    return azb_value_is(data, RESULT_DATA) && strcmp(rpc_text(result, "error_count"), "1") == 0;
}

/* A connection that breaks anywhere, once: each time all of the result arrives. */
START_TEST(test_cut_everywhere)
{
    static const enum fake_fault faults[] = {FAKE_RESET, FAKE_CLOSE};
    struct served_result result = {.fault = faults[_i], .n_cuts = 1, .is_chunked = true};
    struct scene it = result_scene(&result, SHORT_RESULT, NULL);

    for (result.cut = 0; result.cut < result.file.len; result.cut++) {
        const struct azb_msg *response;

        result.n_requests = 0;
        response = rpc_call(it.rpc, QUERY(""));
        ck_assert_msg(response->error == NULL, "cut at %zu: %s", result.cut,
                      rpc_text(response->error, "message"));
        ck_assert_msg(is_whole(response->result), "cut at %zu: other bytes", result.cut);
        ck_assert_msg(result.n_requests == 2, "cut at %zu: %u requests", result.cut,
                      result.n_requests);
    }
    result_scene_stop(&it, &result, "cut");
}
END_TEST

/* An answer that is in order as HTTP, but is not all of the file: never a success. */
START_TEST(test_short_everywhere)
{
    struct served_result result = {.is_chunked = false};
    struct scene it = result_scene(&result, RESULT, NULL);

    for (result.n = 1; result.n < result.file.len; result.n++) {
        const struct azb_msg *response = rpc_call(it.rpc, QUERY(",'retry_total':0"));

        ck_assert_msg(strcmp(rpc_text(response->error, "code"), "IncompleteBody") == 0,
                      "%zu bytes: %s", result.n, rpc_text(response->error, "code"));
    }
    result_scene_stop(&it, &result, "short");
}
END_TEST

START_TEST(test_slow)
{
    struct served_result result = {.fault = FAKE_SLOW, .n_cuts = 1, .is_chunked = true};
    struct scene it = result_scene(&result, RESULT, NULL);
    const struct azb_msg *response = rpc_call(it.rpc, QUERY(""));

    ck_assert_msg(response->error == NULL && is_whole(response->result), "%s",
                  rpc_text(response->error, "message"));
    result_scene_stop(&it, &result, "slow");
}
END_TEST

/* Errors are all counted, but not all kept: a result has an end. */
START_TEST(test_many_errors)
{
    enum { N_ERRORS = 1003 };
    struct served_result result = {.is_chunked = true};
    struct scene it = result_scene(&result, AVRO_HEADER, NULL);
    const struct azb_msg *response;

    for (int i = 0; i < N_ERRORS; i++)
        avro_file_write("[1: 1 <00> 'ParseError' 'bad row' 10]", &result.file);
    avro_file_write(END_BLOCK, &result.file);
    response = rpc_call(it.rpc, QUERY(""));
    check_wanted("many errors", response,
                 (const struct wanted[]){WANT_SUCCESS,
                                         {"error_count", "1003"},
                                         {"errors", "[1000]"},
                                         {"errors.999.position", "10"},
                                         {"total_bytes", "16"},
                                         {0}});
    result_scene_stop(&it, &result, "many errors");
}
END_TEST

START_TEST(test_too_large_for_inline)
{
    struct served_result result = {.is_chunked = true};
    struct scene it = result_scene(&result, AVRO_HEADER "[2: 0 'ab'*2048 0 'c']" END_BLOCK,
                                   "[daemon]\nmax_inline_bytes = 4096");
    const struct azb_msg *response = rpc_call(it.rpc, QUERY(""));

    ck_assert_str_eq(rpc_text(response->error, "code"), "TooLargeForInline");
    result_scene_stop(&it, &result, "too large");
}
END_TEST

/* ---- streams ---- */

/* "item data progress ...": what was sent for a call, equal ones that follow each other once.
 */
static const char *note_names(const struct rpc *rpc, size_t first, char *ret, size_t ret_size)
{
    const struct azb_msg *last = NULL;
    size_t len = 0;

    ret[0] = '\0';
    for (size_t i = first; i < rpc_n_notes(rpc); i++) {
        const struct azb_msg *note = rpc_note((struct rpc *)rpc, i);

        if (last == NULL || last->method_bytes != note->method_bytes ||
            memcmp(last->method, note->method, note->method_bytes) != 0)
            len += (size_t)snprintf(ret + len, ret_size - len, "%s%.*s", len > 0 ? " " : "",
                                    (int)note->method_bytes, note->method);
        last = note;
    }
    return ret;
}

START_TEST(test_stream)
{
    struct served_result result = {.is_chunked = true};
    struct scene it = result_scene(&result, RESULT, NULL);
    uint32_t msgid = rpc_send(it.rpc, QUERY(",'stream':true"));
    const struct azb_msg *response = rpc_wait(it.rpc, msgid);
    struct azb_buf data = {0};
    char names[128];

    check_wanted("stream", response,
                 (const struct wanted[]){WANT_SUCCESS,
                                         {"size", "8"},
                                         {"total_bytes", "16"},
                                         {"error_count", "1"},
                                         {"errors", "(none)"},
                                         {"data", "(none)"},
                                         {"properties.etag", "\"0x8DC1\""},
                                         {0}});
    rpc_data(it.rpc, msgid, &data);
    ck_assert_str_eq(azb_buf_cstr(&data), RESULT_DATA);
    ck_assert_str_eq(note_names(it.rpc, 0, names, sizeof(names)),
                     "$/item $/data $/item $/data $/progress");
    ck_assert_str_eq(rpc_text(&rpc_note(it.rpc, 0)->params[1], "properties.content_type"),
                     "avro/binary");
    for (size_t i = 1; i < rpc_n_notes(it.rpc); i++) {
        const struct azb_msg *note = rpc_note(it.rpc, i);

        if (rpc_is(note, "$/item"))
            ck_assert_str_eq(rpc_text(&note->params[1], "error.description"), "bad row");
        if (rpc_is(note, "$/progress"))
            ck_assert_str_eq(rpc_text(&note->params[1], "bytes_scanned"), "16");
    }
    azb_buf_clear(&data);
    result_scene_stop(&it, &result, "stream");
}
END_TEST

/* Once something has left, a break cannot be made good; before, it can. */
START_TEST(test_stream_cut)
{
    struct served_result result = {.fault = FAKE_RESET, .n_cuts = 1};
    struct scene it = result_scene(&result, SHORT_RESULT, NULL);

    for (result.cut = 0; result.cut < result.file.len; result.cut++) {
        size_t n_notes = rpc_n_notes(it.rpc);
        const struct azb_msg *response;
        struct azb_buf data = {0};
        uint32_t msgid;

        result.n_requests = 0;
        msgid = rpc_send(it.rpc, QUERY(",'stream':true"));
        response = rpc_wait(it.rpc, msgid);
        rpc_data(it.rpc, msgid, &data);
        if (result.n_requests == 2)
            ck_assert_msg(response->error == NULL && data.len == strlen(RESULT_DATA) &&
                              rpc_is(rpc_note(it.rpc, n_notes), "$/item"),
                          "cut at %zu: %s", result.cut, rpc_text(response->error, "message"));
        else
            ck_assert_msg(response->error != NULL && rpc_n_notes(it.rpc) > n_notes &&
                              data.len <= strlen(RESULT_DATA) && result.n_requests == 1,
                          "cut at %zu: %zu notifications and no error", result.cut,
                          rpc_n_notes(it.rpc) - n_notes);
        azb_buf_clear(&data);
    }
    result_scene_stop(&it, &result, "stream cut");
}
END_TEST

START_TEST(test_stream_fatal)
{
    struct served_result result = {.is_chunked = true};
    struct scene it = result_scene(
        &result, AVRO_HEADER "[1: 0 'abc'] [1: 1 <01> 'Bad' 'worse' 5]" END_BLOCK, NULL);
    uint32_t msgid = rpc_send(it.rpc, QUERY(",'stream':true"));

    ck_assert_str_eq(rpc_text(rpc_wait(it.rpc, msgid)->error, "code"), "Bad");
    ck_assert_uint_eq(result.n_requests, 1);
    result_scene_stop(&it, &result, "fatal");
}
END_TEST

/* $/progress costs no credit: it comes while data before it still waits for some. */
START_TEST(test_progress_without_credit)
{
    struct served_result result = {.is_chunked = true};
    struct scene it = result_scene(
        &result, AVRO_HEADER "[3: 0 'x'*100000 2 5 9 0 'y'*100000]" END_BLOCK, NULL);
    uint32_t msgid = rpc_send(it.rpc, QUERY(",'stream':true,'window':1"));
    const struct azb_msg *response;
    struct azb_buf data = {0};

    ck_assert(rpc_is(rpc_note(it.rpc, 0), "$/item"));
    ck_assert(rpc_is(rpc_note(it.rpc, 1), "$/progress"));
    rpc_notify(it.rpc, "$/credit", "[1,1000000]");
    response = rpc_wait(it.rpc, msgid);
    ck_assert_msg(response->error == NULL, "%s", rpc_text(response->error, "message"));
    rpc_data(it.rpc, msgid, &data);
    ck_assert_uint_eq(data.len, 200000);
    azb_buf_clear(&data);
    result_scene_stop(&it, &result, "progress");
}
END_TEST

/* ---- descriptors ---- */

static int temporary_file(void)
{
    int fd = memfd_create("result", MFD_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    return fd;
}

START_TEST(test_descriptor)
{
    struct served_result result = {.fault = FAKE_RESET, .n_cuts = 1, .cut = 100};
    struct scene it = result_scene(&result, RESULT, NULL);
    char bytes[64] = "";
    int fd = temporary_file();
    const struct azb_msg *response =
        rpc_wait(it.rpc, rpc_send_fd(it.rpc, QUERY(",'fd':true"), fd));

    check_wanted("descriptor", response,
                 (const struct wanted[]){WANT_SUCCESS,
                                         {"size", "8"},
                                         {"error_count", "1"},
                                         {"errors.0.position", "10"},
                                         {"data", "(none)"},
                                         {0}});
    ck_assert_int_eq(pread(fd, bytes, sizeof(bytes), 0), (ssize_t)strlen(RESULT_DATA));
    ck_assert_str_eq(bytes, RESULT_DATA);
    ck_assert_uint_eq(result.n_requests, 2); /* nothing had been written: it was asked again */
    close(fd);
    result_scene_stop(&it, &result, "descriptor");
}
END_TEST

/* ---- a long result ---- */

static void long_result_write(struct azb_buf *ret)
{
    char record[64];

    avro_file_write(AVRO_HEADER, ret);
    snprintf(record, sizeof(record), "[2: 0 'abcdefgh'*%d 2 1 2]", LONG_RECORD / 8);
    for (int i = 0; i < LONG_RECORDS; i++)
        avro_file_write(record, ret);
    avro_file_write(END_BLOCK, ret);
}

/* 64 MiB for a client that takes its time: the daemon holds but a little of it. */
START_TEST(test_long_result)
{
    struct served_result result = {.is_chunked = true};
    long before, after = 0;
    uint64_t n_bytes = 0;
    uint32_t msgid;
    struct scene it;
    char credit[64];

    setenv("ASAN_OPTIONS", "quarantine_size_mb=1", 1); /* what is freed is to be gone */
    it = result_scene(&result, RESULT, NULL);
    ck_assert_ptr_null(rpc_call(it.rpc, QUERY(""))->error);
    result.file.len = 0;
    long_result_write(&result.file);
    before = daemon_rss_kib(it.daemon);
    msgid = rpc_send(it.rpc, QUERY(",'stream':true"));
    for (size_t i = 0; n_bytes < (uint64_t)LONG_RECORDS * LONG_RECORD; i++) {
        const struct azb_msg *note = rpc_note(it.rpc, i);
        const char *bytes;
        size_t n;

        if (!rpc_is(note, "$/data") || !azb_value_bytes(&note->params[2], &bytes, &n))
            continue;
        n_bytes += n;
        snprintf(credit, sizeof(credit), "[%u,%zu]", msgid, n);
        rpc_notify(it.rpc, "$/credit", credit);
        if (daemon_rss_kib(it.daemon) > after)
            after = daemon_rss_kib(it.daemon);
    }
    ck_assert_str_eq(rpc_text(rpc_wait(it.rpc, msgid)->result, "size"), "67108864");
    ck_assert_msg(after - before <= MAX_RSS_GROWTH_KIB, "%ld KiB, then %ld KiB", before, after);
    result_scene_stop(&it, &result, "long");
}
END_TEST

static Suite *query_suite(void)
{
    Suite *suite = suite_create("query");
    TCase *tc = tcase_create("query");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    UNIT_TABLE(tc, test_body, bodies);
    tcase_add_test(tc, test_places);
    UNIT_TABLE(tc, test_refused, refused);
    UNIT_TABLE(tc, test_result, results);
    tcase_add_loop_test(tc, test_cut_everywhere, 0, 2);
    tcase_add_test(tc, test_short_everywhere);
    tcase_add_test(tc, test_slow);
    tcase_add_test(tc, test_many_errors);
    tcase_add_test(tc, test_too_large_for_inline);
    tcase_add_test(tc, test_stream);
    tcase_add_test(tc, test_stream_cut);
    tcase_add_test(tc, test_stream_fatal);
    tcase_add_test(tc, test_progress_without_credit);
    tcase_add_test(tc, test_descriptor);
    tcase_add_test(tc, test_long_result);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(query_suite)
