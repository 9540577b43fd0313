/*
 * sched.c: slots, lanes and turns.
 */
#include "lib/sched.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/budget.h"

enum {
    INTERACTIVE_RUN = 8, /* grants in a row while bulk waits; then one for bulk */
    MIN_LIMIT = 2,       /* throttling never goes below */
    HALVE_AT_MOST_EVERY_MS = 1000,
    RETRY_BUDGET = 50, /* retries that an idle endpoint has in hand */
    CLOCK_NOISE_S = 2, /* a Date has whole seconds and a way to travel */
};

/* The waiting tickets of one flow for one endpoint at one priority. */
struct azb_lane {
    TAILQ_ENTRY(azb_lane) turn; /* in its endpoint's round, when it has tickets */
    SLIST_ENTRY(azb_lane) of_flow;
    struct azb_endpoint *endpoint;
    enum azb_priority priority;
    TAILQ_HEAD(, azb_ticket) tickets;
};

TAILQ_HEAD(azb_round, azb_lane);

struct azb_endpoint {
    SLIST_ENTRY(azb_endpoint) entry;
    struct azb_sched *sched;
    char *origin;
    double exact_limit;
    _Atomic unsigned limit; /* what is atomic, azb_sched_each() reads in other threads */
    _Atomic unsigned running;
    unsigned running_bulk;
    _Atomic unsigned waiting;
    unsigned interactive_run;
    uint64_t halved_ms;
    _Atomic uint64_t requests;
    _Atomic uint64_t throttled;
    unsigned retries;
    bool has_clock;
    int64_t clock_offset_s;
    struct azb_round rounds[AZB_N_PRIORITIES];
};

struct azb_sched {
    struct azb_sched_options options;
    pthread_mutex_t lock; /* for the list, when it grows and when others read it */
    SLIST_HEAD(, azb_endpoint) endpoints;
};

struct azb_flow {
    SLIST_HEAD(, azb_lane) lanes;
    struct azb_share share;
};

struct azb_sched *azb_sched_new(const struct azb_sched_options *options)
{
    struct azb_sched *sched = calloc(1, sizeof(*sched));

    if (sched == NULL)
        return NULL;
    pthread_mutex_init(&sched->lock, NULL);
    sched->options = *options;
    return sched;
}

void azb_sched_free(struct azb_sched *sched)
{
    if (sched == NULL)
        return;
    while (!SLIST_EMPTY(&sched->endpoints)) {
        struct azb_endpoint *endpoint = SLIST_FIRST(&sched->endpoints);

        SLIST_REMOVE_HEAD(&sched->endpoints, entry);
        free(endpoint->origin);
        free(endpoint);
    }
    pthread_mutex_destroy(&sched->lock);
    free(sched);
}

static void set_limit(struct azb_endpoint *endpoint, double limit)
{
    endpoint->exact_limit = limit;
    endpoint->limit = (unsigned)limit;
}

void azb_sched_configure(struct azb_sched *sched, const struct azb_sched_options *options)
{
    struct azb_endpoint *endpoint;

    sched->options = *options;
    SLIST_FOREACH (endpoint, &sched->endpoints, entry)
        set_limit(endpoint, options->max_per_endpoint);
}

struct azb_endpoint *azb_sched_endpoint(struct azb_sched *sched, const char *origin)
{
    struct azb_endpoint *endpoint;

    SLIST_FOREACH (endpoint, &sched->endpoints, entry)
        if (strcmp(endpoint->origin, origin) == 0)
            return endpoint;
    endpoint = calloc(1, sizeof(*endpoint));
    if (endpoint == NULL)
        return NULL;
    endpoint->origin = strdup(origin);
    if (endpoint->origin == NULL) {
        free(endpoint);
        return NULL;
    }
    endpoint->sched = sched;
    set_limit(endpoint, sched->options.max_per_endpoint);
    endpoint->retries = RETRY_BUDGET;
    for (int i = 0; i < AZB_N_PRIORITIES; i++)
        TAILQ_INIT(&endpoint->rounds[i]);
    pthread_mutex_lock(&sched->lock);
    SLIST_INSERT_HEAD(&sched->endpoints, endpoint, entry);
    pthread_mutex_unlock(&sched->lock);
    return endpoint;
}

void azb_sched_each(struct azb_sched *sched,
                    void (*each)(const struct azb_endpoint_stats *stats, void *arg), void *arg)
{
    struct azb_endpoint *endpoint;

    pthread_mutex_lock(&sched->lock);
    SLIST_FOREACH (endpoint, &sched->endpoints, entry)
        each(&(struct azb_endpoint_stats){.origin = endpoint->origin,
                                          .limit = endpoint->limit,
                                          .running = endpoint->running,
                                          .waiting = endpoint->waiting,
                                          .requests = endpoint->requests,
                                          .throttled = endpoint->throttled},
             arg);
    pthread_mutex_unlock(&sched->lock);
}

struct azb_flow *azb_flow_new(void)
{
    return calloc(1, sizeof(struct azb_flow));
}

struct azb_share *azb_flow_share(struct azb_flow *flow)
{
    return &flow->share;
}

void azb_flow_free(struct azb_flow *flow)
{
    if (flow == NULL)
        return;
    while (!SLIST_EMPTY(&flow->lanes)) {
        struct azb_lane *lane = SLIST_FIRST(&flow->lanes);

        SLIST_REMOVE_HEAD(&flow->lanes, of_flow);
        free(lane);
    }
    free(flow);
}

static struct azb_lane *flow_lane(struct azb_flow *flow, struct azb_endpoint *endpoint,
                                  enum azb_priority priority)
{
    struct azb_lane *lane;

    SLIST_FOREACH (lane, &flow->lanes, of_flow)
        if (lane->endpoint == endpoint && lane->priority == priority)
            return lane;
    lane = calloc(1, sizeof(*lane));
    if (lane == NULL)
        return NULL;
    lane->endpoint = endpoint;
    lane->priority = priority;
    TAILQ_INIT(&lane->tickets);
    SLIST_INSERT_HEAD(&flow->lanes, lane, of_flow);
    return lane;
}

/* A few slots that bulk leaves free, so that a listing never waits behind a terabyte. */
static unsigned bulk_limit(const struct azb_endpoint *endpoint)
{
    unsigned limit = endpoint->limit, reserve = limit / 8 + (limit > 1 && limit < 8);

    return limit - reserve;
}

static bool endpoint_has_room(const struct azb_endpoint *endpoint, enum azb_priority priority)
{
    if (endpoint->running >= endpoint->limit)
        return false;
    return priority == AZB_PRIORITY_INTERACTIVE ||
           endpoint->running_bulk < bulk_limit(endpoint);
}

static void ticket_take(struct azb_ticket *ticket)
{
    struct azb_endpoint *endpoint = ticket->endpoint;
    bool is_bulk = ticket->priority == AZB_PRIORITY_BULK;

    ticket->state = AZB_TICKET_RUNNING;
    endpoint->running++;
    endpoint->running_bulk += is_bulk;
    endpoint->interactive_run = is_bulk ? 0 : endpoint->interactive_run + 1;
    endpoint->requests++;
}

int azb_sched_acquire(struct azb_ticket *ticket, struct azb_flow *flow,
                      struct azb_endpoint *endpoint, enum azb_priority priority,
                      azb_slot_cb *cb, void *arg, struct azb_error *err)
{
    struct azb_lane *lane;

    ticket->endpoint = endpoint;
    ticket->priority = priority;
    ticket->cb = cb;
    ticket->arg = arg;
    if (TAILQ_EMPTY(&endpoint->rounds[priority]) && endpoint_has_room(endpoint, priority)) {
        ticket_take(ticket);
        return 1;
    }
    lane = flow_lane(flow, endpoint, priority);
    if (lane == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a queue");
    ticket->lane = lane;
    if (TAILQ_EMPTY(&lane->tickets))
        TAILQ_INSERT_TAIL(&endpoint->rounds[priority], lane, turn);
    TAILQ_INSERT_TAIL(&lane->tickets, ticket, entry);
    endpoint->waiting++;
    ticket->state = AZB_TICKET_WAITING;
    return 0;
}

static void ticket_leave_queue(struct azb_ticket *ticket)
{
    struct azb_lane *lane = ticket->lane;

    TAILQ_REMOVE(&lane->tickets, ticket, entry);
    if (TAILQ_EMPTY(&lane->tickets))
        TAILQ_REMOVE(&ticket->endpoint->rounds[lane->priority], lane, turn);
    ticket->endpoint->waiting--;
    ticket->state = AZB_TICKET_IDLE;
}

static enum azb_priority next_priority(const struct azb_endpoint *endpoint)
{
    bool has_bulk = !TAILQ_EMPTY(&endpoint->rounds[AZB_PRIORITY_BULK]) &&
                    endpoint_has_room(endpoint, AZB_PRIORITY_BULK);

    if (has_bulk && (TAILQ_EMPTY(&endpoint->rounds[AZB_PRIORITY_INTERACTIVE]) ||
                     endpoint->interactive_run >= INTERACTIVE_RUN))
        return AZB_PRIORITY_BULK;
    return AZB_PRIORITY_INTERACTIVE;
}

/* Hand out free slots, to one lane after the other. */
static void endpoint_grant(struct azb_endpoint *endpoint)
{
    for (;;) {
        enum azb_priority priority = next_priority(endpoint);
        struct azb_round *round = &endpoint->rounds[priority];
        struct azb_lane *lane = TAILQ_FIRST(round);
        struct azb_ticket *ticket;

        if (lane == NULL || !endpoint_has_room(endpoint, priority))
            return;
        ticket = TAILQ_FIRST(&lane->tickets);
        ticket_leave_queue(ticket);
        if (!TAILQ_EMPTY(&lane->tickets)) { /* its next turn comes after all others' */
            TAILQ_REMOVE(round, lane, turn);
            TAILQ_INSERT_TAIL(round, lane, turn);
        }
        ticket_take(ticket);
        ticket->cb(ticket->arg);
    }
}

void azb_sched_release(struct azb_ticket *ticket)
{
    struct azb_endpoint *endpoint = ticket->endpoint;

    if (ticket->state == AZB_TICKET_WAITING)
        ticket_leave_queue(ticket);
    if (ticket->state == AZB_TICKET_RUNNING) {
        ticket->state = AZB_TICKET_IDLE;
        endpoint->running--;
        endpoint->running_bulk -= ticket->priority == AZB_PRIORITY_BULK;
        if (endpoint->waiting > 0)
            endpoint_grant(endpoint);
    }
}

bool azb_sched_is_wanted(const struct azb_ticket *ticket)
{
    return ticket->state == AZB_TICKET_RUNNING && ticket->endpoint->waiting > 0;
}

void azb_endpoint_answered(struct azb_endpoint *endpoint, bool was_throttled, uint64_t now_ms)
{
    if (!was_throttled) {
        if (endpoint->exact_limit < endpoint->sched->options.max_per_endpoint)
            set_limit(endpoint, endpoint->exact_limit + 1.0 / endpoint->exact_limit);
        if (endpoint->retries < RETRY_BUDGET)
            endpoint->retries++;
        return;
    }
    endpoint->throttled++;
    if (now_ms - endpoint->halved_ms < HALVE_AT_MOST_EVERY_MS)
        return; /* one episode throttles all that is in flight: it counts once */
    endpoint->halved_ms = now_ms;
    set_limit(endpoint, endpoint->exact_limit / 2);
    if (endpoint->exact_limit < MIN_LIMIT)
        set_limit(endpoint, MIN_LIMIT);
}

bool azb_endpoint_take_retry(struct azb_endpoint *endpoint)
{
    if (endpoint->retries < 1)
        return false;
    endpoint->retries--;
    return true;
}

int64_t azb_endpoint_clock_offset(const struct azb_endpoint *endpoint)
{
    return endpoint->clock_offset_s;
}

void azb_endpoint_saw_date(struct azb_endpoint *endpoint, int64_t service_unix_s,
                           int64_t our_unix_s)
{
    int64_t offset = service_unix_s - our_unix_s;
    int64_t change = offset - endpoint->clock_offset_s;

    if (offset >= -CLOCK_NOISE_S && offset <= CLOCK_NOISE_S)
        offset = 0;
    else if (endpoint->has_clock && change >= -CLOCK_NOISE_S && change <= CLOCK_NOISE_S)
        return;
    endpoint->clock_offset_s = offset;
    endpoint->has_clock = true;
}
