/*
 * resume.c: data | an entry for each chunk | the tail, which ends the file. An entry is the
 * chunk's CRC-64 and its complement; zeros are no entry. Numbers are little-endian.
 */
#include "lib/stream/resume.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/codec/crc64.h"
#include "lib/io.h"

static const char magic[8] = "azblobd1";

enum {
    PIECE_BYTES = 256 * 1024, /* read or written at a time */
};

struct entry {
    uint64_t crc, not_crc;
};

struct tail {
    uint64_t offset, bytes, total, chunk_bytes;
    char etag[AZB_RESUME_MAX_ETAG];
    uint64_t crc; /* of what stands before it */
    char magic[sizeof(magic)];
};

uint64_t azb_resume_n_chunks(const struct azb_resume *resume)
{
    return (resume->bytes + resume->chunk_bytes - 1) / resume->chunk_bytes;
}

uint64_t azb_resume_bytes_of(const struct azb_resume *resume, uint64_t chunk_i)
{
    uint64_t rest = resume->bytes - chunk_i * resume->chunk_bytes;

    return rest < resume->chunk_bytes ? rest : resume->chunk_bytes;
}

static off_t chunk_at(const struct azb_resume *resume, uint64_t chunk_i)
{
    return resume->base + (off_t)(chunk_i * resume->chunk_bytes);
}

static off_t entry_at(const struct azb_resume *resume, uint64_t chunk_i)
{
    return resume->base + (off_t)(resume->bytes + chunk_i * sizeof(struct entry));
}

static uint64_t tail_crc(const struct tail *tail)
{
    return azb_crc64(0, tail, offsetof(struct tail, crc));
}

/* Numbers that fit each other and the size of the file. */
static bool is_plausible(const struct azb_resume *resume, off_t file_bytes)
{
    return resume->chunk_bytes > 0 && resume->bytes <= (uint64_t)(file_bytes - resume->base) &&
           resume->total >= resume->bytes && resume->offset <= resume->total - resume->bytes &&
           memchr(resume->etag, '\0', sizeof(resume->etag)) != NULL &&
           resume->etag[0] != '\0' &&
           entry_at(resume, azb_resume_n_chunks(resume)) + (off_t)sizeof(struct tail) ==
               file_bytes;
}

bool azb_resume_load(struct azb_resume *resume)
{
    struct tail tail;
    struct stat st;

    if (fstat(resume->fd, &st) < 0 || st.st_size - resume->base < (off_t)sizeof(tail) ||
        azb_pread_all(resume->fd, &tail, sizeof(tail), st.st_size - (off_t)sizeof(tail)) !=
            sizeof(tail))
        return false;
    if (memcmp(tail.magic, magic, sizeof(magic)) != 0 || le64toh(tail.crc) != tail_crc(&tail))
        return false;
    resume->offset = le64toh(tail.offset);
    resume->bytes = le64toh(tail.bytes);
    resume->total = le64toh(tail.total);
    resume->chunk_bytes = le64toh(tail.chunk_bytes);
    memcpy(resume->etag, tail.etag, sizeof(tail.etag));
    return is_plausible(resume, st.st_size);
}

/* The CRC of what is on disk; false when it cannot be read. */
static bool read_crc(const struct azb_resume *resume, uint64_t chunk_i, uint64_t *ret)
{
    off_t at = chunk_at(resume, chunk_i);
    uint64_t rest = azb_resume_bytes_of(resume, chunk_i);
    unsigned char *bytes = malloc(PIECE_BYTES);

    *ret = 0;
    while (bytes != NULL && rest > 0) {
        size_t n = rest < PIECE_BYTES ? (size_t)rest : PIECE_BYTES;

        if (azb_pread_all(resume->fd, bytes, n, at) != (ssize_t)n)
            break;
        *ret = azb_crc64(*ret, bytes, n);
        at += (off_t)n;
        rest -= n;
    }
    free(bytes);
    return rest == 0;
}

bool azb_resume_verify(const struct azb_resume *resume, uint64_t chunk_i, uint64_t *ret_crc)
{
    struct entry entry;

    if (azb_pread_all(resume->fd, &entry, sizeof(entry), entry_at(resume, chunk_i)) !=
            sizeof(entry) ||
        entry.crc != ~entry.not_crc)
        return false;
    return read_crc(resume, chunk_i, ret_crc) && *ret_crc == le64toh(entry.crc);
}

int azb_resume_create(const struct azb_resume *resume)
{
    struct tail tail = {.offset = htole64(resume->offset),
                        .bytes = htole64(resume->bytes),
                        .total = htole64(resume->total),
                        .chunk_bytes = htole64(resume->chunk_bytes)};
    off_t at = entry_at(resume, azb_resume_n_chunks(resume));

    memcpy(tail.etag, resume->etag, strnlen(resume->etag, sizeof(tail.etag) - 1));
    memcpy(tail.magic, magic, sizeof(magic));
    tail.crc = htole64(tail_crc(&tail));
    return azb_pwrite_all(resume->fd, &tail, sizeof(tail), at) < 0 ? -1 : 0;
}

static int write_zeros(const struct azb_resume *resume, uint64_t chunk_i)
{
    off_t at = chunk_at(resume, chunk_i);
    uint64_t rest = azb_resume_bytes_of(resume, chunk_i);
    unsigned char *zeros = calloc(PIECE_BYTES, 1);

    while (zeros != NULL && rest > 0) {
        size_t n = rest < PIECE_BYTES ? (size_t)rest : PIECE_BYTES;

        if (azb_pwrite_all(resume->fd, zeros, n, at) < 0)
            break;
        at += (off_t)n;
        rest -= n;
    }
    free(zeros);
    return rest == 0 ? 0 : -1;
}

int azb_resume_clear(const struct azb_resume *resume, uint64_t chunk_i)
{
    if (fallocate(resume->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                  chunk_at(resume, chunk_i), (off_t)azb_resume_bytes_of(resume, chunk_i)) == 0)
        return 0;
    return errno == EOPNOTSUPP || errno == ENOSYS ? write_zeros(resume, chunk_i) : -1;
}

int azb_resume_mark(const struct azb_resume *resume, uint64_t chunk_i, uint64_t crc)
{
    struct entry entry = {htole64(crc), ~htole64(crc)};

    return azb_pwrite_all(resume->fd, &entry, sizeof(entry), entry_at(resume, chunk_i)) < 0 ? -1
                                                                                            : 0;
}

int azb_resume_complete(const struct azb_resume *resume)
{
    return ftruncate(resume->fd, entry_at(resume, 0));
}
