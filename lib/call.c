/*
 * call.c: a call's life.
 */
#include "lib/call.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/value.h"

enum {
    PROGRESS_EVERY_MS = 200,
};

static const struct azb_driver *const drivers[] = {
    [AZB_KIND_UNARY] = &azb_unary_driver,   [AZB_KIND_EXISTS] = &azb_unary_driver,
    [AZB_KIND_PAGER] = &azb_pager_driver,   [AZB_KIND_DOWNLOAD] = &azb_download_driver,
    [AZB_KIND_UPLOAD] = &azb_upload_driver, [AZB_KIND_BATCH] = &azb_batch_driver,
    [AZB_KIND_QUERY] = &azb_query_driver,   [AZB_KIND_URL] = &azb_url_driver,
    [AZB_KIND_COPY] = &azb_copy_driver,
};

static void on_deliver(evutil_socket_t fd, short what, void *arg);
static void on_deadline(evutil_socket_t fd, short what, void *arg);

static int call_check(struct azb_call *call, struct azb_error *err)
{
    const char *method = call->method->row->method;
    enum azb_kind kind = call->method->row->kind;
    bool takes_fd =
        kind == AZB_KIND_DOWNLOAD || kind == AZB_KIND_UPLOAD || kind == AZB_KIND_QUERY;

    if (call->fd >= 0 && !takes_fd)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: takes no descriptor ('fd')",
                             method);
    if (call->fd >= 0 && call->is_stream)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "%s: 'stream' and 'fd' exclude each other", method);
    if (call->is_stream && (kind == AZB_KIND_UNARY || kind == AZB_KIND_EXISTS ||
                            kind == AZB_KIND_URL || kind == AZB_KIND_COPY))
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: has nothing to 'stream'", method);
    return 0;
}

static void call_take_options(struct azb_call *call)
{
    const struct azb_args *args = &call->args;
    int64_t deadline_ms = azb_args_int(args, "deadline_ms", 0);
    const msgpack_object *id = azb_args_get(args, "client_request_id");

    call->is_stream = azb_args_bool(args, "stream", false);
    if (azb_args_get(args, "priority") != NULL)
        call->priority = azb_args_is(args, "priority", "bulk") ? AZB_PRIORITY_BULK
                                                               : AZB_PRIORITY_INTERACTIVE;
    else
        call->priority =
            call->is_stream || call->fd >= 0 ? AZB_PRIORITY_BULK : AZB_PRIORITY_INTERACTIVE;
    azb_rate_configure(&call->rate, (uint64_t)azb_args_int(args, "bwlimit", 0),
                       call->started_ms);
    if (deadline_ms > 0)
        call->deadline_ms = call->started_ms + (uint64_t)deadline_ms;
    if (!azb_value_copy(id, call->client_request_id, sizeof(call->client_request_id)))
        azb_engine_uuid(call->engine, call->client_request_id);
}

/* An id that the caller leaves to us. It is the call's, so that all attempts send the same. */
static int call_make_uuid(struct azb_call *call, struct azb_error *err)
{
    int param_i = call->method->uuid_param;
    msgpack_object *value;
    char *text;

    if (param_i < 0 || call->args.values[param_i] != NULL)
        return 0;
    value = azb_arena_zalloc(call->arena, sizeof(*value));
    text = azb_arena_alloc(call->arena, AZB_UUID_CHARS + 1);
    if (value == NULL || text == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a call");
    azb_engine_uuid(call->engine, text);
    value->type = MSGPACK_OBJECT_STR;
    value->via.str.ptr = text;
    value->via.str.size = AZB_UUID_CHARS;
    call->args.values[param_i] = value;
    return 0;
}

int azb_call_new(struct azb_engine *engine, const struct azb_call_setup *setup,
                 struct azb_call **ret, struct azb_error *err)
{
    struct azb_arena *arena = azb_arena_new();
    struct azb_call *call = arena != NULL ? azb_arena_zalloc(arena, sizeof(*call)) : NULL;

    if (call == NULL) {
        azb_arena_free(arena);
        if (setup->fd >= 0)
            close(setup->fd);
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a call");
    }
    call->engine = engine;
    call->arena = arena;
    call->method = setup->method;
    call->account = azb_account_ref(setup->account);
    call->source = setup->source != NULL ? azb_account_ref(setup->source) : NULL;
    call->flow = setup->flow;
    call->rates[0] = &call->rate;
    call->rates[1] = &engine->limits->rate;
    call->rates[2] = setup->rate;
    call->sink = setup->sink;
    call->fd = setup->fd;
    call->driver = drivers[setup->method->row->kind];
    call->started_ms = azb_http_now_ms();
    event_assign(&call->deliver_ev, engine->base, -1, 0, on_deliver, call);
    evtimer_assign(&call->deadline_ev, engine->base, on_deadline, call);
    if (azb_args_check(&call->args, setup->method, setup->params, err) < 0) {
        azb_call_free(call);
        return -1;
    }
    call->method = call->args.method;
    call_take_options(call);
    if (call_check(call, err) < 0 || call_make_uuid(call, err) < 0) {
        azb_call_free(call);
        return -1;
    }
    *ret = call;
    return 0;
}

void azb_call_free(struct azb_call *call)
{
    if (call == NULL)
        return;
    if (call->driver_state != NULL && call->driver->clear != NULL)
        call->driver->clear(call);
    azb_account_unref(call->account);
    azb_account_unref(call->source);
    azb_buf_clear(&call->result);
    if (call->fd >= 0)
        close(call->fd);
    azb_arena_free(call->arena);
}

/* Who and what: filled in once, where the error is decided. */
static void call_complete_error(struct azb_call *call)
{
    struct azb_error *err = &call->err;

    err->attempts = call->attempts;
    snprintf(err->operation, sizeof(err->operation), "%s", call->method->row->method);
    azb_args_target(&call->args, err->target, sizeof(err->target));
    if (call->attempts > 0) {
        memcpy(err->client_request_id, call->client_request_id, sizeof(err->client_request_id));
        if (err->request_id[0] == '\0')
            memcpy(err->request_id, call->request_id, sizeof(err->request_id));
    }
    /* The same call may do better later, unless its own input is used up by then. */
    err->retryable = azb_retry_allowed(call->method->row->retry, err, true) ||
                     err->what == AZB_ERR_BUSY || err->what == AZB_ERR_STOPPING;
}

void azb_call_finish(struct azb_call *call, const struct azb_error *err)
{
    struct azb_error no_memory = {0};

    if (call->state == AZB_CALL_DONE)
        return;
    call->state = AZB_CALL_DONE;
    if (err == NULL && call->result.failed) {
        azb_error_set(&no_memory, AZB_ERR_NO_MEMORY, "a result");
        err = &no_memory;
    }
    if (err != NULL) {
        call->err = *err;
        call_complete_error(call);
        call->engine->failures++;
    }
    event_del(&call->deadline_ev);
    call->driver->stop(call);
    if (call->n_jobs == 0)
        event_active(&call->deliver_ev, EV_TIMEOUT, 1);
}

static void on_deliver(evutil_socket_t fd, short what, void *arg)
{
    struct azb_call *call = arg;

    (void)fd, (void)what;
    call->done_cb(call, call->err.what == AZB_OK ? NULL : &call->err, call->done_arg);
    azb_call_free(call); /* touches the call only: the callback may have freed all else */
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
    struct azb_call *call = arg;
    struct azb_error err = {0};

    (void)fd, (void)what;
    azb_error_set(&err, AZB_ERR_DEADLINE, "not done within %llu ms (deadline_ms)",
                  (unsigned long long)(call->deadline_ms - call->started_ms));
    azb_call_finish(call, &err);
}

void azb_call_start(struct azb_call *call, azb_call_done_cb *done_cb, void *done_arg)
{
    struct azb_error err = {0};

    call->state = AZB_CALL_RUNNING;
    call->done_cb = done_cb;
    call->done_arg = done_arg;
    call->engine->calls++;
    if (call->deadline_ms > 0) {
        uint64_t wait_ms = call->deadline_ms - call->started_ms;
        struct timeval wait = {(time_t)(wait_ms / 1000), (suseconds_t)(wait_ms % 1000) * 1000};

        event_add(&call->deadline_ev, &wait);
    }
    if (call->driver->start(call, &err) < 0)
        azb_call_finish(call, &err);
}

static void on_start_time(evutil_socket_t fd, short what, void *arg)
{
    struct azb_call *call = arg;

    (void)fd, (void)what;
    evtimer_assign(&call->deadline_ev, call->engine->base, on_deadline, call);
    azb_call_start(call, call->done_cb, call->done_arg);
}

void azb_call_start_later(struct azb_call *call, unsigned delay_ms, azb_call_done_cb *done_cb,
                          void *done_arg)
{
    struct timeval delay = {delay_ms / 1000, delay_ms % 1000 * 1000};

    call->done_cb = done_cb;
    call->done_arg = done_arg;
    evtimer_assign(&call->deadline_ev, call->engine->base, on_start_time, call);
    event_add(&call->deadline_ev, &delay);
}

void azb_call_cancel(struct azb_call *call, const struct azb_error *err)
{
    struct azb_error cancelled = {0};

    azb_error_set(&cancelled, AZB_ERR_CANCELLED, "cancelled by the client");
    azb_call_finish(call, err != NULL ? err : &cancelled);
}

void azb_call_resume(struct azb_call *call)
{
    if (call->state == AZB_CALL_RUNNING && call->driver->resume != NULL)
        call->driver->resume(call);
}

void azb_call_feed(struct azb_call *call, uint64_t offset, const void *bytes, size_t n)
{
    struct azb_error err = {0};
    int rc;

    if (call->state != AZB_CALL_RUNNING)
        return;
    if (call->driver->feed != NULL && call->is_stream)
        rc = call->driver->feed(call, offset, bytes, n, &err);
    else
        rc = azb_error_set(&err, AZB_ERR_PROTOCOL, "%s: takes no $/data in this call",
                           call->method->row->method);
    if (rc < 0)
        azb_call_finish(call, &err);
}

void azb_call_job_begin(struct azb_call *call)
{
    call->n_jobs++;
}

void azb_call_job_end(struct azb_call *call)
{
    if (--call->n_jobs == 0 && call->state == AZB_CALL_DONE)
        event_active(&call->deliver_ev, EV_TIMEOUT, 1);
}

uint64_t azb_call_time_left_ms(const struct azb_call *call)
{
    uint64_t now = azb_http_now_ms();

    if (call->deadline_ms == 0)
        return UINT64_MAX;
    return call->deadline_ms > now ? call->deadline_ms - now : 0;
}

void azb_call_progress(struct azb_call *call, uint64_t bytes, uint64_t total)
{
    bool has_total = total != UINT64_MAX;
    uint64_t now_ms = azb_http_now_ms();
    struct azb_buf map = {0};
    msgpack_packer pk;

    if (now_ms - call->told_ms < PROGRESS_EVERY_MS || call->sink.progress == NULL ||
        !azb_args_bool(&call->args, "progress", false))
        return;
    call->told_ms = now_ms;
    azb_buf_packer(&pk, &map);
    msgpack_pack_map(&pk, 1U + has_total);
    azb_pack_str(&pk, "bytes");
    msgpack_pack_uint64(&pk, bytes);
    if (has_total) {
        azb_pack_str(&pk, "total");
        msgpack_pack_uint64(&pk, total);
    }
    if (!map.failed)
        call->sink.progress(call->sink.arg, map.data, map.len, NULL);
    azb_buf_clear(&map);
}

const msgpack_object *azb_call_param(const char *name, void *arg)
{
    struct azb_call *call = arg;

    return azb_args_get(&call->args, name);
}
