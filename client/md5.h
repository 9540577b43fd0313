/*
 * md5.h: the MD5 of files (RFC 1321), to compare with those that blobs have.
 */
#ifndef AZB_CLIENT_MD5_H
#define AZB_CLIENT_MD5_H

#include "proto/error.h"

enum {
    AZB_MD5_BYTES = 16,
};

/* Of all that is in a regular file. Returns 0, or -1 with LOCAL_IO. */
int azb_md5_of_file(int fd, unsigned char ret[AZB_MD5_BYTES], struct azb_error *err);

#endif
