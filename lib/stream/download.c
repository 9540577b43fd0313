/*
 * download.c: a blob, or a range of it, whole or not at all.
 *
 * The first request asks for a range that most blobs fit into; what it tells about the rest is
 * fetched in further ranges, side by side, all pinned to the first one's ETag. Into a regular
 * file each is written where it belongs. Anything else takes bytes in order: the range whose
 * turn it is passes its bytes on, those ahead of it hold theirs, within the memory budget;
 * where one at a time is as fast, they leave them with the system until it is their turn.
 *
 * What makes sure of the bytes: the CRC-64 of each segment where the service sends such, and
 * the MD5 of the whole where it knows one: see whole_md5.h; with validate_content the MD5 of
 * each range, and then nothing is passed on before it was checked.
 *
 * With resume, the file tells which ranges (chunks) are in it already: see file.h. Of a page
 * blob, what is not in the service's list of pages is zeros and is not asked for: see pages.h.
 * A file has a hole there; everything else gets the zeros in their turn.
 */
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/codec/crc64.h"
#include "lib/stream/file.h"
#include "lib/stream/output.h"
#include "lib/stream/pace.h"
#include "lib/stream/pages.h"
#include "lib/stream/range.h"
#include "lib/stream/whole_md5.h"

enum {
    FIRST_BYTES = 8 * 1024 * 1024,
    PLACED_BYTES = 8 * 1024 * 1024,  /* of a range that is written where it belongs */
    HELD_BYTES = 2 * 1024 * 1024,    /* of one that may have to be held */
    CHECKED_BYTES = 4 * 1024 * 1024, /* the service sends an MD5 with ranges up to this */
    PIECE_BYTES = 64 * 1024,         /* of what was held, passed on at a time */
    FAR_MS =
        5, /* an answer that takes so long comes from afar: one request cannot fill the way */
};

/* One range under way. */
struct part {
    struct azb_range range; /* first */
    TAILQ_ENTRY(part) entry;
    enum { PART_IDLE, PART_RUNNING, PART_RECEIVED } state;
    struct azb_claim claim;
    struct azb_writer writer;  /* placed */
    bool must_drain;           /* old bytes are on their way to where new ones will go */
    unsigned char *held;       /* in order: NULL when its bytes are passed on as they come */
    uint64_t passed;           /* of its bytes */
    struct azb_file_mark mark; /* its chunk is there */
};

struct download {
    struct azb_call *call;
    struct azb_output output;
    bool is_placed;       /* else in order */
    bool is_checked;      /* validate_content */
    bool is_ranged;       /* the caller asked for a range */
    uint64_t offset, end; /* of the bytes wanted; end is right once has_head */
    uint64_t next;        /* up to here there have been ranges */
    uint64_t range_bytes;
    bool has_head, is_wide; /* the first head is there; others may start beside it */
    bool on_secondary;      /* it came from there: perhaps only that host has this version */
    struct part *parts[AZB_PACE_CAP];
    TAILQ_HEAD(, part) busy; /* in order of their bytes */
    unsigned n_busy;
    struct azb_pace pace;
    struct event advance_ev;
    struct azb_claim claim;        /* what the first range needs */
    struct azb_claim inline_claim; /* a result's data */
    struct azb_whole_md5 md5;
    bool has_crc; /* of all ranges so far */
    uint64_t crc;
    uint64_t n_put;
    struct azb_file file; /* placed */
    bool is_taking_room;
    struct azb_pages *pages; /* NULL: any byte may be other than zero */
    bool is_finishing;
};

static struct download *download_of(struct azb_call *call)
{
    return call->driver_state;
}

static struct part *part_of(struct azb_range *range)
{
    return (struct part *)range;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t expected(const struct download *d)
{
    return d->end - d->offset;
}

/* What the caller asked for, before it is known how much there is. */
static uint64_t wanted_end(const struct download *d)
{
    uint64_t length = (uint64_t)azb_args_int(&d->call->args, "length", INT64_MAX);

    return d->offset + least(length, INT64_MAX - d->offset);
}

/* From that byte of the blob to the end of its chunk. */
static uint64_t rest_of_chunk(const struct download *d, uint64_t at)
{
    return least(d->range_bytes - (at - d->offset) % d->range_bytes, d->end - at);
}

/* n zeros up to that byte of the blob need nothing more. */
static void add_zeros(struct download *d, uint64_t n, uint64_t to)
{
    d->crc ^= azb_crc64_combine(azb_crc64_zeros(n), 0, d->end - to);
    d->n_put += n;
}

/* Where the next range begins, after all that is there or is known to be zeros. */
static void skip(struct download *d)
{
    uint64_t known = least(d->end, azb_pages_known(d->pages));
    uint64_t n_zeros = 0; /* in a row */

    while (d->next < known) {
        uint64_t n = rest_of_chunk(d, d->next), empty;

        if (azb_file_has(&d->file, d->next)) {
            add_zeros(d, n_zeros, d->next);
            n_zeros = 0;
        } else if ((empty = azb_pages_empty(d->pages, d->next)) > 0) {
            n = least(n, empty);
            n_zeros += n;
        } else {
            break;
        }
        d->next += n;
    }
    add_zeros(d, n_zeros, d->next);
}

/* Go on from the event loop, where anything may be started and ended. */
static void kick(struct download *d)
{
    event_active(&d->advance_ev, EV_TIMEOUT, 1);
}

static void on_change(struct azb_call *call)
{
    kick(download_of(call));
}

static int on_file_changed(struct azb_call *call, struct azb_error *err)
{
    (void)err;
    on_change(call);
    return 0;
}

/* The call has ended: nothing is left of what was, once nothing is being written any more. */
static void settle(struct azb_call *call)
{
    struct download *d = download_of(call);

    for (unsigned i = 0; i < AZB_PACE_CAP; i++)
        if (d->parts[i] != NULL && d->parts[i]->writer.n_out > 0)
            return;
    azb_file_settle(&d->file);
}

/* ---- the result, and what comes before the bytes ---- */

/* {properties: {...}, size: n} with room for `data`; or the first $/item of a stream. */
static void pack_properties(struct azb_call *call, struct azb_buf *buf)
{
    struct download *d = download_of(call);
    msgpack_packer pk;
    size_t at = buf->len;
    unsigned n_pairs = d->output.kind == AZB_OUTPUT_INLINE ? 3 : 2;

    azb_decoder_emit(d->parts[0]->range.op.decoder, azb_call_param, call, buf);
    if (buf->failed)
        return;
    /* emit wrote {properties: {...}}: a map16 of one; the others are added behind it */
    buf->data[at + 2] = (unsigned char)n_pairs;
    azb_buf_packer(&pk, buf);
    azb_pack_str(&pk, "size");
    msgpack_pack_uint64(&pk, expected(d));
}

/* Further pairs of the result; emit's map 16 counts them in its third byte. */
static void pack_rest(struct azb_call *call)
{
    struct download *d = download_of(call);
    unsigned char crc[AZB_CRC64_BYTES];
    msgpack_packer pk;

    if (call->result.failed)
        return;
    azb_buf_packer(&pk, &call->result);
    if (d->file.wants_resume) {
        call->result.data[2]++;
        azb_pack_str(&pk, "resumed_bytes");
        msgpack_pack_uint64(&pk, d->file.n_present);
    }
    if (!d->has_crc)
        return;
    azb_crc64_bytes(d->crc, crc);
    call->result.data[2]++;
    azb_pack_str(&pk, "content_crc64");
    azb_pack_bin(&pk, crc, sizeof(crc));
}

static void on_inline_memory(void *arg)
{
    kick(download_of(arg));
}

static int announce_inline(struct azb_call *call, struct azb_error *err)
{
    struct download *d = download_of(call);
    size_t limit = call->engine->options.max_inline_bytes;
    msgpack_packer pk;

    if (expected(d) > limit)
        return azb_error_set(err, AZB_ERR_TOO_LARGE,
                             "the blob has %llu bytes; at most %zu (max_inline_bytes) fit one "
                             "message. Use stream: true, fd: true, or offset and length",
                             (unsigned long long)expected(d), limit);
    if (azb_budget_claim(&call->engine->budget, azb_flow_share(call->flow), &d->inline_claim,
                         expected(d), on_inline_memory, call, err) < 0)
        return -1;
    pack_properties(call, &call->result);
    azb_buf_packer(&pk, &call->result);
    azb_pack_str(&pk, "data");
    msgpack_pack_bin(&pk, expected(d));
    azb_buf_reserve(&call->result, expected(d));
    return call->result.failed ? azb_error_set(err, AZB_ERR_NO_MEMORY, "a result") : 0;
}

static int announce(struct azb_call *call, struct azb_error *err)
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

/* ---- a range's bytes ---- */

static struct part *turn_of(const struct download *d)
{
    return TAILQ_FIRST(&d->busy);
}

/* All before it has left: it is its turn. */
static bool is_due(const struct download *d, const struct part *part)
{
    return part == turn_of(d) && d->output.n_put == part->range.from - d->offset + part->passed;
}

/* Its bytes leave as they come: it is due, and none of it waits. */
static bool is_passing(const struct download *d, const struct part *part)
{
    return is_due(d, part) && !d->is_checked && part->passed == part->range.received;
}

static bool on_has_room(struct azb_range *range, size_t n)
{
    struct download *d = range->arg;
    struct part *part = part_of(range);

    if (d->inline_claim.state == AZB_CLAIM_WAITING || part->must_drain)
        return false;
    if (d->is_placed)
        return azb_writer_has_room(&part->writer, n);
    return is_passing(d, part) ? azb_output_has_room(&d->output, n) : part->held != NULL;
}

/* Bytes in order. */
static int pass(struct download *d, const void *bytes, size_t n, struct azb_error *err)
{
    azb_whole_md5_add(&d->md5, bytes, n);
    return azb_output_put(&d->output, bytes, n, err);
}

static int part_pass(struct download *d, struct part *part, const void *bytes, size_t n,
                     struct azb_error *err)
{
    part->passed += n;
    return pass(d, bytes, n, err);
}

/* Where that byte of the range belongs in the file. */
static off_t place_of(const struct download *d, const struct part *part, uint64_t at)
{
    return d->output.base + (off_t)(part->range.from - d->offset + at);
}

static int place(struct download *d, struct part *part, const void *bytes, size_t n,
                 struct azb_error *err)
{
    azb_whole_md5_add(&d->md5, bytes, n);
    return azb_writer_put(&part->writer, place_of(d, part, part->range.received), bytes, n,
                          err);
}

static int on_put(struct azb_range *range, const void *bytes, size_t n, struct azb_error *err)
{
    struct download *d = range->arg;
    struct part *part = part_of(range);
    int rc = 0;

    if (d->is_placed)
        rc = place(d, part, bytes, n, err);
    else if (is_passing(d, part))
        rc = part_pass(d, part, bytes, n, err);
    else
        memcpy(part->held + range->received, bytes, n);
    if (rc < 0)
        return -1;
    d->n_put += n;
    if (d->is_wide)
        azb_pace_moved(&d->pace, n, azb_http_now_ms());
    azb_call_progress(d->call, d->n_put, expected(d));
    return 0;
}

static bool on_rewind(struct azb_range *range)
{
    struct download *d = range->arg;
    struct part *part = part_of(range);

    if (d->is_placed) {
        azb_writer_drop(&part->writer, place_of(d, part, range->sure));
        part->writer.is_sparse = false; /* what came first may be there, and other than zero */
        part->must_drain = part->writer.n_out > 0;
        azb_whole_md5_restart(&d->md5);
    } else if (part->passed > range->sure) {
        return false;
    }
    d->n_put -= range->received - range->sure;
    return true;
}

/* ---- the first head ---- */

/* Other ranges may start now: so many side by side, at first. */
static void widen(struct download *d, unsigned start)
{
    const struct azb_call *call = d->call;

    d->is_wide = true;
    azb_pace_init(&d->pace, (unsigned)azb_args_int(&call->args, "max_concurrency", 0),
                  AZB_PACE_CAP, start, 0, azb_http_now_ms());
}

/* /dev/null, for one, cannot. */
static bool can_read_back(int fd)
{
    struct stat st;

    return (fcntl(fd, F_GETFL) & O_ACCMODE) != O_WRONLY && fstat(fd, &st) == 0 &&
           (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode));
}

/* Where ranges come side by side, or one may come again in part, all is read back from the
 * file: if it may be read. */
static int begin_md5(struct download *d, const struct azb_range *range, struct azb_error *err)
{
    bool is_all = d->offset == 0 && d->end == range->total;
    bool is_read = d->is_placed && (range->bytes < expected(d) || range->is_structured);

    if (!range->has_blob_md5 || !is_all || !azb_args_bool(&d->call->args, "check_md5", true) ||
        (is_read && !can_read_back(d->call->fd)))
        return 0;
    if (is_read)
        azb_whole_md5_read(&d->md5, d->output.base, on_change);
    return azb_whole_md5_begin(&d->md5, d->call, range->blob_md5, err);
}

/* What is in the file up to the first byte that may still come can be read back. */
static int read_back(struct download *d, struct azb_error *err)
{
    if (d->is_taking_room)
        return 0;
    return azb_whole_md5_due(&d->md5, turn_of(d) != NULL ? turn_of(d)->range.from : d->next,
                             err);
}

static int on_room_taken(struct azb_call *call, struct azb_error *err)
{
    download_of(call)->is_taking_room = false;
    return on_file_changed(call, err);
}

/* There is more than the first range: make room for it. */
static int expect_more(struct download *d, const struct azb_range *range, struct azb_error *err)
{
    static const char page_blob[] = "PageBlob";
    size_t n = 0;
    const char *type = azb_decoder_get_bytes(range->op.decoder, "properties.blob_type", &n);
    bool may_skip = !d->is_placed || azb_file_may_have_holes(&d->file);
    int rc;

    if (type != NULL && n == strlen(page_blob) && memcmp(type, page_blob, n) == 0 && may_skip) {
        d->pages = azb_pages_new(d->call, d->next, d->range_bytes, range->etag, on_change);
        if (d->pages == NULL)
            return azb_error_set(err, AZB_ERR_NO_MEMORY, "a list of pages");
        d->parts[0]->writer.is_sparse = !d->file.is_tracked; /* else its place is as it was */
    }
    rc = azb_file_take(&d->file, range->total, range->etag,
                       d->pages != NULL ? d->next : UINT64_MAX, on_room_taken, err);
    d->is_taking_room = rc == 1;
    if (d->pages != NULL)
        kick(d);
    return rc < 0 ? -1 : 0;
}

static int first_head(struct download *d, struct azb_range *range, struct azb_error *err)
{
    struct azb_call *call = d->call;
    uint64_t now_ms = azb_http_now_ms();

    if (d->file.is_tracked && range->total != d->file.resume.total)
        return azb_error_set(err, AZB_ERR_MODIFIED, "the blob is not the one that was begun");
    d->has_head = true;
    d->on_secondary = range->op.on_secondary;
    d->end = least(d->end, range->total);
    d->next = range->from + range->bytes;
    skip(d);
    azb_output_expect(&d->output, expected(d));
    d->parts[0]->writer.cap = d->output.writer.cap;
    if (azb_decoder_set_int(range->op.decoder, "properties.size", (int64_t)range->total, err) <
            0 ||
        begin_md5(d, range, err) < 0 || announce(call, err) < 0)
        return -1;
    if (d->next == d->end)
        return 0;
    if (expect_more(d, range, err) < 0)
        return -1;
    if (now_ms - call->started_ms >= FAR_MS) {
        widen(d, AZB_PACE_START);
        kick(d);
    }
    return 0;
}

static int on_range_head(struct azb_range *range, struct azb_error *err)
{
    struct download *d = range->arg;

    if (!d->has_head)
        return first_head(d, range, err);
    return 0;
}

/* ---- ranges, one after the other and side by side ---- */

static void part_free_memory(struct part *part)
{
    azb_writer_clear(&part->writer);
    free(part->held);
    part->held = NULL;
    azb_budget_release(&part->claim);
}

/* The CRC-64 of the part's chunk: around what it holds there are zeros. */
static uint64_t chunk_crc(const struct download *d, const struct part *part)
{
    uint64_t from = part->range.from;
    uint64_t before = (from - d->offset) % d->range_bytes;
    uint64_t behind = rest_of_chunk(d, from) - part->range.bytes;
    uint64_t crc = azb_crc64_zeros(before);

    crc = azb_crc64_combine(crc, part->range.crc, part->range.bytes);
    return azb_crc64_combine(crc, azb_crc64_zeros(behind), behind);
}

/* All of it is where it belongs. */
static int part_end(struct download *d, struct part *part, struct azb_error *err)
{
    uint64_t behind = d->end - part->range.from - part->range.bytes;

    d->has_crc = d->has_crc && part->range.has_crc;
    d->crc ^= azb_crc64_combine(part->range.crc, 0, behind);
    part->state = PART_IDLE;
    TAILQ_REMOVE(&d->busy, part, entry);
    d->n_busy--;
    if (!d->file.is_tracked)
        return 0;
    return azb_file_mark_chunk(&d->file, &part->mark, part->range.from, chunk_crc(d, part),
                               on_file_changed, err);
}

static void on_part_written(struct azb_writer *writer)
{
    struct part *part = writer->arg;
    struct azb_call *call = writer->call;
    struct download *d = download_of(call);
    struct azb_error err = {0};

    if (call->state == AZB_CALL_DONE) {
        settle(call);
    } else if (writer->errnum != 0) {
        azb_writer_error(&err, writer->errnum);
        azb_call_finish(call, &err);
    } else {
        part->must_drain = part->must_drain && writer->n_out > 0;
        azb_range_resume(&part->range);
        if (part->state == PART_RECEIVED && writer->n_out == 0)
            kick(d);
    }
}

static int first_start(struct azb_call *call, struct azb_error *err);

static void on_range_done(struct azb_range *range, const struct azb_error *err)
{
    struct download *d = range->arg;
    struct part *part = part_of(range);
    struct azb_call *call = d->call;
    struct azb_error mine = {0};
    int rc = 0;

    if (err != NULL && err->status == 416 && !d->has_head && !d->is_ranged &&
        !range->is_whole) {
        range->is_whole = true; /* an empty blob has no first byte */
        rc = first_start(call, &mine);
    } else if (err != NULL && err->what == AZB_ERR_MODIFIED && d->file.is_tracked &&
               !d->has_head) {
        rc = azb_file_empty(&d->file, first_start, &mine);
    } else if (err != NULL) {
        azb_call_finish(call, err);
        return;
    } else {
        part->state = PART_RECEIVED;
        rc = azb_writer_flush(&part->writer, &mine);
        if (!d->is_wide)
            widen(d, AZB_PACE_ONE);
        kick(d);
    }
    if (rc < 0)
        azb_call_finish(call, &mine);
}

static const struct azb_range_hooks range_hooks = {.head = on_range_head,
                                                   .has_room = on_has_room,
                                                   .put = on_put,
                                                   .rewind = on_rewind,
                                                   .done = on_range_done};

static void on_granted_late(void *arg)
{
    kick(arg);
}

/* What it needs to begin: 1: it has it, 0: not now, -1: *err. The first range brought its own.
 */
static int part_take_memory(struct download *d, struct part *part, struct azb_error *err)
{
    bool is_first = part == d->parts[0];
    bool is_held =
        !d->is_placed && (d->is_checked || (d->n_busy > 0 && !d->pace.is_one_enough));
    size_t n = d->is_placed ? AZB_WRITER_BLOCKS * AZB_WRITER_BLOCK_BYTES : d->range_bytes;

    if (!d->is_placed && !is_held)
        return 1;
    if (part->claim.state == AZB_CLAIM_NONE && !(is_first && (d->is_placed || d->is_checked))) {
        int rc = azb_budget_claim(&d->call->engine->budget, azb_flow_share(d->call->flow),
                                  &part->claim, n, on_granted_late, d, err);

        if (rc == 0) /* others wait too: go on with what there is */
            azb_budget_release(&part->claim);
        if (rc < 1)
            return rc;
    }
    if (is_held && part->held == NULL && (part->held = malloc(d->range_bytes)) == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a range");
    return 1;
}

static struct part *part_new(struct download *d)
{
    struct part *part = azb_arena_zalloc(d->call->arena, sizeof(*part));

    if (part != NULL)
        azb_writer_init(&part->writer, d->call, d->output.writer.cap, on_part_written, part);
    return part;
}

static bool is_idle(const struct part *part)
{
    return part->state == PART_IDLE && !part->mark.is_out;
}

/* An idle part, a new one, or NULL with no memory. */
static struct part *part_find(struct download *d)
{
    for (unsigned i = 0; i < AZB_PACE_CAP; i++) {
        if (d->parts[i] == NULL)
            d->parts[i] = part_new(d);
        if (d->parts[i] == NULL || is_idle(d->parts[i]))
            return d->parts[i];
    }
    return NULL;
}

static int part_start(struct download *d, struct part *part, struct azb_error *err)
{
    const struct part *first = d->parts[0];

    part->range.from = d->next;
    part->range.bytes = azb_pages_held(d->pages, d->next, rest_of_chunk(d, d->next));
    part->range.on_secondary = d->on_secondary;
    part->range.wants_md5 = d->is_checked;
    part->range.wants_crc = d->file.wants_resume;
    part->range.may_park = !d->is_placed;
    memcpy(part->range.etag, first->range.etag, sizeof(part->range.etag));
    part->passed = 0;
    part->must_drain = false;
    part->writer.is_sparse = d->pages != NULL;
    part->state = PART_RUNNING;
    TAILQ_INSERT_TAIL(&d->busy, part, entry);
    d->n_busy++;
    d->next += part->range.bytes;
    skip(d);
    return azb_range_start(&part->range, d->call, &range_hooks, d, err);
}

static int start_more(struct download *d, struct azb_error *err)
{
    uint64_t known;

    if (!d->is_wide)
        return 0;
    known = least(d->end, azb_pages_known(d->pages));
    while (d->next < known && d->n_busy < d->pace.limit) {
        struct part *part = part_find(d);
        int rc;

        if (part == NULL && d->parts[AZB_PACE_CAP - 1] != NULL)
            return 0; /* the chunks of the idle ones are being marked: we come again then */
        rc = part == NULL ? azb_error_set(err, AZB_ERR_NO_MEMORY, "a range")
                          : part_take_memory(d, part, err);
        if (rc < 1)
            return rc;
        if (part_start(d, part, err) < 0)
            return -1;
    }
    for (unsigned i = 1; i < AZB_PACE_CAP; i++) /* what is not needed any more */
        if (d->parts[i] != NULL && is_idle(d->parts[i]))
            part_free_memory(d->parts[i]);
    return 0;
}

/* Pass on the zeros up to that byte of the blob; false: there is no room for more. */
static bool pass_zeros(struct download *d, uint64_t to, struct azb_error *err)
{
    static const unsigned char zeros[PIECE_BYTES];

    while (d->output.n_put < to - d->offset) {
        size_t n = (size_t)least(to - d->offset - d->output.n_put, PIECE_BYTES);

        if (!azb_output_has_room(&d->output, n) || pass(d, zeros, n, err) < 0)
            return false;
    }
    return true;
}

/* Pass on what the range whose turn it is holds; false: there is no room for more. */
static bool pass_held(struct download *d, struct part *part, struct azb_error *err)
{
    bool is_known = !d->is_checked || part->state == PART_RECEIVED;
    uint64_t received = is_known ? part->range.received : 0;

    while (part->passed < received) {
        size_t n = (size_t)least(received - part->passed, PIECE_BYTES);

        if (!azb_output_has_room(&d->output, n) ||
            part_pass(d, part, part->held + part->passed, n, err) < 0)
            return false;
    }
    return true;
}

/* Ranges that are done give way to those behind them. */
static int end_parts(struct download *d, struct azb_error *err)
{
    struct part *part, *next;

    TAILQ_FOREACH_SAFE (part, &d->busy, entry, next) {
        if (!d->is_placed &&
            (!pass_zeros(d, part->range.from, err) || !pass_held(d, part, err)))
            break;
        if (part->state == PART_RECEIVED && part->writer.n_out == 0) {
            if (part_end(d, part, err) < 0)
                return -1;
        } else if (!d->is_placed) {
            break;
        }
    }
    if (!d->is_placed && d->n_busy == 0)
        pass_zeros(d, d->next, err);
    return err->what == AZB_OK ? 0 : -1;
}

static int finish_output(struct azb_call *call, struct azb_error *err)
{
    (void)err;
    azb_output_finish(&download_of(call)->output);
    return 0;
}

static int finish(struct download *d, struct azb_error *err)
{
    d->is_finishing = true;
    if (azb_whole_md5_check(&d->md5, err) < 0) {
        azb_file_give_up(&d->file);
        return -1;
    }
    pack_rest(d->call);
    if (d->call->result.failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a result");
    if (d->is_placed)
        azb_output_skip(&d->output, expected(d));
    return azb_file_complete(&d->file, finish_output, err);
}

/* Every byte is where it belongs, or on its way there with nothing to stop it. */
static bool is_complete(const struct download *d)
{
    return d->has_head && d->n_busy == 0 && d->next == d->end &&
           (d->is_placed || d->output.n_put == expected(d)) && !azb_file_is_busy(&d->file) &&
           !azb_whole_md5_is_busy(&d->md5);
}

static int advance(struct download *d, struct azb_error *err)
{
    if (d->has_head)
        skip(d); /* first: zeros leave in their turn, whether a range follows them or not */
    if (end_parts(d, err) < 0)
        return -1;
    if (!d->is_taking_room && azb_pages_known(d->pages) < d->end)
        azb_pages_ask(d->pages);
    if (start_more(d, err) < 0 || (d->has_head && read_back(d, err) < 0))
        return -1;
    if (is_complete(d))
        return finish(d, err);
    if (turn_of(d) != NULL)
        azb_range_resume(&turn_of(d)->range);
    return 0;
}

static void on_advance(evutil_socket_t fd, short what, void *arg)
{
    struct download *d = arg;
    struct azb_error err = {0};

    (void)fd, (void)what;
    if (!d->is_finishing && advance(d, &err) < 0)
        azb_call_finish(d->call, &err);
}

/* ---- the call ---- */

static void on_output_finished(struct azb_call *call, const struct azb_error *err)
{
    azb_call_finish(call, err);
}

/* The first range that is not there; when all are, the last one: some request has to be made.
 */
static uint64_t first_missing(const struct download *d)
{
    uint64_t at = d->offset;

    while (azb_file_has(&d->file, at) && at + d->range_bytes < d->end)
        at += d->range_bytes;
    return at;
}

/* What the file has is known: nothing, as a rule. */
static int first_start(struct azb_call *call, struct azb_error *err)
{
    struct download *d = download_of(call);
    struct azb_range *range = &d->parts[0]->range;
    uint64_t most = d->is_checked ? CHECKED_BYTES : FIRST_BYTES;

    d->end = d->file.is_tracked ? d->offset + d->file.resume.bytes : d->file.end;
    d->n_put = d->file.n_present;
    d->crc = d->file.crc;
    memcpy(range->etag, d->file.resume.etag, sizeof(range->etag));
    range->from = first_missing(d);
    range->bytes = least(d->end - range->from, most);
    range->wants_md5 = d->is_checked && !range->is_whole;
    range->wants_crc = d->file.wants_resume;
    range->may_park = !d->is_placed; /* threads that write go on by themselves */
    return azb_range_start(range, d->call, &range_hooks, d, err);
}

/* Memory for the first range is there: it may leave. */
static int begin(struct download *d, struct azb_error *err)
{
    struct part *part = part_find(d);

    if (part == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a download");
    if (d->is_checked && !d->is_placed && (part->held = malloc(CHECKED_BYTES)) == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a range");
    part->state = PART_RUNNING;
    TAILQ_INSERT_TAIL(&d->busy, part, entry);
    d->n_busy++;
    return d->file.wants_resume ? azb_file_look(&d->file, first_start, err)
                                : first_start(d->call, err);
}

static void on_memory(void *arg)
{
    struct download *d = arg;
    struct azb_error err = {0};

    if (begin(d, &err) < 0)
        azb_call_finish(d->call, &err);
}

/* What the first range takes, and a pipe; a stream's bytes are its window's, inline ones have a
 * claim of their own. */
static size_t first_memory(const struct download *d)
{
    size_t n = d->is_checked && !d->is_placed ? CHECKED_BYTES : 0;

    if (d->output.kind == AZB_OUTPUT_FILE)
        n += AZB_WRITER_BLOCKS * d->output.writer.cap;
    if (d->output.kind == AZB_OUTPUT_PIPE)
        n += AZB_OUTPUT_BLOCK_BYTES;
    return n;
}

static int begin_output(struct download *d, struct azb_error *err)
{
    if (azb_output_init(&d->output, d->call, on_change, on_output_finished, err) < 0)
        return -1;
    d->is_placed = d->output.kind == AZB_OUTPUT_FILE && !d->output.writer.is_append;
    if (d->end - d->offset < FIRST_BYTES)
        azb_output_expect(&d->output, d->end - d->offset);
    d->range_bytes = d->is_checked ? CHECKED_BYTES : d->is_placed ? PLACED_BYTES : HELD_BYTES;
    d->file.call = d->call;
    d->file.offset = d->offset;
    d->file.end = d->end;
    d->file.chunk_bytes = d->range_bytes;
    d->file.wants_resume = azb_args_bool(&d->call->args, "resume", false);
    return azb_file_init(&d->file, d->is_placed ? d->output.base : -1, settle, err);
}

static int download_start(struct azb_call *call, struct azb_error *err)
{
    struct download *d = azb_arena_zalloc(call->arena, sizeof(*d));
    int rc;

    if (d == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a download");
    call->driver_state = d;
    d->call = call;
    TAILQ_INIT(&d->busy);
    event_assign(&d->advance_ev, call->engine->base, -1, 0, on_advance, d);
    d->is_checked = azb_args_bool(&call->args, "validate_content", false);
    d->is_ranged = azb_args_get(&call->args, "offset") != NULL;
    d->offset = (uint64_t)azb_args_int(&call->args, "offset", 0);
    d->end = wanted_end(d);
    d->has_crc = true;
    if (begin_output(d, err) < 0)
        return -1;
    rc = azb_budget_claim(&call->engine->budget, azb_flow_share(call->flow), &d->claim,
                          first_memory(d), on_memory, d, err);
    return rc == 1 ? begin(d, err) : rc;
}

static void download_stop(struct azb_call *call)
{
    struct download *d = call->driver_state;

    if (d == NULL)
        return;
    event_del(&d->advance_ev);
    for (unsigned i = 0; i < AZB_PACE_CAP; i++)
        if (d->parts[i] != NULL) {
            azb_range_clear(&d->parts[i]->range);
            azb_budget_release(&d->parts[i]->claim);
        }
    azb_pages_stop(d->pages);
    azb_output_stop(&d->output);
    azb_budget_release(&d->claim);
    azb_budget_release(&d->inline_claim);
    settle(call);
}

static void download_clear(struct azb_call *call)
{
    struct download *d = download_of(call);

    for (unsigned i = 0; i < AZB_PACE_CAP; i++)
        if (d->parts[i] != NULL)
            part_free_memory(d->parts[i]);
    azb_output_clear(&d->output);
    azb_file_clear(&d->file);
    azb_whole_md5_clear(&d->md5);
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
