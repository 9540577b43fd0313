/*
 * input.h: where an upload's bytes come from, when they are not in memory: a file, a pipe or
 * socket, or
 * $/data of the client. Bytes are asked for in order and arrive in memory of the asker's.
 */
#ifndef AZB_LIB_STREAM_INPUT_H
#define AZB_LIB_STREAM_INPUT_H

#include <event2/event_struct.h>
#include "lib/call.h"

enum {
    AZB_UPLOAD_WINDOW = 1024 * 1024, /* $/data that a client may send ahead */
};

enum azb_input_kind {
    AZB_INPUT_FILE,
    AZB_INPUT_PIPE,
    AZB_INPUT_STREAM,
};

/*
 * A fill is over: n bytes are there (fewer than asked for only at the end of the source), or
 * err says why not. From the event loop, or for $/data from inside azb_input_feed().
 */
typedef void azb_input_cb(struct azb_call *call, size_t n, const struct azb_error *err);

struct azb_input {
    struct azb_io_job job; /* FILE; first, so that a job is its input */
    struct azb_call *call;
    enum azb_input_kind kind;
    int64_t length; /* bytes to take in all; -1: up to the end */
    uint64_t n_taken;
    off_t base;  /* FILE: where the descriptor stood */
    bool is_out; /* FILE: the job is with the file threads */
    int errnum;
    ssize_t n_read;
    bool has_event;
    struct event event;   /* PIPE: readable */
    struct azb_buf early; /* STREAM: bytes that came before they were asked for */
    uint64_t credit;      /* STREAM: bytes the client may still send */
    uint64_t n_fed;
    bool is_ended; /* STREAM: $/end */
    bool is_stopped;
    unsigned char *into; /* a fill under way; NULL: none */
    size_t want;
    size_t have;
    azb_input_cb *cb;
};

/*
 * Look at the call (fd, stream) and its length; a file's size becomes the length when none was
 * given. Returns 0, or -1 with LOCAL_IO or INVALID_ARG.
 */
int azb_input_init(struct azb_input *input, struct azb_call *call, int64_t length,
                   struct azb_error *err);

/* Up to n bytes into `into`, which must live until cb or azb_input_stop() with no job out. */
void azb_input_fill(struct azb_input *input, void *into, size_t n, azb_input_cb *cb);

/* FILE: go back to the first byte. */
void azb_input_rewind(struct azb_input *input);

/* $/data; n 0: $/end. */
int azb_input_feed(struct azb_input *input, uint64_t offset, const void *bytes, size_t n,
                   struct azb_error *err);

/* All was taken: leave the descriptor behind it. */
void azb_input_finish(struct azb_input *input);

/* Give up. While input->is_out is true, memory of a fill is still written to. */
void azb_input_stop(struct azb_input *input);

#endif
