/*
 * range.c: one range. Bytes are put as they come; with checksums, only those of whole segments
 * are sure. So after a break the rest of a segment comes twice: where it can be put twice it
 * is, and otherwise the second copy, whose checksum will be looked at, has to equal the first.
 */
#include "lib/stream/range.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "proto/base64.h"
#include "lib/codec/crc64.h"

static struct azb_range *range_of(struct azb_op *op)
{
    return (struct azb_range *)op;
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

/* Versions of the service before this one know no structured bodies, as far as we know. */
static bool offers_structured(const struct azb_engine *engine)
{
    return strcmp(engine->options.api_version, AZB_API_VERSION) >= 0;
}

static int on_build(struct azb_op *op, const struct azb_location *location,
                    struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct azb_range *range = range_of(op);
    const char *text;

    if (azb_request_build(&op->req, &call->args, location, call->account->is_https,
                          &call->engine->scratch, err) < 0)
        return -1;
    if (range->etag[0] != '\0' && replace_header(&op->req, "If-Match", range->etag, err) < 0)
        return -1;
    if (range->wants_md5 &&
        azb_request_header(&op->req, "x-ms-range-get-content-md5", "true", err) < 0)
        return -1;
    if (!range->wants_md5 && offers_structured(call->engine) &&
        azb_request_header(&op->req, "x-ms-structured-body", AZB_STRUCTURED_CRC64, err) < 0)
        return -1;
    if (range->is_whole)
        return 0;
    text = azb_arena_printf(op->arena, "bytes=%llu-%llu",
                            (unsigned long long)(range->from + range->sure),
                            (unsigned long long)(range->from + range->bytes - 1));
    if (text == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a request");
    return azb_request_header(&op->req, "x-ms-range", text, err);
}

/* ---- the head ---- */

static bool is_named(const char *name, size_t n, const char *want)
{
    return strlen(want) == n && strncasecmp(name, want, n) == 0;
}

static void copy_text(char *ret, size_t ret_size, const char *text, size_t n)
{
    if (n > ret_size - 1)
        n = ret_size - 1;
    memcpy(ret, text, n);
    ret[n] = '\0';
}

/* A number of at most 18 digits, and the character that must follow it. */
static bool take_number(const char **text, char end, uint64_t *ret)
{
    const char *first = *text, *p = first;

    for (*ret = 0; *p >= '0' && *p <= '9'; p++)
        *ret = 10 * *ret + (uint64_t)(*p - '0');
    *text = p + 1;
    return p > first && p - first <= 18 && *p == end;
}

static bool read_md5(unsigned char *ret, const char *text, size_t n)
{
    unsigned char md5[AZB_BASE64_BYTES(24)];
    size_t md5_n;

    if (n != 24 || azb_base64_decode(text, n, md5, &md5_n) < 0 || md5_n != AZB_RANGE_MD5_BYTES)
        return false;
    memcpy(ret, md5, AZB_RANGE_MD5_BYTES);
    return true;
}

/* Content-MD5 is that of this answer's body; the fields hold that of the blob. */
static void on_content_md5(struct azb_op *op, const char *value, size_t n)
{
    struct azb_range *range = range_of(op);
    struct azb_error ignored = {0};

    range->has_md5 = read_md5(range->md5, value, n);
    if (op->attempt.status != 200)
        return;
    /* the whole blob's, unless x-ms-blob-content-md5 comes too */
    if (!range->has_blob_md5)
        range->has_blob_md5 = read_md5(range->blob_md5, value, n);
    if (op->decoder != NULL)
        azb_decoder_set_str(op->decoder, "properties.content_settings.content_md5", value, n,
                            &ignored);
}

static void on_header(struct azb_op *op, const char *name, size_t name_n, const char *value,
                      size_t n)
{
    struct azb_range *range = range_of(op);
    char number[24];
    const char *p = number;
    uint64_t bytes;

    if (is_named(name, name_n, "ETag")) {
        copy_text(range->seen_etag, sizeof(range->seen_etag), value, n);
    } else if (is_named(name, name_n, "Content-Range")) {
        copy_text(range->seen_range, sizeof(range->seen_range), value, n);
    } else if (is_named(name, name_n, "Content-MD5")) {
        on_content_md5(op, value, n);
    } else if (is_named(name, name_n, "x-ms-blob-content-md5")) {
        range->has_blob_md5 = read_md5(range->blob_md5, value, n);
    } else if (is_named(name, name_n, "x-ms-structured-body")) {
        range->is_structured = true;
    } else if (is_named(name, name_n, "x-ms-structured-content-length")) {
        copy_text(number, sizeof(number), value, n);
        if (take_number(&p, '\0', &bytes))
            range->structured_bytes = (int64_t)bytes;
    }
}

/* "bytes 0-99/1234" */
static bool content_range(const char *text, uint64_t *first, uint64_t *last, uint64_t *total)
{
    static const char unit[] = "bytes ";
    const char *p = text + sizeof(unit) - 1;

    return strncmp(text, unit, sizeof(unit) - 1) == 0 && take_number(&p, '-', first) &&
           take_number(&p, '/', last) && take_number(&p, '\0', total) && *first <= *last &&
           *last < *total;
}

/* How many content bytes this answer has; -1 with *err set when that cannot be told. */
static int64_t answer_bytes(struct azb_op *op, struct azb_error *err)
{
    const struct azb_range *range = range_of(op);

    if (op->content_length < 0)
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "the answer does not tell its length");
    if (!range->is_structured)
        return op->content_length;
    if (range->structured_bytes < 0)
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE,
                             "a structured body without x-ms-structured-content-length");
    return range->structured_bytes;
}

/* Is it what was asked for: from the byte that is missing, as far as wanted or to the end? */
static int head_check_range(struct azb_op *op, uint64_t *ret_total, struct azb_error *err)
{
    struct azb_range *range = range_of(op);
    uint64_t first = 0, last, total, end, from = range->from + range->sure;
    int64_t n = answer_bytes(op, err);

    if (n < 0)
        return -1;
    *ret_total = (uint64_t)n;
    if (op->attempt.status == 200 && from == 0) { /* all of it, whatever was asked for */
        if (range->bytes >= (uint64_t)n)
            return 0;
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE,
                             "a range was asked for, and the whole blob came");
    }
    if (op->attempt.status == 200 || !content_range(range->seen_range, &first, &last, &total))
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "no Content-Range to believe");
    end = range->bytes < total - range->from ? range->from + range->bytes : total;
    if (first != from || last + 1 != end || (uint64_t)n != last - first + 1)
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE,
                             "Content-Range and Content-Length do not fit what was asked for");
    *ret_total = total;
    return 0;
}

static int begin_body(struct azb_op *op, struct azb_error *err);

static int on_head(struct azb_op *op, struct azb_error *err)
{
    struct azb_range *range = range_of(op);
    uint64_t total;

    if (head_check_range(op, &total, err) < 0)
        return -1;
    if (range->etag[0] != '\0' && strcmp(range->etag, range->seen_etag) != 0)
        return azb_error_set(err, AZB_ERR_MODIFIED, "the blob changed while it was read");
    if (range->total != 0 && range->total != total)
        return azb_error_set(err, AZB_ERR_MODIFIED, "the blob changed while it was read");
    memcpy(range->etag, range->seen_etag, sizeof(range->etag));
    range->total = total;
    if (range->bytes > total - range->from)
        range->bytes = total - range->from;
    range->is_whole = range->bytes == 0; /* else it has ranges to go on with */
    if (begin_body(op, err) < 0)
        return -1;
    range->has_body = true;
    if (range->has_head)
        return 0;
    range->has_head = true;
    return range->hooks->head(range, err);
}

/* ---- the body ---- */

/* The copy of bytes that were put already, as far as it has come, must be the same at its end.
 */
static int check_overlap(struct azb_range *range, const void *bytes, size_t n,
                         struct azb_error *err)
{
    range->seen_overlap_crc = azb_crc64(range->seen_overlap_crc, bytes, n);
    range->overlap -= n;
    if (range->overlap > 0 || range->seen_overlap_crc == range->overlap_crc)
        return 0;
    return azb_error_set(err, AZB_ERR_CHECKSUM,
                         "bytes that were sent on before the connection broke were not right");
}

static int on_content(const void *bytes, size_t n, void *arg, struct azb_error *err)
{
    struct azb_range *range = arg;
    const unsigned char *p = bytes;
    size_t again = n < range->overlap ? n : (size_t)range->overlap;

    if (again > 0 && check_overlap(range, p, again, err) < 0)
        return -1;
    p += again;
    n -= again;
    if (n > range->bytes - range->received)
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "more bytes came than were announced");
    if (n == 0)
        return 0;
    if (range->wants_md5)
        EVP_DigestUpdate(range->md5_ctx, p, n);
    if (range->wants_crc && !range->is_structured)
        range->crc = azb_crc64(range->crc, p, n);
    if (range->hooks->put(range, p, n, err) < 0)
        return -1;
    range->received += n;
    return 0;
}

static int begin_body(struct azb_op *op, struct azb_error *err)
{
    struct azb_range *range = range_of(op);

    if (range->is_structured)
        azb_structured_init(&range->structured, (uint64_t)op->content_length,
                            (uint64_t)range->structured_bytes, on_content, range);
    if (!range->is_structured && range->overlap > 0)
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE,
                             "an answer with checksums went on without");
    if (!range->wants_md5)
        return 0;
    if (!range->has_md5)
        return azb_error_set(err, AZB_ERR_CHECKSUM,
                             "validate_content: the service sent no MD5 to check");
    if (range->md5_ctx == NULL)
        range->md5_ctx = EVP_MD_CTX_new();
    if (range->md5_ctx == NULL ||
        EVP_DigestInit_ex(range->md5_ctx, op->call->engine->md5, NULL) != 1)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a download");
    return 0;
}

static size_t on_body(struct azb_op *op, const char *bytes, size_t n)
{
    struct azb_range *range = range_of(op);
    int rc;

    if (!range->hooks->has_room(range, n))
        return AZB_HTTP_PAUSE;
    rc = range->is_structured ? azb_structured_push(&range->structured, bytes, n, &op->fail)
                              : on_content(bytes, n, range, &op->fail);
    return rc < 0 ? 0 : n;
}

static int check_md5(struct azb_range *range, struct azb_error *err)
{
    unsigned char md5[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    EVP_DigestFinal_ex(range->md5_ctx, md5, &n);
    if (memcmp(md5, range->md5, AZB_RANGE_MD5_BYTES) == 0)
        return 0;
    return azb_error_set(err, AZB_ERR_CHECKSUM,
                         "the bytes that came do not have the MD5 that the service told");
}

/* What the checksums of this answer have made sure. */
static void keep_checked(struct azb_range *range)
{
    const struct azb_structured *s = &range->structured;

    if (!range->is_structured) {
        range->sure = range->received;
        return;
    }
    range->crc = azb_crc64_combine(range->crc, s->crc, s->n_checked);
    range->sure += s->n_checked;
}

static int on_end(struct azb_op *op, struct azb_error *err)
{
    struct azb_range *range = range_of(op);

    if (range->is_structured && azb_structured_end(&range->structured, err) < 0)
        return -1;
    if (range->received != range->bytes)
        return azb_error_set(err, AZB_ERR_SHORT_BODY, "%llu of %llu bytes came",
                             (unsigned long long)range->received,
                             (unsigned long long)range->bytes);
    if (range->wants_md5 && check_md5(range, err) < 0)
        return -1;
    keep_checked(range);
    return 0;
}

/* ---- again ---- */

static void begin_answer(struct azb_range *range)
{
    range->has_body = range->is_structured = range->has_md5 = false;
    range->structured_bytes = -1;
    range->seen_overlap_crc = 0;
    range->seen_etag[0] = range->seen_range[0] = '\0';
    range->op.is_built = false;
}

/* The rest that no checksum has covered was put and stays: its copy is compared with it. */
static void range_overlap(struct azb_range *range)
{
    const struct azb_structured *s = &range->structured;

    range->overlap = range->received - range->sure;
    if (!range->has_body || !range->is_structured)
        return;
    if (s->n_content - s->n_checked >= range->overlap) /* all of it in the segment under way */
        range->overlap_crc = s->segment_crc;
    else /* it is an answer's before this one; what has become sure since leaves its checksum */
        range->overlap_crc ^= azb_crc64_combine(s->crc, 0, range->overlap);
}

/* A failure that another answer may mend: of a connection, or of the bytes themselves. */
static bool on_restart(struct azb_op *op)
{
    struct azb_range *range = range_of(op);
    uint64_t was_sure = range->sure, was_crc = range->crc;

    if (op->fail.what != AZB_OK && op->fail.what != AZB_ERR_CHECKSUM)
        return false;
    if (range->has_body && !range->wants_md5)
        keep_checked(range);
    if (range->sure > was_sure)
        azb_op_moved(op);
    if (range->has_head && range->sure == range->bytes) { /* nothing is left to ask for */
        range->sure = was_sure;
        range->crc = was_crc;
        return false;
    }
    if (range->received > range->sure && range->hooks->rewind(range)) {
        range->received = range->sure;
        range->overlap = 0;
        if (range->wants_md5) /* then nothing of it is sure */
            range->crc = 0;
    } else if (op->fail.what != AZB_OK) {
        return false; /* wrong bytes have been put for good */
    } else {
        range_overlap(range);
    }
    if (!range->has_head)
        azb_decoder_reset(op->decoder);
    begin_answer(range);
    return true;
}

/* With all of its segments checked, a body may lack its end: their checksums say as much.
 * Before keep_checked(). */
static bool is_complete(const struct azb_range *range)
{
    return range->has_head && range->has_body && range->is_structured && !range->wants_md5 &&
           range->op.fail.what == AZB_OK && range->bytes > 0 &&
           range->sure + range->structured.n_checked == range->bytes;
}

static void on_done(struct azb_op *op, const struct azb_error *err)
{
    struct azb_range *range = range_of(op);

    if (err != NULL && is_complete(range)) {
        keep_checked(range);
        err = NULL;
    }
    range->has_crc = range->is_structured || range->wants_crc;
    range->hooks->done(range, err);
}

int azb_range_start(struct azb_range *range, struct azb_call *call,
                    const struct azb_range_hooks *hooks, void *arg, struct azb_error *err)
{
    static const struct azb_op_hooks op_hooks = {.build = on_build,
                                                 .header = on_header,
                                                 .head = on_head,
                                                 .body = on_body,
                                                 .end = on_end,
                                                 .restart = on_restart,
                                                 .done = on_done};
    struct azb_decoder *decoder = azb_decoder_new(call->method->shape, NULL, NULL);

    if (decoder == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a download");
    azb_op_clear(&range->op);
    azb_op_init(&range->op, call, call->method, &op_hooks, decoder);
    range->op.is_bulk = call->priority == AZB_PRIORITY_BULK;
    range->op.may_park = range->may_park;
    range->op.on_secondary = range->on_secondary;
    range->hooks = hooks;
    range->arg = arg;
    range->has_head = range->has_crc = range->has_blob_md5 = false;
    range->received = range->sure = range->overlap = range->crc = range->total = 0;
    begin_answer(range);
    return azb_op_start(&range->op, err);
}

void azb_range_resume(struct azb_range *range)
{
    azb_op_resume(&range->op);
}

void azb_range_clear(struct azb_range *range)
{
    azb_op_clear(&range->op);
    EVP_MD_CTX_free(range->md5_ctx);
    range->md5_ctx = NULL;
}
