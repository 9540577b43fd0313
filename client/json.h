/*
 * json.h: MessagePack values as JSON text and back. Only what speaks JSON calls it, so that
 * nothing else pays for jansson.
 */
#ifndef AZB_CLIENT_JSON_H
#define AZB_CLIENT_JSON_H

#include <stdbool.h>
#include "proto/buf.h"
#include "proto/error.h"

/*
 * Append a value as JSON, on one line or indented, without a newline at the end. Binary data,
 * and text that is not UTF-8, becomes base64; an integer that JSON readers would round off
 * (above 2^63) a string; NaN and the infinities null; an extension {"type", "data"}; a key
 * that is no text its JSON. Returns 0, or -1 with NO_MEMORY.
 */
int azb_json_write(struct azb_buf *out, const msgpack_object *value, bool is_indented,
                   struct azb_error *err);

/* Pack text as the value that it means if it is JSON (any value), else as the string it is. */
void azb_json_pack(const char *text, msgpack_packer *pk);

/* Append base64, with padding. */
void azb_base64_append(struct azb_buf *out, const void *bytes, size_t n);

#endif
