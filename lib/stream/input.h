/*
 * input.h: where an upload's bytes come from: memory, a file, a pipe or socket, or $/data of
 * the client. A file is read at any place, from several threads at once; a pipe and $/data give
 * their bytes in order, into memory of the asker's.
 */
#ifndef AZB_LIB_STREAM_INPUT_H
#define AZB_LIB_STREAM_INPUT_H

#include <event2/event_struct.h>
#include <sys/stat.h>
#include "lib/call.h"

enum {
    AZB_UPLOAD_WINDOW = 1024 * 1024, /* $/data that a client may send ahead */
};

enum azb_input_kind {
    AZB_INPUT_MEMORY, /* `data` */
    AZB_INPUT_FILE,   /* whatever can be read at an offset */
    AZB_INPUT_PIPE,
    AZB_INPUT_STREAM,
};

/*
 * A fill is over: n bytes are there (fewer than asked for only at the end of the source), or
 * err says why not. From the event loop, or for $/data from inside azb_input_fill() and
 * azb_input_feed().
 */
typedef void azb_input_cb(void *arg, size_t n, const struct azb_error *err);

struct azb_input {
    struct azb_call *call;
    enum azb_input_kind kind;
    int64_t length;              /* bytes to take in all; -1: up to the end */
    uint64_t n_taken;            /* PIPE, STREAM */
    const unsigned char *memory; /* MEMORY: borrowed from the call */
    off_t base;                  /* FILE: where the descriptor stood */
    bool is_regular;             /* FILE: `seen` holds what it was like at the beginning */
    struct stat seen;
    bool reads_now; /* FILE: azb_input_read_now() works */
    int now_flags;  /* what keeps it from waiting */
    bool has_event;
    struct event event;   /* PIPE: readable */
    struct azb_buf early; /* STREAM: bytes that came before they were asked for */
    uint64_t credit;      /* STREAM: bytes the client may still send */
    uint64_t n_fed;
    bool is_ended; /* STREAM: $/end */

    /* a fill under way */
    unsigned char *into; /* NULL: none */
    size_t want;
    size_t have;
    azb_input_cb *cb;
    void *arg;
};

/* Its bytes come by azb_input_fill(), as they please. */
static inline bool azb_input_is_filled(const struct azb_input *input)
{
    return input->kind == AZB_INPUT_PIPE || input->kind == AZB_INPUT_STREAM;
}

/*
 * Look at the call (data, fd, stream; exactly one must be given) and its `length`; what memory
 * or a regular file has becomes the length when none was given. Returns 0, or -1 with LOCAL_IO
 * or INVALID_ARG.
 */
int azb_input_init(struct azb_input *input, struct azb_call *call, struct azb_error *err);

/*
 * FILE: n bytes from an offset, counted from where the descriptor stood; *ret_n is less only at
 * the end of a source without a length. For use in jobs. Returns 0, or -1 with LOCAL_IO: it
 * cannot be read, or a regular file is not what it was at the beginning.
 */
int azb_input_read(const struct azb_input *input, uint64_t offset, void *into, size_t n,
                   size_t *ret_n, struct azb_error *err);

/*
 * FILE with reads_now: the same from the event loop, as far as the bytes are in memory. Returns
 * how many; 0: none is, and azb_input_read() would bring them; -1 with LOCAL_IO. What was read
 * is of one state of the file when azb_input_check() says so afterwards.
 */
ssize_t azb_input_read_now(const struct azb_input *input, uint64_t offset, void *into, size_t n,
                           struct azb_error *err);

/* FILE: 0, or -1 with LOCAL_IO: a regular file is not what it was at the beginning. */
int azb_input_check(const struct azb_input *input, struct azb_error *err);

/*
 * PIPE, STREAM: the next n bytes into `into`, which must live until cb or azb_input_stop().
 * No more than `length` are taken; the source is at its end when cb gets fewer than n.
 */
void azb_input_fill(struct azb_input *input, void *into, size_t n, azb_input_cb *cb, void *arg);

/* $/data; n 0: $/end. */
int azb_input_feed(struct azb_input *input, uint64_t offset, const void *bytes, size_t n,
                   struct azb_error *err);

/* n bytes were taken in all: leave the descriptor of a file behind them. */
void azb_input_finish(struct azb_input *input, uint64_t n);

/* Give up a fill. */
void azb_input_stop(struct azb_input *input);

#endif
