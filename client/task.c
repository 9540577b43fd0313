/*
 * task.c: calls as objects of their user, and what is common to waiting for them. A streamed
 * upload reads its source when the connection has room, never more than the daemon has given
 * credit for.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/library.h"

enum {
    INLINE_BYTES = 256 * 1024, /* of a source in memory that goes along with its request */
    PIECE_BYTES = 64 * 1024,   /* that a source is asked for at once */
};

/* ---- the source of an upload ---- */

/* Bytes in memory, read as a callback's would be. */
static ptrdiff_t read_memory(struct azblob_task *task, void *buffer, size_t n)
{
    size_t left = task->source.n - task->sent;

    if (n > left)
        n = left;
    if (n > 0)
        memcpy(buffer, (const char *)task->source.bytes + task->sent, n);
    return (ptrdiff_t)n;
}

static ptrdiff_t read_source(struct azblob_task *task, void *buffer, size_t n)
{
    if (task->source.read == NULL)
        return read_memory(task, buffer, n);
    return task->source.read(buffer, n, task->source.arg);
}

/* One piece of the source; after its end or its failure it is asked for nothing more. */
static void task_send_piece(struct azb_client_call *call)
{
    struct azblob_task *task = (struct azblob_task *)call;
    unsigned char piece[PIECE_BYTES];
    size_t n = call->window < PIECE_BYTES ? (size_t)call->window : PIECE_BYTES;
    ptrdiff_t got;

    got = read_source(task, piece, n);
    if (got == AZBLOB_LATER) {
        task->is_late = true;
        call->on_room = NULL;
    } else if (got > 0 && (size_t)got <= n) {
        azb_call_data(call, task->sent, piece, (size_t)got);
        task->sent += (uint64_t)got;
    } else {
        call->on_room = NULL;
        got == 0 ? azb_call_data_end(call) : azb_call_cancel(call);
    }
}

void azblob_task_resume(struct azblob_task *task)
{
    if (task->is_late)
        task->call.on_room = task_send_piece;
    task->is_late = false;
}

static bool is_streamed(const struct azblob_source *source)
{
    return source->read != NULL || (source->fd < 0 && source->n > INLINE_BYTES);
}

/* The parameters that say where an upload's bytes are. */
static void put_source(struct azb_client_call *call, const struct azblob_source *source)
{
    int64_t length = source->length;

    if (source->read == NULL && source->fd < 0 && !is_streamed(source)) {
        azb_pack_bin(azb_call_value(call, "data"), source->bytes, source->n);
        return;
    }
    if (source->read == NULL && source->fd < 0)
        length = (int64_t)source->n;
    azb_call_bool(call, source->fd >= 0 ? "fd" : "stream", true);
    if (length >= 0)
        azb_call_int(call, "length", length);
}

/* Copy what the caller gave, of whatever version. */
static int take_source(struct azblob_task *task, const struct azblob_source *given,
                       struct azb_error *err)
{
    struct azblob_source *mine = &task->source;

    *mine = azblob_from_fd(-1);
    memcpy(mine, given,
           given->struct_bytes < sizeof(*mine) ? given->struct_bytes : sizeof(*mine));
    if (mine->bytes == NULL && mine->read == NULL && mine->fd < 0)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "%s: a source is bytes, a callback or a descriptor",
                             task->operation);
    if (is_streamed(mine))
        task->call.on_room = task_send_piece;
    return 0;
}

/* ---- beginning and end ---- */

/* A lease's handle follows the id that the service knows it by. */
static void keep_lease_id(struct azblob_task *task)
{
    const char *id = azblob_value_str(azblob_value_get(task->result, "lease_id"));
    char *copy = id != NULL ? strdup(id) : NULL;

    if (copy == NULL)
        return;
    free(task->handle->lease);
    task->handle->lease = copy;
}

static void task_done(struct azb_client_call *call)
{
    struct azblob_task *task = (struct azblob_task *)call;
    const struct azb_error *opening = azb_services_error(task->connection);

    if (call->err.what == AZB_OK) {
        task->result = azb_value_new(call->packed, call->packed_bytes);
        if (task->result == NULL)
            azb_error_set(&call->err, AZB_ERR_NO_MEMORY, "the result of %s", task->operation);
    } else if (call->err.what == AZB_ERR_UNKNOWN_CLIENT && opening != NULL) {
        call->err = *opening;
    }
    if (task->handle != NULL && strncmp(task->operation, "lease.", 6) == 0)
        keep_lease_id(task);
    if (task->after != NULL)
        task->after(task);
    if (task->done_cb != NULL)
        task->done_cb(task, task->done_arg);
}

/* "container/blob" of a handle. NULL when it names neither, or without memory. */
static char *target_of(const struct azb_handle *handle)
{
    struct azb_buf text = {0};

    if (handle == NULL || handle->container == NULL)
        return NULL;
    azb_buf_puts(&text, handle->container);
    if (handle->blob != NULL) {
        azb_buf_puts(&text, "/");
        azb_buf_puts(&text, handle->blob);
    }
    if (azb_buf_cstr(&text) == NULL)
        azb_buf_clear(&text);
    return (char *)text.data;
}

static struct azblob_task *task_new(struct azblob_connection *connection,
                                    const struct azb_start *start, struct azb_error *err)
{
    struct azblob_task *task = calloc(1, sizeof(*task));

    if (task == NULL || (task->operation = strdup(start->method)) == NULL) {
        free(task);
        azb_error_set(err, AZB_ERR_NO_MEMORY, "%s", start->method);
        return NULL;
    }
    task->connection = azb_connection_ref(connection);
    task->target = target_of(start->handle);
    task->handle = start->handle != NULL ? azb_handle_ref(start->handle) : NULL;
    task->after = start->after;
    task->call.operation = task->operation;
    task->call.target = task->target;
    task->call.on_item = start->on_item;
    task->call.on_data = start->on_data;
    task->call.on_done = task_done;
    task->call.counts_credit = start->is_stream;
    task->call.arg = start->arg;
    return task;
}

static int task_send(struct azblob_task *task, const struct azb_start *start,
                     struct azb_error *err)
{
    struct azb_client_call *call = &task->call;
    int fd = start->has_fd ? start->fd : -1;

    azb_call_begin(task->connection->inner, call, start->method);
    if (start->params != NULL) {
        azb_call_append(call, &start->params->packed);
        call->n_params += (unsigned)start->params->n;
    }
    if (start->continuation_token != NULL)
        azb_call_str(call, "continuation_token", start->continuation_token);
    if (start->is_stream)
        azb_call_bool(call, "stream", true);
    if (start->has_fd)
        azb_call_bool(call, "fd", true);
    if (start->source != NULL) {
        put_source(call, &task->source);
        fd = task->source.fd;
    }
    return azb_call_send(call, fd, err);
}

int azb_task_start(struct azblob_connection *connection, const struct azb_start *start,
                   struct azblob_task **ret, struct azb_error *err)
{
    struct azblob_task *task;

    if (start->params != NULL && azb_params_check(start->params, err) < 0)
        return -1;
    task = task_new(connection, start, err);
    if (task == NULL)
        return -1;
    if ((start->source != NULL && take_source(task, start->source, err) < 0) ||
        azb_connection_ready(connection, err) < 0 || task_send(task, start, err) < 0) {
        task->call.connection = NULL; /* it is on no list */
        azblob_task_free(task);
        return -1;
    }
    *ret = task;
    return 0;
}

void azblob_task_free(struct azblob_task *task)
{
    if (task == NULL)
        return;
    azb_call_forget(&task->call);
    azblob_value_free(task->result);
    azb_handle_unref(task->handle);
    azb_connection_unref(task->connection);
    free(task->operation);
    free(task->target);
    free(task);
}

int azblob_call_start(struct azblob_connection *connection, const char *method,
                      const struct azblob_params *params, struct azblob_task **ret,
                      struct azblob_error *err)
{
    return azb_task_start(connection, &(struct azb_start){.method = method, .params = params},
                          ret, azb_error_inner(err));
}

int azblob_call(struct azblob_connection *connection, const char *method,
                const struct azblob_params *params, struct azblob_value **ret,
                struct azblob_error *err)
{
    struct azblob_task *task;

    if (azblob_call_start(connection, method, params, &task, err) < 0)
        return -1;
    return azb_task_finish(task, ret, azb_error_inner(err));
}

/* ---- waiting ---- */

int azb_task_outcome(const struct azblob_task *task, struct azb_error *err)
{
    if (task->call.err.what == AZB_OK)
        return 0;
    if (err != NULL)
        *err = task->call.err;
    return -1;
}

static int task_wait(struct azblob_task *task, struct azb_error *err)
{
    while (!task->call.is_done)
        if (azb_connection_await(task->connection, err) < 0 && !task->call.is_done)
            return -1;
    return azb_task_outcome(task, err);
}

int azb_task_finish(struct azblob_task *task, struct azblob_value **ret, struct azb_error *err)
{
    int rc = task_wait(task, err);

    if (rc == 0 && ret != NULL)
        *ret = azblob_task_take_result(task);
    azblob_task_free(task);
    return rc;
}

int azblob_task_wait(struct azblob_task *task, struct azblob_error *err)
{
    return task_wait(task, azb_error_inner(err));
}

int azblob_task_is_done(const struct azblob_task *task)
{
    return task->call.is_done;
}

int azblob_task_poll(struct azblob_task *task)
{
    if (!task->call.is_done)
        azblob_dispatch(task->connection, NULL); /* a failure is the task's as well */
    return task->call.is_done;
}

void azblob_task_cancel(struct azblob_task *task)
{
    azb_call_cancel(&task->call);
}

int azblob_task_status(const struct azblob_task *task, struct azblob_error *err)
{
    if (!task->call.is_done)
        return azb_error_set(azb_error_inner(err), AZB_ERR_INVALID_ARG, "%s is not done",
                             task->operation);
    return azb_task_outcome(task, azb_error_inner(err));
}

const struct azblob_value *azblob_task_result(const struct azblob_task *task)
{
    return task->result;
}

struct azblob_value *azblob_task_take_result(struct azblob_task *task)
{
    struct azblob_value *result = task->result;

    task->result = NULL;
    return result;
}

void azblob_task_on_done(struct azblob_task *task, azblob_done_cb *done_cb, void *arg)
{
    task->done_cb = done_cb;
    task->done_arg = arg;
}

static void task_progressed(struct azb_client_call *call, int64_t bytes, int64_t total)
{
    const struct azblob_task *task = (struct azblob_task *)call;

    task->progress_cb(bytes, total, task->progress_arg);
}

void azblob_task_on_progress(struct azblob_task *task, azblob_progress_cb *progress_cb,
                             void *arg)
{
    task->progress_cb = progress_cb;
    task->progress_arg = arg;
    task->call.on_progress = progress_cb != NULL ? task_progressed : NULL;
}

int azblob_gather(struct azblob_task *const *tasks, size_t n, struct azblob_error *err)
{
    int rc = 0;

    for (size_t i = 0; i < n; i++)
        if (tasks[i] != NULL && azblob_task_wait(tasks[i], rc == 0 ? err : NULL) < 0)
            rc = -1;
    return rc;
}

/* The shortest silence that a connection of these tasks puts up with; -1: any. */
static int shortest_wait_ms(struct azblob_task *const *tasks, size_t n)
{
    int64_t shortest_ms = INT_MAX;

    for (size_t i = 0; i < n; i++) {
        int64_t wait_ms = tasks[i] != NULL ? tasks[i]->connection->options.answer_wait_ms : 0;

        if (wait_ms > 0 && wait_ms < shortest_ms)
            shortest_ms = wait_ms;
    }
    return shortest_ms < INT_MAX ? (int)shortest_ms : -1;
}

/* Wait until something has happened on a connection of these tasks, or DEADLINE. */
static int await_any(struct azblob_task *const *tasks, struct pollfd *polls, size_t n,
                     struct azb_error *err)
{
    int wait_ms = shortest_wait_ms(tasks, n);
    int n_ready;

    for (size_t i = 0; i < n; i++)
        polls[i] = (struct pollfd){
            .fd = tasks[i] != NULL ? azblob_fd(tasks[i]->connection) : -1,
            .events = tasks[i] != NULL ? azblob_events(tasks[i]->connection) : 0,
        };
    n_ready = poll(polls, n, wait_ms);
    if (n_ready == 0)
        return azb_error_set(err, AZB_ERR_DEADLINE, "azblobd was silent for %d ms", wait_ms);
    if (n_ready < 0 && errno != EINTR)
        return azb_error_set(err, AZB_ERR_LOCAL_IO, "poll: %s", strerror(errno));
    return 0;
}

/* The first task that is done, after a look for news; n: none is. *ret_n_waiting of them. */
static size_t find_done(struct azblob_task *const *tasks, size_t n, size_t *ret_n_waiting)
{
    *ret_n_waiting = 0;
    for (size_t i = 0; i < n; i++) {
        if (tasks[i] != NULL && azblob_task_poll(tasks[i]))
            return i;
        *ret_n_waiting += tasks[i] != NULL;
    }
    return n;
}

int azblob_wait_any(struct azblob_task *const *tasks, size_t n, size_t *ret_i,
                    struct azblob_error *err)
{
    struct pollfd *polls = calloc(n > 0 ? n : 1, sizeof(*polls));
    size_t n_waiting;
    int rc = -1;

    if (polls == NULL)
        return azb_error_set(azb_error_inner(err), AZB_ERR_NO_MEMORY, "waiting");
    do {
        *ret_i = find_done(tasks, n, &n_waiting);
        if (*ret_i < n)
            rc = 0;
        else if (n_waiting == 0)
            azb_error_set(azb_error_inner(err), AZB_ERR_INVALID_ARG, "there is no task");
        else if (await_any(tasks, polls, n, azb_error_inner(err)) == 0)
            continue;
        break;
    } while (true);
    free(polls);
    return rc;
}
