/*
 * copy_wait.c: Copy Blob answers `pending`; Get Blob Properties tells the rest.
 */
#include "lib/stream/copy_wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/value.h"

enum {
    FIRST_DELAY_MS = 100,
    LAST_DELAY_MS = 5000,
    MAX_LOOKS = 8,        /* for a copy that may not have begun yet */
    ABANDONED_MS = 10000, /* for each of them, and for the abort */
};

static const char *const target_params[] = {"container", "blob", "timeout", NULL};

/* The next delay after this one. */
static unsigned longer(unsigned delay_ms)
{
    return delay_ms + delay_ms / 2 < LAST_DELAY_MS ? delay_ms + delay_ms / 2 : LAST_DELAY_MS;
}

static void ask_later(struct azb_copy_wait *wait);

static void wait_finish(struct azb_copy_wait *wait, const struct azb_error *err)
{
    wait->is_pending = false;
    wait->cb(wait->call, err);
}

/* "123/456" */
static void tell_progress(struct azb_call *call, const msgpack_object *text)
{
    unsigned long long bytes, total;
    char room[48];

    if (azb_value_copy(text, room, sizeof(room)) &&
        sscanf(room, "%19llu/%19llu", &bytes, &total) == 2)
        azb_call_progress(call, bytes, total);
}

static void copy_failed(const msgpack_object_map *copy, struct azb_error *err)
{
    char status[16] = "", why[256] = "";

    azb_value_copy(azb_map_find(copy, "status"), status, sizeof(status));
    azb_value_copy(azb_map_find(copy, "status_description"), why, sizeof(why));
    azb_error_set(err, AZB_ERR_COPY_FAILED, "the copy ended as '%s'%s%s", status,
                  why[0] != '\0' ? ": " : "", why);
}

static void on_properties(const msgpack_object *result, const struct azb_error *err, void *arg)
{
    struct azb_copy_wait *wait = arg;
    const msgpack_object_map *properties = azb_value_map(result);
    const msgpack_object_map *copy =
        properties != NULL ? azb_value_map(azb_map_find(properties, "copy")) : NULL;
    struct azb_error failed = {0};

    wait->errand = NULL;
    if (err != NULL) {
        wait_finish(wait, err);
    } else if (copy == NULL || !azb_value_is(azb_map_find(copy, "id"), wait->copy_id)) {
        azb_error_set(&failed, AZB_ERR_COPY_FAILED,
                      "the target was overwritten by somebody else during the copy");
        wait_finish(wait, &failed);
    } else if (azb_value_is(azb_map_find(copy, "status"), "success")) {
        wait_finish(wait, NULL);
    } else if (azb_value_is(azb_map_find(copy, "status"), "pending")) {
        tell_progress(wait->call, azb_map_find(copy, "progress"));
        ask_later(wait);
    } else {
        copy_failed(copy, &failed);
        wait_finish(wait, &failed);
    }
}

static void ask_later(struct azb_copy_wait *wait)
{
    struct azb_call *call = wait->call;
    struct azb_errand_setup setup = {
        .method = "blob.get_blob_properties",
        .account = call->account,
        .flow = call->flow,
        .delay_ms = wait->delay_ms,
        .done_cb = on_properties,
        .done_arg = wait,
    };
    struct azb_error err = {0};

    wait->delay_ms = longer(wait->delay_ms);
    azb_errand_params_from(&setup.params, call, target_params);
    if (azb_errand_start(call->engine, &setup, &wait->errand, &err) < 0)
        wait_finish(wait, &err);
}

void azb_copy_wait_start(struct azb_copy_wait *wait, struct azb_call *call, const char *copy_id,
                         azb_copy_wait_cb *cb)
{
    wait->call = call;
    wait->cb = cb;
    wait->is_pending = true;
    wait->delay_ms = FIRST_DELAY_MS;
    snprintf(wait->copy_id, sizeof(wait->copy_id), "%s", copy_id);
    ask_later(wait);
}

/* ---- giving up ---- */

/* Where the copy goes. */
static struct azb_errand_params target_of(const struct azb_call *call)
{
    struct azb_errand_params params = {0};

    azb_errand_params_from(&params, call, target_params);
    azb_errand_param_value(&params, "lease", azb_args_get(&call->args, "destination_lease"));
    return params;
}

/* params are taken. */
static void abort_copy(struct azb_engine *engine, struct azb_account *account,
                       struct azb_errand_params params, const char *copy_id)
{
    struct azb_errand_setup setup = {
        .method = "blob.abort_copy", .account = account, .params = params};

    azb_errand_param_str(&setup.params, "copy_id", copy_id);
    azb_errand_start(engine, &setup, NULL, NULL);
}

void azb_copy_wait_stop(struct azb_copy_wait *wait)
{
    if (wait->call == NULL)
        return;
    azb_errand_drop(wait->errand);
    wait->errand = NULL;
    if (wait->is_pending)
        abort_copy(wait->call->engine, wait->call->account, target_of(wait->call),
                   wait->copy_id);
    wait->is_pending = false;
}

/* A copy that was given up before it was known whether it had begun. */
struct abandoned {
    struct azb_engine *engine;
    struct azb_account *account; /* a reference */
    struct azb_errand_params target;
    char *source; /* its URL, as far as the query */
    unsigned n_looks, delay_ms;
};

static void abandoned_free(struct abandoned *copy)
{
    azb_account_unref(copy->account);
    azb_buf_clear(&copy->target.buf);
    free(copy->source);
    free(copy);
}

static void abandoned_look(struct abandoned *copy);

/* A copy of another blob is not ours to end. */
static bool is_abandoned(const struct abandoned *copy, const msgpack_object_map *found)
{
    size_t n = 0, ours = strlen(copy->source);
    const char *source;

    return azb_value_bytes(azb_map_find(found, "source"), &source, &n) && n >= ours &&
           memcmp(source, copy->source, ours) == 0 && (n == ours || source[ours] == '?');
}

static void on_abandoned_seen(const msgpack_object *result, const struct azb_error *err,
                              void *arg)
{
    struct abandoned *copy = arg;
    const msgpack_object_map *properties = err == NULL ? azb_value_map(result) : NULL;
    const msgpack_object_map *found =
        properties != NULL ? azb_value_map(azb_map_find(properties, "copy")) : NULL;
    bool is_pending = found != NULL && azb_value_is(azb_map_find(found, "status"), "pending");
    bool is_ending = err != NULL && err->what == AZB_ERR_CANCELLED;
    char id[sizeof(((struct azb_copy_wait *)NULL)->copy_id)];

    if (!is_pending && !is_ending && copy->n_looks < MAX_LOOKS) {
        abandoned_look(copy);
        return;
    }
    if (is_pending && is_abandoned(copy, found) &&
        azb_value_copy(azb_map_find(found, "id"), id, sizeof(id)))
        abort_copy(copy->engine, copy->account, azb_errand_params_copy(&copy->target), id);
    abandoned_free(copy);
}

static void abandoned_look(struct abandoned *copy)
{
    struct azb_errand_setup setup = {.method = "blob.get_blob_properties",
                                     .account = copy->account,
                                     .params = azb_errand_params_copy(&copy->target),
                                     .delay_ms = copy->delay_ms,
                                     .done_cb = on_abandoned_seen,
                                     .done_arg = copy};

    copy->n_looks++;
    copy->delay_ms = longer(copy->delay_ms);
    if (azb_errand_start(copy->engine, &setup, NULL, NULL) < 0)
        abandoned_free(copy);
}

void azb_copy_abandon(struct azb_call *call)
{
    struct abandoned *copy = calloc(1, sizeof(*copy));
    const char *url = "";
    size_t n = 0;

    if (copy == NULL)
        return;
    azb_value_bytes(azb_args_get(&call->args, "source_url"), &url, &n);
    copy->engine = call->engine;
    copy->account = azb_account_ref(call->account);
    copy->delay_ms = FIRST_DELAY_MS;
    copy->target = target_of(call);
    azb_errand_param_int(&copy->target, "deadline_ms", ABANDONED_MS);
    copy->source = strndup(url, n);
    if (copy->source == NULL) {
        abandoned_free(copy);
        return;
    }
    copy->source[strcspn(copy->source, "?")] = '\0';
    abandoned_look(copy);
}
