/*
 * base64.c: three bytes to four characters and back, a table look-up for each character.
 */
#include "proto/base64.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum {
    NONE = 0x80, /* a character that is not in the alphabet; the values end at 63 */
};

/* clang-format off */
#define X NONE
static const unsigned char values[256] = {
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  62, X,  X,  X,  63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, X,  X,  X,  X,  X,  X,
    X,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X,  X,  X,  X,  X,
    X,  26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
};
#undef X
/* clang-format on */

void azb_base64_encode(const void *bytes, size_t n, char *ret)
{
    const unsigned char *p = bytes;
    uint32_t bits;

    for (; n >= 3; n -= 3, p += 3, ret += 4) {
        bits = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
        ret[0] = alphabet[bits >> 18];
        ret[1] = alphabet[bits >> 12 & 63];
        ret[2] = alphabet[bits >> 6 & 63];
        ret[3] = alphabet[bits & 63];
    }
    if (n > 0) {
        bits = (uint32_t)p[0] << 16 | (n == 2 ? (uint32_t)p[1] << 8 : 0);
        ret[0] = alphabet[bits >> 18];
        ret[1] = alphabet[bits >> 12 & 63];
        ret[2] = n == 2 ? alphabet[bits >> 6 & 63] : '=';
        ret[3] = '=';
        ret += 4;
    }
    *ret = '\0';
}

/* Four characters as 24 bits; false when one of them is not in the alphabet. */
static bool group_read(const unsigned char *p, uint32_t *ret_bits)
{
    unsigned char a = values[p[0]], b = values[p[1]], c = values[p[2]], d = values[p[3]];

    *ret_bits = (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 | d;
    return ((a | b | c | d) & NONE) == 0;
}

/* The bits that padding leaves over in the last character are not looked at: other programs
 * accept such keys, so we do. */
int azb_base64_decode(const char *text, size_t n, void *ret, size_t *ret_n)
{
    const unsigned char *p = (const unsigned char *)text;
    unsigned char *out = ret;
    unsigned char last[4];
    size_t n_padding = 0;
    uint32_t bits;

    if (n % 4 != 0)
        return -1;
    if (n == 0) {
        *ret_n = 0;
        return 0;
    }
    for (size_t groups = n / 4 - 1; groups > 0; groups--, p += 4, out += 3) {
        if (!group_read(p, &bits))
            return -1;
        out[0] = (unsigned char)(bits >> 16);
        out[1] = (unsigned char)(bits >> 8);
        out[2] = (unsigned char)bits;
    }
    memcpy(last, p, sizeof(last));
    while (n_padding < 2 && last[3 - n_padding] == '=')
        last[3 - n_padding++] = 'A';
    if (!group_read(last, &bits))
        return -1;
    for (size_t i = 0; i < 3 - n_padding; i++)
        *out++ = (unsigned char)(bits >> (16 - 8 * i));
    *ret_n = n / 4 * 3 - n_padding;
    return 0;
}
