/*
 * held_lease.h: leases bound to a session (`bind: true`): renewed while it lives, released when
 * it ends, however it ends.
 */
#ifndef AZB_DAEMON_HELD_LEASE_H
#define AZB_DAEMON_HELD_LEASE_H

#include "daemon/session.h"
#include "lib/call.h"

enum {
    AZB_SESSION_MAX_LEASES = 256, /* bound to one session; each costs a request now and then */
};

/* Whether the session may have one lease more. Returns 0, or -1 with BUSY. */
int azb_held_leases_check(const struct azb_session *session, struct azb_error *err);

/*
 * A call of the session on leases has succeeded: bind the lease that it took, if it said so,
 * or let the one go that it ended.
 */
void azb_held_leases_observe(struct azb_session *session, const struct azb_call *call);

/*
 * A call of the session was given up: if it was to bind a lease whose id the client chose, the
 * service may have granted that, and it is released.
 */
void azb_held_leases_abandon(struct azb_session *session, const struct azb_call *call);

/* The session ends: release all. */
void azb_held_leases_release(struct azb_session *session);

#endif
