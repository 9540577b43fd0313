/*
 * upload.c: a block blob from memory, a descriptor or $/data.
 *
 * What is in memory, or short enough to be gathered there, goes as one Put Blob, which can be
 * sent again as it stands. A regular file of up to max_single_put_bytes goes as one Put Blob
 * too, read while it is sent. All else goes in blocks, each gathered, sent and then forgotten,
 * and is committed at the end. Block ids are random for each upload, so that two writers of one
 * blob never mix.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/body.h"
#include "lib/codec/base64.h"
#include "lib/stream/input.h"
#include "lib/stream/lookup.h"
#include "proto/value.h"

enum {
    AHEAD_BLOCKS = 2, /* of a file that is read while it is sent */
    AHEAD_BYTES = 256 * 1024,
    FIRST_GATHER = 64 * 1024, /* a buffer begins so small and grows up to block_bytes */
    BLOCK_ID_BYTES = 16,
    UPLOAD_ID_BYTES = 12,
    MD5_BYTES = 16,
    MD5_CHARS = AZB_BASE64_CHARS(MD5_BYTES),
    MAX_BLOCKS = 50000,
};

enum phase {
    PHASE_PUT,    /* one Put Blob */
    PHASE_STAGE,  /* blocks */
    PHASE_COMMIT, /* Put Block List */
};

/* Read-ahead of a file: filled by the file threads, drained by libcurl. */
struct ahead {
    unsigned char *data;
    size_t len;
    size_t done;
};

struct upload {
    struct azb_op op;
    struct azb_lookup lookup;
    struct azb_input input;
    struct azb_io_job hash_job;
    struct azb_call *call;
    enum phase phase;
    bool has_input;    /* bytes do not come from `data` */
    bool adds_if_none; /* overwrite: false */
    bool is_checked;   /* validate_content */
    bool is_stopped;
    struct azb_error refusal;

    const void *body; /* what the request in hand sends, if it is in memory */
    size_t body_bytes;
    char md5[MD5_CHARS + 1];
    unsigned char md5_bytes[MD5_BYTES];

    unsigned char *held; /* gathered bytes */
    size_t held_bytes;
    size_t held_cap;
    struct azb_claim claim; /* for what is held */
    bool is_last;           /* the source has ended */

    unsigned char upload_id[UPLOAD_ID_BYTES];
    unsigned n_blocks;
    uint64_t sent;           /* bytes in blocks that are staged */
    struct azb_args args;    /* of the method of this phase */
    msgpack_object block_id; /* an argument of stage_block */
    unsigned char block_id_bytes[BLOCK_ID_BYTES];
    struct azb_buf block_list;

    bool is_direct;    /* a file, read while it is sent */
    bool is_rewinding; /* a block is still being read that is not wanted any more */
    struct ahead ahead[AHEAD_BLOCKS];
    unsigned drain_i, fill_i;
    struct azb_error input_err;
};

static struct upload *upload_of(struct azb_call *call)
{
    return call->driver_state;
}

static int upload_send(struct azb_call *call, struct azb_error *err);
static void gather(struct azb_call *call);
static void ahead_fill(struct azb_call *call);

/* ---- requests ---- */

static void block_id(const struct upload *u, unsigned block_i,
                     unsigned char ret[BLOCK_ID_BYTES])
{
    memcpy(ret, u->upload_id, UPLOAD_ID_BYTES);
    for (int i = 0; i < 4; i++)
        ret[UPLOAD_ID_BYTES + i] = (unsigned char)(block_i >> (24 - 8 * i));
}

static int on_build(struct azb_op *op, const struct azb_location *location,
                    struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct upload *u = upload_of(call);
    struct azb_request *req = &op->req;

    if (azb_request_build(req, &u->args, location, call->account->is_https,
                          &call->engine->scratch, err) < 0 ||
        azb_request_header(
            req, "Content-Type",
            u->phase == PHASE_COMMIT ? "application/xml" : "application/octet-stream", err) < 0)
        return -1;
    if (u->adds_if_none && u->phase != PHASE_STAGE &&
        azb_request_header(req, "If-None-Match", "*", err) < 0)
        return -1;
    if (u->is_checked)
        return azb_request_header(req, "Content-MD5", u->md5, err);
    return 0;
}

/* The service tells the MD5 of what it got; where we know ours, they must be the same. */
static int on_end(struct azb_op *op, struct azb_error *err)
{
    struct upload *u = upload_of(op->call);
    size_t n;
    const unsigned char *md5 = azb_decoder_get(op->decoder, "content_md5", &n);

    if (u->is_checked && md5 != NULL && u->phase != PHASE_COMMIT &&
        (n != 2 + MD5_BYTES || memcmp(md5 + 2, u->md5_bytes, MD5_BYTES) != 0))
        return azb_error_set(
            err, AZB_ERR_CHECKSUM,
            "the service got bytes with another MD5 than those that were sent");
    return 0;
}

/* ---- outcomes ---- */

static void upload_result(struct azb_call *call, struct azb_decoder *decoder)
{
    struct upload *u = upload_of(call);

    if (u->has_input)
        azb_input_finish(&u->input);
    azb_decoder_emit(decoder, azb_call_param, call, &call->result);
    azb_call_finish(call, NULL);
}

/* Without overwrite, "the condition is not met" means "it exists": say that, as the SDK does.
 */
static void upload_fail(struct azb_call *call, const struct azb_error *err)
{
    const struct upload *u = upload_of(call);
    struct azb_error told = *err;

    if (u->adds_if_none && (strcmp(err->code, "ConditionNotMet") == 0 ||
                            strcmp(err->code, "BlobOverwritten") == 0)) {
        azb_error_set(&told, AZB_ERR_EXISTS, "The specified blob already exists.");
        snprintf(told.code, sizeof(told.code), "BlobAlreadyExists");
    }
    azb_call_finish(call, &told);
}

static void on_lookup(struct azb_call *call, bool is_ours, struct azb_decoder *decoder)
{
    if (is_ours)
        upload_result(call, decoder);
    else
        upload_fail(call, &upload_of(call)->refusal);
}

/* Refused, after an attempt that may have written the blob: look whether it is ours. */
static bool on_refused(struct azb_op *op, const struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct upload *u = upload_of(call);
    int64_t size = u->phase == PHASE_PUT && u->is_direct ? u->input.length
                                                         : (int64_t)(u->sent + u->body_bytes);

    if (u->phase == PHASE_STAGE || (err->what == AZB_ERR_NOT_FOUND))
        return false;
    if (u->phase == PHASE_COMMIT)
        size = (int64_t)u->sent;
    u->refusal = *err;
    return azb_lookup_start(&u->lookup, call, size, u->is_checked ? u->md5_bytes : NULL,
                            on_lookup) == 0;
}

static void next_block(struct azb_call *call)
{
    struct upload *u = upload_of(call);
    struct azb_error err = {0};

    u->sent += u->body_bytes;
    u->n_blocks++;
    u->held_bytes = 0;
    if (!u->is_last) {
        gather(call);
        return;
    }
    u->phase = PHASE_COMMIT;
    if (upload_send(call, &err) < 0)
        azb_call_finish(call, &err);
}

static void on_done(struct azb_op *op, const struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct upload *u = upload_of(call);

    if (err != NULL && u->input_err.what != AZB_OK)
        azb_call_finish(call, &u->input_err);
    else if (err != NULL)
        upload_fail(call, err);
    else if (u->phase == PHASE_STAGE)
        next_block(call);
    else
        upload_result(call, op->decoder);
}

/* ---- a file, read while it is sent ---- */

/* Back to the first byte, with nothing read ahead. */
static void ahead_rewind(struct upload *u)
{
    u->is_rewinding = false;
    u->drain_i = u->fill_i = 0;
    for (int i = 0; i < AHEAD_BLOCKS; i++)
        u->ahead[i].len = u->ahead[i].done = 0;
    azb_input_rewind(&u->input);
}

static void on_ahead_filled(struct azb_call *call, size_t n, const struct azb_error *err)
{
    struct upload *u = upload_of(call);

    if (err != NULL) {
        u->input_err = *err;
    } else if (u->is_rewinding) {
        ahead_rewind(u);
        ahead_fill(call);
    } else {
        u->ahead[u->fill_i].len = n;
        u->ahead[u->fill_i].done = 0;
        u->fill_i = (u->fill_i + 1) % AHEAD_BLOCKS;
        ahead_fill(call);
    }
    azb_op_resume(&u->op);
}

static void ahead_fill(struct azb_call *call)
{
    struct upload *u = upload_of(call);
    struct ahead *ahead = &u->ahead[u->fill_i];

    if (u->input.into != NULL || ahead->len > 0 ||
        u->input.n_taken == (uint64_t)u->input.length)
        return;
    azb_input_fill(&u->input, ahead->data, AHEAD_BYTES, on_ahead_filled);
}

static size_t on_read(struct azb_op *op, char *buf, size_t n)
{
    struct upload *u = upload_of(op->call);
    struct ahead *ahead = &u->ahead[u->drain_i];

    if (u->input_err.what != AZB_OK)
        return AZB_HTTP_ABORT;
    if (ahead->len == 0 || u->is_rewinding) {
        ahead_fill(op->call);
        return AZB_HTTP_PAUSE;
    }
    if (n > ahead->len - ahead->done)
        n = ahead->len - ahead->done;
    memcpy(buf, ahead->data + ahead->done, n);
    ahead->done += n;
    if (ahead->done == ahead->len) {
        ahead->len = ahead->done = 0;
        u->drain_i = (u->drain_i + 1) % AHEAD_BLOCKS;
        ahead_fill(op->call);
    }
    return n;
}

/* A block that is being read is waited for: its bytes must not land among those of the new
 * beginning.
 */
static bool on_rewind(struct azb_op *op)
{
    struct upload *u = upload_of(op->call);

    if (u->input.into != NULL)
        u->is_rewinding = true;
    else
        ahead_rewind(u);
    return true;
}

/* A source that cannot be read gets no better by another try. */
static bool on_restart(struct azb_op *op)
{
    struct upload *u = upload_of(op->call);

    azb_decoder_reset(op->decoder);
    return u->input_err.what == AZB_OK && (!u->is_direct || on_rewind(op));
}

static int direct_start(struct azb_call *call, struct azb_error *err)
{
    struct upload *u = upload_of(call);

    for (int i = 0; i < AHEAD_BLOCKS; i++) {
        u->ahead[i].data = malloc(AHEAD_BYTES);
        if (u->ahead[i].data == NULL)
            return azb_error_set(err, AZB_ERR_NO_MEMORY, "an upload");
    }
    ahead_fill(call);
    return upload_send(call, err);
}

/* ---- sending what is in hand ---- */

static int commit_body(struct azb_call *call, struct azb_error *err)
{
    struct upload *u = upload_of(call);
    unsigned char id[BLOCK_ID_BYTES];
    char id_text[AZB_BASE64_CHARS(BLOCK_ID_BYTES) + 1];

    azb_block_list_begin(&u->block_list);
    for (unsigned i = 0; i < u->n_blocks; i++) {
        block_id(u, i, id);
        azb_base64_encode(id, sizeof(id), id_text);
        azb_block_list_add(&u->block_list, "Uncommitted", id_text);
    }
    azb_block_list_end(&u->block_list);
    u->body = u->block_list.data;
    u->body_bytes = u->block_list.len;
    u->is_checked = false;
    return u->block_list.failed ? azb_error_set(err, AZB_ERR_NO_MEMORY, "a block list") : 0;
}

/* The method of this phase, with the call's own arguments as far as it has them. */
static const struct azb_method *phase_method(struct azb_call *call)
{
    static const char *const names[] = {NULL, "blob.stage_block", "blob.commit_block_list"};
    struct upload *u = upload_of(call);
    const char *name = names[u->phase];
    const struct azb_method *method =
        name == NULL ? call->method
                     : azb_registry_find(call->engine->registry, name, strlen(name));

    azb_args_derive(&u->args, method, &call->args);
    if (u->phase == PHASE_STAGE) {
        block_id(u, u->n_blocks, u->block_id_bytes);
        u->block_id.type = MSGPACK_OBJECT_BIN;
        u->block_id.via.bin.ptr = (const char *)u->block_id_bytes;
        u->block_id.via.bin.size = BLOCK_ID_BYTES;
        u->args.values[azb_method_param(method, "block_id", 8)] = &u->block_id;
    }
    return method;
}

static int upload_send(struct azb_call *call, struct azb_error *err)
{
    static const struct azb_op_hooks from_memory = {.build = on_build,
                                                    .end = on_end,
                                                    .refused = on_refused,
                                                    .restart = on_restart,
                                                    .done = on_done};
    static const struct azb_op_hooks from_file = {.build = on_build,
                                                  .end = on_end,
                                                  .read = on_read,
                                                  .rewind = on_rewind,
                                                  .refused = on_refused,
                                                  .restart = on_restart,
                                                  .done = on_done};
    struct upload *u = upload_of(call);
    struct azb_decoder *decoder;

    if (u->phase == PHASE_COMMIT && commit_body(call, err) < 0)
        return -1;
    decoder = azb_decoder_new(call->method->shape, NULL, NULL);
    if (decoder == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an upload");
    azb_op_clear(&u->op);
    azb_op_init(&u->op, call, phase_method(call), u->is_direct ? &from_file : &from_memory,
                decoder);
    u->op.is_bulk = true;
    u->op.body = u->is_direct ? NULL : u->body;
    u->op.body_bytes = u->is_direct ? u->input.length : (int64_t)u->body_bytes;
    if (!u->is_direct)
        call->engine->bytes_out += u->body_bytes;
    return azb_op_start(&u->op, err);
}

static void hash_run(struct azb_io_job *job) /* in a thread */
{
    struct upload *u = (struct upload *)((char *)job - offsetof(struct upload, hash_job));
    unsigned n = 0;
    unsigned char md5[EVP_MAX_MD_SIZE];

    EVP_Digest(u->body, u->body_bytes, md5, &n, EVP_md5(), NULL);
    memcpy(u->md5_bytes, md5, MD5_BYTES);
    azb_base64_encode(md5, MD5_BYTES, u->md5);
}

static void hash_done(struct azb_io_job *job)
{
    struct upload *u = (struct upload *)((char *)job - offsetof(struct upload, hash_job));
    struct azb_call *call = u->call;
    struct azb_error err = {0};

    if (!u->is_stopped && upload_send(call, &err) < 0)
        azb_call_finish(call, &err);
    azb_call_job_end(call);
}

/* Send u->body, with its MD5 if that is wanted. */
static void send_body(struct azb_call *call)
{
    struct upload *u = upload_of(call);
    struct azb_error err = {0};
    int rc;

    if (u->is_checked) {
        u->hash_job.run = hash_run;
        u->hash_job.done = hash_done;
        rc = azb_io_submit(call->engine->io, &u->hash_job, &err);
        if (rc == 0)
            azb_call_job_begin(call);
    } else {
        rc = upload_send(call, &err);
    }
    if (rc < 0)
        azb_call_finish(call, &err);
}

/* ---- gathering ---- */

static void on_gathered(struct azb_call *call, size_t n, const struct azb_error *err)
{
    struct upload *u = upload_of(call);
    size_t block_bytes = call->engine->options.block_bytes, room = u->held_cap - u->held_bytes;
    struct azb_error mine = {0};

    if (err != NULL) {
        azb_call_finish(call, err);
        return;
    }
    u->held_bytes += n;
    u->is_last =
        n < room || (u->input.length >= 0 && u->input.n_taken == (uint64_t)u->input.length);
    if (u->is_last && u->input.length >= 0 && u->input.n_taken < (uint64_t)u->input.length) {
        azb_error_set(&mine, AZB_ERR_INVALID_ARG,
                      "%s: 'length' is %lld, but the source ended after %llu bytes",
                      call->method->row->method, (long long)u->input.length,
                      (unsigned long long)u->input.n_taken);
        azb_call_finish(call, &mine);
        return;
    }
    if (!u->is_last && u->held_bytes < block_bytes) {
        gather(call);
        return;
    }
    if (u->n_blocks == 0 && u->is_last) {
        u->phase = PHASE_PUT;
    } else if (u->held_bytes == 0) { /* the source ended where a block did */
        u->phase = PHASE_COMMIT;
        if (upload_send(call, &mine) < 0)
            azb_call_finish(call, &mine);
        return;
    } else {
        u->phase = PHASE_STAGE;
    }
    if (u->n_blocks == MAX_BLOCKS) {
        azb_error_set(&mine, AZB_ERR_INVALID_ARG,
                      "more than %d blocks of %zu bytes (block_bytes)", MAX_BLOCKS,
                      block_bytes);
        azb_call_finish(call, &mine);
        return;
    }
    u->body = u->held;
    u->body_bytes = u->held_bytes;
    send_body(call);
}

static int held_grow(struct azb_call *call, struct azb_error *err)
{
    struct upload *u = upload_of(call);
    size_t block_bytes = call->engine->options.block_bytes;
    size_t cap = u->held_cap == 0 ? FIRST_GATHER : 2 * u->held_cap;
    unsigned char *held;

    if (u->held_cap == 0 && u->input.length >= 0 && u->input.length < (int64_t)block_bytes)
        cap = (size_t)u->input.length + 1;
    else if (u->held_cap == 0 && u->input.length >= 0)
        cap = block_bytes;
    if (cap > block_bytes)
        cap = block_bytes;
    held = realloc(u->held, cap);
    if (held == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an upload");
    u->held = held;
    u->held_cap = cap;
    return 0;
}

/* Take bytes in until a block is full or the source has ended. */
static void gather(struct azb_call *call)
{
    struct upload *u = upload_of(call);
    struct azb_error err = {0};

    if (u->held_bytes == u->held_cap && held_grow(call, &err) < 0) {
        azb_call_finish(call, &err);
        return;
    }
    azb_input_fill(&u->input, u->held + u->held_bytes, u->held_cap - u->held_bytes,
                   on_gathered);
}

static void on_memory(void *arg)
{
    gather(arg);
}

/* ---- the driver ---- */

static int check_sources(const struct azb_call *call, struct azb_error *err)
{
    int n = (azb_args_get(&call->args, "data") != NULL) + (call->fd >= 0) + call->is_stream;

    if (n == 1)
        return 0;
    return azb_error_set(err, AZB_ERR_INVALID_ARG,
                         "%s: the bytes come from one of 'data', 'fd' and "
                         "'stream'; %s was given",
                         call->method->row->method, n == 0 ? "none" : "more than one");
}

static bool has_condition(const struct azb_args *args)
{
    return azb_args_get(args, "if_modified_since") != NULL ||
           azb_args_get(args, "if_unmodified_since") != NULL ||
           azb_args_get(args, "match_condition") != NULL;
}

static int start_from_data(struct azb_call *call, int64_t length, struct azb_error *err)
{
    struct upload *u = upload_of(call);
    const char *bytes;
    size_t n;

    azb_value_bytes(azb_args_get(&call->args, "data"), &bytes, &n);
    if (length >= 0 && (uint64_t)length > n)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "%s: 'length' is %lld, but 'data' has only %zu bytes",
                             call->method->row->method, (long long)length, n);
    u->body = bytes;
    u->body_bytes = length >= 0 ? (size_t)length : n;
    if (!u->is_checked)
        return upload_send(call, err);
    send_body(call);
    return 0;
}

static int upload_start(struct azb_call *call, struct azb_error *err)
{
    struct upload *u = azb_arena_zalloc(call->arena, sizeof(*u));
    int64_t length = azb_args_int(&call->args, "length", -1);
    int rc;

    if (u == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an upload");
    call->driver_state = u;
    u->call = call;
    u->phase = PHASE_PUT;
    u->is_checked = azb_args_bool(&call->args, "validate_content", false);
    u->adds_if_none =
        !azb_args_bool(&call->args, "overwrite", false) && !has_condition(&call->args);
    azb_engine_random(call->engine, u->upload_id, sizeof(u->upload_id));
    if (check_sources(call, err) < 0)
        return -1;
    if (azb_args_get(&call->args, "data") != NULL)
        return start_from_data(call, length, err);
    u->has_input = true;
    if (azb_input_init(&u->input, call, length, err) < 0)
        return -1;
    u->is_direct = u->input.kind == AZB_INPUT_FILE && u->input.length > 0 && !u->is_checked &&
                   (uint64_t)u->input.length <= call->engine->options.max_single_put_bytes;
    if (u->is_direct)
        return direct_start(call, err);
    rc = azb_budget_claim(&call->engine->budget, &u->claim, call->engine->options.block_bytes,
                          on_memory, call, err);
    if (rc == 1)
        gather(call);
    return rc < 0 ? -1 : 0;
}

static void upload_stop(struct azb_call *call)
{
    struct upload *u = call->driver_state;

    if (u == NULL)
        return;
    u->is_stopped = true;
    azb_op_clear(&u->op);
    azb_op_clear(&u->lookup.op);
    if (u->has_input)
        azb_input_stop(&u->input);
}

static void upload_clear(struct azb_call *call)
{
    struct upload *u = upload_of(call);

    azb_budget_release(&u->claim);
    azb_buf_clear(&u->block_list);
    free(u->held);
    for (int i = 0; i < AHEAD_BLOCKS; i++)
        free(u->ahead[i].data);
}

static int upload_feed(struct azb_call *call, uint64_t offset, const void *bytes, size_t n,
                       struct azb_error *err)
{
    return azb_input_feed(&upload_of(call)->input, offset, bytes, n, err);
}

const struct azb_driver azb_upload_driver = {
    .start = upload_start,
    .stop = upload_stop,
    .clear = upload_clear,
    .feed = upload_feed,
};
