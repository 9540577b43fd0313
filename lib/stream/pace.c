/*
 * pace.c: twice as many, as long as it pays.
 */
#include "lib/stream/pace.h"

enum {
    WINDOW_MS = 100, /* for a rate worth comparing */
    LEAST_EACH = 1024 * 1024,
    PATIENCE = 8, /* windows; twice as many after each time */
};

static const double worth = 1.15; /* a gain below that may be chance */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

void azb_pace_init(struct azb_pace *pace, unsigned max_concurrency, unsigned cap,
                   unsigned start, uint64_t at_once, uint64_t now_ms)
{
    *pace = (struct azb_pace){.cap = cap, .is_swinging_in = true, .since_ms = now_ms};
    pace->least_each = at_once > LEAST_EACH ? at_once : LEAST_EACH;
    pace->is_settled = max_concurrency > 0;
    pace->patience = max_concurrency > 0 ? 0 : PATIENCE;
    pace->limit = least(max_concurrency > 0 ? max_concurrency : start, cap);
    pace->is_one_enough = max_concurrency == 0 && start == AZB_PACE_ONE;
}

static void pace_step(struct azb_pace *pace, double rate)
{
    bool has_paid = rate >= pace->rate * worth;

    pace->is_settled = !has_paid || pace->limit == pace->cap;
    if (has_paid) {
        pace->before = pace->limit;
        pace->limit = least(2 * pace->limit, pace->cap);
        pace->rate = rate;
    } else {
        pace->limit = pace->before;
    }
    pace->is_swinging_in = true;
    pace->is_one_enough = pace->limit == AZB_PACE_ONE;
}

/* A window of a settled number: after enough of them, begins again from there. */
static void pace_rest(struct azb_pace *pace)
{
    if (++pace->windows < pace->patience)
        return;
    pace->is_settled = false;
    pace->is_swinging_in = false;
    pace->rate = 0;
    pace->windows = 0;
    pace->patience *= 2;
}

void azb_pace_moved(struct azb_pace *pace, uint64_t bytes, uint64_t now_ms)
{
    uint64_t window_ms = now_ms - pace->since_ms;

    if (pace->is_settled && pace->patience == 0)
        return;
    pace->bytes += bytes;
    if (window_ms < WINDOW_MS || pace->bytes < pace->limit * pace->least_each)
        return;
    if (pace->is_settled)
        pace_rest(pace);
    else if (pace->is_swinging_in)
        pace->is_swinging_in = false;
    else
        pace_step(pace, (double)pace->bytes / (double)window_ms);
    pace->since_ms = now_ms;
    pace->bytes = 0;
}
