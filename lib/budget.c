/*
 * budget.c: the queue for payload memory. Grants come from an event of their own, so that
 * nobody's code runs inside another's release.
 */
#include "lib/budget.h"

#include <event2/event.h>

/* A claim that was made under a higher limit gets its turn when it is alone. */
static bool budget_has_room(const struct azb_budget *budget, size_t n)
{
    return budget->used_bytes == 0 ||
           (n <= budget->limit_bytes && budget->used_bytes <= budget->limit_bytes - n);
}

static void claim_hold(struct azb_claim *claim)
{
    claim->state = AZB_CLAIM_HELD;
    claim->budget->used_bytes += claim->bytes;
    if (claim->budget->turn < claim->turn)
        claim->budget->turn = claim->turn;
}

/* A session that wanted nothing for a while has saved nothing up. */
static void claim_take_turn(struct azb_claim *claim)
{
    if (claim->share->bytes < claim->budget->turn)
        claim->share->bytes = claim->budget->turn;
    claim->turn = claim->share->bytes;
    claim->share->bytes += claim->bytes;
}

static void claim_wait(struct azb_claim *claim)
{
    struct azb_budget *budget = claim->budget;
    struct azb_claim *before = TAILQ_LAST(&budget->waiting, azb_claims);

    claim->state = AZB_CLAIM_WAITING;
    while (before != NULL && before->turn > claim->turn)
        before = TAILQ_PREV(before, azb_claims, entry);
    if (before != NULL)
        TAILQ_INSERT_AFTER(&budget->waiting, before, claim, entry);
    else
        TAILQ_INSERT_HEAD(&budget->waiting, claim, entry);
}

static void on_grant(evutil_socket_t fd, short what, void *arg)
{
    struct azb_budget *budget = arg;
    struct azb_claim *claim;

    (void)fd, (void)what;
    while ((claim = TAILQ_FIRST(&budget->waiting)) != NULL &&
           budget_has_room(budget, claim->bytes)) {
        TAILQ_REMOVE(&budget->waiting, claim, entry);
        claim_hold(claim);
        claim->granted_cb(claim->arg);
    }
}

void azb_budget_init(struct azb_budget *budget, struct event_base *base, size_t limit_bytes)
{
    budget->limit_bytes = limit_bytes;
    budget->used_bytes = 0;
    budget->turn = 0;
    TAILQ_INIT(&budget->waiting);
    event_assign(&budget->grant_ev, base, -1, 0, on_grant, budget);
}

void azb_budget_clear(struct azb_budget *budget)
{
    if (event_initialized(&budget->grant_ev))
        event_del(&budget->grant_ev);
}

void azb_budget_configure(struct azb_budget *budget, size_t limit_bytes)
{
    budget->limit_bytes = limit_bytes;
    event_active(&budget->grant_ev, EV_TIMEOUT, 1);
}

int azb_budget_claim(struct azb_budget *budget, struct azb_share *share,
                     struct azb_claim *claim, size_t n, azb_budget_cb *granted_cb, void *arg,
                     struct azb_error *err)
{
    if (n > budget->limit_bytes)
        return azb_error_set(err, AZB_ERR_TOO_LARGE,
                             "%zu bytes are more than memory_limit_bytes (%zu) for all calls "
                             "together",
                             n, budget->limit_bytes);
    claim->budget = budget;
    claim->share = share;
    claim->bytes = n;
    claim->granted_cb = granted_cb;
    claim->arg = arg;
    claim_take_turn(claim);
    if (TAILQ_EMPTY(&budget->waiting) && budget_has_room(budget, n)) {
        claim_hold(claim);
        return 1;
    }
    claim_wait(claim);
    return 0;
}

void azb_budget_hold(struct azb_budget *budget, struct azb_claim *claim, size_t n)
{
    *claim = (struct azb_claim){.budget = budget, .bytes = n};
    claim_hold(claim);
}

bool azb_budget_is_full(const struct azb_budget *budget)
{
    return budget->used_bytes >= budget->limit_bytes;
}

bool azb_budget_grow(struct azb_claim *claim, size_t n)
{
    struct azb_budget *budget = claim->budget;

    if (azb_budget_is_short(budget) || n > budget->limit_bytes ||
        budget->used_bytes > budget->limit_bytes - n)
        return false;
    claim->bytes += n;
    budget->used_bytes += n;
    return true;
}

bool azb_budget_is_short(const struct azb_budget *budget)
{
    return !TAILQ_EMPTY(&budget->waiting);
}

void azb_budget_release(struct azb_claim *claim)
{
    if (claim->state == AZB_CLAIM_NONE)
        return;
    if (claim->state == AZB_CLAIM_WAITING) {
        TAILQ_REMOVE(&claim->budget->waiting, claim, entry);
        claim->share->bytes -= claim->bytes; /* it has not had them */
    } else {
        claim->budget->used_bytes -= claim->bytes;
    }
    claim->state = AZB_CLAIM_NONE;
    if (!TAILQ_EMPTY(&claim->budget->waiting))
        event_active(&claim->budget->grant_ev, EV_TIMEOUT, 1);
}
