/*
 * copy_wait.h: wait for a copy that the service makes in the background: ask how far it is, at
 * growing intervals, tell the caller, and abort it when the caller is no more interested.
 */
#ifndef AZB_LIB_STREAM_COPY_WAIT_H
#define AZB_LIB_STREAM_COPY_WAIT_H

#include "lib/errand.h"

/* Once: the copy is done, or err says what became of it. */
typedef void azb_copy_wait_cb(struct azb_call *call, const struct azb_error *err);

struct azb_copy_wait {
    struct azb_call *call;
    struct azb_errand *errand; /* that asks */
    unsigned delay_ms;
    char copy_id[64];
    bool is_pending;
    azb_copy_wait_cb *cb;
};

/*
 * Zero it first. The copy's target is the call's container and blob. Its `progress` parameter
 * says whether $/progress is wanted.
 */
void azb_copy_wait_start(struct azb_copy_wait *wait, struct azb_call *call, const char *copy_id,
                         azb_copy_wait_cb *cb);

/* No callback comes any more; a copy that is still pending is aborted. */
void azb_copy_wait_stop(struct azb_copy_wait *wait);

/* The call has asked for a copy, and was given up before the answer: abort what it may have
 * begun. Best effort, behind the call's back. */
void azb_copy_abandon(struct azb_call *call);

#endif
