/*
 * value.h: typed access to msgpack values that a peer sent. Nothing here trusts its input:
 * strings are not NUL-terminated, numbers may be of any width and sign.
 */
#ifndef AZB_PROTO_VALUE_H
#define AZB_PROTO_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include <msgpack.h>
#include "proto/error.h"

/* The value under a string key (first match), or NULL. map may be NULL. */
const msgpack_object *azb_map_find(const msgpack_object_map *map, const char *key);

/* The map inside a value, or NULL when it is something else. value may be NULL. */
const msgpack_object_map *azb_value_map(const msgpack_object *value);

/* True when the value is a str (or bin) with exactly these bytes. value may be NULL. */
bool azb_value_is(const msgpack_object *value, const char *s);

/*
 * A str or bin's bytes; true when it was one. *ret is borrowed from the value and is not
 * NUL-terminated. value may be NULL (false).
 */
bool azb_value_bytes(const msgpack_object *value, const char **ret, size_t *ret_bytes);

/* An integer; false when the value is none or does not fit. value may be NULL (false). */
bool azb_value_int(const msgpack_object *value, int64_t *ret);

/* A boolean; false when the value is none. */
bool azb_value_bool(const msgpack_object *value, bool *ret);

/* Copy a str into a fixed array, NUL-terminated; false when it is none, is too long or
 * holds a NUL. */
bool azb_value_copy(const msgpack_object *value, char *ret, size_t ret_size);

/* "a string", "an integer", ...: for messages. */
const char *azb_value_type_name(const msgpack_object *value);

#endif
