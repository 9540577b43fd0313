/*
 * input.c: where bytes come from.
 */
#include "lib/stream/input.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PIPE_READ_BYTES = 256 * 1024,
};

static int local_error(struct azb_error *err, int errnum)
{
    return azb_error_set(err, AZB_ERR_LOCAL_IO, "reading from the descriptor: %s",
                         strerror(errnum));
}

int azb_input_init(struct azb_input *input, struct azb_call *call, int64_t length,
                   struct azb_error *err)
{
    struct stat st;
    int flags;

    memset(input, 0, sizeof(*input));
    input->call = call;
    input->length = length;
    if (call->fd < 0) {
        input->kind = AZB_INPUT_STREAM;
        input->credit = AZB_UPLOAD_WINDOW;
        return 0;
    }
    flags = fcntl(call->fd, F_GETFL);
    if (flags < 0 || fstat(call->fd, &st) < 0)
        return local_error(err, errno);
    if ((flags & O_ACCMODE) == O_WRONLY)
        return azb_error_set(err, AZB_ERR_LOCAL_IO, "the descriptor is not open for reading");
    if (S_ISDIR(st.st_mode))
        return local_error(err, EISDIR);
    input->base = lseek(call->fd, 0, SEEK_CUR);
    input->kind = input->base >= 0 ? AZB_INPUT_FILE : AZB_INPUT_PIPE;
    if (!S_ISREG(st.st_mode))
        return 0;
    if (length < 0)
        input->length = st.st_size > input->base ? st.st_size - input->base : 0;
    else if (st.st_size - input->base < length)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "%s: 'length' is %lld, but the file has only %lld bytes from here",
                             call->method->row->method, (long long)length,
                             (long long)(st.st_size - input->base));
    return 0;
}

static void fill_done(struct azb_input *input, const struct azb_error *err)
{
    size_t n = input->have;

    input->into = NULL;
    input->n_taken += n;
    input->cb(input->call, n, err);
}

/* ---- a file ---- */

static void file_read(struct azb_io_job *job) /* in a thread */
{
    struct azb_input *input = (struct azb_input *)job;

    input->n_read = azb_pread_all(input->call->fd, input->into, input->want,
                                  input->base + (off_t)input->n_taken);
    input->errnum = input->n_read < 0 ? errno : 0;
}

static void file_was_read(struct azb_io_job *job)
{
    struct azb_input *input = (struct azb_input *)job;
    struct azb_call *call = input->call;
    struct azb_error err = {0};

    input->is_out = false;
    if (!input->is_stopped) {
        input->have = input->n_read > 0 ? (size_t)input->n_read : 0;
        if (input->errnum != 0)
            local_error(&err, input->errnum);
        else if (input->length >= 0 && input->have < input->want)
            azb_error_set(&err, AZB_ERR_LOCAL_IO,
                          "the file became shorter while it was read: %lld bytes were there",
                          (long long)input->length);
        fill_done(input, err.what != AZB_OK ? &err : NULL);
    }
    azb_call_job_end(call); /* last: the call may go now */
}

/* ---- a pipe or socket ---- */

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct azb_input *input = arg;
    size_t n = input->want - input->have;
    struct azb_error err = {0};
    ssize_t got;

    (void)what;
    if (n > PIPE_READ_BYTES)
        n = PIPE_READ_BYTES;
    got = read(fd, input->into + input->have, n); /* it is readable: this does not wait */
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

/* ---- all kinds ---- */

void azb_input_fill(struct azb_input *input, void *into, size_t n, azb_input_cb *cb)
{
    struct azb_error err = {0};

    if (input->length >= 0 && n > (uint64_t)input->length - input->n_taken)
        n = (size_t)((uint64_t)input->length - input->n_taken);
    input->into = into;
    input->want = n;
    input->have = 0;
    input->cb = cb;
    if (n == 0) {
        fill_done(input, NULL);
        return;
    }
    switch (input->kind) {
    case AZB_INPUT_FILE:
        input->job.run = file_read;
        input->job.done = file_was_read;
        if (azb_io_submit(input->call->engine->io, &input->job, &err) < 0) {
            fill_done(input, &err);
            return;
        }
        input->is_out = true;
        azb_call_job_begin(input->call);
        break;
    case AZB_INPUT_PIPE:
        if (!input->has_event) {
            event_assign(&input->event, input->call->engine->base, input->call->fd, EV_READ,
                         on_readable, input);
            input->has_event = true;
        }
        event_add(&input->event, NULL);
        break;
    case AZB_INPUT_STREAM:
        stream_pump(input);
        break;
    }
}

void azb_input_rewind(struct azb_input *input)
{
    input->n_taken = 0;
}

void azb_input_finish(struct azb_input *input)
{
    if (input->kind == AZB_INPUT_FILE)
        lseek(input->call->fd, input->base + (off_t)input->n_taken, SEEK_SET);
}

void azb_input_stop(struct azb_input *input)
{
    input->is_stopped = true;
    if (input->has_event)
        event_del(&input->event);
    azb_buf_clear(&input->early);
}
