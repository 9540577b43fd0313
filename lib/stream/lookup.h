/*
 * lookup.h: after a refusal that our own first attempt may have caused: was it us?
 *
 * The row names the method that shows the resource. It is ours when it was last modified after
 * this call began, by the service's own clock, and is what the caller wanted to make.
 */
#ifndef AZB_LIB_STREAM_LOOKUP_H
#define AZB_LIB_STREAM_LOOKUP_H

#include "lib/op.h"

struct azb_lookup;

/* is_ours: the resource is what this call made; its decoder has the answer, read by the shape
 * of the call's own method. */
typedef void azb_lookup_cb(struct azb_call *call, bool is_ours, struct azb_decoder *decoder);

struct azb_lookup {
    struct azb_op op;
    struct azb_args args;
    int64_t size_bytes;       /* -1: any */
    const unsigned char *md5; /* 16 bytes, borrowed; NULL: any */
    azb_lookup_cb *cb;
};

/*
 * size_bytes, md5: what a blob must have to be ours. Returns 0, and cb comes once unless
 * azb_op_clear(&lookup->op) comes first; or -1 when it cannot be asked.
 */
int azb_lookup_start(struct azb_lookup *lookup, struct azb_call *call, int64_t size_bytes,
                     const unsigned char *md5, azb_lookup_cb *cb);

#endif
