/*
 * utf8.h: which bytes are UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing beyond
 * U+10FFFF.
 */
#ifndef AZB_PROTO_UTF8_H
#define AZB_PROTO_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at the beginning, with its number in *ret; 0 when there is none. */
size_t azb_utf8_next(const char *bytes, size_t n, uint32_t *ret);

bool azb_utf8_is_valid(const char *bytes, size_t n);

#endif
