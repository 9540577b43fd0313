/*
 * call.h: what a client asked for. A call checks its parameters, lets a driver (lib/stream/)
 * make the requests that answer it, and completes exactly once.
 *
 *   NEW -> RUNNING -> DONE
 */
#ifndef AZB_LIB_CALL_H
#define AZB_LIB_CALL_H

#include <event2/event_struct.h>
#include "lib/arena.h"
#include "lib/auth/account.h"
#include "lib/engine.h"
#include "lib/params.h"

struct azb_call;

/*
 * Called exactly once for each started call, from the event loop, and never from inside
 * azb_call_start() or azb_call_cancel(). It may start and cancel other calls and may end the
 * session. By then all output is in the sink, and call->result is the encoded result.
 *
 * err  borrowed until the callback returns; NULL on success
 *
 * When the callback returns, the call and its arena are gone.
 */
typedef void azb_call_done_cb(struct azb_call *call, const struct azb_error *err, void *arg);

/* Where the output of a streamed call goes. Each function copies what it is given. */
struct azb_sink {
    int (*item)(void *arg, const void *item, size_t n, struct azb_error *err);
    int (*data)(void *arg, uint64_t offset, const void *bytes, size_t n, struct azb_error *err);
    int (*progress)(void *arg, const void *map, size_t n, struct azb_error *err);
    bool (*is_full)(void *arg); /* azb_call_resume() follows when it is not any more */
    void (*credit)(void *arg, uint64_t n); /* the client may send that much more input */
    void *arg;
};

enum azb_call_state {
    AZB_CALL_NEW,     /* the caller owns it and may still free it */
    AZB_CALL_RUNNING, /* ours from here on */
    AZB_CALL_DONE,    /* decided; its callback is on the way */
};

/* How one kind of method is answered. Drivers keep their state in call->driver_state. */
struct azb_driver {
    int (*start)(struct azb_call *call, struct azb_error *err);
    void (*stop)(struct azb_call *call); /* give up what is under way; once, however it ended */
    void (*clear)(
        struct azb_call *call); /* free memory that jobs may use; once, when none is out */
    void (*resume)(struct azb_call *call); /* the sink has room; NULL: never waits for it */
    /* Input from the client; n 0: the end. NULL: takes none. */
    int (*feed)(struct azb_call *call, uint64_t offset, const void *bytes, size_t n,
                struct azb_error *err);
};

enum {
    AZB_MAX_RATES = 3, /* the call's own, the daemon's, its connection's */
};

struct azb_call {
    struct azb_engine *engine;
    struct azb_arena *arena;
    const struct azb_method *method;
    struct azb_args args;
    struct azb_account *account; /* a reference */
    struct azb_account *source;  /* of a copy: a reference, or NULL: account */
    struct azb_flow *flow;       /* borrowed */
    struct azb_sink sink;
    int fd; /* -1, or the client's descriptor; closed with the call */
    bool is_stream;
    enum azb_priority priority;
    struct azb_rate rate;                      /* of this call */
    struct azb_rate *rates[AZB_MAX_RATES + 1]; /* all that it keeps to; then NULL */
    uint64_t started_ms;
    uint64_t deadline_ms; /* 0: none; else by the clock of azb_http_now_ms() */
    uint64_t told_ms;     /* when the caller was last told how far it is; 0: never */
    unsigned attempts;
    char client_request_id[40];
    char request_id[40];

    enum azb_call_state state;
    const struct azb_driver *driver;
    void *driver_state;
    unsigned n_jobs; /* in the file threads: the call cannot go before they come back */
    struct event deliver_ev;
    struct event deadline_ev;
    struct azb_error err;
    struct azb_buf result;
    azb_call_done_cb *done_cb;
    void *done_arg;
};

/* What a new call is given. */
struct azb_call_setup {
    const struct azb_method *method;
    const msgpack_object_map *params; /* borrowed until the call is gone; may be NULL */
    struct azb_account *account;      /* a reference is taken */
    struct azb_account *source;       /* the same; NULL: account */
    struct azb_flow *flow;            /* borrowed until the call is gone */
    struct azb_rate *rate;            /* that other calls keep to, too: the same; or NULL */
    struct azb_sink sink;
    int fd; /* taken, also on failure; -1: none */
};

/*
 * Make a call and check its parameters. Returns 0 with *ret, or -1 with *err set: then nothing
 * is left of it.
 */
int azb_call_new(struct azb_engine *engine, const struct azb_call_setup *setup,
                 struct azb_call **ret, struct azb_error *err);

/* Only for a call that was not started. NULL is allowed. */
void azb_call_free(struct azb_call *call);

/* From here on the call is not the caller's any more: done_cb comes. */
void azb_call_start(struct azb_call *call, azb_call_done_cb *done_cb, void *done_arg);

/* The same, but it begins after a while, unless it has been cancelled by then. */
void azb_call_start_later(struct azb_call *call, unsigned delay_ms, azb_call_done_cb *done_cb,
                          void *done_arg);

/* End it with an error (CANCELLED, if err is NULL). A call that is decided keeps its outcome.
 */
void azb_call_cancel(struct azb_call *call, const struct azb_error *err);

/* The sink has room again. */
void azb_call_resume(struct azb_call *call);

/* Input of the client: $/data and, with n 0, $/end. What is wrong with it ends the call. */
void azb_call_feed(struct azb_call *call, uint64_t offset, const void *bytes, size_t n);

/* ---- for drivers ---- */

/* The only way into DONE. err NULL: success. Whoever comes first decides. */
void azb_call_finish(struct azb_call *call, const struct azb_error *err);

/* One job more or less in the file threads; the last one back lets a decided call go. */
void azb_call_job_begin(struct azb_call *call);
void azb_call_job_end(struct azb_call *call);

/* Milliseconds until the deadline; UINT64_MAX without one. */
uint64_t azb_call_time_left_ms(const struct azb_call *call);

/* Tell the caller how far it is, if he asked for that (`progress`), and was not told just now.
 * total UINT64_MAX: unknown. */
void azb_call_progress(struct azb_call *call, uint64_t bytes, uint64_t total);

/* For azb_decoder_emit(): the call's own parameters. arg: the call. */
const msgpack_object *azb_call_param(const char *name, void *arg);

extern const struct azb_driver azb_unary_driver;
extern const struct azb_driver azb_pager_driver;
extern const struct azb_driver azb_download_driver;
extern const struct azb_driver azb_upload_driver;
extern const struct azb_driver azb_batch_driver;
extern const struct azb_driver azb_query_driver;
extern const struct azb_driver azb_copy_driver;
extern const struct azb_driver azb_url_driver;

#endif
