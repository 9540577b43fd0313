/*
 * output.c: where bytes go.
 */
#include "lib/stream/output.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    SMALLEST_BLOCK = 4096,
};

static void output_fail(struct azb_output *output, const struct azb_error *err)
{
    if (output->is_stopped || output->err.what != AZB_OK)
        return;
    output->err = *err;
    output->on_finished(output->call, &output->err);
}

static void output_check_finished(struct azb_output *output)
{
    if (!output->is_finishing || output->writer.n_out > 0 || output->is_stopped ||
        output->err.what != AZB_OK)
        return;
    if (output->kind == AZB_OUTPUT_FILE && !output->writer.is_append)
        lseek(output->call->fd, output->base + (off_t)output->n_put, SEEK_SET);
    output->on_finished(output->call, NULL);
}

static void on_written(struct azb_writer *writer)
{
    struct azb_output *output = writer->arg;
    struct azb_error err = {0};

    if (output->is_stopped)
        return; /* only the call is waiting, for the block to be back */
    if (writer->errnum != 0) {
        azb_writer_error(&err, writer->errnum);
        output_fail(output, &err);
    } else if (output->is_finishing) {
        azb_output_finish(output);
    } else {
        output->on_room(output->call);
    }
}

/* Does a write wait for somebody? Regular files, /dev/null and the like: no. */
static bool is_file_like(int fd, const struct stat *st)
{
    return S_ISREG(st->st_mode) || S_ISBLK(st->st_mode) ||
           (S_ISCHR(st->st_mode) && lseek(fd, 0, SEEK_CUR) >= 0);
}

int azb_output_init(struct azb_output *output, struct azb_call *call,
                    void (*on_room)(struct azb_call *call),
                    void (*on_finished)(struct azb_call *call, const struct azb_error *err),
                    struct azb_error *err)
{
    struct stat st;
    int flags;

    memset(output, 0, sizeof(*output));
    output->call = call;
    output->on_room = on_room;
    output->on_finished = on_finished;
    azb_writer_init(&output->writer, call, AZB_OUTPUT_BLOCK_BYTES, on_written, output);
    if (call->fd < 0) {
        output->kind = call->is_stream ? AZB_OUTPUT_STREAM : AZB_OUTPUT_INLINE;
        return 0;
    }
    flags = fcntl(call->fd, F_GETFL);
    if (flags < 0 || fstat(call->fd, &st) < 0)
        return azb_writer_error(err, errno);
    if ((flags & O_ACCMODE) == O_RDONLY)
        return azb_error_set(err, AZB_ERR_LOCAL_IO, "the descriptor is not open for writing");
    output->kind = is_file_like(call->fd, &st) ? AZB_OUTPUT_FILE : AZB_OUTPUT_PIPE;
    if (output->kind == AZB_OUTPUT_PIPE)
        azb_own_terminal(&call->fd);
    output->writer.is_append = (flags & O_APPEND) != 0;
    output->base = output->kind == AZB_OUTPUT_FILE ? lseek(call->fd, 0, SEEK_CUR) : 0;
    if (output->base < 0)
        output->base = 0;
    return 0;
}

void azb_output_expect(struct azb_output *output, uint64_t n)
{
    if (n < AZB_OUTPUT_BLOCK_BYTES)
        output->writer.cap = n < SMALLEST_BLOCK ? SMALLEST_BLOCK : (size_t)n;
}

/* ---- pipes and sockets ---- */

/* Write without waiting: returns what write() would, EAGAIN when it would wait. */
static ssize_t write_now(int fd, const void *bytes, size_t n)
{
    struct iovec iov = {(void *)bytes, n};
    ssize_t put = send(fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (put >= 0 || errno != ENOTSOCK)
        return put;
    put = pwritev2(fd, &iov, 1, -1, RWF_NOWAIT);
    if (put >= 0 || (errno != EOPNOTSUPP && errno != EINVAL && errno != ENOSYS))
        return put;
    /* A terminal of our own; or an older kernel: what a pipe that is ready takes for certain.
     */
    return write(fd, bytes, n < PIPE_BUF ? n : PIPE_BUF);
}

static void pipe_wait(struct azb_output *output);

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct azb_output *output = arg;
    struct azb_error err = {0};
    ssize_t put;

    (void)what;
    put = write_now(fd, output->pipe + output->pipe_done, output->pipe_len - output->pipe_done);
    if (put < 0 && errno != EAGAIN && errno != EINTR) {
        azb_writer_error(&err, errno);
        output_fail(output, &err);
        return;
    }
    if (put > 0)
        output->pipe_done += (size_t)put;
    if (output->pipe_done < output->pipe_len) {
        pipe_wait(output);
        return;
    }
    output->pipe_len = output->pipe_done = 0;
    if (output->is_finishing)
        output_check_finished(output);
    else
        output->on_room(output->call);
}

static void pipe_wait(struct azb_output *output)
{
    if (!output->has_event) {
        event_assign(&output->event, output->call->engine->base, output->call->fd, EV_WRITE,
                     on_writable, output);
        output->has_event = true;
    }
    event_add(&output->event, NULL);
}

static int pipe_put(struct azb_output *output, const void *bytes, size_t n,
                    struct azb_error *err)
{

    if (output->pipe == NULL && (output->pipe = malloc(AZB_OUTPUT_BLOCK_BYTES)) == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a block of a pipe");
    if (output->pipe_len == 0)
        pipe_wait(output);
    memcpy(output->pipe + output->pipe_len, bytes, n);
    output->pipe_len += n;
    output->n_put += n;
    return 0;
}

/* ---- all kinds ---- */

bool azb_output_has_room(struct azb_output *output, size_t n)
{
    const struct azb_sink *sink = &output->call->sink;

    switch (output->kind) {
    case AZB_OUTPUT_INLINE:
        return true;
    case AZB_OUTPUT_STREAM:
        return !sink->is_full(sink->arg);
    case AZB_OUTPUT_FILE:
        return azb_writer_has_room(&output->writer, n);
    case AZB_OUTPUT_PIPE:
        return AZB_OUTPUT_BLOCK_BYTES - output->pipe_len >= n;
    }
    return false;
}

int azb_output_put(struct azb_output *output, const void *bytes, size_t n,
                   struct azb_error *err)
{
    const struct azb_sink *sink = &output->call->sink;
    uint64_t offset = output->n_put;

    switch (output->kind) {
    case AZB_OUTPUT_INLINE:
        azb_buf_append(&output->call->result, bytes, n);
        output->n_put += n;
        if (output->call->result.failed)
            return azb_error_set(err, AZB_ERR_NO_MEMORY, "a result");
        return 0;
    case AZB_OUTPUT_STREAM:
        output->n_put += n;
        return sink->data(sink->arg, offset, bytes, n, err);
    case AZB_OUTPUT_FILE:
        output->n_put += n;
        return azb_writer_put(&output->writer, output->base + (off_t)offset, bytes, n, err);
    case AZB_OUTPUT_PIPE:
        return pipe_put(output, bytes, n, err);
    }
    return 0;
}

void azb_output_skip(struct azb_output *output, uint64_t n)
{
    output->n_put += n;
}

void azb_output_finish(struct azb_output *output)
{
    bool may_flush = output->kind == AZB_OUTPUT_FILE &&
                     !(output->writer.is_append && output->writer.n_out > 0);
    struct azb_error err = {0};

    output->is_finishing = true;
    if (may_flush && azb_writer_flush(&output->writer, &err) < 0) {
        output_fail(output, &err);
        return;
    }
    if (output->kind == AZB_OUTPUT_PIPE && output->pipe_len > 0)
        return; /* on_writable() goes on */
    output_check_finished(output);
}

void azb_output_resume(struct azb_output *output)
{
    if (output->kind == AZB_OUTPUT_STREAM && !output->is_finishing)
        output->on_room(output->call);
}

void azb_output_stop(struct azb_output *output)
{
    output->is_stopped = true;
    if (output->has_event)
        event_del(&output->event);
}

void azb_output_clear(struct azb_output *output)
{
    azb_writer_clear(&output->writer);
    free(output->pipe);
}
