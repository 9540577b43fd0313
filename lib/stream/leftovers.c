/*
 * leftovers.c: three errands, one after the other: look, write, delete.
 */
#include "lib/stream/leftovers.h"

#include <stdlib.h>
#include <string.h>

#include "lib/errand.h"
#include "proto/value.h"

enum {
    LIMIT_MS = 5000, /* for each errand */
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

static void pack_pair(msgpack_packer *pk, const char *name, const char *value)
{
    azb_pack_str(pk, name);
    azb_pack_str(pk, value);
}

/* The names, the limits, and two or no parameters more. The errand has done_cb, or left goes.
 */
static void leftovers_send(struct leftovers *left, const char *method,
                           const char *const extra[4], azb_call_done_cb *done_cb)
{
    struct azb_buf params = {0};
    struct azb_error err = {0};
    msgpack_packer pk;

    azb_buf_packer(&pk, &params);
    msgpack_pack_map(&pk, 6);
    pack_pair(&pk, "container", left->container);
    pack_pair(&pk, "blob", left->blob);
    azb_pack_str(&pk, "deadline_ms");
    msgpack_pack_int(&pk, LIMIT_MS);
    azb_pack_str(&pk, "retry_total");
    msgpack_pack_int(&pk, 1);
    pack_pair(&pk, extra[0], extra[1]);
    pack_pair(&pk, extra[2], extra[3]);
    if (azb_errand_start(left->engine, left->account, method, &params, done_cb, left, &err) < 0)
        leftovers_free(left);
}

static void on_deleted(struct azb_call *call, const struct azb_error *err, void *arg)
{
    (void)call, (void)err;
    leftovers_free(arg);
}

static void on_written(struct azb_call *call, const struct azb_error *err, void *arg)
{
    struct leftovers *left = arg;
    msgpack_unpacked result;
    char etag[128];

    msgpack_unpacked_init(&result);
    if (err == NULL &&
        msgpack_unpack_next(&result, (const char *)call->result.data, call->result.len, NULL) ==
            MSGPACK_UNPACK_SUCCESS &&
        azb_value_copy(azb_map_find(azb_value_map(&result.data), "etag"), etag, sizeof(etag)))
        leftovers_send(left, "blob.delete_blob",
                       (const char *const[]){"match_condition", "IfNotModified", "etag", etag},
                       on_deleted);
    else
        leftovers_free(left);
    msgpack_unpacked_destroy(&result);
}

static void count_block(unsigned block_i, uint64_t bytes, void *arg)
{
    (void)block_i, (void)bytes;
    ++*(unsigned *)arg;
}

static void on_listed(struct azb_call *call, const struct azb_error *err, void *arg)
{
    struct leftovers *left = arg;
    unsigned n_ours = 0;

    if (err == NULL &&
        azb_upload_id_find(&left->id, &call->result, count_block, &n_ours) == 0 && n_ours > 0)
        leftovers_send(left, "blob.upload_blob",
                       (const char *const[]){"data", "", "blob_type", "BlockBlob"}, on_written);
    else
        leftovers_free(left);
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
    struct leftovers *left = calloc(1, sizeof(*left));

    if (left == NULL)
        return;
    left->engine = call->engine;
    left->account = azb_account_ref(call->account);
    left->id = *id;
    left->container = argument(call, "container");
    left->blob = argument(call, "blob");
    if (left->container == NULL || left->blob == NULL)
        leftovers_free(left);
    else
        leftovers_send(
            left, "blob.get_block_list",
            (const char *const[]){"block_list_type", "uncommitted", "priority", "bulk"},
            on_listed);
}
