/*
 * held_lease.c: keeping leases.
 *
 * A lease is renewed at a third of its term. What goes wrong then is of two kinds: the service
 * says that the lease is not ours any more, or nobody knows. The first is told to the client
 * at once; in the second case there is time for more tries, up to the end of the term, counted
 * from when the last renewal that went well was sent: only then the lease may be another's.
 */
#include "daemon/held_lease.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/auth/account.h"
#include "lib/errand.h"
#include "proto/value.h"

enum {
    TRY_AGAIN_MS = 1000,    /* after a renewal that failed for now */
    RELEASE_MS = 60 * 1000, /* then the longest term has ended anyway */
};

struct azb_held_lease {
    TAILQ_ENTRY(azb_held_lease) entry; /* in the session's list */
    struct azb_session *session;
    struct azb_worker *worker;
    struct azb_account *account; /* a reference */
    char *container, *blob;      /* blob NULL: the lease is the container's */
    char id[65];
    struct event timer;
    uint64_t term_ms, sent_ms, expires_ms;
    struct azb_errand *renewal; /* under way, or NULL */
};

static void lease_free(struct azb_held_lease *lease)
{
    if (lease == NULL)
        return;
    azb_errand_drop(lease->renewal);
    if (lease->worker != NULL)
        event_del(&lease->timer);
    azb_account_unref(lease->account);
    free(lease->container);
    free(lease->blob);
    free(lease);
}

/* The session's no more. */
static void lease_drop(struct azb_held_lease *lease)
{
    TAILQ_REMOVE(&lease->session->leases, lease, entry);
    lease->session->n_leases--;
    lease_free(lease);
}

static void lease_wait(struct azb_held_lease *lease, uint64_t ms)
{
    event_add(&lease->timer, &(struct timeval){(time_t)(ms / 1000), ms % 1000 * 1000});
}

/* Start a call about the lease; done_cb and ret as of azb_errand_start(). */
static int lease_call(struct azb_held_lease *lease, const char *method, uint64_t deadline_ms,
                      azb_errand_cb *done_cb, struct azb_errand **ret, struct azb_error *err)
{
    struct azb_errand_setup setup = {
        .method = method, .account = lease->account, .done_cb = done_cb, .done_arg = lease};

    azb_errand_param_str(&setup.params, "container", lease->container);
    if (lease->blob != NULL)
        azb_errand_param_str(&setup.params, "blob", lease->blob);
    azb_errand_param_str(&setup.params, "lease", lease->id);
    azb_errand_param_int(&setup.params, "deadline_ms", (int64_t)deadline_ms);
    return azb_errand_start(&lease->worker->engine, &setup, ret, err);
}

static void lease_lost(struct azb_held_lease *lease, const struct azb_error *err)
{
    azb_log(AZB_LOG_WARN, "session %llu: the lease on %s%s%s is lost: %s",
            (unsigned long long)lease->session->number, lease->container,
            lease->blob != NULL ? "/" : "", lease->blob != NULL ? lease->blob : "",
            err->message);
    azb_session_notify_lease(lease->session, lease->id, "lost", err);
    lease_drop(lease);
}

/* Another's, or gone: no further try can change that. */
static bool is_final(const struct azb_error *err)
{
    return err->status == 404 || err->status == 409 || err->status == 412;
}

static void on_renewed(const msgpack_object *result, const struct azb_error *err, void *arg)
{
    struct azb_held_lease *lease = arg;

    (void)result;
    lease->renewal = NULL;
    if (err == NULL) {
        lease->expires_ms = lease->sent_ms + lease->term_ms;
        lease_wait(lease, lease->term_ms / 3);
    } else if (is_final(err) || azb_http_now_ms() + TRY_AGAIN_MS >= lease->expires_ms) {
        lease_lost(lease, err);
    } else {
        lease_wait(lease, TRY_AGAIN_MS);
    }
}

static void on_time(evutil_socket_t fd, short what, void *arg)
{
    struct azb_held_lease *lease = arg;
    struct azb_error err = {0};
    uint64_t now = azb_http_now_ms();

    (void)fd, (void)what;
    if (now >= lease->expires_ms) {
        azb_error_set(&err, AZB_ERR_DEADLINE, "it could not be renewed within its term");
        lease_lost(lease, &err);
        return;
    }
    lease->sent_ms = now;
    if (lease_call(lease, "lease.renew", lease->expires_ms - now, on_renewed, &lease->renewal,
                   &err) < 0)
        lease_wait(lease, TRY_AGAIN_MS);
}

int azb_held_leases_check(const struct azb_session *session, struct azb_error *err)
{
    if (session->n_leases < AZB_SESSION_MAX_LEASES)
        return 0;
    return azb_error_set(err, AZB_ERR_BUSY, "%u leases are bound to this connection",
                         session->n_leases);
}

/* A string argument, copied; NULL when there is none, or no memory. */
static char *argument(const struct azb_call *call, const char *name)
{
    const char *text;
    size_t n;

    return azb_value_bytes(azb_args_get(&call->args, name), &text, &n) ? strndup(text, n)
                                                                       : NULL;
}

/* The id in a call's result. */
static bool result_id(const struct azb_call *call, char *ret, size_t ret_bytes)
{
    msgpack_unpacked result;
    bool found;

    msgpack_unpacked_init(&result);
    found =
        msgpack_unpack_next(&result, (const char *)call->result.data, call->result.len, NULL) ==
            MSGPACK_UNPACK_SUCCESS &&
        azb_value_copy(azb_map_find(azb_value_map(&result.data), "lease_id"), ret, ret_bytes);
    msgpack_unpacked_destroy(&result);
    return found;
}

static struct azb_held_lease *find(struct azb_session *session, const char *id)
{
    struct azb_held_lease *lease;

    TAILQ_FOREACH (lease, &session->leases, entry)
        if (strcmp(lease->id, id) == 0)
            return lease;
    return NULL;
}

/* NULL when there is no memory. */
static struct azb_held_lease *lease_new(struct azb_session *session,
                                        const struct azb_call *call, const char *id)
{
    struct azb_held_lease *lease = calloc(1, sizeof(*lease));

    if (lease == NULL)
        return NULL;
    lease->container = argument(call, "container");
    lease->blob = argument(call, "blob");
    if (lease->container == NULL ||
        (lease->blob == NULL && azb_args_get(&call->args, "blob") != NULL)) {
        lease_free(lease);
        return NULL;
    }
    snprintf(lease->id, sizeof(lease->id), "%s", id);
    lease->session = session;
    lease->worker = session->worker;
    lease->account = azb_account_ref(call->account);
    event_assign(&lease->timer, session->worker->base, -1, 0, on_time, lease);
    return lease;
}

static void bind_lease(struct azb_session *session, const struct azb_call *call)
{
    int64_t term_s = azb_args_int(&call->args, "lease_duration", 0);
    struct azb_held_lease *lease = NULL;
    struct azb_error err = {0};
    char id[sizeof(lease->id)] = "";

    if (result_id(call, id, sizeof(id)))
        lease = lease_new(session, call, id);
    if (lease == NULL) { /* it goes on unbound: as good as lost */
        azb_error_set(&err, AZB_ERR_NO_MEMORY, "a bound lease");
        azb_session_notify_lease(session, id, "lost", &err);
        return;
    }
    TAILQ_INSERT_TAIL(&session->leases, lease, entry);
    session->n_leases++;
    if (term_s <= 0)
        return; /* it has no end */
    lease->term_ms = (uint64_t)term_s * 1000;
    lease->expires_ms = call->started_ms + lease->term_ms;
    lease_wait(lease, lease->term_ms / 3);
}

/* Nobody waits for it; should it fail, the lease's term ends it. */
static void lease_release(struct azb_held_lease *lease)
{
    struct azb_error err = {0};

    if (lease_call(lease, "lease.release", RELEASE_MS, NULL, NULL, &err) < 0)
        azb_log(AZB_LOG_WARN, "a lease could not be released: %s", err.message);
}

void azb_held_leases_abandon(struct azb_session *session, const struct azb_call *call)
{
    struct azb_held_lease *lease = NULL;
    char id[sizeof(lease->id)];

    if (call->method->row->lease != AZB_LEASE_TAKEN || call->attempts == 0 ||
        !azb_args_bool(&call->args, "bind", false) ||
        !azb_value_copy(azb_args_get(&call->args, "lease_id"), id, sizeof(id)))
        return;
    lease = lease_new(session, call, id);
    if (lease != NULL)
        lease_release(lease);
    lease_free(lease);
}

void azb_held_leases_observe(struct azb_session *session, const struct azb_call *call)
{
    struct azb_held_lease *lease = NULL;
    char id[sizeof(lease->id)];

    if (call->method->row->lease == AZB_LEASE_TAKEN &&
        azb_args_bool(&call->args, "bind", false))
        bind_lease(session, call);
    if (call->method->row->lease != AZB_LEASE_ENDED)
        return;
    if (azb_value_copy(azb_args_get(&call->args, "lease"), id, sizeof(id)))
        lease = find(session, id);
    if (lease != NULL)
        lease_drop(lease);
}

void azb_held_leases_release(struct azb_session *session)
{
    struct azb_held_lease *lease, *next;

    for (lease = TAILQ_FIRST(&session->leases); lease != NULL; lease = next) {
        next = TAILQ_NEXT(lease, entry);
        lease_release(lease);
        lease_drop(lease);
    }
}
