/*
 * retry.h: whether and when an attempt is made again.
 */
#ifndef AZB_LIB_RETRY_H
#define AZB_LIB_RETRY_H

#include <stdbool.h>
#include <stdint.h>
#include "proto/descriptor.h"
#include "proto/error.h"

struct azb_retry_options {
    unsigned max_retries;    /* after the first attempt */
    unsigned first_delay_ms; /* the first retry comes within this */
    unsigned max_delay_ms;   /* no later one waits longer, but for Retry-After */
    unsigned budget_ms; /* no retry starts later than this after its request was first made */
};

#define AZB_RETRY_DEFAULTS ((struct azb_retry_options){5, 300, 10000, 120000})

/*
 * Is the outcome of an attempt one that another attempt may change?
 *
 * retry        the row's class
 * err          what the attempt came to; not NULL
 * may_have_run false when the request certainly did not reach the service
 *
 * A 404 of the secondary is the caller's business: it asks the primary instead.
 */
bool azb_retry_allowed(enum azb_retry_class retry, const struct azb_error *err,
                       bool may_have_run);

/* True for an outcome after which nobody knows whether the request was carried out. */
bool azb_retry_is_doubtful(const struct azb_error *err, bool may_have_run);

/*
 * Milliseconds to wait before retry number `retry_i` (from 0): the first one between a third of
 * first_delay_ms and all of it, later ones with full jitter up to twice as much each time.
 *
 * random          any 32 bits
 * retry_after_ms  what the service asked for; 0: nothing; obeyed up to an hour
 */
uint64_t azb_retry_delay_ms(const struct azb_retry_options *options, unsigned retry_i,
                            uint32_t random, uint64_t retry_after_ms);

/* "120", seconds, or an HTTP date, as milliseconds from now; 0 when it is neither. */
uint64_t azb_retry_after_ms(const char *value, size_t n, int64_t now_unix_s);

#endif
