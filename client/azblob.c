/*
 * azblob.c: the library's public surface, a thin skin over connection.c. An azblob_error is a
 * struct azb_error seen from outside, where it is opaque.
 */
#include "client/azblob.h"

#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "client/connection.h"

static struct azb_error *inner(struct azblob_error *err)
{
    return (struct azb_error *)err;
}

int azblob_connect(const struct azblob_options *options, struct azblob_connection **ret,
                   struct azblob_error *err)
{
    struct azblob_options mine = AZBLOB_OPTIONS_INIT;

    if (options != NULL)
        memcpy(&mine, options,
               options->struct_bytes < sizeof(mine) ? options->struct_bytes : sizeof(mine));
    return azb_connection_open(&mine, ret, inner(err));
}

void azblob_close(struct azblob_connection *connection)
{
    azb_connection_free(connection);
}

int azblob_call(struct azblob_connection *connection, const char *method,
                const msgpack_object *params, const msgpack_object **ret,
                struct azblob_error *err)
{
    return azblob_call_with(connection, method, params, NULL, ret, err);
}

int azblob_call_with(struct azblob_connection *connection, const char *method,
                     const msgpack_object *params, const struct azblob_call_options *options,
                     const msgpack_object **ret, struct azblob_error *err)
{
    struct azblob_call_options mine = AZBLOB_CALL_OPTIONS_INIT;
    struct azb_client_call call = {0};

    if (params != NULL && params->type != MSGPACK_OBJECT_MAP)
        return azb_error_set(inner(err), AZB_ERR_WRONG_TYPE, "%s: parameters are one map",
                             method);
    if (options != NULL)
        memcpy(&mine, options,
               options->struct_bytes < sizeof(mine) ? options->struct_bytes : sizeof(mine));
    call.on_item = mine.on_item;
    call.on_data = mine.on_data;
    call.arg = mine.arg;
    azb_call_begin(connection, &call, method);
    if (params != NULL)
        azb_call_params(&call, &params->via.map);
    if (mine.on_item != NULL || mine.on_data != NULL)
        azb_call_bool(&call, "stream", true);
    if (mine.fd >= 0)
        azb_call_bool(&call, "fd", true);
    if (azb_call_send(&call, mine.fd, inner(err)) < 0 || azb_call_wait(&call, inner(err)) < 0)
        return -1;
    if (ret != NULL)
        *ret = call.result;
    return 0;
}

struct azblob_error *azblob_error_new(void)
{
    return calloc(1, sizeof(struct azb_error));
}

void azblob_error_free(struct azblob_error *err)
{
    free(err);
}

/* One accessor for each field: T azblob_error_FIELD(err). */
static const struct azb_error no_error;

static const struct azb_error *readable(const struct azblob_error *err)
{
    return err != NULL ? (const struct azb_error *)err : &no_error;
}

#define ERROR_FIELD(type, field)                              \
    type azblob_error_##field(const struct azblob_error *err) \
    {                                                         \
        return readable(err)->field;                          \
    }

ERROR_FIELD(const char *, code)
ERROR_FIELD(const char *, message)
ERROR_FIELD(const char *, request_id)
ERROR_FIELD(const char *, client_request_id)
ERROR_FIELD(const char *, operation)
ERROR_FIELD(const char *, target)
ERROR_FIELD(int, status)
ERROR_FIELD(unsigned, attempts)
ERROR_FIELD(int, retryable)

const char *azblob_error_kind(const struct azblob_error *err)
{
    return azb_error_kind(readable(err)->what);
}

const char *azblob_version(void)
{
    return AZB_VERSION;
}
