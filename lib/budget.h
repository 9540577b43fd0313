/*
 * budget.h: how much memory the payloads of all calls may take together. Whoever wants some
 * claims it before there is anything to put into it, and waits its turn when all is in use.
 * Sessions take turns by bytes, so that one with a thousand claims delays another by one of
 * them; within a session it is first come, first served. A claim whose turn it is waits for as
 * much as it wants, so that a large one is not passed over for ever by small ones.
 *
 * The memory may be that of several event loops, each with a budget of its own: these take
 * turns by claims.
 */
#ifndef AZB_LIB_BUDGET_H
#define AZB_LIB_BUDGET_H

#include <event2/event_struct.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/list.h"
#include "proto/error.h"

/* The claim is granted: called once, from the event loop. It may claim and release. */
typedef void azb_budget_cb(void *arg);

/* What one session has had. Zeroed; it must outlive its claims. */
struct azb_share {
    uint64_t bytes; /* on the scale of azb_budget.turn: where its next turn is */
};

/* Embedded in whoever wants memory. Zero it before its first use. */
struct azb_claim {
    TAILQ_ENTRY(azb_claim) entry;
    struct azb_budget *budget;
    struct azb_share *share;
    uint64_t turn;
    size_t bytes;
    azb_budget_cb *granted_cb;
    void *arg;
    enum { AZB_CLAIM_NONE, AZB_CLAIM_WAITING, AZB_CLAIM_HELD } state;
};

struct azb_budget;

/* What there is: for all threads. */
struct azb_memory {
    pthread_mutex_t lock;
    size_t limit_bytes;
    size_t used_bytes;
    TAILQ_HEAD(, azb_budget) waiting; /* the first one's turn it is */
};

/* What one event loop has of it: for its thread alone. */
struct azb_budget {
    struct azb_memory *memory;
    uint64_t turn;                             /* of whom was granted last */
    TAILQ_HEAD(azb_claims, azb_claim) waiting; /* by turn */
    TAILQ_ENTRY(azb_budget) entry;             /* in the memory's queue, while a claim waits */
    bool is_queued;
    int wake_fd; /* others say that it may have come to its turn */
    struct event grant_ev;
};

void azb_memory_init(struct azb_memory *memory, size_t limit_bytes);
void azb_memory_clear(struct azb_memory *memory); /* no budget may be left */

/* A new limit; what is held above it stays held. */
void azb_memory_configure(struct azb_memory *memory, size_t limit_bytes);

/* Both are borrowed for its life. Returns 0, or -1 with *err set. */
int azb_budget_init(struct azb_budget *budget, struct event_base *base,
                    struct azb_memory *memory, struct azb_error *err);
void azb_budget_clear(struct azb_budget *budget); /* no claim may be left; zeroed: nothing */

/* There will never be more. */
size_t azb_budget_limit(const struct azb_budget *budget);

/*
 * Claim n bytes. Returns 1 when they are granted at once (granted_cb is then not called), 0
 * when the claim waits, -1 with TOO_LARGE when n is more than there will ever be. Either of the
 * first two ends with azb_budget_release().
 *
 * Whoever waits must be able to go on with what he holds: else two of a kind could wait for
 * each other.
 */
int azb_budget_claim(struct azb_budget *budget, struct azb_share *share,
                     struct azb_claim *claim, size_t n, azb_budget_cb *granted_cb, void *arg,
                     struct azb_error *err);

/* n bytes are there already, whether or not there was room for them: they count. Ends with
 * azb_budget_release(). */
void azb_budget_hold(struct azb_budget *budget, struct azb_claim *claim, size_t n);

/* n bytes more for a claim that is held. False: not now; the claim stays as it is. */
bool azb_budget_grow(struct azb_claim *claim, size_t n);

/* There is no room for another byte. */
bool azb_budget_is_full(const struct azb_budget *budget);

/* Somebody waits: what is not needed now should be given back. */
bool azb_budget_is_short(const struct azb_budget *budget);

/* Give the bytes back, leave the queue, or nothing when there is no claim. */
void azb_budget_release(struct azb_claim *claim);

#endif
