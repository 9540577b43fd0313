/*
 * body.c: request bodies.
 */
#include "lib/body.h"

#include <string.h>

#include "lib/codec/base64.h"
#include "proto/value.h"

enum {
    MAX_BLOCK_ID_BYTES = 64,
};

static const char xml_head[] = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";

void azb_block_list_begin(struct azb_buf *xml)
{
    xml->len = 0;
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

static int block_list_body(const struct azb_args *args, const msgpack_object *list,
                           struct azb_arena *arena, struct azb_buf *scratch,
                           struct azb_body *ret, struct azb_error *err)
{
    azb_block_list_begin(scratch);
    for (uint32_t i = 0; i < list->via.array.size; i++)
        if (block_list_entry(args, &list->via.array.ptr[i], scratch, err) < 0)
            return -1;
    azb_block_list_end(scratch);
    ret->bytes = scratch->failed
                     ? NULL
                     : azb_arena_strndup(arena, (const char *)scratch->data, scratch->len);
    if (ret->bytes == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a block list");
    ret->n = scratch->len;
    ret->content_type = "application/xml";
    return 0;
}

int azb_body_from_args(const struct azb_args *args, struct azb_arena *arena,
                       struct azb_buf *scratch, struct azb_body *ret, struct azb_error *err)
{
    const struct azb_method *method = args->method;

    *ret = (struct azb_body){0};
    for (unsigned i = 0; i < method->n_own; i++) {
        const msgpack_object *value = args->values[i];
        const char *bytes;

        if (method->params[i]->in != AZB_IN_BODY || value == NULL)
            continue;
        if (method->params[i]->type == AZB_BLOCK_LIST)
            return block_list_body(args, value, arena, scratch, ret, err);
        if (azb_value_bytes(value, &bytes, &ret->n)) {
            ret->bytes = bytes;
            ret->content_type = "application/octet-stream";
        }
        return 0;
    }
    return 0;
}
