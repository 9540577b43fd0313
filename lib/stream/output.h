/*
 * output.h: where a download's bytes go: into the result, to the client as $/data, into a file,
 * or down a pipe or socket. Bytes are put in order; whoever puts them asks for room first and
 * is told when there is some again.
 *
 * A file is written by the file threads. A pipe or socket is written
 * when it is ready, without waiting in write(), and without changing flags that others share.
 */
#ifndef AZB_LIB_STREAM_OUTPUT_H
#define AZB_LIB_STREAM_OUTPUT_H

#include <event2/event_struct.h>
#include "lib/stream/writer.h"

enum {
    AZB_OUTPUT_BLOCK_BYTES = AZB_WRITER_BLOCK_BYTES,
};

enum azb_output_kind {
    AZB_OUTPUT_INLINE,
    AZB_OUTPUT_STREAM,
    AZB_OUTPUT_FILE,
    AZB_OUTPUT_PIPE,
};

struct azb_output {
    struct azb_call *call;
    enum azb_output_kind kind;
    uint64_t n_put;           /* bytes so far */
    off_t base;               /* FILE: where the descriptor stood */
    struct azb_writer writer; /* FILE */
    unsigned char *pipe;      /* PIPE: what has not been written yet */
    size_t pipe_len, pipe_done;
    bool has_event;
    struct event event; /* PIPE: writable */
    bool is_finishing;
    bool is_stopped;
    struct azb_error err;
    void (*on_room)(struct azb_call *call);
    void (*on_finished)(struct azb_call *call, const struct azb_error *err);
};

/*
 * Look at the call (fd, stream) and choose. on_room: there is room again after there was not
 * enough. on_finished: once, after azb_output_finish(), or earlier with an error. Both from the
 * event loop.
 */
int azb_output_init(struct azb_output *output, struct azb_call *call,
                    void (*on_room)(struct azb_call *call),
                    void (*on_finished)(struct azb_call *call, const struct azb_error *err),
                    struct azb_error *err);

/* How many bytes are to come, as far as it is known: for the size of buffers. */
void azb_output_expect(struct azb_output *output, uint64_t n);

/* False: not now; on_room comes. At most AZB_OUTPUT_BLOCK_BYTES may be asked for. */
bool azb_output_has_room(struct azb_output *output, size_t n);

/* n bytes for which there is room; copied. Returns 0 or -1 with *err set. */
int azb_output_put(struct azb_output *output, const void *bytes, size_t n,
                   struct azb_error *err);

/* FILE: the next n bytes get there in another way. */
void azb_output_skip(struct azb_output *output, uint64_t n);

/* All bytes have been put: on_finished comes when they are where they belong. */
void azb_output_finish(struct azb_output *output);

/* The sink has room (STREAM). */
void azb_output_resume(struct azb_output *output);

/* Give up; jobs under way still come back to the call. Then, when none is out, free the memory.
 */
void azb_output_stop(struct azb_output *output);
void azb_output_clear(struct azb_output *output);

#endif
