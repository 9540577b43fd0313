/*
 * test_upload.c: uploads from each kind of source, and what goes wrong on the way. Whatever
 * happens, the service gets the source's bytes, whole and in order, or the call is an error and
 * nothing is committed.
 */
#define _GNU_SOURCE 1 /* memfd_create() */
#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "proto/buf.h"
#include "proto/value.h"
#include "tests/faults/folder.h"
#include "tests/faults/scene.h"
#include "tests/unit/unit.h"

enum {
    TEST_LIMIT_S = 60,
    MAX_STEPS = 4,
    MAX_WANTED = 4,
    TO_THE_END = -1,    /* no `length` */
    BLOCK_BYTES = 4096, /* as in SMALL_BLOCKS */
    PIECE_BYTES = 5000, /* of $/data; no divisor of a block */
    PIPE_BYTES = 60000,
    FILE_BYTES = 300 * 1024, /* more than one read-ahead block */
    MAX_BLOCKS = 32,
    BLOCK_ID_CHARS = 64,
};

#define SMALL_BLOCKS "[upload]\nblock_bytes = 4096\nmax_single_put_bytes = 4096"
#define PUT "PUT /c/b"
#define HEAD "HEAD /c/b"
#define LONG_AGO "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT\n"
#define EXISTS                        \
    {"code", "BlobAlreadyExists"},    \
    {                                 \
        "kind", "ResourceExistsError" \
    }
#define JUST_NOW "Last-Modified: Fri, 01 Jan 2100 00:00:00 GMT\n"

/* ---- sources ---- */

enum source {
    DATA,
    FROM_FILE,
    FROM_PIPE,
    STREAM,
    N_SOURCES,
};

static const char *const source_names[] = {"data", "file", "pipe", "stream"};

/* Bytes that show when a block is missing or in the wrong place. */
static char *text_new(size_t n)
{
    char *text = malloc(n + 1);

    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)('a' + (i + i / 251) % 26);
    text[n] = '\0';
    return text;
}

static int file_with(const char *bytes, size_t n, off_t offset)
{
    int fd = memfd_create("source", MFD_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
    ck_assert_int_eq(lseek(fd, offset, SEEK_SET), offset);
    return fd;
}

/* A pipe's end to write to, and what. */
struct flood {
    int fd;
    const char *bytes;
    size_t n;
};

static void *flood_run(void *arg)
{
    struct flood *flood = arg;
    sigset_t broken_pipe;
    ssize_t n = 0;

    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, NULL); /* an upload may fail before its end */
    for (; flood->n > 0 && (n = write(flood->fd, flood->bytes, flood->n)) > 0;
         flood->n -= (size_t)n)
        flood->bytes += n;
    close(flood->fd);
    free(flood);
    return NULL;
}

/* The end to read from; all the bytes come from it, which must stay, and then it ends. */
static int pipe_with(const char *bytes, size_t n)
{
    struct flood *flood = malloc(sizeof(*flood));
    pthread_t thread;
    int ends[2];

    ck_assert_ptr_nonnull(flood);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    *flood = (struct flood){ends[1], bytes, n};
    ck_assert_int_eq(pthread_create(&thread, NULL, flood_run, flood), 0);
    ck_assert_int_eq(pthread_detach(thread), 0);
    return ends[0];
}

static void send_piece(struct rpc *rpc, uint32_t msgid, const char *text, size_t offset,
                       size_t n)
{
    struct azb_buf frame = {0};
    msgpack_packer pk;

    azb_buf_packer(&pk, &frame);
    azb_msg_notify(&pk, "$/data", 3);
    msgpack_pack_uint32(&pk, msgid);
    msgpack_pack_uint64(&pk, offset);
    azb_pack_bin(&pk, text + offset, n);
    rpc_send_bytes(rpc, frame.data, frame.len);
    azb_buf_clear(&frame);
}

static void notify_of(struct rpc *rpc, const char *method, uint32_t msgid)
{
    char args[16];

    snprintf(args, sizeof(args), "[%u]", msgid);
    rpc_notify(rpc, method, args);
}

static size_t upload_window(struct rpc *rpc)
{
    const struct azb_msg *hello = rpc_call(rpc, "rpc.hello", NULL);

    return strtoul(rpc_text(hello->result, "limits.upload_window_bytes"), NULL, 10);
}

/* The credit that the i-th notification gives to this message id. */
static size_t credit_of(struct rpc *rpc, size_t i, uint32_t msgid)
{
    const struct azb_msg *note = rpc_note(rpc, i);
    int64_t id, n;

    ck_assert(rpc_is(note, "$/credit"));
    ck_assert(azb_value_int(&note->params[0], &id) && azb_value_int(&note->params[1], &n));
    ck_assert_int_eq(id, msgid);
    ck_assert_int_gt(n, 0);
    return (size_t)n;
}

/* Send what may be sent, and then wait for more. */
static void send_pieces(struct rpc *rpc, uint32_t msgid, const char *text, size_t n,
                        size_t piece_bytes)
{
    size_t credit = upload_window(rpc), n_notes = 0, piece;

    for (size_t at = 0; at < n; at += piece) {
        if (credit == 0)
            credit = credit_of(rpc, n_notes++, msgid);
        piece = piece_bytes < credit ? piece_bytes : credit;
        if (piece > n - at)
            piece = n - at;
        send_piece(rpc, msgid, text, at, piece);
        credit -= piece;
    }
    notify_of(rpc, "$/end", msgid);
}

/* An upload's parameters: how it is given the bytes, and `more`, which begins with a comma. */
static const char *upload_params(struct azb_buf *buf, enum source source, const char *text,
                                 int64_t length, const char *more)
{
    azb_buf_puts(buf, "{'container':'c','blob':'b'");
    if (source == DATA)
        azb_buf_printf(buf, ",'data':'%s'", text);
    else
        azb_buf_printf(buf, ",'%s':true", source == STREAM ? "stream" : "fd");
    if (length != TO_THE_END)
        azb_buf_printf(buf, ",'length':%lld", (long long)length);
    azb_buf_printf(buf, "%s}", more);
    return azb_buf_cstr(buf);
}

/*
 * Upload n bytes of text from the given kind of source.
 *
 * offset  FROM_FILE: where the descriptor stands
 *
 * Returns the message id; what the source needs was sent.
 */
static uint32_t upload_begin(struct rpc *rpc, enum source source, const char *text, size_t n,
                             off_t offset, int64_t length, const char *more)
{
    struct azb_buf buf = {0};
    const char *params = upload_params(&buf, source, text, length, more);
    uint32_t msgid;
    int fd = -1;

    if (source == FROM_FILE)
        fd = file_with(text, n, offset);
    if (source == FROM_PIPE)
        fd = pipe_with(text, n);
    if (fd >= 0) {
        msgid = rpc_send_fd(rpc, "blob.upload_blob", params, fd);
        close(fd);
    } else {
        msgid = rpc_send(rpc, "blob.upload_blob", params);
    }
    if (source == STREAM)
        send_pieces(rpc, msgid, text, n, PIECE_BYTES);
    azb_buf_clear(&buf);
    return msgid;
}

static const struct azb_msg *upload(struct rpc *rpc, enum source source, const char *text,
                                    size_t n, const char *more)
{
    return rpc_wait(rpc, upload_begin(rpc, source, text, n, 0, TO_THE_END, more));
}

/* Each request that was recorded carried all of text. */
static void check_bodies(const char *label, struct fake *fake, const char *text, size_t n)
{
    for (size_t i = 0; i < fake_n_requests(fake); i++) {
        const struct fake_request *request = fake_request(fake, i);

        if (strncmp(request->line, "PUT", 3) != 0)
            continue;
        ck_assert_msg(request->body_bytes == n && memcmp(request->body, text, n) == 0,
                      "%s: request %zu has other bytes (%zu, not %zu)", label, i,
                      request->body_bytes, n);
    }
}

/* ---- one request ---- */

static const struct {
    const char *label;
    enum source source;
    size_t n;
    off_t offset;
    int64_t length;
} singles[] = {
    {"no data", DATA, 0, 0, TO_THE_END},
    {"a byte of data", DATA, 1, 0, TO_THE_END},
    {"much data", DATA, FILE_BYTES, 0, TO_THE_END},
    {"the beginning of data", DATA, 1000, 0, 10},
    {"an empty file", FROM_FILE, 0, 0, TO_THE_END},
    {"a file of a byte", FROM_FILE, 1, 0, TO_THE_END},
    {"a file", FROM_FILE, FILE_BYTES, 0, TO_THE_END},
    {"a file from the middle on", FROM_FILE, FILE_BYTES, 1234, TO_THE_END},
    {"a file from its end on", FROM_FILE, 1000, 1000, TO_THE_END},
    {"a piece of a file", FROM_FILE, FILE_BYTES, 1234, 270000},
    {"all of a file, counted", FROM_FILE, 1000, 0, 1000},
    {"nothing of a file", FROM_FILE, 1000, 10, 0},
    {"an empty pipe", FROM_PIPE, 0, 0, TO_THE_END},
    {"a pipe", FROM_PIPE, PIPE_BYTES, 0, TO_THE_END},
    {"a counted pipe", FROM_PIPE, 1000, 0, 1000},
    {"the beginning of a pipe", FROM_PIPE, 1000, 0, 999},
    {"an empty stream", STREAM, 0, 0, TO_THE_END},
    {"a stream", STREAM, FILE_BYTES, 0, TO_THE_END},
    {"a counted stream", STREAM, 1000, 0, 1000},
};

START_TEST(test_single)
{
    static const struct fake_step script[] = {{PUT, .reply = 201, .header = "ETag: \"1\""},
                                              {0}};
    const char *label = singles[_i].label;
    size_t n = singles[_i].n - (size_t)singles[_i].offset;
    char *text = text_new(singles[_i].n), length[24];
    struct scene it = scene_start(script, NULL, NULL);
    const struct fake_request *request;
    uint32_t msgid = upload_begin(it.rpc, singles[_i].source, text, singles[_i].n,
                                  singles[_i].offset, singles[_i].length, ",'overwrite':true");

    check_wanted(label, rpc_wait(it.rpc, msgid),
                 (const struct wanted[]){WANT_SUCCESS, {"etag", "\"1\""}, {0}});
    if (singles[_i].length != TO_THE_END)
        n = (size_t)singles[_i].length;
    check_bodies(label, it.fake, text + singles[_i].offset, n);
    request = fake_request(it.fake, 0);
    snprintf(length, sizeof(length), "%zu", n);
    ck_assert_str_eq(fake_request_header(request, "Content-Length"), length);
    ck_assert_str_eq(fake_request_header(request, "x-ms-blob-type"), "BlockBlob");
    ck_assert_ptr_null(fake_request_header(request, "Transfer-Encoding"));
    ck_assert_ptr_null(fake_request_header(request, "If-None-Match"));
    scene_stop(&it, label);
    free(text);
}
END_TEST

/* The descriptor is left behind what was taken, as by a child process that read it. */
START_TEST(test_offset_afterwards)
{
    static const struct fake_step script[] = {{PUT, .reply = 201}, {0}};
    struct scene it = scene_start(script, NULL, NULL);
    int fd = file_with("0123456789", 10, 2);
    uint32_t msgid = rpc_send_fd(it.rpc, "blob.upload_blob",
                                 "{'container':'c','blob':'b','fd':true,'length':5}", fd);

    ck_assert_ptr_null(rpc_wait(it.rpc, msgid)->error);
    ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 7);
    close(fd);
    scene_stop(&it, "offset");
}
END_TEST

/* ---- blocks ---- */

static void accept_all(const struct fake_request *request, struct fake_step *reply, void *arg)
{
    (void)request, (void)arg;
    *reply = (struct fake_step){.reply = 201, .header = "ETag: \"1\""};
}

static struct scene accepting_scene(const char *config)
{
    return scene_start(NULL, &(struct fake_options){.handler = accept_all}, config);
}

/* What one upload sent: its blocks by id, and which of them the list names. */
struct staged {
    unsigned n_blocks, n_listed;
    char ids[MAX_BLOCKS][BLOCK_ID_CHARS];
    const struct fake_request *blocks[MAX_BLOCKS];
    struct azb_buf whole; /* the listed blocks, one after the other */
};

/* The blockid of a request, as it stands in a block list. */
static void block_id_of(const struct fake_request *request, char ret[BLOCK_ID_CHARS])
{
    const char *at = strstr(request->line, "blockid=");
    size_t n = 0;

    ck_assert_ptr_nonnull(at);
    for (at += strlen("blockid="); *at != '\0' && *at != '&'; n++) {
        unsigned c = (unsigned char)*at;

        if (*at == '%')
            ck_assert_int_eq(sscanf(at, "%%%2x", &c), 1);
        at += *at == '%' ? 3 : 1;
        ck_assert_uint_lt(n, BLOCK_ID_CHARS - 1);
        ret[n] = (char)c;
    }
    ret[n] = '\0';
}

static const struct fake_request *staged_find(const struct staged *staged, const char *id,
                                              size_t n)
{
    for (unsigned i = 0; i < staged->n_blocks; i++)
        if (strlen(staged->ids[i]) == n && memcmp(staged->ids[i], id, n) == 0)
            return staged->blocks[i];
    ck_abort_msg("the list names a block that was not staged: %.*s", (int)n, id);
    return NULL;
}

/* Put together what a Put Block List names: <Latest>id</Uncommitted>... */
static void staged_commit(struct staged *staged, const struct fake_request *request)
{
    static const char opening[] = "<Latest>";
    const char *at = request->body;

    while ((at = strstr(at, opening)) != NULL) {
        const struct fake_request *block;

        at += strlen(opening);
        block = staged_find(staged, at, strcspn(at, "<"));
        azb_buf_append(&staged->whole, block->body, block->body_bytes);
        staged->n_listed++;
    }
}

/* Read requests [first, end) of an upload, the last of which must be the commit. */
static void staged_read(struct staged *staged, struct fake *fake, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        const struct fake_request *request = fake_request(fake, i);

        if (strcmp(request->line, "PUT /c/b?comp=blocklist") == 0) {
            ck_assert_uint_eq(i, end - 1);
            staged_commit(staged, request);
            continue;
        }
        ck_assert_msg(strncmp(request->line, "PUT /c/b?comp=block&", 20) == 0, "%s",
                      request->line);
        ck_assert_uint_lt(staged->n_blocks, MAX_BLOCKS);
        block_id_of(request, staged->ids[staged->n_blocks]);
        staged->blocks[staged->n_blocks++] = request;
    }
}

static void check_staged(const char *label, const struct staged *staged, const char *text,
                         size_t n, size_t block_bytes)
{
    ck_assert_msg(staged->whole.len == n && memcmp(staged->whole.data, text, n) == 0,
                  "%s: the blob would have other bytes (%zu, not %zu)", label,
                  staged->whole.len, n);
    ck_assert_msg(staged->n_listed == staged->n_blocks, "%s: %u blocks staged, %u listed",
                  label, staged->n_blocks, staged->n_listed);
    for (unsigned i = 0; i < staged->n_blocks; i++) {
        ck_assert_uint_eq(strlen(staged->ids[i]), strlen(staged->ids[0]));
        ck_assert_uint_le(staged->blocks[i]->body_bytes, block_bytes);
        for (unsigned k = 0; k < i; k++)
            ck_assert_str_ne(staged->ids[i], staged->ids[k]);
    }
}

/* Two writers of one blob must never take each other's blocks for their own. */
static void check_no_id_in_common(const char *label, const struct staged *a,
                                  const struct staged *b)
{
    for (unsigned i = 0; i < a->n_blocks; i++)
        for (unsigned k = 0; k < b->n_blocks; k++)
            ck_assert_msg(strcmp(a->ids[i], b->ids[k]) != 0, "%s: both use %s", label,
                          a->ids[i]);
}

static const struct {
    const char *label;
    enum source source;
    size_t n;
} in_blocks[] = {
    {"a pipe", FROM_PIPE, 3 * BLOCK_BYTES - 100},
    {"a pipe that ends where a block does", FROM_PIPE, 3 * BLOCK_BYTES},
    {"a pipe of a block and a byte", FROM_PIPE, BLOCK_BYTES + 1},
    {"a file above max_single_put_bytes", FROM_FILE, 5 * BLOCK_BYTES + 1},
    {"a stream", STREAM, 10 * BLOCK_BYTES + 17},
};

START_TEST(test_blocks)
{
    const char *label = in_blocks[_i].label;
    size_t n = in_blocks[_i].n, first = 0;
    char *text = text_new(n);
    struct scene it = accepting_scene(SMALL_BLOCKS);
    struct staged uploads[2] = {{0}};

    for (int i = 0; i < 2; i++) {
        check_wanted(label, upload(it.rpc, in_blocks[_i].source, text, n, ",'overwrite':true"),
                     (const struct wanted[]){WANT_SUCCESS, {"etag", "\"1\""}, {0}});
        staged_read(&uploads[i], it.fake, first, fake_n_requests(it.fake));
        check_staged(label, &uploads[i], text, n, BLOCK_BYTES);
        first = fake_n_requests(it.fake);
    }
    check_no_id_in_common(label, &uploads[0], &uploads[1]);
    for (int i = 0; i < 2; i++)
        azb_buf_clear(&uploads[i].whole);
    scene_stop(&it, label);
    free(text);
}
END_TEST

/* `overwrite: false` binds the commit; blocks alone change nothing and carry no condition. */
START_TEST(test_blocks_condition)
{
    char *text = text_new(3 * BLOCK_BYTES);
    struct scene it = accepting_scene(SMALL_BLOCKS);
    size_t n;

    ck_assert_ptr_null(upload(it.rpc, FROM_PIPE, text, 3 * BLOCK_BYTES, "")->error);
    n = fake_n_requests(it.fake);
    for (size_t i = 0; i < n; i++) {
        const char *got = fake_request_header(fake_request(it.fake, i), "If-None-Match");

        if (i < n - 1)
            ck_assert_ptr_null(got);
        else
            ck_assert_str_eq(got, "*");
    }
    scene_stop(&it, "condition");
    free(text);
}
END_TEST

/* ---- sources that are not what was said ---- */

static const struct {
    const char *label;
    enum source source;
    size_t n;
    int64_t length;
} too_short[] = {
    {"data", DATA, 10, 11},
    {"a file", FROM_FILE, 1000, 1001},
    {"a pipe", FROM_PIPE, 1000, 1001},
    {"a pipe, by blocks", FROM_PIPE, 10, 50000},
    {"a stream that ends early", STREAM, 1000, 1001},
    {"an empty stream", STREAM, 0, 1},
};

START_TEST(test_too_short)
{
    static const struct fake_step nothing[] = {{0}};
    const char *label = too_short[_i].label;
    char *text = text_new(too_short[_i].n);
    struct scene it = scene_start(nothing, NULL, NULL);
    const struct azb_msg *response =
        rpc_wait(it.rpc, upload_begin(it.rpc, too_short[_i].source, text, too_short[_i].n, 0,
                                      too_short[_i].length, ""));

    check_wanted(label, response,
                 (const struct wanted[]){{"code", "InvalidParameter"},
                                         {"operation", "blob.upload_blob"},
                                         {"attempts", "(none)"},
                                         {0}});
    ck_assert_msg(strstr(rpc_text(response->error, "message"), "'length'") != NULL, "%s: %s",
                  label, rpc_text(response->error, "message"));
    scene_stop(&it, label);
    free(text);
}
END_TEST

/* ---- a file that changes ---- */

static void cut(int fd)
{
    if (ftruncate(fd, FILE_BYTES / 2) < 0)
        abort(); /* not in the test's thread */
}

static void write_over(int fd)
{
    if (pwrite(fd, "x", 1, FILE_BYTES - 1) != 1)
        abort();
}

static void lengthen(int fd)
{
    if (pwrite(fd, "x", 1, FILE_BYTES) != 1)
        abort();
}

static const struct {
    const char *label;
    void (*change)(int fd);
} changes[] = {
    {"it becomes shorter", cut},
    {"it becomes longer", lengthen},
    {"a byte of it changes", write_over},
};

struct changing {
    int fd;
    int change_i;
    bool is_changed;
};

/* Changes the file when the first of its blocks has arrived. */
static void change_file(const struct fake_request *request, struct fake_step *reply, void *arg)
{
    struct changing *changing = arg;

    (void)request;
    if (!changing->is_changed)
        changes[changing->change_i].change(changing->fd);
    changing->is_changed = true;
    *reply = (struct fake_step){.reply = 201};
}

/* What was read before and after the change is of two files: that makes no blob. */
START_TEST(test_changing_file)
{
    const char *label = changes[_i].label;
    char *text = text_new(FILE_BYTES);
    struct changing changing = {file_with(text, FILE_BYTES, 0), _i, false};
    /* so old that another write shows, whatever the clock's grain */
    int aged = futimens(changing.fd, (const struct timespec[2]){{1, 0}, {1, 0}});
    struct scene it = scene_start(
        NULL, &(struct fake_options){.handler = change_file, .handler_arg = &changing},
        SMALL_BLOCKS);
    uint32_t msgid =
        rpc_send_fd(it.rpc, "blob.upload_blob",
                    "{'container':'c','blob':'b','fd':true,'overwrite':true}", changing.fd);

    ck_assert_int_eq(aged, 0);
    check_wanted(label, rpc_wait(it.rpc, msgid),
                 (const struct wanted[]){{"code", "LocalIoError"}, {0}});
    for (size_t i = 0; i < fake_n_requests(it.fake); i++)
        ck_assert_msg(strstr(fake_request(it.fake, i)->line, "comp=blocklist") == NULL ||
                          strncmp(fake_request(it.fake, i)->line, "GET", 3) == 0,
                      "%s: it was committed", label);
    close(changing.fd);
    scene_stop(&it, label);
    free(text);
}
END_TEST

/* ---- $/data under credit ---- */

/* A client that sends what it may, and then waits for more, gets through. */
START_TEST(test_credit)
{
    enum { N_WINDOWS = 3, BIG_PIECE = 100 * 1000 };
    struct scene it = accepting_scene("[upload]\nblock_bytes = 256K");
    size_t n = N_WINDOWS * upload_window(it.rpc);
    char *text = text_new(n);
    struct staged staged = {0};
    uint32_t msgid = rpc_send(it.rpc, "blob.upload_blob",
                              "{'container':'c','blob':'b','stream':true,'overwrite':true}");

    send_pieces(it.rpc, msgid, text, n, BIG_PIECE);
    ck_assert_ptr_null(rpc_wait(it.rpc, msgid)->error);
    staged_read(&staged, it.fake, 0, fake_n_requests(it.fake));
    ck_assert(staged.whole.len == n && memcmp(staged.whole.data, text, n) == 0);
    azb_buf_clear(&staged.whole);
    scene_stop(&it, "credit");
    free(text);
}
END_TEST

/*
 * While a block waits for its answer nothing is taken in: then the window is all that may be
 * sent, and a byte more ends that call, and only that.
 */
START_TEST(test_beyond_credit)
{
    static const struct fake_step script[] = {
        {"PUT /c/b?comp=block&*", .reply = 201, .fault = FAKE_WAIT},
        {0},
    };
    struct scene it = scene_start(script, NULL, SMALL_BLOCKS);
    size_t n = 3 * upload_window(it.rpc);
    char *text = text_new(n);
    uint32_t msgid = rpc_send(it.rpc, "blob.upload_blob",
                              "{'container':'c','blob':'b','stream':true,'overwrite':true,"
                              "'max_concurrency':1}");

    send_piece(it.rpc, msgid, text, 0, BLOCK_BYTES);
    ck_assert(fake_wait_requests(it.fake, 1));
    send_piece(it.rpc, msgid, text, BLOCK_BYTES, n - BLOCK_BYTES);
    check_wanted("beyond credit", rpc_wait(it.rpc, msgid),
                 (const struct wanted[]){{"code", "ProtocolError"}, {0}});
    ck_assert_ptr_null(rpc_call(it.rpc, "rpc.ping", NULL)->error);
    scene_stop(&it, "beyond credit");
    free(text);
}
END_TEST

static const struct {
    const char *label;
    const char *method, *args; /* a notification to message id 1 */
} bad_feeds[] = {
    {"a gap", "$/data", "[1, 7, 'x']"},
    {"an offset again", "$/data", "[1, 0, 'x']"},
};

START_TEST(test_bad_feed)
{
    static const struct fake_step nothing[] = {{0}};
    const char *label = bad_feeds[_i].label;
    struct scene it = scene_start(nothing, NULL, NULL);
    uint32_t msgid =
        rpc_send(it.rpc, "blob.upload_blob", "{'container':'c','blob':'b','stream':true}");

    ck_assert_uint_eq(msgid, 1);
    rpc_notify(it.rpc, "$/data", "[1, 0, 'abc']");
    rpc_notify(it.rpc, bad_feeds[_i].method, bad_feeds[_i].args);
    check_wanted(label, rpc_wait(it.rpc, msgid),
                 (const struct wanted[]){{"code", "ProtocolError"}, {0}});
    ck_assert_ptr_null(rpc_call(it.rpc, "rpc.ping", NULL)->error);
    scene_stop(&it, label);
}
END_TEST

/* ---- sent again ---- */

static const struct {
    const char *label;
    struct fake_step steps[MAX_STEPS];
} hiccups[] = {
    {"reset in mid-upload", {{"*", .fault = FAKE_CLOSE_BEFORE_READ}, {PUT, .reply = 201}}},
    {"busy once", {{PUT, .reply = 503, .error_code = "ServerBusy"}, {PUT, .reply = 201}}},
    {"reset before the answer",
     {{PUT, .reply = 201, .fault = FAKE_RESET}, {PUT, .reply = 201}}},
    {"three times",
     {{"*", .fault = FAKE_CLOSE_BEFORE_READ},
      {PUT, .reply = 500, .error_code = "InternalError"},
      {PUT, .reply = 201}}},
};

/* Whatever the source, also one that can be read only once: the second try has all of it. */
START_TEST(test_sent_again)
{
    char *text = text_new(PIPE_BYTES);

    for (enum source source = DATA; source < N_SOURCES; source++) {
        struct scene it = scene_start(hiccups[_i].steps, NULL, NULL);
        char label[80];

        snprintf(label, sizeof(label), "%s, %s", hiccups[_i].label, source_names[source]);
        check_wanted(label, upload(it.rpc, source, text, PIPE_BYTES, ",'overwrite':true"),
                     (const struct wanted[]){WANT_SUCCESS, {0}});
        check_bodies(label, it.fake, text, PIPE_BYTES);
        scene_stop(&it, label);
    }
    free(text);
}
END_TEST

/* A file longer than what is read ahead: it must be read anew from its first byte. */
START_TEST(test_long_file_again)
{
    enum { LONG_BYTES = 3 * 1024 * 1024 + 7 };
    char *text = text_new(LONG_BYTES);
    struct scene it = scene_start(hiccups[_i].steps, NULL, NULL);
    uint32_t msgid =
        upload_begin(it.rpc, FROM_FILE, text, LONG_BYTES, 5, TO_THE_END, ",'overwrite':true");

    check_wanted(hiccups[_i].label, rpc_wait(it.rpc, msgid),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    check_bodies(hiccups[_i].label, it.fake, text + 5, LONG_BYTES - 5);
    scene_stop(&it, hiccups[_i].label);
    free(text);
}
END_TEST

/* ---- broken off ---- */

enum {
    CUT_BYTES = 3 * 1024 * 1024 + 7, /* more than all buffers on the way hold */
    CUT_BLOCK_BYTES = 1024 * 1024,   /* the last one has 7: it is cut when all of it has come */
    MAX_CUTS = 8,
};

#define CUT_CONFIG "[upload]\nblock_bytes = 1M\nmax_single_put_bytes = 4M\n"

/* Breaks off each request for data once, where the case says. */
struct cuts {
    size_t at;
    char *lines[MAX_CUTS]; /* that were */
    unsigned n;
};

static size_t cut_once(const struct fake_request *request, void *arg)
{
    struct cuts *cuts = arg;
    size_t at;

    if (strncmp(request->line, "PUT", 3) != 0 ||
        strstr(request->line, "comp=blocklist") != NULL)
        return SIZE_MAX;
    for (unsigned i = 0; i < cuts->n; i++)
        if (strcmp(cuts->lines[i], request->line) == 0)
            return SIZE_MAX;
    if (cuts->n == MAX_CUTS)
        abort(); /* not in the test's thread */
    cuts->lines[cuts->n++] = strdup(request->line);
    at = strtoul(fake_request_header(request, "Content-Length"), NULL, 10);
    return cuts->at < at ? cuts->at : at;
}

static const struct {
    const char *label;
    enum source source;
    size_t at; /* of the request's body */
    bool in_blocks;
} cut_cases[] = {
    {"a file, before its first byte", FROM_FILE, 0, false},
    {"a file, after a byte", FROM_FILE, 1, false},
    {"a file, in the middle", FROM_FILE, 1500000, false},
    {"a file, before its last byte", FROM_FILE, CUT_BYTES - 1, false},
    {"data, in the middle", DATA, 1500000, false},
    {"blocks of a file, before their first byte", FROM_FILE, 0, true},
    {"blocks of a file, after a byte", FROM_FILE, 1, true},
    {"blocks of a file, in their middle", FROM_FILE, 500000, true},
    {"blocks of data, in their middle", DATA, 500000, true},
    {"blocks of a pipe, in their middle", FROM_PIPE, 500000, true},
    {"blocks of a stream, in their middle", STREAM, 500000, true},
};

/* Whatever of it has been sent: the second try is all of it, from the first byte on. */
START_TEST(test_cut)
{
    static const struct fake_step one[] = {{PUT, .reply = 201}, {0}};
    static const struct fake_step blocks[] = {
        {PUT "?comp=block&*", .reply = 201},   {PUT "?comp=block&*", .reply = 201},
        {PUT "?comp=block&*", .reply = 201},   {PUT "?comp=block&*", .reply = 201},
        {PUT "?comp=blocklist", .reply = 201}, {0}};
    const char *label = cut_cases[_i].label;
    bool by_blocks = cut_cases[_i].in_blocks;
    struct cuts cuts = {.at = cut_cases[_i].at};
    char *text = text_new(CUT_BYTES);
    struct scene it = scene_start(
        by_blocks ? blocks : one,
        &(struct fake_options){.breaks = cut_once, .handler_arg = &cuts}, CUT_CONFIG);
    struct staged staged = {0};

    check_wanted(label,
                 upload(it.rpc, cut_cases[_i].source, text, CUT_BYTES,
                        by_blocks ? ",'overwrite':true,'max_single_put_size':1000"
                                  : ",'overwrite':true"),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    if (by_blocks) {
        staged_read(&staged, it.fake, 0, fake_n_requests(it.fake));
        check_staged(label, &staged, text, CUT_BYTES, CUT_BLOCK_BYTES);
        azb_buf_clear(&staged.whole);
    } else {
        check_bodies(label, it.fake, text, CUT_BYTES);
    }
    ck_assert_msg(cuts.n == (by_blocks ? CUT_BYTES / CUT_BLOCK_BYTES + 1 : 1),
                  "%s: %u requests were broken off", label, cuts.n);
    while (cuts.n > 0)
        free(cuts.lines[--cuts.n]);
    scene_stop(&it, label);
    free(text);
}
END_TEST

/* ---- a file on a disk ---- */

/* Not in memory any more, if the file system lets it go. */
static int cold_file_with(const char *bytes, size_t n)
{
    char path[200];
    int fd;

    snprintf(path, sizeof(path), "%s/cold-XXXXXX", folder_path());
    fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    unlink(path);
    ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
    ck_assert_int_eq(fsync(fd), 0);
    ck_assert_int_eq(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
    ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

/* What is not in memory is fetched, and then goes like all else. */
START_TEST(test_cold_file)
{
    char *text = text_new(CUT_BYTES);
    struct scene it = accepting_scene(CUT_CONFIG);
    struct staged staged = {0};
    int fd = cold_file_with(text, CUT_BYTES);
    uint32_t msgid = rpc_send_fd(it.rpc, "blob.upload_blob",
                                 "{'container':'c','blob':'b','fd':true,'overwrite':true,"
                                 "'max_single_put_size':1000}",
                                 fd);

    check_wanted("a cold file", rpc_wait(it.rpc, msgid),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    staged_read(&staged, it.fake, 0, fake_n_requests(it.fake));
    check_staged("a cold file", &staged, text, CUT_BYTES, CUT_BLOCK_BYTES);
    azb_buf_clear(&staged.whole);
    close(fd);
    scene_stop(&it, "a cold file");
    free(text);
}
END_TEST

/* ---- little memory ---- */

enum {
    MANY_UPLOADS = 1000,
    MANY_BYTES = 48 * 1024, /* of each: more than forty times what there is */
    PUSHED = 40,
    PUSHED_BYTES = 1024 * 1024,
};

/* A thousand uploads that have to be in memory, and memory for twenty: each gets its turn, and
 * whoever comes last is served too. */
START_TEST(test_many)
{
    static uint32_t msgids[MANY_UPLOADS];
    char *text = text_new(MANY_BYTES);
    struct scene it = accepting_scene("[daemon]\nmemory_limit_bytes = 1M");
    struct rpc *other = rpc_connect(it.daemon);

    for (int i = 0; i < MANY_UPLOADS; i++)
        msgids[i] = upload_begin(it.rpc, FROM_FILE, text, MANY_BYTES, 0, TO_THE_END, "");
    check_wanted("the other session", upload(other, FROM_FILE, text, MANY_BYTES, ""),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    for (int i = 0; i < MANY_UPLOADS; i++)
        check_wanted("one of many", rpc_wait(it.rpc, msgids[i]),
                     (const struct wanted[]){WANT_SUCCESS, {0}});
    ck_assert_uint_eq(fake_n_requests(it.fake), MANY_UPLOADS + 1);
    check_bodies("one of many", it.fake, text, MANY_BYTES);
    rpc_close(other);
    scene_stop(&it, "many");
    free(text);
}
END_TEST

/* Uploads whose data lies in their messages, as fast as they are taken. */
struct pusher {
    struct rpc *rpc;
    char *params;
    uint32_t msgids[PUSHED];
    atomic_uint n_sent;
};

static void *push(void *arg)
{
    struct pusher *pusher = arg;

    for (int i = 0; i < PUSHED; i++) {
        pusher->msgids[i] = rpc_send(pusher->rpc, "blob.upload_blob", pusher->params);
        atomic_fetch_add(&pusher->n_sent, 1);
    }
    return NULL;
}

static void answer_later(const struct fake_request *request, struct fake_step *reply, void *arg)
{
    (void)request, (void)arg;
    *reply = (struct fake_step){.reply = 201, .fault = FAKE_WAIT};
}

/* While the service does not answer, and memory is full of what it was sent, the daemon takes
 * no more from that client. It does from others, and from him when there is room. */
START_TEST(test_pushed_data)
{
    static const char opening[] = "{'container':'c','blob':'b','overwrite':true,'data':'";
    struct scene it = scene_start(NULL, &(struct fake_options){.handler = answer_later},
                                  "[daemon]\nmemory_limit_bytes = 4M");
    struct rpc *other = rpc_connect(it.daemon);
    struct pusher pusher = {.rpc = it.rpc,
                            .params = malloc(sizeof(opening) + PUSHED_BYTES + 2)};
    unsigned n_before = UINT_MAX, n_same = 0;
    pthread_t thread;

    strcpy(pusher.params, opening);
    memset(pusher.params + strlen(opening), 'x', PUSHED_BYTES);
    strcpy(pusher.params + strlen(opening) + PUSHED_BYTES, "'}");
    ck_assert_int_eq(pthread_create(&thread, NULL, push, &pusher), 0);
    ck_assert(fake_wait_requests(it.fake, 4));
    while (n_same < 50) {
        unsigned n = atomic_load(&pusher.n_sent);

        n_same = n == n_before ? n_same + 1 : 0;
        n_before = n;
        ck_assert_ptr_null(rpc_call(other, "rpc.ping", NULL)->error);
        poll(NULL, 0, 2);
    }
    ck_assert_uint_le(n_before, 6); /* four, and what is on the way */
    for (int i = 0; i < PUSHED; i++)
        fake_release(it.fake);
    pthread_join(thread, NULL);
    for (int i = 0; i < PUSHED; i++)
        check_wanted("pushed", rpc_wait(it.rpc, pusher.msgids[i]),
                     (const struct wanted[]){WANT_SUCCESS, {0}});
    rpc_close(other);
    scene_stop(&it, "pushed");
    free(pusher.params);
}
END_TEST

/* ---- not in vain ---- */

static const struct {
    const char *label;
    enum source source;
    size_t n;
    const char *more;
    struct fake_step steps[MAX_STEPS];
    struct wanted wanted[MAX_WANTED];
} look_firsts[] = {
    {"much, and there is one", FROM_FILE, 2000000, "", {{HEAD, .reply = 200}}, {EXISTS}},
    {"much of a stream, and there is one",
     STREAM,
     2000000,
     "",
     {{HEAD, .reply = 200}},
     {EXISTS}},
    {"much, and there is none",
     FROM_FILE,
     2000000,
     "",
     {{HEAD, .reply = 404, .error_code = "BlobNotFound"}, {PUT, .reply = 201}},
     {WANT_SUCCESS}},
    {"much, and one may write but not read",
     FROM_FILE,
     2000000,
     "",
     {{HEAD, .reply = 403, .error_code = "AuthorizationPermissionMismatch"},
      {PUT, .reply = 201}},
     {WANT_SUCCESS}},
    {"somebody else is faster than our second request",
     FROM_FILE,
     2000000,
     "",
     {{HEAD, .reply = 404, .error_code = "BlobNotFound"},
      {PUT, .reply = 409, .error_code = "BlobAlreadyExists"}},
     {EXISTS}},
    {"what there is does not matter",
     FROM_FILE,
     2000000,
     ",'overwrite':true",
     {{PUT, .reply = 201}},
     {WANT_SUCCESS}},
    {"little", FROM_FILE, 2000, "", {{PUT, .reply = 201}}, {WANT_SUCCESS}},
};

/* Where there is a blob already, much data is not sent only to hear that. */
START_TEST(test_look_first)
{
    char *text = text_new(look_firsts[_i].n);
    struct scene it = scene_start(look_firsts[_i].steps, NULL, NULL);

    check_wanted(
        look_firsts[_i].label,
        upload(it.rpc, look_firsts[_i].source, text, look_firsts[_i].n, look_firsts[_i].more),
        look_firsts[_i].wanted);
    scene_stop(&it, look_firsts[_i].label);
    free(text);
}
END_TEST

/* ---- is it ours? ---- */

#define TEXT_OF_TEN "abcdefghij"
#define MD5_OF_TEN "qSVXaULpSy71egZhAbSIdg=="
#define GIVEN_MD5 "MDEyMzQ1Njc4OWFiY2RlZg==" /* 0123456789abcdef */
#define OTHER_MD5 "1B2M2Y8AsgTpgAmY7PhCfg=="
#define LOST                                   \
    {                                          \
        PUT, .reply = 201, .fault = FAKE_RESET \
    }
#define REFUSED                                              \
    {                                                        \
        PUT, .reply = 409, .error_code = "BlobAlreadyExists" \
    }

static const struct {
    const char *label;
    const char *more;
    struct fake_step steps[MAX_STEPS];
    struct wanted wanted[MAX_WANTED];
} doubts[] = {
    {"the lost upload had happened",
     "",
     {LOST,
      REFUSED,
      {HEAD, .reply = 200, .header = JUST_NOW "Content-Length: 10\nETag: \"ours\""}},
     {WANT_SUCCESS, {"etag", "\"ours\""}}},
    {"and is told of with 412",
     "",
     {LOST,
      {PUT, .reply = 412, .error_code = "ConditionNotMet"},
      {HEAD, .reply = 200, .header = JUST_NOW "Content-Length: 10\nETag: \"ours\""}},
     {WANT_SUCCESS, {"etag", "\"ours\""}}},
    {"the blob is older",
     "",
     {LOST, REFUSED, {HEAD, .reply = 200, .header = LONG_AGO "Content-Length: 10"}},
     {EXISTS}},
    {"the blob has another size",
     "",
     {LOST, REFUSED, {HEAD, .reply = 200, .header = JUST_NOW "Content-Length: 11"}},
     {EXISTS}},
    {"the blob has our bytes",
     "",
     {LOST,
      REFUSED,
      {HEAD, .reply = 200, .header = JUST_NOW "Content-Length: 10\nContent-MD5: " MD5_OF_TEN}},
     {WANT_SUCCESS, {"content_crc64", "eaff10b5ea73f57b"}}},
    {"the blob has other bytes",
     "",
     {LOST,
      REFUSED,
      {HEAD, .reply = 200, .header = JUST_NOW "Content-Length: 10\nContent-MD5: " OTHER_MD5}},
     {EXISTS}},
    {"the blob has other bytes than were checked",
     ",'validate_content':true",
     {LOST,
      REFUSED,
      {HEAD, .reply = 200, .header = JUST_NOW "Content-Length: 10\nContent-MD5: " OTHER_MD5}},
     {EXISTS}},
    {"the blob has the MD5 that the caller wanted",
     ",'content_settings':{'content_md5':'0123456789abcdef'}",
     {LOST,
      REFUSED,
      {HEAD, .reply = 200, .header = JUST_NOW "Content-Length: 10\nContent-MD5: " GIVEN_MD5}},
     {WANT_SUCCESS}},
    {"it has not",
     ",'content_settings':{'content_md5':'0123456789abcdef'}",
     {LOST,
      REFUSED,
      {HEAD, .reply = 200, .header = JUST_NOW "Content-Length: 10\nContent-MD5: " OTHER_MD5}},
     {EXISTS}},
    {"the blob is gone meanwhile",
     "",
     {LOST, REFUSED, {HEAD, .reply = 404, .error_code = "BlobNotFound"}},
     {EXISTS}},
    {"nothing was lost", "", {REFUSED}, {EXISTS, {"attempts", "1"}}},
    {"a 503 did nothing",
     "",
     {{PUT, .reply = 503, .error_code = "ServerBusy"}, REFUSED},
     {EXISTS, {"attempts", "2"}}},
    {"it exists, told as a condition",
     "",
     {{PUT, .reply = 412, .error_code = "ConditionNotMet"}},
     {EXISTS}},
    {"a condition of the caller's",
     ",'etag':'\\\"1\\\"','match_condition':'IfNotModified'",
     {{PUT, .reply = 412, .error_code = "ConditionNotMet"}},
     {{"code", "ConditionNotMet"}, {"kind", "ResourceModifiedError"}}},
};

START_TEST(test_doubt)
{
    struct scene it = scene_start(doubts[_i].steps, NULL, NULL);

    check_wanted(doubts[_i].label, upload(it.rpc, DATA, TEXT_OF_TEN, 10, doubts[_i].more),
                 doubts[_i].wanted);
    scene_stop(&it, doubts[_i].label);
}
END_TEST

/* ---- validate_content ---- */

static void md5_of(const char *text, size_t n, char ret[32])
{
    unsigned char md5[EVP_MAX_MD_SIZE];
    unsigned md5_bytes = 0;

    ck_assert_int_eq(EVP_Digest(text, n, md5, &md5_bytes, EVP_md5(), NULL), 1);
    EVP_EncodeBlock((unsigned char *)ret, md5, (int)md5_bytes);
}

START_TEST(test_md5_is_sent)
{
    char *text = text_new(PIPE_BYTES), md5[32];

    for (enum source source = DATA; source < N_SOURCES; source++) {
        struct scene it = accepting_scene("[upload]\nblock_bytes = 16K");

        ck_assert_ptr_null(upload(it.rpc, source, text, PIPE_BYTES,
                                  ",'validate_content':true,'overwrite':true")
                               ->error);
        for (size_t i = 0; i < fake_n_requests(it.fake); i++) {
            const struct fake_request *request = fake_request(it.fake, i);

            if (strstr(request->line, "comp=blocklist") != NULL)
                continue;
            md5_of(request->body, request->body_bytes, md5);
            ck_assert_str_eq(fake_request_header(request, "Content-MD5"), md5);
        }
        scene_stop(&it, source_names[source]);
    }
    free(text);
}
END_TEST

#define WITH_OTHER .reply = 201, .header = "Content-MD5: " OTHER_MD5
#define WITH_RIGHT .reply = 201, .header = "Content-MD5: " MD5_OF_TEN

static const struct {
    const char *label;
    const char *more;
    struct fake_step steps[MAX_STEPS];
    struct wanted wanted[MAX_WANTED];
} md5_answers[] = {
    {"the same",
     ",'validate_content':true",
     {{PUT, WITH_RIGHT}},
     {WANT_SUCCESS, {"content_md5", "a925576942e94b2ef57a066101b48876"}}},
    {"another",
     ",'validate_content':true,'retry_total':0",
     {{PUT, WITH_OTHER}},
     {{"code", "ChecksumMismatch"}}},
    {"another, and then the same",
     ",'validate_content':true,'overwrite':true",
     {{PUT, WITH_OTHER}, {PUT, WITH_RIGHT}},
     {WANT_SUCCESS}},
    {"another, unasked",
     "",
     {{PUT, WITH_OTHER}},
     {WANT_SUCCESS, {"content_md5", "d41d8cd98f00b204e9800998ecf8427e"}}},
};

START_TEST(test_md5_of_answer)
{
    struct scene it = scene_start(md5_answers[_i].steps, NULL, NULL);

    check_wanted(md5_answers[_i].label,
                 upload(it.rpc, DATA, TEXT_OF_TEN, 10, md5_answers[_i].more),
                 md5_answers[_i].wanted);
    scene_stop(&it, md5_answers[_i].label);
}
END_TEST

/* Pieces of zeros need no request: a page blob may have any number of them in a row. */
START_TEST(test_empty_pieces)
{
    enum { N_BYTES = 1024 * 1024 };
    static const char zeros[N_BYTES];
    struct scene it = scene_start(
        (const struct fake_step[]){{.request = "PUT /c/b", .reply = 201}, {0}}, NULL, NULL);

    check_wanted("zeros",
                 rpc_wait(it.rpc, upload_begin(it.rpc, STREAM, zeros, N_BYTES, 0, N_BYTES,
                                               ",'blob_type':'PageBlob','max_block_size':512,"
                                               "'overwrite':true")),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    scene_stop(&it, "zeros");
}
END_TEST

static Suite *upload_suite(void)
{
    Suite *suite = suite_create("upload");
    TCase *tc = tcase_create("upload");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    UNIT_TABLE(tc, test_single, singles);
    tcase_add_test(tc, test_offset_afterwards);
    UNIT_TABLE(tc, test_blocks, in_blocks);
    tcase_add_test(tc, test_blocks_condition);
    UNIT_TABLE(tc, test_too_short, too_short);
    UNIT_TABLE(tc, test_changing_file, changes);
    tcase_add_test(tc, test_credit);
    tcase_add_test(tc, test_beyond_credit);
    UNIT_TABLE(tc, test_bad_feed, bad_feeds);
    UNIT_TABLE(tc, test_sent_again, hiccups);
    UNIT_TABLE(tc, test_long_file_again, hiccups);
    UNIT_TABLE(tc, test_cut, cut_cases);
    tcase_add_test(tc, test_cold_file);
    tcase_add_test(tc, test_many);
    tcase_add_test(tc, test_pushed_data);
    UNIT_TABLE(tc, test_look_first, look_firsts);
    UNIT_TABLE(tc, test_doubt, doubts);
    tcase_add_test(tc, test_md5_is_sent);
    tcase_add_test(tc, test_empty_pieces);
    UNIT_TABLE(tc, test_md5_of_answer, md5_answers);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(upload_suite)
