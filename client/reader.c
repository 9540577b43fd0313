/*
 * reader.c: the bytes of a download or a query, in the pieces they come in or in those that
 * are asked for. First of all comes an item with the properties; a query may have more of them
 * in between, about errors that do not end it.
 */
#define _GNU_SOURCE 1 /* memmem() */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/library.h"

struct azblob_reader {
    struct azb_stream stream;
    struct azblob_value *head;  /* {properties, size} */
    const unsigned char *bytes; /* what is left of the current chunk */
    size_t n;
    azblob_note_cb *note_cb;
    void *note_arg;

    struct azb_buf held; /* records: what is not given away yet begins at held_start, */
    size_t held_start;
    size_t scanned; /* and has no delimiter before this place */
};

int azb_reader_open(struct azblob_connection *connection, struct azb_start start,
                    struct azblob_reader **ret, struct azb_error *err)
{
    struct azblob_reader *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a reader");
    if (azb_stream_start(&reader->stream, connection, start, err) < 0) {
        azblob_reader_close(reader);
        return -1;
    }
    *ret = reader;
    return 0;
}

void azblob_reader_close(struct azblob_reader *reader)
{
    if (reader == NULL)
        return;
    azb_stream_close(&reader->stream);
    azblob_value_free(reader->head);
    azb_buf_clear(&reader->held);
    free(reader);
}

/* An item among the bytes: the first is the head. */
static int take_item(struct azblob_reader *reader, const struct azb_chunk *chunk,
                     struct azb_error *err)
{
    struct azblob_value *value = azb_value_new(chunk->bytes, chunk->n);

    if (value == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an answer");
    if (reader->head == NULL) {
        reader->head = value;
        return 0;
    }
    if (reader->note_cb != NULL)
        reader->note_cb(value, reader->note_arg);
    azblob_value_free(value);
    return 0;
}

/* Take one chunk, which may be an item and bring no bytes. */
static int reader_take(struct azblob_reader *reader, struct azb_error *err)
{
    struct azb_chunk *chunk;
    int rc = azb_stream_next(&reader->stream, &chunk, err);

    reader->n = 0;
    if (rc != AZBLOB_MORE)
        return rc;
    if (chunk->is_item)
        return take_item(reader, chunk, err) < 0 ? -1 : AZBLOB_MORE;
    reader->bytes = chunk->bytes;
    reader->n = chunk->n;
    return AZBLOB_MORE;
}

/* Have some bytes. */
static int reader_fill(struct azblob_reader *reader, struct azb_error *err)
{
    int rc = AZBLOB_MORE;

    while (reader->n == 0 && rc == AZBLOB_MORE)
        rc = reader_take(reader, err);
    return rc;
}

int azblob_reader_properties(struct azblob_reader *reader, const struct azblob_value **ret,
                             struct azblob_error *err)
{
    while (reader->head == NULL) {
        int rc = reader_take(reader, azb_error_inner(err));

        if (rc == AZBLOB_END)
            return azb_error_set(azb_error_inner(err), AZB_ERR_BAD_RESPONSE,
                                 "azblobd gave no properties");
        if (rc != AZBLOB_MORE)
            return rc;
    }
    *ret = azblob_value_get(reader->head, "properties");
    return 0;
}

int64_t azblob_reader_size(struct azblob_reader *reader)
{
    const struct azblob_value *properties;

    if (azblob_reader_properties(reader, &properties, NULL) != 0)
        return -1;
    return azblob_value_int(azblob_value_get(reader->head, "size"), -1);
}

int azblob_reader_chunk(struct azblob_reader *reader, const void **ret, size_t *ret_n,
                        struct azblob_error *err)
{
    int rc = reader_fill(reader, azb_error_inner(err));

    if (rc != AZBLOB_MORE)
        return rc;
    *ret = reader->bytes;
    *ret_n = reader->n;
    reader->n = 0;
    return AZBLOB_MORE;
}

int azblob_reader_read(struct azblob_reader *reader, void *buffer, size_t n, size_t *ret_n,
                       struct azblob_error *err)
{
    int rc = reader_fill(reader, azb_error_inner(err));

    if (rc != AZBLOB_MORE)
        return rc;
    *ret_n = n < reader->n ? n : reader->n;
    memcpy(buffer, reader->bytes, *ret_n);
    reader->bytes += *ret_n;
    reader->n -= *ret_n;
    return AZBLOB_MORE;
}

/* Give all that is left to a function, waiting for it. */
static int for_each_chunk(struct azblob_reader *reader,
                          int (*use)(void *arg, const void *bytes, size_t n,
                                     struct azb_error *err),
                          void *arg, struct azb_error *err)
{
    bool was_nonblocking = reader->stream.is_nonblocking;
    const void *bytes;
    size_t n;
    int rc;

    reader->stream.is_nonblocking = false;
    while ((rc = azblob_reader_chunk(reader, &bytes, &n, (struct azblob_error *)err)) ==
           AZBLOB_MORE)
        if (use(arg, bytes, n, err) < 0) {
            rc = -1;
            break;
        }
    reader->stream.is_nonblocking = was_nonblocking;
    return rc;
}

static int collect(void *arg, const void *bytes, size_t n, struct azb_error *err)
{
    struct azb_buf *all = arg;

    azb_buf_append(all, bytes, n);
    return all->failed ? azb_error_set(err, AZB_ERR_NO_MEMORY, "all bytes at once") : 0;
}

int azblob_reader_readall(struct azblob_reader *reader, void **ret, size_t *ret_n,
                          struct azblob_error *err)
{
    struct azb_buf all = {0};
    int rc = for_each_chunk(reader, collect, &all, azb_error_inner(err));

    if (rc == 0 && azb_buf_cstr(&all) == NULL)
        rc = azb_error_set(azb_error_inner(err), AZB_ERR_NO_MEMORY, "all bytes at once");
    if (rc < 0) {
        azb_buf_clear(&all);
        return -1;
    }
    *ret = all.data;
    *ret_n = all.len;
    return 0;
}

struct sink {
    int fd;
    int64_t n;
};

static int write_out(void *arg, const void *bytes, size_t n, struct azb_error *err)
{
    struct sink *sink = arg;

    while (n > 0) {
        ssize_t written = write(sink->fd, bytes, n);

        if (written < 0 && errno == EAGAIN) {
            poll(&(struct pollfd){.fd = sink->fd, .events = POLLOUT}, 1, -1);
            continue;
        }
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return azb_error_set(err, AZB_ERR_LOCAL_IO, "writing: %s", strerror(errno));
        bytes = (const char *)bytes + written;
        n -= (size_t)written;
        sink->n += written;
    }
    return 0;
}

int azblob_reader_readinto(struct azblob_reader *reader, int fd, int64_t *ret_n,
                           struct azblob_error *err)
{
    struct sink sink = {.fd = fd};
    int rc = for_each_chunk(reader, write_out, &sink, azb_error_inner(err));

    if (ret_n != NULL)
        *ret_n = sink.n;
    return rc;
}

/* Give what is held up to a place away; the next record begins at another. */
static int give_record(struct azblob_reader *reader, size_t end, size_t next, const char **ret,
                       size_t *ret_n)
{
    *ret = (const char *)reader->held.data + reader->held_start;
    *ret_n = end - reader->held_start;
    reader->held_start = reader->scanned = next;
    return AZBLOB_MORE;
}

/* Hold the next chunk behind what is left of those before. */
static int hold_chunk(struct azblob_reader *reader, struct azblob_error *err)
{
    const void *bytes;
    size_t n;
    int rc = azblob_reader_chunk(reader, &bytes, &n, err);

    if (rc != AZBLOB_MORE)
        return rc;
    azb_buf_drop(&reader->held, reader->held_start);
    reader->scanned -= reader->held_start;
    reader->held_start = 0;
    return collect(&reader->held, bytes, n, azb_error_inner(err)) < 0 ? -1 : AZBLOB_MORE;
}

int azblob_reader_record(struct azblob_reader *reader, const char *delimiter, const char **ret,
                         size_t *ret_n, struct azblob_error *err)
{
    const struct azb_buf *held = &reader->held;
    size_t n = strlen(delimiter);
    int rc;

    if (n == 0)
        return azb_error_set(azb_error_inner(err), AZB_ERR_INVALID_ARG,
                             "the delimiter of records is empty");
    do {
        const unsigned char *found = held->len > reader->scanned
                                         ? memmem(held->data + reader->scanned,
                                                  held->len - reader->scanned, delimiter, n)
                                         : NULL;

        if (found != NULL)
            return give_record(reader, (size_t)(found - held->data),
                               (size_t)(found - held->data) + n, ret, ret_n);
        /* The end of what is held may be a delimiter's beginning. */
        if (held->len >= reader->scanned + n)
            reader->scanned = held->len - n + 1;
        rc = hold_chunk(reader, err);
    } while (rc == AZBLOB_MORE);
    if (rc == AZBLOB_END && held->len > reader->held_start)
        return give_record(reader, held->len, held->len, ret, ret_n);
    return rc;
}

void azblob_reader_set_nonblocking(struct azblob_reader *reader, int is_nonblocking,
                                   azblob_ready_cb *ready_cb, void *arg)
{
    reader->stream.is_nonblocking = is_nonblocking;
    reader->stream.ready_cb = ready_cb;
    reader->stream.ready_arg = arg;
}

void azblob_reader_on_note(struct azblob_reader *reader, azblob_note_cb *note_cb, void *arg)
{
    reader->note_cb = note_cb;
    reader->note_arg = arg;
}

void azblob_reader_on_progress(struct azblob_reader *reader, azblob_progress_cb *progress_cb,
                               void *arg)
{
    azblob_task_on_progress(reader->stream.task, progress_cb, arg);
}

void azblob_free(void *bytes)
{
    free(bytes);
}
