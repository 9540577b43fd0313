/*
 * sched.h: who may send the next request to an endpoint.
 *
 * Each endpoint has a number of slots, one for each request in flight. Flows (sessions) that
 * wait for one take turns, one request each, so that a flow with a thousand requests delays
 * another by one and not by a thousand. Interactive requests go before bulk ones, and bulk
 * never takes the last few slots. The number of slots follows the service: throttling halves
 * it, success grows it back to the configured cap.
 */
#ifndef AZB_LIB_SCHED_H
#define AZB_LIB_SCHED_H

#include <stdbool.h>
#include <stdint.h>
#include "lib/list.h"
#include "proto/error.h"

enum azb_priority {
    AZB_PRIORITY_INTERACTIVE,
    AZB_PRIORITY_BULK,
    AZB_N_PRIORITIES,
};

struct azb_sched;
struct azb_flow;
struct azb_share;
struct azb_ticket;

struct azb_sched_options {
    unsigned max_per_endpoint;
};

/* What daemon.status shows of an endpoint. */
struct azb_endpoint_stats {
    const char *origin;
    unsigned limit;
    unsigned running;
    unsigned waiting;
    uint64_t requests;
    uint64_t throttled;
};

/* What all requests to one origin share. Lives as long as the scheduler. */
struct azb_endpoint;

/* options is copied. Returns NULL when there is no memory. */
struct azb_sched *azb_sched_new(const struct azb_sched_options *options);
void azb_sched_free(struct azb_sched *sched); /* no ticket may be left */
void azb_sched_configure(struct azb_sched *sched, const struct azb_sched_options *options);

/* The endpoint of an origin ("https://host:port"); made when it is new. NULL: no memory. */
struct azb_endpoint *azb_sched_endpoint(struct azb_sched *sched, const char *origin);

/* Tell each endpoint. Of all that is here, only this may be called in another thread. */
void azb_sched_each(struct azb_sched *sched,
                    void (*each)(const struct azb_endpoint_stats *stats, void *arg), void *arg);

/* One session's place in the queues. */
struct azb_flow *azb_flow_new(void);
struct azb_share *azb_flow_share(struct azb_flow *flow); /* of the memory; borrowed */
void azb_flow_free(struct azb_flow *flow); /* no ticket of it may be left; NULL is allowed */

/* A slot is free: called once, from azb_sched_release() of another ticket. Start, do not block.
 */
typedef void azb_slot_cb(void *arg);

/* Embedded in whoever wants a slot. Zero it before its first use. */
struct azb_ticket {
    TAILQ_ENTRY(azb_ticket) entry;
    struct azb_lane *lane;
    struct azb_endpoint *endpoint;
    enum azb_priority priority;
    azb_slot_cb *cb;
    void *arg;
    enum { AZB_TICKET_IDLE, AZB_TICKET_WAITING, AZB_TICKET_RUNNING } state;
};

/*
 * Returns 1 when the slot is taken at once (cb is then not called), 0 when the ticket waits, -1
 * with NO_MEMORY. Either way it ends with azb_sched_release().
 */
int azb_sched_acquire(struct azb_ticket *ticket, struct azb_flow *flow,
                      struct azb_endpoint *endpoint, enum azb_priority priority,
                      azb_slot_cb *cb, void *arg, struct azb_error *err);

/* Give a slot back, leave the queue, or nothing when the ticket is idle. */
void azb_sched_release(struct azb_ticket *ticket);

/* Does somebody wait for a slot like this ticket's? */
bool azb_sched_is_wanted(const struct azb_ticket *ticket);

/* What an answer says about the endpoint's health: adapts its number of slots. */
void azb_endpoint_answered(struct azb_endpoint *endpoint, bool was_throttled, uint64_t now_ms);

/*
 * Take one from the endpoint's budget of retries: each request that succeeds earns one back, so
 * that a service in trouble is not asked many times over by everybody. False: none left.
 */
bool azb_endpoint_take_retry(struct azb_endpoint *endpoint);

/* The service's clock minus ours, seconds, learned from its Date headers; 0 before the first.
 */
int64_t azb_endpoint_clock_offset(const struct azb_endpoint *endpoint);
void azb_endpoint_saw_date(struct azb_endpoint *endpoint, int64_t service_unix_s,
                           int64_t our_unix_s);

#endif
