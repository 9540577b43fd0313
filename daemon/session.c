/*
 * session.c: frames in, calls, frames out.
 *
 * Everything a call sends goes through session->out; a flush at the end of the loop's turn
 * writes it, so that answers that came together leave together. While out is longer than
 * OUT_HIGH, nothing more is read and streams wait: a client that stops reading holds up itself
 * only. Nor is it while data that came in messages is on its way and there is no memory left.
 */
#include "daemon/session.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/held_lease.h"
#include "daemon/local.h"
#include "daemon/local_url.h"
#include "lib/call.h"
#include "proto/value.h"

enum {
    OUT_HIGH = 1024 * 1024, /* bytes that wait to be written */
    OUT_LOW = 256 * 1024,
    LADEN_BYTES = 64 * 1024,    /* of a message: there is data in it */
    OUT_MAX = 64 * 1024 * 1024, /* of answers to what came at once */
    READS_AT_ONCE = 8,          /* then it is another session's turn */
    DEFAULT_WINDOW = 1024 * 1024,
    HELD_MAX = 256 * 1024,       /* of a stream, beyond its window */
    SECRET_BYTES = 32 * 1024,    /* no request with a credential in it is longer */
    REFERENCE_BYTES = 64 * 1024, /* a result from this size on is not copied into out */
};

/* A request without a response yet. */
struct azb_request_state {
    UT_hash_handle hh;
    uint32_t msgid;
    struct azb_session *session;
    struct azb_call *call; /* NULL: it has ended, and its response waits behind what is held */
    void *frame;           /* its bytes: parameters point into them */
    size_t frame_n;
    struct azb_claim claim; /* for them, if there is data among them */
    msgpack_zone zone;      /* and this is what they were unpacked into */
    bool is_counted;        /* by a window */
    int64_t window;         /* bytes of items and data that may still be sent */
    bool was_full;
    bool awaits_input;   /* $/data, up to $/end */
    struct azb_buf held; /* beyond the window: records of {charge, frame bytes} */
    size_t held_at;
    struct azb_buf response; /* encoded, when call is NULL */
};

static void session_flush(struct azb_session *session);
static void session_check_end(struct azb_session *session);
static void session_read_on(struct azb_session *session);
static void session_end_input(struct azb_session *session);

/* ---- output ---- */

static void session_write(struct azb_session *session, const void *bytes, size_t n)
{
    if (session->is_aborted)
        return;
    if (evbuffer_add(session->out, bytes, n) < 0)
        session->is_broken = true; /* half a stream is worth nothing: the flush ends it */
    event_active(&session->flush_ev, EV_TIMEOUT, 1);
}

static void session_write_buf(struct azb_session *session, struct azb_buf *buf)
{
    session->is_broken = session->is_broken || buf->failed;
    session_write(session, buf->data, buf->len);
    azb_buf_clear(buf);
}

static void free_reference(const void *data, size_t n, void *arg)
{
    (void)data, (void)n;
    free(arg);
}

/* A response's result, without a copy when it is large; buf's memory is taken. */
static void session_write_result(struct azb_session *session, struct azb_buf *buf)
{
    if (buf->len < REFERENCE_BYTES || buf->failed || session->is_aborted) {
        session_write_buf(session, buf);
        return;
    }
    if (evbuffer_add_reference(session->out, buf->data, buf->len, free_reference, buf->data) <
        0) {
        session->is_broken = true;
        free(buf->data);
    }
    *buf = (struct azb_buf){0};
    event_active(&session->flush_ev, EV_TIMEOUT, 1);
}

static void session_respond_error(struct azb_session *session, uint32_t msgid,
                                  const struct azb_error *err)
{
    struct azb_buf buf = {0};
    msgpack_packer pk;

    azb_buf_packer(&pk, &buf);
    azb_msg_failure(&pk, msgid, err);
    session_write_buf(session, &buf);
}

/* ---- a stream's window ---- */

struct held_record {
    uint32_t charge;
    uint32_t n;
};

static bool request_is_full(void *arg)
{
    struct azb_request_state *request = arg;

    bool is_full = request->held.len - request->held_at > HELD_MAX ||
                   evbuffer_get_length(request->session->out) > OUT_HIGH;

    /* a call may have several who ask: the first one told so waits, whatever the others hear */
    request->was_full = request->was_full || is_full;
    return is_full;
}

/* A whole notification, of which `charge` bytes count. */
static int request_send(struct azb_request_state *request, struct azb_buf *frame, size_t charge,
                        struct azb_error *err)
{
    struct held_record record = {(uint32_t)charge, (uint32_t)frame->len};

    if (frame->failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an answer");
    if (!request->is_counted ||
        (request->window > 0 && request->held.len == request->held_at)) {
        request->window -= (int64_t)charge;
        session_write(request->session, frame->data, frame->len);
        return 0;
    }
    azb_buf_append(&request->held, &record, sizeof(record));
    azb_buf_append(&request->held, frame->data, frame->len);
    return request->held.failed ? azb_error_set(err, AZB_ERR_NO_MEMORY, "an answer") : 0;
}

/* Send what is held, as far as the window goes. */
static void request_release(struct azb_request_state *request)
{
    struct held_record record;

    while (request->held_at < request->held.len && request->window > 0) {
        memcpy(&record, request->held.data + request->held_at, sizeof(record));
        request->held_at += sizeof(record);
        session_write(request->session, request->held.data + request->held_at, record.n);
        request->held_at += record.n;
        request->window -= record.charge;
    }
    if (request->held_at > HELD_MAX || request->held_at == request->held.len) {
        azb_buf_drop(&request->held, request->held_at);
        request->held_at = 0;
    }
}

static void request_resume(struct azb_request_state *request)
{
    if (request->call == NULL || !request->was_full || request_is_full(request))
        return;
    request->was_full = false;
    azb_call_resume(request->call);
}

static int send_item(void *arg, const void *item, size_t n, struct azb_error *err)
{
    struct azb_request_state *request = arg;
    struct azb_buf *frame = &request->session->worker->engine.scratch;
    msgpack_packer pk;

    azb_buf_reset(frame);
    azb_buf_packer(&pk, frame);
    azb_msg_notify(&pk, "$/item", 2);
    msgpack_pack_uint32(&pk, request->msgid);
    azb_buf_append(frame, item, n);
    return request_send(request, frame, n, err);
}

static int send_data(void *arg, uint64_t offset, const void *bytes, size_t n,
                     struct azb_error *err)
{
    struct azb_request_state *request = arg;
    struct azb_buf *frame = &request->session->worker->engine.scratch;
    msgpack_packer pk;

    azb_buf_reset(frame);
    azb_buf_packer(&pk, frame);
    azb_msg_notify(&pk, "$/data", 3);
    msgpack_pack_uint32(&pk, request->msgid);
    msgpack_pack_uint64(&pk, offset);
    azb_pack_bin(&pk, bytes, n);
    return request_send(request, frame, n, err);
}

/* No window counts it, so it may come before items and data that wait for credit. */
static int send_progress(void *arg, const void *map, size_t n, struct azb_error *err)
{
    struct azb_request_state *request = arg;
    struct azb_buf *frame = &request->session->worker->engine.scratch;
    msgpack_packer pk;

    azb_buf_reset(frame);
    azb_buf_packer(&pk, frame);
    azb_msg_notify(&pk, "$/progress", 2);
    msgpack_pack_uint32(&pk, request->msgid);
    azb_buf_append(frame, map, n);
    if (frame->failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an answer");
    session_write(request->session, frame->data, frame->len);
    return 0;
}

static void send_credit(void *arg, uint64_t n)
{
    struct azb_request_state *request = arg;
    struct azb_buf frame = {0};
    msgpack_packer pk;

    azb_buf_packer(&pk, &frame);
    azb_msg_notify(&pk, "$/credit", 2);
    msgpack_pack_uint32(&pk, request->msgid);
    msgpack_pack_uint64(&pk, n);
    session_write_buf(request->session, &frame);
}

void azb_session_notify_lease(struct azb_session *session, const char *lease_id,
                              const char *state, const struct azb_error *err)
{
    struct azb_buf frame = {0};
    msgpack_packer pk;

    azb_buf_packer(&pk, &frame);
    azb_msg_notify(&pk, "$/lease", 3);
    azb_pack_str(&pk, lease_id);
    azb_pack_str(&pk, state);
    azb_error_pack(&pk, err);
    session_write_buf(session, &frame);
}

/* ---- the end of a call ---- */

static void request_free(struct azb_request_state *request)
{
    azb_buf_clear(&request->held);
    azb_buf_clear(&request->response);
    msgpack_zone_destroy(&request->zone);
    if (request->frame != NULL && request->frame_n <= SECRET_BYTES)
        explicit_bzero(request->frame, request->frame_n);
    request->session->n_laden -= request->claim.state == AZB_CLAIM_HELD;
    azb_budget_release(&request->claim);
    free(request->frame);
    free(request);
}

/* The last word: nothing of this message id follows it. */
static void request_end(struct azb_request_state *request)
{
    struct azb_session *session = request->session;

    session_write_result(session, &request->response);
    HASH_DEL(session->requests, request);
    session->n_requests--;
    session->worker->n_calls--;
    request_free(request);
    session_read_on(session);
    session_check_end(session);
}

static void log_failure(const struct azb_error *err)
{
    if (err->what != AZB_ERR_CANCELLED)
        azb_log(AZB_LOG_INFO, "%s %s: %d %s, request %s, attempt %u: %s", err->operation,
                err->target, err->status, err->code, err->request_id, err->attempts,
                err->message);
}

static void on_call_done(struct azb_call *call, const struct azb_error *err, void *arg)
{
    struct azb_request_state *request = arg;
    bool has_held = request->held_at < request->held.len;
    msgpack_packer pk;

    azb_buf_packer(&pk, &request->response);
    if (err != NULL) {
        log_failure(err);
        if (err->what == AZB_ERR_CANCELLED || err->what == AZB_ERR_DEADLINE)
            azb_held_leases_abandon(request->session, call);
        azb_msg_failure(&pk, request->msgid, err);
    } else {
        if (call->method->row->lease != AZB_LEASE_NONE)
            azb_held_leases_observe(request->session, call);
        azb_msg_success(&pk, request->msgid);
        if (call->result.len == 0)
            msgpack_pack_nil(&pk);
        /* a large result keeps its memory, and the response's head goes before it */
        if (call->result.len >= REFERENCE_BYTES && !has_held) {
            session_write_buf(request->session, &request->response);
            request->response = call->result;
            call->result = (struct azb_buf){0};
        } else {
            azb_buf_append(&request->response, call->result.data, call->result.len);
        }
    }
    request->call = NULL;
    if (!has_held || request->session->is_aborted ||
        (err != NULL && err->what == AZB_ERR_CANCELLED))
        request_end(request);
}

/* The client's credit for what the daemon holds; when all of that has left, the call's end may.
 */
static void request_credit(struct azb_request_state *request, int64_t n)
{
    if (n > INT64_MAX / 4 || request->window > INT64_MAX / 2)
        request->window = INT64_MAX / 2;
    else
        request->window += n;
    request_release(request);
    if (request->call == NULL && request->held_at == request->held.len)
        request_end(request);
    else
        request_resume(request);
}

/* A call that has ended already drops what it holds; so its end was not reached either. */
static void request_cancel(struct azb_request_state *request)
{
    struct azb_error err = {0};
    msgpack_packer pk;

    if (request->call != NULL) {
        azb_call_cancel(request->call, NULL);
        return;
    }
    azb_error_set(&err, AZB_ERR_CANCELLED, "cancelled by the client");
    request->response.len = 0;
    azb_buf_packer(&pk, &request->response);
    azb_msg_failure(&pk, request->msgid, &err);
    request_end(request);
}

/* ---- messages ---- */

struct azb_account *azb_session_account(const struct azb_session *session,
                                        const msgpack_object *client, struct azb_error *err)
{
    const struct azb_profile *profile;
    struct azb_client *own = NULL;
    char name[256] = "default";

    if (client != NULL && client->type != MSGPACK_OBJECT_NIL &&
        !azb_value_copy(client, name, sizeof(name))) {
        azb_error_set(err, AZB_ERR_WRONG_TYPE, "'client' is %s; it takes a name",
                      azb_value_type_name(client));
        return NULL;
    }
    HASH_FIND_STR(session->clients, name, own);
    if (own != NULL)
        return own->account;
    profile = azb_config_profile(session->worker->config, name);
    if (profile != NULL)
        return profile->account;
    if (strcmp(name, "default") == 0)
        azb_error_set(
            err, AZB_ERR_UNKNOWN_CLIENT,
            "no account is configured: set AZURE_STORAGE_CONNECTION_STRING (or _ACCOUNT "
            "with _KEY or _SAS_TOKEN), add a [profile default] to azblobd.conf, or open "
            "a client with service.open");
    else
        azb_error_set(
            err, AZB_ERR_UNKNOWN_CLIENT,
            "no client or profile '%.100s': service.open makes one, daemon.status lists "
            "the profiles",
            name);
    return NULL;
}

/* The descriptor that came with a request that says `fd: true`. -1: it asks for none; -2:
 * error. */
static int take_descriptor(struct azb_session *session, const msgpack_object_map *params,
                           struct azb_error *err)
{
    bool wants = false;
    int fd;

    azb_value_bool(azb_map_find(params, "fd"), &wants);
    if (!wants)
        return -1;
    if (session->n_fds == 0) {
        azb_error_set(err, AZB_ERR_INVALID_ARG,
                      "'fd' is true, but no descriptor came with this request (SCM_RIGHTS)");
        return -2;
    }
    fd = session->fds[0];
    session->n_fds--;
    memmove(session->fds, session->fds + 1, session->n_fds * sizeof(int));
    return fd;
}

static void request_set_window(struct azb_request_state *request,
                               const msgpack_object_map *params)
{
    int64_t window = DEFAULT_WINDOW;

    azb_value_int(azb_map_find(params, "window"), &window);
    request->is_counted = window > 0;
    request->window = window;
}

/* Whose account it is about, and for a copy from another one, that. */
static int find_accounts(struct azb_session *session, struct azb_request_state *request,
                         struct azb_call_setup *setup, struct azb_error *err)
{
    const msgpack_object_map *params = setup->params;
    const msgpack_object *source = azb_map_find(params, "source_client");

    if (setup->method->row->by_url)
        return azb_url_resolve(setup->method, params, &request->zone, setup, err);
    setup->account = azb_session_account(session, azb_map_find(params, "client"), err);
    if (setup->account == NULL)
        return -1;
    if (source != NULL)
        setup->source = azb_session_account(session, source, err);
    return source != NULL && setup->source == NULL ? -1 : 0;
}

/* Data that came inside a message counts as memory. Not that of a stream, which may wait for
 * its client. */
static void request_weigh(struct azb_request_state *request)
{
    struct azb_session *session = request->session;

    if (request->frame_n < LADEN_BYTES || request->call->is_stream)
        return;
    azb_budget_hold(&session->worker->engine.budget, &request->claim, request->frame_n);
    session->n_laden++;
}

/* A storage method: from here on the call answers, whatever happens. Takes fd. */
static int start_call(struct azb_session *session, const struct azb_method *method,
                      const msgpack_object_map *params, struct azb_request_state *request,
                      int fd, struct azb_error *err)
{
    struct azb_call_setup setup = {
        .method = method,
        .params = params,
        .flow = session->flow,
        .rate = &session->rate,
        .sink = {send_item, send_data, send_progress, request_is_full, send_credit, request},
        .fd = fd,
    };
    int rc;

    if ((method->row->lease == AZB_LEASE_TAKEN && azb_held_leases_check(session, err) < 0) ||
        find_accounts(session, request, &setup, err) < 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    rc = azb_call_new(&session->worker->engine, &setup, &request->call, err);
    if (method->row->by_url)
        azb_account_unref(setup.account); /* the call has its own reference */
    if (rc < 0)
        return -1;
    request_set_window(request, params);
    request->awaits_input = request->call->is_stream && request->call->driver->feed != NULL;
    HASH_ADD(hh, session->requests, msgid, sizeof(request->msgid), request);
    session->n_requests++;
    session->worker->n_calls++;
    request_weigh(request);
    azb_call_start(request->call, on_call_done, request);
    return 0;
}

static int answer_locally(struct azb_session *session, const struct azb_method *method,
                          const msgpack_object_map *params, uint32_t msgid,
                          struct azb_error *err)
{
    struct azb_buf result = {0}, head = {0};
    msgpack_packer pk;

    if (azb_local_answer(session, method, params, &result, err) < 0) {
        azb_buf_clear(&result);
        return -1;
    }
    azb_buf_packer(&pk, &head);
    azb_msg_success(&pk, msgid);
    session_write_buf(session, &head);
    session_write_result(session, &result);
    return 0;
}

static int session_may_call(struct azb_session *session, struct azb_error *err)
{
    if (!session->is_allowed)
        return azb_error_set(err, AZB_ERR_DENIED,
                             "user %u may not use this daemon (allow_users in azblobd.conf)",
                             (unsigned)session->uid);
    if (session->worker->is_stopping)
        return azb_error_set(err, AZB_ERR_STOPPING, "the daemon is stopping");
    if (session->n_requests >= session->worker->config->max_calls)
        return azb_error_set(err, AZB_ERR_BUSY,
                             "%u calls are in flight in this session "
                             "(max_calls); wait for one to end",
                             session->n_requests);
    if (evbuffer_get_length(session->out) > OUT_MAX)
        return azb_error_set(err, AZB_ERR_BUSY,
                             "%zu bytes of answers wait to be read; read them first",
                             evbuffer_get_length(session->out));
    return 0;
}

/* A request. *request is NULL afterwards if a call keeps it. */
static void on_request(struct azb_session *session, const struct azb_msg *msg,
                       struct azb_request_state **request)
{
    const msgpack_object_map *params = azb_value_map(msg->params);
    const struct azb_method *method =
        azb_registry_find(session->worker->engine.registry, msg->method, msg->method_bytes);
    struct azb_request_state *twin = NULL;
    struct azb_error err = {0};
    int fd = take_descriptor(session, params, &err), rc = -1;

    HASH_FIND(hh, session->requests, &msg->msgid, sizeof(msg->msgid), twin);
    (*request)->msgid = msg->msgid;
    if (err.what != AZB_OK || session_may_call(session, &err) < 0) {
        ; /* it is said in err */
    } else if (method == NULL) {
        azb_error_set(&err, AZB_ERR_UNKNOWN_METHOD,
                      "no method '%.*s' (rpc.describe lists them)",
                      (int)(msg->method_bytes < 64 ? msg->method_bytes : 64), msg->method);
    } else if (twin != NULL) {
        azb_error_set(&err, AZB_ERR_PROTOCOL,
                      "message id %u is in use by a call that has not "
                      "ended",
                      msg->msgid);
    } else if (method->row->kind == AZB_KIND_LOCAL) {
        rc = answer_locally(session, method, params, msg->msgid, &err);
    } else {
        rc = start_call(session, method, params, *request, fd, &err);
        fd = -1;
        if (rc == 0)
            *request = NULL;
    }
    if (fd >= 0)
        close(fd);
    if (rc == 0)
        return;
    err.retryable = err.what == AZB_ERR_BUSY || err.what == AZB_ERR_STOPPING;
    if (method != NULL)
        snprintf(err.operation, sizeof(err.operation), "%s", method->row->method);
    session_respond_error(session, msg->msgid, &err);
    if (!session->is_allowed)
        session_end_input(session);
}

static bool is_method(const struct azb_msg *msg, const char *name, size_t n_args)
{
    return msg->n_args >= n_args && strlen(name) == msg->method_bytes &&
           memcmp(msg->method, name, msg->method_bytes) == 0;
}

static void on_notification(struct azb_session *session, const struct azb_msg *msg)
{
    const msgpack_object *args = msg->params;
    struct azb_request_state *request = NULL;
    int64_t msgid, number = 0;
    const char *bytes;
    uint32_t id;
    size_t n;

    if (msg->n_args == 0 || !azb_value_int(&args[0], &msgid) || msgid < 0 || msgid > UINT32_MAX)
        return;
    id = (uint32_t)msgid;
    HASH_FIND(hh, session->requests, &id, sizeof(id), request);
    if (request == NULL)
        return; /* it crossed the response */
    if (is_method(msg, "$/cancel", 1)) {
        request_cancel(request);
    } else if (is_method(msg, "$/credit", 2) && azb_value_int(&args[1], &number) &&
               number > 0) {
        request_credit(request, number);
    } else if (request->call == NULL) {
        ; /* it takes no more input */
    } else if (is_method(msg, "$/data", 3) && azb_value_int(&args[1], &number) && number >= 0 &&
               azb_value_bytes(&args[2], &bytes, &n)) {
        if (n > 0)
            azb_call_feed(request->call, (uint64_t)number, bytes, n);
    } else if (is_method(msg, "$/end", 1)) {
        request->awaits_input = false;
        azb_call_feed(request->call, 0, NULL, 0);
    }
}

/* One frame. Returns 0, or -1 when the session cannot go on. */
static int session_frame(struct azb_session *session, const unsigned char *bytes, size_t n,
                         struct azb_error *err)
{
    struct azb_request_state *request = calloc(1, sizeof(*request));
    struct azb_msg msg;
    bool has_msgid;
    int rc = -1;

    if (request == NULL || !msgpack_zone_init(&request->zone, 2048)) {
        free(request);
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a message");
    }
    request->session = session;
    request->frame_n = n;
    request->frame = azb_frame_reader_take(session->reader, &bytes, n);
    if (request->frame == NULL)
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a message");
    else
        rc = azb_msg_parse(bytes, n, &request->zone, &msg, &has_msgid, err);
    if (rc == 0 && msg.type == AZB_MSG_REQUEST)
        on_request(session, &msg, &request);
    else if (rc == 0 && msg.type == AZB_MSG_NOTIFY)
        on_notification(session, &msg);
    else if (rc == 0)
        rc = azb_error_set(err, AZB_ERR_PROTOCOL, "a response, but nothing was asked");
    if (request != NULL)
        request_free(request);
    return rc;
}

/* ---- input ---- */

/* Tell the client why, and go. */
static void session_refuse(struct azb_session *session, const struct azb_error *err)
{
    struct azb_buf frame = {0};
    msgpack_packer pk;

    azb_log(AZB_LOG_INFO, "session %llu (user %u, process %d) ended: %s",
            (unsigned long long)session->number, (unsigned)session->uid, (int)session->pid,
            err->message);
    azb_buf_packer(&pk, &frame);
    azb_msg_notify(&pk, "$/error", 1);
    azb_error_pack(&pk, err);
    session_write_buf(session, &frame);
    session_end_input(session);
    for (struct azb_request_state *r = session->requests, *next; r != NULL; r = next) {
        next = r->hh.next;
        request_cancel(r);
    }
}

static void session_set_reading(struct azb_session *session, bool reading)
{
    if (reading == session->is_reading)
        return;
    session->is_reading = reading;
    if (reading)
        event_add(&session->read_ev, NULL);
    else
        event_del(&session->read_ev);
}

/* Descriptors of one recvmsg(), in order. */
static int keep_descriptors(struct azb_session *session, struct msghdr *msg,
                            struct azb_error *err)
{
    int rc = 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
        size_t n;

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
            if (session->n_fds == AZB_SESSION_MAX_FDS) {
                close(fd);
                rc = azb_error_set(err, AZB_ERR_PROTOCOL,
                                   "more than %d descriptors wait for "
                                   "requests with fd: true",
                                   AZB_SESSION_MAX_FDS);
            } else {
                session->fds[session->n_fds++] = fd;
            }
        }
    }
    /* the next one would be taken for it */
    if (rc == 0 && (msg->msg_flags & MSG_CTRUNC) != 0)
        rc = azb_error_set(err, AZB_ERR_PROTOCOL,
                           "a descriptor was lost on its way: the daemon has too many open, or "
                           "more than %d came together",
                           AZB_SESSION_MAX_FDS);
    return rc;
}

/* The peer has gone altogether, or has only said all it wanted to say? */
static bool peer_is_gone(int fd)
{
    struct pollfd poll_fd = {fd, 0, 0};

    return poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & (POLLHUP | POLLERR)) != 0;
}

static void session_input_ended(struct azb_session *session)
{
    struct azb_request_state *request, *next;

    session_set_reading(session, false);
    if (azb_frame_reader_pending(session->reader) > 0)
        azb_log(AZB_LOG_INFO, "session %llu ended in the middle of a message",
                (unsigned long long)session->number);
    if (peer_is_gone(session->fd)) {
        azb_session_abort(session);
        return;
    }
    session_end_input(session); /* it still reads: answer what it asked */
    HASH_ITER (hh, session->requests, request, next) {
        if (request->awaits_input)
            request_cancel(request); /* the end of the connection is no $/end */
        else
            request_credit(request, INT64_MAX); /* none can come: the socket is the brake now */
    }
}

/* Read once. Returns 1 to go on, 0 when there is no more for now, -1 when the session is over.
 */
static int session_read(struct azb_session *session)
{
    char control[CMSG_SPACE(sizeof(int) * AZB_SESSION_MAX_FDS)];
    struct azb_error err = {0};
    struct iovec iov;
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof(control)};
    const unsigned char *frame;
    unsigned char *room;
    size_t room_n, frame_n;
    ssize_t got;
    int rc;

    if (azb_frame_reader_room(session->reader, &room, &room_n, &err) < 0)
        goto refuse;
    iov.iov_base = room;
    iov.iov_len = room_n;
    got = recvmsg(session->fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : (azb_session_abort(session), -1);
    if (keep_descriptors(session, &msg, &err) < 0)
        goto refuse;
    if (got == 0) {
        session_input_ended(session);
        return -1;
    }
    azb_frame_reader_fed(session->reader, (size_t)got);
    while ((rc = azb_frame_reader_next(session->reader, &frame, &frame_n, &err)) == 1) {
        if (session_frame(session, frame, frame_n, &err) < 0)
            goto refuse;
        if (session->has_ended)
            return -1;
    }
    if (rc < 0)
        goto refuse;
    return (size_t)got == room_n;
refuse:
    session_refuse(session, &err);
    return -1;
}

/* Whether nothing more is to be read: its client does not read, or brings data that there is no
 * memory for. The data that is here leaves without a word from the client, so it goes on. */
static bool session_is_choked(const struct azb_session *session)
{
    return evbuffer_get_length(session->out) > OUT_HIGH ||
           (session->n_laden > 0 && azb_budget_is_full(&session->worker->engine.budget));
}

/* What choked it may be over. */
static void session_read_on(struct azb_session *session)
{
    if (!session->has_ended && !session->is_reading && !session_is_choked(session) &&
        evbuffer_get_length(session->out) <= OUT_LOW)
        session_set_reading(session, true);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct azb_session *session = arg;

    (void)fd, (void)what;
    for (int i = 0; i < READS_AT_ONCE && session->is_reading; i++)
        if (session_read(session) != 1 || session_is_choked(session))
            break;
    if (session_is_choked(session))
        session_set_reading(session, false);
}

/* ---- writing ---- */

static void session_drained_some(struct azb_session *session)
{
    struct azb_request_state *request, *next;

    if (evbuffer_get_length(session->out) > OUT_LOW)
        return;
    session_read_on(session);
    HASH_ITER (hh, session->requests, request, next) {
        request_resume(request);
    }
}

static void session_flush(struct azb_session *session)
{
    while (evbuffer_get_length(session->out) > 0) {
        int n = evbuffer_write(session->out, session->fd);

        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            event_add(&session->write_ev, NULL);
            break;
        }
        if (n <= 0) { /* nobody reads any more */
            azb_session_abort(session);
            return;
        }
    }
    session_drained_some(session);
    session_check_end(session);
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
    struct azb_session *session = arg;

    (void)fd, (void)what;
    if (session->is_broken)
        azb_session_abort(session);
    else if (!session->is_aborted && !event_pending(&session->write_ev, EV_WRITE, NULL))
        session_flush(session);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    session_flush(arg);
}

/* ---- life ---- */

static void on_free(evutil_socket_t fd, short what, void *arg)
{
    struct azb_session *session = arg;
    struct azb_client *client, *next;

    (void)fd, (void)what;
    azb_held_leases_release(session); /* before the worker looks whether anything is left */
    azb_worker_session_ended(session->worker, session);
    event_del(&session->read_ev);
    event_del(&session->write_ev);
    event_del(&session->flush_ev);
    HASH_ITER (hh, session->clients, client, next) {
        HASH_DEL(session->clients, client);
        azb_account_unref(client->account);
        free(client);
    }
    while (session->n_fds > 0)
        close(session->fds[--session->n_fds]);
    azb_flow_free(session->flow);
    azb_frame_reader_free(session->reader);
    if (session->out != NULL)
        evbuffer_free(session->out);
    close(session->fd);
    free(session);
}

/* Gone, when there is nothing more to read, to answer or to write. */
static void session_check_end(struct azb_session *session)
{
    if ((!session->has_ended && !session->is_draining) || session->n_requests > 0)
        return;
    if (session->is_aborted || evbuffer_get_length(session->out) == 0)
        event_active(&session->free_ev, EV_TIMEOUT, 1); /* not while others stand on it */
}

/* Read nothing more; the session goes when its calls are done. */
static void session_end_input(struct azb_session *session)
{
    session->has_ended = true;
    session_set_reading(session, false);
    session_check_end(session);
}

void azb_session_drain(struct azb_session *session)
{
    session->is_draining = true;
    session_check_end(session);
}

void azb_session_abort(struct azb_session *session)
{
    struct azb_request_state *request, *next;

    if (session->is_aborted)
        return;
    session->is_aborted = session->has_ended = true;
    session_set_reading(session, false);
    event_del(&session->write_ev);
    HASH_ITER (hh, session->requests, request, next) {
        request_cancel(request);
    }
    session_check_end(session);
}

struct azb_session *azb_session_new(struct azb_worker *worker, int fd, uint64_t number)
{
    struct azb_session *session = calloc(1, sizeof(*session));
    struct ucred peer = {0};
    socklen_t peer_n = sizeof(peer);

    if (session == NULL) {
        azb_log(AZB_LOG_ERROR, "no memory for a session");
        close(fd);
        return NULL;
    }
    session->worker = worker;
    session->fd = fd;
    TAILQ_INIT(&session->leases);
    session->number = number;
    session->reader = azb_frame_reader_new(&worker->config->frame);
    session->out = evbuffer_new();
    session->flow = azb_flow_new();
    if (session->reader == NULL || session->out == NULL || session->flow == NULL ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_n) < 0) {
        azb_log(AZB_LOG_ERROR, "a session could not be made: %s", strerror(errno));
        azb_frame_reader_free(session->reader);
        if (session->out != NULL)
            evbuffer_free(session->out);
        azb_flow_free(session->flow);
        close(fd);
        free(session);
        return NULL;
    }
    session->uid = peer.uid;
    session->pid = peer.pid;
    session->is_allowed = azb_worker_allows(worker, peer.uid);
    if (!session->is_allowed)
        azb_log(AZB_LOG_WARN, "user %u, process %d: not allowed", (unsigned)peer.uid,
                (int)peer.pid);
    event_assign(&session->read_ev, worker->base, fd, EV_READ | EV_PERSIST, on_readable,
                 session);
    event_assign(&session->write_ev, worker->base, fd, EV_WRITE, on_writable, session);
    event_assign(&session->flush_ev, worker->base, -1, 0, on_flush, session);
    event_assign(&session->free_ev, worker->base, -1, 0, on_free, session);
    session_set_reading(session, true);
    return session;
}
