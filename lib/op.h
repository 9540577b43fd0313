/*
 * op.h: one REST operation of a call: built from its row, admitted, signed, sent, answered, and
 * repeated where that is right. An attempt is one HTTP request of it.
 *
 *   IDLE -> QUEUED -> RUNNING <-> BACKOFF or PARKED -> IDLE
 */
#ifndef AZB_LIB_OP_H
#define AZB_LIB_OP_H

#include "lib/call.h"
#include "lib/decoder.h"
#include "lib/service_error.h"

struct azb_op;

/* What a driver adds to the common way. All may be NULL but done. */
struct azb_op_hooks {
    /* Fill op->req for that location; default: the row and the call's arguments. Called again
     * only after op->is_built was made false. */
    int (*build)(struct azb_op *op, const struct azb_location *location, struct azb_error *err);
    /* A success's header, besides what the decoder makes of it. */
    void (*header)(struct azb_op *op, const char *name, size_t name_n, const char *value,
                   size_t n);
    /* A success's head is complete. */
    int (*head)(struct azb_op *op, struct azb_error *err);
    /* A success's body: returns n, AZB_HTTP_PAUSE, or 0 with op->fail set. Default: the
     * decoder's XML, if it has one. */
    size_t (*body)(struct azb_op *op, const char *bytes, size_t n);
    /* Everything has arrived: check it. */
    int (*end)(struct azb_op *op, struct azb_error *err);
    /* The request's body, when it is not in memory. */
    size_t (*read)(struct azb_op *op, char *buf, size_t n);
    bool (*rewind)(struct azb_op *op);
    /* Another attempt is wanted: be ready for it; false when that cannot be. */
    bool (*restart)(struct azb_op *op);
    /* Refused after a doubtful attempt, by what may have been that attempt: true when the
     * driver finds out by itself and goes on from there. */
    bool (*refused)(struct azb_op *op, const struct azb_error *err);
    /* Once for each started op, unless azb_op_clear() came first; from the event loop. */
    void (*done)(struct azb_op *op, const struct azb_error *err);
};

enum azb_op_state {
    AZB_OP_IDLE,
    AZB_OP_QUEUED,
    AZB_OP_RUNNING,
    AZB_OP_BACKOFF,
    AZB_OP_PARKED, /* nobody read its answer, and others wanted its slot: see may_park */
};

struct azb_op {
    struct azb_call *call;
    const struct azb_method *method;
    const struct azb_op_hooks *hooks;
    struct azb_decoder *decoder; /* of the answer's headers and XML; owned */
    const void *body;            /* the request's, in memory; borrowed */
    int64_t body_bytes;          /* -1: none */
    size_t body_sent;            /* of a body in memory that is sent piece by piece */
    bool is_bulk;
    bool may_park; /* after hooks->restart, another request goes on where this one stopped */
    bool is_safe;  /* as it is built, doing it twice is doing it once, whatever its row says */

    /* the request */
    struct azb_arena *arena;
    struct azb_request req;
    unsigned n_headers_built; /* without those of the signature */
    bool is_built;

    /* the answer */
    struct azb_attempt attempt;
    struct azb_error fail;   /* of a hook: more telling than "write error" */
    struct azb_fault *fault; /* in the arena, when the answer is no success */
    int64_t content_length;  /* -1: not told */
    bool is_success;
    uint64_t retry_after_ms;
    bool learned_clock;

    /* repeating */
    enum azb_op_state state;
    struct azb_ticket ticket;
    struct azb_endpoint *endpoint;
    struct event timer; /* BACKOFF */
    struct event rate_timer;
    bool has_rate_timer; /* paused until more bytes may move */
    unsigned n_retries;
    bool has_plan; /* azb_op_plan_retry() said yes in this attempt */
    uint64_t planned_delay_ms;
    uint64_t started_ms;
    bool is_doubtful; /* an earlier attempt may have been carried out */
    bool on_secondary;
    bool no_secondary; /* it has answered 404: it lags */
    bool used_clock_retry;
};

/* Prepare a zeroed op. decoder may be NULL; it is taken. */
void azb_op_init(struct azb_op *op, struct azb_call *call, const struct azb_method *method,
                 const struct azb_op_hooks *hooks, struct azb_decoder *decoder);

/* Returns 0, or -1 with *err set; then no callback comes. */
int azb_op_start(struct azb_op *op, struct azb_error *err);

/* Give up whatever is under way, without a callback; the op may be initialised again. */
void azb_op_clear(struct azb_op *op);

/*
 * While an answer of many parts arrives: a part of it is an error that another attempt may
 * change. Returns whether there will be one when this answer's end, which hooks->end must call
 * an error then, has come.
 *
 * retry_after_ms  what that part asked for; 0: nothing
 */
bool azb_op_plan_retry(struct azb_op *op, const struct azb_error *err, uint64_t retry_after_ms);

/* A part of the work is done for good: retries and their time are counted anew. */
void azb_op_moved(struct azb_op *op);

/* A paused transfer goes on. */
void azb_op_resume(struct azb_op *op);

#endif
