/*
 * writer.c: blocks to the file threads, and back.
 */
#include "lib/stream/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAGE_BYTES = 4096, /* of a file, as most file systems have them */
};

int azb_writer_error(struct azb_error *err, int errnum)
{
    return azb_error_set(err, AZB_ERR_LOCAL_IO, "writing to the descriptor: %s",
                         strerror(errnum));
}

void azb_writer_init(struct azb_writer *writer, struct azb_call *call, size_t cap,
                     void (*on_written)(struct azb_writer *writer), void *arg)
{
    writer->call = call;
    writer->cap = cap;
    writer->on_written = on_written;
    writer->arg = arg;
    for (int i = 0; i < AZB_WRITER_BLOCKS; i++)
        writer->blocks[i].writer = writer;
}

/* How many bytes of a block, from there on, are pages of zeros; or how many are not. */
static size_t run_length(const struct azb_writer_block *block, size_t at, bool of_zeros)
{
    size_t end = at;

    while (end < block->len) {
        size_t page = PAGE_BYTES - (size_t)(block->offset + (off_t)end) % PAGE_BYTES;

        if (page > block->len - end)
            page = block->len - end;
        if (azb_is_zeros(block->data + end, page) != of_zeros)
            break;
        end += page;
    }
    return end - at;
}

static int write_sparse(const struct azb_writer_block *block)
{
    for (size_t at = run_length(block, 0, true); at < block->len;) {
        size_t n = run_length(block, at, false);

        if (azb_pwrite_all(block->writer->call->fd, block->data + at, n,
                           block->offset + (off_t)at) < 0)
            return -1;
        at += n;
        at += run_length(block, at, true);
    }
    return 0;
}

static void block_write(struct azb_io_job *job) /* in a thread */
{
    struct azb_writer_block *block = (struct azb_writer_block *)job;
    ssize_t rc = block->is_sparse ? write_sparse(block)
                                  : azb_pwrite_all(block->writer->call->fd, block->data,
                                                   block->len, block->offset);

    block->errnum = rc < 0 ? errno : 0;
}

static void block_written(struct azb_io_job *job)
{
    struct azb_writer_block *block = (struct azb_writer_block *)job;
    struct azb_writer *writer = block->writer;
    struct azb_call *call = writer->call;

    block->is_out = false;
    block->len = 0;
    writer->n_out--;
    if (writer->errnum == 0)
        writer->errnum = block->errnum;
    writer->on_written(writer);
    azb_call_job_end(call); /* last: the call may go now */
}

int azb_writer_flush(struct azb_writer *writer, struct azb_error *err)
{
    struct azb_writer_block *block = &writer->blocks[writer->fill_i];

    if (block->is_out || block->len == 0)
        return 0;
    block->job.run = block_write;
    block->job.done = block_written;
    block->is_sparse = writer->is_sparse;
    if (azb_io_submit(writer->call->engine->io, &block->job, err) < 0)
        return -1;
    block->is_out = true;
    writer->n_out++;
    azb_call_job_begin(writer->call);
    writer->fill_i = (writer->fill_i + 1) % AZB_WRITER_BLOCKS;
    return 0;
}

bool azb_writer_has_room(const struct azb_writer *writer, size_t n)
{
    size_t room = 0;

    if (writer->is_append && writer->n_out > 0)
        return false;
    for (unsigned i = 0; i < AZB_WRITER_BLOCKS; i++) {
        const struct azb_writer_block *block =
            &writer->blocks[(writer->fill_i + i) % AZB_WRITER_BLOCKS];

        if (block->is_out)
            break;
        room += writer->cap - block->len;
    }
    return room >= n;
}

int azb_writer_put(struct azb_writer *writer, off_t offset, const void *bytes, size_t n,
                   struct azb_error *err)
{
    const unsigned char *p = bytes;

    while (n > 0) {
        struct azb_writer_block *block = &writer->blocks[writer->fill_i];
        size_t piece = writer->cap - block->len;

        if (block->data == NULL && (block->data = malloc(writer->cap)) == NULL)
            return azb_error_set(err, AZB_ERR_NO_MEMORY, "a block of a file");
        if (block->len == 0)
            block->offset = offset;
        if (piece > n)
            piece = n;
        memcpy(block->data + block->len, p, piece);
        block->len += piece;
        offset += (off_t)piece;
        p += piece;
        n -= piece;
        if (block->len == writer->cap && azb_writer_flush(writer, err) < 0)
            return -1;
    }
    return 0;
}

void azb_writer_drop(struct azb_writer *writer, off_t offset)
{
    struct azb_writer_block *block = &writer->blocks[writer->fill_i];

    if (!block->is_out && block->offset + (off_t)block->len > offset)
        block->len = offset > block->offset ? (size_t)(offset - block->offset) : 0;
}

void azb_writer_clear(struct azb_writer *writer)
{
    for (int i = 0; i < AZB_WRITER_BLOCKS; i++) {
        free(writer->blocks[i].data);
        writer->blocks[i].data = NULL;
    }
}
