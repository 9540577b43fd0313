/*
 * budget.c: the queue for payload memory. Grants come from an event of their own, so that
 * nobody's code runs inside another's release.
 */
#include "lib/budget.h"

#include <event2/event.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* ---- the memory of all: with its lock ---- */

/* A claim that was made under a higher limit gets its turn when it is alone. */
static bool memory_has_room(const struct azb_memory *memory, size_t n)
{
    return memory->used_bytes == 0 ||
           (n <= memory->limit_bytes && memory->used_bytes <= memory->limit_bytes - n);
}

/* Whose turn it is looks again. */
static void memory_wake_first(const struct azb_memory *memory)
{
    const struct azb_budget *first = TAILQ_FIRST(&memory->waiting);
    uint64_t one = 1;

    if (first != NULL && write(first->wake_fd, &one, sizeof(one)) < 0)
        return; /* its counter is full: it is awake already */
}

static void budget_queue(struct azb_budget *budget)
{
    if (!budget->is_queued)
        TAILQ_INSERT_TAIL(&budget->memory->waiting, budget, entry);
    budget->is_queued = true;
}

static void budget_unqueue(struct azb_budget *budget)
{
    if (budget->is_queued)
        TAILQ_REMOVE(&budget->memory->waiting, budget, entry);
    budget->is_queued = false;
}

void azb_memory_init(struct azb_memory *memory, size_t limit_bytes)
{
    pthread_mutex_init(&memory->lock, NULL);
    memory->limit_bytes = limit_bytes;
    memory->used_bytes = 0;
    TAILQ_INIT(&memory->waiting);
}

void azb_memory_clear(struct azb_memory *memory)
{
    pthread_mutex_destroy(&memory->lock);
}

void azb_memory_configure(struct azb_memory *memory, size_t limit_bytes)
{
    pthread_mutex_lock(&memory->lock);
    memory->limit_bytes = limit_bytes;
    memory_wake_first(memory);
    pthread_mutex_unlock(&memory->lock);
}

/* n bytes, if nobody waits for some and they are there. */
static bool memory_take(struct azb_memory *memory, size_t n)
{
    bool has_room;

    pthread_mutex_lock(&memory->lock);
    has_room = TAILQ_EMPTY(&memory->waiting) && memory_has_room(memory, n);
    if (has_room)
        memory->used_bytes += n;
    pthread_mutex_unlock(&memory->lock);
    return has_room;
}

/* The same for whoever waits: on its turn, after which it is the next one's. */
static bool memory_take_turn(struct azb_budget *budget, size_t n, bool has_more)
{
    struct azb_memory *memory = budget->memory;
    bool is_granted;

    pthread_mutex_lock(&memory->lock);
    is_granted = TAILQ_FIRST(&memory->waiting) == budget && memory_has_room(memory, n);
    if (is_granted) {
        memory->used_bytes += n;
        budget_unqueue(budget);
        if (has_more)
            budget_queue(budget);
        if (TAILQ_FIRST(&memory->waiting) != budget)
            memory_wake_first(memory);
    }
    pthread_mutex_unlock(&memory->lock);
    return is_granted;
}

/* ---- the claims of one loop ---- */

static void claim_hold(struct azb_claim *claim)
{
    claim->state = AZB_CLAIM_HELD;
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
    pthread_mutex_lock(&budget->memory->lock);
    budget_queue(budget);
    if (memory_has_room(budget->memory, claim->bytes)) /* by now: another thread's came back */
        memory_wake_first(budget->memory);
    pthread_mutex_unlock(&budget->memory->lock);
}

static void on_grant(evutil_socket_t fd, short what, void *arg)
{
    struct azb_budget *budget = arg;
    struct azb_claim *claim;
    uint64_t count;

    (void)what;
    if (read(fd, &count, sizeof(count)) < 0)
        return;
    while ((claim = TAILQ_FIRST(&budget->waiting)) != NULL &&
           memory_take_turn(budget, claim->bytes, TAILQ_NEXT(claim, entry) != NULL)) {
        TAILQ_REMOVE(&budget->waiting, claim, entry);
        claim_hold(claim);
        claim->granted_cb(claim->arg);
    }
}

int azb_budget_init(struct azb_budget *budget, struct event_base *base,
                    struct azb_memory *memory, struct azb_error *err)
{
    *budget = (struct azb_budget){.memory = memory};
    TAILQ_INIT(&budget->waiting);
    budget->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (budget->wake_fd < 0)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a budget");
    event_assign(&budget->grant_ev, base, budget->wake_fd, EV_READ | EV_PERSIST, on_grant,
                 budget);
    event_add(&budget->grant_ev, NULL);
    return 0;
}

void azb_budget_clear(struct azb_budget *budget)
{
    if (!event_initialized(&budget->grant_ev))
        return;
    event_del(&budget->grant_ev);
    close(budget->wake_fd);
}

size_t azb_budget_limit(const struct azb_budget *budget)
{
    size_t limit_bytes;

    pthread_mutex_lock(&budget->memory->lock);
    limit_bytes = budget->memory->limit_bytes;
    pthread_mutex_unlock(&budget->memory->lock);
    return limit_bytes;
}

int azb_budget_claim(struct azb_budget *budget, struct azb_share *share,
                     struct azb_claim *claim, size_t n, azb_budget_cb *granted_cb, void *arg,
                     struct azb_error *err)
{
    size_t limit_bytes = azb_budget_limit(budget);

    if (n > limit_bytes)
        return azb_error_set(err, AZB_ERR_TOO_LARGE,
                             "%zu bytes are more than memory_limit_bytes (%zu) for all calls "
                             "together",
                             n, limit_bytes);
    claim->budget = budget;
    claim->share = share;
    claim->bytes = n;
    claim->granted_cb = granted_cb;
    claim->arg = arg;
    claim_take_turn(claim);
    if (memory_take(budget->memory, n)) {
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
    pthread_mutex_lock(&budget->memory->lock);
    budget->memory->used_bytes += n;
    pthread_mutex_unlock(&budget->memory->lock);
}

bool azb_budget_is_full(const struct azb_budget *budget)
{
    bool is_full;

    pthread_mutex_lock(&budget->memory->lock);
    is_full = budget->memory->used_bytes >= budget->memory->limit_bytes;
    pthread_mutex_unlock(&budget->memory->lock);
    return is_full;
}

bool azb_budget_grow(struct azb_claim *claim, size_t n)
{
    if (!memory_take(claim->budget->memory, n))
        return false;
    claim->bytes += n;
    return true;
}

bool azb_budget_is_short(const struct azb_budget *budget)
{
    bool is_short;

    pthread_mutex_lock(&budget->memory->lock);
    is_short = !TAILQ_EMPTY(&budget->memory->waiting);
    pthread_mutex_unlock(&budget->memory->lock);
    return is_short;
}

void azb_budget_release(struct azb_claim *claim)
{
    struct azb_budget *budget = claim->budget;

    if (claim->state == AZB_CLAIM_NONE)
        return;
    if (claim->state == AZB_CLAIM_WAITING) {
        TAILQ_REMOVE(&budget->waiting, claim, entry);
        claim->share->bytes -= claim->bytes; /* it has not had them */
    }
    pthread_mutex_lock(&budget->memory->lock);
    if (claim->state == AZB_CLAIM_HELD)
        budget->memory->used_bytes -= claim->bytes;
    else if (TAILQ_EMPTY(&budget->waiting))
        budget_unqueue(budget);
    memory_wake_first(budget->memory);
    pthread_mutex_unlock(&budget->memory->lock);
    claim->state = AZB_CLAIM_NONE;
}
