/*
 * text.c: a small notation for values.
 */
#include "tests/unit/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- from text ---- */

static void text_fail(const char *at, const char *what)
{
    fprintf(stderr, "text: %s before '%.40s'\n", what, at);
    abort();
}

static void skip_spaces(const char **at)
{
    while (isspace((unsigned char)**at))
        ++*at;
}

static void expect(const char **at, char c)
{
    skip_spaces(at);
    if (**at != c)
        text_fail(*at, (const char[]){c, '\0'});
    ++*at;
}

static unsigned char read_hex(const char **at)
{
    unsigned byte;

    if (sscanf(*at, "%2x", &byte) != 1)
        text_fail(*at, "two hex digits");
    *at += 2;
    return (unsigned char)byte;
}

static void pack_string(const char **at, msgpack_packer *pk)
{
    struct azb_buf once = {0}, all = {0};
    unsigned long n_times = 1;

    expect(at, '\'');
    while (**at != '\'' && **at != '\0') {
        if ((*at)[0] == '\\' && (*at)[1] == 'x') {
            *at += 2;
            azb_buf_append(&once, &(unsigned char){read_hex(at)}, 1);
        } else {
            azb_buf_append(&once, (*at)++, 1);
        }
    }
    expect(at, '\'');
    if (**at == '*')
        n_times = strtoul(*at + 1, (char **)at, 10);
    for (; n_times > 0; n_times--)
        azb_buf_append(&all, once.data, once.len);
    azb_pack_strn(pk, (char *)all.data, all.len);
    azb_buf_clear(&once);
    azb_buf_clear(&all);
}

static void pack_bytes(const char **at, msgpack_packer *pk)
{
    struct azb_buf bytes = {0};

    expect(at, '<');
    while (**at != '>')
        azb_buf_append(&bytes, &(unsigned char){read_hex(at)}, 1);
    ++*at;
    azb_pack_bin(pk, bytes.data, bytes.len);
    azb_buf_clear(&bytes);
}

static void pack_number(const char **at, msgpack_packer *pk)
{
    char *end;
    long long number = strtoll(*at, &end, 10);

    if (*end == '.')
        msgpack_pack_double(pk, strtod(*at, &end));
    else
        msgpack_pack_int64(pk, number);
    *at = end;
}

static void pack_word(const char **at, msgpack_packer *pk, bool is_key)
{
    size_t n = 0;

    while (isalnum((unsigned char)(*at)[n]) || (*at)[n] == '_')
        n++;
    if (n == 0)
        text_fail(*at, "a value");
    if (is_key)
        azb_pack_strn(pk, *at, n);
    else if (strncmp(*at, "true", n) == 0)
        msgpack_pack_true(pk);
    else if (strncmp(*at, "false", n) == 0)
        msgpack_pack_false(pk);
    else if (strncmp(*at, "nil", n) == 0)
        msgpack_pack_nil(pk);
    else
        text_fail(*at, "a value");
    *at += n;
}

static void pack_value(const char **at, struct azb_buf *ret, bool is_key);

/* The elements up to the closing character; returns how many there were. */
static size_t pack_elements(const char **at, struct azb_buf *ret, char close, bool is_map)
{
    size_t n = 0;

    ++*at;
    skip_spaces(at);
    for (; **at != close; n++) {
        if (n > 0)
            expect(at, ',');
        pack_value(at, ret, is_map);
        if (is_map) {
            expect(at, ':');
            pack_value(at, ret, false);
        }
        skip_spaces(at);
    }
    ++*at;
    return n;
}

static void pack_value(const char **at, struct azb_buf *ret, bool is_key)
{
    struct azb_buf elements = {0};
    msgpack_packer pk;

    azb_buf_packer(&pk, ret);
    skip_spaces(at);
    if (**at == '\'')
        pack_string(at, &pk);
    else if (**at == '<')
        pack_bytes(at, &pk);
    else if (**at == '-' || isdigit((unsigned char)**at))
        pack_number(at, &pk);
    else if (**at == '[')
        msgpack_pack_array(&pk, pack_elements(at, &elements, ']', false));
    else if (**at == '{')
        msgpack_pack_map(&pk, pack_elements(at, &elements, '}', true));
    else
        pack_word(at, &pk, is_key);
    azb_buf_append(ret, elements.data, elements.len);
    azb_buf_clear(&elements);
}

void text_pack(const char *text, struct azb_buf *ret)
{
    pack_value(&text, ret, false);
    skip_spaces(&text);
    if (*text != '\0')
        text_fail(text, "the end");
}

/* ---- to text ---- */

static void print_string(const char *s, size_t n, struct azb_buf *ret)
{
    azb_buf_puts(ret, "'");
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < 0x20 || s[i] == '\'')
            azb_buf_printf(ret, "\\x%02x", (unsigned char)s[i]);
        else
            azb_buf_append(ret, &s[i], 1);
    azb_buf_puts(ret, "'");
}

static void print_key(const msgpack_object *key, struct azb_buf *ret)
{
    if (key->type != MSGPACK_OBJECT_STR) {
        text_print(key, ret);
        return;
    }
    for (uint32_t i = 0; i < key->via.str.size; i++)
        if (!isalnum((unsigned char)key->via.str.ptr[i]) && key->via.str.ptr[i] != '_') {
            text_print(key, ret);
            return;
        }
    azb_buf_append(ret, key->via.str.ptr, key->via.str.size);
}

static void print_array(const msgpack_object_array *array, struct azb_buf *ret)
{
    azb_buf_puts(ret, "[");
    for (uint32_t i = 0; i < array->size; i++) {
        azb_buf_puts(ret, i > 0 ? ", " : "");
        text_print(&array->ptr[i], ret);
    }
    azb_buf_puts(ret, "]");
}

static void print_map(const msgpack_object_map *map, struct azb_buf *ret)
{
    azb_buf_puts(ret, "{");
    for (uint32_t i = 0; i < map->size; i++) {
        azb_buf_puts(ret, i > 0 ? ", " : "");
        print_key(&map->ptr[i].key, ret);
        azb_buf_puts(ret, ": ");
        text_print(&map->ptr[i].val, ret);
    }
    azb_buf_puts(ret, "}");
}

void text_print(const msgpack_object *value, struct azb_buf *ret)
{
    switch (value->type) {
    case MSGPACK_OBJECT_NIL:
        azb_buf_puts(ret, "nil");
        break;
    case MSGPACK_OBJECT_BOOLEAN:
        azb_buf_puts(ret, value->via.boolean ? "true" : "false");
        break;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        azb_buf_printf(ret, "%llu", (unsigned long long)value->via.u64);
        break;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        azb_buf_printf(ret, "%lld", (long long)value->via.i64);
        break;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        azb_buf_printf(ret, "%g", value->via.f64);
        break;
    case MSGPACK_OBJECT_STR:
        print_string(value->via.str.ptr, value->via.str.size, ret);
        break;
    case MSGPACK_OBJECT_BIN:
        azb_buf_puts(ret, "<");
        for (uint32_t i = 0; i < value->via.bin.size; i++)
            azb_buf_printf(ret, "%02x", (unsigned char)value->via.bin.ptr[i]);
        azb_buf_puts(ret, ">");
        break;
    case MSGPACK_OBJECT_ARRAY:
        print_array(&value->via.array, ret);
        break;
    case MSGPACK_OBJECT_MAP:
        print_map(&value->via.map, ret);
        break;
    case MSGPACK_OBJECT_EXT:
        azb_buf_printf(ret, "ext(%d)", value->via.ext.type);
        break;
    }
}

int text_print_packed(const void *bytes, size_t n, struct azb_buf *ret)
{
    msgpack_unpacked unpacked;
    size_t used = 0;
    int rc = -1;

    msgpack_unpacked_init(&unpacked);
    if (msgpack_unpack_next(&unpacked, bytes, n, &used) == MSGPACK_UNPACK_SUCCESS &&
        used == n) {
        text_print(&unpacked.data, ret);
        rc = 0;
    }
    msgpack_unpacked_destroy(&unpacked);
    return rc;
}
