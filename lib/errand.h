/*
 * errand.h: calls of the engine's own, which no client waits for: warming connections up,
 * aborting the copy of a caller that went away, removing what a failed upload left behind.
 *
 * An errand has its own parameters and a reference to the account, so it outlives whoever sent
 * it. It takes its turn in the engine's own flow.
 */
#ifndef AZB_LIB_ERRAND_H
#define AZB_LIB_ERRAND_H

#include "lib/call.h"

/*
 * Start a call of that method. params: a packed map, taken (also on failure); NULL: none.
 *
 * done_cb  as for azb_call_start(), or NULL when its outcome matters to nobody. It may start
 *          another errand.
 *
 * Returns 0, or -1 with *err set.
 */
int azb_errand_start(struct azb_engine *engine, struct azb_account *account, const char *method,
                     struct azb_buf *params, azb_call_done_cb *done_cb, void *done_arg,
                     struct azb_error *err);

/* End them all, as azb_call_cancel() does: they come back from the event loop. */
void azb_errands_cancel(struct azb_engine *engine);

#endif
