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

static int local_error(struct azb_error *err, int errnum)
{
    return azb_error_set(err, AZB_ERR_LOCAL_IO, "writing to the descriptor: %s",
                         strerror(errnum));
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
    for (int i = 0; i < AZB_OUTPUT_BLOCKS; i++) {
        output->blocks[i].output = output;
        output->blocks[i].cap = AZB_OUTPUT_BLOCK_BYTES;
    }
    if (call->fd < 0) {
        output->kind = call->is_stream ? AZB_OUTPUT_STREAM : AZB_OUTPUT_INLINE;
        return 0;
    }
    flags = fcntl(call->fd, F_GETFL);
    if (flags < 0 || fstat(call->fd, &st) < 0)
        return local_error(err, errno);
    if ((flags & O_ACCMODE) == O_RDONLY)
        return azb_error_set(err, AZB_ERR_LOCAL_IO, "the descriptor is not open for writing");
    output->kind = is_file_like(call->fd, &st) ? AZB_OUTPUT_FILE : AZB_OUTPUT_PIPE;
    output->is_append = (flags & O_APPEND) != 0;
    output->base = output->kind == AZB_OUTPUT_FILE ? lseek(call->fd, 0, SEEK_CUR) : 0;
    if (output->base < 0)
        output->base = 0;
    return 0;
}

void azb_output_expect(struct azb_output *output, uint64_t n)
{
    size_t cap = AZB_OUTPUT_BLOCK_BYTES;

    if (n < cap)
        cap = n < SMALLEST_BLOCK ? SMALLEST_BLOCK : (size_t)n;
    for (int i = 0; i < AZB_OUTPUT_BLOCKS; i++)
        if (output->blocks[i].data == NULL)
            output->blocks[i].cap = cap;
}

/* ---- files ---- */

static void block_write(struct azb_io_job *job) /* in a thread */
{
    struct azb_output_block *block = (struct azb_output_block *)job;

    block->errnum = 0;
    if (azb_pwrite_all(block->output->call->fd, block->data, block->len, block->offset) < 0)
        block->errnum = errno;
}

static void output_check_finished(struct azb_output *output)
{
    if (!output->is_finishing || output->n_out > 0 || output->is_stopped ||
        output->err.what != AZB_OK)
        return;
    if (output->kind == AZB_OUTPUT_FILE && !output->is_append)
        lseek(output->call->fd, output->base + (off_t)output->n_put, SEEK_SET);
    output->on_finished(output->call, NULL);
}

static void block_written(struct azb_io_job *job)
{
    struct azb_output_block *block = (struct azb_output_block *)job;
    struct azb_output *output = block->output;
    struct azb_call *call = output->call;
    struct azb_error err = {0};

    block->is_out = false;
    block->len = 0;
    output->n_out--;
    if (output->is_stopped) {
        ; /* only the call is waiting, for us to be back */
    } else if (block->errnum != 0) {
        local_error(&err, block->errnum);
        output_fail(output, &err);
    } else if (output->is_finishing) {
        output_check_finished(output);
    } else {
        output->on_room(call);
    }
    azb_call_job_end(call); /* last: the call may go now */
}

static int block_submit(struct azb_output *output, struct azb_error *err)
{
    struct azb_output_block *block = &output->blocks[output->fill_i];

    block->job.run = block_write;
    block->job.done = block_written;
    if (azb_io_submit(output->call->engine->io, &block->job, err) < 0)
        return -1;
    block->is_out = true;
    output->n_out++;
    azb_call_job_begin(output->call);
    output->fill_i = (output->fill_i + 1) % AZB_OUTPUT_BLOCKS;
    return 0;
}

static size_t file_room(const struct azb_output *output)
{
    size_t room = 0;

    if (output->is_append && output->n_out > 0)
        return 0;
    for (unsigned i = 0; i < (output->is_append ? 1U : AZB_OUTPUT_BLOCKS); i++) {
        const struct azb_output_block *block =
            &output->blocks[(output->fill_i + i) % AZB_OUTPUT_BLOCKS];

        if (block->is_out)
            break;
        room += block->cap - block->len;
    }
    return room;
}

static int file_put(struct azb_output *output, const unsigned char *bytes, size_t n,
                    struct azb_error *err)
{
    while (n > 0) {
        struct azb_output_block *block = &output->blocks[output->fill_i];
        size_t piece = block->cap - block->len;

        if (block->data == NULL) {
            block->data = malloc(block->cap);
            if (block->data == NULL)
                return azb_error_set(err, AZB_ERR_NO_MEMORY, "a block of a file");
        }
        if (block->len == 0)
            block->offset = output->base + (off_t)output->n_put;
        if (piece > n)
            piece = n;
        memcpy(block->data + block->len, bytes, piece);
        block->len += piece;
        output->n_put += piece;
        bytes += piece;
        n -= piece;
        if (block->len == block->cap && block_submit(output, err) < 0)
            return -1;
    }
    return 0;
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
    /* An older kernel, or a terminal: what a pipe that is ready takes for certain. */
    return write(fd, bytes, n < PIPE_BUF ? n : PIPE_BUF);
}

static void pipe_wait(struct azb_output *output);

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct azb_output *output = arg;
    struct azb_output_block *block = &output->blocks[0];
    struct azb_error err = {0};
    ssize_t put;

    (void)what;
    put = write_now(fd, block->data + output->pipe_done, block->len - output->pipe_done);
    if (put < 0 && errno != EAGAIN && errno != EINTR) {
        local_error(&err, errno);
        output_fail(output, &err);
        return;
    }
    if (put > 0)
        output->pipe_done += (size_t)put;
    if (output->pipe_done < block->len) {
        pipe_wait(output);
        return;
    }
    block->len = output->pipe_done = 0;
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
    struct azb_output_block *block = &output->blocks[0];

    if (block->data == NULL) {
        block->data = malloc(block->cap);
        if (block->data == NULL)
            return azb_error_set(err, AZB_ERR_NO_MEMORY, "a block of a pipe");
    }
    if (block->len == 0)
        pipe_wait(output);
    memcpy(block->data + block->len, bytes, n);
    block->len += n;
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
        return file_room(output) >= n;
    case AZB_OUTPUT_PIPE:
        return output->blocks[0].cap - output->blocks[0].len >= n;
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
        return file_put(output, bytes, n, err);
    case AZB_OUTPUT_PIPE:
        return pipe_put(output, bytes, n, err);
    }
    return 0;
}

void azb_output_finish(struct azb_output *output)
{
    struct azb_error err = {0};

    output->is_finishing = true;
    if (output->kind == AZB_OUTPUT_FILE && output->blocks[output->fill_i].len > 0 &&
        !output->blocks[output->fill_i].is_out && block_submit(output, &err) < 0) {
        output_fail(output, &err);
        return;
    }
    if (output->kind == AZB_OUTPUT_PIPE && output->blocks[0].len > 0)
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
    for (int i = 0; i < AZB_OUTPUT_BLOCKS; i++)
        free(output->blocks[i].data);
}
