/*
 * one_value.h: for targets whose output is MessagePack.
 */
#ifndef AZB_TESTS_ONE_VALUE_H
#define AZB_TESTS_ONE_VALUE_H

#include <msgpack.h>
#include <stdlib.h>
#include "proto/buf.h"

/* Ends the program unless the bytes are exactly one value. */
static inline void check_one_value(const struct azb_buf *buf)
{
    msgpack_unpacked unpacked;
    size_t used = 0;

    msgpack_unpacked_init(&unpacked);
    if (buf->failed ||
        msgpack_unpack_next(&unpacked, (const char *)buf->data, buf->len, &used) !=
            MSGPACK_UNPACK_SUCCESS ||
        used != buf->len)
        abort();
    msgpack_unpacked_destroy(&unpacked);
}

#endif
