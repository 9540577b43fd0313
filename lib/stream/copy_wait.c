/*
 * copy_wait.c: Copy Blob answers `pending`; Get Blob Properties tells the rest.
 */
#include "lib/stream/copy_wait.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "proto/value.h"

enum {
    FIRST_DELAY_MS = 100,
    LAST_DELAY_MS = 5000,
};

static const char *const target_params[] = {"container", "blob", "timeout", NULL};

static void wait_a_while(struct azb_copy_wait *wait)
{
    struct timeval delay = {wait->delay_ms / 1000, wait->delay_ms % 1000 * 1000};

    event_add(&wait->timer, &delay);
    wait->delay_ms += wait->delay_ms / 2;
    if (wait->delay_ms > LAST_DELAY_MS)
        wait->delay_ms = LAST_DELAY_MS;
}

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
        wait_a_while(wait);
    } else {
        copy_failed(copy, &failed);
        wait_finish(wait, &failed);
    }
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct azb_copy_wait *wait = arg;
    struct azb_call *call = wait->call;
    struct azb_errand_setup setup = {
        .method = "blob.get_blob_properties",
        .account = call->account,
        .flow = call->flow,
        .done_cb = on_properties,
        .done_arg = wait,
    };
    struct azb_error err = {0};

    (void)fd, (void)what;
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
    evtimer_assign(&wait->timer, call->engine->base, on_timer, wait);
    wait_a_while(wait);
}

static void abort_copy(struct azb_copy_wait *wait)
{
    struct azb_call *call = wait->call;
    struct azb_errand_setup setup = {.method = "blob.abort_copy", .account = call->account};

    azb_errand_params_from(&setup.params, call, target_params);
    azb_errand_param_value(&setup.params, "lease",
                           azb_args_get(&call->args, "destination_lease"));
    azb_errand_param_str(&setup.params, "copy_id", wait->copy_id);
    azb_errand_start(call->engine, &setup, NULL, NULL);
}

void azb_copy_wait_stop(struct azb_copy_wait *wait)
{
    if (wait->call == NULL)
        return;
    event_del(&wait->timer);
    azb_errand_drop(wait->errand);
    wait->errand = NULL;
    if (wait->is_pending)
        abort_copy(wait);
    wait->is_pending = false;
}
