/*
 * test_sparse.c: downloads of page blobs. What the service's list of pages does not name is
 * zeros: it is not fetched, and a file has a hole there. Whatever the list is worth, the bytes
 * are those of the blob.
 */
#define _GNU_SOURCE 1 /* memfd_create() */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/codec/crc64.h"
#include "tests/faults/fetch.h"
#include "tests/unit/structured_body.h"
#include "tests/unit/unit.h"

enum {
    TEST_LIMIT_S = 240,
    KIB = 1024,
    MIB = 1024 * KIB,
    FIRST_BYTES = 8 * MIB, /* what is asked for before anything is known */
    BLOB_BYTES = 72 * MIB,
    MAX_EXTENTS = 20000,
};

/* Bytes that hold something. */
struct extent {
    size_t from, to;
};

struct service {
    struct extent extents[MAX_EXTENTS];
    unsigned n_extents;
    size_t blob_bytes;
    unsigned char *bytes; /* NULL: zeros */
    bool is_structured;
    const char *blob_type;
    unsigned per_piece;  /* entries in an answer, whatever is asked for; 0: as asked for */
    int list_status;     /* instead of a list; 0: a list */
    bool breaks_list;    /* its first answer */
    bool lies;           /* its list is out of order */
    unsigned changes_at; /* request number from which on it is another blob; 0: never */
    size_t stalls_from;  /* ranges there and beyond; 0: none */
    unsigned flips;      /* so many answers have a wrong bit in the middle */
    unsigned n_requests, n_lists, n_unpinned;
    size_t n_sent; /* bytes of the blob */
    struct azb_buf body;
    char header[512];
};

static const char *etag_of(const struct service *service)
{
    return service->changes_at > 0 && service->n_requests >= service->changes_at ? "\"0x2\""
                                                                                 : "\"0x1\"";
}

static void serve_list(struct service *service, const struct fake_request *request,
                       struct fake_step *reply)
{
    const char *marker = strstr(request->line, "marker=");
    const char *asked_for = strstr(request->line, "maxresults=");
    unsigned i = marker != NULL ? (unsigned)atoi(marker + strlen("marker=")) : 0;
    unsigned most = service->per_piece, n = 0;

    service->n_lists++;
    if (most == 0)
        most = asked_for != NULL ? (unsigned)atoi(asked_for + strlen("maxresults=")) : 10000;
    azb_buf_puts(&service->body, FAKE_XML("<PageList>"));
    for (; i < service->n_extents && n < most; i++, n++) {
        const struct extent *extent =
            &service->extents[service->lies ? service->n_extents - 1 - i : i];

        azb_buf_printf(&service->body,
                       "<PageRange><Start>%zu</Start><End>%zu</End></PageRange>", extent->from,
                       extent->to - 1);
    }
    if (i < service->n_extents)
        azb_buf_printf(&service->body, "<NextMarker>%u</NextMarker>", i);
    azb_buf_puts(&service->body, "</PageList>");
    if (service->list_status != 0)
        *reply = (struct fake_step){.reply = service->list_status, .error_code = "Refused"};
    else if (service->breaks_list && service->n_lists == 1)
        *reply = (struct fake_step){.reply = 200, .fault = FAKE_RESET, .after_bytes = 300};
    reply->body = azb_buf_cstr(&service->body);
}

static void serve_range(struct service *service, size_t first, size_t last,
                        struct fake_step *reply)
{
    size_t n = last - first + 1;
    unsigned char *zeros = service->bytes == NULL ? calloc(n, 1) : NULL;
    const unsigned char *bytes = zeros != NULL ? zeros : service->bytes + first;

    if (service->is_structured)
        structured_body(&service->body, bytes, n, 4 * MIB);
    else
        azb_buf_append(&service->body, bytes, n);
    free(zeros);
    if (service->flips > 0) {
        service->flips--;
        service->body.data[service->body.len / 2] ^= 1;
    }
    snprintf(service->header + strlen(service->header),
             sizeof(service->header) - strlen(service->header),
             "\nContent-Range: bytes %zu-%zu/%zu", first, last, service->blob_bytes);
    if (service->is_structured)
        snprintf(service->header + strlen(service->header),
                 sizeof(service->header) - strlen(service->header),
                 "\nx-ms-structured-body: XSM/1.0; properties=crc64"
                 "\nx-ms-structured-content-length: %zu",
                 n);
    reply->reply = 206;
    reply->body = (char *)service->body.data;
    reply->body_bytes = service->body.len;
    service->n_sent += n;
}

static void serve(const struct fake_request *request, struct fake_step *reply, void *arg)
{
    struct service *service = arg;
    const char *range = fake_request_header(request, "x-ms-range");
    const char *if_match = fake_request_header(request, "If-Match");
    bool is_list = strstr(request->line, "comp=pagelist") != NULL;
    size_t first = 0, last = SIZE_MAX;

    service->n_requests++;
    service->body.len = 0;
    if (if_match != NULL && strcmp(if_match, etag_of(service)) != 0) {
        *reply = (struct fake_step){.reply = 412, .error_code = "ConditionNotMet"};
        return;
    }
    service->n_unpinned += service->n_requests > 1 && if_match == NULL;
    snprintf(service->header, sizeof(service->header),
             "ETag: %s\nx-ms-blob-type: %s\nx-ms-version: 2026-04-06", etag_of(service),
             service->blob_type);
    reply->header = service->header;
    if (is_list) {
        serve_list(service, request, reply);
        return;
    }
    ck_assert_ptr_nonnull(range);
    ck_assert_int_eq(sscanf(range, "bytes=%zu-%zu", &first, &last), 2);
    serve_range(service, first, last < service->blob_bytes ? last : service->blob_bytes - 1,
                reply);
    if (service->stalls_from > 0 && first >= service->stalls_from) {
        reply->fault = FAKE_STALL;
        reply->after_bytes = 100;
        reply->in_body = true;
    }
}

/* A page blob that holds something there: extents, up to {0, 0}. */
static struct service *service_new(const struct extent *extents)
{
    struct service *service = calloc(1, sizeof(*service));

    ck_assert_ptr_nonnull(service);
    service->blob_type = "PageBlob";
    service->blob_bytes = BLOB_BYTES;
    service->bytes = calloc(BLOB_BYTES, 1);
    ck_assert_ptr_nonnull(service->bytes);
    for (; extents->to > 0; extents++) {
        service->extents[service->n_extents++] = *extents;
        for (size_t i = extents->from; i < extents->to; i++)
            service->bytes[i] = (unsigned char)(1 + i % 251);
    }
    return service;
}

static struct scene service_scene(struct service *service)
{
    return scene_start(NULL, &(struct fake_options){.handler = serve, .handler_arg = service},
                       NULL);
}

static void service_stop(struct scene *it, struct service *service, const char *label)
{
    scene_stop(it, label);
    azb_buf_clear(&service->body);
    free(service->bytes);
    free(service);
}

static void check_bytes(const char *label, const struct service *service,
                        const struct azb_msg *response, const struct azb_buf *got,
                        size_t offset)
{
    ck_assert_msg(response->error == NULL, "%s: %s", label,
                  rpc_text(response->error, "message"));
    ck_assert_msg(memcmp(got->data, service->bytes + offset, got->len) == 0, "%s: other bytes",
                  label);
    ck_assert_msg(service->n_unpinned == 0, "%s: %u requests without If-Match", label,
                  service->n_unpinned);
}

static void check_whole(const char *label, const struct service *service,
                        const struct azb_msg *response, const struct azb_buf *got)
{
    uint64_t crc = azb_crc64(0, service->bytes, service->blob_bytes);
    char text[17];

    check_bytes(label, service, response, got, 0);
    ck_assert_msg(got->len == service->blob_bytes, "%s: %zu bytes", label, got->len);
    for (int i = 0; i < 8; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned)(crc >> 8 * i & 0xff));
    if (service->is_structured)
        ck_assert_msg(strcmp(rpc_text(response->result, "content_crc64"), text) == 0,
                      "%s: content_crc64 is %s", label,
                      rpc_text(response->result, "content_crc64"));
}

/* ---- what is fetched, and what the file takes ---- */

#define PAGES_IN_SOME_PLACES                                                  \
    {0, 512}, {20 * MIB + 1536, 20 * MIB + 5632}, {21 * MIB, 21 * MIB + 512}, \
        {40 * MIB - 512, 40 * MIB + 512},                                     \
    {                                                                         \
        72 * MIB - 512, 72 * MIB                                              \
    }
/* of it, besides the first range: in each chunk of 8 MiB from the first byte to the last */
enum { IN_SOME_PLACES = MIB + 512 - 1536 + 512 + 512 + 512 };

static const struct {
    const char *label;
    struct extent extents[8];
    size_t n_sent; /* besides the first range */
    unsigned per_piece, n_lists;
    int list_status;
    bool breaks_list, lies;
    const char *blob_type;
} disks[] = {
    {"pages in some places", {PAGES_IN_SOME_PLACES}, IN_SOME_PLACES, 0, 1},
    {"listed one by one", {PAGES_IN_SOME_PLACES}, IN_SOME_PLACES, 1, 5},
    {"listed two by two", {PAGES_IN_SOME_PLACES}, IN_SOME_PLACES, 2, 3},
    {"nothing", {{0}}, 0, 0, 1},
    {"everything", {{0, BLOB_BYTES}}, BLOB_BYTES - FIRST_BYTES, 0, 1},
    {"only the end", {{70 * MIB, 72 * MIB}}, 2 * MIB, 0, 1},
    {"a long one", {{4 * MIB, 30 * MIB}, {50 * MIB, 60 * MIB}}, 32 * MIB, 1, 2},
    {"a list that breaks",
     {PAGES_IN_SOME_PLACES},
     IN_SOME_PLACES,
     .n_lists = 2,
     .breaks_list = true},
    {"no right to the list",
     {PAGES_IN_SOME_PLACES},
     BLOB_BYTES - FIRST_BYTES,
     .n_lists = 1,
     .list_status = 403},
    {"no list at all",
     {PAGES_IN_SOME_PLACES},
     BLOB_BYTES - FIRST_BYTES,
     .n_lists = 1,
     .list_status = 400},
    {"a list that cannot be",
     {PAGES_IN_SOME_PLACES},
     BLOB_BYTES - FIRST_BYTES,
     .n_lists = 1,
     .lies = true},
    {"a block blob",
     {PAGES_IN_SOME_PLACES},
     BLOB_BYTES - FIRST_BYTES,
     .n_lists = 0,
     .blob_type = "BlockBlob"},
};

static struct service *disk_new(int i)
{
    struct service *service = service_new(disks[i].extents);

    service->per_piece = disks[i].per_piece;
    service->list_status = disks[i].list_status;
    service->breaks_list = disks[i].breaks_list;
    service->lies = disks[i].lies;
    if (disks[i].blob_type != NULL)
        service->blob_type = disks[i].blob_type;
    return service;
}

START_TEST(test_disks)
{
    for (int to = 0; to < N_DESTINATIONS; to++) {
        struct service *service = disk_new(_i);
        struct azb_buf got = {0};
        struct scene it;
        char label[96];

        snprintf(label, sizeof(label), "%s, to a %s", disks[_i].label, fetch_name[to]);
        service->is_structured = to != TO_PIPE;
        it = service_scene(service);
        check_whole(label, service, fetch(&it, (enum destination)to, "", &got), &got);
        ck_assert_msg(service->n_lists == disks[_i].n_lists, "%s: %u lists", label,
                      service->n_lists);
        if (to == TO_FILE)
            ck_assert_msg(service->n_sent == FIRST_BYTES + disks[_i].n_sent,
                          "%s: %zu bytes were sent", label, service->n_sent);
        ck_assert_msg(service->n_sent <= FIRST_BYTES + disks[_i].n_sent,
                      "%s: %zu bytes were sent", label, service->n_sent);
        azb_buf_clear(&got);
        service_stop(&it, service, label);
    }
}
END_TEST

static size_t room_of(int fd)
{
    struct stat st;

    ck_assert_int_eq(fstat(fd, &st), 0);
    return (size_t)st.st_blocks * 512;
}

/* With resume and without: the file takes room for what is not zero, in whole pages. */
START_TEST(test_room)
{
    struct service *service = service_new((struct extent[]){PAGES_IN_SOME_PLACES, {0}});
    struct scene it = service_scene(service);
    int fd = memfd_create("made", MFD_CLOEXEC);
    struct azb_buf got = {0};
    const struct azb_msg *response;

    response = rpc_wait(it.rpc, rpc_send_fd(it.rpc, "blob.download_blob",
                                            _i == 0 ? "{'container':'c','blob':'b','fd':true}"
                                                    : "{'container':'c','blob':'b','fd':true,"
                                                      "'resume':true}",
                                            fd));
    ck_assert_uint_le(room_of(fd), 10 * 4096);
    fetch_file(fd, &got);
    check_whole("sparse", service, response, &got);
    close(fd);
    azb_buf_clear(&got);
    service_stop(&it, service, "room");
}
END_TEST

/* A zero that came wrong and was written, and came right then: it is zero. */
START_TEST(test_wrong_zeros)
{
    struct service *service = service_new((struct extent[]){PAGES_IN_SOME_PLACES, {0}});
    struct scene it = service_scene(service);
    struct azb_buf got = {0};

    service->is_structured = true;
    service->flips = 3; /* of the first range, and of the others' first */
    check_whole("wrong zeros", service, fetch(&it, TO_FILE, "", &got), &got);
    ck_assert_uint_eq(service->flips, 0);
    azb_buf_clear(&got);
    service_stop(&it, service, "wrong zeros");
}
END_TEST

/* Where a file has other bytes that stay unless they are written over, the zeros are written.
 */
START_TEST(test_over_other_bytes)
{
    struct service *service = service_new((struct extent[]){PAGES_IN_SOME_PLACES, {0}});
    struct scene it = service_scene(service);
    int fd = memfd_create("made", MFD_CLOEXEC);
    struct azb_buf got = {0};
    const struct azb_msg *response;

    ck_assert_int_eq(pwrite(fd, "there", 5, 50 * MIB), 5);
    response = rpc_wait(it.rpc, rpc_send_fd(it.rpc, "blob.download_blob",
                                            "{'container':'c','blob':'b','fd':true}", fd));
    fetch_file(fd, &got);
    check_whole("over other bytes", service, response, &got);
    close(fd);
    azb_buf_clear(&got);
    service_stop(&it, service, "over other bytes");
}
END_TEST

static const struct {
    const char *label, *more;
    size_t offset, n;
} parts[] = {
    {"from an odd byte", ",'offset':3000001", 3000001, BLOB_BYTES - 3000001},
    {"up to a hole", ",'offset':1000,'length':31457280", 1000, 30 * MIB},
    {"only a hole behind", ",'offset':31457280,'length':9437184", 30 * MIB, 9 * MIB},
    {"one at a time", ",'max_concurrency':1", 0, BLOB_BYTES},
    {"sixteen at a time", ",'max_concurrency':16", 0, BLOB_BYTES},
};

START_TEST(test_parts)
{
    for (int to = 0; to < N_DESTINATIONS; to++) {
        struct service *service = service_new((struct extent[]){PAGES_IN_SOME_PLACES, {0}});
        struct scene it = service_scene(service);
        struct azb_buf got = {0};
        const struct azb_msg *response = fetch(&it, (enum destination)to, parts[_i].more, &got);

        check_bytes(parts[_i].label, service, response, &got, parts[_i].offset);
        ck_assert_msg(got.len == parts[_i].n, "%s, to a %s: %zu bytes", parts[_i].label,
                      fetch_name[to], got.len);
        azb_buf_clear(&got);
        service_stop(&it, service, parts[_i].label);
    }
}
END_TEST

/* Pages here and there, more than one answer names. */
START_TEST(test_scattered)
{
    struct service *service = service_new((struct extent[]){{0}});
    struct scene it;
    struct azb_buf got = {0};

    for (size_t at = 0; at < BLOB_BYTES; at += 8 * KIB) {
        service->extents[service->n_extents++] = (struct extent){at, at + 512};
        memset(service->bytes + at, 'x', 512);
    }
    it = service_scene(service);
    check_whole("scattered", service, fetch(&it, (enum destination)_i, "", &got), &got);
    ck_assert_uint_gt(service->n_lists, 3);
    azb_buf_clear(&got);
    service_stop(&it, service, "scattered");
}
END_TEST

/* An answer with more than there is room for; the blob has 80 GiB, of which little is wanted.
 */
START_TEST(test_endless_list)
{
    struct service *service = service_new((struct extent[]){{0}});
    struct scene it;
    struct azb_buf got = {0};

    free(service->bytes);
    service->bytes = NULL;
    service->per_piece = MAX_EXTENTS;
    for (size_t i = 0; i < MAX_EXTENTS; i++)
        service->extents[service->n_extents++] =
            (struct extent){i * 4 * MIB, i * 4 * MIB + 512};
    service->blob_bytes = (size_t)MAX_EXTENTS * 4 * MIB;
    it = service_scene(service);
    ck_assert_ptr_null(fetch(&it, TO_STREAM, ",'offset':0,'length':33554432", &got)->error);
    ck_assert_uint_eq(got.len, 32 * MIB);
    ck_assert_uint_eq(service->n_sent, FIRST_BYTES + 6 * 512);
    azb_buf_clear(&got);
    service_stop(&it, service, "endless");
}
END_TEST

/* A blob that becomes another one while its pages are listed, or after that. */
START_TEST(test_changed)
{
    for (unsigned at = 2; at <= 3; at++) {
        struct service *service = service_new((struct extent[]){PAGES_IN_SOME_PLACES, {0}});
        struct scene it = service_scene(service);
        struct azb_buf got = {0};

        service->changes_at = at;
        ck_assert_str_eq(rpc_text(fetch(&it, TO_FILE, "", &got)->error, "kind"),
                         "ResourceModifiedError");
        ck_assert_uint_eq(got.len, 0);
        azb_buf_clear(&got);
        service_stop(&it, service, "changed");
    }
}
END_TEST

/* ---- going on ---- */

/* Killed in the middle. What is there, zeros around its pages included, does not come again;
 * and what somebody wrote into a hole meanwhile does not stay. */
START_TEST(test_resumed)
{
    static const char params[] = "{'container':'c','blob':'b','fd':true,'resume':true}";
    struct service *service = service_new((struct extent[]){PAGES_IN_SOME_PLACES, {0}});
    struct scene it = service_scene(service);
    int fd = memfd_create("made", MFD_CLOEXEC);
    struct azb_buf got = {0};
    const struct azb_msg *response;

    service->is_structured = _i == 1;
    service->stalls_from = 40 * MIB;
    rpc_send_fd(it.rpc, "blob.download_blob", params, fd);
    fetch_wait_chunks(fd, 3); /* at 0, 16 and 32 MiB */
    daemon_kill(it.daemon);
    rpc_close(it.rpc);
    it.daemon = daemon_start_for(it.fake, NULL);
    it.rpc = rpc_connect(it.daemon);
    service->stalls_from = service->n_sent = service->n_requests = 0;
    ck_assert_int_eq(pwrite(fd, "not of the blob", 15, 50 * MIB), 15);
    ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
    response = rpc_wait(it.rpc, rpc_send_fd(it.rpc, "blob.download_blob", params, fd));
    ck_assert_uint_le(room_of(fd), FIRST_BYTES + 10 * 4096);
    fetch_file(fd, &got);
    check_whole("resumed", service, response, &got);
    ck_assert_str_eq(rpc_text(response->result, "resumed_bytes"), "25165824");
    /* the first chunk that was not there is asked for before it is known to be empty */
    ck_assert_uint_eq(service->n_sent, FIRST_BYTES + 512 + 512);
    close(fd);
    azb_buf_clear(&got);
    service_stop(&it, service, "resumed");
}
END_TEST

static Suite *sparse_suite(void)
{
    Suite *suite = suite_create("sparse");
    TCase *tc = tcase_create("sparse");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    UNIT_TABLE(tc, test_disks, disks);
    tcase_add_loop_test(tc, test_room, 0, 2);
    tcase_add_test(tc, test_wrong_zeros);
    tcase_add_test(tc, test_over_other_bytes);
    UNIT_TABLE(tc, test_parts, parts);
    tcase_add_loop_test(tc, test_scattered, 0, N_DESTINATIONS);
    tcase_add_test(tc, test_endless_list);
    tcase_add_test(tc, test_changed);
    tcase_add_loop_test(tc, test_resumed, 0, 2);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(sparse_suite)
