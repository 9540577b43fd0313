/*
 * test_ranges.c: downloads of more than one range, into everything that bytes can go to, from a
 * service that sends checksums or does not. However it breaks, the bytes are those of the blob,
 * or there is an error and no file.
 */
#define _GNU_SOURCE 1 /* memfd_create() */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/codec/crc64.h"
#include "proto/base64.h"
#include "proto/buf.h"
#include "proto/value.h"
#include "tests/faults/fetch.h"
#include "tests/unit/structured_body.h"
#include "tests/unit/unit.h"

enum {
    TEST_LIMIT_S = 240,
    MIB = 1024 * 1024,
    RANGE_BYTES = 8 * MIB, /* what a download asks for at first, and into a file */
    MAX_BYTES = 41 * MIB,
};

#define AGAIN "again"

static unsigned char *pattern; /* the blob's bytes: different in every range */

/* What is wrong with the service. */
struct service {
    size_t blob_bytes;
    bool is_structured;
    size_t segment_bytes;
    /* a request whose range begins at or behind `from` goes wrong, `times` times */
    size_t from;
    unsigned times;
    enum fake_fault fault;
    size_t cut;                                  /* of its body */
    int reply;                                   /* this status instead */
    bool flips;                                  /* a bit of its content */
    bool lies;                                   /* its Content-Range is of something else */
    enum { MD5_NONE, MD5_RIGHT, MD5_WRONG } md5; /* stored with the blob */
    unsigned changes_at; /* request number from which on it is another blob; 0: never */
    unsigned n_requests, n_unpinned;
    size_t n_sent_again; /* to a request whose id is AGAIN */
    struct azb_buf body;
    char header[512];
};

static const char *etag_of(const struct service *service)
{
    return service->changes_at > 0 && service->n_requests >= service->changes_at ? "\"0x2\""
                                                                                 : "\"0x1\"";
}

/* The body of bytes first to last, as it is sent. */
static void compose(struct service *service, size_t first, size_t last, bool is_structured)
{
    service->body.len = 0;
    if (is_structured)
        structured_body(&service->body, pattern + first, last - first + 1,
                        service->segment_bytes);
    else
        azb_buf_append(&service->body, pattern + first, last - first + 1);
}

static void add_md5(struct service *service)
{
    unsigned char md5[EVP_MAX_MD_SIZE];
    char text[AZB_BASE64_CHARS(16) + 1];
    unsigned n;

    if (service->md5 == MD5_NONE)
        return;
    ck_assert_int_eq(EVP_Digest(pattern, service->blob_bytes, md5, &n, EVP_md5(), NULL), 1);
    md5[15] ^= service->md5 == MD5_WRONG;
    azb_base64_encode(md5, n, text);
    snprintf(service->header + strlen(service->header),
             sizeof(service->header) - strlen(service->header), "\nx-ms-blob-content-md5: %s",
             text);
}

static void spoil(struct service *service, struct fake_step *reply, size_t first)
{
    if (service->times == 0 || first < service->from)
        return;
    service->times--;
    if (service->reply != 0)
        *reply = (struct fake_step){.reply = service->reply, .error_code = "ServerBusy"};
    reply->fault = service->fault;
    reply->after_bytes = service->cut;
    reply->in_body = true;
    if (service->flips)
        service->body.data[service->body.len / 2] ^= 1;
}

static void serve(const struct fake_request *request, struct fake_step *reply, void *arg)
{
    struct service *service = arg;
    const char *range = fake_request_header(request, "x-ms-range");
    const char *if_match = fake_request_header(request, "If-Match");
    const char *id = fake_request_header(request, "x-ms-client-request-id");
    bool is_structured =
        service->is_structured && fake_request_header(request, "x-ms-structured-body") != NULL;
    size_t first = 0, last = SIZE_MAX, shift = 0;

    service->n_requests++;
    if (strncmp(request->line, "PUT ", 4) == 0) {
        reply->reply = 201;
        return;
    }
    if (range != NULL)
        ck_assert_int_eq(sscanf(range, "bytes=%zu-%zu", &first, &last), 2);
    if (if_match != NULL && strcmp(if_match, etag_of(service)) != 0) {
        *reply = (struct fake_step){.reply = 412, .error_code = "ConditionNotMet"};
        return;
    }
    service->n_unpinned += first > 0 && if_match == NULL;
    if (range != NULL && first >= service->blob_bytes) {
        *reply = (struct fake_step){.reply = 416, .error_code = "InvalidRange"};
        return;
    }
    snprintf(service->header, sizeof(service->header),
             "ETag: %s\nx-ms-blob-type: BlockBlob\nx-ms-version: 2026-04-06", etag_of(service));
    reply->header = service->header;
    add_md5(service);
    if (service->blob_bytes == 0)
        return;
    if (last >= service->blob_bytes)
        last = service->blob_bytes - 1;
    compose(service, first, last, is_structured);
    if (service->lies && service->times > 0 && first >= service->from)
        shift = 1;
    snprintf(service->header + strlen(service->header),
             sizeof(service->header) - strlen(service->header),
             "\nContent-Range: bytes %zu-%zu/%zu", first - shift, last - shift,
             service->blob_bytes);
    if (is_structured)
        snprintf(service->header + strlen(service->header),
                 sizeof(service->header) - strlen(service->header),
                 "\nx-ms-structured-body: XSM/1.0; properties=crc64"
                 "\nx-ms-structured-content-length: %zu",
                 last - first + 1);
    reply->reply = 206;
    reply->body = (char *)service->body.data;
    reply->body_bytes = service->body.len;
    if (id != NULL && strcmp(id, AGAIN) == 0)
        service->n_sent_again += last - first + 1;
    spoil(service, reply, first);
}

static struct scene service_scene(struct service *service, const char *config)
{
    size_t n = service->blob_bytes > MAX_BYTES ? service->blob_bytes : MAX_BYTES;

    if (pattern == NULL) {
        pattern = malloc(n);
        ck_assert_ptr_nonnull(pattern);
        for (size_t i = 0; i < n; i++)
            pattern[i] = (unsigned char)(i ^ i >> 8 ^ i >> 17);
    }
    if (service->segment_bytes == 0)
        service->segment_bytes = 4 * MIB;
    return scene_start(NULL, &(struct fake_options){.handler = serve, .handler_arg = service},
                       config);
}

static void service_stop(struct scene *it, struct service *service, const char *label)
{
    scene_stop(it, label);
    azb_buf_clear(&service->body);
    free(pattern);
    pattern = NULL;
}

static void check_whole(const char *label, const struct service *service,
                        const struct azb_msg *response, const struct azb_buf *got)
{
    ck_assert_msg(response->error == NULL, "%s: %s", label,
                  rpc_text(response->error, "message"));
    ck_assert_msg(got->len == service->blob_bytes, "%s: %zu bytes", label, got->len);
    ck_assert_msg(got->len == 0 || memcmp(got->data, pattern, got->len) == 0, "%s: other bytes",
                  label);
    ck_assert_msg(service->n_unpinned == 0, "%s: %u requests without If-Match", label,
                  service->n_unpinned);
}

/* The checksum of all, in the result where the service sent those of the parts. */
static void check_crc(const char *label, const struct service *service,
                      const struct azb_msg *response)
{
    uint64_t crc = azb_crc64(0, pattern, service->blob_bytes);
    char text[17];

    for (int i = 0; i < 8; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned)(crc >> 8 * i & 0xff));
    ck_assert_msg(
        strcmp(rpc_text(response->result, "content_crc64"),
               service->is_structured && service->blob_bytes > 0 ? text : "(none)") == 0,
        "%s: content_crc64 is %s", label, rpc_text(response->result, "content_crc64"));
}

/* ---- whole ---- */

static const size_t sizes[] = {
    0, 1, MIB, RANGE_BYTES - 1, RANGE_BYTES, RANGE_BYTES + 1, 12 * MIB, 16 * MIB, 17 * MIB + 3,
};

START_TEST(test_sizes)
{
    struct service service = {.is_structured = _i % 2 == 1};
    struct scene it = service_scene(&service, NULL);

    for (size_t i = 0; i < N_ELEMENTS(sizes); i++)
        for (int to = 0; to < N_DESTINATIONS; to++) {
            struct azb_buf got = {0};
            const struct azb_msg *response;
            char label[64];

            snprintf(label, sizeof(label), "%zu bytes to a %s", sizes[i], fetch_name[to]);
            service.blob_bytes = sizes[i];
            response = fetch(&it, to, "", &got);
            check_whole(label, &service, response, &got);
            check_crc(label, &service, response);
            azb_buf_clear(&got);
        }
    service_stop(&it, &service, "sizes");
}
END_TEST

static const struct {
    const char *label, *more;
    size_t first, n;
} parts[] = {
    {"from the middle", ",'offset':3000000", 3000000, 17 * MIB - 3000000},
    {"over two ranges", ",'offset':5,'length':9000000", 5, 9000000},
    {"beyond the end", ",'offset':17825791,'length':100", 17 * MIB - 1, 1},
    {"one at a time", ",'max_concurrency':1", 0, 17 * MIB},
    {"sixteen at a time", ",'max_concurrency':16", 0, 17 * MIB},
};

START_TEST(test_parts)
{
    struct service service = {.blob_bytes = 17 * MIB};
    struct scene it = service_scene(&service, NULL);

    for (int to = 0; to < N_DESTINATIONS; to++) {
        struct azb_buf got = {0};
        const struct azb_msg *response = fetch(&it, to, parts[_i].more, &got);

        ck_assert_msg(response->error == NULL, "%s: %s", parts[_i].label,
                      rpc_text(response->error, "message"));
        ck_assert_msg(got.len == parts[_i].n &&
                          memcmp(got.data, pattern + parts[_i].first, got.len) == 0,
                      "%s to a %s: %zu bytes", parts[_i].label, fetch_name[to], got.len);
        azb_buf_clear(&got);
    }
    service_stop(&it, &service, parts[_i].label);
}
END_TEST

/* ---- broken ---- */

static const struct {
    const char *label;
    struct service how;
    size_t from[4]; /* the first, another, the last; a 0 ends them but for the first */
} passing[] = {
    {"a reset", {.fault = FAKE_RESET, .cut = MIB + 17}, {0, 1, 16 * MIB}},
    {"an end", {.fault = FAKE_CLOSE, .cut = 5}, {0, 1, 16 * MIB}},
    {"throttled", {.reply = 503}, {0, 1, 16 * MIB}},
    /* which takes as long as the daemon is patient: one is enough */
    {"a stall", {.fault = FAKE_STALL, .cut = MIB + 1}, {1}},
};

/* Each range in turn fails once; all bytes arrive all the same. Every other answer has
 * checksums. */
START_TEST(test_each_range_fails_once)
{
    const size_t *from = passing[_i].from;
    struct service service = passing[_i].how;
    struct scene it = service_scene(&service, "[timeouts]\nstall_timeout_ms = 600\n");

    service.blob_bytes = 18 * MIB + 1;
    for (size_t i = 0; i == 0 || from[i] > 0; i++)
        for (size_t to = 0; to < N_DESTINATIONS; to++) {
            struct azb_buf got = {0};
            const struct azb_msg *response;
            char label[96];

            snprintf(label, sizeof(label), "%s from %zu on to a %s", passing[_i].label, from[i],
                     fetch_name[to]);
            service.is_structured = (i + to) % 2 == 1;
            service.from = from[i];
            service.times = 1;
            response = fetch(&it, (enum destination)to, "", &got);
            ck_assert_msg(service.times == 0, "%s: it did not fail", label);
            check_whole(label, &service, response, &got);
            azb_buf_clear(&got);
        }
    service_stop(&it, &service, passing[_i].label);
}
END_TEST

/* A small structured body, cut at every offset, in result and stream. */
START_TEST(test_structured_cut_everywhere)
{
    enum { BYTES = 100 };
    struct service service = {
        .blob_bytes = BYTES, .is_structured = true, .segment_bytes = 30, .fault = FAKE_RESET};
    struct scene it = service_scene(&service, NULL);
    size_t body_bytes = 13 + 4 * 18 + BYTES + 8;

    for (service.cut = 0; service.cut < body_bytes; service.cut++) {
        struct azb_buf got = {0};
        const struct azb_msg *response;
        char label[32];
        const char *bytes;
        size_t n;

        snprintf(label, sizeof(label), "cut at %zu", service.cut);
        service.times = 1;
        if (_i == TO_STREAM || _i == TO_FILE) {
            response = fetch(&it, (enum destination)_i, "", &got);
        } else {
            response = rpc_call(it.rpc, "blob.download_blob", "{'container':'c','blob':'b'}");
            if (response->error == NULL &&
                azb_value_bytes(azb_map_find(azb_value_map(response->result), "data"), &bytes,
                                &n))
                azb_buf_append(&got, bytes, n);
        }
        check_whole(label, &service, response, &got);
        check_crc(label, &service, response);
        azb_buf_clear(&got);
    }
    service_stop(&it, &service, "cut everywhere");
}
END_TEST

/* A wrong bit is found; into a file, the range simply comes again. */
START_TEST(test_flipped_bit)
{
    struct service service = {.blob_bytes = 17 * MIB, .is_structured = true, .flips = true};
    struct scene it = service_scene(&service, NULL);
    struct azb_buf got = {0};

    service.times = 1;
    service.from = 8 * MIB;
    check_whole("once", &service, fetch(&it, TO_FILE, "", &got), &got);
    azb_buf_clear(&got);
    service.times = 1000;
    ck_assert_str_eq(rpc_text(fetch(&it, TO_FILE, ",'retry_total':2", &got)->error, "code"),
                     "ChecksumMismatch");
    ck_assert_uint_eq(got.len, 0); /* and nothing is left */
    azb_buf_clear(&got);
    service.times = 1000;
    ck_assert_str_eq(rpc_text(fetch(&it, TO_STREAM, ",'retry_total':2", &got)->error, "code"),
                     "ChecksumMismatch");
    azb_buf_clear(&got);
    service_stop(&it, &service, "flipped");
}
END_TEST

/* ---- the MD5 that is stored with the blob ---- */

static const struct {
    const char *label;
    size_t bytes;
    bool is_structured;
} stored[] = {
    {"no byte", 0, false},
    {"one range", MIB, false},
    {"one range with checksums", MIB, true},
    {"three ranges", 17 * MIB + 3, false},
    {"three ranges with checksums", 17 * MIB + 3, true},
};

START_TEST(test_stored_md5)
{
    struct service service = {.blob_bytes = stored[_i].bytes,
                              .is_structured = stored[_i].is_structured};
    struct scene it = service_scene(&service, NULL);

    for (int to = 0; to < N_DESTINATIONS; to++) {
        struct azb_buf got = {0};
        const struct azb_msg *response;

        service.md5 = MD5_RIGHT;
        check_whole(stored[_i].label, &service, fetch(&it, to, "", &got), &got);
        azb_buf_clear(&got);
        service.md5 = MD5_WRONG;
        response = fetch(&it, to, "", &got);
        ck_assert_msg(strcmp(rpc_text(response->error, "code"), "ChecksumMismatch") == 0,
                      "%s to a %s: %s", stored[_i].label, fetch_name[to],
                      rpc_text(response->error, "code"));
        ck_assert_msg(to != TO_FILE || got.len == 0, "%s: %zu bytes are left", stored[_i].label,
                      got.len);
        azb_buf_clear(&got);
        check_whole(stored[_i].label, &service, fetch(&it, to, ",'check_md5':false", &got),
                    &got);
        azb_buf_clear(&got);
    }
    service_stop(&it, &service, stored[_i].label);
}
END_TEST

/* A part of the blob is not what has that MD5. */
START_TEST(test_stored_md5_of_a_part)
{
    struct service service = {.blob_bytes = 17 * MIB, .md5 = MD5_WRONG};
    struct scene it = service_scene(&service, NULL);
    struct azb_buf got = {0};

    for (int to = 0; to < N_DESTINATIONS; to++) {
        const struct azb_msg *response = fetch(&it, to, ",'offset':1", &got);

        ck_assert_str_eq(rpc_text(response->error, "code"), "(none)");
        ck_assert_uint_eq(got.len, 17 * MIB - 1);
        azb_buf_clear(&got);
    }
    service_stop(&it, &service, "a part");
}
END_TEST

/* With checksums, one range into a file that is cut comes again from the last good segment. */
START_TEST(test_stored_md5_of_a_cut_range)
{
    struct service service = {.blob_bytes = 3 * MIB,
                              .md5 = MD5_RIGHT,
                              .is_structured = true,
                              .segment_bytes = MIB,
                              .times = 1,
                              .fault = FAKE_RESET,
                              .cut = 2 * MIB + MIB / 2};
    struct scene it = service_scene(&service, NULL);
    struct azb_buf got = {0};

    check_whole("cut", &service, fetch(&it, TO_FILE, "", &got), &got);
    ck_assert_uint_eq(service.times, 0);
    azb_buf_clear(&got);
    service_stop(&it, &service, "cut");
}
END_TEST

/* What is written to a descriptor that cannot be read is not read back. */
START_TEST(test_stored_md5_write_only)
{
    struct service service = {.blob_bytes = 17 * MIB, .md5 = MD5_RIGHT};
    struct scene it = service_scene(&service, NULL);
    struct azb_buf got = {0};
    int fd = memfd_create("made", MFD_CLOEXEC), write_only;
    char path[64];
    uint32_t msgid;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    write_only = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(write_only, 0);
    msgid = rpc_send_fd(it.rpc, "blob.download_blob", "{'container':'c','blob':'b','fd':true}",
                        write_only);
    ck_assert_str_eq(rpc_text(rpc_wait(it.rpc, msgid)->error, "message"), "(none)");
    fetch_file(fd, &got);
    ck_assert_uint_eq(got.len, 17 * MIB);
    close(write_only);
    close(fd);
    azb_buf_clear(&got);
    service_stop(&it, &service, "write-only");
}
END_TEST

START_TEST(test_changed_midway)
{
    for (unsigned at = 2; at <= 3; at++) {
        struct service service = {.blob_bytes = 21 * MIB, .changes_at = at};
        struct scene it = service_scene(&service, NULL);
        struct azb_buf got = {0};
        const struct azb_msg *response = fetch(&it, TO_FILE, "", &got);

        ck_assert_str_eq(rpc_text(response->error, "kind"), "ResourceModifiedError");
        ck_assert_uint_eq(got.len, 0);
        azb_buf_clear(&got);
        service_stop(&it, &service, "changed");
    }
}
END_TEST

START_TEST(test_lying_range)
{
    for (int to = 0; to < N_DESTINATIONS; to++) {
        struct service service = {
            .blob_bytes = 21 * MIB, .lies = true, .times = 1000, .from = 8 * MIB};
        struct scene it = service_scene(&service, NULL);
        struct azb_buf got = {0};

        ck_assert_str_eq(rpc_text(fetch(&it, to, "", &got)->error, "code"),
                         "UnreadableResponse");
        azb_buf_clear(&got);
        service_stop(&it, &service, "lying range");
    }
}
END_TEST

/* ---- going on ---- */

/* A download whose last ranges stall, until the daemon is killed. The file is left. */
static int killed_download(struct service *service, struct scene *it)
{
    int fd = memfd_create("made", MFD_CLOEXEC);

    service->fault = FAKE_STALL;
    service->from = 24 * MIB;
    service->times = 1000;
    service->cut = 1000;
    rpc_send_fd(it->rpc, "blob.download_blob",
                "{'container':'c','blob':'b','fd':true,'resume':true}", fd);
    fetch_wait_chunks(fd, 3);
    daemon_kill(it->daemon);
    rpc_close(it->rpc);
    it->daemon = daemon_start_for(it->fake, NULL);
    it->rpc = rpc_connect(it->daemon);
    service->times = 0;
    ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static const struct azb_msg *go_on(struct scene *it, int fd, struct azb_buf *got)
{
    uint32_t msgid = rpc_send_fd(it->rpc, "blob.download_blob",
                                 "{'container':'c','blob':'b','fd':true,'resume':true,"
                                 "'client_request_id':'" AGAIN "'}",
                                 fd);
    const struct azb_msg *response = rpc_wait(it->rpc, msgid);

    got->len = 0;
    fetch_file(fd, got);
    return response;
}

START_TEST(test_killed_and_resumed)
{
    struct service service = {.blob_bytes = 41 * MIB, .is_structured = _i == 1};
    struct scene it = service_scene(&service, NULL);
    int fd = killed_download(&service, &it);
    struct azb_buf got = {0};
    const struct azb_msg *response = go_on(&it, fd, &got);

    check_whole("resumed", &service, response, &got);
    ck_assert_str_eq(rpc_text(response->result, "resumed_bytes"), "25165824");
    ck_assert_uint_eq(service.n_sent_again, 17 * MIB); /* only what was missing */
    close(fd);
    azb_buf_clear(&got);
    service_stop(&it, &service, "resumed");
}
END_TEST

/* What was there from before counts too; and when the whole is wrong, none of it stays. */
START_TEST(test_resumed_with_stored_md5)
{
    struct service service = {.blob_bytes = 41 * MIB, .md5 = MD5_RIGHT + _i};
    struct scene it = service_scene(&service, NULL);
    int fd = killed_download(&service, &it);
    struct azb_buf got = {0};
    const struct azb_msg *response = go_on(&it, fd, &got);

    if (service.md5 == MD5_RIGHT) {
        check_whole("resumed", &service, response, &got);
        ck_assert_str_eq(rpc_text(response->result, "resumed_bytes"), "25165824");
    } else {
        ck_assert_str_eq(rpc_text(response->error, "code"), "ChecksumMismatch");
        ck_assert_uint_eq(got.len, 0);
    }
    close(fd);
    azb_buf_clear(&got);
    service_stop(&it, &service, "stored MD5");
}
END_TEST

/* What the disk has lost is fetched again. */
START_TEST(test_resumed_from_damaged)
{
    struct service service = {.blob_bytes = 41 * MIB};
    struct scene it = service_scene(&service, NULL);
    int fd = killed_download(&service, &it);
    struct azb_buf got = {0};
    const struct azb_msg *response;

    ck_assert_int_eq(pwrite(fd, "lost", 4, 9 * MIB), 4);
    response = go_on(&it, fd, &got);
    check_whole("resumed", &service, response, &got);
    ck_assert_str_eq(rpc_text(response->result, "resumed_bytes"), "16777216");
    close(fd);
    azb_buf_clear(&got);
    service_stop(&it, &service, "damaged");
}
END_TEST

/* Of another version nothing is kept. */
START_TEST(test_resumed_after_change)
{
    struct service service = {.blob_bytes = 41 * MIB};
    struct scene it = service_scene(&service, NULL);
    int fd = killed_download(&service, &it);
    struct azb_buf got = {0};
    const struct azb_msg *response;

    service.changes_at = 1;
    service.blob_bytes = 12 * MIB;
    response = go_on(&it, fd, &got);
    check_whole("begun afresh", &service, response, &got);
    ck_assert_str_eq(rpc_text(response->result, "resumed_bytes"), "0");
    close(fd);
    azb_buf_clear(&got);
    service_stop(&it, &service, "changed");
}
END_TEST

/* When the first of sixteen ranges side by side is whole, its place is not free before its
 * chunk is marked: there is none for the seventeenth until then. */
START_TEST(test_resume_with_all_places_taken)
{
    struct service service = {.blob_bytes = 16 * RANGE_BYTES + 1};
    struct scene it = service_scene(&service, NULL);
    struct azb_buf got = {0};

    check_whole("sixteen", &service,
                fetch(&it, TO_FILE, ",'resume':true,'max_concurrency':16", &got), &got);
    azb_buf_clear(&got);
    service_stop(&it, &service, "sixteen");
}
END_TEST

START_TEST(test_resume_needs_a_file)
{
    struct service service = {.blob_bytes = 10};
    struct scene it = service_scene(&service, NULL);
    struct azb_buf got = {0};

    ck_assert_str_eq(rpc_text(fetch(&it, TO_PIPE, ",'resume':true", &got)->error, "code"),
                     "InvalidParameter");
    ck_assert_uint_eq(service.n_requests, 0);
    azb_buf_clear(&got);
    service_stop(&it, &service, "a pipe");
}
END_TEST

/* ---- many ---- */

/* More downloads than there is memory for: they take turns, and all are done. */
START_TEST(test_thousand)
{
    enum { N = 1000, BYTES = 100 * 1024, AT_ONCE = 10 };
    struct service service = {.blob_bytes = BYTES};
    struct scene it = service_scene(&service, "[daemon]\nmemory_limit_bytes = 16M\n");
    long before_kib = daemon_rss_kib(it.daemon), after_kib;
    uint32_t msgids[N];
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

    for (int i = 0; i < N; i++) /* each call has a descriptor of its own */
        msgids[i] = rpc_send_fd(it.rpc, "blob.download_blob",
                                "{'container':'c','blob':'b','fd':true}", fd);
    for (int i = 0; i < N; i++) {
        const struct azb_msg *response = rpc_wait(it.rpc, msgids[i]);

        ck_assert_msg(response->error == NULL, "%d: %s", i,
                      rpc_text(response->error, "message"));
        ck_assert_str_eq(rpc_text(response->result, "size"), "102400");
    }
    after_kib = daemon_rss_kib(it.daemon);
#ifndef AZB_SANITIZE /* which keeps what is freed, for a while */
    ck_assert_int_lt(after_kib - before_kib, 64 * 1024);
#endif
    (void)before_kib, (void)after_kib;
    close(fd);
    service_stop(&it, &service, "a thousand");
}
END_TEST

START_TEST(test_progress)
{
    struct service service = {.blob_bytes = 17 * MIB,
                              .fault = FAKE_STALL,
                              .times = 1,
                              .from = 8 * MIB,
                              .cut = MIB / 2}; /* of any range, the last one too */
    struct scene it = service_scene(&service, "[timeouts]\nstall_timeout_ms = 700\n");
    struct azb_buf got = {0};
    int64_t bytes, total, before = 0;
    unsigned n_told = 0;

    check_whole("told", &service, fetch(&it, TO_FILE, ",'progress':true", &got), &got);
    for (size_t i = 0; i < rpc_n_notes(it.rpc); i++) {
        const struct azb_msg *note = rpc_note(it.rpc, i);
        const msgpack_object_map *map;

        if (!rpc_is(note, "$/progress"))
            continue;
        map = azb_value_map(&note->params[1]);
        ck_assert(azb_value_int(azb_map_find(map, "bytes"), &bytes));
        ck_assert(azb_value_int(azb_map_find(map, "total"), &total));
        ck_assert_int_eq(total, 17 * MIB);
        ck_assert_int_le(bytes, total);
        ck_assert_int_ge(bytes, before);
        before = bytes;
        n_told++;
    }
    ck_assert_uint_gt(n_told, 0);
    azb_buf_clear(&got);
    service_stop(&it, &service, "progress");
}
END_TEST

/* ---- slowly ---- */

static const struct {
    const char *label, *config, *method, *limit;
} slow[] = {
    {"a call's limit, down", NULL, "blob.download_blob", ",'bwlimit':4194304"},
    {"a call's limit, up", NULL, "blob.upload_blob", ",'bwlimit':4194304"},
    {"the daemon's limit, down", "[daemon]\nbwlimit = 4M\n", "blob.download_blob", ""},
    {"the daemon's limit, up", "[daemon]\nbwlimit = 4M\n", "blob.upload_blob", ""},
    {"a higher one of the call", "[daemon]\nbwlimit = 4M\n", "blob.download_blob",
     ",'bwlimit':41943040"},
};

/* 2 MiB at 4 MiB/s: half a second, less what comes in one piece. */
START_TEST(test_bwlimit)
{
    struct service service = {.blob_bytes = 2 * MIB};
    struct scene it = service_scene(&service, slow[_i].config);
    struct timespec begin, end;
    const struct azb_msg *response;
    char params[96];
    int fd = memfd_create("bytes", MFD_CLOEXEC);
    double took_s;

    ck_assert_int_eq(ftruncate(fd, 2 * MIB), 0);
    snprintf(params, sizeof(params), "{'container':'c','blob':'b','fd':true%s}",
             slow[_i].limit);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    response = rpc_wait(it.rpc, rpc_send_fd(it.rpc, slow[_i].method, params, fd));
    clock_gettime(CLOCK_MONOTONIC, &end);
    took_s = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    ck_assert_msg(response->error == NULL, "%s", slow[_i].label);
    ck_assert_msg(took_s > 0.35, "%s: %.3f s", slow[_i].label, took_s);
    close(fd);
    service_stop(&it, &service, slow[_i].label);
}
END_TEST

static double seconds_of_downloads(const struct scene *it, unsigned n)
{
    struct timespec begin, end;
    uint32_t ids[8];

    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (unsigned i = 0; i < n; i++)
        ids[i] = rpc_send(it->rpc, "blob.download_blob", "{'container':'c','blob':'b'}");
    for (unsigned i = 0; i < n; i++)
        ck_assert_ptr_null(rpc_wait(it->rpc, ids[i])->error);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

/* Four calls at once share the limit of their connection: together 2 MiB at 4 MiB/s, each of
 * them alone would take an eighth of a second. */
START_TEST(test_bwlimit_of_connection)
{
    enum { N = 4 };
    struct service service = {.blob_bytes = MIB / 2};
    struct scene it = service_scene(&service, NULL);
    double took_s;

    ck_assert_ptr_null(rpc_call(it.rpc, "rpc.hello", "{'bwlimit':4194304}")->error);
    took_s = seconds_of_downloads(&it, N);
    ck_assert_msg(took_s > 0.35, "limited: %.3f s", took_s);
    ck_assert_ptr_null(rpc_call(it.rpc, "rpc.hello", "{'client_name':'same'}")->error);
    took_s = seconds_of_downloads(&it, N);
    ck_assert_msg(took_s > 0.35, "still limited: %.3f s", took_s);
    service_stop(&it, &service, "the connection's limit");
}
END_TEST

static Suite *ranges_suite(void)
{
    Suite *suite = suite_create("ranges");
    TCase *tc = tcase_create("ranges");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    tcase_add_loop_test(tc, test_sizes, 0, 2);
    UNIT_TABLE(tc, test_parts, parts);
    UNIT_TABLE(tc, test_each_range_fails_once, passing);
    tcase_add_loop_test(tc, test_structured_cut_everywhere, 0, N_DESTINATIONS);
    tcase_add_test(tc, test_flipped_bit);
    UNIT_TABLE(tc, test_stored_md5, stored);
    tcase_add_test(tc, test_stored_md5_of_a_part);
    tcase_add_test(tc, test_stored_md5_of_a_cut_range);
    tcase_add_test(tc, test_stored_md5_write_only);
    tcase_add_test(tc, test_changed_midway);
    tcase_add_test(tc, test_lying_range);
    tcase_add_loop_test(tc, test_killed_and_resumed, 0, 2);
    tcase_add_loop_test(tc, test_resumed_with_stored_md5, 0, 2);
    tcase_add_test(tc, test_resumed_from_damaged);
    tcase_add_test(tc, test_resumed_after_change);
    tcase_add_test(tc, test_resume_with_all_places_taken);
    tcase_add_test(tc, test_resume_needs_a_file);
    tcase_add_test(tc, test_thousand);
    tcase_add_test(tc, test_progress);
    UNIT_TABLE(tc, test_bwlimit, slow);
    tcase_add_test(tc, test_bwlimit_of_connection);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(ranges_suite)
