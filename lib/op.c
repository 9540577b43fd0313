/*
 * op.c: from a row to an answer.
 */
#include "lib/op.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/auth/explain.h"
#include "lib/auth/sign.h"
#include "lib/codec/time.h"

static void op_send(struct azb_op *op);
static void op_queue(struct azb_op *op);
static bool op_restart(struct azb_op *op);
static void on_idle(void *arg);

void azb_op_init(struct azb_op *op, struct azb_call *call, const struct azb_method *method,
                 const struct azb_op_hooks *hooks, struct azb_decoder *decoder)
{
    memset(op, 0, sizeof(*op));
    op->call = call;
    op->method = method;
    op->hooks = hooks;
    op->decoder = decoder;
    op->body_bytes = -1;
}

static const struct azb_location *op_location(const struct azb_op *op)
{
    const struct azb_account *account = op->call->account;

    return op->on_secondary ? &account->secondary : &account->primary;
}

static void op_finish(struct azb_op *op, const struct azb_error *err)
{
    op->state = AZB_OP_IDLE;
    op->hooks->done(op, err);
}

/* ---- the answer, as it arrives ---- */

static bool row_succeeds(const struct azb_row *row, int status)
{
    for (size_t i = 0; i < sizeof(row->success) / sizeof(row->success[0]); i++)
        if (row->success[i] == status && status != 0)
            return true;
    return false;
}

static bool is_named(const char *name, size_t n, const char *want)
{
    return strlen(want) == n && strncasecmp(name, want, n) == 0;
}

static void copy_text(char *ret, size_t ret_size, const char *text, size_t n)
{
    if (n >= ret_size)
        n = ret_size - 1;
    memcpy(ret, text, n);
    ret[n] = '\0';
}

static void op_saw_date(struct azb_op *op, const char *value, size_t n)
{
    int64_t before = azb_endpoint_clock_offset(op->endpoint), service_s;

    if (azb_time_from_rfc1123(value, n, &service_s) < 0)
        return;
    azb_endpoint_saw_date(op->endpoint, service_s, (int64_t)time(NULL));
    op->learned_clock = azb_endpoint_clock_offset(op->endpoint) != before;
}

static void op_fault_header(struct azb_op *op, const char *name, size_t name_n,
                            const char *value, size_t n)
{
    if (op->fault == NULL) {
        op->fault = azb_arena_zalloc(op->arena, sizeof(*op->fault));
        if (op->fault == NULL)
            return;
    }
    if (is_named(name, name_n, "x-ms-error-code"))
        copy_text(op->fault->code, sizeof(op->fault->code), value, n);
    else if (is_named(name, name_n, "retry-after"))
        op->retry_after_ms = azb_retry_after_ms(value, n, (int64_t)time(NULL));
    else if (is_named(name, name_n, "x-ms-retry-after-ms") ||
             is_named(name, name_n, "retry-after-ms"))
        op->retry_after_ms = azb_retry_after_ms(value, n, 0) / 1000;
}

static void on_header(void *arg, const char *name, size_t name_n, const char *value, size_t n)
{
    struct azb_op *op = arg;
    struct azb_call *call = op->call;

    op->is_success = row_succeeds(op->method->row, op->attempt.status);
    if (is_named(name, name_n, "date"))
        op_saw_date(op, value, n);
    else if (is_named(name, name_n, "x-ms-request-id"))
        copy_text(call->request_id, sizeof(call->request_id), value, n);
    else if (is_named(name, name_n, "content-length"))
        op->content_length = n > 0 && n < 19 ? strtoll(value, NULL, 10) : -1;
    if (!op->is_success)
        op_fault_header(op, name, name_n, value, n);
    else if (op->decoder != NULL && op->fail.what == AZB_OK)
        azb_decoder_header(op->decoder, name, name_n, value, n, &op->fail);
    if (op->is_success && op->hooks->header != NULL)
        op->hooks->header(op, name, name_n, value, n);
}

static void on_head(void *arg)
{
    struct azb_op *op = arg;

    op->is_success = row_succeeds(op->method->row, op->attempt.status);
    if (op->is_success && op->hooks->head != NULL && op->fail.what == AZB_OK)
        op->hooks->head(op, &op->fail);
}

/* ---- how fast bytes may move ---- */

static void on_rate_over(evutil_socket_t fd, short what, void *arg)
{
    struct azb_op *op = arg;

    (void)fd, (void)what;
    op->has_rate_timer = false;
    azb_http_resume(&op->attempt);
}

static bool is_limited(const struct azb_op *op)
{
    for (struct azb_rate *const *rate = op->call->rates; *rate != NULL; rate++)
        if ((*rate)->bytes_per_s > 0)
            return true;
    return false;
}

/* False: pause; a timer will go on. */
static bool rate_allows(struct azb_op *op)
{
    struct azb_engine *engine = op->call->engine;
    uint64_t now_ms, longest_ms = 0;
    struct timeval wait;

    if (!is_limited(op))
        return true;
    now_ms = azb_http_now_ms();
    for (struct azb_rate *const *rate = op->call->rates; *rate != NULL; rate++) {
        uint64_t wait_ms = azb_rate_wait_ms(*rate, now_ms);

        if (longest_ms < wait_ms)
            longest_ms = wait_ms;
    }
    if (longest_ms == 0 || op->has_rate_timer)
        return longest_ms == 0;
    wait =
        (struct timeval){(time_t)(longest_ms / 1000), (suseconds_t)(longest_ms % 1000) * 1000};
    evtimer_assign(&op->rate_timer, engine->base, on_rate_over, op);
    event_add(&op->rate_timer, &wait);
    op->has_rate_timer = true;
    return false;
}

static void rate_moved(struct azb_op *op, size_t n)
{
    for (struct azb_rate *const *rate = op->call->rates; *rate != NULL; rate++)
        azb_rate_moved(*rate, n);
}

static void rate_stop(struct azb_op *op)
{
    if (op->has_rate_timer)
        event_del(&op->rate_timer);
    op->has_rate_timer = false;
}

/* ---- bodies ---- */

static size_t on_body(void *arg, const char *bytes, size_t n)
{
    struct azb_op *op = arg;
    size_t taken = n;

    if (op->fail.what != AZB_OK)
        return 0;
    if (op->is_success && !rate_allows(op))
        return AZB_HTTP_PAUSE;
    if (!op->is_success) {
        if (op->fault != NULL)
            azb_fault_body(op->fault, bytes, n);
    } else if (op->hooks->body != NULL) {
        taken = op->hooks->body(op, bytes, n);
    } else if (op->decoder != NULL && azb_decoder_xml(op->decoder, bytes, n, &op->fail) < 0) {
        taken = 0;
    }
    if (taken == n) {
        op->call->engine->bytes_in += n;
        rate_moved(op, n);
    }
    return taken;
}

static size_t on_read(void *arg, char *buf, size_t n)
{
    struct azb_op *op = arg;
    size_t given;

    if (!rate_allows(op))
        return AZB_HTTP_PAUSE;
    if (op->body == NULL) {
        given = op->hooks->read(op, buf, n);
        if (given < AZB_HTTP_ABORT)
            op->call->engine->bytes_out += given;
    } else {
        given = (size_t)op->body_bytes - op->body_sent;
        if (given > n)
            given = n;
        memcpy(buf, (const char *)op->body + op->body_sent, given);
        op->body_sent += given;
    }
    if (given < AZB_HTTP_ABORT)
        rate_moved(op, given);
    return given;
}

static bool on_rewind(void *arg)
{
    struct azb_op *op = arg;

    op->body_sent = 0;
    return op->body != NULL || (op->hooks->rewind != NULL && op->hooks->rewind(op));
}

static void op_explain(const struct azb_op *op, struct azb_error *err)
{
    int64_t offset_s = azb_endpoint_clock_offset(op->endpoint);
    struct azb_denial denial = {
        .account = op->call->account,
        .row = op->method->row,
        .is_blob = strstr(op->method->row->path, "{blob}") != NULL,
        .now_unix_s = (int64_t)time(NULL) + offset_s,
        .clock_offset_s = offset_s,
    };

    azb_denial_explain(&denial, err);
}

static void on_done(void *arg, const struct azb_error *err);

static const struct azb_attempt_hooks attempt_hooks = {
    .header = on_header,
    .head = on_head,
    .body = on_body,
    .read = on_read,
    .rewind = on_rewind,
    .idle = on_idle,
    .done = on_done,
};

/* ---- what becomes of it ---- */

/* 0 and success, or -1 with what went wrong. */
static int op_outcome(struct azb_op *op, const struct azb_error *transport,
                      struct azb_error *err)
{
    static const struct azb_fault no_fault;

    if (op->fail.what != AZB_OK) {
        *err = op->fail;
        if (err->status == 0) /* a part of the answer may have had one of its own */
            err->status = op->attempt.status;
        return -1;
    }
    if (transport != NULL && (!op->attempt.has_head || op->is_success)) {
        *err = *transport;
        snprintf(err->message, sizeof(err->message), "%s: %.400s", op_location(op)->origin,
                 transport->message);
        return -1;
    }
    if (!op->attempt.has_head)
        return azb_error_set(err, AZB_ERR_BROKEN,
                             "the connection ended within the answer's head");
    if (!op->is_success) { /* an error's body cut short is still that error */
        err->status = op->attempt.status;
        azb_fault_error(op->fault != NULL ? op->fault : &no_fault, err);
        op_explain(op, err);
        return -1;
    }
    if (op->hooks->end != NULL)
        return op->hooks->end(op, err);
    return op->decoder != NULL ? azb_decoder_end(op->decoder, err) : 0;
}

/* The host is the caller's choice, or the operation's. */
static bool op_is_pinned(const struct azb_op *op)
{
    return op->method->row->on_secondary ||
           azb_args_get(&op->call->args, "use_location") != NULL;
}

static enum azb_retry_class op_retry_class(const struct azb_op *op)
{
    const struct azb_row *row = op->method->row;

    if (op->is_safe)
        return AZB_RETRY_SAFE;
    if (row->safe_with != NULL && azb_args_get(&op->call->args, row->safe_with) != NULL)
        return row->lookup != NULL ? AZB_RETRY_RECOGNISE : AZB_RETRY_SAFE;
    return row->retry;
}

/* What a host says that lags behind: there is none, another one, or not so much of it. */
static bool may_be_late(const struct azb_error *err)
{
    return err->status == 404 || err->status == 412 || err->status == 416;
}

/* Whoever does not read what he asked for holds up nobody else: he gets the rest by another
 * request, when he reads on. */
static void on_idle(void *arg)
{
    struct azb_op *op = arg;

    if (!op->may_park || op->has_rate_timer || !azb_sched_is_wanted(&op->ticket) ||
        !op_restart(op))
        return;
    azb_http_cancel(&op->attempt);
    op->state = AZB_OP_PARKED;
    azb_sched_release(&op->ticket);
}

/* Another try at once, at the other host or with the right time. */
static bool op_retry_now(struct azb_op *op, const struct azb_error *err)
{
    if (op->on_secondary && may_be_late(err) && !op->no_secondary && !op_is_pinned(op)) {
        op->no_secondary = true; /* the primary knows */
        return true;
    }
    if (op->learned_clock && err->what == AZB_ERR_AUTH && err->status == 403 &&
        !op->used_clock_retry) {
        op->used_clock_retry = true;
        return true;
    }
    return false;
}

static bool op_may_retry(struct azb_op *op, const struct azb_error *err, uint64_t *ret_delay_ms)
{
    struct azb_call *call = op->call;
    const struct azb_retry_options *options = &call->engine->options.retry;
    uint64_t elapsed_ms = azb_http_now_ms() - op->started_ms;
    int64_t max_retries = azb_args_int(&call->args, "retry_total", options->max_retries);
    uint32_t random;

    if (op->n_retries >= max_retries ||
        !azb_retry_allowed(op_retry_class(op), err, op->attempt.n_sends > 0))
        return false;
    if (op->has_plan) {
        *ret_delay_ms = op->planned_delay_ms;
        return true;
    }
    azb_engine_random(call->engine, &random, sizeof(random));
    *ret_delay_ms = azb_retry_delay_ms(options, op->n_retries, random, op->retry_after_ms);
    if (elapsed_ms + *ret_delay_ms > options->budget_ms ||
        *ret_delay_ms > azb_call_time_left_ms(call))
        return false;
    return azb_endpoint_take_retry(op->endpoint);
}

bool azb_op_plan_retry(struct azb_op *op, const struct azb_error *err, uint64_t retry_after_ms)
{
    if (!op->has_plan) {
        op->retry_after_ms = retry_after_ms;
        op->has_plan = op_may_retry(op, err, &op->planned_delay_ms);
    }
    return op->has_plan;
}

static void on_backoff_over(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    op_queue(arg);
}

/* Reads go to the other host with each retry, as long as there is one that knows the blob. */
static void op_switch_location(struct azb_op *op)
{
    const struct azb_account *account = op->call->account;
    bool was_secondary = op->on_secondary;

    if (op_is_pinned(op))
        return;
    op->on_secondary = op->method->row->retry == AZB_RETRY_READ && !op->on_secondary &&
                       !op->no_secondary && account->secondary.origin != NULL;
    if (op->on_secondary != was_secondary)
        op->is_built = false;
}

static void op_retry(struct azb_op *op, uint64_t delay_ms)
{
    struct timeval wait = {(time_t)(delay_ms / 1000), (suseconds_t)(delay_ms % 1000) * 1000};

    op->state = AZB_OP_BACKOFF;
    op->n_retries++;
    op->call->engine->retries++;
    op_switch_location(op);
    evtimer_assign(&op->timer, op->call->engine->base, on_backoff_over, op);
    event_add(&op->timer, &wait);
}

static bool op_restart(struct azb_op *op)
{
    if (op->hooks->restart != NULL)
        return op->hooks->restart(op);
    if (op->decoder != NULL)
        azb_decoder_reset(op->decoder);
    return op->hooks->read == NULL || (op->hooks->rewind != NULL && op->hooks->rewind(op));
}

/* What a second attempt may be told because the first one was carried out. */
static bool is_refusal(const struct azb_error *err)
{
    return err->what == AZB_ERR_EXISTS || err->what == AZB_ERR_NOT_FOUND ||
           err->what == AZB_ERR_MODIFIED ||
           strcmp(err->code, "AppendPositionConditionNotMet") == 0 ||
           strcmp(err->code, "MaxBlobSizeConditionNotMet") == 0;
}

static void on_done(void *arg, const struct azb_error *transport)
{
    struct azb_op *op = arg;
    struct azb_error err = {0};
    int rc = op_outcome(op, transport, &err);
    uint64_t delay_ms = 0;
    bool is_throttled;

    op->state = AZB_OP_IDLE;
    rate_stop(op);
    is_throttled = rc < 0 && (err.status == 503 || err.status == 429);
    if (rc == 0 || (op->attempt.has_head && (err.status < 500 || is_throttled)))
        azb_endpoint_answered(op->endpoint, is_throttled, azb_http_now_ms());
    azb_sched_release(&op->ticket);
    if (rc == 0) {
        op_finish(op, NULL);
        return;
    }
    /* libcurl itself repeats once on a fresh connection when a kept one turns out dead */
    op->is_doubtful = op->is_doubtful || op->attempt.n_sends > 1;
    if (op->is_doubtful && is_refusal(&err) && op_retry_class(op) == AZB_RETRY_RECOGNISE &&
        op->hooks->refused != NULL && op->hooks->refused(op, &err))
        return;
    if (azb_retry_is_doubtful(&err, op->attempt.n_sends > 0))
        op->is_doubtful = true;
    if ((op_retry_now(op, &err) || op_may_retry(op, &err, &delay_ms)) && op_restart(op))
        op_retry(op, delay_ms);
    else
        op_finish(op, &err);
}

/* ---- sending ---- */

static int op_build(struct azb_op *op, struct azb_error *err)
{
    struct azb_call *call = op->call;
    const struct azb_location *location = op_location(op);
    const char *verb;
    int rc;

    if (op->is_built) {
        op->req.n_headers = op->n_headers_built;
        return 0;
    }
    azb_arena_free(op->arena);
    op->arena = azb_arena_new();
    if (op->arena == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a request");
    op->req = (struct azb_request){.arena = op->arena, .content_length = op->body_bytes};
    if (op->hooks->build != NULL)
        rc = op->hooks->build(op, location, err);
    else
        rc = azb_request_build(&op->req, &call->args, location, call->account->is_https,
                               &call->engine->scratch, err);
    verb = op->req.verb;
    if (rc == 0 && op->req.content_length < 0 &&
        (strcmp(verb, "PUT") == 0 || strcmp(verb, "POST") == 0))
        op->req.content_length = 0;
    op->n_headers_built = op->req.n_headers;
    op->is_built = rc == 0;
    return rc;
}

static int op_send_now(struct azb_op *op, struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct azb_engine *engine = call->engine;
    int64_t now_s = (int64_t)time(NULL) + azb_endpoint_clock_offset(op->endpoint);
    int64_t service_timeout_s = azb_args_int(&call->args, "timeout", 0);
    struct azb_stamp stamp = {engine->options.api_version, azb_engine_date(engine, now_s),
                              call->client_request_id};
    struct azb_wire wire = {
        .req = &op->req, .is_bulk = op->is_bulk, .ca_file = call->account->ca_file};

    if (op_build(op, err) < 0)
        return -1;
    /* the date's text is the engine's, and the next second's request changes it */
    stamp.date = azb_arena_strdup(op->arena, stamp.date);
    if (stamp.date == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a request");
    if (azb_sign(&op->req, call->account, &stamp, &engine->scratch, err) < 0)
        return -1;
    wire.url =
        azb_request_target(&op->req, call->account, op_location(op)->origin, &engine->scratch);
    if (wire.url == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a request");
    /* building may have made it; with a limit it goes piece by piece */
    wire.body = is_limited(op) && op->body_bytes > 0 ? NULL : op->body;
    op->body_sent = 0;
    wire.is_once = op_retry_class(op) == AZB_RETRY_UNSAFE;
    wire.has_source = azb_request_find_header(&op->req, "x-ms-copy-source") != NULL;
    if (service_timeout_s > 0) /* let the service's own time-out come first: it says more */
        wire.stall_timeout_ms = (unsigned)service_timeout_s * 1000 + 2000;
    memset(&op->fail, 0, sizeof(op->fail));
    op->fault = NULL;
    op->content_length = -1;
    op->retry_after_ms = 0;
    op->is_success = op->learned_clock = op->has_plan = false;
    call->attempts++;
    op->state = AZB_OP_RUNNING;
    return azb_http_start(engine->http, &op->attempt, &attempt_hooks, op, &wire, err);
}

static void op_send(struct azb_op *op)
{
    struct azb_error err = {0};

    if (op_send_now(op, &err) == 0)
        return;
    azb_sched_release(&op->ticket);
    op_finish(op, &err);
}

static void on_slot(void *arg)
{
    op_send(arg);
}

static int op_acquire(struct azb_op *op, struct azb_error *err)
{
    struct azb_call *call = op->call;

    op->endpoint = azb_sched_endpoint(call->engine->sched, op_location(op)->origin);
    if (op->endpoint == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an endpoint");
    op->state = AZB_OP_QUEUED;
    return azb_sched_acquire(&op->ticket, call->flow, op->endpoint, call->priority, on_slot, op,
                             err);
}

/* From the event loop, after a wait. */
static void op_queue(struct azb_op *op)
{
    struct azb_error err = {0};
    int rc = op_acquire(op, &err);

    if (rc < 0)
        op_finish(op, &err);
    else if (rc == 1)
        op_send(op);
}

int azb_op_start(struct azb_op *op, struct azb_error *err)
{
    const struct azb_account *account = op->call->account;
    int rc;

    op->started_ms = azb_http_now_ms();
    if (op->method->row->on_secondary ||
        azb_args_is(&op->call->args, "use_location", "secondary")) {
        if (account->secondary.origin == NULL)
            return azb_error_set(err, AZB_ERR_INVALID_ARG,
                                 "%s: no secondary host is known for this account",
                                 op->method->row->method);
        op->on_secondary = true;
    }
    rc = op_acquire(op, err);
    if (rc != 1)
        return rc;
    if (op_send_now(op, err) == 0)
        return 0;
    azb_sched_release(&op->ticket);
    op->state = AZB_OP_IDLE;
    return -1;
}

void azb_op_clear(struct azb_op *op)
{
    if (op->state == AZB_OP_BACKOFF)
        event_del(&op->timer);
    rate_stop(op);
    azb_http_cancel(&op->attempt);
    if (op->endpoint != NULL)
        azb_sched_release(&op->ticket);
    op->state = AZB_OP_IDLE;
    azb_decoder_free(op->decoder);
    op->decoder = NULL;
    azb_arena_free(op->arena);
    op->arena = NULL;
    op->is_built = false;
}

void azb_op_moved(struct azb_op *op)
{
    op->n_retries = 0;
    op->started_ms = azb_http_now_ms();
}

void azb_op_resume(struct azb_op *op)
{
    if (op->state == AZB_OP_PARKED) {
        azb_op_moved(op);
        op_queue(op);
    } else {
        azb_http_resume(&op->attempt);
    }
}
