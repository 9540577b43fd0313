/*
 * iterator.c: entries of a listing or a batch, one by one from a stream, or page by page from
 * one unary call each. Which of the two it is, the first use decides; nothing of a listing is
 * sent before.
 */
#include <stdlib.h>
#include <string.h>

#include "client/library.h"

struct azblob_iterator {
    struct azb_handle *handle;
    char *method;
    struct azblob_params *params;
    struct azblob_value *value; /* the entry or the page that the caller has */

    struct azb_stream stream; /* entry by entry */

    struct azblob_task *page; /* under way */
    bool has_pages;
    char *token; /* of the next page; NULL: of the first one */
    bool is_last;
};

struct azblob_iterator *azb_iterator_new(struct azb_handle *handle, const char *method,
                                         struct azblob_params *params, const char *token)
{
    struct azblob_iterator *iterator = calloc(1, sizeof(*iterator));

    if (iterator == NULL || (iterator->method = strdup(method)) == NULL ||
        (token != NULL && (iterator->token = strdup(token)) == NULL)) {
        if (iterator != NULL)
            free(iterator->method);
        free(iterator);
        return NULL;
    }
    iterator->handle = azb_handle_ref(handle);
    iterator->params = params;
    return iterator;
}

void azblob_iterator_close(struct azblob_iterator *iterator)
{
    if (iterator == NULL)
        return;
    azb_stream_close(&iterator->stream);
    azblob_task_free(iterator->page);
    azblob_value_free(iterator->value);
    azblob_params_free(iterator->params);
    azb_handle_unref(iterator->handle);
    free(iterator->method);
    free(iterator->token);
    free(iterator);
}

static struct azb_start iterator_call(const struct azblob_iterator *iterator)
{
    return (struct azb_start){.method = iterator->method,
                              .params = iterator->params,
                              .handle = iterator->handle,
                              .continuation_token = iterator->token};
}

static struct azblob_connection *connection_of(const struct azblob_iterator *iterator)
{
    return iterator->handle->service->connection;
}

int azb_iterator_start(struct azblob_iterator *iterator, struct azb_error *err)
{
    return azb_stream_start(&iterator->stream, connection_of(iterator), iterator_call(iterator),
                            err);
}

static void drop_value(struct azblob_iterator *iterator)
{
    azblob_value_free(iterator->value);
    iterator->value = NULL;
}

static int mixed(const struct azblob_iterator *iterator, struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_INVALID_ARG,
                         "%s: an iterator gives either entries or pages", iterator->method);
}

int azblob_iterator_next(struct azblob_iterator *iterator, const struct azblob_value **ret,
                         struct azblob_error *err_)
{
    struct azb_error *err = azb_error_inner(err_);
    struct azb_chunk *chunk;
    int rc;

    if (iterator->has_pages)
        return mixed(iterator, err);
    if (iterator->stream.task == NULL && azb_iterator_start(iterator, err) < 0)
        return -1;
    drop_value(iterator);
    do
        rc = azb_stream_next(&iterator->stream, &chunk, err);
    while (rc == AZBLOB_MORE && !chunk->is_item);
    if (rc != AZBLOB_MORE)
        return rc;
    iterator->value = azb_value_new(chunk->bytes, chunk->n);
    if (iterator->value == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an entry of %s", iterator->method);
    *ret = iterator->value;
    return AZBLOB_MORE;
}

/* The page under way is here. */
static int take_page(struct azblob_iterator *iterator, const struct azblob_value **ret,
                     struct azb_error *err)
{
    struct azblob_task *page = iterator->page;
    int rc = azb_task_outcome(page, err);
    const char *token;

    iterator->page = NULL;
    if (rc == 0) {
        iterator->value = azblob_task_take_result(page);
        token = azblob_value_str(azblob_value_get(iterator->value, "continuation_token"));
        free(iterator->token);
        iterator->token = token != NULL ? strdup(token) : NULL;
        iterator->is_last = token == NULL;
        *ret = azblob_value_get(iterator->value, "items");
        if (token != NULL && iterator->token == NULL)
            rc = azb_error_set(err, AZB_ERR_NO_MEMORY, "a page of %s", iterator->method);
    }
    azblob_task_free(page);
    return rc < 0 ? -1 : AZBLOB_MORE;
}

/* What the page under way ended with goes to whoever drives a loop. */
static void page_ended(struct azblob_task *task)
{
    struct azb_stream *stream = task->call.arg;

    if (stream->ready_cb != NULL)
        stream->ready_cb(stream->ready_arg);
}

int azblob_iterator_next_page(struct azblob_iterator *iterator, const struct azblob_value **ret,
                              struct azblob_error *err_)
{
    struct azb_error *err = azb_error_inner(err_);
    struct azb_start start = iterator_call(iterator);

    if (iterator->stream.task != NULL)
        return mixed(iterator, err);
    if (iterator->is_last)
        return AZBLOB_END;
    iterator->has_pages = true;
    start.after = page_ended;
    start.arg = &iterator->stream;
    if (iterator->page == NULL) {
        drop_value(iterator);
        if (azb_task_start(connection_of(iterator), &start, &iterator->page, err) < 0)
            return -1;
    }
    while (!iterator->page->call.is_done) {
        int rc = azb_stream_await(&iterator->stream, iterator->page, err);

        if (rc != AZBLOB_MORE)
            return rc;
    }
    return take_page(iterator, ret, err);
}

const char *azblob_iterator_continuation_token(const struct azblob_iterator *iterator)
{
    return iterator->token;
}

const struct azblob_value *azblob_iterator_summary(const struct azblob_iterator *iterator)
{
    return iterator->stream.task != NULL ? azblob_task_result(iterator->stream.task) : NULL;
}

void azblob_iterator_set_nonblocking(struct azblob_iterator *iterator, int is_nonblocking,
                                     azblob_ready_cb *ready_cb, void *arg)
{
    iterator->stream.is_nonblocking = is_nonblocking;
    iterator->stream.ready_cb = ready_cb;
    iterator->stream.ready_arg = arg;
}
