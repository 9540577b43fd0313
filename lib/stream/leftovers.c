/*
 * leftovers.c: three errands, one after the other: look, write, delete.
 */
#include "lib/stream/leftovers.h"

#include <stdlib.h>
#include <string.h>

#include "lib/auth/explain.h"
#include "lib/errand.h"
#include "proto/value.h"

enum {
    LIMIT_MS = 5000,         /* for each errand */
    DELETE_LIMIT_MS = 30000, /* or an empty blob stays */
};

struct leftovers {
    struct azb_engine *engine;
    struct azb_account *account; /* a reference */
    struct azb_upload_id id;
    char *container, *blob;
};

static void leftovers_free(struct leftovers *left)
{
    if (left == NULL)
        return;
    azb_account_unref(left->account);
    free(left->container);
    free(left->blob);
    free(left);
}

/* The errand has done_cb, or else left goes. */
static void leftovers_send(struct leftovers *left, const char *method, int limit_ms,
                           struct azb_errand_params *params, azb_errand_cb *done_cb)
{
    struct azb_error err = {0};
    struct azb_errand_setup setup;

    azb_errand_param_str(params, "container", left->container);
    azb_errand_param_str(params, "blob", left->blob);
    azb_errand_param_int(params, "deadline_ms", limit_ms);
    setup = (struct azb_errand_setup){.method = method,
                                      .account = left->account,
                                      .params = *params,
                                      .done_cb = done_cb,
                                      .done_arg = left};
    if (azb_errand_start(left->engine, &setup, NULL, &err) < 0)
        leftovers_free(left);
}

static void on_deleted(const msgpack_object *result, const struct azb_error *err, void *arg)
{
    (void)result, (void)err;
    leftovers_free(arg);
}

static void on_written(const msgpack_object *result, const struct azb_error *err, void *arg)
{
    struct leftovers *left = arg;
    struct azb_errand_params params = {0};
    const msgpack_object *etag = azb_map_find(azb_value_map(result), "etag");

    if (err != NULL || etag == NULL) {
        leftovers_free(left);
        return;
    }
    azb_errand_param_value(&params, "etag", etag);
    azb_errand_param_str(&params, "match_condition", "IfNotModified");
    leftovers_send(left, "blob.delete_blob", DELETE_LIMIT_MS, &params, on_deleted);
}

static void count_block(unsigned block_i, uint64_t bytes, void *arg)
{
    (void)block_i, (void)bytes;
    ++*(unsigned *)arg;
}

static void on_listed(const msgpack_object *result, const struct azb_error *err, void *arg)
{
    struct leftovers *left = arg;
    struct azb_errand_params params = {0};
    unsigned n_ours = 0;

    if (err != NULL || azb_upload_id_find(&left->id, result, count_block, &n_ours) > 0 ||
        n_ours == 0) {
        leftovers_free(left);
        return;
    }
    azb_errand_param_str(&params, "data", "");
    leftovers_send(left, "blob.upload_blob", LIMIT_MS, &params, on_written);
}

static char *argument(const struct azb_call *call, const char *name)
{
    const char *text = "";
    size_t n = 0;

    azb_value_bytes(azb_args_get(&call->args, name), &text, &n);
    return strndup(text, n);
}

void azb_leftovers_remove(struct azb_call *call, const struct azb_upload_id *id)
{
    struct azb_errand_params params = {0};
    struct leftovers *left;

    if (azb_denial_is_sure(call->account, AZB_ACCESS_DELETE)) /* the empty blob would stay */
        return;
    left = calloc(1, sizeof(*left));
    if (left == NULL)
        return;
    left->engine = call->engine;
    left->account = azb_account_ref(call->account);
    left->id = *id;
    left->container = argument(call, "container");
    left->blob = argument(call, "blob");
    if (left->container == NULL || left->blob == NULL) {
        leftovers_free(left);
        return;
    }
    azb_errand_param_str(&params, "block_list_type", "uncommitted");
    leftovers_send(left, "blob.get_block_list", LIMIT_MS, &params, on_listed);
}
