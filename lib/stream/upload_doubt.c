/*
 * upload_doubt.c: a write was refused after an attempt whose answer was lost: was it we who
 * made what stands in the way? Each form leaves its own trace: a blob made of blocks lists
 * their ids, which nobody else has; what was appended can be read back; a blob of one request
 * has a size and an MD5, and was written since the call began.
 */
#include "lib/stream/upload.h"

#include <openssl/evp.h>
#include <string.h>

#include "proto/value.h"

/* ---- the blob without content, and the commit ---- */

static void on_lookup(struct azb_call *call, bool is_ours, struct azb_decoder *decoder)
{
    struct azb_upload *u = azb_upload_of(call);

    if (!is_ours)
        azb_upload_fail(call, &u->refusal);
    else if (u->phase == AZB_UPLOAD_CREATE)
        azb_upload_created(call, &u->lookup->op);
    else
        azb_upload_result(call, decoder);
}

static bool look_for(struct azb_call *call, uint64_t size, const unsigned char *md5)
{
    struct azb_upload *u = azb_upload_of(call);

    u->lookup = azb_lookup_start(call, (int64_t)size, md5, on_lookup);
    return u->lookup != NULL;
}

static bool go_and_prove(struct azb_call *call)
{
    struct azb_upload *u = azb_upload_of(call);

    azb_decoder_free(u->answer);
    u->answer = azb_decoder_new(call->method->shape, NULL, NULL);
    if (u->answer == NULL)
        return false;
    azb_upload_go(call, AZB_UPLOAD_PROVE);
    return true;
}

bool azb_upload_refused(struct azb_op *op, const struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct azb_upload *u = azb_upload_of(call);

    if (err->what == AZB_ERR_NOT_FOUND)
        return false;
    u->refusal = *err;
    if (u->phase == AZB_UPLOAD_COMMIT)
        return go_and_prove(call);
    return look_for(call, u->form == AZB_FORM_PAGES ? (uint64_t)u->input.length : 0, NULL);
}

static bool is_made_of_ours(struct azb_upload *u, const struct azb_op *op)
{
    msgpack_unpacked list;
    bool is_ours;

    msgpack_unpacked_init(&list);
    is_ours = azb_upload_read_list(u, op, &list) &&
              azb_upload_id_is_all(&u->id, &list.data, u->n_parts);
    msgpack_unpacked_destroy(&list);
    return is_ours;
}

void azb_upload_prove(struct azb_call *call, struct azb_op *op, const struct azb_error *err)
{
    struct azb_upload *u = azb_upload_of(call);

    if (err == NULL && is_made_of_ours(u, op))
        azb_upload_result(call, u->answer);
    else
        azb_upload_fail(call, &u->refusal);
}

/* ---- an append ---- */

/* The position is not the blob's end any more, or it has another ETag. Are these our bytes? */
static void on_append_lookup(struct azb_call *call, bool is_ours, struct azb_decoder *decoder)
{
    struct azb_upload *u = azb_upload_of(call);

    (void)decoder;
    if (!is_ours) {
        azb_call_finish(call, &u->refusal);
        return;
    }
    azb_upload_keep_answer(u, &u->lookup->op);
    azb_upload_sent(u->doubtful);
}

bool azb_upload_append_refused(struct azb_piece *piece, const struct azb_error *err)
{
    static const char reader[] = "blob.download_blob";
    struct azb_call *call = piece->op.call;
    struct azb_upload *u = azb_upload_of(call);
    const struct azb_method *method =
        azb_registry_find(call->engine->registry, reader, sizeof(reader) - 1);

    if (strcmp(err->code, "AppendPositionConditionNotMet") != 0 &&
        strcmp(err->code, "ConditionNotMet") != 0)
        return false;
    u->refusal = *err;
    u->doubtful = piece;
    azb_lookup_stop(u->lookup);
    u->lookup = azb_lookup_start_bytes(call, method, (int64_t)(u->position + piece->offset),
                                       piece->bytes, piece->n, on_append_lookup);
    return u->lookup != NULL;
}

/* ---- a blob of one request ---- */

static void md5_run(struct azb_io_job *job) /* in a thread */
{
    struct azb_piece *piece = azb_piece_of(job);

    EVP_Digest(piece->bytes, piece->n, piece->md5, NULL, piece->op.call->engine->md5, NULL);
}

static void md5_was_run(struct azb_io_job *job)
{
    struct azb_piece *piece = azb_piece_of(job);
    struct azb_call *call = piece->op.call;

    if (call->state != AZB_CALL_DONE && !look_for(call, piece->n, piece->md5))
        azb_upload_fail(call, &azb_upload_of(call)->refusal);
    azb_call_job_end(call); /* last: the call may go now */
}

/* What the caller gave for it, whether or not it is right. */
static bool look_for_given(struct azb_call *call, struct azb_piece *piece,
                           const msgpack_object *given)
{
    const char *md5;
    size_t n;

    if (!azb_value_bytes(given, &md5, &n) || n != sizeof(piece->md5))
        return false;
    memcpy(piece->md5, md5, n);
    return look_for(call, piece->n, piece->md5);
}

/* The service keeps an MD5 of what came in one request, unless the caller gave it one to keep.
 */
bool azb_upload_put_refused(struct azb_op *op, const struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct azb_piece *piece = (struct azb_piece *)op;
    const msgpack_object_map *settings =
        azb_value_map(azb_args_get(&call->args, "content_settings"));
    const msgpack_object *given = azb_map_find(settings, "content_md5");
    struct azb_error ignored = {0};

    if (err->what == AZB_ERR_NOT_FOUND)
        return false;
    azb_upload_of(call)->refusal = *err;
    if (given != NULL)
        return look_for_given(call, piece, given);
    piece->job.run = md5_run;
    piece->job.done = md5_was_run;
    if (azb_io_submit(call->engine->io, &piece->job, &ignored) < 0)
        return false;
    azb_call_job_begin(call);
    return true;
}
