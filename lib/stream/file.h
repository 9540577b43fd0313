/*
 * file.h: the regular file that a download fills, seen as a whole: how much room it takes, what
 * it goes back to when the download fails, and with `resume` which chunks are in it already.
 * The bytes themselves are written by lib/stream/writer.h.
 *
 * What touches the file is a job of the file threads, one at a time. It comes back to the
 * callback that it was given, or, if it failed or the call has ended meanwhile, to the call's
 * end.
 */
#ifndef AZB_LIB_STREAM_FILE_H
#define AZB_LIB_STREAM_FILE_H

#include "lib/call.h"
#include "lib/io.h"
#include "lib/stream/resume.h"

/* The job is done. What it returns -1 for ends the call. */
typedef int azb_file_cb(struct azb_call *call, struct azb_error *err);

struct azb_file {
    struct azb_call *call;
    uint64_t offset, end; /* of the blob: what is wanted; the blob may end earlier */
    uint64_t chunk_bytes;
    bool wants_resume;

    bool is_tracked;          /* the file keeps our state: */
    struct azb_resume resume; /* this one. etag "": it is of no blob yet */
    uint64_t n_present;       /* bytes of the chunks that were there, */
    uint64_t crc;             /* and what they give to the CRC-64 of the whole */

    /* private */
    unsigned char *present; /* for each chunk; NULL: none is there */
    off_t size_before;      /* to go back to after a failure; -1: what is there stays */
    uint64_t holes_from;
    bool is_settled;
    struct azb_io_job job;
    bool is_busy; /* the job is out */
    int errnum;
    int (*then)(struct azb_file *file, struct azb_error *err);
    azb_file_cb *done;
    void (*on_idle)(struct azb_call *call);
    bool is_found; /* what a look came to say */
    uint64_t verified, found_crc;
    unsigned n_marking;
};

/* A chunk's mark under way; zeroed before its first use. */
struct azb_file_mark {
    struct azb_io_job job;
    struct azb_file *file;
    uint64_t chunk_i, crc;
    bool is_out;
    int errnum;
    azb_file_cb *done;
};

/*
 * Look at the call's descriptor. file: call, offset, end, chunk_bytes and wants_resume are set,
 * the rest is zero.
 *
 * base       where the data begins; -1: it is no file that can be written anywhere
 * on_idle    the call has ended, and a job has come back: azb_file_settle() may have waited
 *
 * Returns 0, or -1 with INVALID_ARG: the descriptor does not allow to resume.
 */
int azb_file_init(struct azb_file *file, off_t base, void (*on_idle)(struct azb_call *call),
                  struct azb_error *err);

/* Nothing may be out. */
void azb_file_clear(struct azb_file *file);

/* See what an earlier download left: what is of use is kept, else the file is emptied. */
int azb_file_look(struct azb_file *file, azb_file_cb *done, struct azb_error *err);

/* What is there is of another version: empty it. */
int azb_file_empty(struct azb_file *file, azb_file_cb *done, struct azb_error *err);

/* May what is not written stay a hole, once azb_file_take() has come back? Not where other
 * bytes lie that nobody has said may go. */
bool azb_file_may_have_holes(const struct azb_file *file);

/*
 * Take the room for all of it, when the blob is known: its size and ETag.
 *
 * holes_from  from this byte of the blob on, take none: what is not there reads as zeros.
 *             UINT64_MAX: no holes
 *
 * Returns 1 if that is under way, 0 when there is nothing to do, or -1 with *err set.
 */
int azb_file_take(struct azb_file *file, uint64_t total, const char *etag, uint64_t holes_from,
                  azb_file_cb *done, struct azb_error *err);

/* Is the chunk there that begins at this byte of the blob? */
bool azb_file_has(const struct azb_file *file, uint64_t at);

/* The chunk that begins there has been written, and this is its CRC-64. */
int azb_file_mark_chunk(struct azb_file *file, struct azb_file_mark *mark, uint64_t at,
                        uint64_t crc, azb_file_cb *done, struct azb_error *err);

/* What is in it is not to be gone on with: it goes too when the call fails. */
void azb_file_give_up(struct azb_file *file);

/* Something is still to be told by a callback. */
bool azb_file_is_busy(const struct azb_file *file);

/* All is there, and the state may go. */
int azb_file_complete(struct azb_file *file, azb_file_cb *done, struct azb_error *err);

/* The call has ended and nothing is being written any more: after a failure, nothing is left of
 * what was. Does what has to be done once; may be called again. */
void azb_file_settle(struct azb_file *file);

#endif
