/*
 * server.c: accepts, hands out, obeys signals, reloads, drains.
 */
#define _GNU_SOURCE 1 /* accept4, pipe2 */
#include "daemon/server.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ACCEPT_AT_ONCE = 16,
};

static struct azb_worker *first(const struct azb_server *server)
{
    return server->workers[0];
}

/* ---- workers ---- */

/* One that was not needed so far. Where there can be no other, sessions go to those there are.
 */
static void begin_worker(struct azb_server *server, unsigned i)
{
    struct azb_error err = {0};
    struct azb_worker *worker = azb_worker_new(server, server->configs[i], &err);

    server->configs[i] = NULL;
    if (worker != NULL && azb_worker_start(worker, &err) == 0) {
        server->n_threads++;
        server->workers[i] = worker;
        return;
    }
    azb_worker_free(worker);
    azb_log(AZB_LOG_WARN, "worker %u: %s; there will be %u", i + 1, err.message, i);
    server->n_workers = i;
}

/* The one with the fewest sessions; before any has two, another one. */
static struct azb_worker *choose_worker(struct azb_server *server)
{
    struct azb_worker *least = first(server);

    for (unsigned i = 1; i < server->n_workers && least->n_sessions > 0; i++) {
        if (server->workers[i] == NULL)
            begin_worker(server, i);
        if (server->workers[i] != NULL && server->workers[i]->n_sessions < least->n_sessions)
            least = server->workers[i];
    }
    return least;
}

struct azb_worker *azb_server_worker(const struct azb_server *server, unsigned i)
{
    return i < AZB_MAX_WORKERS ? server->workers[i] : NULL;
}

static unsigned count_sessions(const struct azb_server *server)
{
    const struct azb_worker *worker;
    unsigned n = 0;

    for (unsigned i = 0; (worker = azb_server_worker(server, i)) != NULL; i++)
        n += worker->n_sessions;
    return n;
}

/* ---- clients ---- */

static void on_accept_again(evutil_socket_t fd, short what, void *arg)
{
    struct azb_server *server = arg;

    (void)fd, (void)what;
    if (!server->is_stopping)
        event_add(&server->accept_ev, NULL);
}

/* Out of descriptors, say: the next client waits a second rather than keep the loop spinning.
 */
static void pause_accepting(struct azb_server *server, const char *why)
{
    static const struct timeval a_second = {1, 0};

    azb_log(AZB_LOG_WARN, "accept: %s; no new sessions for a second", why);
    event_del(&server->accept_ev);
    event_add(&server->accept_again_ev, &a_second);
}

static void on_accept(evutil_socket_t listen_fd, short what, void *arg)
{
    struct azb_server *server = arg;
    unsigned max_sessions = first(server)->config->max_sessions;

    (void)what;
    for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
        struct azb_worker *worker;
        int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0) {
            if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
                pause_accepting(server, strerror(errno));
            return;
        }
        if (count_sessions(server) >= max_sessions) {
            azb_log(AZB_LOG_WARN, "a connection was refused: max_sessions is %u", max_sessions);
            close(fd);
            continue;
        }
        worker = choose_worker(server);
        worker->n_sessions++;
        azb_worker_take(worker, fd, ++server->n_sessions_ever);
    }
}

/* ---- stopping and reloading ---- */

void azb_server_check_drained(struct azb_server *server)
{
    if (server->is_stopping && server->n_threads == 0 && !azb_worker_is_busy(first(server)))
        event_base_loopexit(first(server)->base, NULL);
}

static void on_ended(evutil_socket_t fd, short what, void *arg)
{
    struct azb_server *server = arg;
    char byte;

    (void)what;
    while (read(fd, &byte, 1) == 1)
        server->n_threads--;
    azb_server_check_drained(server);
}

static void each_worker(struct azb_server *server, void (*tell)(struct azb_worker *worker))
{
    struct azb_worker *worker;

    for (unsigned i = 0; (worker = azb_server_worker(server, i)) != NULL; i++)
        tell(worker);
}

static void server_stop(struct azb_server *server)
{
    if (server->is_stopping) { /* told twice */
        each_worker(server, azb_worker_break);
        return;
    }
    server->is_stopping = true;
    azb_log(AZB_LOG_INFO, "stopping: %u sessions finish their calls", count_sessions(server));
    event_del(&server->accept_ev);
    unlink(server->socket_path);
    each_worker(server, azb_worker_stop);
}

/* Where other users may call they have to get here first: who may stay is decided by session.
 */
static void open_socket(const struct azb_server *server, const struct azb_config *config)
{
    if (chmod(server->socket_path, config->n_allowed_uids > 0 ? 0666 : 0600) < 0)
        azb_log(AZB_LOG_WARN, "%s: %s", server->socket_path, strerror(errno));
}

static void server_reload(struct azb_server *server)
{
    struct azb_config *configs[AZB_MAX_WORKERS];
    struct azb_error err = {0};

    if (azb_config_load(server->source, server->n_workers, configs, &err) < 0) {
        azb_log(AZB_LOG_ERROR, "reload: %s; the old configuration stays", err.message);
        return;
    }
    open_socket(server, configs[0]);
    azb_log_configure(configs[0]->log_level, configs[0]->log_json);
    azb_limits_configure(&server->limits, &configs[0]->engine);
    for (unsigned i = 0; i < server->n_workers; i++) {
        if (server->workers[i] != NULL) {
            azb_worker_reload(server->workers[i], configs[i]);
        } else {
            azb_config_free(server->configs[i]);
            server->configs[i] = configs[i];
        }
    }
    azb_log(AZB_LOG_INFO, "reloaded");
}

static void on_signal(evutil_socket_t signum, short what, void *arg)
{
    (void)what;
    if (signum == SIGHUP)
        server_reload(arg);
    else
        server_stop(arg);
}

/* ---- life ---- */

static void server_listen(struct azb_server *server)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    struct event_base *base = first(server)->base;

    event_assign(&server->accept_ev, base, server->listen_fd, EV_READ | EV_PERSIST, on_accept,
                 server);
    event_add(&server->accept_ev, NULL);
    evtimer_assign(&server->accept_again_ev, base, on_accept_again, server);
    event_assign(&server->ended_ev, base, server->ended[0], EV_READ | EV_PERSIST, on_ended,
                 server);
    event_add(&server->ended_ev, NULL);
    for (int i = 0; i < 3; i++) {
        evsignal_assign(&server->signal_evs[i], base, signals[i], on_signal, server);
        event_add(&server->signal_evs[i], NULL);
    }
}

int azb_server_init(struct azb_server *server, const struct azb_config_source *source,
                    struct azb_config *const *configs, unsigned n_configs, int listen_fd,
                    const char *socket_path, struct azb_error *err)
{
    *server = (struct azb_server){.source = source,
                                  .listen_fd = listen_fd,
                                  .ended = {-1, -1},
                                  .n_workers = n_configs,
                                  .started_ms = azb_http_now_ms()};
    strncpy(server->socket_path, socket_path, sizeof(server->socket_path) - 1);
    memcpy(server->configs, configs, n_configs * sizeof(*configs));
    azb_limits_init(&server->limits, &configs[0]->engine);
    open_socket(server, configs[0]);
    if (azb_registry_new(azb_worker_tables, &server->registry, err) < 0)
        return -1;
    if (pipe2(server->ended, O_CLOEXEC | O_NONBLOCK) < 0)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "the server: %s", strerror(errno));
    server->workers[0] = azb_worker_new(server, configs[0], err);
    server->configs[0] = NULL;
    if (first(server) == NULL)
        return -1;
    server_listen(server);
    return 0;
}

void azb_server_run(struct azb_server *server)
{
    azb_worker_run(first(server));
}

static void clear_events(struct azb_server *server)
{
    event_del(&server->accept_ev);
    event_del(&server->accept_again_ev);
    event_del(&server->ended_ev);
    for (int i = 0; i < 3; i++)
        event_del(&server->signal_evs[i]);
}

void azb_server_clear(struct azb_server *server)
{
    each_worker(server, azb_worker_break);
    if (first(server) != NULL) {
        clear_events(server);
        azb_worker_wind_up(first(server)); /* while the others do so, too */
    }
    each_worker(server, azb_worker_join); /* until then they may look at each other */
    for (unsigned i = 0; i < AZB_MAX_WORKERS; i++) {
        azb_worker_free(server->workers[i]);
        azb_config_free(server->configs[i]);
    }
    azb_registry_free(server->registry);
    azb_limits_clear(&server->limits);
    for (int i = 0; i < 2; i++)
        if (server->ended[i] >= 0)
            close(server->ended[i]);
    close(server->listen_fd);
}
