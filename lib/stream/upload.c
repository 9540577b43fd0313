/*
 * upload.c: a blob from memory, a descriptor or $/data.
 *
 * The source comes in pieces (pieces.h), and each goes as one request, which can be sent again
 * as it stands and has a checksum. What fits one piece becomes a block blob by one Put Blob;
 * all else goes as blocks, several at a time, that become the blob when they are committed.
 * Append blobs take their blocks one after the other, each at its position; page blobs their
 * pages in any order, without those that are all zeros.
 *
 *   GATHER -> (CHECK) -> (LIST) -> (CREATE) -> SEND -> (COMMIT) -> (PROVE)
 */
#include "lib/stream/upload.h"

#include <stdlib.h>
#include <string.h>

#include "lib/body.h"
#include "lib/stream/leftovers.h"
#include "proto/value.h"

#define MIB (1024ULL * 1024)

enum {
    MAX_BLOCKS = 50000,
    MAX_BLOCK_MIB = 4000,
    GROW_EVERY = 5000,   /* blocks of a source without a length; then they are twice as long */
    MIN_CONCURRENCY = 2, /* one is read while another one is sent */
    MAX_HELD = 32 * 1024 * 1024, /* of one upload, unless the caller says otherwise */
    MAX_APPEND_BYTES = 100 * 1024 * 1024,
    MAX_PAGES_BYTES = 4 * 1024 * 1024,
    LOOK_FIRST_BYTES = 1024 * 1024, /* a request of more is not sent in vain */
    CRC64_CHARS = AZB_BASE64_CHARS(AZB_CRC64_BYTES),
    MD5_CHARS = AZB_BASE64_CHARS(AZB_MD5_BYTES),
};

static uint64_t at_most(uint64_t n, uint64_t limit)
{
    return n < limit ? n : limit;
}

static int no_memory(struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_NO_MEMORY, "an upload");
}

/* ---- checksums ---- */

static uint64_t whole_crc64(const struct azb_upload *u)
{
    uint64_t crc = 0;

    for (unsigned i = 0; i < u->n_parts; i++)
        crc = azb_crc64_combine(crc, u->parts[i].crc64, u->parts[i].bytes);
    return crc;
}

/* All bytes have been hashed: the MD5 to be stored is known. */
static void finish_md5(struct azb_upload *u)
{
    unsigned char md5[EVP_MAX_MD_SIZE];

    if (u->whole_md5 == NULL || u->md5[0] != '\0')
        return;
    EVP_DigestFinal_ex(u->whole_md5, md5, NULL);
    azb_base64_encode(md5, AZB_MD5_BYTES, u->md5);
}

/* ---- outcomes ---- */

void azb_upload_result(struct azb_call *call, struct azb_decoder *decoder)
{
    struct azb_upload *u = azb_upload_of(call);
    unsigned char crc[AZB_CRC64_BYTES];
    char text[CRC64_CHARS + 1];
    struct azb_error err = {0};

    azb_input_finish(&u->input, u->pieces.n_taken);
    azb_crc64_bytes(whole_crc64(u), crc);
    azb_base64_encode(crc, sizeof(crc), text);
    if (azb_decoder_set_str(decoder, "content_crc64", text, CRC64_CHARS, &err) < 0 ||
        (u->md5[0] != '\0' &&
         azb_decoder_set_str(decoder, "content_md5", u->md5, MD5_CHARS, &err) < 0)) {
        azb_call_finish(call, &err);
        return;
    }
    azb_decoder_emit(decoder, azb_call_param, call, &call->result);
    azb_call_finish(call, NULL);
}

/* Without overwrite, "the condition is not met" means "it exists". */
void azb_upload_fail(struct azb_call *call, const struct azb_error *err)
{
    struct azb_error told = *err;

    if (azb_upload_of(call)->adds_if_none)
        azb_error_name_existing(&told);
    azb_call_finish(call, &told);
}

/* ---- requests that are no piece ---- */

void azb_upload_drop_conditions(struct azb_args *args)
{
    static const char *const names[] = {"if_modified_since", "if_unmodified_since", "etag",
                                        "match_condition", "if_tags_match_condition"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int param_i = azb_method_param(args->method, names[i], strlen(names[i]));

        if (param_i >= 0)
            args->values[param_i] = NULL;
    }
}

void azb_upload_set_arg(struct azb_args *args, const char *name, const msgpack_object *value)
{
    args->values[azb_method_param(args->method, name, strlen(name))] = value;
}

int azb_upload_final_headers(struct azb_upload *u, struct azb_request *req,
                             struct azb_error *err)
{
    const msgpack_object_map *settings =
        azb_value_map(azb_args_get(&u->call->args, "content_settings"));

    if (u->adds_if_none && azb_request_header(req, "If-None-Match", "*", err) < 0)
        return -1;
    if (u->md5[0] != '\0' && azb_map_find(settings, "content_md5") == NULL)
        return azb_request_header(req, "x-ms-blob-content-md5", u->md5, err);
    return 0;
}

static int on_build(struct azb_op *op, const struct azb_location *location,
                    struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct azb_upload *u = azb_upload_of(call);

    if (azb_request_build(&op->req, &u->args, location, call->account->is_https,
                          &call->engine->scratch, err) < 0)
        return -1;
    if (u->phase == AZB_UPLOAD_COMMIT &&
        azb_request_header(&op->req, "Content-Type", "application/xml", err) < 0)
        return -1;
    if (u->phase == AZB_UPLOAD_COMMIT || u->phase == AZB_UPLOAD_CREATE)
        return azb_upload_final_headers(u, &op->req, err);
    return 0;
}

void azb_upload_keep_answer(struct azb_upload *u, struct azb_op *op)
{
    azb_decoder_free(u->answer);
    u->answer = op->decoder;
    op->decoder = NULL;
}

static enum azb_upload_phase next_of_check(const struct azb_upload *u)
{
    return u->form == AZB_FORM_BLOCKS && u->resumes ? AZB_UPLOAD_LIST : AZB_UPLOAD_SEND;
}

static void on_checked(struct azb_call *call, struct azb_op *op, const struct azb_error *err)
{
    struct azb_upload *u = azb_upload_of(call);
    struct azb_error exists = {.status = 409};

    if (u->form == AZB_FORM_APPEND && err == NULL) {
        u->position = op->content_length > 0 ? (uint64_t)op->content_length : 0;
        azb_upload_keep_answer(u, op);
        azb_upload_go(call, AZB_UPLOAD_SEND);
    } else if (u->form == AZB_FORM_APPEND && err->what == AZB_ERR_NOT_FOUND) {
        azb_upload_go(call, AZB_UPLOAD_CREATE);
    } else if (u->form == AZB_FORM_APPEND) {
        azb_call_finish(call, err);
    } else if (err == NULL) {
        azb_error_blob_exists(&exists);
        azb_call_finish(call, &exists);
    } else { /* whoever may not look, may still write: what makes the blob has the condition */
        azb_upload_go(call, next_of_check(u));
    }
}

static struct azb_part *part_at(struct azb_upload *u, unsigned i)
{
    if (i >= u->parts_cap) {
        unsigned cap = i < 32 ? 64 : 2 * i;
        struct azb_part *parts = realloc(u->parts, cap * sizeof(*parts));

        if (parts == NULL)
            return NULL;
        for (unsigned k = u->parts_cap; k < cap; k++)
            parts[k] = (struct azb_part){.staged_bytes = UINT64_MAX};
        u->parts = parts;
        u->parts_cap = cap;
    }
    return &u->parts[i];
}

static void on_own_block(unsigned block_i, uint64_t bytes, void *arg)
{
    struct azb_upload *u = arg;
    struct azb_part *part = block_i < MAX_BLOCKS ? part_at(u, block_i) : NULL;

    if (part != NULL)
        part->staged_bytes = bytes;
}

bool azb_upload_read_list(struct azb_upload *u, const struct azb_op *op, msgpack_unpacked *ret)
{
    u->body.len = 0;
    azb_decoder_emit(op->decoder, NULL, NULL, &u->body);
    return !u->body.failed && msgpack_unpack_next(ret, (const char *)u->body.data, u->body.len,
                                                  NULL) == MSGPACK_UNPACK_SUCCESS;
}

static void on_listed(struct azb_call *call, struct azb_op *op, const struct azb_error *err)
{
    struct azb_upload *u = azb_upload_of(call);
    msgpack_unpacked list;

    msgpack_unpacked_init(&list);
    if (err == NULL && azb_upload_read_list(u, op, &list))
        azb_upload_id_find(&u->id, &list.data, on_own_block, u);
    msgpack_unpacked_destroy(&list);
    azb_upload_go(call, AZB_UPLOAD_SEND);
}

static void on_op_done(struct azb_op *op, const struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct azb_upload *u = azb_upload_of(call);

    if (u->phase == AZB_UPLOAD_CHECK) {
        on_checked(call, op, err);
    } else if (u->phase == AZB_UPLOAD_LIST) {
        on_listed(call, op, err);
    } else if (u->phase == AZB_UPLOAD_PROVE) {
        azb_upload_prove(call, op, err);
    } else if (err != NULL) {
        azb_upload_fail(call, err);
    } else if (u->phase == AZB_UPLOAD_CREATE) {
        azb_upload_created(call, op);
    } else {
        azb_upload_result(call, op->decoder);
    }
}

void azb_upload_created(struct azb_call *call, struct azb_op *op)
{
    struct azb_upload *u = azb_upload_of(call);

    u->has_written = u->has_made = true;
    azb_upload_keep_answer(u, op);
    azb_upload_go(call, AZB_UPLOAD_SEND);
}

static int put_block_list(struct azb_upload *u, struct azb_error *err)
{
    unsigned char id[AZB_BLOCK_ID_BYTES];
    char id_text[AZB_BASE64_CHARS(AZB_BLOCK_ID_BYTES) + 1];

    u->body.len = 0;
    azb_block_list_begin(&u->body);
    for (unsigned i = 0; i < u->n_parts; i++) {
        azb_upload_id_block(&u->id, i, id);
        azb_base64_encode(id, sizeof(id), id_text);
        azb_block_list_add(&u->body, "Latest", id_text); /* also if a lost attempt made it */
    }
    azb_block_list_end(&u->body);
    return u->body.failed ? no_memory(err) : 0;
}

/* The list of blocks comes with the values of the blob, which the lost answer had. */
static void on_header(struct azb_op *op, const char *name, size_t name_n, const char *value,
                      size_t n)
{
    struct azb_upload *u = azb_upload_of(op->call);

    if (u->phase == AZB_UPLOAD_PROVE)
        azb_decoder_header(u->answer, name, name_n, value, n, &op->fail);
}

static const char *phase_method(const struct azb_upload *u)
{
    switch (u->phase) {
    case AZB_UPLOAD_CHECK:
        return "blob.get_blob_properties";
    case AZB_UPLOAD_LIST:
    case AZB_UPLOAD_PROVE:
        return "blob.get_block_list";
    case AZB_UPLOAD_CREATE:
        return u->form == AZB_FORM_PAGES ? "blob.create_page_blob" : "blob.create_append_blob";
    default:
        return "blob.commit_block_list";
    }
}

/* Its answer is a list of blocks, and not what the result is made of. */
static bool is_list(const struct azb_upload *u)
{
    return u->phase == AZB_UPLOAD_LIST || u->phase == AZB_UPLOAD_PROVE;
}

static void phase_args(struct azb_call *call, const struct azb_method *method)
{
    struct azb_upload *u = azb_upload_of(call);

    azb_args_derive(&u->args, method, &call->args);
    if (u->phase == AZB_UPLOAD_CHECK || is_list(u))
        azb_upload_drop_conditions(&u->args);
    if (is_list(u)) {
        const char *type = u->phase == AZB_UPLOAD_LIST ? "uncommitted" : "committed";

        u->list_type.type = MSGPACK_OBJECT_STR;
        u->list_type.via.str.ptr = type;
        u->list_type.via.str.size = (uint32_t)strlen(type);
        azb_upload_set_arg(&u->args, "block_list_type", &u->list_type);
    }
    if (u->phase == AZB_UPLOAD_CREATE && u->form == AZB_FORM_PAGES) {
        u->size.type = MSGPACK_OBJECT_POSITIVE_INTEGER;
        u->size.via.u64 = (uint64_t)u->input.length;
        azb_upload_set_arg(&u->args, "size", &u->size);
        azb_upload_set_arg(&u->args, "sequence_number", &u->sequence);
    }
}

static int phase_send(struct azb_call *call, struct azb_error *err)
{
    static const struct azb_op_hooks hooks = {.build = on_build,
                                              .header = on_header,
                                              .refused = azb_upload_refused,
                                              .done = on_op_done};
    struct azb_upload *u = azb_upload_of(call);
    const char *name = phase_method(u);
    const struct azb_method *method =
        azb_registry_find(call->engine->registry, name, strlen(name));
    struct azb_decoder *decoder =
        azb_decoder_new(is_list(u) ? method->shape : call->method->shape, NULL, NULL);

    if (decoder == NULL)
        return no_memory(err);
    azb_op_clear(&u->op);
    phase_args(call, method);
    azb_op_init(&u->op, call, method, &hooks, decoder);
    if (u->phase == AZB_UPLOAD_COMMIT) {
        if (put_block_list(u, err) < 0)
            return -1;
        u->op.body = u->body.data;
        u->op.body_bytes = (int64_t)u->body.len;
    }
    return azb_op_start(&u->op, err);
}

/* ---- how many pieces at a time ---- */

static void start_sending(struct azb_call *call)
{
    struct azb_upload *u = azb_upload_of(call);
    int64_t wanted = azb_args_int(&call->args, "max_concurrency", 0);
    unsigned cap = AZB_PACE_CAP;

    if (!u->pieces.is_direct)
        cap = (unsigned)at_most(cap, MAX_HELD / (u->pieces.piece_bytes + 1) + 1);
    if (u->form == AZB_FORM_APPEND || u->form == AZB_FORM_PUT)
        wanted = 1;
    if (wanted > 0)
        cap = (unsigned)wanted;
    else if (cap < MIN_CONCURRENCY)
        cap = MIN_CONCURRENCY;
    azb_pace_init(&u->pace, (unsigned)wanted, cap, AZB_PACE_START, u->pieces.piece_bytes,
                  azb_http_now_ms());
    u->pieces.max_active = u->pace.limit;
    if (u->first != NULL)
        azb_upload_send(u->first);
    azb_pieces_start(&u->pieces);
}

void azb_upload_go(struct azb_call *call, enum azb_upload_phase phase)
{
    struct azb_upload *u = azb_upload_of(call);
    struct azb_error err = {0};

    u->phase = phase;
    if (phase == AZB_UPLOAD_SEND)
        start_sending(call);
    else if (phase_send(call, &err) < 0)
        azb_call_finish(call, &err);
}

/* ---- which way to go ---- */

static void begin_blocks(struct azb_call *call)
{
    struct azb_upload *u = azb_upload_of(call);

    u->form = AZB_FORM_BLOCKS;
    azb_upload_use_form(call);
    if (u->resumes)
        azb_upload_id_derive(&u->id, call, &u->input, u->pieces.piece_bytes);
    else
        azb_upload_id_new(&u->id, call);
    u->resumes = u->resumes && u->id.is_derived;
    azb_upload_go(call, u->adds_if_none ? AZB_UPLOAD_CHECK : next_of_check(u));
}

static void on_ready(struct azb_piece *piece)
{
    struct azb_call *call = piece->pieces->call;
    struct azb_upload *u = azb_upload_of(call);
    struct azb_part *part = part_at(u, piece->index);
    struct azb_error err = {0};

    if (piece->index >= MAX_BLOCKS && u->form != AZB_FORM_PAGES)
        azb_error_set(&err, AZB_ERR_INVALID_ARG,
                      "%s: the source has more than %d blocks of %zu bytes",
                      call->method->row->method, MAX_BLOCKS, u->pieces.piece_bytes);
    else if (part == NULL)
        no_memory(&err);
    if (err.what != AZB_OK) {
        azb_call_finish(call, &err);
        return;
    }
    part->bytes = piece->n;
    part->crc64 = piece->crc64; /* is_direct: when it has been sent */
    if (u->n_parts < piece->index + 1)
        u->n_parts = piece->index + 1;
    if (u->pieces.is_ended && u->form == AZB_FORM_PUT)
        finish_md5(u);
    if (u->phase == AZB_UPLOAD_SEND) {
        azb_upload_send(piece);
        return;
    }
    u->first = piece;
    if (!u->pieces.is_ended || piece->n > u->single_bytes)
        begin_blocks(call);
    else if (u->adds_if_none && piece->n > LOOK_FIRST_BYTES)
        azb_upload_go(call, AZB_UPLOAD_CHECK);
    else
        azb_upload_go(call, AZB_UPLOAD_SEND);
}

static void on_end(struct azb_call *call)
{
    struct azb_upload *u = azb_upload_of(call);

    if (u->form == AZB_FORM_BLOCKS) {
        finish_md5(u);
        azb_upload_go(call, AZB_UPLOAD_COMMIT);
    } else {
        azb_upload_result(call, u->answer);
    }
}

/* ---- the driver ---- */

/* No piece is longer: what the service takes, and what can be held unless it need not be. */
static uint64_t most_of_block(const struct azb_upload *u)
{
    uint64_t held = u->call->engine->options.memory_limit_bytes;

    if (u->form == AZB_FORM_APPEND)
        return at_most(held, MAX_APPEND_BYTES);
    if (u->form == AZB_FORM_PAGES)
        return at_most(held, MAX_PAGES_BYTES);
    return u->pieces.is_direct ? MAX_BLOCK_MIB * MIB : at_most(held, MAX_BLOCK_MIB * MIB);
}

/* How long a piece is: what the caller says, or else enough for the blob to have no more
 * blocks than it may, even if some are shorter. */
static int plan_sizes(struct azb_call *call, struct azb_error *err)
{
    struct azb_upload *u = azb_upload_of(call);
    const struct azb_engine_options *options = &call->engine->options;
    int64_t wanted = azb_args_int(&call->args, "max_block_size", 0);
    uint64_t block = wanted > 0 ? (uint64_t)wanted : options->block_bytes;
    uint64_t length = u->input.length > 0 ? (uint64_t)u->input.length : 0;
    uint64_t n_full = MAX_BLOCKS - (azb_input_is_filled(&u->input) ? AZB_PIECES_SHORT : 0);
    uint64_t least = (length + n_full - 1) / n_full;

    u->single_bytes = at_most((uint64_t)azb_args_int(&call->args, "max_single_put_size",
                                                     (int64_t)options->max_single_put_bytes),
                              options->memory_limit_bytes);
    u->pieces.is_direct = u->form == AZB_FORM_BLOCKS && u->input.reads_now && !u->is_checked &&
                          u->whole_md5 == NULL && length > u->single_bytes;
    if (wanted == 0 && block < least && u->form == AZB_FORM_BLOCKS)
        block = (least + MIB - 1) / MIB * MIB;
    if (u->form == AZB_FORM_PAGES)
        block = block < AZB_PAGE_BYTES ? AZB_PAGE_BYTES : block - block % AZB_PAGE_BYTES;
    block = at_most(block, most_of_block(u));
    if (u->form != AZB_FORM_PAGES && block < least)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "%s: %llu bytes are more than %llu blocks of %llu bytes "
                             "(max_block_size, memory_limit_bytes)",
                             call->method->row->method, (unsigned long long)length,
                             (unsigned long long)n_full, (unsigned long long)block);
    u->pieces.piece_bytes = (size_t)block;
    if (wanted == 0 && u->form == AZB_FORM_BLOCKS && u->input.length < 0)
        u->pieces.grow_every = GROW_EVERY;
    return 0;
}

static int plan_form(struct azb_call *call, struct azb_error *err)
{
    struct azb_upload *u = azb_upload_of(call);
    const char *method = call->method->row->method;

    u->form = AZB_FORM_BLOCKS;
    if (azb_args_is(&call->args, "blob_type", "AppendBlob"))
        u->form = AZB_FORM_APPEND;
    if (azb_args_is(&call->args, "blob_type", "PageBlob"))
        u->form = AZB_FORM_PAGES;
    if (u->form == AZB_FORM_PAGES &&
        (u->input.length < 0 || u->input.length % AZB_PAGE_BYTES != 0))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "%s: a page blob's 'length' must be known and a multiple of %d",
                             method, AZB_PAGE_BYTES);
    if (u->form != AZB_FORM_BLOCKS && azb_args_bool(&call->args, "compute_md5", false))
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: 'compute_md5' is for block blobs",
                             method);
    return 0;
}

static int plan_hashes(struct azb_call *call, struct azb_error *err)
{
    struct azb_upload *u = azb_upload_of(call);

    u->is_checked = azb_args_bool(&call->args, "validate_content", false);
    if (azb_args_bool(&call->args, "compute_md5", false)) {
        u->whole_md5 = EVP_MD_CTX_new();
        if (u->whole_md5 == NULL ||
            EVP_DigestInit_ex(u->whole_md5, call->engine->md5, NULL) != 1)
            return no_memory(err);
    }
    return 0;
}

static bool overwrites(const struct azb_call *call)
{
    return azb_args_bool(&call->args, "overwrite", false);
}

/* The pages of another upload, which made the blob anew meanwhile, are not to mix with ours:
 * the blob has a number of ours, and so each page is for that blob only. */
static void choose_sequence(struct azb_upload *u)
{
    u->sequence.type = MSGPACK_OBJECT_POSITIVE_INTEGER;
    azb_engine_random(u->call->engine, &u->sequence.via.u64, sizeof(u->sequence.via.u64));
    u->sequence.via.u64 &= INT64_MAX;
}

static void upload_begin(struct azb_call *call)
{
    struct azb_upload *u = azb_upload_of(call);
    int64_t length = u->input.length;

    if (u->form == AZB_FORM_PAGES) {
        choose_sequence(u);
        azb_upload_use_form(call);
        azb_upload_go(call, AZB_UPLOAD_CREATE);
    } else if (u->form == AZB_FORM_APPEND) {
        azb_upload_use_form(call);
        azb_upload_go(call, overwrites(call) ? AZB_UPLOAD_CREATE : AZB_UPLOAD_CHECK);
    } else if (length >= 0 && (uint64_t)length > u->single_bytes) {
        begin_blocks(call);
    } else {
        if (length >= 0)
            u->pieces.piece_bytes = (size_t)length;
        u->form = AZB_FORM_PUT;
        u->pieces.max_active = 1;
        azb_upload_use_form(call);
        azb_pieces_start(&u->pieces);
    }
}

static int upload_start(struct azb_call *call, struct azb_error *err)
{
    struct azb_upload *u = azb_arena_zalloc(call->arena, sizeof(*u));

    if (u == NULL)
        return no_memory(err);
    call->driver_state = u;
    u->call = call;
    u->adds_if_none = azb_args_must_be_new(&call->args);
    u->resumes = azb_args_bool(&call->args, "resume", false);
    if (azb_input_init(&u->input, call, err) < 0 || plan_form(call, err) < 0 ||
        plan_hashes(call, err) < 0 || plan_sizes(call, err) < 0)
        return -1;
    u->pieces.call = call;
    u->pieces.input = &u->input;
    u->pieces.wants_md5 = u->is_checked;
    u->pieces.whole_md5 = u->whole_md5;
    u->pieces.on_ready = on_ready;
    u->pieces.on_end = on_end;
    upload_begin(call);
    return 0;
}

static void upload_stop(struct azb_call *call)
{
    struct azb_upload *u = call->driver_state;

    if (u == NULL)
        return;
    azb_op_clear(&u->op);
    azb_lookup_stop(u->lookup);
    azb_pieces_stop(&u->pieces);
    azb_input_stop(&u->input);
    if (call->err.what != AZB_OK && u->resumes)
        azb_upload_replace_wrong(call);
    else if (call->err.what != AZB_OK && u->n_staged > 0)
        azb_leftovers_remove(call, &u->id);
    if (u->form == AZB_FORM_APPEND && u->has_written && !overwrites(call))
        call->err.retryable = false; /* the same again would append the same again */
}

static void upload_clear(struct azb_call *call)
{
    struct azb_upload *u = azb_upload_of(call);

    azb_pieces_clear(&u->pieces);
    azb_decoder_free(u->answer);
    azb_buf_clear(&u->body);
    EVP_MD_CTX_free(u->whole_md5);
    free(u->parts);
}

static int upload_feed(struct azb_call *call, uint64_t offset, const void *bytes, size_t n,
                       struct azb_error *err)
{
    return azb_input_feed(&azb_upload_of(call)->input, offset, bytes, n, err);
}

const struct azb_driver azb_upload_driver = {
    .start = upload_start,
    .stop = upload_stop,
    .clear = upload_clear,
    .feed = upload_feed,
};
