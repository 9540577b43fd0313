/*
 * upload_piece.c: an upload's pieces as requests. Each has its checksum, or, when it is read as
 * it is being sent, is compared with the one that the service tells.
 */
#include "lib/stream/upload.h"

#include <openssl/evp.h>
#include <string.h>

#include "lib/errand.h"

enum {
    GAP_BYTES = 64 * 1024, /* zeros of a page blob that are worth a request more */
    REPLACE_MS = 10000,
};

static int no_memory(struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_NO_MEMORY, "an upload");
}

/* ---- checksums ---- */

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
    const char *got = azb_decoder_get_bytes(op->decoder, field, &n);

    if (got == NULL || (n == want_n && memcmp(got, want, want_n) == 0))
        return 0;
    return azb_error_set(err, AZB_ERR_CHECKSUM,
                         "the service got bytes with another %s than those that were sent",
                         field);
}

/* ---- a piece's request ---- */

static int on_piece_build(struct azb_op *op, const struct azb_location *location,
                          struct azb_error *err)
{
    struct azb_piece *piece = (struct azb_piece *)op;
    struct azb_call *call = op->call;
    struct azb_upload *u = azb_upload_of(call);
    struct azb_request *req = &op->req;
    unsigned char crc[AZB_CRC64_BYTES];

    if (azb_request_build(req, &piece->args, location, call->account->is_https,
                          &call->engine->scratch, err) < 0 ||
        azb_request_header(req, "Content-Type", "application/octet-stream", err) < 0)
        return -1;
    if (u->form == AZB_FORM_PUT && azb_upload_final_headers(u, req, err) < 0)
        return -1;
    if (u->is_checked)
        return add_hash(req, "Content-MD5", piece->run.md5, sizeof(piece->run.md5), err);
    if (u->pieces.is_direct) /* which is known when all is sent; the answer has it too */
        return 0;
    azb_crc64_bytes(piece->run.crc64, crc);
    return add_hash(req, "x-ms-content-crc64", crc, sizeof(crc), err);
}

static int on_piece_end(struct azb_op *op, struct azb_error *err)
{
    struct azb_piece *piece = (struct azb_piece *)op;
    struct azb_upload *u = azb_upload_of(op->call);
    unsigned char crc[AZB_CRC64_BYTES];

    if (u->pieces.is_direct && azb_input_check(&u->input, err) < 0)
        return -1;
    azb_crc64_bytes(u->pieces.is_direct ? piece->crc64 : piece->run.crc64, crc);
    piece->is_wrong = check_hash(op, "content_crc64", crc, sizeof(crc), err) < 0;
    if (piece->is_wrong)
        return -1;
    return u->is_checked
               ? check_hash(op, "content_md5", piece->run.md5, sizeof(piece->run.md5), err)
               : 0;
}

/* In its place, a block that no resumed upload takes for it: of another size. */
static void replace_block(const struct azb_piece *piece)
{
    static const char *const names[] = {"container",        "blob", "lease", "cpk",
                                        "encryption_scope", NULL};
    struct azb_call *call = piece->pieces->call;
    struct azb_errand_setup setup = {.method = "blob.stage_block", .account = call->account};
    msgpack_packer pk;

    azb_errand_params_from(&setup.params, call, names);
    azb_errand_param_int(&setup.params, "deadline_ms", REPLACE_MS);
    pk = azb_errand_param(&setup.params, "block_id");
    azb_pack_bin(&pk, piece->block_id, sizeof(piece->block_id));
    pk = azb_errand_param(&setup.params, "data");
    azb_pack_bin(&pk, "--", piece->n == 1 ? 2 : 1);
    azb_errand_start(call->engine, &setup, NULL, NULL);
}

void azb_upload_replace_wrong(struct azb_call *call)
{
    const struct azb_upload *u = azb_upload_of(call);
    const struct azb_piece *piece;

    LIST_FOREACH (piece, &u->pieces.all, entry)
        if (piece->is_wrong && u->form == AZB_FORM_BLOCKS)
            replace_block(piece);
}

/* ---- one piece after the other ---- */

void azb_upload_sent(struct azb_piece *piece)
{
    struct azb_call *call = piece->pieces->call;
    struct azb_upload *u = azb_upload_of(call);

    u->parts[piece->index].crc64 = piece->crc64;
    u->sent += piece->n;
    azb_pace_moved(&u->pace, piece->n, azb_http_now_ms());
    u->pieces.max_active = u->pace.limit;
    /* a length of -1 is "unknown" on both sides */
    azb_call_progress(call, u->sent, (uint64_t)u->input.length);
    azb_piece_done(piece);
}

/* ---- what of a piece is sent: all of it, or of pages those that are not zeros ---- */

/* How many bytes the pages of zeros have that come first. */
static size_t zeros_first(const unsigned char *bytes, size_t n)
{
    size_t at = 0;

    while (at < n && azb_is_zeros(bytes + at, AZB_PAGE_BYTES))
        at += AZB_PAGE_BYTES;
    return at;
}

/* The next pages, behind the run before, up to zeros that are worth a gap. */
static void next_pages(const struct azb_piece *piece, struct azb_piece_run *run)
{
    size_t end;

    run->at += run->n;
    run->at += zeros_first(piece->bytes + run->at, piece->n - run->at);
    for (end = run->at; end < piece->n; end += AZB_PAGE_BYTES) {
        size_t gap = zeros_first(piece->bytes + end, piece->n - end);

        if (gap >= GAP_BYTES || end + gap == piece->n)
            break;
        end += gap;
    }
    run->n = end - run->at;
}

static void run_hash(const struct azb_piece *piece, struct azb_piece_run *run)
{
    const struct azb_upload *u = azb_upload_of(piece->pieces->call);

    run->crc64 = piece->crc64;
    memcpy(run->md5, piece->md5, sizeof(run->md5));
    if (run->n == piece->n)
        return;
    run->crc64 = azb_crc64(0, piece->bytes + run->at, run->n);
    if (u->is_checked)
        EVP_Digest(piece->bytes + run->at, run->n, run->md5, NULL, u->call->engine->md5, NULL);
}

static int piece_start(struct azb_piece *piece, struct azb_error *err);

static void send_run(struct azb_piece *piece)
{
    struct azb_error err = {0};

    run_hash(piece, &piece->run);
    if (piece_start(piece, &err) < 0)
        azb_call_finish(piece->pieces->call, &err);
}

static void send_pages(struct azb_piece *piece)
{
    next_pages(piece, &piece->run);
    if (piece->run.n > 0)
        send_run(piece);
    else
        azb_upload_sent(piece);
}

static void on_piece_done(struct azb_op *op, const struct azb_error *err)
{
    struct azb_piece *piece = (struct azb_piece *)op;
    struct azb_upload *u = azb_upload_of(op->call);

    if (err != NULL && u->form == AZB_FORM_APPEND && op->is_doubtful &&
        azb_upload_append_refused(piece, err))
        return;
    if (err != NULL) {
        azb_upload_fail(op->call, err);
        return;
    }
    u->n_staged += u->form == AZB_FORM_BLOCKS;
    u->has_written = true;
    azb_upload_keep_answer(u, op);
    azb_op_clear(op);
    if (u->form == AZB_FORM_PAGES)
        send_pages(piece);
    else
        azb_upload_sent(piece);
}

static void set_uint(msgpack_object *value, uint64_t n)
{
    value->type = MSGPACK_OBJECT_POSITIVE_INTEGER;
    value->via.u64 = n;
}

static void set_str(msgpack_object *value, const char *text, size_t n)
{
    value->type = MSGPACK_OBJECT_STR;
    value->via.str.ptr = text;
    value->via.str.size = (uint32_t)n;
}

/* Appends to a blob that we made: it must be as our last request left it, or else another
 * upload has taken its place. */
static void pin_append(struct azb_piece *piece)
{
    static const char is_same[] = "IfNotModified";
    const struct azb_upload *u = azb_upload_of(piece->pieces->call);
    size_t n;
    const char *etag = azb_decoder_get_bytes(u->answer, "etag", &n);

    if (etag == NULL)
        return;
    set_str(&piece->values[1], etag, n);
    set_str(&piece->values[2], is_same, sizeof(is_same) - 1);
    azb_upload_set_arg(&piece->args, "etag", &piece->values[1]);
    azb_upload_set_arg(&piece->args, "match_condition", &piece->values[2]);
}

/* What this piece's request says of its place. */
static void piece_args(struct azb_piece *piece)
{
    const struct azb_upload *u = azb_upload_of(piece->pieces->call);

    piece->args = u->piece_args;
    switch (u->form) {
    case AZB_FORM_PUT:
        break;
    case AZB_FORM_BLOCKS:
        azb_upload_id_block(&u->id, piece->index, piece->block_id);
        piece->values[0].type = MSGPACK_OBJECT_BIN;
        piece->values[0].via.bin.ptr = (const char *)piece->block_id;
        piece->values[0].via.bin.size = sizeof(piece->block_id);
        azb_upload_set_arg(&piece->args, "block_id", &piece->values[0]);
        break;
    case AZB_FORM_APPEND:
        if (u->has_written)
            azb_upload_drop_conditions(&piece->args);
        if (u->has_made)
            pin_append(piece);
        set_uint(&piece->values[0], u->position + piece->offset);
        azb_upload_set_arg(&piece->args, "appendpos_condition", &piece->values[0]);
        break;
    case AZB_FORM_PAGES:
        set_uint(&piece->values[0], piece->offset + piece->run.at);
        set_uint(&piece->values[1], piece->run.n);
        azb_upload_set_arg(&piece->args, "offset", &piece->values[0]);
        azb_upload_set_arg(&piece->args, "length", &piece->values[1]);
        azb_upload_set_arg(&piece->args, "if_sequence_number_eq", &u->sequence);
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
                                              .refused = azb_upload_put_refused,
                                              .done = on_piece_done};
    static const struct azb_op_hooks direct_hooks = {.build = on_piece_build,
                                                     .end = on_piece_end,
                                                     .read = on_piece_read,
                                                     .rewind = on_piece_rewind,
                                                     .done = on_piece_done};
    struct azb_call *call = piece->pieces->call;
    const struct azb_upload *u = azb_upload_of(call);
    struct azb_decoder *decoder = azb_decoder_new(call->method->shape, NULL, NULL);

    if (decoder == NULL)
        return no_memory(err);
    piece_args(piece);
    azb_op_init(&piece->op, call, piece->args.method,
                u->pieces.is_direct ? &direct_hooks : &hooks, decoder);
    piece->op.is_bulk = true;
    piece->op.is_safe = u->form == AZB_FORM_APPEND; /* it has its position */
    piece->op.body_bytes = (int64_t)piece->run.n;
    if (!u->pieces.is_direct) {
        piece->op.body = piece->bytes + piece->run.at;
        call->engine->bytes_out += piece->run.n;
    }
    return azb_op_start(&piece->op, err);
}

static bool piece_is_there(const struct azb_piece *piece)
{
    const struct azb_upload *u = azb_upload_of(piece->pieces->call);

    if (u->form == AZB_FORM_APPEND)
        return piece->n == 0;
    return u->form == AZB_FORM_BLOCKS && u->parts[piece->index].staged_bytes == piece->n;
}

void azb_upload_send(struct azb_piece *piece)
{
    piece->run = (struct azb_piece_run){0};
    if (azb_upload_of(piece->pieces->call)->form == AZB_FORM_PAGES) {
        send_pages(piece);
    } else if (piece_is_there(piece) && piece->pieces->is_direct) {
        azb_piece_hash_only(piece, azb_upload_sent);
    } else if (piece_is_there(piece)) {
        azb_upload_sent(piece);
    } else {
        piece->run.n = piece->n;
        send_run(piece);
    }
}

void azb_upload_use_form(struct azb_call *call)
{
    static const char *const names[] = {
        [AZB_FORM_BLOCKS] = "blob.stage_block",
        [AZB_FORM_APPEND] = "blob.append_block",
        [AZB_FORM_PAGES] = "blob.upload_page",
    };
    struct azb_upload *u = azb_upload_of(call);
    const char *name;

    if (u->form == AZB_FORM_PUT) {
        u->piece_args = call->args;
        return;
    }
    name = names[u->form];
    azb_args_derive(&u->piece_args,
                    azb_registry_find(call->engine->registry, name, strlen(name)), &call->args);
    if (u->form == AZB_FORM_PAGES)
        azb_upload_drop_conditions(&u->piece_args);
}
