/*
 * worker.h: one event loop that never blocks and shares nothing: its own connection pool,
 * scheduler, sessions and counters.
 */
#ifndef AZB_DAEMON_WORKER_H
#define AZB_DAEMON_WORKER_H

#include <event2/event_struct.h>
#include "daemon/config.h"
#include "lib/engine.h"
#include "lib/list.h"

struct azb_session;

/* The rows of all methods: what azb_registry_new() takes. */
extern const struct azb_row *const azb_worker_tables[];

struct azb_worker {
    struct event_base *base;
    struct azb_config *config;
    const struct azb_config_source *source; /* of the configuration, read again on reload */
    struct azb_registry *registry;
    struct azb_engine engine;
    int listen_fd;
    struct event accept_ev;
    struct event accept_again_ev;
    struct event drain_ev;
    struct event drain_limit_ev;
    struct event quiet_ev; /* nobody has been here for a while */
    struct event signal_evs[3];
    TAILQ_HEAD(azb_sessions, azb_session) sessions;
    unsigned n_sessions;
    uint64_t n_sessions_ever;
    uint64_t started_ms;
    char socket_path[108];
    bool is_stopping;
};

/*
 * listen_fd is taken; config too; source is borrowed. Returns NULL with *err set.
 */
struct azb_worker *azb_worker_new(struct azb_config *config,
                                  const struct azb_config_source *source, int listen_fd,
                                  const char *socket_path, struct azb_error *err);

/* Serve until a signal says to stop, all calls are done and all sessions are gone. */
void azb_worker_run(struct azb_worker *worker);

void azb_worker_free(struct azb_worker *worker);

/* ---- for sessions ---- */

/* A session is gone. */
void azb_worker_session_ended(struct azb_worker *worker, struct azb_session *session);

/* May this user use the daemon? */
bool azb_worker_allows(const struct azb_worker *worker, uid_t uid);

#endif
