/*
 * worker.h: one event loop that never blocks: its own connection pool, scheduler, sessions and
 * counters. Of other workers it shares the limits that all keep to together, and nothing else.
 *
 * The first worker's loop is the server's, which hands sessions to all; the others have a
 * thread each and are told what to do through a pipe.
 */
#ifndef AZB_DAEMON_WORKER_H
#define AZB_DAEMON_WORKER_H

#include <event2/event_struct.h>
#include <pthread.h>
#include "daemon/config.h"
#include "lib/engine.h"
#include "lib/list.h"

struct azb_server;
struct azb_session;

/* The rows of all methods: what azb_registry_new() takes. */
extern const struct azb_row *const azb_worker_tables[];

struct azb_worker {
    struct event_base *base;
    struct azb_server *server;
    struct azb_config *config;
    struct azb_engine engine;
    int orders[2]; /* a pipe */
    struct event orders_ev;
    struct event drain_ev;
    struct event drain_limit_ev;
    struct event quiet_ev; /* nobody has been here for a while */
    TAILQ_HEAD(azb_sessions, azb_session) sessions;
    bool is_stopping;
    bool has_thread;
    pthread_t thread;

    /* Other threads may read these, or count on: */
    _Atomic unsigned n_sessions; /* those on their way here, too */
    _Atomic unsigned n_calls;    /* in flight */
};

/* config is taken, server is borrowed. Returns NULL with *err set. */
struct azb_worker *azb_worker_new(struct azb_server *server, struct azb_config *config,
                                  struct azb_error *err);

/* Its loop, in the thread that calls; returns when the worker has been stopped and all calls
 * are done, or has been broken off. */
void azb_worker_run(struct azb_worker *worker);

/* The same in a thread of its own. Returns 0, or -1 with *err set. */
int azb_worker_start(struct azb_worker *worker, struct azb_error *err);

/* Break off what is left, and let it come back. A thread does so by itself at its end. */
void azb_worker_wind_up(struct azb_worker *worker);

/* Wait for the end of its thread, if it has one. */
void azb_worker_join(struct azb_worker *worker);

/* All of the former, if that has not been done, and free it. */
void azb_worker_free(struct azb_worker *worker);

/* ---- for the server, from its own thread ---- */

/* Serve a client. fd is taken; the session has been counted in n_sessions. */
void azb_worker_take(struct azb_worker *worker, int fd, uint64_t number);

/* Another configuration, for what begins from now on; taken. */
void azb_worker_reload(struct azb_worker *worker, struct azb_config *config);

/* Finish the calls under way, then return from the loop. */
void azb_worker_stop(struct azb_worker *worker);

/* Return from the loop at once. */
void azb_worker_break(struct azb_worker *worker);

/* Something is left to be done: sessions, or errands of the daemon's own. In its thread. */
bool azb_worker_is_busy(const struct azb_worker *worker);

/* ---- for sessions ---- */

/* A session is gone. */
void azb_worker_session_ended(struct azb_worker *worker, struct azb_session *session);

/* May this user use the daemon? */
bool azb_worker_allows(const struct azb_worker *worker, uid_t uid);

#endif
