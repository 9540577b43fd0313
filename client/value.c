/*
 * value.c: what a result is read with. A value is a msgpack_object seen from outside, where it
 * is opaque; its texts lie in a private copy of the message, in which the byte behind a text
 * (the head of what follows it, read by now) can become a NUL.
 */
#define _GNU_SOURCE 1 /* timegm() */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/library.h"
#include "proto/value.h"

enum { ZONE_BYTES = 512 };

/* The root of a decoded value, which is what azblob_value_free() gets. */
struct owned_value {
    msgpack_object object; /* first */
    msgpack_zone zone;
    unsigned char bytes[]; /* and one more, for a NUL */
};

struct azblob_value *azb_value_new(const unsigned char *packed, size_t n)
{
    struct owned_value *value = malloc(sizeof(*value) + n + 1);
    size_t off = 0;

    if (value == NULL || !msgpack_zone_init(&value->zone, ZONE_BYTES)) {
        free(value);
        return NULL;
    }
    memcpy(value->bytes, packed, n);
    if (msgpack_unpack((const char *)value->bytes, n, &off, &value->zone, &value->object) !=
        MSGPACK_UNPACK_SUCCESS) {
        azblob_value_free((struct azblob_value *)value); /* it was decoded once: no memory */
        return NULL;
    }
    return (struct azblob_value *)value;
}

void azblob_value_free(struct azblob_value *value)
{
    struct owned_value *owned = (struct owned_value *)value;

    if (owned == NULL)
        return;
    msgpack_zone_destroy(&owned->zone);
    free(owned);
}

static const msgpack_object *object_of(const struct azblob_value *value)
{
    return (const msgpack_object *)value;
}

static const struct azblob_value *value_of(const msgpack_object *object)
{
    return (const struct azblob_value *)object;
}

enum azblob_type azblob_value_type(const struct azblob_value *value)
{
    if (value == NULL)
        return AZBLOB_NIL;
    switch (object_of(value)->type) {
    case MSGPACK_OBJECT_BOOLEAN:
        return AZBLOB_BOOL;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        return AZBLOB_INT;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        return AZBLOB_REAL;
    case MSGPACK_OBJECT_STR:
        return AZBLOB_STR;
    case MSGPACK_OBJECT_BIN:
    case MSGPACK_OBJECT_EXT:
        return AZBLOB_BYTES;
    case MSGPACK_OBJECT_ARRAY:
        return AZBLOB_LIST;
    case MSGPACK_OBJECT_MAP:
        return AZBLOB_MAP;
    case MSGPACK_OBJECT_NIL:
        break;
    }
    return AZBLOB_NIL;
}

const struct azblob_value *azblob_value_get(const struct azblob_value *map, const char *key)
{
    return value_of(azb_map_find(azb_value_map(object_of(map)), key));
}

size_t azblob_value_size(const struct azblob_value *value)
{
    switch (azblob_value_type(value)) {
    case AZBLOB_LIST:
        return object_of(value)->via.array.size;
    case AZBLOB_MAP:
        return object_of(value)->via.map.size;
    default:
        return 0;
    }
}

const struct azblob_value *azblob_value_at(const struct azblob_value *value, size_t i)
{
    if (i >= azblob_value_size(value))
        return NULL;
    if (azblob_value_type(value) == AZBLOB_LIST)
        return value_of(&object_of(value)->via.array.ptr[i]);
    return value_of(&object_of(value)->via.map.ptr[i].val);
}

const char *azblob_value_key(const struct azblob_value *map, size_t i)
{
    if (azblob_value_type(map) != AZBLOB_MAP || i >= azblob_value_size(map))
        return NULL;
    return azblob_value_str(value_of(&object_of(map)->via.map.ptr[i].key));
}

const void *azblob_value_bytes(const struct azblob_value *value, size_t *ret_n)
{
    const char *bytes;
    size_t n;

    *ret_n = 0;
    if (!azb_value_bytes(object_of(value), &bytes, &n))
        return NULL;
    *ret_n = n;
    if (n > 0)
        ((char *)(uintptr_t)bytes)[n] = '\0';
    return bytes;
}

const char *azblob_value_str(const struct azblob_value *value)
{
    size_t n;

    return azblob_value_bytes(value, &n);
}

int64_t azblob_value_int(const struct azblob_value *value, int64_t otherwise)
{
    int64_t number;

    return azb_value_int(object_of(value), &number) ? number : otherwise;
}

int azblob_value_bool(const struct azblob_value *value, int otherwise)
{
    bool is_true;

    return azb_value_bool(object_of(value), &is_true) ? is_true : otherwise;
}

double azblob_value_real(const struct azblob_value *value, double otherwise)
{
    return azblob_value_type(value) == AZBLOB_REAL ? object_of(value)->via.f64 : otherwise;
}

int64_t azblob_value_time(const struct azblob_value *value, int64_t otherwise)
{
    const char *text = azblob_value_str(value);
    struct tm tm = {0};
    const char *end = text != NULL ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;

    if (end == NULL)
        return otherwise;
    if (*end == '.')
        end += 1 + strspn(end + 1, "0123456789");
    return strcmp(end, "Z") == 0 ? timegm(&tm) : otherwise;
}
