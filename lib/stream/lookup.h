/*
 * lookup.h: after a refusal that our own first attempt may have caused: was it us?
 *
 * The row names the method that shows the resource. What was made or replaced is ours when it
 * was last modified after this call began, by the service's own clock, and is what the caller
 * wanted to make. Of what was added to a blob, the bytes themselves tell.
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
    const char *bytes;        /* that must stand at offset, borrowed; NULL: any */
    size_t n;
    int64_t offset;
    size_t n_same;  /* bytes that have arrived, and were those */
    bool is_denied; /* the service did not let us look, or did not answer */
    azb_lookup_cb *cb;
};

/*
 * size_bytes, md5: what a blob must have to be ours. Returns the lookup, which lives in the
 * call's arena, and cb comes once unless azb_lookup_stop() comes first; or NULL when it cannot
 * be asked.
 */
struct azb_lookup *azb_lookup_start(struct azb_call *call, int64_t size_bytes,
                                    const unsigned char *md5, azb_lookup_cb *cb);

/*
 * The same for n > 0 bytes of a blob from offset on: they are ours if they are these (borrowed
 * until cb), whatever came behind them since. method reads content. After cb with is_ours
 * false, lookup->is_denied tells "nobody knows" from "no".
 */
struct azb_lookup *azb_lookup_start_bytes(struct azb_call *call,
                                          const struct azb_method *method, int64_t offset,
                                          const void *bytes, size_t n, azb_lookup_cb *cb);

/* Give it up, and what its answer left; with the call at the latest. NULL: nothing. */
void azb_lookup_stop(struct azb_lookup *lookup);

#endif
