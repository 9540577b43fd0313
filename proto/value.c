/*
 * value.c: typed access to msgpack values.
 */
#include "proto/value.h"

#include <string.h>

const msgpack_object *azb_map_find(const msgpack_object_map *map, const char *key)
{
    if (map == NULL)
        return NULL;
    for (uint32_t i = 0; i < map->size; i++)
        if (azb_value_is(&map->ptr[i].key, key))
            return &map->ptr[i].val;
    return NULL;
}

const msgpack_object_map *azb_value_map(const msgpack_object *value)
{
    return value != NULL && value->type == MSGPACK_OBJECT_MAP ? &value->via.map : NULL;
}

bool azb_value_is(const msgpack_object *value, const char *s)
{
    const char *bytes;
    size_t n;

    return azb_value_bytes(value, &bytes, &n) && strlen(s) == n && memcmp(bytes, s, n) == 0;
}

bool azb_value_bytes(const msgpack_object *value, const char **ret, size_t *ret_bytes)
{
    if (value == NULL)
        return false;
    if (value->type == MSGPACK_OBJECT_STR) {
        *ret = value->via.str.size > 0 ? value->via.str.ptr : ""; /* msgpack-c says NULL */
        *ret_bytes = value->via.str.size;
        return true;
    }
    if (value->type == MSGPACK_OBJECT_BIN) {
        *ret = value->via.bin.size > 0 ? value->via.bin.ptr : "";
        *ret_bytes = value->via.bin.size;
        return true;
    }
    return false;
}

bool azb_value_int(const msgpack_object *value, int64_t *ret)
{
    if (value == NULL)
        return false;
    if (value->type == MSGPACK_OBJECT_NEGATIVE_INTEGER) {
        *ret = value->via.i64;
        return true;
    }
    if (value->type == MSGPACK_OBJECT_POSITIVE_INTEGER && value->via.u64 <= INT64_MAX) {
        *ret = (int64_t)value->via.u64;
        return true;
    }
    return false;
}

bool azb_value_bool(const msgpack_object *value, bool *ret)
{
    if (value == NULL || value->type != MSGPACK_OBJECT_BOOLEAN)
        return false;
    *ret = value->via.boolean;
    return true;
}

bool azb_value_copy(const msgpack_object *value, char *ret, size_t ret_size)
{
    const char *bytes;
    size_t n;

    if (!azb_value_bytes(value, &bytes, &n) || n >= ret_size || memchr(bytes, '\0', n) != NULL)
        return false;
    memcpy(ret, bytes, n);
    ret[n] = '\0';
    return true;
}

const char *azb_value_type_name(const msgpack_object *value)
{
    if (value == NULL)
        return "nothing";
    switch (value->type) {
    case MSGPACK_OBJECT_NIL:
        return "nil";
    case MSGPACK_OBJECT_BOOLEAN:
        return "a boolean";
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        return "an integer";
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        return "a float";
    case MSGPACK_OBJECT_STR:
        return "a string";
    case MSGPACK_OBJECT_ARRAY:
        return "an array";
    case MSGPACK_OBJECT_MAP:
        return "a map";
    case MSGPACK_OBJECT_BIN:
        return "binary data";
    case MSGPACK_OBJECT_EXT:
        return "an extension value";
    }
    return "an unknown value";
}
