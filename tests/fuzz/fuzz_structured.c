/*
 * fuzz_structured.c: the first byte is a chunk size, the next two how much content the headers
 * promise, the rest a structured body. Whole and in chunks, the same content comes out and the
 * same end; a success has the checksum of its content.
 */
#include "lib/codec/structured.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec/crc64.h"
#include "proto/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static int keep(const void *bytes, size_t n, void *arg, struct azb_error *err)
{
    (void)err;
    azb_buf_append(arg, bytes, n);
    return 0;
}

static enum azb_err decode(const uint8_t *bytes, size_t n, uint64_t content_bytes, size_t chunk,
                           struct azb_buf *ret)
{
    struct azb_structured decoder;
    struct azb_error err = {0};
    int rc = 0;

    azb_structured_init(&decoder, n, content_bytes, keep, ret);
    for (size_t at = 0; at < n && rc == 0; at += chunk)
        rc = azb_structured_push(&decoder, bytes + at, n - at < chunk ? n - at : chunk, &err);
    if (rc == 0)
        rc = azb_structured_end(&decoder, &err);
    if (decoder.n_checked > decoder.n_content || decoder.n_content != ret->len)
        abort();
    if (rc == 0 && (ret->len != content_bytes || decoder.n_checked != content_bytes ||
                    decoder.crc != azb_crc64(0, ret->data, ret->len)))
        abort();
    return err.what;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct azb_buf whole = {0}, chunked = {0};
    uint64_t content_bytes;

    if (n < 3)
        return 0;
    content_bytes = bytes[1] | (uint64_t)bytes[2] << 8;
    if (decode(bytes + 3, n - 3, content_bytes, SIZE_MAX / 2, &whole) !=
        decode(bytes + 3, n - 3, content_bytes, 1 + bytes[0] % 64U, &chunked))
        abort();
    if (whole.len != chunked.len ||
        (whole.len > 0 && memcmp(whole.data, chunked.data, whole.len) != 0))
        abort();
    azb_buf_clear(&whole);
    azb_buf_clear(&chunked);
    return 0;
}
