/*
 * json.c: MessagePack and JSON differ in bytes, extensions, big integers and keys; what
 * becomes of those is decided here, everything else is jansson's.
 */
#include "client/json.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "proto/base64.h"

void azb_base64_append(struct azb_buf *out, const void *bytes, size_t n)
{
    size_t chars = AZB_BASE64_CHARS(n);

    if (azb_buf_reserve(out, chars + 1) < 0)
        return;
    azb_base64_encode(bytes, n, (char *)out->data + out->len);
    out->len += chars;
}

static json_t *from_bytes(const char *bytes, size_t n)
{
    struct azb_buf text = {0};
    json_t *json;

    azb_base64_append(&text, bytes, n);
    json = text.failed ? NULL : json_stringn((const char *)text.data, text.len);
    if (json == NULL && !text.failed)
        json = json_string("");
    azb_buf_clear(&text);
    return json;
}

static json_t *from_str(const char *bytes, size_t n)
{
    json_t *json = json_stringn(bytes, n);

    return json != NULL ? json : from_bytes(bytes, n);
}

static json_t *from_unsigned(uint64_t number)
{
    char text[24];

    if (number <= INT64_MAX)
        return json_integer((json_int_t)number);
    snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
    return json_string(text);
}

static json_t *from_value(const msgpack_object *value);

static json_t *from_array(const msgpack_object_array *array)
{
    json_t *json = json_array();

    for (uint32_t i = 0; json != NULL && i < array->size; i++)
        if (json_array_append_new(json, from_value(&array->ptr[i])) < 0) {
            json_decref(json);
            json = NULL;
        }
    return json;
}

/* A key as JSON would write it: text as it is, anything else as its JSON. Own memory. */
static json_t *key_text(const msgpack_object *key)
{
    json_t *json = from_value(key), *text;
    char *dump;

    if (json == NULL || json_is_string(json))
        return json;
    dump = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    text = dump != NULL ? json_string(dump) : NULL;
    free(dump);
    json_decref(json);
    return text;
}

static json_t *from_map(const msgpack_object_map *map)
{
    json_t *json = json_object();

    for (uint32_t i = 0; json != NULL && i < map->size; i++) {
        json_t *key = key_text(&map->ptr[i].key);

        if (key == NULL ||
            json_object_setn_new(json, json_string_value(key), json_string_length(key),
                                 from_value(&map->ptr[i].val)) < 0) {
            json_decref(json);
            json = NULL;
        }
        json_decref(key);
    }
    return json;
}

static json_t *from_value(const msgpack_object *value)
{
    switch (value->type) {
    case MSGPACK_OBJECT_BOOLEAN:
        return json_boolean(value->via.boolean);
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        return from_unsigned(value->via.u64);
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        return json_integer(value->via.i64);
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        return isfinite(value->via.f64) ? json_real(value->via.f64) : json_null();
    case MSGPACK_OBJECT_STR:
        return from_str(value->via.str.ptr, value->via.str.size);
    case MSGPACK_OBJECT_BIN:
        return from_bytes(value->via.bin.ptr, value->via.bin.size);
    case MSGPACK_OBJECT_ARRAY:
        return from_array(&value->via.array);
    case MSGPACK_OBJECT_MAP:
        return from_map(&value->via.map);
    case MSGPACK_OBJECT_EXT:
        return json_pack("{s:i, s:o}", "type", (int)value->via.ext.type, "data",
                         from_bytes(value->via.ext.ptr, value->via.ext.size));
    case MSGPACK_OBJECT_NIL:
        break;
    }
    return json_null();
}

static int dump_piece(const char *bytes, size_t n, void *out)
{
    azb_buf_append(out, bytes, n);
    return 0;
}

int azb_json_write(struct azb_buf *out, const msgpack_object *value, bool is_indented,
                   struct azb_error *err)
{
    json_t *json = from_value(value);
    int rc = -1;

    if (json != NULL)
        rc =
            json_dump_callback(json, dump_piece, out,
                               JSON_ENCODE_ANY | (is_indented ? JSON_INDENT(2) : JSON_COMPACT));
    json_decref(json);
    return rc < 0 || out->failed ? azb_error_set(err, AZB_ERR_NO_MEMORY, "JSON output") : 0;
}

static void pack_json(const json_t *json, msgpack_packer *pk);

static void pack_array(const json_t *json, msgpack_packer *pk)
{
    size_t n = json_array_size(json);

    msgpack_pack_array(pk, n);
    for (size_t i = 0; i < n; i++)
        pack_json(json_array_get(json, i), pk);
}

static void pack_object(const json_t *json, msgpack_packer *pk)
{
    json_t *object = (json_t *)json; /* jansson's iterators want it so; nothing is changed */

    msgpack_pack_map(pk, json_object_size(json));
    for (void *at = json_object_iter(object); at != NULL;
         at = json_object_iter_next(object, at)) {
        azb_pack_strn(pk, json_object_iter_key(at), json_object_iter_key_len(at));
        pack_json(json_object_iter_value(at), pk);
    }
}

static void pack_json(const json_t *json, msgpack_packer *pk)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        pack_object(json, pk);
        break;
    case JSON_ARRAY:
        pack_array(json, pk);
        break;
    case JSON_STRING:
        azb_pack_strn(pk, json_string_value(json), json_string_length(json));
        break;
    case JSON_INTEGER:
        msgpack_pack_int64(pk, json_integer_value(json));
        break;
    case JSON_REAL:
        msgpack_pack_double(pk, json_real_value(json));
        break;
    case JSON_TRUE:
        msgpack_pack_true(pk);
        break;
    case JSON_FALSE:
        msgpack_pack_false(pk);
        break;
    case JSON_NULL:
        msgpack_pack_nil(pk);
        break;
    }
}

void azb_json_pack(const char *text, msgpack_packer *pk)
{
    json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    if (json == NULL)
        azb_pack_str(pk, text);
    else
        pack_json(json, pk);
    json_decref(json);
}
