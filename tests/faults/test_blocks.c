/*
 * test_blocks.c: uploads of more than one request, against a service that keeps blocks as the
 * real one does, and fails where a case says.
 */
#define _GNU_SOURCE 1 /* memfd_create() */
#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "proto/base64.h"
#include "lib/codec/crc64.h"
#include "tests/faults/scene.h"
#include "tests/unit/unit.h"

enum {
    TEST_LIMIT_S = 60,
    BLOCK_BYTES = 4096,
    N_BLOCKS = 10,
    FILE_BYTES = (N_BLOCKS - 1) * BLOCK_BYTES + 17,
    MAX_BLOCKS = 64,
    SHORT_BLOCKS = 1000, /* of a pipe, at most */
    LONG_BLOCK_BYTES = 512 * 1024,
    ID_CHARS = 80,
    MAX_WANTED = 4,
    SETTLED_MS = 150, /* a file that did not change for so long may be resumed */
};

#define SMALL_BLOCKS                                              \
    "[upload]\nblock_bytes = 4096\nmax_single_put_bytes = 4096\n" \
    "[timeouts]\nstall_timeout_ms = 500"
#define JUST_NOW "Last-Modified: Fri, 01 Jan 2100 00:00:00 GMT\n"
#define OTHER_ID "b3RoZXItdXBsb2FkLTAwMA=="

/* ---- the service ---- */

/* What it does when a request comes for the first time. */
enum trouble {
    NO_TROUBLE,
    BUSY,        /* 503, nothing done */
    ANSWER_LOST, /* done, and the connection reset */
    CLOSED,      /* done, and the connection closed */
    BAD_CRC,     /* answered with another CRC */
    REFUSED,     /* 400: no use to try again */
    SILENT,      /* never answered */
    CUT,         /* the connection breaks in its middle */
};

struct plan {
    enum trouble each_block;
    enum trouble commit;
    unsigned block_i; /* from here on, `from_block` */
    enum trouble from_block;
    bool has_blob;           /* there is one when first asked */
    bool has_rival;          /* and there is one when it comes to the commit */
    bool has_foreign_blocks; /* another upload is under way */
    bool is_replaced;        /* somebody else's blob takes the place of what was committed */
    bool shows_no_blocks;    /* one may write, but not read */
};

struct service {
    struct plan plan;
    struct block {
        char id[ID_CHARS];
        struct fake_request request; /* its body is the fake's */
        unsigned n_tries;
        bool is_staged;
    } blocks[MAX_BLOCKS];
    unsigned n_blocks;
    unsigned n_commits;
    char block_list[MAX_BLOCKS * 2 * ID_CHARS];
    char answer_headers[100];
    const char *committed; /* the commit's body */
};

static struct fake_step answer_of(enum trouble trouble)
{
    switch (trouble) {
    case BUSY:
        return (struct fake_step){.reply = 503, .error_code = "ServerBusy"};
    case ANSWER_LOST:
        return (struct fake_step){.reply = 201, .fault = FAKE_RESET};
    case CLOSED:
        return (struct fake_step){.reply = 201, .fault = FAKE_CLOSE};
    case BAD_CRC:
        return (struct fake_step){.reply = 201, .header = "x-ms-content-crc64: AAAAAAAAAAA="};
    case REFUSED:
        return (struct fake_step){.reply = 400, .error_code = "InvalidHeaderValue"};
    case SILENT:
        return (struct fake_step){.reply = 201, .fault = FAKE_SILENT};
    default:
        return (struct fake_step){.reply = 201, .header = "ETag: \"1\""};
    }
}

/* The blockid of a request, decoded from its query. */
static void block_id_of(const struct fake_request *request, char ret[ID_CHARS])
{
    const char *at = strstr(request->line, "blockid=") + strlen("blockid=");
    size_t n = 0;

    for (; *at != '\0' && *at != '&' && n < ID_CHARS - 1; n++) {
        unsigned c = (unsigned char)*at;

        if (*at == '%' && sscanf(at, "%%%2x", &c) != 1)
            abort(); /* not in the test's thread */
        at += *at == '%' ? 3 : 1;
        ret[n] = (char)c;
    }
    ret[n] = '\0';
}

static struct block *service_block(struct service *service, const char *id)
{
    for (unsigned i = 0; i < service->n_blocks; i++)
        if (strcmp(service->blocks[i].id, id) == 0)
            return &service->blocks[i];
    if (service->n_blocks == MAX_BLOCKS)
        abort();
    snprintf(service->blocks[service->n_blocks].id, ID_CHARS, "%s", id);
    return &service->blocks[service->n_blocks++];
}

static void crc_text_of(const struct fake_request *request, char ret[16])
{
    unsigned char bytes[AZB_CRC64_BYTES];

    azb_crc64_bytes(azb_crc64(0, request->body, request->body_bytes), bytes);
    azb_base64_encode(bytes, sizeof(bytes), ret);
}

/* The service tells what it got, whether or not the request has a checksum. */
static struct fake_step staged_answer(struct service *service,
                                      const struct fake_request *request)
{
    char crc_text[16];

    crc_text_of(request, crc_text);
    snprintf(service->answer_headers, sizeof(service->answer_headers), "x-ms-content-crc64: %s",
             crc_text);
    return (struct fake_step){.reply = 201, .header = service->answer_headers};
}

static struct fake_step stage(struct service *service, const struct fake_request *request)
{
    char id[ID_CHARS];
    struct block *block;
    enum trouble trouble;

    block_id_of(request, id);
    block = service_block(service, id);
    trouble = block->n_tries++ == 0 ? service->plan.each_block : NO_TROUBLE;
    if (service->plan.from_block != NO_TROUBLE &&
        block - service->blocks >= (long)service->plan.block_i)
        trouble = service->plan.from_block;
    if (trouble != BUSY && trouble != REFUSED && trouble != SILENT) {
        block->is_staged = true;
        block->request = *request;
    }
    return trouble == NO_TROUBLE ? staged_answer(service, request) : answer_of(trouble);
}

/* What the commit named, or somebody else's one block. */
static struct fake_step list_committed(struct service *service)
{
    const char *at = service->committed;
    size_t n = (size_t)snprintf(service->block_list, sizeof(service->block_list),
                                FAKE_XML("<BlockList><CommittedBlocks>"));

    if (service->plan.shows_no_blocks)
        return (struct fake_step){.reply = 403,
                                  .error_code = "AuthorizationPermissionMismatch"};
    if (service->plan.is_replaced)
        at = "<Latest>" OTHER_ID "</Latest>";
    while (at != NULL && (at = strstr(at, "<Latest>")) != NULL) {
        at += strlen("<Latest>");
        n += (size_t)snprintf(service->block_list + n, sizeof(service->block_list) - n,
                              "<Block><Name>%.*s</Name><Size>1</Size></Block>",
                              (int)strcspn(at, "<"), at);
    }
    snprintf(service->block_list + n, sizeof(service->block_list) - n,
             "</CommittedBlocks></BlockList>");
    return (struct fake_step){
        .reply = 200, .header = JUST_NOW "ETag: \"2\"", .body = service->block_list};
}

static struct fake_step list_blocks(struct service *service)
{
    size_t n = 0;

    n += (size_t)snprintf(service->block_list, sizeof(service->block_list),
                          FAKE_XML("<BlockList><UncommittedBlocks>"));
    if (service->plan.has_foreign_blocks)
        n += (size_t)snprintf(service->block_list + n, sizeof(service->block_list) - n,
                              "<Block><Name>" OTHER_ID "</Name><Size>1</Size></Block>");
    for (unsigned i = 0; i < service->n_blocks; i++)
        if (service->blocks[i].is_staged)
            n += (size_t)snprintf(service->block_list + n, sizeof(service->block_list) - n,
                                  "<Block><Name>%s</Name><Size>%zu</Size></Block>",
                                  service->blocks[i].id, service->blocks[i].request.body_bytes);
    snprintf(service->block_list + n, sizeof(service->block_list) - n,
             "</UncommittedBlocks></BlockList>");
    return (struct fake_step){.reply = 200, .body = service->block_list};
}

static struct fake_step commit(struct service *service, const struct fake_request *request)
{
    enum trouble trouble = service->n_commits++ == 0 ? service->plan.commit : NO_TROUBLE;
    bool is_conditional = fake_request_header(request, "If-None-Match") != NULL;

    if (is_conditional && (service->plan.has_rival || service->committed != NULL))
        return (struct fake_step){.reply = 409, .error_code = "BlobAlreadyExists"};
    if (trouble != BUSY && trouble != REFUSED)
        service->committed = request->body;
    return answer_of(trouble);
}

/* Each block's first request, in its middle. */
static size_t cut_block(const struct fake_request *request, void *arg)
{
    struct service *service = arg;
    char id[ID_CHARS];

    if (service->plan.each_block != CUT || strstr(request->line, "comp=block&") == NULL)
        return SIZE_MAX;
    block_id_of(request, id);
    if (service_block(service, id)->n_tries++ > 0)
        return SIZE_MAX;
    return strtoul(fake_request_header(request, "Content-Length"), NULL, 10) / 2;
}

static void serve(const struct fake_request *request, struct fake_step *reply, void *arg)
{
    static char properties[200];
    struct service *service = arg;

    if (strncmp(request->line, "HEAD", 4) == 0) {
        *reply = (struct fake_step){.reply = 404, .error_code = "BlobNotFound"};
        snprintf(properties, sizeof(properties), JUST_NOW "Content-Length: %d\nETag: \"1\"",
                 FILE_BYTES);
        if (service->plan.has_blob || service->committed != NULL)
            *reply = (struct fake_step){.reply = 200, .header = properties};
    } else if (strncmp(request->line, "PUT /c/b?comp=block&", 20) == 0) {
        *reply = stage(service, request);
    } else if (strcmp(request->line, "PUT /c/b?comp=blocklist") == 0) {
        *reply = commit(service, request);
    } else if (strncmp(request->line, "GET /c/b?comp=blocklist", 23) == 0) {
        *reply = strstr(request->line, "=committed") != NULL ? list_committed(service)
                                                             : list_blocks(service);
    } else if (strcmp(request->line, "PUT /c/b?comp=page") == 0) {
        *reply = staged_answer(service, request);
    } else {
        *reply = (struct fake_step){.reply = request->line[0] == 'D' ? 202 : 201,
                                    .header = "ETag: \"empty\""};
    }
}

/* ---- the caller ---- */

static char *text_new(size_t n)
{
    char *text = malloc(n);

    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)('a' + (i + i / 251) % 26);
    return text;
}

static int file_with(const char *bytes, size_t n)
{
    int fd = memfd_create("source", MFD_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
    ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

/* The end to read from; all is in it. */
static int pipe_with(const char *bytes, size_t n)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], bytes, n), (ssize_t)n);
    close(ends[1]);
    return ends[0];
}

static uint32_t upload_begin(struct rpc *rpc, int fd, const char *more)
{
    char params[200];

    snprintf(params, sizeof(params), "{'container':'c','blob':'b','fd':true%s}", more);
    return rpc_send_fd(rpc, "blob.upload_blob", params, fd);
}

static struct scene service_scene(struct service *service)
{
    return scene_start(
        NULL,
        &(struct fake_options){.handler = serve, .breaks = cut_block, .handler_arg = service},
        SMALL_BLOCKS);
}

/* What the commit names, put together, must be the file. A block that was in memory came with
 * its CRC. */
static void check_committed(const char *label, struct service *service, const char *text,
                            bool has_crc)
{
    static const char opening[] = "<Latest>";
    const char *at = service->committed;
    size_t n = 0;

    ck_assert_msg(at != NULL, "%s: nothing was committed", label);
    while ((at = strstr(at, opening)) != NULL) {
        char id[ID_CHARS], crc_text[16];
        const struct fake_request *request;

        at += strlen(opening);
        snprintf(id, sizeof(id), "%.*s", (int)strcspn(at, "<"), at);
        request = &service_block(service, id)->request;
        ck_assert_msg(n + request->body_bytes <= FILE_BYTES &&
                          memcmp(request->body, text + n, request->body_bytes) == 0,
                      "%s: block %s is not what is at %zu", label, id, n);
        n += request->body_bytes;
        crc_text_of(request, crc_text);
        if (has_crc)
            ck_assert_str_eq(fake_request_header(request, "x-ms-content-crc64"), crc_text);
    }
    ck_assert_msg(n == FILE_BYTES, "%s: the blob has %zu bytes, not %d", label, n, FILE_BYTES);
}

/* Until the file is as old as a resumed one must be. */
static void wait_until_settled(int fd)
{
    struct timespec now, pause = {0, 10 * 1000 * 1000};
    struct stat st;

    ck_assert_int_eq(fstat(fd, &st), 0);
    do {
        nanosleep(&pause, NULL);
        clock_gettime(CLOCK_REALTIME, &now);
    } while ((now.tv_sec - st.st_ctim.tv_sec) * 1000 +
                 (now.tv_nsec - st.st_ctim.tv_nsec) / (1000 * 1000) <
             SETTLED_MS);
}

static size_t count_requests(struct fake *fake, const char *begin)
{
    size_t n = 0;

    for (size_t i = 0; i < fake_n_requests(fake); i++)
        n += strncmp(fake_request(fake, i)->line, begin, strlen(begin)) == 0;
    return n;
}

static const struct fake_request *find_request(struct fake *fake, const char *line)
{
    for (size_t i = 0; i < fake_n_requests(fake); i++)
        if (strcmp(fake_request(fake, i)->line, line) == 0)
            return fake_request(fake, i);
    ck_abort_msg("nobody asked for %s", line);
    return NULL;
}

/* ---- troubles that are got over, and others ---- */

#define EXISTS                        \
    {"code", "BlobAlreadyExists"},    \
    {                                 \
        "kind", "ResourceExistsError" \
    }
#define OVERWRITE ",'overwrite':true"

static const struct {
    const char *label;
    const char *more;
    struct plan plan;
    bool is_committed;
    struct wanted wanted[MAX_WANTED];
} cases[] = {
    {"all goes well",
     OVERWRITE,
     {.each_block = NO_TROUBLE},
     true,
     {WANT_SUCCESS, {"etag", "\"1\""}}},
    {"each block is refused once", OVERWRITE, {.each_block = BUSY}, true, {WANT_SUCCESS}},
    {"each block's first answer is lost",
     OVERWRITE,
     {.each_block = ANSWER_LOST},
     true,
     {WANT_SUCCESS}},
    {"each block's first connection ends",
     OVERWRITE,
     {.each_block = CLOSED},
     true,
     {WANT_SUCCESS}},
    {"each block's first connection breaks in its middle",
     OVERWRITE,
     {.each_block = CUT},
     true,
     {WANT_SUCCESS}},
    {"each block's first answer does not come",
     OVERWRITE,
     {.each_block = SILENT},
     true,
     {WANT_SUCCESS}},
    {"a block is never answered",
     OVERWRITE ",'retry_total':1",
     {.from_block = SILENT, .block_i = 5},
     false,
     {{"code", "NoProgress"}, {"retryable", "true"}}},
    {"each block arrives damaged once",
     OVERWRITE,
     {.each_block = BAD_CRC},
     true,
     {WANT_SUCCESS}},
    {"a block arrives damaged, and is not tried again",
     OVERWRITE ",'retry_total':0",
     {.each_block = BAD_CRC},
     false,
     {{"code", "ChecksumMismatch"}}},
    {"throttled in the middle",
     OVERWRITE ",'retry_total':1",
     {.from_block = BUSY, .block_i = 5},
     false,
     {{"code", "ServerBusy"}, {"retryable", "true"}}},
    {"a block is refused for good",
     OVERWRITE,
     {.from_block = REFUSED, .block_i = 5},
     false,
     {{"code", "InvalidHeaderValue"}}},
    {"the commit's answer is lost", OVERWRITE, {.commit = ANSWER_LOST}, true, {WANT_SUCCESS}},
    {"the commit's answer is lost, and the blob is there then",
     "",
     {.commit = ANSWER_LOST},
     true,
     {WANT_SUCCESS, {"etag", "\"2\""}, {"last_modified", "2100-01-01T00:00:00Z"}}},
    {"the commit's answer is lost, and another blob of that size is there then",
     "",
     {.commit = ANSWER_LOST, .is_replaced = true},
     true,
     {EXISTS}},
    {"the commit's answer is lost, and nobody tells what is there",
     "",
     {.commit = ANSWER_LOST, .shows_no_blocks = true},
     true,
     {EXISTS}},
    {"the commit comes to a busy service", "", {.commit = BUSY}, true, {WANT_SUCCESS}},
    {"somebody else was faster", "", {.has_rival = true}, false, {EXISTS}},
    {"there is such a blob", "", {.has_blob = true}, false, {EXISTS}},
};

/* A file's blocks are read as they are sent, again for each attempt; a pipe's are in memory. */
static void play_trouble(int case_i, bool is_pipe)
{
    const char *label = cases[case_i].label;
    struct service service = {.plan = cases[case_i].plan};
    char *text = text_new(FILE_BYTES);
    int fd = is_pipe ? pipe_with(text, FILE_BYTES) : file_with(text, FILE_BYTES);
    struct scene it = service_scene(&service);

    check_wanted(label, rpc_wait(it.rpc, upload_begin(it.rpc, fd, cases[case_i].more)),
                 cases[case_i].wanted);
    if (cases[case_i].is_committed)
        check_committed(label, &service, text, is_pipe);
    else
        ck_assert_msg(service.committed == NULL, "%s: it was committed", label);
    if (service.plan.has_blob)
        ck_assert_uint_eq(service.n_blocks, 0); /* it failed before data was sent */
    close(fd);
    scene_stop(&it, label);
    free(text);
}

START_TEST(test_trouble)
{
    play_trouble(_i, false);
    play_trouble(_i, true);
}
END_TEST

/* ---- what is left behind ---- */

static const struct {
    const char *label;
    const char *more;
    bool has_foreign_blocks;
    bool is_removed;
} leftovers[] = {
    {"they are removed", OVERWRITE, false, true},
    {"not with those of another upload", OVERWRITE, true, false},
    {"not when they are to be resumed", OVERWRITE ",'resume':true", false, false},
};

/*
 * 1 blocks are staged, 2 one is refused for good, 3 the call fails, 4 an empty blob takes the
 * blocks away, 5 and is deleted, if it is still that one.
 */
START_TEST(test_leftovers)
{
    const char *label = leftovers[_i].label;
    struct service service = {.plan = {.from_block = REFUSED,
                                       .block_i = 5,
                                       .has_foreign_blocks = leftovers[_i].has_foreign_blocks}};
    char *text = text_new(FILE_BYTES);
    int fd = file_with(text, FILE_BYTES);
    struct scene it = service_scene(&service);
    struct fake *fake = it.fake;

    wait_until_settled(fd);
    check_wanted(label, rpc_wait(it.rpc, upload_begin(it.rpc, fd, leftovers[_i].more)),
                 (const struct wanted[]){{"code", "InvalidHeaderValue"}, {0}});
    rpc_close(it.rpc);
    daemon_stop(it.daemon); /* what is under way is finished first */
    ck_assert_uint_eq(count_requests(fake, "DELETE /c/b"), leftovers[_i].is_removed);
    if (leftovers[_i].is_removed) {
        const struct fake_request *empty = find_request(fake, "PUT /c/b");

        ck_assert_str_eq(fake_request_header(empty, "If-None-Match"), "*");
        ck_assert_uint_eq(empty->body_bytes, 0);
        ck_assert_str_eq(fake_request_header(find_request(fake, "DELETE /c/b"), "If-Match"),
                         "\"empty\"");
    }
    fake_stop(fake);
    close(fd);
    free(text);
}
END_TEST

/* With a SAS that does not allow to delete, the empty blob would stay: it is not written. */
START_TEST(test_leftovers_of_sas)
{
    static const char *const permissions[] = {"cw", "cwd"};
    struct service service = {.plan = {.from_block = REFUSED, .block_i = 5}};
    char *text = text_new(FILE_BYTES), params[200];
    int fd = file_with(text, FILE_BYTES);
    struct scene it = service_scene(&service);
    struct fake *fake = it.fake;

    snprintf(params, sizeof(params),
             "{'name':'mine','connection_string':'BlobEndpoint=%s;SharedAccessSignature="
             "sv=2021-01-01&sp=%s&sig=c2ln'}",
             fake_url(fake), permissions[_i]);
    check_wanted("SAS", rpc_call(it.rpc, "service.open", params),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    check_wanted("SAS",
                 rpc_wait(it.rpc, upload_begin(it.rpc, fd, ",'client':'mine'" OVERWRITE)),
                 (const struct wanted[]){{"code", "InvalidHeaderValue"}, {0}});
    rpc_close(it.rpc);
    daemon_stop(it.daemon); /* what is under way is finished first */
    ck_assert_uint_eq(count_requests(fake, "PUT /c/b?sv"), _i);
    ck_assert_uint_eq(count_requests(fake, "DELETE"), _i);
    fake_stop(fake);
    close(fd);
    free(text);
}
END_TEST

/* ---- long ones ---- */

struct first_block {
    uint64_t bytes;
    unsigned n;
};

/* How long it says it is; nobody wants to have it. */
static size_t see_first_block(const struct fake_request *request, void *arg)
{
    struct first_block *first = arg;

    if (strstr(request->line, "comp=block&") == NULL)
        return SIZE_MAX;
    first->n++;
    first->bytes = strtoull(fake_request_header(request, "Content-Length"), NULL, 10);
    return 0;
}

static void answer_nothing(const struct fake_request *request, struct fake_step *reply,
                           void *arg)
{
    (void)request, (void)arg;
    reply->reply = 404;
}

#define LARGEST (50000ULL * 4000 * 1024 * 1024)

static const struct {
    const char *label;
    uint64_t bytes, block;
    const char *more, *code;
} lengths[] = {
    {"a usual one", 100 << 20, 4 << 20, "", NULL},
    {"blocks that 50,000 of are enough", 1ULL << 40, 21 << 20, "", NULL},
    {"the largest blob there may be", LARGEST, 4000ULL << 20, "", NULL},
    {"and larger", LARGEST + 1, 0, "", "InvalidParameter"},
    {"too small blocks", 1ULL << 40, 0, ",'max_block_size':1048576", "InvalidParameter"},
    {"more than can be held at a time", 1ULL << 50, 0, ",'validate_content':true",
     "InvalidParameter"},
};

/* A file needs no memory for its blocks: they are as long as its blob's length wants. */
START_TEST(test_lengths)
{
    struct first_block first = {0};
    struct fake_options options = {
        .handler = answer_nothing, .breaks = see_first_block, .handler_arg = &first};
    struct scene it = scene_start(NULL, &options, NULL);
    const char *label = lengths[_i].label, *code = lengths[_i].code;
    int fd = memfd_create("source", MFD_CLOEXEC);
    char more[100];
    const struct azb_msg *response;

    ck_assert_int_eq(ftruncate(fd, (off_t)lengths[_i].bytes), 0);
    snprintf(more, sizeof(more), ",'overwrite':true,'retry_total':0,'max_concurrency':1%s",
             lengths[_i].more);
    response = rpc_wait(it.rpc, upload_begin(it.rpc, fd, more));
    ck_assert_ptr_nonnull(response->error);
    if (code != NULL)
        check_wanted(label, response, (const struct wanted[]){{"code", code}, {0}});
    ck_assert_msg(first.n == (code == NULL), "%s: %u requests", label, first.n);
    ck_assert_msg(first.bytes == lengths[_i].block, "%s: a block of %llu bytes", label,
                  (unsigned long long)first.bytes);
    close(fd);
    scene_stop(&it, label);
}
END_TEST

/* A writer's end, and how much goes into it. */
struct flood {
    int fd;
    size_t bytes;
};

static void *flood_run(void *arg)
{
    static const char zeros[64 * 1024];
    struct flood *flood = arg;
    ssize_t n;

    for (size_t left = flood->bytes; left > 0; left -= (size_t)n) {
        n = write(flood->fd, zeros, left < sizeof(zeros) ? left : sizeof(zeros));
        if (n < 0)
            break;
    }
    close(flood->fd);
    return NULL;
}

struct long_pipe {
    unsigned n_short;  /* blocks of less than they should have */
    unsigned n_behind; /* of them, those behind the first thousand */
};

static void serve_long_pipe(const struct fake_request *request, struct fake_step *reply,
                            void *arg)
{
    struct long_pipe *seen = arg;
    unsigned char id[AZB_BASE64_BYTES(24)];
    char id_text[ID_CHARS];
    size_t n;

    reply->reply = 201;
    if (strstr(request->line, "comp=block&") == NULL)
        return;
    block_id_of(request, id_text);
    if (azb_base64_decode(id_text, strlen(id_text), id, &n) < 0 || n != 16)
        abort(); /* not in the test's thread */
    seen->n_short += request->body_bytes < LONG_BLOCK_BYTES;
    seen->n_behind +=
        request->body_bytes < LONG_BLOCK_BYTES && (id[14] << 8 | id[15]) >= SHORT_BLOCKS;
}

/* With little memory a pipe's first blocks are short rather than late. That may not go on: with
 * 50,000 blocks a blob is full. */
START_TEST(test_long_pipe)
{
    struct long_pipe seen = {0};
    struct scene it = scene_start(
        NULL, &(struct fake_options){.handler = serve_long_pipe, .handler_arg = &seen},
        "[upload]\nblock_bytes = 512K\nmax_single_put_bytes = 512K\n"
        "[daemon]\nmemory_limit_bytes = 1280K");
    struct flood flood = {.bytes = (SHORT_BLOCKS + 200) * (size_t)LONG_BLOCK_BYTES};
    pthread_t thread;
    int ends[2];
    uint32_t msgid;

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    flood.fd = ends[1];
    ck_assert_int_eq(pthread_create(&thread, NULL, flood_run, &flood), 0);
    msgid = upload_begin(it.rpc, ends[0], ",'overwrite':true,'max_concurrency':16");
    close(ends[0]);
    check_wanted("long", rpc_wait(it.rpc, msgid), (const struct wanted[]){WANT_SUCCESS, {0}});
    pthread_join(thread, NULL);
    ck_assert_uint_gt(seen.n_short, 0);
    ck_assert_uint_le(seen.n_behind, 1); /* the last one */
    scene_stop(&it, "long");
}
END_TEST

/* ---- resuming ---- */

static const struct {
    const char *label;
    bool changes;
    const char *more;
    unsigned n_sent_again; /* of those that were there */
} resumes[] = {
    {"the same file", false, ",'resume':true" OVERWRITE, 0},
    {"the file has changed", true, ",'resume':true" OVERWRITE, 5},
    {"blocks of another size", false, ",'resume':true,'max_block_size':4095" OVERWRITE, 5},
    {"nobody said so", false, OVERWRITE, 5},
};

/* 1 five blocks are there, 2 the daemon is killed, 3 another one is asked for the same. */
START_TEST(test_resume)
{
    enum { N_THERE = 5 };
    const char *label = resumes[_i].label;
    struct service service = {.plan = {.from_block = SILENT, .block_i = N_THERE}};
    char *text = text_new(FILE_BYTES);
    int fd = file_with(text, FILE_BYTES);
    struct scene it = service_scene(&service);
    unsigned n_before, n_sent = 0;

    wait_until_settled(fd);
    upload_begin(it.rpc, fd, ",'resume':true,'max_concurrency':1" OVERWRITE);
    ck_assert(fake_wait_requests(it.fake, 1 + N_THERE + 1)); /* and the list of blocks */
    daemon_kill(it.daemon);
    rpc_close(it.rpc);
    if (resumes[_i].changes) {
        ck_assert_int_eq(pwrite(fd, "B", 1, 1), 1);
        text[1] = 'B';
        wait_until_settled(fd);
    }

    service.plan.from_block = NO_TROUBLE;
    n_before = service.n_blocks;
    for (unsigned i = 0; i < n_before; i++)
        service.blocks[i].n_tries = 0;
    it.daemon = daemon_start_for(it.fake, SMALL_BLOCKS);
    it.rpc = rpc_connect(it.daemon);
    check_wanted(label, rpc_wait(it.rpc, upload_begin(it.rpc, fd, resumes[_i].more)),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    check_committed(label, &service, text, false);
    for (unsigned i = 0; i < service.n_blocks; i++)
        n_sent += service.blocks[i].n_tries > 0;
    ck_assert_msg(n_sent == N_BLOCKS - N_THERE + resumes[_i].n_sent_again, "%s: %u were sent",
                  label, n_sent);
    close(fd);
    scene_stop(&it, label);
    free(text);
}
END_TEST

/* What the service has with other bytes is not what is gone on with. */
START_TEST(test_wrong_block)
{
    struct service service = {.plan = {.from_block = BAD_CRC, .block_i = 2}};
    char *text = text_new(FILE_BYTES);
    int fd = file_with(text, FILE_BYTES);
    struct scene it = service_scene(&service);
    const struct fake_request *last;
    char id[ID_CHARS];

    wait_until_settled(fd);
    check_wanted("wrong",
                 rpc_wait(it.rpc, upload_begin(it.rpc, fd,
                                               ",'resume':true,'max_concurrency':1,"
                                               "'retry_total':0" OVERWRITE)),
                 (const struct wanted[]){{"code", "ChecksumMismatch"}, {0}});
    ck_assert(fake_wait_requests(it.fake, 1 + 3 + 1)); /* the list, three blocks, and: */
    last = fake_request(it.fake, 4);
    block_id_of(last, id);
    ck_assert_str_eq(id, service.blocks[2].id);
    ck_assert_uint_eq(last->body_bytes, 1);
    close(fd);
    scene_stop(&it, "wrong");
    free(text);
}
END_TEST

/* ---- append and page blobs ---- */

#define APPEND "PUT /c/b?comp=appendblock"
#define AT_5                                                     \
    {                                                            \
        "HEAD /c/b", .reply = 200, .header = "Content-Length: 5" \
    }
#define NOT_AT_5                                                            \
    {                                                                       \
        APPEND, .reply = 412, .error_code = "AppendPositionConditionNotMet" \
    }

static const struct {
    const char *label;
    const char *more;
    struct fake_step steps[6];
    struct wanted wanted[MAX_WANTED];
} appends[] = {
    {"to its end", "", {AT_5, {APPEND, .reply = 201}}, {WANT_SUCCESS}},
    {"to one that is new",
     "",
     {{"HEAD /c/b", .reply = 404, .error_code = "BlobNotFound"},
      {"PUT /c/b", .reply = 201},
      {APPEND, .reply = 201}},
     {WANT_SUCCESS}},
    {"in its place",
     OVERWRITE,
     {{"PUT /c/b", .reply = 201}, {APPEND, .reply = 201}},
     {WANT_SUCCESS}},
    {"an answer is lost after it was done",
     "",
     {AT_5,
      {APPEND, .reply = 201, .fault = FAKE_RESET},
      NOT_AT_5,
      {"GET /c/b", .reply = 206, .header = "ETag: \"3\"", .body = "xyz"}},
     {WANT_SUCCESS, {"etag", "\"3\""}}},
    {"an answer is lost, and other bytes stand there",
     "",
     {AT_5,
      {APPEND, .reply = 201, .fault = FAKE_RESET},
      NOT_AT_5,
      {"GET /c/b", .reply = 206, .body = "xyZ"}},
     {{"code", "AppendPositionConditionNotMet"}}},
    {"an answer is lost, and fewer bytes stand there",
     "",
     {AT_5,
      {APPEND, .reply = 201, .fault = FAKE_RESET},
      NOT_AT_5,
      {"GET /c/b", .reply = 206, .body = "xy"}},
     {{"code", "AppendPositionConditionNotMet"}}},
    {"somebody else appends",
     "",
     {AT_5, NOT_AT_5},
     {{"code", "AppendPositionConditionNotMet"}}},
};

START_TEST(test_append)
{
    const char *label = appends[_i].label;
    struct scene it = scene_start(appends[_i].steps, NULL, NULL);
    char params[200];

    snprintf(params, sizeof(params),
             "{'container':'c','blob':'b','data':'xyz','blob_type':'AppendBlob'%s}",
             appends[_i].more);
    check_wanted(label, rpc_call(it.rpc, "blob.upload_blob", params), appends[_i].wanted);
    scene_stop(&it, label);
}
END_TEST

/* Whoever makes an append blob has it for himself: each append is to what the last one left. */
START_TEST(test_append_pinned)
{
    static const struct fake_step steps[] = {
        {"PUT /c/b", .reply = 201, .header = "ETag: \"0\""},
        {APPEND, .reply = 201, .header = "ETag: \"1\""},
        {APPEND, .reply = 201, .fault = FAKE_RESET},
        {APPEND, .reply = 412, .error_code = "ConditionNotMet"},
        {"GET /c/b", .reply = 206, .header = "ETag: \"2\"", .body = "y"},
        {APPEND, .reply = 412, .error_code = "ConditionNotMet"},
        {0}};
    static const char *const etags[] = {NULL, "\"0\"", "\"1\"", "\"1\"", NULL, "\"2\""};
    struct scene it = scene_start(steps, NULL, NULL);
    const struct azb_msg *response =
        rpc_call(it.rpc, "blob.upload_blob",
                 "{'container':'c','blob':'b','data':'xyz','blob_type':'AppendBlob',"
                 "'max_block_size':1,'overwrite':true}");

    check_wanted("another's since", response,
                 (const struct wanted[]){{"code", "ConditionNotMet"}, {0}});
    for (unsigned i = 0; i < N_ELEMENTS(etags); i++) {
        const char *etag = fake_request_header(fake_request(it.fake, i), "If-Match");

        ck_assert_msg(etags[i] == NULL || (etag != NULL && strcmp(etag, etags[i]) == 0),
                      "request %u: %s", i, etag);
    }
    scene_stop(&it, "pinned");
}
END_TEST

/* What has been appended would be so twice. */
START_TEST(test_append_is_not_repeated)
{
    static const struct {
        const char *more, *is_retryable;
        struct fake_step first;
    } calls[] = {{"", "false", AT_5}, {OVERWRITE, "true", {"PUT /c/b", .reply = 201}}};

    for (unsigned i = 0; i < N_ELEMENTS(calls); i++) {
        struct fake_step steps[] = {calls[i].first,
                                    {APPEND, .reply = 201},
                                    {APPEND, .reply = 503, .error_code = "ServerBusy"},
                                    {0}};
        struct scene it = scene_start(steps, NULL, NULL);
        char params[200];

        snprintf(params, sizeof(params),
                 "{'container':'c','blob':'b','data':'xyz','blob_type':'AppendBlob',"
                 "'max_block_size':1,'retry_total':0%s}",
                 calls[i].more);
        check_wanted(calls[i].more, rpc_call(it.rpc, "blob.upload_blob", params),
                     (const struct wanted[]){
                         {"code", "ServerBusy"}, {"retryable", calls[i].is_retryable}, {0}});
        scene_stop(&it, "not repeated");
    }
}
END_TEST

/* Pages of zeros are there already: they are not sent. */
START_TEST(test_pages)
{
    enum { PAGE = 512, N_PAGES = 4 };
    struct service service = {0};
    char pages[N_PAGES * PAGE] = {0};
    struct scene it = service_scene(&service);
    const struct fake_request *create, *page;
    int fd;

    memset(pages + 2 * PAGE, 'x', PAGE);
    fd = file_with(pages, sizeof(pages));
    check_wanted("pages",
                 rpc_wait(it.rpc, upload_begin(it.rpc, fd,
                                               ",'blob_type':'PageBlob','max_block_size':512")),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    ck_assert_uint_eq(fake_n_requests(it.fake), 2);
    create = fake_request(it.fake, 0);
    page = fake_request(it.fake, 1);
    ck_assert_str_eq(create->line, "PUT /c/b");
    ck_assert_str_eq(fake_request_header(create, "x-ms-blob-type"), "PageBlob");
    ck_assert_str_eq(fake_request_header(create, "x-ms-blob-content-length"), "2048");
    ck_assert_str_eq(fake_request_header(create, "If-None-Match"), "*");
    ck_assert_str_eq(page->line, "PUT /c/b?comp=page");
    ck_assert_str_eq(fake_request_header(page, "x-ms-range"), "bytes=1024-1535");
    ck_assert(page->body_bytes == PAGE && memcmp(page->body, pages + 2 * PAGE, PAGE) == 0);
    close(fd);
    scene_stop(&it, "pages");
}
END_TEST

/* The blob has a number that nobody else knows, and each page is for a blob with that. */
struct numbered {
    char number[32];
    unsigned n_pages, replaced_after;
};

static void serve_numbered(const struct fake_request *request, struct fake_step *reply,
                           void *arg)
{
    struct numbered *blob = arg;
    const char *number = fake_request_header(request, "x-ms-blob-sequence-number");
    const char *wanted = fake_request_header(request, "x-ms-if-sequence-number-eq");

    *reply = (struct fake_step){.reply = 201, .header = "ETag: \"1\""};
    if (strstr(request->line, "comp=page") == NULL) {
        snprintf(blob->number, sizeof(blob->number), "%s", number != NULL ? number : "0");
    } else if (wanted != NULL && strcmp(wanted, blob->number) != 0) {
        *reply =
            (struct fake_step){.reply = 412, .error_code = "SequenceNumberConditionNotMet"};
    } else if (++blob->n_pages == blob->replaced_after) { /* by another upload */
        snprintf(blob->number, sizeof(blob->number), "0");
    }
}

START_TEST(test_pages_of_two)
{
    static const char page_blob[] = ",'blob_type':'PageBlob','max_block_size':512,"
                                    "'overwrite':true,'max_concurrency':1";
    struct numbered blob = {0};
    struct scene it = scene_start(
        NULL, &(struct fake_options){.handler = serve_numbered, .handler_arg = &blob}, NULL);
    char *text = text_new(4 * 512), first_number[32];
    int fd = file_with(text, 4 * 512);

    check_wanted("alone", rpc_wait(it.rpc, upload_begin(it.rpc, fd, page_blob)),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    ck_assert_uint_eq(blob.n_pages, 4);
    memcpy(first_number, blob.number, sizeof(first_number));
    ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
    blob = (struct numbered){.replaced_after = 2};
    check_wanted("another one began", rpc_wait(it.rpc, upload_begin(it.rpc, fd, page_blob)),
                 (const struct wanted[]){{"code", "SequenceNumberConditionNotMet"}, {0}});
    ck_assert_uint_eq(blob.n_pages, 2);
    ck_assert_str_ne(blob.number, first_number);
    ck_assert_str_ne(first_number, "0");
    close(fd);
    free(text);
    scene_stop(&it, "pages of two");
}
END_TEST

/* Of one request's worth of pages, too; but a few zeros are sent with what is around them. */
START_TEST(test_holes)
{
    enum { KIB = 1024, TOTAL = 512 * KIB };
    static const char *const ranges[] = {"bytes=1024-5119", "bytes=262144-262655",
                                         "bytes=523776-524287"};
    static char pages[TOTAL];
    struct service service = {0};
    struct scene it = service_scene(&service);
    unsigned long long from, to;
    char crc_text[16];
    int fd;

    memset(pages, 0, sizeof(pages));
    pages[1024] = pages[5000] = 'a'; /* with 3 KiB of zeros between them */
    pages[256 * KIB + 1] = 'b';
    pages[TOTAL - 1] = 'c';
    fd = file_with(pages, sizeof(pages));
    check_wanted(
        "holes",
        rpc_wait(it.rpc,
                 upload_begin(it.rpc, fd, ",'blob_type':'PageBlob','max_block_size':524288")),
        (const struct wanted[]){WANT_SUCCESS, {0}});
    ck_assert_uint_eq(fake_n_requests(it.fake), 4);
    for (unsigned i = 0; i < 3; i++) {
        const struct fake_request *page = fake_request(it.fake, 1 + i);

        ck_assert_str_eq(fake_request_header(page, "x-ms-range"), ranges[i]);
        ck_assert_int_eq(sscanf(ranges[i], "bytes=%llu-%llu", &from, &to), 2);
        ck_assert(page->body_bytes == to - from + 1 &&
                  memcmp(page->body, pages + from, page->body_bytes) == 0);
        crc_text_of(page, crc_text);
        ck_assert_str_eq(fake_request_header(page, "x-ms-content-crc64"), crc_text);
    }
    close(fd);
    scene_stop(&it, "holes");
}
END_TEST

static Suite *blocks_suite(void)
{
    Suite *suite = suite_create("blocks");
    TCase *tc = tcase_create("blocks");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    UNIT_TABLE(tc, test_trouble, cases);
    UNIT_TABLE(tc, test_leftovers, leftovers);
    tcase_add_loop_test(tc, test_leftovers_of_sas, 0, 2);
    UNIT_TABLE(tc, test_lengths, lengths);
    tcase_add_test(tc, test_long_pipe);
    UNIT_TABLE(tc, test_resume, resumes);
    tcase_add_test(tc, test_wrong_block);
    UNIT_TABLE(tc, test_append, appends);
    tcase_add_test(tc, test_append_pinned);
    tcase_add_test(tc, test_append_is_not_repeated);
    tcase_add_test(tc, test_pages);
    tcase_add_test(tc, test_pages_of_two);
    tcase_add_test(tc, test_holes);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(blocks_suite)
