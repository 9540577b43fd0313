/*
 * upload.c: a blob from memory, a descriptor or $/data.
 *
 * The source comes in pieces that are in memory (pieces.h), and each goes as one request, which
 * can be sent again as it stands and carries a checksum. What fits one piece becomes a block
 * blob by one Put Blob; all else goes as blocks, several at a time, that become the blob when
 * they are committed. Append blobs take their blocks one after the other, each at its position;
 * page blobs their pages in any order, without those that are all zeros.
 *
 *   GATHER -> (CHECK) -> (LIST) -> (CREATE) -> SEND -> (COMMIT)
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/body.h"
#include "proto/base64.h"
#include "lib/codec/crc64.h"
#include "lib/stream/leftovers.h"
#include "lib/stream/lookup.h"
#include "lib/stream/pace.h"
#include "lib/stream/pieces.h"
#include "lib/stream/upload_id.h"
#include "proto/value.h"

#define MIB (1024ULL * 1024)

enum {
    MAX_BLOCKS = 50000,
    GROW_EVERY = 5000,   /* blocks of a source without a length; then they are twice as long */
    MIN_CONCURRENCY = 2, /* one is read while another one is sent */
    MAX_IN_FLIGHT = 32 * 1024 * 1024, /* of one upload, unless the caller says otherwise */
    MAX_APPEND_BYTES = 100 * 1024 * 1024,
    MAX_PAGES_BYTES = 4 * 1024 * 1024,
    PAGE_BYTES = 512,
    PROGRESS_EVERY_MS = 200,
    CRC64_CHARS = AZB_BASE64_CHARS(AZB_CRC64_BYTES),
    MD5_CHARS = AZB_BASE64_CHARS(AZB_MD5_BYTES),
};

enum phase {
    PHASE_GATHER, /* the first piece shows whether it is all */
    PHASE_CHECK,  /* is there such a blob already? */
    PHASE_LIST,   /* which of our blocks are there already? */
    PHASE_CREATE, /* an append or page blob without content */
    PHASE_SEND,
    PHASE_COMMIT,
};

enum form {
    FORM_PUT, /* one request */
    FORM_BLOCKS,
    FORM_APPEND,
    FORM_PAGES,
};

/* What is known of a piece of the blob once it is no longer in memory. */
struct part {
    uint64_t bytes;
    uint64_t crc64;
    uint64_t staged_bytes; /* by an earlier upload of the same; UINT64_MAX: not staged */
};

struct upload {
    struct azb_op op; /* whatever is no piece */
    struct azb_args args;
    struct azb_lookup *lookup; /* whether we were it; NULL: nobody asked */
    struct azb_input input;
    struct azb_pieces pieces;
    struct azb_call *call;
    enum phase phase;
    enum form form;
    bool adds_if_none; /* overwrite: false */
    bool is_checked;   /* validate_content: MD5 in place of CRC-64 */
    bool resumes;
    struct azb_error refusal;
    uint64_t single_bytes; /* no more than this goes as one Put Blob */

    const struct azb_method *piece_method;
    struct azb_args piece_args;
    struct azb_piece *first;    /* the gathered one, while we look around */
    struct azb_decoder *answer; /* of the last request that tells the result */
    struct azb_upload_id id;
    struct part *parts;
    unsigned n_parts, parts_cap;
    uint64_t position; /* APPEND: where our first byte goes */
    bool has_written;  /* APPEND: what there was before us has changed */
    msgpack_object size, list_type;
    struct azb_buf body;

    EVP_MD_CTX *whole_md5; /* compute_md5 */
    char md5[MD5_CHARS + 1];

    struct azb_pace pace; /* how many pieces at a time */

    uint64_t sent; /* bytes that the service has */
    uint64_t told_ms;
    unsigned n_staged;
};

static struct upload *upload_of(struct azb_call *call)
{
    return call->driver_state;
}

static uint64_t at_most(uint64_t n, uint64_t limit)
{
    return n < limit ? n : limit;
}

static int no_memory(struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_NO_MEMORY, "an upload");
}

static void piece_send(struct azb_piece *piece);
static void upload_go(struct azb_call *call, enum phase phase);

/* ---- checksums ---- */

static void crc64_bytes(uint64_t crc, unsigned char ret[AZB_CRC64_BYTES])
{
    for (int i = 0; i < AZB_CRC64_BYTES; i++)
        ret[i] = (unsigned char)(crc >> (8 * i));
}

static int add_hash(struct azb_request *req, const char *header, const void *bytes, size_t n,
                    struct azb_error *err)
{
    char *text = azb_arena_alloc(req->arena, AZB_BASE64_CHARS(n) + 1);

    if (text == NULL)
        return no_memory(err);
    azb_base64_encode(bytes, n, text);
    return azb_request_header(req, header, text, err);
}

/* The service tells what hash it found; ours must be the same. */
static int check_hash(struct azb_op *op, const char *field, const void *want, size_t want_n,
                      struct azb_error *err)
{
    size_t n;
    const unsigned char *got = azb_decoder_get(op->decoder, field, &n);

    /* encoded: a bin's two bytes of head come before it */
    if (got == NULL || (n == 2 + want_n && memcmp(got + 2, want, want_n) == 0))
        return 0;
    return azb_error_set(err, AZB_ERR_CHECKSUM,
                         "the service got bytes with another %s than those that were sent",
                         field);
}

static uint64_t whole_crc64(const struct upload *u)
{
    uint64_t crc = 0;

    for (unsigned i = 0; i < u->n_parts; i++)
        crc = azb_crc64_combine(crc, u->parts[i].crc64, u->parts[i].bytes);
    return crc;
}

/* All bytes have been hashed: the MD5 to be stored is known. */
static void finish_md5(struct upload *u)
{
    unsigned char md5[EVP_MAX_MD_SIZE];

    if (u->whole_md5 == NULL || u->md5[0] != '\0')
        return;
    EVP_DigestFinal_ex(u->whole_md5, md5, NULL);
    azb_base64_encode(md5, AZB_MD5_BYTES, u->md5);
}

/* ---- outcomes ---- */

static void upload_result(struct azb_call *call, struct azb_decoder *decoder)
{
    struct upload *u = upload_of(call);
    unsigned char crc[AZB_CRC64_BYTES];
    char text[CRC64_CHARS + 1];
    struct azb_error err = {0};

    azb_input_finish(&u->input, u->pieces.n_taken);
    crc64_bytes(whole_crc64(u), crc);
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
static void upload_fail(struct azb_call *call, const struct azb_error *err)
{
    struct azb_error told = *err;

    if (upload_of(call)->adds_if_none)
        azb_error_name_existing(&told);
    azb_call_finish(call, &told);
}

static void tell_progress(struct azb_call *call)
{
    struct upload *u = upload_of(call);
    uint64_t now_ms = azb_http_now_ms(call->engine->http);

    if (now_ms - u->told_ms < PROGRESS_EVERY_MS)
        return;
    u->told_ms = now_ms;
    /* a length of -1 is "unknown" on both sides */
    azb_call_progress(call, u->sent, (uint64_t)u->input.length);
}

/* ---- requests that are no piece ---- */

/* Conditions on what was there before us: our own first request has changed that. */
static void drop_conditions(struct azb_args *args)
{
    static const char *const names[] = {"if_modified_since", "if_unmodified_since", "etag",
                                        "match_condition", "if_tags_match_condition"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int param_i = azb_method_param(args->method, names[i], strlen(names[i]));

        if (param_i >= 0)
            args->values[param_i] = NULL;
    }
}

static void set_arg(struct azb_args *args, const char *name, const msgpack_object *value)
{
    args->values[azb_method_param(args->method, name, strlen(name))] = value;
}

static void set_uint(msgpack_object *value, uint64_t n)
{
    value->type = MSGPACK_OBJECT_POSITIVE_INTEGER;
    value->via.u64 = n;
}

/* What the request that makes the blob, or makes it what it is to be, has besides its row. */
static int add_final_headers(struct upload *u, struct azb_request *req, struct azb_error *err)
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
    struct upload *u = upload_of(call);

    if (azb_request_build(&op->req, &u->args, location, call->account->is_https,
                          &call->engine->scratch, err) < 0)
        return -1;
    if (u->phase == PHASE_COMMIT &&
        azb_request_header(&op->req, "Content-Type", "application/xml", err) < 0)
        return -1;
    if (u->phase == PHASE_COMMIT || u->phase == PHASE_CREATE)
        return add_final_headers(u, &op->req, err);
    return 0;
}

/* This answer's values are the result's, unless a later one's are. */
static void keep_answer(struct upload *u, struct azb_op *op)
{
    azb_decoder_free(u->answer);
    u->answer = op->decoder;
    op->decoder = NULL;
}

static void on_checked(struct azb_call *call, struct azb_op *op, const struct azb_error *err)
{
    struct upload *u = upload_of(call);
    struct azb_error exists = {.status = 409};

    if (u->form == FORM_APPEND && err == NULL) {
        u->position = op->content_length > 0 ? (uint64_t)op->content_length : 0;
        keep_answer(u, op);
        upload_go(call, PHASE_SEND);
    } else if (u->form == FORM_APPEND && err->what == AZB_ERR_NOT_FOUND) {
        upload_go(call, PHASE_CREATE);
    } else if (u->form == FORM_APPEND) {
        azb_call_finish(call, err);
    } else if (err == NULL) {
        azb_error_blob_exists(&exists);
        azb_call_finish(call, &exists);
    } else { /* whoever may not look, may still write: the commit has the condition */
        upload_go(call, u->resumes ? PHASE_LIST : PHASE_SEND);
    }
}

static struct part *part_at(struct upload *u, unsigned i)
{
    if (i >= u->parts_cap) {
        unsigned cap = i < 32 ? 64 : 2 * i;
        struct part *parts = realloc(u->parts, cap * sizeof(*parts));

        if (parts == NULL)
            return NULL;
        for (unsigned k = u->parts_cap; k < cap; k++)
            parts[k] = (struct part){.staged_bytes = UINT64_MAX};
        u->parts = parts;
        u->parts_cap = cap;
    }
    return &u->parts[i];
}

static void on_own_block(unsigned block_i, uint64_t bytes, void *arg)
{
    struct upload *u = arg;
    struct part *part = block_i < MAX_BLOCKS ? part_at(u, block_i) : NULL;

    u->pieces.is_direct = false; /* its checksum is wanted, and it is not sent */

    if (part != NULL)
        part->staged_bytes = bytes;
}

static void on_listed(struct azb_call *call, struct azb_op *op, const struct azb_error *err)
{
    struct upload *u = upload_of(call);
    msgpack_unpacked list;

    msgpack_unpacked_init(&list);
    u->body.len = 0;
    if (err == NULL)
        azb_decoder_emit(op->decoder, NULL, NULL, &u->body);
    if (!u->body.failed && msgpack_unpack_next(&list, (const char *)u->body.data, u->body.len,
                                               NULL) == MSGPACK_UNPACK_SUCCESS)
        azb_upload_id_find(&u->id, &list.data, on_own_block, u);
    msgpack_unpacked_destroy(&list);
    upload_go(call, PHASE_SEND);
}

static void on_op_done(struct azb_op *op, const struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct upload *u = upload_of(call);

    if (u->phase == PHASE_CHECK) {
        on_checked(call, op, err);
    } else if (u->phase == PHASE_LIST) {
        on_listed(call, op, err);
    } else if (err != NULL) {
        upload_fail(call, err);
    } else if (u->phase == PHASE_CREATE) {
        u->has_written = true;
        keep_answer(u, op);
        upload_go(call, PHASE_SEND);
    } else {
        upload_result(call, op->decoder);
    }
}

static void on_lookup(struct azb_call *call, bool is_ours, struct azb_decoder *decoder)
{
    struct upload *u = upload_of(call);

    if (!is_ours) {
        upload_fail(call, &u->refusal);
    } else if (u->phase == PHASE_CREATE) {
        u->has_written = true;
        keep_answer(u, &u->lookup->op);
        upload_go(call, PHASE_SEND);
    } else {
        upload_result(call, decoder);
    }
}

/* Refused, after an attempt that may have written the blob: look whether it is ours. */
static bool on_refused(struct azb_op *op, const struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct upload *u = upload_of(call);
    uint64_t size = u->pieces.n_taken;
    const unsigned char *md5 = NULL;

    if (err->what == AZB_ERR_NOT_FOUND)
        return false;
    if (u->phase == PHASE_CREATE)
        size = u->form == FORM_PAGES ? (uint64_t)u->input.length : 0;
    else if (u->form == FORM_PUT && u->is_checked)
        md5 = ((struct azb_piece *)op)->md5;
    u->refusal = *err;
    u->lookup = azb_lookup_start(call, (int64_t)size, md5, on_lookup);
    return u->lookup != NULL;
}

static int put_block_list(struct upload *u, struct azb_error *err)
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

static const char *phase_method(const struct upload *u)
{
    switch (u->phase) {
    case PHASE_CHECK:
        return "blob.get_blob_properties";
    case PHASE_LIST:
        return "blob.get_block_list";
    case PHASE_CREATE:
        return u->form == FORM_PAGES ? "blob.create_page_blob" : "blob.create_append_blob";
    default:
        return "blob.commit_block_list";
    }
}

static const struct azb_method *find_method(struct azb_call *call, const char *name)
{
    return azb_registry_find(call->engine->registry, name, strlen(name));
}

static void phase_args(struct azb_call *call, const struct azb_method *method)
{
    static const char uncommitted[] = "uncommitted";
    struct upload *u = upload_of(call);

    azb_args_derive(&u->args, method, &call->args);
    if (u->phase == PHASE_CHECK || u->phase == PHASE_LIST)
        drop_conditions(&u->args);
    if (u->phase == PHASE_LIST) {
        u->list_type.type = MSGPACK_OBJECT_STR;
        u->list_type.via.str.ptr = uncommitted;
        u->list_type.via.str.size = sizeof(uncommitted) - 1;
        set_arg(&u->args, "block_list_type", &u->list_type);
    }
    if (u->phase == PHASE_CREATE && u->form == FORM_PAGES) {
        set_uint(&u->size, (uint64_t)u->input.length);
        set_arg(&u->args, "size", &u->size);
    }
}

static int phase_send(struct azb_call *call, struct azb_error *err)
{
    static const struct azb_op_hooks hooks = {
        .build = on_build, .refused = on_refused, .done = on_op_done};
    struct upload *u = upload_of(call);
    const struct azb_method *method = find_method(call, phase_method(u));
    struct azb_decoder *decoder = azb_decoder_new(
        u->phase == PHASE_LIST ? method->shape : call->method->shape, NULL, NULL);

    if (decoder == NULL)
        return no_memory(err);
    azb_op_clear(&u->op);
    phase_args(call, method);
    azb_op_init(&u->op, call, method, &hooks, decoder);
    if (u->phase == PHASE_COMMIT) {
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
    struct upload *u = upload_of(call);
    int64_t wanted = azb_args_int(&call->args, "max_concurrency", 0);
    unsigned cap =
        (unsigned)at_most(AZB_PACE_CAP, MAX_IN_FLIGHT / (u->pieces.piece_bytes + 1) + 1);

    if (u->form == FORM_APPEND || u->form == FORM_PUT)
        wanted = 1;
    if (wanted > 0)
        cap = (unsigned)wanted;
    else if (cap < MIN_CONCURRENCY)
        cap = MIN_CONCURRENCY;
    azb_pace_init(&u->pace, (unsigned)wanted, cap, 0, azb_http_now_ms(call->engine->http));
    u->pieces.max_active = u->pace.limit;
    if (u->first != NULL)
        piece_send(u->first);
    azb_pieces_start(&u->pieces);
}

static void upload_go(struct azb_call *call, enum phase phase)
{
    struct upload *u = upload_of(call);
    struct azb_error err = {0};

    u->phase = phase;
    if (phase == PHASE_SEND)
        start_sending(call);
    else if (phase_send(call, &err) < 0)
        azb_call_finish(call, &err);
}

/* ---- pieces ---- */

static int on_piece_build(struct azb_op *op, const struct azb_location *location,
                          struct azb_error *err)
{
    struct azb_piece *piece = (struct azb_piece *)op;
    struct azb_call *call = op->call;
    struct upload *u = upload_of(call);
    struct azb_request *req = &op->req;
    unsigned char crc[AZB_CRC64_BYTES];

    if (azb_request_build(req, &piece->args, location, call->account->is_https,
                          &call->engine->scratch, err) < 0 ||
        azb_request_header(req, "Content-Type", "application/octet-stream", err) < 0)
        return -1;
    if (u->form == FORM_PUT && add_final_headers(u, req, err) < 0)
        return -1;
    if (u->is_checked)
        return add_hash(req, "Content-MD5", piece->md5, sizeof(piece->md5), err);
    if (u->pieces.is_direct) /* which is known when all is sent; the answer has it too */
        return 0;
    crc64_bytes(piece->crc64, crc);
    return add_hash(req, "x-ms-content-crc64", crc, sizeof(crc), err);
}

static int on_piece_end(struct azb_op *op, struct azb_error *err)
{
    const struct azb_piece *piece = (const struct azb_piece *)op;
    struct upload *u = upload_of(op->call);
    unsigned char crc[AZB_CRC64_BYTES];

    if (u->pieces.is_direct && azb_input_check(&u->input, err) < 0)
        return -1;
    crc64_bytes(piece->crc64, crc);
    if (check_hash(op, "content_crc64", crc, sizeof(crc), err) < 0)
        return -1;
    return upload_of(op->call)->is_checked
               ? check_hash(op, "content_md5", piece->md5, sizeof(piece->md5), err)
               : 0;
}

static void piece_sent(struct azb_piece *piece)
{
    struct azb_call *call = piece->pieces->call;
    struct upload *u = upload_of(call);

    u->parts[piece->index].crc64 = piece->crc64;
    u->sent += piece->n;
    azb_pace_moved(&u->pace, piece->n, azb_http_now_ms(call->engine->http));
    u->pieces.max_active = u->pace.limit;
    tell_progress(call);
    azb_piece_done(piece);
}

/* APPEND: the position is not the blob's end any more. Is that our own doing? */
static void on_append_lookup(struct azb_call *call, bool is_ours, struct azb_decoder *decoder)
{
    struct upload *u = upload_of(call);

    (void)decoder;
    if (is_ours)
        piece_sent(u->first);
    else
        azb_call_finish(call, &u->refusal);
}

static bool append_was_lost(struct azb_piece *piece, const struct azb_error *err)
{
    struct azb_call *call = piece->pieces->call;
    struct upload *u = upload_of(call);

    if (u->form != FORM_APPEND || !piece->op.is_doubtful ||
        strcmp(err->code, "AppendPositionConditionNotMet") != 0)
        return false;
    u->refusal = *err;
    u->first = piece;
    azb_lookup_stop(u->lookup);
    u->lookup = azb_lookup_start(call, (int64_t)(u->position + piece->offset + piece->n), NULL,
                                 on_append_lookup);
    return u->lookup != NULL;
}

static void on_piece_done(struct azb_op *op, const struct azb_error *err)
{
    struct azb_piece *piece = (struct azb_piece *)op;
    struct upload *u = upload_of(op->call);

    if (err != NULL && append_was_lost(piece, err))
        return;
    if (err != NULL) {
        upload_fail(op->call, err);
        return;
    }
    u->n_staged += u->form == FORM_BLOCKS;
    u->has_written = true;
    keep_answer(u, op);
    piece_sent(piece);
}

/* What this piece's request says of its place. */
static void piece_args(struct azb_piece *piece)
{
    const struct upload *u = upload_of(piece->pieces->call);

    piece->args = u->piece_args;
    switch (u->form) {
    case FORM_PUT:
        break;
    case FORM_BLOCKS:
        azb_upload_id_block(&u->id, piece->index, piece->block_id);
        piece->values[0].type = MSGPACK_OBJECT_BIN;
        piece->values[0].via.bin.ptr = (const char *)piece->block_id;
        piece->values[0].via.bin.size = sizeof(piece->block_id);
        set_arg(&piece->args, "block_id", &piece->values[0]);
        break;
    case FORM_APPEND:
        if (u->has_written)
            drop_conditions(&piece->args);
        set_uint(&piece->values[0], u->position + piece->offset);
        set_arg(&piece->args, "appendpos_condition", &piece->values[0]);
        break;
    case FORM_PAGES:
        set_uint(&piece->values[0], piece->offset);
        set_uint(&piece->values[1], piece->n);
        set_arg(&piece->args, "offset", &piece->values[0]);
        set_arg(&piece->args, "length", &piece->values[1]);
        break;
    }
}

static size_t on_piece_read(struct azb_op *op, char *buf, size_t n)
{
    struct azb_piece *piece = (struct azb_piece *)op;
    ssize_t got;

    if (piece->n_read == piece->n)
        return 0;
    got = azb_piece_read(piece, buf, n, &op->fail);
    if (got < 0)
        return AZB_HTTP_ABORT;
    return got > 0 ? (size_t)got : AZB_HTTP_PAUSE;
}

static bool on_piece_rewind(struct azb_op *op)
{
    azb_piece_rewind((struct azb_piece *)op);
    return true;
}

static int piece_start(struct azb_piece *piece, struct azb_error *err)
{
    static const struct azb_op_hooks hooks = {.build = on_piece_build,
                                              .end = on_piece_end,
                                              .refused = on_refused,
                                              .done = on_piece_done};
    static const struct azb_op_hooks direct_hooks = {.build = on_piece_build,
                                                     .end = on_piece_end,
                                                     .read = on_piece_read,
                                                     .rewind = on_piece_rewind,
                                                     .done = on_piece_done};
    struct azb_call *call = piece->pieces->call;
    const struct upload *u = upload_of(call);
    struct azb_decoder *decoder = azb_decoder_new(call->method->shape, NULL, NULL);

    if (decoder == NULL)
        return no_memory(err);
    piece_args(piece);
    azb_op_init(&piece->op, call, piece->args.method,
                u->pieces.is_direct ? &direct_hooks : &hooks, decoder);
    piece->op.is_bulk = true;
    piece->op.is_safe = u->form == FORM_APPEND; /* it has its position */
    piece->op.body = piece->bytes;
    piece->op.body_bytes = (int64_t)piece->n;
    if (!u->pieces.is_direct)
        call->engine->bytes_out += piece->n;
    return azb_op_start(&piece->op, err);
}

static bool is_zeros(const unsigned char *bytes, size_t n)
{
    return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0);
}

static bool piece_is_there(const struct azb_piece *piece)
{
    const struct upload *u = upload_of(piece->pieces->call);

    if (u->form == FORM_PAGES)
        return is_zeros(piece->bytes, piece->n);
    if (u->form == FORM_APPEND)
        return piece->n == 0;
    return u->form == FORM_BLOCKS && u->parts[piece->index].staged_bytes == piece->n;
}

static void piece_send(struct azb_piece *piece)
{
    struct azb_error err = {0};

    if (piece_is_there(piece))
        piece_sent(piece);
    else if (piece_start(piece, &err) < 0)
        azb_call_finish(piece->pieces->call, &err);
}

/* ---- which way to go ---- */

static void use_piece_method(struct azb_call *call)
{
    static const char *const names[] = {
        [FORM_BLOCKS] = "blob.stage_block",
        [FORM_APPEND] = "blob.append_block",
        [FORM_PAGES] = "blob.upload_page",
    };
    struct upload *u = upload_of(call);

    if (u->form == FORM_PUT) {
        u->piece_args = call->args;
        return;
    }
    azb_args_derive(&u->piece_args, find_method(call, names[u->form]), &call->args);
    if (u->form == FORM_PAGES)
        drop_conditions(&u->piece_args);
}

static void begin_blocks(struct azb_call *call)
{
    struct upload *u = upload_of(call);

    u->form = FORM_BLOCKS;
    use_piece_method(call);
    if (u->resumes)
        azb_upload_id_derive(&u->id, call, &u->input, u->pieces.piece_bytes);
    else
        azb_upload_id_new(&u->id, call);
    u->resumes = u->resumes && u->id.is_derived;
    u->pieces.is_direct =
        u->input.reads_now && !u->is_checked && u->whole_md5 == NULL && u->first == NULL;
    if (u->adds_if_none)
        upload_go(call, PHASE_CHECK);
    else
        upload_go(call, u->resumes ? PHASE_LIST : PHASE_SEND);
}

static void on_ready(struct azb_piece *piece)
{
    struct azb_call *call = piece->pieces->call;
    struct upload *u = upload_of(call);
    struct part *part = part_at(u, piece->index);
    struct azb_error err = {0};

    if (piece->index >= MAX_BLOCKS && u->form != FORM_PAGES)
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
    if (u->n_parts < piece->index + 1)
        u->n_parts = piece->index + 1;
    if (u->pieces.is_ended && u->form == FORM_PUT)
        finish_md5(u);
    if (u->phase == PHASE_SEND) {
        piece_send(piece);
    } else if (u->pieces.is_ended && piece->n <= u->single_bytes) {
        upload_go(call, PHASE_SEND);
        piece_send(piece);
    } else {
        u->first = piece;
        begin_blocks(call);
    }
}

static void on_end(struct azb_call *call)
{
    struct upload *u = upload_of(call);

    if (u->form == FORM_BLOCKS) {
        finish_md5(u);
        upload_go(call, PHASE_COMMIT);
    } else {
        upload_result(call, u->answer);
    }
}

/* ---- the driver ---- */

/* How long a piece is: what the caller says, or else enough for the blob to have no more
 * blocks than it may. */
static int plan_sizes(struct azb_call *call, struct azb_error *err)
{
    struct upload *u = upload_of(call);
    const struct azb_engine_options *options = &call->engine->options;
    uint64_t limit = options->memory_limit_bytes;
    int64_t wanted = azb_args_int(&call->args, "max_block_size", 0);
    uint64_t block = wanted > 0 ? (uint64_t)wanted : options->block_bytes;
    uint64_t length = u->input.length > 0 ? (uint64_t)u->input.length : 0;
    uint64_t least = (length + MAX_BLOCKS - 1) / MAX_BLOCKS;

    if (wanted == 0 && block < least && u->form == FORM_BLOCKS)
        block = (least + MIB - 1) / MIB * MIB;
    if (u->form == FORM_APPEND)
        limit = at_most(limit, MAX_APPEND_BYTES);
    if (u->form == FORM_PAGES) {
        limit = at_most(limit, MAX_PAGES_BYTES);
        block = block < PAGE_BYTES ? PAGE_BYTES : block - block % PAGE_BYTES;
    }
    block = at_most(block, limit);
    if (u->form != FORM_PAGES && block < least)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "%s: %llu bytes are more than %d blocks of %llu bytes "
                             "(max_block_size, memory_limit_bytes)",
                             call->method->row->method, (unsigned long long)length, MAX_BLOCKS,
                             (unsigned long long)block);
    u->single_bytes = at_most((uint64_t)azb_args_int(&call->args, "max_single_put_size",
                                                     (int64_t)options->max_single_put_bytes),
                              limit);
    u->pieces.piece_bytes = (size_t)block;
    if (wanted == 0 && u->form == FORM_BLOCKS && u->input.length < 0)
        u->pieces.grow_every = GROW_EVERY;
    return 0;
}

static int plan_form(struct azb_call *call, struct azb_error *err)
{
    struct upload *u = upload_of(call);
    const char *method = call->method->row->method;

    u->form = FORM_BLOCKS;
    if (azb_args_is(&call->args, "blob_type", "AppendBlob"))
        u->form = FORM_APPEND;
    if (azb_args_is(&call->args, "blob_type", "PageBlob"))
        u->form = FORM_PAGES;
    if (u->form == FORM_PAGES && (u->input.length < 0 || u->input.length % PAGE_BYTES != 0))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "%s: a page blob's 'length' must be known and a multiple of %d",
                             method, PAGE_BYTES);
    if (u->form != FORM_BLOCKS && azb_args_bool(&call->args, "compute_md5", false))
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: 'compute_md5' is for block blobs",
                             method);
    return 0;
}

static int plan_hashes(struct azb_call *call, struct azb_error *err)
{
    struct upload *u = upload_of(call);

    u->is_checked = azb_args_bool(&call->args, "validate_content", false);
    if (azb_args_bool(&call->args, "compute_md5", false)) {
        u->whole_md5 = EVP_MD_CTX_new();
        if (u->whole_md5 == NULL ||
            EVP_DigestInit_ex(u->whole_md5, call->engine->md5, NULL) != 1)
            return no_memory(err);
    }
    return 0;
}

static void upload_begin(struct azb_call *call)
{
    struct upload *u = upload_of(call);
    int64_t length = u->input.length;
    bool overwrites = azb_args_bool(&call->args, "overwrite", false);

    if (u->form == FORM_PAGES) {
        use_piece_method(call);
        upload_go(call, PHASE_CREATE);
    } else if (u->form == FORM_APPEND) {
        use_piece_method(call);
        upload_go(call, overwrites ? PHASE_CREATE : PHASE_CHECK);
    } else if (length >= 0 && (uint64_t)length > u->single_bytes) {
        begin_blocks(call);
    } else {
        if (length >= 0)
            u->pieces.piece_bytes = (size_t)length;
        u->form = FORM_PUT;
        u->pieces.max_active = 1;
        use_piece_method(call);
        azb_pieces_start(&u->pieces);
    }
}

static int upload_start(struct azb_call *call, struct azb_error *err)
{
    struct upload *u = azb_arena_zalloc(call->arena, sizeof(*u));

    if (u == NULL)
        return no_memory(err);
    call->driver_state = u;
    u->call = call;
    u->adds_if_none = azb_args_must_be_new(&call->args);
    u->resumes = azb_args_bool(&call->args, "resume", false);
    u->told_ms = call->started_ms;
    if (azb_input_init(&u->input, call, err) < 0 || plan_form(call, err) < 0 ||
        plan_sizes(call, err) < 0 || plan_hashes(call, err) < 0)
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
    struct upload *u = call->driver_state;

    if (u == NULL)
        return;
    azb_op_clear(&u->op);
    azb_lookup_stop(u->lookup);
    azb_pieces_stop(&u->pieces);
    azb_input_stop(&u->input);
    if (call->err.what != AZB_OK && u->n_staged > 0 && !u->resumes)
        azb_leftovers_remove(call, &u->id);
}

static void upload_clear(struct azb_call *call)
{
    struct upload *u = upload_of(call);

    azb_pieces_clear(&u->pieces);
    azb_decoder_free(u->answer);
    azb_buf_clear(&u->body);
    EVP_MD_CTX_free(u->whole_md5);
    free(u->parts);
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
