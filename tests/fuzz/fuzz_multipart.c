/*
 * fuzz_multipart.c: the first byte is a chunk size, the first line a Content-Type, the rest the
 * answer of a batch. Whole and in chunks, the same parts come out and the same end.
 */
#include "lib/codec/multipart.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* What one pass has found: every part's contents, and how it ended. */
struct outcome {
    enum azb_err end;
    struct azb_buf parts;
};

static int keep_part(const struct azb_part *part, void *arg, struct azb_error *err)
{
    struct azb_buf *parts = arg;
    const char *id;
    size_t n;

    (void)err;
    if (part->content_id < -1 || part->status < 100 || part->status > 599)
        abort();
    id = azb_part_header(part, "x-ms-request-id", &n);
    azb_buf_printf(parts, "%ld %d %zu ", part->content_id, part->status, n);
    azb_buf_append(parts, id, n);
    azb_buf_append(parts, part->headers, part->headers_n);
    azb_buf_append(parts, part->body, part->body_n);
    return 0;
}

static void parse(const char *type, size_t type_n, const char *bytes, size_t n, size_t chunk,
                  struct outcome *ret)
{
    struct azb_error err = {0};
    struct azb_multipart *multipart =
        azb_multipart_new(type, type_n, keep_part, &ret->parts, &err);
    int rc = multipart != NULL ? 0 : -1;

    for (size_t at = 0; at < n && rc == 0; at += chunk)
        rc = azb_multipart_push(multipart, bytes + at, n - at < chunk ? n - at : chunk, &err);
    if (rc == 0)
        rc = azb_multipart_end(multipart, &err);
    if (rc < 0 && (err.what != AZB_ERR_BAD_RESPONSE || err.message[0] == '\0'))
        abort();
    ret->end = rc < 0 ? err.what : AZB_OK;
    azb_multipart_free(multipart);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct outcome whole = {0}, chunked = {0};
    const char *type = (const char *)bytes + 1, *body;
    size_t type_n;

    if (n == 0 || (body = memchr(type, '\n', n - 1)) == NULL)
        return 0;
    type_n = (size_t)(body++ - type);
    n -= 1 + type_n + 1;
    parse(type, type_n, body, n, SIZE_MAX / 2, &whole);
    parse(type, type_n, body, n, 1 + bytes[0] % 64U, &chunked);
    if (whole.end != chunked.end || whole.parts.len != chunked.parts.len ||
        (whole.parts.len > 0 &&
         memcmp(whole.parts.data, chunked.parts.data, whole.parts.len) != 0))
        abort();
    azb_buf_clear(&whole.parts);
    azb_buf_clear(&chunked.parts);
    return 0;
}
