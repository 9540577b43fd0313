/*
 * session.h: one client's connection: its messages, its calls, its descriptors and its clients.
 * Whatever a client does wrong ends its own session and nobody else's.
 */
#ifndef AZB_DAEMON_SESSION_H
#define AZB_DAEMON_SESSION_H

#include <event2/event_struct.h>
#include <sys/types.h>
#include <uthash.h>
#include "daemon/worker.h"
#include "lib/list.h"
#include "proto/frame.h"

struct evbuffer;

enum {
    AZB_SESSION_MAX_FDS = 16, /* descriptors that wait for their request */
};

/* A client made by service.open. */
struct azb_client {
    char name[256];
    struct azb_account *account;
    UT_hash_handle hh;
};

struct azb_session {
    TAILQ_ENTRY(azb_session) entry; /* in the worker's list */
    struct azb_worker *worker;
    int fd;
    uid_t uid;
    pid_t pid;
    uint64_t number;
    bool is_allowed;
    bool has_ended;  /* nothing more is read; it goes when its calls are done */
    bool is_aborted; /* nothing more is written either */
    bool is_broken;  /* no memory for its output */
    bool is_reading;
    unsigned n_laden; /* requests with much data in them */
    bool is_draining; /* it goes when its calls are done; until then it reads: credit, say */
    struct azb_frame_reader *reader;
    struct evbuffer *out;
    struct event read_ev;
    struct event write_ev;
    struct event flush_ev;
    struct event free_ev;
    int fds[AZB_SESSION_MAX_FDS];
    unsigned n_fds;
    struct azb_flow *flow;
    struct azb_rate rate;               /* that all its calls together keep to */
    struct azb_request_state *requests; /* by msgid */
    unsigned n_requests;
    TAILQ_HEAD(azb_held_leases, azb_held_lease) leases; /* bound: held_lease.h */
    unsigned n_leases;
    struct azb_client *clients;
    unsigned n_clients_named; /* names made up so far */
};

/* fd is taken; number is the session's in the log. Returns NULL, having logged why, when it
 * cannot be made. */
struct azb_session *azb_session_new(struct azb_worker *worker, int fd, uint64_t number);

/* Finish the calls under way, then go; new ones are refused. */
void azb_session_drain(struct azb_session *session);

/* Cancel everything and go, from the event loop, when the last call has come back. */
void azb_session_abort(struct azb_session *session);

/* Tell the client what became of a lease that is bound to its connection. */
void azb_session_notify_lease(struct azb_session *session, const char *lease_id,
                              const char *state, const struct azb_error *err);

/* The account behind a call's `client` ("default" when it is NULL). Returns NULL with
 * UNKNOWN_CLIENT. */
struct azb_account *azb_session_account(const struct azb_session *session,
                                        const msgpack_object *client, struct azb_error *err);

#endif
