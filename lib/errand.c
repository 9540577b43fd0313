/*
 * errand.c: a call with its own memory for what it was given.
 */
#include "lib/errand.h"

#include <stdlib.h>
#include <string.h>

#include "proto/value.h"

struct azb_errand {
    TAILQ_ENTRY(azb_errand) entry;
    struct azb_engine *engine;
    struct azb_buf params_bytes;
    msgpack_unpacked params;
    struct azb_call *call;
    azb_call_done_cb *done_cb;
    void *done_arg;
};

static void errand_free(struct azb_errand *errand)
{
    msgpack_unpacked_destroy(&errand->params);
    azb_buf_clear(&errand->params_bytes);
    free(errand);
}

static void on_done(struct azb_call *call, const struct azb_error *err, void *arg)
{
    struct azb_errand *errand = arg;
    struct azb_engine *engine = errand->engine;

    if (errand->done_cb != NULL)
        errand->done_cb(call, err, errand->done_arg);
    TAILQ_REMOVE(&engine->errands, errand, entry);
    errand_free(errand);
    if (TAILQ_EMPTY(&engine->errands) && engine->idle_cb != NULL)
        engine->idle_cb(engine->idle_arg);
}

static int errand_read_params(struct azb_errand *errand, struct azb_error *err)
{
    const struct azb_buf *bytes = &errand->params_bytes;

    if (bytes->len == 0 && !bytes->failed)
        return 0;
    if (bytes->failed || msgpack_unpack_next(&errand->params, (const char *)bytes->data,
                                             bytes->len, NULL) != MSGPACK_UNPACK_SUCCESS)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an errand");
    return 0;
}

int azb_errand_start(struct azb_engine *engine, struct azb_account *account, const char *method,
                     struct azb_buf *params, azb_call_done_cb *done_cb, void *done_arg,
                     struct azb_error *err)
{
    struct azb_errand *errand = calloc(1, sizeof(*errand));
    struct azb_call_setup setup = {
        .method = azb_registry_find(engine->registry, method, strlen(method)),
        .account = account,
        .flow = engine->own_flow,
        .fd = -1,
    };

    if (errand == NULL) {
        if (params != NULL)
            azb_buf_clear(params);
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an errand");
    }
    errand->engine = engine;
    errand->done_cb = done_cb;
    errand->done_arg = done_arg;
    msgpack_unpacked_init(&errand->params);
    if (params != NULL) {
        errand->params_bytes = *params;
        *params = (struct azb_buf){0};
    }
    if (errand_read_params(errand, err) < 0) {
        errand_free(errand);
        return -1;
    }
    setup.params = azb_value_map(&errand->params.data);
    if (azb_call_new(engine, &setup, &errand->call, err) < 0) {
        errand_free(errand);
        return -1;
    }
    TAILQ_INSERT_TAIL(&engine->errands, errand, entry);
    azb_call_start(errand->call, on_done, errand);
    return 0;
}

void azb_errands_cancel(struct azb_engine *engine)
{
    struct azb_errand *errand;

    TAILQ_FOREACH (errand, &engine->errands, entry)
        azb_call_cancel(errand->call, NULL);
}
