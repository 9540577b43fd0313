/*
 * input.c: where bytes come from.
 */
#define _GNU_SOURCE 1 /* preadv2() */
#include "lib/stream/input.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "proto/value.h"

enum {
    PIPE_READ_BYTES = 256 * 1024,
};

static int local_error(struct azb_error *err, int errnum)
{
    return azb_error_set(err, AZB_ERR_LOCAL_IO, "reading from the descriptor: %s",
                         strerror(errnum));
}

static int check_sources(const struct azb_call *call, struct azb_error *err)
{
    int n = (azb_args_get(&call->args, "data") != NULL) + (call->fd >= 0) + call->is_stream;

    if (n == 1)
        return 0;
    return azb_error_set(err, AZB_ERR_INVALID_ARG,
                         "%s: the bytes come from one of 'data', 'fd' and "
                         "'stream'; %s was given",
                         call->method->row->method, n == 0 ? "none" : "more than one");
}

/* The source has n bytes: enough for the length that was asked for, or the length itself. */
static int input_has(struct azb_input *input, const char *what, int64_t n,
                     struct azb_error *err)
{
    if (n < input->length)
        return azb_error_set(
            err, AZB_ERR_INVALID_ARG, "%s: 'length' is %lld, but %s only %lld bytes",
            input->call->method->row->method, (long long)input->length, what, (long long)n);
    if (input->length < 0)
        input->length = n > 0 ? n : 0;
    return 0;
}

static int init_memory(struct azb_input *input, struct azb_error *err)
{
    const char *bytes = NULL;
    size_t n = 0;

    input->kind = AZB_INPUT_MEMORY;
    azb_value_bytes(azb_args_get(&input->call->args, "data"), &bytes, &n);
    input->memory = (const unsigned char *)bytes;
    return input_has(input, "'data' has", (int64_t)n, err);
}

/* Can it be read without waiting for a disk or a network? A file system in memory has neither,
 * but does not say so. */
static void find_reads_now(struct azb_input *input, int fd)
{
    char byte;
    struct iovec into = {&byte, sizeof(byte)};
    struct statfs fs;

    input->now_flags = RWF_NOWAIT;
    input->reads_now =
        preadv2(fd, &into, 1, input->base, input->now_flags) >= 0 || errno == EAGAIN;
    if (!input->reads_now && fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC) {
        input->now_flags = 0;
        input->reads_now = true;
    }
}

/* What the kernel makes up as it is read has bytes, whatever its size is said to be. A look at
 * them would tell more, but might wait for ever. Its times tell nothing either. */
static bool is_made_up(int fd)
{
    struct statfs fs;

    return fstatfs(fd, &fs) == 0 &&
           (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC ||
            fs.f_type == CGROUP2_SUPER_MAGIC || fs.f_type == TRACEFS_MAGIC);
}

static int init_descriptor(struct azb_input *input, int fd, struct azb_error *err)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fstat(fd, &input->seen) < 0)
        return local_error(err, errno);
    if ((flags & O_ACCMODE) == O_WRONLY)
        return azb_error_set(err, AZB_ERR_LOCAL_IO, "the descriptor is not open for reading");
    if (S_ISDIR(input->seen.st_mode))
        return local_error(err, EISDIR);
    input->base = lseek(fd, 0, SEEK_CUR);
    input->kind = input->base >= 0 ? AZB_INPUT_FILE : AZB_INPUT_PIPE;
    input->is_regular = S_ISREG(input->seen.st_mode) && !is_made_up(fd);
    if (input->kind == AZB_INPUT_PIPE)
        azb_own_terminal(&input->call->fd);
    if (!input->is_regular)
        return 0;
    find_reads_now(input, fd);
    return input_has(input, "the file has from here", input->seen.st_size - input->base, err);
}

int azb_input_init(struct azb_input *input, struct azb_call *call, struct azb_error *err)
{
    memset(input, 0, sizeof(*input));
    input->call = call;
    input->length = azb_args_int(&call->args, "length", -1);
    if (check_sources(call, err) < 0)
        return -1;
    if (azb_args_get(&call->args, "data") != NULL)
        return init_memory(input, err);
    if (call->fd >= 0)
        return init_descriptor(input, call->fd, err);
    input->kind = AZB_INPUT_STREAM;
    input->credit = AZB_UPLOAD_WINDOW;
    return 0;
}

/* ---- a file ---- */

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* What was read before the last look is of one state of the file. */
int azb_input_check(const struct azb_input *input, struct azb_error *err)
{
    struct stat now;

    if (!input->is_regular)
        return 0;
    if (fstat(input->call->fd, &now) < 0)
        return local_error(err, errno);
    if (now.st_size == input->seen.st_size &&
        is_same_time(&now.st_mtim, &input->seen.st_mtim) &&
        is_same_time(&now.st_ctim, &input->seen.st_ctim))
        return 0;
    return azb_error_set(err, AZB_ERR_LOCAL_IO,
                         "the file changed while it was read (it has %lld bytes now and had "
                         "%lld)",
                         (long long)now.st_size, (long long)input->seen.st_size);
}

int azb_input_read(const struct azb_input *input, uint64_t offset, void *into, size_t n,
                   size_t *ret_n, struct azb_error *err)
{
    ssize_t got = azb_pread_all(input->call->fd, into, n, input->base + (off_t)offset);

    if (got < 0)
        return local_error(err, errno);
    if (azb_input_check(input, err) < 0)
        return -1;
    *ret_n = (size_t)got;
    return 0;
}

ssize_t azb_input_read_now(const struct azb_input *input, uint64_t offset, void *into, size_t n,
                           struct azb_error *err)
{
    struct iovec iov = {into, n};
    ssize_t got =
        preadv2(input->call->fd, &iov, 1, input->base + (off_t)offset, input->now_flags);

    if (got > 0)
        return got;
    if (got < 0 && errno == EAGAIN)
        return 0;
    if (got < 0)
        return local_error(err, errno);
    return azb_input_check(input, err) < 0 ? -1 : local_error(err, EIO); /* it ends here now */
}

static void fill_done(struct azb_input *input, const struct azb_error *err)
{
    size_t n = input->have;

    input->into = NULL;
    input->n_taken += n;
    input->cb(input->arg, n, err);
}

/* ---- a pipe or socket ---- */

/* Read without waiting, for others may read the same pipe or terminal: returns what read()
 * would, EAGAIN when it would wait. */
static ssize_t read_now(int fd, void *bytes, size_t n)
{
    struct iovec iov = {bytes, n};
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    ssize_t got = recv(fd, bytes, n, MSG_DONTWAIT);

    if (got >= 0 || errno != ENOTSOCK)
        return got;
    got = preadv2(fd, &iov, 1, -1, RWF_NOWAIT);
    if (got >= 0 || (errno != EOPNOTSUPP && errno != EINVAL && errno != ENOSYS))
        return got;
    /* A terminal of our own; or an older kernel: what is there this very moment. */
    if (poll(&ready, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    return read(fd, bytes, n);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct azb_input *input = arg;
    size_t n = input->want - input->have;
    struct azb_error err = {0};
    ssize_t got;

    (void)what;
    if (n > PIPE_READ_BYTES)
        n = PIPE_READ_BYTES;
    got = read_now(fd, input->into + input->have, n);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        event_add(&input->event, NULL);
        return;
    }
    if (got < 0) {
        local_error(&err, errno);
        fill_done(input, &err);
        return;
    }
    input->have += (size_t)got;
    if (got > 0 && input->have < input->want)
        event_add(&input->event, NULL);
    else
        fill_done(input, NULL);
}

/* ---- $/data ---- */

static void stream_grant(struct azb_input *input)
{
    uint64_t held = input->early.len, grant;

    if (held + input->credit >= AZB_UPLOAD_WINDOW)
        return;
    grant = AZB_UPLOAD_WINDOW - held - input->credit;
    if (grant < AZB_UPLOAD_WINDOW / 4)
        return;
    input->credit += grant;
    input->call->sink.credit(input->call->sink.arg, grant);
}

static void stream_pump(struct azb_input *input)
{
    size_t n = input->want - input->have;

    if (input->into == NULL)
        return;
    if (n > input->early.len)
        n = input->early.len;
    if (n > 0)
        memcpy(input->into + input->have, input->early.data, n);
    input->have += n;
    azb_buf_drop(&input->early, n);
    stream_grant(input);
    if (input->have == input->want || (input->is_ended && input->early.len == 0))
        fill_done(input, NULL);
}

int azb_input_feed(struct azb_input *input, uint64_t offset, const void *bytes, size_t n,
                   struct azb_error *err)
{
    const char *method = input->call->method->row->method;

    if (input->kind != AZB_INPUT_STREAM || input->is_ended)
        return azb_error_set(err, AZB_ERR_PROTOCOL, "%s: $/data after $/end", method);
    if (n == 0) {
        input->is_ended = true;
    } else {
        if (offset != input->n_fed)
            return azb_error_set(err, AZB_ERR_PROTOCOL,
                                 "%s: $/data at offset %llu; the next byte is %llu", method,
                                 (unsigned long long)offset, (unsigned long long)input->n_fed);
        if (n > input->credit)
            return azb_error_set(err, AZB_ERR_PROTOCOL,
                                 "%s: more $/data than there was credit for", method);
        input->credit -= n;
        input->n_fed += n;
        azb_buf_append(&input->early, bytes, n);
        if (input->early.failed)
            return azb_error_set(err, AZB_ERR_NO_MEMORY, "an upload");
    }
    stream_pump(input);
    return 0;
}

/* ---- both ---- */

void azb_input_fill(struct azb_input *input, void *into, size_t n, azb_input_cb *cb, void *arg)
{
    input->into = into;
    input->want = n;
    input->have = 0;
    input->cb = cb;
    input->arg = arg;
    if (input->length >= 0 && n > (uint64_t)input->length - input->n_taken)
        input->want = (size_t)((uint64_t)input->length - input->n_taken);
    if (input->want == 0) {
        fill_done(input, NULL);
        return;
    }
    if (input->kind == AZB_INPUT_STREAM) {
        stream_pump(input);
        return;
    }
    if (!input->has_event) {
        event_assign(&input->event, input->call->engine->base, input->call->fd, EV_READ,
                     on_readable, input);
        input->has_event = true;
    }
    event_add(&input->event, NULL);
}

void azb_input_finish(struct azb_input *input, uint64_t n)
{
    if (input->kind == AZB_INPUT_FILE)
        lseek(input->call->fd, input->base + (off_t)n, SEEK_SET);
}

void azb_input_stop(struct azb_input *input)
{
    if (input->has_event)
        event_del(&input->event);
    azb_buf_clear(&input->early);
}
