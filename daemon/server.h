/*
 * server.h: the socket, the signals, and the workers that the sessions belong to.
 *
 * A session goes to the worker that has the fewest, the first one among equals; a worker's
 * thread begins with its first session. So one client after the other finds the connections of
 * the one before, and many at once, or one that connects several times, get several cores.
 */
#ifndef AZB_DAEMON_SERVER_H
#define AZB_DAEMON_SERVER_H

#include <event2/event_struct.h>
#include "daemon/worker.h"

struct azb_server {
    const struct azb_config_source *source; /* of the configuration, read again on reload */
    struct azb_registry *registry;
    struct azb_limits limits;
    int listen_fd;
    char socket_path[108];
    uint64_t started_ms;
    struct event accept_ev;
    struct event accept_again_ev;
    struct event ended_ev;
    struct event signal_evs[3];
    int ended[2]; /* a pipe: a byte for each thread that has ended */
    bool is_stopping;

    /* Of [0] the loop is the server's; others come to be when they are needed: a pointer that
     * is there stays. configs: of those that have not. */
    struct azb_worker *_Atomic workers[AZB_MAX_WORKERS];
    struct azb_config *configs[AZB_MAX_WORKERS];
    _Atomic unsigned n_workers; /* there may be */
    unsigned n_threads;         /* that have not ended */
    _Atomic uint64_t n_sessions_ever;
};

/*
 * source     borrowed
 * configs    read from it, one for each worker that there may be; taken
 * listen_fd  taken
 *
 * Returns 0, or -1 with *err set. Either way azb_server_clear() follows.
 */
int azb_server_init(struct azb_server *server, const struct azb_config_source *source,
                    struct azb_config *const *configs, unsigned n_configs, int listen_fd,
                    const char *socket_path, struct azb_error *err);

/* The i-th worker that runs; NULL: there are not so many. From any thread. */
struct azb_worker *azb_server_worker(const struct azb_server *server, unsigned i);

/* Serve until a signal says to stop, all calls are done and all sessions are gone. */
void azb_server_run(struct azb_server *server);

void azb_server_clear(struct azb_server *server);

/* The first worker may have nothing left to do. In its thread. */
void azb_server_check_drained(struct azb_server *server);

#endif
