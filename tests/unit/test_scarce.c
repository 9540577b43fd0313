/*
 * test_scarce.c: the way of a request and of its answer when memory runs out. Each case is
 * played with the first, the second, the third... of its allocations failing, until it needs no
 * more of them: what comes out is what comes out with plenty, or OutOfMemory, and nothing
 * leaks.
 */
#include <libxml/xmlmemory.h>
#include <stdlib.h>
#include <string.h>

#include "lib/auth/sign.h"
#include "lib/body.h"
#include "lib/codec/avro.h"
#include "lib/codec/multipart.h"
#include "lib/decoder.h"
#include "lib/stream/query_body.h"
#include "proto/frame.h"
#include "tests/unit/avro_file.h"
#include "tests/unit/methods.h"
#include "tests/unit/scarce.h"
#include "tests/unit/text.h"
#include "tests/unit/unit.h"

enum { MAX_ALLOCATIONS = 5000 };

#define ENDPOINT "BlobEndpoint=https://acct.example.net;"

/* What is played: a method and what it is given, or only some text. */
struct input {
    const char *label, *method, *text;
    msgpack_object value; /* the text's */
};

/*
 * Returns 0 with a text of what came out, or -1. It calls scarce_end() before it makes that
 * text, for which there is memory.
 */
typedef int play_cb(const struct input *input, struct azb_buf *ret, struct azb_error *err);

static int no_memory(struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_NO_MEMORY, "scarce");
}

static void play_all(play_cb *play, const struct input *input, bool lasts)
{
    struct azb_buf plenty = {0}, got = {0};
    struct azb_error err = {0};
    bool has_failed;
    unsigned n = 0;

    ck_assert_msg(play(input, &plenty, &err) == 0, "%s: %s", input->label, err.message);
    do {
        int rc;

        ck_assert_msg(++n < MAX_ALLOCATIONS, "%s: no end", input->label);
        err = (struct azb_error){0};
        got.len = 0;
        scarce_begin(n, lasts);
        rc = play(input, &got, &err);
        has_failed = scarce_end();
        if (rc < 0)
            ck_assert_msg(has_failed && err.what == AZB_ERR_NO_MEMORY,
                          "%s, allocation %u: %s: %s", input->label, n, err.code, err.message);
        else
            ck_assert_msg(strcmp(azb_buf_cstr(&got), azb_buf_cstr(&plenty)) == 0,
                          "%s, allocation %u: %s", input->label, n, azb_buf_cstr(&got));
    } while (has_failed);
    azb_buf_clear(&plenty);
    azb_buf_clear(&got);
}

/* Both ways of running out. */
static void play_twice(play_cb *play, const struct input *input)
{
    play_all(play, input, false);
    play_all(play, input, true);
}

/* ---- requests ---- */

static int build(struct azb_request *req, const struct azb_args *args, struct azb_body *body,
                 struct azb_buf *scratch, struct azb_error *err)
{
    const struct azb_stamp stamp = {"2026-06-06", "Sun, 22 Nov 2026 06:44:00 GMT", "id"};
    bool is_query = args->method->row->kind == AZB_KIND_QUERY;
    const char *text = is_query ? ENDPOINT "SharedAccessSignature=sig=1"
                                : ENDPOINT "AccountName=acct;AccountKey=a2V5";
    struct azb_account *account;
    int rc;

    if (azb_account_from_connection_string(text, strlen(text), &account, err) < 0)
        return -1;
    rc = azb_request_build(req, args, &account->primary, true, scratch, err);
    if (rc == 0)
        rc = is_query ? azb_query_body(args, req->arena, scratch, body, err)
                      : azb_body_from_args(args, req->arena, scratch, body, err);
    if (rc == 0)
        rc = azb_sign(req, account, &stamp, scratch, err);
    azb_account_unref(account);
    return rc;
}

static void print_request(const struct azb_request *req, const struct azb_body *body,
                          struct azb_buf *ret)
{
    azb_buf_puts(ret, req->path);
    for (unsigned i = 0; i < req->n_query; i++)
        azb_buf_printf(ret, "&%s=%s", req->query[i].name, req->query[i].value);
    for (unsigned i = 0; i < req->n_headers; i++)
        azb_buf_printf(ret, "\n%s: %s", req->headers[i].name, req->headers[i].value);
    azb_buf_puts(ret, "\n\n");
    azb_buf_append(ret, body->bytes, body->n);
}

static int play_request(const struct input *input, struct azb_buf *ret, struct azb_error *err)
{
    struct azb_request req = {.arena = azb_arena_new()};
    /* as the engine's, which all calls use: an earlier failure must not show */
    struct azb_buf scratch = {.failed = true};
    struct azb_body body = {0};
    struct azb_args args;
    int rc = req.arena != NULL ? 0 : no_memory(err);

    if (rc == 0)
        rc = azb_args_check(&args, methods_find(input->method), &input->value.via.map, err);
    if (rc == 0)
        rc = build(&req, &args, &body, &scratch, err);
    scarce_end();
    if (rc == 0)
        print_request(&req, &body, ret);
    azb_buf_clear(&scratch);
    azb_arena_free(req.arena);
    return rc;
}

static const struct input requests[] = {
    {"properties", "blob.get_blob_properties", "{container: 'c', blob: 'a b/ü', lease: 'l'}"},
    {"many headers", "blob.upload_blob",
     "{container: 'c', blob: 'b', data: 'x', metadata: {a: '1', b: '2', c: '3', d: '4', e: "
     "'5', "
     "f: '6', g: '7', h: '8', i: '9'}, tags: {k: 'v w'}, content_settings: {content_type: "
     "'t/x', "
     "cache_control: 'no'}, overwrite: true}"},
    {"a block list", "blob.commit_block_list",
     "{container: 'c', blob: 'b', block_list: ['AAAA', 'BBBB', {id: 'CCCC', state: "
     "'Committed'}]}"},
    {"settings", "service.set_service_properties",
     "{analytics_logging: {version: '1.0', delete: true, read: true, write: false, "
     "retention_policy: {enabled: true, days: 5}}}"},
    {"policies", "container.set_container_access_policy",
     "{container: 'c', signed_identifiers: {one: {permission: 'r'}, two: nil}}"},
    {"a query", "blob.query_blob",
     "{container: 'c', blob: 'b', query_expression: 'SELECT *', blob_format: {type: 'json'}}"},
};

START_TEST(test_request)
{
    struct input input = requests[_i];
    struct azb_buf packed = {0};
    msgpack_zone zone;
    size_t off = 0;

    ck_assert(msgpack_zone_init(&zone, 4096));
    text_pack(input.text, &packed);
    ck_assert_int_eq(msgpack_unpack((char *)packed.data, packed.len, &off, &zone, &input.value),
                     MSGPACK_UNPACK_SUCCESS);
    play_twice(play_request, &input);
    msgpack_zone_destroy(&zone);
    azb_buf_clear(&packed);
}
END_TEST

/* ---- answers ---- */

static int read_answer(struct azb_decoder *decoder, const char *document, struct azb_error *err)
{
    static const struct azb_pair headers[] = {
        {"ETag", "\"1\""},        {"x-ms-meta-a", "1"},       {"x-ms-meta-b", "2"},
        {"x-ms-request-id", "r"}, {"Content-Type", "text/x"}, {"Content-MD5", "AAAA"},
    };

    for (size_t i = 0; i < N_ELEMENTS(headers); i++)
        if (azb_decoder_header(decoder, headers[i].name, strlen(headers[i].name),
                               headers[i].value, strlen(headers[i].value), err) < 0)
            return -1;
    if (document[0] == '\0')
        return 0;
    if (azb_decoder_xml(decoder, document, strlen(document), err) < 0)
        return -1;
    return azb_decoder_end(decoder, err);
}

static int play_answer(const struct input *input, struct azb_buf *ret, struct azb_error *err)
{
    struct azb_decoder *decoder =
        azb_decoder_new(methods_find(input->method)->shape, NULL, NULL);
    struct azb_buf packed = {0};
    int rc = decoder != NULL ? read_answer(decoder, input->text, err) : no_memory(err);

    if (rc == 0)
        azb_decoder_emit(decoder, NULL, NULL, &packed);
    if (packed.failed)
        rc = no_memory(err);
    scarce_end();
    if (rc == 0)
        ck_assert_int_eq(text_print_packed(packed.data, packed.len, ret), 0);
    azb_buf_clear(&packed);
    azb_decoder_free(decoder);
    return rc;
}

#define XML "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>"

static const struct input answers[] = {
    {"headers", "blob.get_blob_properties", ""},
    {"a listing", "container.list_blobs",
     XML "<EnumerationResults><Blobs><Blob><Name>a &amp; b</Name><Properties><Etag>1</Etag>"
         "<Content-MD5>AAAA</Content-MD5></Properties><Metadata><k>v</k><l>w</l></Metadata>"
         "<Tags><TagSet><Tag><Key>t</Key><Value>1</Value></Tag></TagSet></Tags></Blob>"
         "<Blob><Name>c</Name></Blob></Blobs><NextMarker>m</NextMarker></EnumerationResults>"},
    {"settings", "service.get_service_properties",
     XML "<StorageServiceProperties><Logging><Version>1.0</Version><Read>true</Read>"
         "<RetentionPolicy><Enabled>true</Enabled><Days>5</Days></RetentionPolicy></Logging>"
         "<Cors><CorsRule><AllowedOrigins>a,b</AllowedOrigins></CorsRule></Cors>"
         "</StorageServiceProperties>"},
    {"policies", "container.get_container_access_policy",
     XML "<SignedIdentifiers><SignedIdentifier><Id>one</Id><AccessPolicy><Permission>r"
         "</Permission></AccessPolicy></SignedIdentifier></SignedIdentifiers>"},
};

START_TEST(test_answer)
{
    play_twice(play_answer, &answers[_i]);
}
END_TEST

/* ---- a batch's and a query's ---- */

struct heard {
    unsigned n;
    size_t n_bytes;
};

static int hear_part(const struct azb_part *part, void *arg, struct azb_error *err)
{
    struct heard *heard = arg;

    (void)err;
    heard->n++;
    heard->n_bytes += part->headers_n + part->body_n;
    return 0;
}

static int play_multipart(const struct input *input, struct azb_buf *ret, struct azb_error *err)
{
    static const char type[] = "multipart/mixed; boundary=b";
    struct heard heard = {0};
    struct azb_multipart *multipart =
        azb_multipart_new(type, strlen(type), hear_part, &heard, err);
    int rc = multipart != NULL ? 0 : -1;

    /* in two pieces, so that something has to be kept */
    if (rc == 0)
        rc = azb_multipart_push(multipart, input->text, 40, err);
    if (rc == 0)
        rc = azb_multipart_push(multipart, input->text + 40, strlen(input->text) - 40, err);
    if (rc == 0)
        rc = azb_multipart_end(multipart, err);
    scarce_end();
    azb_buf_printf(ret, "%u parts, %zu bytes", heard.n, heard.n_bytes);
    azb_multipart_free(multipart);
    return rc;
}

static int hear_data(const void *bytes, size_t n, void *arg, struct azb_error *err)
{
    struct heard *heard = arg;

    (void)bytes, (void)err;
    heard->n_bytes += n;
    return 0;
}

static int hear_error(const struct azb_avro_error *error, void *arg, struct azb_error *err)
{
    struct heard *heard = arg;

    (void)err;
    heard->n++;
    heard->n_bytes += strlen(error->name);
    return 0;
}

static int hear_progress(int64_t bytes_scanned, int64_t total_bytes, void *arg,
                         struct azb_error *err)
{
    (void)bytes_scanned, (void)total_bytes, (void)arg, (void)err;
    return 0;
}

static int hear_end(int64_t total_bytes, void *arg, struct azb_error *err)
{
    (void)total_bytes, (void)arg, (void)err;
    return 0;
}

static int play_avro(const struct input *input, struct azb_buf *ret, struct azb_error *err)
{
    static const struct azb_avro_events events = {hear_data, hear_error, hear_progress,
                                                  hear_end};
    const char *bytes = input->value.via.bin.ptr;
    size_t n = input->value.via.bin.size;
    struct heard heard = {0};
    struct azb_avro *avro = azb_avro_new(&events, &heard);
    int rc = avro != NULL ? 0 : no_memory(err);

    for (size_t at = 0; rc == 0 && at < n; at++) /* byte by byte */
        rc = azb_avro_push(avro, bytes + at, 1, err);
    if (rc == 0)
        rc = azb_avro_end(avro, err);
    scarce_end();
    azb_buf_printf(ret, "%u errors, %zu bytes", heard.n, heard.n_bytes);
    azb_avro_free(avro);
    return rc;
}

START_TEST(test_parts)
{
    const struct input batch = {
        "a batch", NULL,
        "--b\r\nContent-Type: application/http\r\nContent-ID: 0\r\n\r\n"
        "HTTP/1.1 202 Accepted\r\nx-ms-request-id: 1\r\n\r\n\r\n"
        "--b\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\n"
        "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabc\r\n--b--\r\n"};
    struct input query = {"a query"};
    struct azb_buf file = {0};

    avro_file_write(AVRO_HEADER "[1: 0 'abc'] [1: 1 <00> 'Bad' 'row' 5] [1: 3 16]", &file);
    query.value.via.bin.ptr = (const char *)file.data;
    query.value.via.bin.size = (uint32_t)file.len;
    play_twice(play_multipart, &batch);
    play_twice(play_avro, &query);
    azb_buf_clear(&file);
}
END_TEST

/* ---- messages ---- */

/* A request of a client, in pieces, and its values. */
static int play_message(const struct input *input, struct azb_buf *ret, struct azb_error *err)
{
    struct azb_frame_reader *reader = azb_frame_reader_new(&AZB_FRAME_LIMITS_DEFAULT);
    const unsigned char *frame;
    unsigned char *room;
    size_t room_bytes, n;
    struct azb_msg msg = {0};
    msgpack_zone zone;
    bool has_msgid;
    int rc;

    if (reader == NULL || !msgpack_zone_init(&zone, 64)) {
        azb_frame_reader_free(reader);
        return no_memory(err);
    }
    rc = azb_frame_reader_room(reader, &room, &room_bytes, err);
    if (rc == 0) {
        memcpy(room, input->value.via.bin.ptr, input->value.via.bin.size);
        azb_frame_reader_fed(reader, input->value.via.bin.size);
        rc = azb_frame_reader_next(reader, &frame, &n, err) == 1 ? 0 : -1;
    }
    if (rc == 0)
        rc = azb_msg_parse(frame, n, &zone, &msg, &has_msgid, err);
    scarce_end();
    if (rc == 0)
        text_print(msg.params, ret);
    msgpack_zone_destroy(&zone);
    azb_frame_reader_free(reader);
    return rc;
}

START_TEST(test_message)
{
    struct input input = {"a message"};
    struct azb_buf packed = {0};

    text_pack("[0, 1, 'blob.exists', [{container: 'c', list: [1, 2, [3, 4, {a: 'b'}]], "
              "map: {a: {b: {c: {d: 1}}}}}]]",
              &packed);
    input.value.via.bin.ptr = (const char *)packed.data;
    input.value.via.bin.size = (uint32_t)packed.len;
    play_twice(play_message, &input);
    azb_buf_clear(&packed);
}
END_TEST

static Suite *scarce_suite(void)
{
    Suite *suite = suite_create("scarce");
    TCase *tc = tcase_create("scarce");

    xmlMemSetup(free, malloc, realloc, strdup); /* ours, which may fail */
    methods_registry();
    UNIT_TABLE(tc, test_request, requests);
    UNIT_TABLE(tc, test_answer, answers);
    tcase_add_test(tc, test_parts);
    tcase_add_test(tc, test_message);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(scarce_suite)
