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

int azb_budget_claim(struct azb_budget *budget, struct azb_claim *claim, size_t n,
                     azb_budget_cb *granted_cb, void *arg, struct azb_error *err)
{
    if (n > budget->limit_bytes)
        return azb_error_set(err, AZB_ERR_TOO_LARGE,
                             "%zu bytes are more than memory_limit_bytes (%zu) for all calls "
                             "together",
                             n, budget->limit_bytes);
    claim->budget = budget;
    claim->bytes = n;
    claim->granted_cb = granted_cb;
    claim->arg = arg;
    if (TAILQ_EMPTY(&budget->waiting) && budget_has_room(budget, n)) {
        claim_hold(claim);
        return 1;
    }
    claim->state = AZB_CLAIM_WAITING;
    TAILQ_INSERT_TAIL(&budget->waiting, claim, entry);
    return 0;
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
    if (claim->state == AZB_CLAIM_WAITING)
        TAILQ_REMOVE(&claim->budget->waiting, claim, entry);
    else
        claim->budget->used_bytes -= claim->bytes;
    claim->state = AZB_CLAIM_NONE;
    if (!TAILQ_EMPTY(&claim->budget->waiting))
        event_active(&claim->budget->grant_ev, EV_TIMEOUT, 1);
}
