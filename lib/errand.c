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
    azb_errand_cb *done_cb;
    void *done_arg;
};

msgpack_packer azb_errand_param(struct azb_errand_params *params, const char *name)
{
    msgpack_packer pk;

    if (params->n++ == 0) {
        params->buf.is_secret = true; /* a source's URL may have a SAS */
        params->start = azb_pack_map_begin(&params->buf);
    }
    azb_buf_packer(&pk, &params->buf);
    azb_pack_str(&pk, name);
    return pk;
}

void azb_errand_param_str(struct azb_errand_params *params, const char *name, const char *value)
{
    msgpack_packer pk = azb_errand_param(params, name);

    azb_pack_str(&pk, value);
}

void azb_errand_param_int(struct azb_errand_params *params, const char *name, int64_t value)
{
    msgpack_packer pk = azb_errand_param(params, name);

    msgpack_pack_int64(&pk, value);
}

void azb_errand_param_true(struct azb_errand_params *params, const char *name)
{
    msgpack_packer pk = azb_errand_param(params, name);

    msgpack_pack_true(&pk);
}

void azb_errand_param_value(struct azb_errand_params *params, const char *name,
                            const msgpack_object *value)
{
    if (value != NULL) {
        msgpack_packer pk = azb_errand_param(params, name);

        msgpack_pack_object(&pk, *value);
    }
}

void azb_errand_params_from(struct azb_errand_params *params, const struct azb_call *call,
                            const char *const *names)
{
    for (; *names != NULL; names++)
        azb_errand_param_value(params, *names, azb_args_get(&call->args, *names));
}

struct azb_errand_params azb_errand_params_copy(const struct azb_errand_params *params)
{
    struct azb_errand_params copy = {
        .buf.is_secret = true, .start = params->start, .n = params->n};

    azb_buf_append(&copy.buf, params->buf.data, params->buf.len);
    copy.buf.failed = copy.buf.failed || params->buf.failed;
    return copy;
}

static void errand_free(struct azb_errand *errand)
{
    msgpack_unpacked_destroy(&errand->params);
    azb_buf_clear(&errand->params_bytes);
    free(errand);
}

/* Decode what was packed. Nothing packed is nil. */
static int read_packed(const struct azb_buf *packed, msgpack_unpacked *ret,
                       struct azb_error *err)
{
    msgpack_unpacked_init(ret);
    if (packed->len == 0 && !packed->failed)
        return 0;
    if (packed->failed || msgpack_unpack_next(ret, (const char *)packed->data, packed->len,
                                              NULL) != MSGPACK_UNPACK_SUCCESS)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an errand");
    return 0;
}

static void errand_tell(struct azb_errand *errand, const struct azb_call *call,
                        const struct azb_error *err)
{
    struct azb_error unread = {0};
    msgpack_unpacked result;

    if (read_packed(&call->result, &result, &unread) < 0 && err == NULL)
        err = &unread;
    errand->done_cb(&result.data, err, errand->done_arg);
    msgpack_unpacked_destroy(&result);
}

static void on_done(struct azb_call *call, const struct azb_error *err, void *arg)
{
    struct azb_errand *errand = arg;
    struct azb_engine *engine = errand->engine;

    if (errand->done_cb != NULL)
        errand_tell(errand, call, err);
    TAILQ_REMOVE(&engine->errands, errand, entry);
    errand_free(errand);
    if (TAILQ_EMPTY(&engine->errands) && engine->idle_cb != NULL)
        engine->idle_cb(engine->idle_arg);
}

int azb_errand_start(struct azb_engine *engine, const struct azb_errand_setup *setup,
                     struct azb_errand **ret, struct azb_error *err)
{
    struct azb_errand *errand = calloc(1, sizeof(*errand));
    struct azb_buf params_bytes = setup->params.buf;
    struct azb_call_setup call_setup = {
        .method = azb_registry_find(engine->registry, setup->method, strlen(setup->method)),
        .account = setup->account,
        .flow = setup->flow != NULL ? setup->flow : engine->own_flow,
        .sink = setup->sink,
        .fd = -1,
    };

    if (setup->params.n > 0)
        azb_pack_map_end(&params_bytes, setup->params.start, setup->params.n);
    if (errand == NULL) {
        azb_buf_clear(&params_bytes);
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an errand");
    }
    errand->engine = engine;
    errand->done_cb = setup->done_cb;
    errand->done_arg = setup->done_arg;
    errand->params_bytes = params_bytes;
    if (read_packed(&errand->params_bytes, &errand->params, err) < 0)
        goto fail;
    call_setup.params = azb_value_map(&errand->params.data);
    if (azb_call_new(engine, &call_setup, &errand->call, err) < 0)
        goto fail;
    TAILQ_INSERT_TAIL(&engine->errands, errand, entry);
    if (setup->delay_ms > 0)
        azb_call_start_later(errand->call, setup->delay_ms, on_done, errand);
    else
        azb_call_start(errand->call, on_done, errand);
    if (ret != NULL)
        *ret = errand;
    return 0;
fail:
    errand_free(errand);
    return -1;
}

void azb_errand_drop(struct azb_errand *errand)
{
    if (errand == NULL)
        return;
    errand->done_cb = NULL;
    azb_call_cancel(errand->call, NULL);
}

void azb_errands_cancel(struct azb_engine *engine)
{
    struct azb_errand *errand;

    TAILQ_FOREACH (errand, &engine->errands, entry)
        azb_call_cancel(errand->call, NULL);
}
