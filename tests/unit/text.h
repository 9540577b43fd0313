/*
 * text.h: MessagePack values as text, both ways, so that a test's table can hold them:
 *
 *     {name: 'a\x00b', size: 1, md5: <00ff>, tags: {k: 'v'}, list: ['x', nil, true, -1.5]}
 *
 * Quotes are single, so that C strings need no escapes; bytes are hex between < and >; a key
 * that is a word stands bare. When read, a string may be followed by a count: 'ab'*3.
 */
#ifndef AZB_TESTS_TEXT_H
#define AZB_TESTS_TEXT_H

#include "proto/buf.h"

/* Append the value that the text means. Ends the program when it means none. */
void text_pack(const char *text, struct azb_buf *ret);

/* Append a value's text. */
void text_print(const msgpack_object *value, struct azb_buf *ret);

/* Append the text of n encoded bytes, which must be one value: -1 when they are not. */
int text_print_packed(const void *bytes, size_t n, struct azb_buf *ret);

#endif
