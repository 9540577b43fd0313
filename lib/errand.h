/*
 * errand.h: calls that a call makes of other methods, and calls that nobody waits for: the
 * steps of a copy, warming connections up, aborting the copy of a caller that went away,
 * removing what a failed upload left behind.
 *
 * An errand has its own parameters and a reference to the account, so it may outlive whoever
 * sent it, and repeats and recognises what it does like any call.
 */
#ifndef AZB_LIB_ERRAND_H
#define AZB_LIB_ERRAND_H

#include "lib/call.h"

struct azb_errand;

/* Its parameters, packed one by one: zero it, put them, hand it over in the setup. */
struct azb_errand_params {
    struct azb_buf buf;
    size_t start;
    size_t n;
};

/* The caller packs one value with what is returned. */
msgpack_packer azb_errand_param(struct azb_errand_params *params, const char *name);
void azb_errand_param_str(struct azb_errand_params *params, const char *name,
                          const char *value);
void azb_errand_param_int(struct azb_errand_params *params, const char *name, int64_t value);
void azb_errand_param_true(struct azb_errand_params *params, const char *name);

/* value NULL: none */
void azb_errand_param_value(struct azb_errand_params *params, const char *name,
                            const msgpack_object *value);

/* Of the call's own parameters those that were given: names ends with NULL. */
void azb_errand_params_from(struct azb_errand_params *params, const struct azb_call *call,
                            const char *const *names);

/* The same once more, to add others to. */
struct azb_errand_params azb_errand_params_copy(const struct azb_errand_params *params);

/*
 * It is done: as azb_call_done_cb, with the result decoded (nil on failure), borrowed until the
 * callback returns. The errand is gone then. May start others.
 */
typedef void azb_errand_cb(const msgpack_object *result, const struct azb_error *err,
                           void *arg);

struct azb_errand_setup {
    const char *method;
    struct azb_account *account;
    struct azb_errand_params params; /* taken, also on failure */
    struct azb_flow *flow;           /* whose turns it takes; NULL: the engine's own */
    struct azb_sink sink;            /* for its progress; zero: nobody looks */
    unsigned delay_ms;               /* before it begins */
    azb_errand_cb *done_cb;          /* NULL: its outcome matters to nobody */
    void *done_arg;
};

/* Returns 0, or -1 with *err set. ret: for azb_errand_drop(); NULL: not wanted. */
int azb_errand_start(struct azb_engine *engine, const struct azb_errand_setup *setup,
                     struct azb_errand **ret, struct azb_error *err);

/* Cancel it without a callback; its flow and its sink may go. NULL is allowed. */
void azb_errand_drop(struct azb_errand *errand);

/* Cancel them all: they come back from the event loop. */
void azb_errands_cancel(struct azb_engine *engine);

#endif
