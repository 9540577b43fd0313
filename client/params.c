/*
 * params.c: maps and lists that are built, in MessagePack from the first value on. How many
 * entries a map has is known at its end, so each head has room for any count.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/library.h"

enum {
    HEAD_BYTES = 5, /* of a map or list with a 32-bit count */
    MAP32 = 0xdf,
    LIST32 = 0xdd,
};

struct azblob_params *azblob_params_new(void)
{
    struct azblob_params *params = calloc(1, sizeof(*params));

    if (params != NULL)
        params->packed.is_secret = true; /* there may be a credential */
    return params;
}

struct azblob_params *azblob_params_new_list(void)
{
    struct azblob_params *params = azblob_params_new();

    if (params != NULL)
        params->is_list = true;
    return params;
}

void azblob_params_free(struct azblob_params *params)
{
    if (params == NULL)
        return;
    azb_buf_clear(&params->packed);
    free(params);
}

/* Begin an entry: its value is packed with what is returned. */
static msgpack_packer params_entry(struct azblob_params *params, const char *name)
{
    bool is_list =
        params->depth > 0 ? params->open[params->depth - 1].is_list : params->is_list;
    size_t *n = params->depth > 0 ? &params->open[params->depth - 1].n : &params->n;
    msgpack_packer pk;

    ++*n;
    azb_buf_packer(&pk, &params->packed);
    if (!is_list && name == NULL)
        params->wrong = "a value in a map needs a name";
    else if (!is_list)
        azb_pack_str(&pk, name);
    return pk;
}

void azblob_params_str(struct azblob_params *params, const char *name, const char *value)
{
    msgpack_packer pk = params_entry(params, name);

    if (value != NULL)
        azb_pack_str(&pk, value);
    else
        msgpack_pack_nil(&pk);
}

void azblob_params_int(struct azblob_params *params, const char *name, int64_t value)
{
    msgpack_packer pk = params_entry(params, name);

    msgpack_pack_int64(&pk, value);
}

void azblob_params_bool(struct azblob_params *params, const char *name, int value)
{
    msgpack_packer pk = params_entry(params, name);

    value ? msgpack_pack_true(&pk) : msgpack_pack_false(&pk);
}

void azblob_params_bytes(struct azblob_params *params, const char *name, const void *bytes,
                         size_t n)
{
    msgpack_packer pk = params_entry(params, name);

    azb_pack_bin(&pk, bytes, n);
}

void azblob_params_time(struct azblob_params *params, const char *name, int64_t seconds)
{
    azblob_params_int(params, name, seconds); /* which is what the protocol takes as well */
}

static void put_head(unsigned char *head, bool is_list, size_t n)
{
    head[0] = is_list ? LIST32 : MAP32;
    for (int i = 1; i < HEAD_BYTES; i++)
        head[i] = (unsigned char)(n >> 8 * (HEAD_BYTES - 1 - i));
}

static void params_begin(struct azblob_params *params, const char *name, bool is_list)
{
    unsigned char head[HEAD_BYTES] = {0};

    params_entry(params, name);
    if (params->depth == AZB_PARAMS_DEPTH) {
        params->wrong = "maps and lists are too deep inside each other";
        return;
    }
    params->open[params->depth].start = params->packed.len;
    params->open[params->depth].n = 0;
    params->open[params->depth++].is_list = is_list;
    azb_buf_append(&params->packed, head, sizeof(head));
}

void azblob_params_begin_map(struct azblob_params *params, const char *name)
{
    params_begin(params, name, false);
}

void azblob_params_begin_list(struct azblob_params *params, const char *name)
{
    params_begin(params, name, true);
}

void azblob_params_end(struct azblob_params *params)
{
    if (params->depth == 0) {
        params->wrong = "an end without its begin";
        return;
    }
    params->depth--;
    if (!params->packed.failed)
        put_head(params->packed.data + params->open[params->depth].start,
                 params->open[params->depth].is_list, params->open[params->depth].n);
}

int azb_params_check(const struct azblob_params *params, struct azb_error *err)
{
    const char *wrong = params->wrong;

    if (wrong == NULL && params->depth > 0)
        wrong = "a begin without its end";
    if (wrong != NULL)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "parameters: %s", wrong);
    if (params->packed.failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "parameters");
    return 0;
}

void azb_params_value(struct azblob_params *params, const char *name,
                      const struct azblob_params *value)
{
    unsigned char head[HEAD_BYTES];
    struct azb_error err;

    if (value == NULL)
        return;
    if (value->packed.failed)
        params->packed.failed = true;
    else if (azb_params_check(value, &err) < 0)
        params->wrong = value->wrong != NULL ? value->wrong : "a part is not complete";
    params_entry(params, name);
    put_head(head, value->is_list, value->n);
    azb_buf_append(&params->packed, head, sizeof(head));
    azb_buf_append(&params->packed, value->packed.data, value->packed.len);
}
