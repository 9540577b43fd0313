/*
 * utf8.c: see utf8.h.
 */
#include "proto/utf8.h"

/* Bytes of a character by its first one, and the bits of that; 0: no character begins so. */
static size_t first_byte(unsigned char byte, uint32_t *ret_bits)
{
    static const struct {
        unsigned char mask, value;
    } firsts[] = {{0x80, 0x00}, {0xe0, 0xc0}, {0xf0, 0xe0}, {0xf8, 0xf0}};

    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++)
        if ((byte & firsts[i].mask) == firsts[i].value) {
            *ret_bits = byte & (unsigned char)~firsts[i].mask;
            return i + 1;
        }
    return 0;
}

size_t azb_utf8_next(const char *bytes, size_t n, uint32_t *ret)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* by number of bytes */
    uint32_t c = 0;
    size_t n_bytes = n > 0 ? first_byte((unsigned char)bytes[0], &c) : 0;

    if (n_bytes == 0 || n_bytes > n)
        return 0;
    for (size_t i = 1; i < n_bytes; i++) {
        if (((unsigned char)bytes[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | ((unsigned char)bytes[i] & 0x3f);
    }
    if (c < least[n_bytes] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *ret = c;
    return n_bytes;
}

bool azb_utf8_is_valid(const char *bytes, size_t n)
{
    uint32_t c;

    while (n > 0) {
        size_t n_bytes = azb_utf8_next(bytes, n, &c);

        if (n_bytes == 0)
            return false;
        bytes += n_bytes;
        n -= n_bytes;
    }
    return true;
}
