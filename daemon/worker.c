/*
 * worker.c: accepts sessions, obeys signals, reloads, drains.
 */
#include "daemon/worker.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/local.h"
#include "daemon/local_sas.h"
#include "daemon/local_url.h"
#include "daemon/session.h"
#include "daemon/trim.h"
#include "lib/errand.h"
#include "lib/ops/ops.h"

enum {
    N_IO_THREADS = 2,
    ACCEPT_AT_ONCE = 16,
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

static void on_accept_again(evutil_socket_t fd, short what, void *arg)
{
    struct azb_worker *worker = arg;

    (void)fd, (void)what;
    if (!worker->is_stopping)
        event_add(&worker->accept_ev, NULL);
}

/* Out of descriptors, say: the next client waits a second rather than keep the loop spinning.
 */
static void worker_pause_accepting(struct azb_worker *worker, const char *why)
{
    static const struct timeval a_second = {1, 0};

    azb_log(AZB_LOG_WARN, "accept: %s; no new sessions for a second", why);
    event_del(&worker->accept_ev);
    event_add(&worker->accept_again_ev, &a_second);
}

static void on_accept(evutil_socket_t listen_fd, short what, void *arg)
{
    struct azb_worker *worker = arg;

    (void)what;
    for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
        struct azb_session *session;
        int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0) {
            if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
                worker_pause_accepting(worker, strerror(errno));
            return;
        }
        if (worker->n_sessions >= worker->config->max_sessions) {
            azb_log(AZB_LOG_WARN, "a connection was refused: max_sessions is %u",
                    worker->config->max_sessions);
            close(fd);
            continue;
        }
        session = azb_session_new(worker, fd);
        if (session == NULL)
            continue;
        TAILQ_INSERT_TAIL(&worker->sessions, session, entry);
        worker->n_sessions++;
        worker->n_sessions_ever++;
    }
}

static bool worker_is_busy(const struct azb_worker *worker)
{
    return worker->n_sessions > 0 || !TAILQ_EMPTY(&worker->engine.errands);
}

static void worker_check_drained(void *arg)
{
    struct azb_worker *worker = arg;

    if (worker->is_stopping && !worker_is_busy(worker))
        event_base_loopexit(worker->base, NULL);
}

void azb_worker_session_ended(struct azb_worker *worker, struct azb_session *session)
{
    static const struct timeval quiet = {QUIET_S, 0};

    TAILQ_REMOVE(&worker->sessions, session, entry);
    worker->n_sessions--;
    if (worker->n_sessions == 0)
        event_add(&worker->quiet_ev, &quiet);
    worker_check_drained(worker);
}

static void on_quiet(evutil_socket_t fd, short what, void *arg)
{
    const struct azb_worker *worker = arg;

    (void)fd, (void)what;
    if (!worker_is_busy(worker))
        azb_trim_heap();
}

/* ---- stopping and reloading ---- */

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

    if (worker->is_stopping) { /* told twice */
        event_base_loopbreak(worker->base);
        return;
    }
    worker->is_stopping = true;
    azb_log(AZB_LOG_INFO, "stopping: %u sessions finish their calls", worker->n_sessions);
    event_del(&worker->accept_ev);
    unlink(worker->socket_path);
    event_add(&worker->drain_limit_ev, &limit);
    event_active(&worker->drain_ev, EV_TIMEOUT, 1);
}

/* Where other users may call they have to get here first: who may stay is decided by session.
 */
static void worker_open_socket(const struct azb_worker *worker)
{
    if (chmod(worker->socket_path, worker->config->n_allowed_uids > 0 ? 0666 : 0600) < 0)
        azb_log(AZB_LOG_WARN, "%s: %s", worker->socket_path, strerror(errno));
}

static void worker_configure(struct azb_worker *worker)
{
    const struct azb_config *config = worker->config;

    worker_open_socket(worker);
    azb_log_configure(config->log_level, config->log_json);
    azb_http_configure(worker->engine.http, &config->http);
    azb_sched_configure(worker->engine.sched, &config->sched);
    azb_engine_configure(&worker->engine, &config->engine);
}

/* Calls under way keep the account they began with. */
static void worker_reload(struct azb_worker *worker)
{
    struct azb_config *config;
    struct azb_error err = {0};

    if (azb_config_load(worker->source, &config, &err) < 0) {
        azb_log(AZB_LOG_ERROR, "reload: %s; the old configuration stays", err.message);
        return;
    }
    azb_config_free(worker->config);
    worker->config = config;
    worker_configure(worker);
    azb_log(AZB_LOG_INFO, "reloaded");
}

static void on_signal(evutil_socket_t signum, short what, void *arg)
{
    (void)what;
    if (signum == SIGHUP)
        worker_reload(arg);
    else
        worker_stop(arg);
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

static int worker_init(struct azb_worker *worker, struct azb_error *err)
{
    const struct azb_config *config = worker->config;

    /* Without EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST: clients pass descriptors that they keep,
     * too, and epoll would go on to watch one that was closed here before it was taken out. */
    worker->base = event_base_new();
    if (worker->base == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "the event loop");
    if (azb_registry_new(azb_worker_tables, &worker->registry, err) < 0)
        return -1;
    azb_engine_init(&worker->engine, worker->base, worker->registry, &config->engine);
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
    worker->started_ms = azb_http_now_ms(worker->engine.http);
    return 0;
}

static void worker_listen(struct azb_worker *worker)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

    event_assign(&worker->accept_ev, worker->base, worker->listen_fd, EV_READ | EV_PERSIST,
                 on_accept, worker);
    event_add(&worker->accept_ev, NULL);
    evtimer_assign(&worker->accept_again_ev, worker->base, on_accept_again, worker);
    event_assign(&worker->drain_ev, worker->base, -1, 0, on_drain, worker);
    evtimer_assign(&worker->drain_limit_ev, worker->base, on_drain_limit, worker);
    evtimer_assign(&worker->quiet_ev, worker->base, on_quiet, worker);
    for (int i = 0; i < 3; i++) {
        evsignal_assign(&worker->signal_evs[i], worker->base, signals[i], on_signal, worker);
        event_add(&worker->signal_evs[i], NULL);
    }
}

struct azb_worker *azb_worker_new(struct azb_config *config,
                                  const struct azb_config_source *source, int listen_fd,
                                  const char *socket_path, struct azb_error *err)
{
    struct azb_worker *worker = calloc(1, sizeof(*worker));

    if (worker == NULL) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a worker");
        azb_config_free(config);
        close(listen_fd);
        return NULL;
    }
    TAILQ_INIT(&worker->sessions);
    worker->config = config;
    worker->source = source;
    worker->listen_fd = listen_fd;
    strncpy(worker->socket_path, socket_path, sizeof(worker->socket_path) - 1);
    if (worker_init(worker, err) < 0) {
        azb_worker_free(worker);
        return NULL;
    }
    worker_open_socket(worker);
    worker_listen(worker);
    worker_warm_up(worker);
    return worker;
}

void azb_worker_run(struct azb_worker *worker)
{
    event_base_dispatch(worker->base);
}

/* What is left after a drain that took too long, or none: end it all, and let it come back. */
static void worker_end_sessions(struct azb_worker *worker)
{
    struct azb_session *session, *next;

    worker->is_stopping = true;
    TAILQ_FOREACH_SAFE (session, &worker->sessions, entry, next)
        azb_session_abort(session);
    azb_errands_cancel(&worker->engine);
    while (worker_is_busy(worker) && event_base_loop(worker->base, EVLOOP_ONCE) == 0)
        ;
}

void azb_worker_free(struct azb_worker *worker)
{
    if (worker == NULL)
        return;
    if (worker->engine.http != NULL) {
        if (event_initialized(&worker->accept_ev)) {
            event_del(&worker->accept_ev);
            event_del(&worker->accept_again_ev);
            event_del(&worker->drain_limit_ev);
            for (int i = 0; i < 3; i++)
                event_del(&worker->signal_evs[i]);
        }
        worker_end_sessions(worker);
        if (event_initialized(&worker->quiet_ev))
            event_del(&worker->quiet_ev);
    }
    azb_io_free(worker->engine.io);
    azb_http_free(worker->engine.http);
    azb_flow_free(worker->engine.own_flow);
    azb_sched_free(worker->engine.sched);
    azb_engine_clear(&worker->engine);
    azb_registry_free(worker->registry);
    if (worker->base != NULL)
        event_base_free(worker->base);
    azb_config_free(worker->config);
    close(worker->listen_fd);
    free(worker);
}
