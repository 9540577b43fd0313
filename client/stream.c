/*
 * stream.c: what a streamed call brings waits here until it is asked for. The daemon gets
 * credit for what was taken only, so it is the reader's pace that it sends at.
 */
#include <stdlib.h>
#include <string.h>

#include "client/library.h"

static void stream_ready(struct azb_stream *stream)
{
    if (stream->ready_cb != NULL)
        stream->ready_cb(stream->ready_arg);
}

/* Not 0, which ends the call, without memory. */
static int stream_add(struct azb_stream *stream, const void *bytes, size_t n, bool is_item)
{
    struct azb_chunk *chunk = malloc(sizeof(*chunk) + n + 1);

    if (chunk == NULL) {
        stream->has_no_memory = true;
        return -1;
    }
    chunk->next = NULL;
    chunk->n = n;
    chunk->is_item = is_item;
    if (n > 0)
        memcpy(chunk->bytes, bytes, n);
    chunk->bytes[n] = '\0';
    *stream->end = chunk;
    stream->end = &chunk->next;
    stream_ready(stream);
    return 0;
}

static int add_item(const msgpack_object *item, void *arg)
{
    struct azb_stream *stream = arg;
    const struct azb_client_call *call = &stream->task->call;

    (void)item;
    return stream_add(stream, call->packed, call->packed_bytes, true);
}

static int add_data(uint64_t offset, const void *bytes, size_t n, void *arg)
{
    (void)offset;
    return stream_add(arg, bytes, n, false);
}

static void stream_ended(struct azblob_task *task)
{
    stream_ready(task->call.arg);
}

int azb_stream_start(struct azb_stream *stream, struct azblob_connection *connection,
                     struct azb_start start, struct azb_error *err)
{
    start.is_stream = true;
    start.on_item = add_item;
    start.on_data = add_data;
    start.after = stream_ended;
    start.arg = stream;
    stream->end = &stream->first;
    return azb_task_start(connection, &start, &stream->task, err);
}

void azb_stream_close(struct azb_stream *stream)
{
    azblob_task_free(stream->task);
    free(stream->current);
    while (stream->first != NULL) {
        struct azb_chunk *chunk = stream->first;

        stream->first = chunk->next;
        free(chunk);
    }
}

int azb_stream_await(struct azb_stream *stream, struct azblob_task *task, struct azb_error *err)
{
    if (stream->is_nonblocking) {
        azblob_task_poll(task);
        return task->call.is_done || stream->first != NULL ? AZBLOB_MORE : AZBLOB_PENDING;
    }
    if (azb_connection_await(task->connection, err) < 0 && !task->call.is_done)
        return -1;
    return AZBLOB_MORE;
}

/* What was taken last has been used. */
static void release_current(struct azb_stream *stream)
{
    if (stream->current != NULL && !stream->task->call.is_done)
        azb_call_consumed(&stream->task->call, stream->current->n);
    free(stream->current);
    stream->current = NULL;
}

static int stream_outcome(const struct azb_stream *stream, struct azb_error *err)
{
    if (stream->has_no_memory)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "%s", stream->task->operation);
    return azb_task_outcome(stream->task, err) < 0 ? -1 : AZBLOB_END;
}

int azb_stream_next(struct azb_stream *stream, struct azb_chunk **ret, struct azb_error *err)
{
    release_current(stream);
    while (stream->first == NULL) {
        int rc;

        if (stream->task->call.is_done)
            return stream_outcome(stream, err);
        rc = azb_stream_await(stream, stream->task, err);
        if (rc != AZBLOB_MORE)
            return rc;
    }
    stream->current = stream->first;
    stream->first = stream->current->next;
    if (stream->first == NULL)
        stream->end = &stream->first;
    *ret = stream->current;
    return AZBLOB_MORE;
}
