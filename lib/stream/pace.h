/*
 * pace.h: how many requests of one transfer go side by side. A new connection is slow to start,
 * and a long way holds one back; but on a fast link more of them only cost. So the number is
 * doubled for as long as the rate grows with it, and when it does not, the last step is undone.
 * That may have been chance, or the link another one by now: so it is tried again after a
 * while, and less and less often.
 *
 * A rate is that of a window: a while, in which each request moves a good number of bytes. The
 * first window after each step does not count: connections are made in it and get up to speed.
 */
#ifndef AZB_LIB_STREAM_PACE_H
#define AZB_LIB_STREAM_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    AZB_PACE_ONE = 2, /* one moves; the next is there to begin as soon as it ends */
    AZB_PACE_START = 4,
    AZB_PACE_CAP = 16,
};

struct azb_pace {
    unsigned limit; /* requests side by side, now */
    unsigned cap;
    unsigned before;   /* limit, before it was last raised */
    double rate;       /* bytes/ms, then */
    unsigned patience; /* how many windows a settled number stays; 0: for ever */
    unsigned windows;  /* for which it has stayed */
    bool is_settled;
    bool is_one_enough;  /* as far as is known */
    bool is_swinging_in; /* this window does not count */
    uint64_t least_each; /* bytes of a window, for each request */
    uint64_t since_ms;   /* of the window */
    uint64_t bytes;
};

/*
 * max_concurrency  the caller's own number, which then stays; 0: find one, up to cap
 * start            AZB_PACE_ONE where answers come from near, AZB_PACE_START elsewhere
 * at_once          of how many bytes azb_pace_moved() will be told at a time, at most
 */
void azb_pace_init(struct azb_pace *pace, unsigned max_concurrency, unsigned cap,
                   unsigned start, uint64_t at_once, uint64_t now_ms);

/* So many bytes have moved: pace->limit may be another one now. */
void azb_pace_moved(struct azb_pace *pace, uint64_t bytes, uint64_t now_ms);

#endif
