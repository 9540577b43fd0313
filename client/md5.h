/*
 * md5.h: the MD5 of files, to compare with those that blobs have.
 */
#ifndef AZB_CLIENT_MD5_H
#define AZB_CLIENT_MD5_H

#include <stddef.h>
#include <stdint.h>
#include "proto/error.h"

enum {
    AZB_MD5_BYTES = 16,
    AZB_MD5_BLOCK = 64,
};

struct azb_md5 {
    uint32_t state[4];
    uint64_t n_bytes;
    unsigned char block[AZB_MD5_BLOCK]; /* what does not fill one yet */
};

void azb_md5_init(struct azb_md5 *md5);
void azb_md5_update(struct azb_md5 *md5, const void *bytes, size_t n);
void azb_md5_finish(struct azb_md5 *md5, unsigned char ret[AZB_MD5_BYTES]);

/* Of all that is in a regular file. Returns 0, or -1 with LOCAL_IO. */
int azb_md5_of_file(int fd, unsigned char ret[AZB_MD5_BYTES], struct azb_error *err);

#endif
