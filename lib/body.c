/*
 * body.c: request bodies. An XML document is written from the row's parameters, in their order:
 * a parameter is an element, a model has its fields inside, a list or map an element for each
 * entry.
 */
#include "lib/body.h"

#include <stdio.h>
#include <string.h>

#include "proto/base64.h"
#include "lib/codec/time.h"
#include "proto/utf8.h"
#include "proto/value.h"

enum {
    MAX_BLOCK_ID_BYTES = 64,
};

static const char xml_head[] = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";

void azb_block_list_begin(struct azb_buf *xml)
{
    azb_buf_reset(xml);
    azb_buf_puts(xml, xml_head);
    azb_buf_puts(xml, "<BlockList>");
}

void azb_block_list_add(struct azb_buf *xml, const char *state, const char *id_base64)
{
    azb_buf_printf(xml, "<%s>%s</%s>", state, id_base64, state);
}

void azb_block_list_end(struct azb_buf *xml)
{
    azb_buf_puts(xml, "</BlockList>");
}

/* An entry of block_list: an id, or {id, state}. */
static int block_list_entry(const struct azb_args *args, const msgpack_object *entry,
                            struct azb_buf *xml, struct azb_error *err)
{
    static const char *const states[] = {"Latest", "Committed", "Uncommitted"};
    const msgpack_object_map *map = azb_value_map(entry);
    const msgpack_object *state_value = azb_map_find(map, "state");
    char id[AZB_BASE64_CHARS(MAX_BLOCK_ID_BYTES) + 1];
    const char *state = state_value == NULL ? states[0] : NULL, *bytes;
    size_t n;

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (azb_value_is(state_value, states[i]))
            state = states[i];
    if (!azb_value_bytes(map != NULL ? azb_map_find(map, "id") : entry, &bytes, &n) || n == 0 ||
        n > MAX_BLOCK_ID_BYTES || state == NULL)
        return azb_error_set(
            err, AZB_ERR_INVALID_ARG,
            "%s: 'block_list': an entry is a block id of 1 to %d bytes, or {id, "
            "state} with state Latest, Committed or Uncommitted",
            args->method->row->method, MAX_BLOCK_ID_BYTES);
    azb_base64_encode(bytes, n, id);
    azb_block_list_add(xml, state, id);
    return 0;
}

/* What was written becomes the body. */
static int body_keep(struct azb_body *ret, struct azb_arena *arena, const struct azb_buf *xml,
                     struct azb_error *err)
{
    ret->bytes =
        xml->failed ? NULL : azb_arena_strndup(arena, (const char *)xml->data, xml->len);
    if (ret->bytes == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a request's body");
    ret->n = xml->len;
    ret->content_type = "application/xml";
    return 0;
}

static int block_list_body(const struct azb_args *args, const msgpack_object *list,
                           struct azb_arena *arena, struct azb_buf *scratch,
                           struct azb_body *ret, struct azb_error *err)
{
    azb_block_list_begin(scratch);
    for (uint32_t i = 0; i < list->via.array.size; i++)
        if (block_list_entry(args, &list->via.array.ptr[i], scratch, err) < 0)
            return -1;
    azb_block_list_end(scratch);
    return body_keep(ret, arena, scratch, err);
}

/* ---- documents ---- */

bool azb_xml_put_text(struct azb_buf *xml, const char *text, size_t n)
{
    while (n > 0) {
        uint32_t c;
        size_t n_bytes = azb_utf8_next(text, n, &c);

        if (n_bytes == 0 || (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0xfffe ||
            c == 0xffff)
            return false;
        if (c == '&')
            azb_buf_puts(xml, "&amp;");
        else if (c == '<')
            azb_buf_puts(xml, "&lt;");
        else if (c == '>')
            azb_buf_puts(xml, "&gt;");
        else if (c == '\r') /* a raw one is read as a line feed */
            azb_buf_puts(xml, "&#13;");
        else
            azb_buf_append(xml, text, n_bytes);
        text += n_bytes;
        n -= n_bytes;
    }
    return true;
}

struct writer {
    const struct azb_args *args;
    const struct azb_param *param; /* of the method: whom an error is about */
    struct azb_buf *xml;
};

static int put_text(struct writer *w, const char *text, size_t n, struct azb_error *err)
{
    if (azb_xml_put_text(w->xml, text, n))
        return 0;
    return azb_error_set(err, AZB_ERR_INVALID_ARG,
                         "%s: '%s' has a text that is not UTF-8, or holds a control character",
                         w->args->method->row->method, w->param->name);
}

static int put_list(struct writer *w, const msgpack_object *value, struct azb_error *err)
{
    const char *text;
    size_t n;

    if (azb_value_bytes(value, &text, &n))
        return put_text(w, text, n, err);
    for (uint32_t i = 0; i < value->via.array.size; i++) {
        if (i > 0)
            azb_buf_puts(w->xml, ",");
        if (azb_value_bytes(&value->via.array.ptr[i], &text, &n) &&
            put_text(w, text, n, err) < 0)
            return -1;
    }
    return 0;
}

/* The text inside an element. */
static int put_scalar(struct writer *w, const struct azb_param *p, const msgpack_object *value,
                      struct azb_error *err)
{
    char time[AZB_RFC3339_CHARS + 1];
    const char *text = "";
    size_t n = 0;
    int64_t number = 0;
    bool yes = false;

    switch (p->type) {
    case AZB_INT:
        azb_value_int(value, &number);
        azb_buf_printf(w->xml, "%lld", (long long)number);
        return 0;
    case AZB_BOOL:
        azb_value_bool(value, &yes);
        azb_buf_puts(w->xml, yes ? "true" : "false");
        return 0;
    case AZB_TIME:
        azb_arg_time(value, &number);
        azb_time_to_rfc3339(number, time);
        azb_buf_puts(w->xml, time);
        return 0;
    case AZB_STR_LIST:
        return put_list(w, value, err);
    default:
        azb_value_bytes(value, &text, &n);
        return put_text(w, text, n, err);
    }
}

static int put_param(struct writer *w, const struct azb_param *p, const msgpack_object *value,
                     struct azb_error *err);

/* What is inside a model's element. value NULL: all of it is left out. */
static int put_fields(struct writer *w, const struct azb_param *fields,
                      const msgpack_object *value, struct azb_error *err)
{
    const msgpack_object_map *map = azb_value_map(value);

    for (; fields->name != NULL; fields++)
        if (put_param(w, fields, azb_map_find(map, fields->name), err) < 0)
            return -1;
    return 0;
}

static void put_open(struct writer *w, const char *name)
{
    azb_buf_printf(w->xml, "<%s>", name);
}

static void put_close(struct writer *w, const char *name)
{
    azb_buf_printf(w->xml, "</%s>", name);
}

/* A map under way: which parameter it is, and the element of an entry. */
struct map_writer {
    struct writer *w;
    const struct azb_param *param;
    const char *entry;
};

static int put_pair(const msgpack_object *key, const msgpack_object *value, void *arg,
                    struct azb_error *err)
{
    const struct map_writer *map = arg;
    const struct azb_param *p = map->param;
    struct writer *w = map->w;
    const struct azb_param text = {.type = AZB_STR};
    int rc = 0;

    put_open(w, map->entry);
    put_open(w, p->key);
    if (put_scalar(w, &text, key, err) < 0)
        return -1;
    put_close(w, p->key);
    if (value->type != MSGPACK_OBJECT_NIL) {
        put_open(w, p->item);
        rc = p->fields != NULL ? put_fields(w, p->fields, value, err)
                               : put_scalar(w, &text, value, err);
        put_close(w, p->item);
    }
    put_close(w, map->entry);
    return rc;
}

/* The elements of a list's or map's entries. */
static int put_entries(struct writer *w, const struct azb_param *p, const char *entry,
                       const msgpack_object *value, struct azb_error *err)
{
    struct map_writer map = {w, p, entry};

    if (p->key != NULL)
        return azb_arg_each_pair(value, put_pair, &map, err);
    for (uint32_t i = 0; i < value->via.array.size; i++) {
        put_open(w, entry);
        if (put_fields(w, p->fields, &value->via.array.ptr[i], err) < 0)
            return -1;
        put_close(w, entry);
    }
    return 0;
}

static int put_inside(struct writer *w, const struct azb_param *p, const msgpack_object *value,
                      struct azb_error *err)
{
    if (p->type == AZB_MODEL)
        return put_fields(w, p->fields, value, err);
    if (value != NULL)
        return put_scalar(w, p, value, err);
    azb_buf_puts(w->xml, p->preset);
    return 0;
}

/* A parameter's element; value NULL: its preset, or nothing. */
static int put_param(struct writer *w, const struct azb_param *p, const msgpack_object *value,
                     struct azb_error *err)
{
    bool has_entries = p->type == AZB_LIST || p->key != NULL;
    const char *slash = strchr(p->wire, '/');
    char outer[64] = "";
    int rc = 0;

    if (value != NULL && value->type == MSGPACK_OBJECT_NIL)
        value = NULL;
    if (value == NULL && p->preset == NULL)
        return 0;
    if (!has_entries) {
        put_open(w, p->wire);
        rc = put_inside(w, p, value, err);
        put_close(w, p->wire);
        return rc;
    }
    if (slash != NULL) {
        snprintf(outer, sizeof(outer), "%.*s", (int)(slash - p->wire), p->wire);
        put_open(w, outer);
    }
    if (value != NULL)
        rc = put_entries(w, p, slash != NULL ? slash + 1 : p->wire, value, err);
    if (slash != NULL)
        put_close(w, outer);
    return rc;
}

/* The document that the row names, if any of its parameters was given or has a preset. */
static int document_body(const struct azb_args *args, struct azb_arena *arena,
                         struct azb_buf *scratch, struct azb_body *ret, struct azb_error *err)
{
    const struct azb_method *method = args->method;
    const char *root = method->row->body;
    struct writer w = {.args = args, .xml = scratch};
    bool has_any = false;

    azb_buf_reset(scratch);
    azb_buf_puts(scratch, xml_head);
    put_open(&w, root);
    for (unsigned i = 0; i < method->n_own; i++) {
        w.param = method->params[i];
        if (w.param->in != AZB_IN_BODY)
            continue;
        has_any = has_any || args->values[i] != NULL || w.param->preset != NULL;
        if (put_param(&w, w.param, args->values[i], err) < 0)
            return -1;
    }
    put_close(&w, root);
    return has_any ? body_keep(ret, arena, scratch, err) : 0;
}

int azb_body_from_args(const struct azb_args *args, struct azb_arena *arena,
                       struct azb_buf *scratch, struct azb_body *ret, struct azb_error *err)
{
    const struct azb_method *method = args->method;

    *ret = (struct azb_body){0};
    if (method->row->body != NULL)
        return document_body(args, arena, scratch, ret, err);
    for (unsigned i = 0; i < method->n_own; i++) {
        const msgpack_object *value = args->values[i];
        const char *bytes;

        if (method->params[i]->in != AZB_IN_BODY || value == NULL)
            continue;
        if (method->params[i]->type == AZB_BLOCK_LIST)
            return block_list_body(args, value, arena, scratch, ret, err);
        azb_args_body(args, method->params[i], value, &bytes, &ret->n);
        ret->bytes = bytes;
        ret->content_type = "application/octet-stream";
        return 0;
    }
    return 0;
}
