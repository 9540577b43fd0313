/*
 * whole_md5.h: does what came have the MD5 that the service knows of the whole blob? Bytes that
 * pass by in order are hashed as they pass. What ranges side by side leave in a file is read
 * back, once it is there from the beginning on: as a rule from the page cache, by a file
 * thread.
 */
#ifndef AZB_LIB_STREAM_WHOLE_MD5_H
#define AZB_LIB_STREAM_WHOLE_MD5_H

#include <openssl/evp.h>
#include "lib/call.h"
#include "lib/io.h"

enum {
    AZB_WHOLE_MD5_BYTES = 16,
};

/* Zeroed: nothing is checked, and all of the following do nothing. */
struct azb_whole_md5 {
    /* private */
    struct azb_call *call;
    unsigned char expected[AZB_WHOLE_MD5_BYTES];
    EVP_MD_CTX *ctx;
    off_t base;               /* of a file */
    uint64_t n_hashed, n_due; /* bytes of it */
    struct azb_io_job job;
    bool is_out;
    uint64_t n_job; /* what the job is to hash */
    int errnum;
    void (*on_idle)(struct azb_call *call);
};

/* Expect this MD5. Returns 0, or -1 with NO_MEMORY. */
int azb_whole_md5_begin(struct azb_whole_md5 *md5, struct azb_call *call,
                        const unsigned char expected[AZB_WHOLE_MD5_BYTES],
                        struct azb_error *err);

/* The next n bytes, unless they are read back. */
void azb_whole_md5_add(struct azb_whole_md5 *md5, const void *bytes, size_t n);

/* They come again, from the first one on. */
void azb_whole_md5_restart(struct azb_whole_md5 *md5);

/* Instead, read them back from the call's descriptor, where they begin at base. on_idle: as
 * much as was due is hashed. */
void azb_whole_md5_read(struct azb_whole_md5 *md5, off_t base,
                        void (*on_idle)(struct azb_call *call));

/* So many bytes are there by now, from base on. Returns 0, or -1 with *err set. */
int azb_whole_md5_due(struct azb_whole_md5 *md5, uint64_t n, struct azb_error *err);

/* Bytes that are due are not hashed yet. */
bool azb_whole_md5_is_busy(const struct azb_whole_md5 *md5);

/* All bytes are hashed. Returns 0, or -1 with CHECKSUM. */
int azb_whole_md5_check(struct azb_whole_md5 *md5, struct azb_error *err);

/* No job may be out. */
void azb_whole_md5_clear(struct azb_whole_md5 *md5);

#endif
