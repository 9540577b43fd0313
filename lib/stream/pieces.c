/*
 * pieces.c: claim memory, fill it, hash it, hand it over.
 *
 * A file's piece claims all that it needs and waits for it. A piece of a pipe or of $/data
 * begins small and grows as bytes come, so that a client who says nothing holds little; when
 * there is no memory to grow into, the piece is as long as it is then. But only so many are:
 * behind them a piece waits for the memory that it lacks, or a long source would have more
 * pieces than a blob may have blocks.
 */
#include "lib/stream/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec/crc64.h"

enum {
    FIRST_CLAIM = 256 * 1024,
    READ_AT_ONCE = 256 * 1024,
    HASH_HERE = 64 * 1024, /* no more than this is hashed on the event loop */
    WARM_AT_ONCE = 1024 * 1024,
    WARM_SCRATCH = 64 * 1024, /* on a thread's stack */
};

static void pieces_pump(struct azb_pieces *pieces);
static void piece_ready(struct azb_piece *piece);

static bool is_over(const struct azb_pieces *pieces)
{
    return pieces->call->state == AZB_CALL_DONE;
}

/* ---- places in the source ---- */

static struct azb_piece *piece_take(struct azb_pieces *pieces)
{
    struct azb_piece *piece = SLIST_FIRST(&pieces->free);

    if (piece != NULL) {
        SLIST_REMOVE_HEAD(&pieces->free, next_free);
        return piece;
    }
    piece = azb_arena_zalloc(pieces->call->arena, sizeof(*piece));
    if (piece == NULL)
        return NULL;
    piece->pieces = pieces;
    LIST_INSERT_HEAD(&pieces->all, piece, entry);
    return piece;
}

/* Memory is kept for the next piece only when that comes at once and nobody waits for it. */
static void piece_give_back(struct azb_piece *piece)
{
    struct azb_pieces *pieces = piece->pieces;

    if (pieces->is_in_order || pieces->is_ended ||
        azb_budget_is_short(&pieces->call->engine->budget)) {
        free(piece->memory);
        piece->memory = NULL;
        piece->cap = 0;
        azb_budget_release(&piece->claim);
    }
    SLIST_INSERT_HEAD(&pieces->free, piece, next_free);
    pieces->n_active--;
}

/* A piece that got no byte, since the source ended where the one before did. */
static bool piece_is_nothing(const struct azb_piece *piece)
{
    return piece->n == 0 && piece->index > 0;
}

static void pieces_fail(struct azb_pieces *pieces, const struct azb_error *err)
{
    azb_call_finish(pieces->call, err);
}

/* There was less in the source than the caller said. */
static void piece_ended_early(const struct azb_piece *piece)
{
    struct azb_pieces *pieces = piece->pieces;
    struct azb_error err = {0};

    azb_error_set(&err, AZB_ERR_INVALID_ARG,
                  "%s: 'length' is %lld, but the source ended after %llu bytes",
                  pieces->call->method->row->method, (long long)pieces->input->length,
                  (unsigned long long)(piece->offset + piece->n));
    pieces_fail(pieces, &err);
}

/* ---- hashing, and reading a file ---- */

static void piece_add_hashes(struct azb_piece *piece, const void *bytes, size_t n)
{
    const struct azb_pieces *pieces = piece->pieces;

    piece->crc64 = azb_crc64(piece->crc64, bytes, n);
    if (pieces->whole_md5 != NULL)
        EVP_DigestUpdate(pieces->whole_md5, bytes, n);
}

/* A little at a time, so that what is hashed is still in the processor's cache. */
static void piece_read(struct azb_piece *piece)
{
    size_t n;

    do {
        size_t left = piece->want - piece->n;
        unsigned char *into = piece->memory + piece->n;

        if (left > READ_AT_ONCE)
            left = READ_AT_ONCE;
        if (azb_input_read(piece->pieces->input, piece->offset + piece->n, into, left, &n,
                           &piece->err) < 0)
            return;
        piece_add_hashes(piece, into, n);
        piece->n += n;
    } while (n > 0 && piece->n < piece->want);
}

static void piece_run(struct azb_io_job *job) /* in a thread, or for few bytes in the loop */
{
    struct azb_piece *piece = azb_piece_of(job);
    const struct azb_pieces *pieces = piece->pieces;

    piece->crc64 = 0;
    if (pieces->input->kind == AZB_INPUT_FILE)
        piece_read(piece);
    else
        piece_add_hashes(piece, piece->bytes, piece->n);
    if (pieces->wants_md5)
        EVP_Digest(piece->bytes, piece->n, piece->md5, NULL, pieces->call->engine->md5, NULL);
}

static void piece_was_run(struct azb_io_job *job)
{
    struct azb_piece *piece = azb_piece_of(job);
    struct azb_call *call = piece->pieces->call;

    if (!is_over(piece->pieces))
        piece_ready(piece);
    azb_call_job_end(call); /* last: the call may go now */
}

static void piece_hash(struct azb_piece *piece)
{
    struct azb_pieces *pieces = piece->pieces;
    struct azb_error err = {0};

    piece->job.run = piece_run;
    piece->job.done = piece_was_run;
    if (pieces->input->kind != AZB_INPUT_FILE && piece->n <= HASH_HERE) {
        piece_run(&piece->job);
        piece_ready(piece);
        return;
    }
    if (azb_io_submit(pieces->call->engine->io, &piece->job, &err) < 0)
        pieces_fail(pieces, &err);
    else
        azb_call_job_begin(pieces->call);
}

static void piece_ready(struct azb_piece *piece)
{
    struct azb_pieces *pieces = piece->pieces;

    if (piece->err.what != AZB_OK) {
        pieces_fail(pieces, &piece->err);
        return;
    }
    if (piece->n < piece->want && pieces->input->kind == AZB_INPUT_FILE &&
        pieces->input->length >= 0) {
        piece_ended_early(piece);
        return;
    }
    if (pieces->is_in_order && !azb_input_is_filled(pieces->input)) {
        pieces->n_taken += piece->n;
        pieces->is_ended =
            piece->n < piece->want || pieces->n_taken == (uint64_t)pieces->input->length;
    }
    if (pieces->is_in_order)
        pieces->reading = NULL;
    if (piece_is_nothing(piece)) {
        pieces->n_begun--;
        piece_give_back(piece);
    } else {
        pieces->on_ready(piece);
    }
    pieces_pump(pieces);
}

/* ---- a file that is read as it is sent ---- */

/* Read what comes next, so that the system has it in memory, or to hash it. */
static void piece_warm_run(struct azb_io_job *job) /* in a thread */
{
    struct azb_piece *piece = azb_piece_of(job);
    unsigned char scratch[WARM_SCRATCH];
    size_t end = piece->warm_at + WARM_AT_ONCE, got = 1;

    if (end > piece->n)
        end = piece->n;
    for (size_t at = piece->warm_at; at < end && got > 0; at += got) {
        size_t n = end - at < sizeof(scratch) ? end - at : sizeof(scratch);

        if (azb_input_read(piece->pieces->input, piece->offset + at, scratch, n, &got,
                           &piece->err) < 0)
            return;
        if (piece->hashed != NULL)
            piece->crc64 = azb_crc64(piece->crc64, scratch, got);
    }
}

static int piece_warm(struct azb_piece *piece, struct azb_error *err);

static void piece_go_on_hashing(struct azb_piece *piece)
{
    struct azb_error err = {0};

    piece->n_read += WARM_AT_ONCE;
    if (piece->n_read >= piece->n)
        piece->hashed(piece);
    else if (piece_warm(piece, &err) < 0)
        pieces_fail(piece->pieces, &err);
}

static void piece_was_warmed(struct azb_io_job *job)
{
    struct azb_piece *piece = azb_piece_of(job);
    struct azb_call *call = piece->pieces->call;

    piece->is_warming = false;
    if (!is_over(piece->pieces)) {
        if (piece->err.what != AZB_OK)
            pieces_fail(piece->pieces, &piece->err);
        else if (piece->hashed != NULL)
            piece_go_on_hashing(piece);
        else
            azb_op_resume(&piece->op);
    }
    azb_call_job_end(call); /* last: the call may go now */
}

static int piece_warm(struct azb_piece *piece, struct azb_error *err)
{
    piece->job.run = piece_warm_run;
    piece->job.done = piece_was_warmed;
    piece->warm_at = piece->n_read;
    if (azb_io_submit(piece->pieces->call->engine->io, &piece->job, err) < 0)
        return -1;
    piece->is_warming = true;
    azb_call_job_begin(piece->pieces->call);
    return 0;
}

ssize_t azb_piece_read(struct azb_piece *piece, void *into, size_t n, struct azb_error *err)
{
    size_t left = piece->n - piece->n_read;
    ssize_t got;

    if (piece->is_warming) /* for an attempt before this one */
        return 0;
    got = azb_input_read_now(piece->pieces->input, piece->offset + piece->n_read, into,
                             n < left ? n : left, err);
    if (got == 0)
        return piece_warm(piece, err);
    if (got > 0) {
        piece->crc64 = azb_crc64(piece->crc64, into, (size_t)got);
        piece->n_read += (size_t)got;
    }
    return got;
}

void azb_piece_rewind(struct azb_piece *piece)
{
    piece->n_read = 0;
    piece->crc64 = 0;
    piece->hashed = NULL;
}

void azb_piece_hash_only(struct azb_piece *piece, void (*hashed)(struct azb_piece *piece))
{
    struct azb_error err = {0};

    piece->hashed = hashed;
    if (piece_warm(piece, &err) < 0)
        pieces_fail(piece->pieces, &err);
}

/* ---- a pipe, or $/data ---- */

static void piece_fill(struct azb_piece *piece);

/* Use what is claimed now. */
static bool piece_use_claim(struct azb_piece *piece)
{
    unsigned char *memory = realloc(piece->memory, piece->claim.bytes);

    if (memory == NULL)
        return false;
    piece->memory = memory;
    piece->cap = piece->claim.bytes;
    return true;
}

/* Little by little while that is enough; then all at once. */
static bool piece_grow(struct azb_piece *piece)
{
    size_t more = piece->want - piece->cap;

    if (piece->index < AZB_PIECES_SHORT && more > piece->cap)
        more = piece->cap;
    return azb_budget_grow(&piece->claim, more) && piece_use_claim(piece);
}

static void on_room_to_grow(void *arg)
{
    struct azb_piece *piece = arg;
    struct azb_error err = {0};

    if (piece_use_claim(piece)) {
        piece_fill(piece);
    } else {
        azb_error_set(&err, AZB_ERR_NO_MEMORY, "an upload");
        pieces_fail(piece->pieces, &err);
    }
}

/* Wait for all that it wants. What it has is not counted meanwhile, FIRST_CLAIM for each call:
 * who waits holds nothing that others wait for, so that the queue goes on. */
static void piece_wait_to_grow(struct azb_piece *piece)
{
    struct azb_call *call = piece->pieces->call;
    struct azb_error err = {0};
    int rc;

    azb_budget_release(&piece->claim);
    rc = azb_budget_claim(&call->engine->budget, azb_flow_share(call->flow), &piece->claim,
                          piece->want, on_room_to_grow, piece, &err);
    if (rc < 0)
        pieces_fail(piece->pieces, &err);
    else if (rc == 1)
        on_room_to_grow(piece);
}

static void on_filled(void *arg, size_t n, const struct azb_error *err)
{
    struct azb_pieces *pieces = arg;
    struct azb_piece *piece = pieces->reading;
    const struct azb_input *input = pieces->input;
    bool is_short = n < piece->cap - piece->n;

    if (err != NULL) {
        pieces_fail(pieces, err);
        return;
    }
    piece->n += n;
    pieces->n_taken += n;
    pieces->is_ended =
        input->length < 0 ? is_short : pieces->n_taken == (uint64_t)input->length;
    if (is_short && !pieces->is_ended) {
        piece_ended_early(piece);
        return;
    }
    if (!pieces->is_ended && piece->n < piece->want) {
        if (piece_grow(piece)) {
            piece_fill(piece);
            return;
        }
        if (piece->index >= AZB_PIECES_SHORT) {
            piece_wait_to_grow(piece);
            return;
        }
    }
    piece->bytes = piece->memory;
    piece_hash(piece);
}

/* ---- memory ---- */

/* The claim is granted: use it. */
static void piece_fill(struct azb_piece *piece)
{
    struct azb_pieces *pieces = piece->pieces;
    struct azb_error err = {0};

    if (piece->memory == NULL) {
        piece->memory = malloc(piece->claim.bytes + 1); /* an empty source has a piece too */
        if (piece->memory == NULL) {
            azb_error_set(&err, AZB_ERR_NO_MEMORY, "an upload");
            pieces_fail(pieces, &err);
            return;
        }
        piece->cap = piece->claim.bytes;
    }
    piece->bytes = piece->memory;
    if (pieces->input->kind == AZB_INPUT_FILE)
        piece_hash(piece);
    else
        azb_input_fill(pieces->input, piece->memory + piece->n, piece->cap - piece->n,
                       on_filled, pieces);
}

static void on_memory(void *arg)
{
    struct azb_piece *piece = arg;

    piece->pieces->is_waiting = false;
    piece_fill(piece);
    pieces_pump(piece->pieces);
}

static void piece_claim(struct azb_piece *piece)
{
    struct azb_pieces *pieces = piece->pieces;
    struct azb_error err = {0};
    size_t n = piece->want;
    int rc;

    if (piece->memory != NULL && piece->cap < n) { /* pieces have become longer meanwhile */
        free(piece->memory);
        piece->memory = NULL;
        azb_budget_release(&piece->claim);
    }
    if (piece->memory != NULL) {
        piece_fill(piece);
        return;
    }
    if (azb_input_is_filled(pieces->input) && n > FIRST_CLAIM)
        n = FIRST_CLAIM;
    rc = azb_budget_claim(&pieces->call->engine->budget, azb_flow_share(pieces->call->flow),
                          &piece->claim, n, on_memory, piece, &err);
    pieces->is_waiting = rc == 0;
    if (rc == 1)
        piece_fill(piece);
    else if (rc < 0)
        pieces_fail(pieces, &err);
}

/* ---- all pieces ---- */

static bool may_begin(const struct azb_pieces *pieces)
{
    return !is_over(pieces) && !pieces->is_ended && !pieces->is_waiting &&
           pieces->reading == NULL && pieces->n_active < pieces->max_active;
}

static void piece_begin(struct azb_piece *piece)
{
    struct azb_pieces *pieces = piece->pieces;
    const struct azb_input *input = pieces->input;

    if (pieces->grow_every > 0 && pieces->n_begun > 0 &&
        pieces->n_begun % pieces->grow_every == 0 &&
        pieces->piece_bytes <= azb_budget_limit(&pieces->call->engine->budget) / 4)
        pieces->piece_bytes *= 2;
    piece->index = pieces->n_begun++;
    piece->offset = pieces->n_taken;
    piece->n = 0;
    piece->want = pieces->piece_bytes;
    if (input->length >= 0 && piece->want > (uint64_t)input->length - pieces->n_taken)
        piece->want = (size_t)((uint64_t)input->length - pieces->n_taken);
    pieces->n_active++;
    if (pieces->is_in_order) {
        pieces->reading = piece;
    } else {
        pieces->n_taken += piece->want;
        pieces->is_ended = pieces->n_taken == (uint64_t)input->length;
    }
    if (pieces->is_direct) {
        piece->n = piece->want;
        azb_piece_rewind(piece);
        pieces->on_ready(piece);
    } else if (input->kind == AZB_INPUT_MEMORY) {
        piece->bytes = input->memory + piece->offset;
        piece->n = piece->want;
        piece_hash(piece);
    } else {
        piece_claim(piece);
    }
}

/* A piece that needs no request ends while it begins: it is this loop that goes on then, for
 * else each would lie deeper on the stack than the one before. */
static void pieces_pump(struct azb_pieces *pieces)
{
    struct azb_error err = {0};

    if (pieces->is_pumping)
        return;
    pieces->is_pumping = true;
    while (may_begin(pieces)) {
        struct azb_piece *piece = piece_take(pieces);

        if (piece == NULL) {
            azb_error_set(&err, AZB_ERR_NO_MEMORY, "an upload");
            pieces_fail(pieces, &err);
            break;
        }
        piece_begin(piece);
    }
    pieces->is_pumping = false;
    if (!is_over(pieces) && pieces->is_ended && pieces->n_active == 0 &&
        !pieces->has_told_end) {
        pieces->has_told_end = true;
        pieces->on_end(pieces->call);
    }
}

void azb_pieces_start(struct azb_pieces *pieces)
{
    pieces->is_in_order = pieces->input->length < 0 || pieces->whole_md5 != NULL ||
                          azb_input_is_filled(pieces->input);
    pieces_pump(pieces);
}

void azb_piece_done(struct azb_piece *piece)
{
    struct azb_pieces *pieces = piece->pieces;

    azb_op_clear(&piece->op);
    piece_give_back(piece);
    pieces_pump(pieces);
}

void azb_pieces_stop(struct azb_pieces *pieces)
{
    struct azb_piece *piece;

    LIST_FOREACH (piece, &pieces->all, entry) {
        azb_op_clear(&piece->op);
        if (piece->claim.state == AZB_CLAIM_WAITING)
            azb_budget_release(&piece->claim);
    }
}

void azb_pieces_clear(struct azb_pieces *pieces)
{
    struct azb_piece *piece;

    LIST_FOREACH (piece, &pieces->all, entry) {
        free(piece->memory);
        azb_budget_release(&piece->claim);
    }
}
