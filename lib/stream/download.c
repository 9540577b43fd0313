/*
 * download.c: a blob, or a range of it, whole or not at all.
 *
 * One request brings it all. Where it breaks off, the next attempt goes on at the byte, pinned
 * to the ETag, so that two versions never mix. The body is whole when its length is what
 * Content-Length and Content-Range said and the MD5, where the service knows one, is that of
 * the bytes that came.
 *
 * With validate_content the blob comes in ranges of 4 MiB, each held back until its MD5 is
 * checked.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/codec/base64.h"
#include "lib/op.h"
#include "lib/stream/output.h"

enum {
    CHECKED_RANGE = 4 * 1024 * 1024, /* the service sends an MD5 with ranges up to this */
    MD5_BYTES = 16,
};

struct download {
    struct azb_op op;
    struct azb_output output;
    bool is_checked;       /* validate_content */
    bool is_ranged;        /* the caller asked for a range */
    uint64_t offset;       /* of the first byte wanted */
    uint64_t wanted;       /* bytes wanted; UINT64_MAX: to the end */
    uint64_t expected;     /* bytes that there are to come in all, once has_head */
    uint64_t total;        /* size of the blob, once has_head */
    bool has_head;         /* a success's head has been seen */
    uint64_t received;     /* bytes that have come, in order */
    uint64_t attempt_from; /* received, when this request was made */
    uint64_t attempt_len;  /* body bytes that this request promised */
    char etag[128];
    char seen_etag[128]; /* of this answer */
    char seen_range[96];
    bool has_md5;
    unsigned char md5[MD5_BYTES]; /* of the whole body, or of the checked range */
    EVP_MD_CTX *md5_ctx;
    struct azb_buf held; /* a checked range */
    size_t held_done;
    struct azb_claim claim; /* of memory, for bytes inline */
    bool is_last_held;
};

static struct download *download_of(struct azb_call *call)
{
    return call->driver_state;
}

/* ---- the request ---- */

static int replace_header(struct azb_request *req, const char *name, const char *value,
                          struct azb_error *err)
{
    for (unsigned i = 0; i < req->n_headers; i++)
        if (strcasecmp(req->headers[i].name, name) == 0) {
            req->headers[i].value = value;
            return 0;
        }
    return azb_request_header(req, name, value, err);
}

/* The last byte to ask for; UINT64_MAX: no end. */
static uint64_t range_end(const struct download *d, uint64_t from)
{
    uint64_t end = d->wanted == UINT64_MAX ? UINT64_MAX : d->offset + d->wanted - 1;

    if (d->is_checked && end - from >= CHECKED_RANGE)
        end = from + CHECKED_RANGE - 1;
    return end;
}

static int on_build(struct azb_op *op, const struct azb_location *location,
                    struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct download *d = download_of(call);
    uint64_t from = d->offset + d->received, end = range_end(d, from);
    const char *range;

    if (azb_request_build(&op->req, &call->args, location, call->account->is_https,
                          &call->engine->scratch, err) < 0)
        return -1;
    if (d->has_head && d->etag[0] != '\0' &&
        replace_header(&op->req, "If-Match", d->etag, err) < 0)
        return -1;
    if (!d->is_ranged && !d->is_checked && d->received == 0)
        return 0; /* all of it, with no range: the service then tells the MD5 of the whole */
    range = end == UINT64_MAX
                ? azb_arena_printf(op->arena, "bytes=%llu-", (unsigned long long)from)
                : azb_arena_printf(op->arena, "bytes=%llu-%llu", (unsigned long long)from,
                                   (unsigned long long)end);
    if (range == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a request");
    if (azb_request_header(&op->req, "x-ms-range", range, err) < 0)
        return -1;
    if (d->is_checked)
        return azb_request_header(&op->req, "x-ms-range-get-content-md5", "true", err);
    return 0;
}

/* ---- the head ---- */

/* "bytes 0-99/1234" */
static bool content_range(const char *text, uint64_t *first, uint64_t *last, uint64_t *total)
{
    unsigned long long a, b, c;
    int end = 0;

    if (sscanf(text, "bytes %19llu-%19llu/%19llu%n", &a, &b, &c, &end) != 3 ||
        text[end] != '\0')
        return false;
    *first = a, *last = b, *total = c;
    return a <= b && b < c;
}

static int head_check_range(struct azb_op *op, struct download *d, struct azb_error *err)
{
    uint64_t first, last, total, from = d->offset + d->received;

    if (op->attempt.status == 200) {
        if (from != 0 || op->content_length < 0)
            return azb_error_set(err, AZB_ERR_BAD_RESPONSE,
                                 from != 0 ? "a range was asked for, and the whole blob came"
                                           : "the answer does not tell its length");
        first = 0;
        total = (uint64_t)op->content_length;
        last = total - 1;
    } else if (!content_range(d->seen_range, &first, &last, &total)) {
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE,
                             "206 without a Content-Range to believe");
    }
    if (first != from || last > range_end(d, from) ||
        (op->content_length >= 0 && (uint64_t)op->content_length != last - first + 1))
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE,
                             "Content-Range and Content-Length do not fit what was asked for");
    if (d->has_head && total != d->total)
        return azb_error_set(err, AZB_ERR_MODIFIED, "the blob changed while it was read");
    d->total = total;
    d->attempt_len = last - first + 1;
    return 0;
}

/* Keep what tells one version of the blob from another. */
static int head_check_etag(struct download *d, struct azb_error *err)
{
    if (d->has_head && strcmp(d->etag, d->seen_etag) != 0)
        return azb_error_set(err, AZB_ERR_MODIFIED, "the blob changed while it was read");
    memcpy(d->etag, d->seen_etag, sizeof(d->etag));
    return 0;
}

static int download_announce(struct azb_call *call, struct azb_error *err);

static int on_head(struct azb_op *op, struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct download *d = download_of(call);
    uint64_t rest;

    if (head_check_range(op, d, err) < 0 || head_check_etag(d, err) < 0)
        return -1;
    if (d->has_head)
        return 0;
    rest = d->total - d->offset;
    d->expected = d->wanted < rest ? d->wanted : rest;
    d->has_head = true;
    azb_output_expect(&d->output, d->expected);
    if (azb_decoder_set_int(op->decoder, "properties.size", (int64_t)d->total, err) < 0)
        return -1;
    return download_announce(call, err);
}

/* Content-MD5 is that of this answer's body; the fields hold that of the blob. */
static void take_md5(struct download *d, const char *value, size_t n)
{
    unsigned char md5[AZB_BASE64_BYTES(24)];
    size_t md5_n;

    if (n == 24 && azb_base64_decode(value, n, md5, &md5_n) == 0 && md5_n == MD5_BYTES) {
        memcpy(d->md5, md5, MD5_BYTES);
        d->has_md5 = true;
    }
}

static void on_header(struct azb_op *op, const char *name, size_t name_n, const char *value,
                      size_t n)
{
    struct download *d = download_of(op->call);
    struct azb_error ignored = {0};

    if (name_n == 4 && strncasecmp(name, "ETag", 4) == 0)
        snprintf(d->seen_etag, sizeof(d->seen_etag), "%.*s", (int)(n < 127 ? n : 127), value);
    if (name_n == 13 && strncasecmp(name, "Content-Range", 13) == 0)
        snprintf(d->seen_range, sizeof(d->seen_range), "%.*s", (int)(n < 95 ? n : 95), value);
    if (name_n != 11 || strncasecmp(name, "Content-MD5", 11) != 0 ||
        d->received != d->attempt_from || (d->received > 0 && !d->is_checked))
        return;
    take_md5(d, value, n);
    if (op->attempt.status ==
        200) /* the whole blob's, unless x-ms-blob-content-md5 comes too */
        azb_decoder_set_str(op->decoder, "properties.content_settings.content_md5", value, n,
                            &ignored);
}

/* ---- the result, and what comes before the bytes ---- */

/* {properties: {...}, size: n} with room for `data`; or the first $/item of a stream. */
static void pack_properties(struct azb_call *call, struct azb_buf *buf)
{
    struct download *d = download_of(call);
    msgpack_packer pk;
    size_t at = buf->len;
    unsigned n_pairs = d->output.kind == AZB_OUTPUT_INLINE ? 3 : 2;

    azb_decoder_emit(d->op.decoder, azb_call_param, call, buf);
    if (buf->failed)
        return;
    /* emit wrote {properties: {...}}: a map16 of one; the others are added behind it */
    buf->data[at + 2] = (unsigned char)n_pairs;
    azb_buf_packer(&pk, buf);
    azb_pack_str(&pk, "size");
    msgpack_pack_uint64(&pk, d->expected);
}

/* The body was paused until there is memory for it. */
static void on_memory(void *arg)
{
    azb_op_resume(&download_of(arg)->op);
}

static int announce_inline(struct azb_call *call, struct azb_error *err)
{
    struct download *d = download_of(call);
    size_t limit = call->engine->options.max_inline_bytes;
    msgpack_packer pk;

    if (d->expected > limit)
        return azb_error_set(err, AZB_ERR_TOO_LARGE,
                             "the blob has %llu bytes; at most %zu (max_inline_bytes) fit one "
                             "message. Use stream: true, fd: true, or offset and length",
                             (unsigned long long)d->expected, limit);
    if (azb_budget_claim(&call->engine->budget, &d->claim, d->expected, on_memory, call, err) <
        0)
        return -1;
    pack_properties(call, &call->result);
    azb_buf_packer(&pk, &call->result);
    azb_pack_str(&pk, "data");
    msgpack_pack_bin(&pk, d->expected);
    azb_buf_reserve(&call->result, d->expected);
    return call->result.failed ? azb_error_set(err, AZB_ERR_NO_MEMORY, "a result") : 0;
}

static int download_announce(struct azb_call *call, struct azb_error *err)
{
    struct azb_buf item = {0};
    int rc = 0;

    if (download_of(call)->output.kind == AZB_OUTPUT_INLINE)
        return announce_inline(call, err);
    pack_properties(call, &call->result);
    if (call->result.failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a result");
    if (call->is_stream) {
        pack_properties(call, &item);
        rc = item.failed ? azb_error_set(err, AZB_ERR_NO_MEMORY, "a result")
                         : call->sink.item(call->sink.arg, item.data, item.len, err);
        azb_buf_clear(&item);
    }
    return rc;
}

/* ---- the body ---- */

static size_t on_body(struct azb_op *op, const char *bytes, size_t n)
{
    struct download *d = download_of(op->call);
    int rc = 0;

    if (n > d->attempt_len - (d->received - d->attempt_from)) {
        azb_error_set(&op->fail, AZB_ERR_BAD_RESPONSE, "more bytes came than were announced");
        return 0;
    }
    if (d->claim.state == AZB_CLAIM_WAITING ||
        (!d->is_checked && !azb_output_has_room(&d->output, n)))
        return AZB_HTTP_PAUSE;
    if (d->has_md5 || d->is_checked)
        EVP_DigestUpdate(d->md5_ctx, bytes, n);
    if (d->is_checked)
        azb_buf_append(&d->held, bytes, n);
    else
        rc = azb_output_put(&d->output, bytes, n, &op->fail);
    d->received += n;
    if (d->held.failed)
        rc = azb_error_set(&op->fail, AZB_ERR_NO_MEMORY, "a range");
    return rc < 0 ? 0 : n;
}

static int check_md5(struct download *d, struct azb_error *err)
{
    unsigned char md5[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    EVP_DigestFinal_ex(d->md5_ctx, md5, &n);
    EVP_DigestInit_ex(d->md5_ctx, NULL, NULL);
    if (memcmp(md5, d->md5, MD5_BYTES) != 0)
        return azb_error_set(err, AZB_ERR_CHECKSUM,
                             "the bytes that came do not have the MD5 that the service told");
    return 0;
}

static int on_end(struct azb_op *op, struct azb_error *err)
{
    struct download *d = download_of(op->call);

    if (d->received - d->attempt_from != d->attempt_len)
        return azb_error_set(err, AZB_ERR_SHORT_BODY, "%llu of %llu bytes came",
                             (unsigned long long)(d->received - d->attempt_from),
                             (unsigned long long)d->attempt_len);
    if (d->is_checked && !d->has_md5)
        return azb_error_set(err, AZB_ERR_CHECKSUM,
                             "validate_content: the service sent no MD5 to check");
    if (d->is_checked || (d->has_md5 && d->received == d->expected))
        return check_md5(d, err);
    return 0;
}

/* Where an attempt that failed leaves us: go on behind the last byte that is sure. */
static bool on_restart(struct azb_op *op)
{
    struct download *d = download_of(op->call);

    if (d->is_checked) { /* the held range is begun anew */
        d->received = d->attempt_from;
        d->held.len = 0;
        EVP_DigestInit_ex(d->md5_ctx, NULL, NULL);
    } else if (op->fail.what != AZB_OK) {
        return false; /* bytes may have been lost on our side */
    }
    if (d->received > 0 && d->received == d->expected)
        return false; /* it all came, and is wrong */
    if (d->received > d->attempt_from)
        op->n_retries = 0; /* it moves: the count is for those that do not */
    d->attempt_from = d->received;
    op->is_built = false;
    azb_decoder_reset(op->decoder);
    return true;
}

static int download_next(struct azb_call *call, struct azb_error *err);

/* Hand a checked range on, as far as there is room. */
static void pump_held(struct azb_call *call)
{
    struct download *d = download_of(call);
    struct azb_error err = {0};

    while (d->held_done < d->held.len) {
        size_t n = d->held.len - d->held_done;

        if (n > AZB_OUTPUT_BLOCK_BYTES / 8)
            n = AZB_OUTPUT_BLOCK_BYTES / 8;
        if (!azb_output_has_room(&d->output, n))
            return;
        if (azb_output_put(&d->output, d->held.data + d->held_done, n, &err) < 0) {
            azb_call_finish(call, &err);
            return;
        }
        d->held_done += n;
    }
    d->held.len = d->held_done = 0;
    if (d->is_last_held)
        azb_output_finish(&d->output);
    else if (download_next(call, &err) < 0)
        azb_call_finish(call, &err);
}

/* An empty blob has no first byte: asked for with a range, it answers 416. */
static bool is_empty_blob(const struct azb_call *call, const struct azb_error *err)
{
    const struct download *d = call->driver_state;

    return err->status == 416 && d->is_checked && !d->is_ranged && d->received == 0;
}

static void on_done(struct azb_op *op, const struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct download *d = download_of(call);
    struct azb_error again = {0};

    if (err != NULL && is_empty_blob(call, err)) {
        d->is_checked = false;
        if (download_next(call, &again) < 0)
            azb_call_finish(call, &again);
    } else if (err != NULL) {
        azb_call_finish(call, err);
    } else if (d->is_checked) {
        d->is_last_held = d->received == d->expected;
        pump_held(call);
    } else {
        azb_output_finish(&d->output);
    }
}

/* The request for what comes after the bytes received. */
static int download_next(struct azb_call *call, struct azb_error *err)
{
    static const struct azb_op_hooks hooks = {.build = on_build,
                                              .header = on_header,
                                              .head = on_head,
                                              .body = on_body,
                                              .end = on_end,
                                              .restart = on_restart,
                                              .done = on_done};
    struct download *d = download_of(call);
    bool on_secondary = d->op.on_secondary;
    struct azb_decoder *decoder = azb_decoder_new(call->method->shape, NULL, NULL);

    if (decoder == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a download");
    azb_op_clear(&d->op);
    azb_op_init(&d->op, call, call->method, &hooks, decoder);
    d->op.on_secondary = on_secondary; /* its parts come from one host */
    d->op.is_bulk = call->priority == AZB_PRIORITY_BULK;
    d->attempt_from = d->received;
    d->has_md5 = false;
    return azb_op_start(&d->op, err);
}

static void on_room(struct azb_call *call)
{
    struct download *d = download_of(call);

    if (d->held.len > 0 && d->op.state == AZB_OP_IDLE)
        pump_held(call);
    else
        azb_op_resume(&d->op);
}

static void on_output_finished(struct azb_call *call, const struct azb_error *err)
{
    azb_call_finish(call, err);
}

static int download_start(struct azb_call *call, struct azb_error *err)
{
    struct download *d = azb_arena_zalloc(call->arena, sizeof(*d));

    if (d == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a download");
    call->driver_state = d;
    d->is_checked = azb_args_bool(&call->args, "validate_content", false);
    d->is_ranged = azb_args_get(&call->args, "offset") != NULL;
    d->offset = (uint64_t)azb_args_int(&call->args, "offset", 0);
    d->wanted = (uint64_t)azb_args_int(&call->args, "length", -1);
    if (d->is_ranged && d->wanted != UINT64_MAX && d->wanted > INT64_MAX - d->offset)
        d->wanted = UINT64_MAX;
    if (azb_output_init(&d->output, call, on_room, on_output_finished, err) < 0)
        return -1;
    d->md5_ctx = EVP_MD_CTX_new();
    if (d->md5_ctx == NULL || EVP_DigestInit_ex(d->md5_ctx, call->engine->md5, NULL) != 1)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a download");
    return download_next(call, err);
}

static void download_stop(struct azb_call *call)
{
    struct download *d = call->driver_state;

    if (d == NULL)
        return;
    azb_op_clear(&d->op);
    azb_output_stop(&d->output);
    azb_budget_release(&d->claim);
}

static void download_clear(struct azb_call *call)
{
    struct download *d = download_of(call);

    azb_output_clear(&d->output);
    azb_buf_clear(&d->held);
    EVP_MD_CTX_free(d->md5_ctx);
}

static void download_resume(struct azb_call *call)
{
    azb_output_resume(&download_of(call)->output);
}

const struct azb_driver azb_download_driver = {
    .start = download_start,
    .stop = download_stop,
    .clear = download_clear,
    .resume = download_resume,
};
