/*
 * resume.h: how far a download into a file has come, kept in that file: behind the data, until
 * it is complete. So the state goes where the file goes, and who goes on needs no name of it.
 * What is said to be there is believed when it has the checksum that is said of it, so that
 * nothing depends on the order in which a machine that lost power had written.
 */
#ifndef AZB_LIB_STREAM_RESUME_H
#define AZB_LIB_STREAM_RESUME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    AZB_RESUME_MAX_ETAG = 128,
};

/* What of which blob is to be in the file, in chunks. */
struct azb_resume {
    int fd;                 /* borrowed */
    off_t base;             /* of the data in the file */
    uint64_t offset, bytes; /* of the blob */
    uint64_t total;         /* size of the blob */
    uint64_t chunk_bytes;
    char etag[AZB_RESUME_MAX_ETAG];
};

/* Chunks in all; and how many bytes one has. */
uint64_t azb_resume_n_chunks(const struct azb_resume *resume);
uint64_t azb_resume_bytes_of(const struct azb_resume *resume, uint64_t chunk_i);

/* The following read and write the file, and may block. fd and base are set. */

/* Read what an earlier download left. False: nothing that can be gone on with. */
bool azb_resume_load(struct azb_resume *resume);

/* Is the chunk there, with the right bytes? Then *ret_crc is theirs. */
bool azb_resume_verify(const struct azb_resume *resume, uint64_t chunk_i, uint64_t *ret_crc);

/* Begin to keep the state, with no chunk there. Returns 0, or -1 with errno. */
int azb_resume_create(const struct azb_resume *resume);

/* Whatever is where the chunk belongs becomes zeros, and takes no room where the file system
 * can do so. Returns 0, or -1 with errno. */
int azb_resume_clear(const struct azb_resume *resume, uint64_t chunk_i);

/* A chunk has been written, and this is its CRC-64. Returns 0, or -1 with errno. */
int azb_resume_mark(const struct azb_resume *resume, uint64_t chunk_i, uint64_t crc);

/* All is there: leave only the data. Returns 0, or -1 with errno. */
int azb_resume_complete(const struct azb_resume *resume);

#endif
