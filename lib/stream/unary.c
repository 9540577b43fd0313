/*
 * unary.c: one request, one result.
 */
#include <stdio.h>
#include <string.h>

#include "lib/body.h"
#include "proto/base64.h"
#include "lib/op.h"
#include "lib/stream/copy_wait.h"
#include "lib/stream/lookup.h"

enum {
    MD5_BYTES = 16,
};

struct unary {
    struct azb_op op;
    struct azb_lookup *lookup; /* whether we were it; NULL: nobody asked */
    struct azb_body body;
    char
        md5[AZB_BASE64_CHARS(MD5_BYTES) + 1]; /* of the body, for the service to check; or "" */
    struct azb_error refusal;   /* what it is, unless it turns out that we made it */
    struct azb_copy_wait *copy; /* that the answer waits for, or NULL */
    struct azb_decoder *copied; /* what the copy's beginning was answered with */
};

static void unary_emit(struct azb_call *call, struct azb_decoder *decoder)
{
    azb_decoder_emit(decoder, azb_call_param, call, &call->result);
    if (call->result.failed)
        azb_call_finish(call, &(struct azb_error){.what = AZB_ERR_NO_MEMORY});
    else
        azb_call_finish(call, NULL);
}

static void on_copied(struct azb_call *call, const struct azb_error *err)
{
    static const char success[] = "success";
    struct unary *unary = call->driver_state;
    struct azb_error no_memory = {0};

    if (err == NULL && azb_decoder_set_str(unary->copied, "copy_status", success,
                                           strlen(success), &no_memory) < 0)
        err = &no_memory;
    if (err != NULL)
        azb_call_finish(call, err);
    else
        unary_emit(call, unary->copied);
}

/* A copy that goes on after its answer, of a caller who waits for its end. */
static bool unary_waits(struct azb_call *call, struct azb_decoder *decoder)
{
    struct unary *unary = call->driver_state;
    const char *status, *id;
    size_t status_n, id_n;

    if (!azb_args_bool(&call->args, "wait", false))
        return false;
    status = azb_decoder_get_bytes(decoder, "copy_status", &status_n);
    id = azb_decoder_get_bytes(decoder, "copy_id", &id_n);
    if (status == NULL || id == NULL || strncmp(status, "pending", status_n) != 0)
        return false;
    id = azb_arena_strndup(call->arena, id, id_n);
    unary->copy = azb_arena_zalloc(call->arena, sizeof(*unary->copy));
    if (id == NULL || unary->copy == NULL) {
        azb_call_finish(call, &(struct azb_error){.what = AZB_ERR_NO_MEMORY});
        return true;
    }
    unary->copied = decoder;
    azb_copy_wait_start(unary->copy, call, id, on_copied);
    return true;
}

static void unary_result(struct azb_call *call, struct azb_decoder *decoder)
{
    if (!unary_waits(call, decoder))
        unary_emit(call, decoder);
}

static void finish_bool(struct azb_call *call, bool answer)
{
    msgpack_packer pk;

    azb_buf_packer(&pk, &call->result);
    answer ? msgpack_pack_true(&pk) : msgpack_pack_false(&pk);
    azb_call_finish(call, NULL);
}

static int on_build(struct azb_op *op, const struct azb_location *location,
                    struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct unary *unary = call->driver_state;

    if (azb_request_build(&op->req, &call->args, location, call->account->is_https,
                          &call->engine->scratch, err) < 0)
        return -1;
    if (unary->body.content_type != NULL &&
        azb_request_header(&op->req, "Content-Type", unary->body.content_type, err) < 0)
        return -1;
    if (unary->md5[0] != '\0')
        return azb_request_header(&op->req, "Content-MD5", unary->md5, err);
    return 0;
}

static void on_done(struct azb_op *op, const struct azb_error *err)
{
    struct azb_call *call = op->call;

    if (call->method->row->kind == AZB_KIND_EXISTS) {
        if (err == NULL)
            finish_bool(call, true);
        else if (err->status == 404)
            finish_bool(call, false);
        else if (strcmp(err->code, "BlobUsesCustomerSpecifiedEncryption") == 0)
            finish_bool(call, true); /* it needs a key to be read, so it is there */
        else
            azb_call_finish(call, err);
    } else if (err != NULL) {
        azb_call_finish(call, err);
    } else {
        unary_result(call, op->decoder);
    }
}

/* The call was refused, perhaps by what its own first attempt did; nobody can tell. */
static void finish_unknown(struct azb_call *call)
{
    const struct azb_error *refusal = &((struct unary *)call->driver_state)->refusal;
    struct azb_error err = *refusal;

    snprintf(
        err.message, sizeof(err.message),
        "an earlier attempt of this call may have done it, and whether it did could not be "
        "found out; the last one was answered: %.300s",
        refusal->message);
    azb_call_finish(call, &err);
}

static void on_lookup(struct azb_call *call, bool is_ours, struct azb_decoder *decoder)
{
    struct unary *unary = call->driver_state;

    if (is_ours)
        unary_result(call, decoder);
    else if (unary->lookup->bytes != NULL && unary->lookup->is_denied)
        finish_unknown(call);
    else
        azb_call_finish(call, &unary->refusal);
}

/* Refused, after an append at a position that may have been carried out: the bytes that stand
 * there tell, if we have them. Those of a structured message are not what is stored. */
static bool look_at_bytes(struct azb_call *call)
{
    struct unary *unary = call->driver_state;
    int64_t offset = azb_args_int(&call->args, call->method->row->safe_with, 0);

    if (unary->op.body_bytes > 0 && azb_args_get(&call->args, "structured_body") == NULL)
        unary->lookup =
            azb_lookup_start_bytes(call, call->method->lookup, offset, unary->op.body,
                                   (size_t)unary->op.body_bytes, on_lookup);
    if (unary->lookup == NULL)
        finish_unknown(call);
    return true;
}

/* Gone already, after a deletion that may have been ours: it is what was wanted. There already,
 * after a creation that may have been ours: look. */
static bool on_refused(struct azb_op *op, const struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct unary *unary = call->driver_state;

    if (strcmp(call->method->row->verb, "DELETE") == 0) {
        if (err->what != AZB_ERR_NOT_FOUND && strcmp(err->code, "ContainerBeingDeleted") != 0)
            return false;
        unary_result(call, op->decoder);
        return true;
    }
    unary->refusal = *err;
    if (call->method->lookup != NULL && call->method->lookup->row->kind == AZB_KIND_DOWNLOAD)
        return look_at_bytes(call);
    unary->lookup = azb_lookup_start(call, -1, NULL, on_lookup);
    return unary->lookup != NULL;
}

/* The request's body, from the parameters, and its hash if that was asked for. */
static int unary_make_body(struct azb_call *call, struct azb_error *err)
{
    struct unary *unary = call->driver_state;
    struct azb_body *body = &unary->body;
    unsigned char md5[MD5_BYTES];

    if (azb_body_from_args(&call->args, call->arena, &call->engine->scratch, body, err) < 0)
        return -1;
    if (body->content_type == NULL)
        return 0;
    unary->op.body = body->bytes;
    unary->op.body_bytes = (int64_t)body->n;
    if (!azb_args_bool(&call->args, "validate_content", false))
        return 0;
    if (EVP_Digest(body->bytes, body->n, md5, NULL, call->engine->md5, NULL) != 1)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an MD5");
    azb_base64_encode(md5, sizeof(md5), unary->md5);
    return 0;
}

static int unary_start(struct azb_call *call, struct azb_error *err)
{
    static const struct azb_op_hooks hooks = {
        .build = on_build, .refused = on_refused, .done = on_done};
    struct unary *unary = azb_arena_zalloc(call->arena, sizeof(*unary));
    struct azb_decoder *decoder = NULL;

    call->driver_state = unary;
    if (unary != NULL && call->method->shape != NULL)
        decoder = azb_decoder_new(call->method->shape, NULL, NULL);
    if (unary == NULL || (decoder == NULL && call->method->shape != NULL))
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a call");
    azb_op_init(&unary->op, call, call->method, &hooks, decoder);
    if (unary_make_body(call, err) < 0)
        return -1;
    return azb_op_start(&unary->op, err);
}

static bool is_given_up(const struct azb_call *call)
{
    return call->err.what == AZB_ERR_CANCELLED || call->err.what == AZB_ERR_DEADLINE;
}

static void unary_stop(struct azb_call *call)
{
    struct unary *unary = call->driver_state;

    if (unary == NULL)
        return;
    if ((unary->op.is_doubtful || unary->op.attempt.n_sends > 0) && unary->copy == NULL &&
        is_given_up(call) && azb_args_bool(&call->args, "wait", false))
        azb_copy_abandon(call);
    azb_op_clear(&unary->op);
    azb_lookup_stop(unary->lookup);
    if (unary->copy != NULL)
        azb_copy_wait_stop(unary->copy);
}

const struct azb_driver azb_unary_driver = {
    .start = unary_start,
    .stop = unary_stop,
};
