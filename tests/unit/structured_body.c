/*
 * structured_body.c: XSM/1.0 with CRC-64, as the service writes it.
 */
#include "tests/unit/structured_body.h"

#include <endian.h>

#include "lib/codec/crc64.h"

static void put_number(struct azb_buf *buf, uint64_t value, size_t n_bytes)
{
    value = htole64(value);
    azb_buf_append(buf, &value, n_bytes);
}

void structured_body(struct azb_buf *ret, const void *content, size_t n, size_t segment_bytes)
{
    size_t n_segments = (n + segment_bytes - 1) / segment_bytes;

    put_number(ret, 1, 1);
    put_number(ret, 13 + n_segments * 18 + n + 8, 8);
    put_number(ret, 1, 2);
    put_number(ret, n_segments, 2);
    for (size_t i = 0; i < n_segments; i++) {
        const unsigned char *p = (const unsigned char *)content + i * segment_bytes;
        size_t piece = i + 1 < n_segments ? segment_bytes : n - i * segment_bytes;

        put_number(ret, i + 1, 2);
        put_number(ret, piece, 8);
        azb_buf_append(ret, p, piece);
        put_number(ret, azb_crc64(0, p, piece), 8);
    }
    put_number(ret, azb_crc64(0, content, n), 8);
}
