/*
 * base64.h: RFC 4648 section 4 (standard alphabet, padded).
 */
#ifndef AZB_PROTO_BASE64_H
#define AZB_PROTO_BASE64_H

#include <stddef.h>

/* Characters that n bytes become, without a NUL. */
#define AZB_BASE64_CHARS(n) ((((n) + 2) / 3) * 4)

/* Bytes at most that n characters become. */
#define AZB_BASE64_BYTES(n) (((n) / 4) * 3)

/* Writes AZB_BASE64_CHARS(n) characters and a NUL. */
void azb_base64_encode(const void *bytes, size_t n, char *ret);

/*
 * Strict: the alphabet, right padding, a length that is a multiple of 4, no white space.
 * ret has room for AZB_BASE64_BYTES(n) bytes. Returns 0 with *ret_n set, or -1.
 */
int azb_base64_decode(const char *text, size_t n, void *ret, size_t *ret_n);

#endif
