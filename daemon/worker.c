/*
 * worker.c: a loop, what runs in it, and how it ends.
 */
#define _GNU_SOURCE 1 /* pipe2 */
#include "daemon/worker.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/local.h"
#include "daemon/local_sas.h"
#include "daemon/local_url.h"
#include "daemon/server.h"
#include "daemon/session.h"
#include "daemon/trim.h"
#include "lib/errand.h"
#include "lib/ops/ops.h"

enum {
    N_IO_THREADS = 2,
    QUIET_S = 2, /* without a session: the next one of a script would have come by then */
};

bool azb_worker_allows(const struct azb_worker *worker, uid_t uid)
{
    const struct azb_config *config = worker->config;

    if (uid == 0 || uid == geteuid())
        return true;
    for (unsigned i = 0; i < config->n_allowed_uids; i++)
        if (config->allowed_uids[i] == uid)
            return true;
    return false;
}

/* ---- sessions ---- */

bool azb_worker_is_busy(const struct azb_worker *worker)
{
    return worker->n_sessions > 0 || !TAILQ_EMPTY(&worker->engine.errands);
}

static bool is_first(const struct azb_worker *worker)
{
    return worker->server->workers[0] == worker;
}

static void worker_check_drained(void *arg)
{
    struct azb_worker *worker = arg;

    if (!worker->is_stopping || azb_worker_is_busy(worker))
        return;
    if (is_first(worker)) /* it has signals to hear, until the others are done */
        azb_server_check_drained(worker->server);
    else
        event_base_loopexit(worker->base, NULL);
}

static void session_left(struct azb_worker *worker)
{
    static const struct timeval quiet = {QUIET_S, 0};

    if (--worker->n_sessions == 0)
        event_add(&worker->quiet_ev, &quiet);
    worker_check_drained(worker);
}

void azb_worker_session_ended(struct azb_worker *worker, struct azb_session *session)
{
    TAILQ_REMOVE(&worker->sessions, session, entry);
    session_left(worker);
}

static void on_quiet(evutil_socket_t fd, short what, void *arg)
{
    const struct azb_worker *worker = arg;

    (void)fd, (void)what;
    if (!azb_worker_is_busy(worker))
        azb_trim_heap();
}

/* ---- orders ---- */

/* Small enough for a pipe to take it whole. */
struct order {
    enum { ORDER_TAKE, ORDER_RELOAD, ORDER_STOP, ORDER_BREAK } what;
    int fd;
    uint64_t number;
    struct azb_config *config;
};

static void on_drain(evutil_socket_t fd, short what, void *arg)
{
    struct azb_worker *worker = arg;
    struct azb_session *session, *next;

    (void)fd, (void)what;
    TAILQ_FOREACH_SAFE (session, &worker->sessions, entry, next)
        azb_session_drain(session);
    worker_check_drained(worker);
}

static void on_drain_limit(evutil_socket_t fd, short what, void *arg)
{
    struct azb_worker *worker = arg;

    (void)fd, (void)what;
    azb_log(AZB_LOG_WARN, "%u sessions were not done within %u ms (drain_timeout_ms)",
            worker->n_sessions, worker->config->drain_timeout_ms);
    event_base_loopbreak(worker->base);
}

static void worker_stop(struct azb_worker *worker)
{
    unsigned limit_ms = worker->config->drain_timeout_ms;
    struct timeval limit = {limit_ms / 1000, (limit_ms % 1000) * 1000};

    worker->is_stopping = true;
    event_add(&worker->drain_limit_ev, &limit);
    event_active(&worker->drain_ev, EV_TIMEOUT, 1);
}

/* Calls under way keep the account they began with. */
static void worker_reload(struct azb_worker *worker, struct azb_config *config)
{
    azb_config_free(worker->config);
    worker->config = config;
    azb_http_configure(worker->engine.http, &config->http);
    azb_sched_configure(worker->engine.sched, &config->sched);
    azb_engine_configure(&worker->engine, &config->engine);
}

static void worker_take(struct azb_worker *worker, int fd, uint64_t number)
{
    struct azb_session *session = azb_session_new(worker, fd, number);

    if (session != NULL)
        TAILQ_INSERT_TAIL(&worker->sessions, session, entry);
    else
        session_left(worker);
}

static void worker_obey(struct azb_worker *worker, const struct order *order)
{
    switch (order->what) {
    case ORDER_TAKE:
        worker_take(worker, order->fd, order->number);
        break;
    case ORDER_RELOAD:
        worker_reload(worker, order->config);
        break;
    case ORDER_STOP:
        worker_stop(worker);
        break;
    case ORDER_BREAK:
        event_base_loopbreak(worker->base);
        break;
    }
}

/* It will not be obeyed. */
static void order_drop(struct azb_worker *worker, const struct order *order)
{
    if (order->what == ORDER_TAKE) {
        close(order->fd);
        worker->n_sessions--;
    }
    if (order->what == ORDER_RELOAD)
        azb_config_free(order->config);
}

static void on_orders(evutil_socket_t fd, short what, void *arg)
{
    struct order order;

    (void)what;
    while (read(fd, &order, sizeof(order)) == sizeof(order))
        worker_obey(arg, &order);
}

static void worker_order(struct azb_worker *worker, const struct order *order)
{
    if (!worker->has_thread) {
        worker_obey(worker, order);
    } else if (write(worker->orders[1], order, sizeof(*order)) < 0) {
        azb_log(AZB_LOG_ERROR, "a worker takes no orders: %s", strerror(errno));
        order_drop(worker, order);
    }
}

void azb_worker_take(struct azb_worker *worker, int fd, uint64_t number)
{
    worker_order(worker, &(struct order){.what = ORDER_TAKE, .fd = fd, .number = number});
}

void azb_worker_reload(struct azb_worker *worker, struct azb_config *config)
{
    worker_order(worker, &(struct order){.what = ORDER_RELOAD, .config = config});
}

void azb_worker_stop(struct azb_worker *worker)
{
    worker_order(worker, &(struct order){.what = ORDER_STOP});
}

void azb_worker_break(struct azb_worker *worker)
{
    worker_order(worker, &(struct order){.what = ORDER_BREAK});
}

/* ---- warm connections ---- */

static void on_warm_done(const msgpack_object *result, const struct azb_error *err, void *arg)
{
    (void)result, (void)arg;
    if (err != NULL)
        azb_log(AZB_LOG_DEBUG, "warming up: %s", err->message);
}

/* Ask each profile's account for something small, so that the first call finds open
 * connections. */
static void worker_warm_up(struct azb_worker *worker)
{
    for (struct azb_profile *p = worker->config->profiles; p != NULL; p = p->next) {
        const struct azb_errand_setup setup = {.method = "service.get_account_information",
                                               .account = p->account,
                                               .done_cb = on_warm_done};

        for (unsigned i = 0; i < worker->config->warm_connections; i++)
            azb_errand_start(&worker->engine, &setup, NULL, NULL);
    }
}

/* ---- life ---- */

const struct azb_row *const azb_worker_tables[] = {
    azb_local_rows, azb_service_rows, azb_container_rows, azb_blob_rows, azb_block_rows,
    azb_page_rows,  azb_append_rows,  azb_lease_rows,     azb_copy_rows, azb_by_url_rows,
    azb_query_rows, azb_sas_rows,     azb_url_rows,       NULL};

static void worker_assign_events(struct azb_worker *worker)
{
    event_assign(&worker->orders_ev, worker->base, worker->orders[0], EV_READ | EV_PERSIST,
                 on_orders, worker);
    event_add(&worker->orders_ev, NULL);
    event_assign(&worker->drain_ev, worker->base, -1, 0, on_drain, worker);
    evtimer_assign(&worker->drain_limit_ev, worker->base, on_drain_limit, worker);
    evtimer_assign(&worker->quiet_ev, worker->base, on_quiet, worker);
}

static int worker_init(struct azb_worker *worker, struct azb_error *err)
{
    const struct azb_config *config = worker->config;
    struct azb_server *server = worker->server;

    /* Without EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST: clients pass descriptors that they keep,
     * too, and epoll would go on to watch one that was closed here before it was taken out. */
    worker->base = event_base_new();
    if (worker->base == NULL || pipe2(worker->orders, O_CLOEXEC | O_NONBLOCK) < 0)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "the event loop: %s", strerror(errno));
    worker_assign_events(worker);
    if (azb_engine_init(&worker->engine, worker->base, server->registry, &config->engine,
                        &server->limits, err) < 0)
        return -1;
    worker->engine.http = azb_http_new(worker->base, &config->http, err);
    if (worker->engine.http == NULL)
        return -1;
    worker->engine.io = azb_io_new(worker->base, N_IO_THREADS, err);
    if (worker->engine.io == NULL)
        return -1;
    worker->engine.sched = azb_sched_new(&config->sched);
    worker->engine.own_flow = azb_flow_new();
    worker->engine.idle_cb = worker_check_drained;
    worker->engine.idle_arg = worker;
    if (worker->engine.sched == NULL || worker->engine.own_flow == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "the scheduler");
    return 0;
}

struct azb_worker *azb_worker_new(struct azb_server *server, struct azb_config *config,
                                  struct azb_error *err)
{
    struct azb_worker *worker = calloc(1, sizeof(*worker));

    if (worker == NULL) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a worker");
        azb_config_free(config);
        return NULL;
    }
    TAILQ_INIT(&worker->sessions);
    worker->server = server;
    worker->config = config;
    worker->orders[0] = worker->orders[1] = -1;
    if (worker_init(worker, err) < 0) {
        azb_worker_free(worker);
        return NULL;
    }
    worker_warm_up(worker);
    return worker;
}

void azb_worker_run(struct azb_worker *worker)
{
    event_base_dispatch(worker->base);
}

/* What libxml2 would print itself about a bad answer: the call's error says it. */
static void drop_message(void *arg, const char *fmt, ...)
{
    (void)arg, (void)fmt;
}

static void worker_end_sessions(struct azb_worker *worker)
{
    struct azb_session *session, *next;

    worker->is_stopping = true;
    TAILQ_FOREACH_SAFE (session, &worker->sessions, entry, next)
        azb_session_abort(session);
    while (azb_worker_is_busy(worker)) {
        azb_errands_cancel(&worker->engine); /* sessions that end may have begun others */
        if (event_base_loop(worker->base, EVLOOP_ONCE) != 0)
            break;
    }
}

static void worker_drop_orders(struct azb_worker *worker)
{
    struct order order;

    event_del(&worker->orders_ev);
    event_del(&worker->drain_limit_ev);
    while (read(worker->orders[0], &order, sizeof(order)) == sizeof(order))
        order_drop(worker, &order);
}

void azb_worker_wind_up(struct azb_worker *worker)
{
    if (worker->orders[0] >= 0)
        worker_drop_orders(worker);
    if (worker->engine.own_flow != NULL)
        worker_end_sessions(worker);
}

static void *worker_thread(void *arg)
{
    struct azb_worker *worker = arg;

    xmlSetGenericErrorFunc(NULL, drop_message); /* it is the thread's */
    azb_worker_run(worker);
    azb_worker_wind_up(worker);
    if (write(worker->server->ended[1], "", 1) < 0)
        azb_log(AZB_LOG_ERROR, "the end of a worker: %s", strerror(errno));
    return NULL;
}

/* Signals are the server's. */
int azb_worker_start(struct azb_worker *worker, struct azb_error *err)
{
    sigset_t all, before;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&worker->thread, NULL, worker_thread, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a thread: %s", strerror(rc));
    worker->has_thread = true;
    return 0;
}

void azb_worker_join(struct azb_worker *worker)
{
    if (worker->has_thread)
        pthread_join(worker->thread, NULL);
    worker->has_thread = false;
}

void azb_worker_free(struct azb_worker *worker)
{
    if (worker == NULL)
        return;
    if (worker->has_thread)
        azb_worker_break(worker);
    azb_worker_join(worker);
    azb_worker_wind_up(worker);
    if (event_initialized(&worker->quiet_ev))
        event_del(&worker->quiet_ev);
    azb_io_free(worker->engine.io);
    azb_http_free(worker->engine.http);
    azb_flow_free(worker->engine.own_flow);
    azb_sched_free(worker->engine.sched);
    azb_engine_clear(&worker->engine);
    for (int i = 0; i < 2; i++)
        if (worker->orders[i] >= 0)
            close(worker->orders[i]);
    if (worker->base != NULL)
        event_base_free(worker->base);
    azb_config_free(worker->config);
    free(worker);
}
