/*
 * fuzz_url.c: URLs into the parser, and the same bytes through percent-encoding and back.
 */
#include "lib/codec/url.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_parsed(const struct azb_url *url)
{
    size_t n_path = strlen(url->path);

    if (url->host[0] == '\0' || url->port == 0 || url->port > 65535 ||
        strstr(url->authority, url->host) == NULL ||
        strpbrk(url->authority, "@/?#\\% ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL)
        abort();
    if (n_path > 0 && (url->path[0] != '/' || url->path[n_path - 1] == '/'))
        abort();
}

/* Whatever the bytes are, they come back, and what is on the wire is plain. */
static void check_encoding(const char *text, size_t n, enum azb_url_part part)
{
    struct azb_buf buf = {0};
    char *encoded;

    azb_url_encode(&buf, text, n, part);
    azb_buf_cstr(&buf);
    if (buf.failed)
        abort();
    encoded = (char *)buf.data;
    if (strlen(encoded) != buf.len || strpbrk(encoded, " ?#&=+\r\n") != NULL)
        abort();
    if (azb_url_decode(encoded, buf.len) != (long)n || memcmp(encoded, text, n) != 0)
        abort();
    azb_buf_clear(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const char *text = n > 0 ? (const char *)bytes : "";
    struct azb_arena *arena = azb_arena_new();
    struct azb_error err = {0};
    struct azb_url url;
    char *copy;

    if (azb_url_parse(arena, text, n, &url, &err) == 0)
        check_parsed(&url);
    else if (err.what != AZB_ERR_INVALID_ARG || err.message[0] == '\0')
        abort();
    check_encoding(text, n, AZB_URL_PATH);
    check_encoding(text, n, AZB_URL_VALUE);
    copy = azb_arena_strndup(arena, text, n);
    if (copy == NULL || azb_url_decode(copy, n) > (long)n)
        abort();
    azb_arena_free(arena);
    return 0;
}
