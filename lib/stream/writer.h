/*
 * writer.h: a piece of a file, written from front to back by the file threads: one block is
 * filled while another is written. A transfer with parallel ranges has a writer for each.
 */
#ifndef AZB_LIB_STREAM_WRITER_H
#define AZB_LIB_STREAM_WRITER_H

#include "lib/call.h"

enum {
    AZB_WRITER_BLOCKS = 2,
    AZB_WRITER_BLOCK_BYTES = 512 * 1024,
};

struct azb_writer;

struct azb_writer_block {
    struct azb_io_job job;
    struct azb_writer *writer;
    unsigned char *data;
    size_t len;
    off_t offset;
    bool is_out; /* with the file threads */
    bool is_sparse;
    int errnum;
};

struct azb_writer {
    struct azb_call *call; /* its descriptor; waits for the blocks that are out */
    size_t cap;            /* of a block */
    bool is_append;        /* O_APPEND: one block at a time keeps the order */
    bool is_sparse; /* zeros are what the file has there: whole pages of them are left out */
    struct azb_writer_block blocks[AZB_WRITER_BLOCKS];
    unsigned fill_i; /* the block being filled */
    unsigned n_out;
    int errnum; /* of the first write that failed */
    void *arg;
    void (*on_written)(struct azb_writer *writer); /* a block is back, also after the call's end
                                                    */
};

/* Prepare a zeroed writer; cap: the size of a block, as long as the writer has none. */
void azb_writer_init(struct azb_writer *writer, struct azb_call *call, size_t cap,
                     void (*on_written)(struct azb_writer *writer), void *arg);

/* False: not now; on_written comes. n is at most the size of a block. */
bool azb_writer_has_room(const struct azb_writer *writer, size_t n);

/*
 * n bytes for which there is room, copied; offset is that of the first one, right behind those
 * put before unless these were flushed or dropped. Returns 0 or -1 with *err set.
 */
int azb_writer_put(struct azb_writer *writer, off_t offset, const void *bytes, size_t n,
                   struct azb_error *err);

/* Write what is in hand. Returns 0 or -1 with *err set. */
int azb_writer_flush(struct azb_writer *writer, struct azb_error *err);

/* Forget what is in hand from that offset on; what is out is written all the same. */
void azb_writer_drop(struct azb_writer *writer, off_t offset);

/* Nothing may be out. */
void azb_writer_clear(struct azb_writer *writer);

/* What a failed write or another call on the descriptor becomes; returns -1. */
int azb_writer_error(struct azb_error *err, int errnum);

#endif
