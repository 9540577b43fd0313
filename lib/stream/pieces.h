/*
 * pieces.h: an upload's source, cut into pieces that are in memory, each with its checksums.
 *
 * A piece holds a claim on the memory budget from before it is read until its owner is done
 * with it. Pieces of a file are read by several threads at once; those of a pipe or of $/data
 * come one after the other, while the pieces before are being sent.
 *
 * A large file need not be held in memory at all: the system has it there. With is_direct a
 * piece is only a place in the file, and its bytes are read as they are being sent.
 */
#ifndef AZB_LIB_STREAM_PIECES_H
#define AZB_LIB_STREAM_PIECES_H

#include <openssl/evp.h>
#include "lib/op.h"
#include "lib/stream/input.h"

enum {
    AZB_MD5_BYTES = 16,
    AZB_PIECES_SHORT = 1000, /* so many pieces of a pipe or of $/data may be shorter */
};

struct azb_pieces;

struct azb_piece {
    struct azb_op op; /* the owner's, to send it; first, so that an op is its piece */
    struct azb_args args;
    msgpack_object values[3];
    unsigned char block_id[16];

    struct azb_pieces *pieces;
    LIST_ENTRY(azb_piece) entry;      /* of all */
    SLIST_ENTRY(azb_piece) next_free; /* of those without a place in the source */
    struct azb_io_job job;            /* the owner's, once it has been told */
    struct azb_claim claim;
    unsigned char *memory;
    size_t cap;
    size_t want; /* bytes, unless the source ends before */
    struct azb_error err;

    /* what the owner is told */
    unsigned index;
    uint64_t offset;
    const unsigned char *bytes;
    size_t n;
    uint64_t crc64;
    unsigned char md5[AZB_MD5_BYTES]; /* with wants_md5 */

    /* The owner's: what of it is being sent, and that one's checksums. */
    struct azb_piece_run {
        size_t at, n;
        uint64_t crc64;
        unsigned char md5[AZB_MD5_BYTES];
    } run;
    bool is_wrong; /* the service has it with other bytes */

    /* is_direct */
    size_t n_read;                           /* by azb_piece_read() */
    size_t warm_at;                          /* the job's: from here on */
    bool is_warming;                         /* the job is out */
    void (*hashed)(struct azb_piece *piece); /* azb_piece_hash_only(); else NULL */
};

struct azb_pieces {
    struct azb_call *call;
    struct azb_input *input;
    size_t piece_bytes;
    unsigned grow_every; /* after so many pieces they become twice as long; 0: never */
    unsigned max_active; /* pieces in hand at once; may change at any time */
    bool is_direct;      /* FILE with reads_now: pieces are not in memory; azb_piece_read() */
    bool wants_md5;
    EVP_MD_CTX *whole_md5; /* of all, in order; NULL: not wanted; borrowed */
    void (*on_ready)(struct azb_piece *piece); /* in memory; ends with azb_piece_done() */
    void (*on_end)(struct azb_call *call);     /* the owner is done with the last one */

    LIST_HEAD(, azb_piece) all;
    SLIST_HEAD(, azb_piece) free;
    struct azb_piece *reading; /* in order: the one that the source fills */
    bool is_in_order;
    bool is_waiting; /* for memory; one piece at a time does */
    bool is_ended;   /* there are no more pieces to begin */
    bool has_told_end;
    bool is_pumping;
    unsigned n_begun;
    unsigned n_active;
    uint64_t n_taken; /* bytes in pieces so far */
};

/*
 * The members up to on_end are set; the rest is zero. From here on there are as many pieces in
 * hand as may be; a failure ends the call. Start again when max_active has grown.
 */
void azb_pieces_start(struct azb_pieces *pieces);

static inline struct azb_piece *azb_piece_of(struct azb_io_job *job)
{
    return (struct azb_piece *)((char *)job - offsetof(struct azb_piece, job));
}

/* The owner needs it no more. */
void azb_piece_done(struct azb_piece *piece);

/*
 * is_direct: the piece's next bytes, up to n > 0 of them, while n_read < n. Once they are all
 * read, crc64 is theirs. Returns how many; 0: they have to be fetched, and azb_op_resume()
 * of the piece's op comes; -1 with *err set.
 */
ssize_t azb_piece_read(struct azb_piece *piece, void *into, size_t n, struct azb_error *err);

/* is_direct: from its first byte again. */
void azb_piece_rewind(struct azb_piece *piece);

/* is_direct: read all of it for its crc64 alone. hashed: that is known. */
void azb_piece_hash_only(struct azb_piece *piece, void (*hashed)(struct azb_piece *piece));

/* Give up: no callback comes any more. Then, when no job is out, free the memory. */
void azb_pieces_stop(struct azb_pieces *pieces);
void azb_pieces_clear(struct azb_pieces *pieces);

#endif
