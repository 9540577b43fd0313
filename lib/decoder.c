/*
 * decoder.c: reads one answer into slots and writes results.
 */
#include "lib/decoder.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/base64.h"
#include "lib/codec/time.h"
#include "lib/codec/url.h"
#include "proto/utf8.h"
#include "lib/codec/xml.h"

/* A value, encoded, in scratch; len 0: absent. */
struct value {
    size_t off;
    size_t len;
};

/* The entries of a list or map so far, encoded one after the other. */
struct multi {
    struct azb_buf buf;
    uint32_t n;
};

struct azb_decoder {
    const struct azb_shape *shape;
    azb_item_cb *on_item;
    void *arg;
    struct azb_xml *xml;

    struct value *values; /* one for each slot of the shape */
    struct multi *multi;
    struct azb_buf scratch; /* encoded values; an open entry's come last */
    struct azb_buf text;    /* of the open element */
    struct azb_buf entry;   /* an entry being written */

    /* Open elements. NULL: unknown, all below it is skipped. */
    struct {
        const struct azb_node *node;
        size_t scratch_mark; /* of an entry */
    } stack[AZB_XML_MAX_DEPTH + 1];
    int depth;
    int wild_slot; /* the open element is a name of this map; else -1 */
    bool wants_text;
    bool is_encoded; /* the open element says Encoded="true" */
};

static const struct azb_xml_events xml_events;

struct azb_decoder *azb_decoder_new(const struct azb_shape *shape, azb_item_cb *on_item,
                                    void *arg)
{
    struct azb_decoder *decoder = calloc(1, sizeof(*decoder));

    if (decoder == NULL)
        return NULL;
    decoder->shape = shape;
    decoder->on_item = on_item;
    decoder->arg = arg;
    decoder->wild_slot = -1;
    decoder->values = calloc((size_t)shape->n_slots + 1, sizeof(*decoder->values));
    decoder->multi = calloc((size_t)shape->n_multi + 1, sizeof(*decoder->multi));
    if (decoder->values == NULL || decoder->multi == NULL) {
        azb_decoder_free(decoder);
        return NULL;
    }
    return decoder;
}

void azb_decoder_free(struct azb_decoder *decoder)
{
    if (decoder == NULL)
        return;
    azb_xml_free(decoder->xml);
    for (int i = 0; decoder->multi != NULL && i < decoder->shape->n_multi; i++)
        azb_buf_clear(&decoder->multi[i].buf);
    free(decoder->multi);
    free(decoder->values);
    azb_buf_clear(&decoder->scratch);
    azb_buf_clear(&decoder->text);
    azb_buf_clear(&decoder->entry);
    free(decoder);
}

/* Slots [first, first + n) are absent again. */
static void decoder_forget(struct azb_decoder *decoder, int first, int n)
{
    memset(&decoder->values[first], 0, (size_t)n * sizeof(struct value));
    for (int i = first; i < first + n; i++) {
        int multi = decoder->shape->slots[i].multi;

        if (multi >= 0) {
            azb_buf_reset(&decoder->multi[multi].buf);
            decoder->multi[multi].n = 0;
        }
    }
}

void azb_decoder_reset(struct azb_decoder *decoder)
{
    decoder_forget(decoder, 0, decoder->shape->n_slots);
    azb_buf_reset(&decoder->scratch);
    decoder->depth = 0;
    decoder->wild_slot = -1;
    decoder->wants_text = false;
    azb_xml_free(decoder->xml);
    decoder->xml = NULL;
}

static int no_memory(struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_NO_MEMORY, "an answer of the service");
}

/* ---- values ---- */

static bool text_int(const char *text, size_t n, int64_t *ret)
{
    bool is_negative = n > 0 && text[0] == '-';
    uint64_t value = 0;

    text += is_negative;
    n -= is_negative;
    if (n == 0 || n > 18)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *ret = is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}

static void put_time(struct azb_buf *buf, const char *text, size_t n)
{
    char rfc3339[AZB_RFC3339_CHARS + 1];
    int64_t unix_s;

    if (azb_time_from_rfc1123(text, n, &unix_s) < 0 &&
        azb_time_from_rfc3339(text, n, &unix_s) < 0) {
        azb_buf_put_str(buf, text, n); /* worth more than nothing */
        return;
    }
    azb_time_to_rfc3339(unix_s, rfc3339);
    azb_buf_put_str(buf, rfc3339, AZB_RFC3339_CHARS);
}

static void put_base64(struct azb_buf *buf, const char *text, size_t n)
{
    unsigned char bytes[AZB_BASE64_BYTES(1024)];
    msgpack_packer pk;
    size_t n_bytes;

    azb_buf_packer(&pk, buf);
    if (n <= 1024 && azb_base64_decode(text, n, bytes, &n_bytes) == 0)
        azb_pack_bin(&pk, bytes, n_bytes);
}

/* What was encoded, as a str or, unless it is UTF-8, as a bin; the text itself when it is no
 * base64. */
static void put_text64(struct azb_buf *buf, const char *text, size_t n)
{
    unsigned char bytes[AZB_BASE64_BYTES(1024)];
    msgpack_packer pk;
    size_t n_bytes;

    azb_buf_packer(&pk, buf);
    if (n > 1024 || azb_base64_decode(text, n, bytes, &n_bytes) < 0)
        azb_pack_strn(&pk, text, n);
    else if (azb_utf8_is_valid((const char *)bytes, n_bytes))
        azb_pack_strn(&pk, (const char *)bytes, n_bytes);
    else
        azb_pack_bin(&pk, bytes, n_bytes);
}

/* A URL without the signature of a SAS, by which whoever reads it could do what that allows. */
static void put_url(struct azb_buf *buf, const char *text, size_t n)
{
    const char *end = text + n, *question = memchr(text, '?', n);
    const char *at = question != NULL ? question + 1 : end;
    struct azb_buf kept = {0};
    const char *separator = "?";

    azb_buf_append(&kept, text, question != NULL ? (size_t)(question - text) : n);
    while (at < end) {
        const char *ampersand = memchr(at, '&', (size_t)(end - at));
        size_t pair_n = (size_t)((ampersand != NULL ? ampersand : end) - at);

        if (pair_n < 4 || strncasecmp(at, "sig=", 4) != 0) {
            azb_buf_append(&kept, separator, 1);
            azb_buf_append(&kept, at, pair_n);
            separator = "&";
        }
        at += pair_n + (ampersand != NULL);
    }
    if (azb_buf_reserve(&kept, 1) == 0) /* so that there is memory, if only for no bytes */
        azb_buf_put_str(buf, kept.data, kept.len);
    buf->failed |= kept.failed;
    azb_buf_clear(&kept);
}

/* Append text, encoded as its type; nothing when it cannot be read as that. */
static void pack_text(struct azb_buf *buf, enum azb_type type, const char *text, size_t n)
{
    msgpack_packer pk;
    int64_t number;

    switch (type) {
    case AZB_INT:
        azb_buf_packer(&pk, buf);
        if (text_int(text, n, &number))
            msgpack_pack_int64(&pk, number);
        break;
    case AZB_BOOL:
        if ((n == 4 && strncasecmp(text, "true", 4) == 0) || (n == 1 && text[0] == '1'))
            azb_buf_append(buf, "\xc3", 1);
        else if ((n == 5 && strncasecmp(text, "false", 5) == 0) || (n == 1 && text[0] == '0'))
            azb_buf_append(buf, "\xc2", 1);
        break;
    case AZB_TIME:
        put_time(buf, text, n);
        break;
    case AZB_BYTES:
        put_base64(buf, text, n);
        break;
    case AZB_TEXT64:
        put_text64(buf, text, n);
        break;
    case AZB_URL:
        put_url(buf, text, n);
        break;
    default:
        azb_buf_put_str(buf, text, n);
        break;
    }
}

/* After one more entry of a list or map. */
static int multi_check(struct azb_decoder *decoder, int slot, struct azb_error *err)
{
    struct multi *multi = &decoder->multi[decoder->shape->slots[slot].multi];

    if (multi->buf.failed)
        return no_memory(err);
    if (multi->buf.len > AZB_DECODER_MAX_RESULT)
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "a list of more than %d bytes",
                             AZB_DECODER_MAX_RESULT);
    return 0;
}

static int slot_put(struct azb_decoder *decoder, int slot, const char *text, size_t n,
                    struct azb_error *err)
{
    const struct azb_slot *def = &decoder->shape->slots[slot];
    struct azb_buf *buf = &decoder->scratch;
    size_t before;

    if (def->multi >= 0) { /* a list of plain values */
        struct multi *multi = &decoder->multi[def->multi];

        if (def->field->is_stream && decoder->on_item != NULL) {
            azb_buf_reset(&decoder->entry);
            pack_text(&decoder->entry, def->type, text, n);
            if (decoder->entry.failed)
                return no_memory(err);
            return decoder->on_item(decoder->entry.data, decoder->entry.len, decoder->arg, err);
        }
        pack_text(&multi->buf, def->type, text, n);
        multi->n++;
        return multi_check(decoder, slot, err);
    }
    if (n == 0)
        return 0; /* an empty element or header is an absent value */
    before = buf->len;
    pack_text(buf, def->type, text, n);
    if (buf->failed)
        return no_memory(err);
    if (buf->len > AZB_DECODER_MAX_ENTRY)
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "an entry of more than %d bytes",
                             AZB_DECODER_MAX_ENTRY);
    decoder->values[slot] = (struct value){before, buf->len - before};
    return 0;
}

/* One more pair of a map. */
static int slot_put_pair(struct azb_decoder *decoder, int slot, const char *name, size_t name_n,
                         const char *text, size_t n, struct azb_error *err)
{
    struct multi *multi = &decoder->multi[decoder->shape->slots[slot].multi];

    azb_buf_put_str(&multi->buf, name, name_n);
    azb_buf_put_str(&multi->buf, text, n);
    multi->n++;
    return multi_check(decoder, slot, err);
}

int azb_decoder_header(struct azb_decoder *decoder, const char *name, size_t name_bytes,
                       const char *value, size_t value_bytes, struct azb_error *err)
{
    const char *rest;
    int slot = azb_shape_header(decoder->shape, name, name_bytes, &rest);

    if (slot < 0)
        return 0;
    if (rest != NULL)
        return slot_put_pair(decoder, slot, rest, (size_t)(name + name_bytes - rest), value,
                             value_bytes, err);
    return slot_put(decoder, slot, value, value_bytes, err);
}

int azb_decoder_set_str(struct azb_decoder *decoder, const char *path, const char *value,
                        size_t n, struct azb_error *err)
{
    int slot = azb_shape_slot(decoder->shape, path);

    return slot < 0 ? 0 : slot_put(decoder, slot, value, n, err);
}

int azb_decoder_set_int(struct azb_decoder *decoder, const char *path, int64_t value,
                        struct azb_error *err)
{
    char text[24];
    size_t n = 0;
    uint64_t rest = value < 0 ? 0 : (uint64_t)value;

    do
        text[sizeof(text) - ++n] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    return azb_decoder_set_str(decoder, path, text + sizeof(text) - n, n, err);
}

const void *azb_decoder_get(const struct azb_decoder *decoder, const char *path, size_t *ret_n)
{
    int slot = azb_shape_slot(decoder->shape, path);

    if (slot < 0 || decoder->values[slot].len == 0)
        return NULL;
    *ret_n = decoder->values[slot].len;
    return decoder->scratch.data + decoder->values[slot].off;
}

const char *azb_decoder_get_bytes(const struct azb_decoder *decoder, const char *path,
                                  size_t *ret_n)
{
    size_t n, head;
    const unsigned char *encoded = azb_decoder_get(decoder, path, &n);

    if (encoded == NULL)
        return NULL;
    switch (encoded[0]) {
    case 0xc4: /* bin and str with a length of one byte */
    case 0xd9:
        head = 2;
        break;
    case 0xc5: /* of two bytes */
    case 0xda:
        head = 3;
        break;
    case 0xc6: /* of four bytes */
    case 0xdb:
        head = 5;
        break;
    default: /* in the head itself */
        head = 1;
        break;
    }
    *ret_n = n - head;
    return (const char *)encoded + head;
}

/* ---- writing ---- */

/* Takes a str off encoded bytes that slot_put_pair() wrote. */
static const unsigned char *read_str(const unsigned char *p, const char **ret, size_t *ret_n)
{
    size_t n = p[0] & 0x1fU, head = 1;

    if (p[0] == 0xd9)
        n = p[1], head = 2;
    else if (p[0] == 0xda)
        n = (size_t)p[1] << 8 | p[2], head = 3;
    else if (p[0] == 0xdb)
        n = (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4], head = 5;
    *ret = (const char *)p + head;
    *ret_n = n;
    return p + head + n;
}

/* "or-{policy}_{rule}" or "{policy}_{rule}" apart. */
static void or_split(const char *name, size_t n, size_t *ret_policy, const char **ret_rule,
                     size_t *ret_rule_n)
{
    const char *bar = memchr(name, '_', n);

    *ret_policy = bar != NULL ? (size_t)(bar - name) : n;
    *ret_rule = bar != NULL ? bar + 1 : name + n;
    *ret_rule_n = (size_t)(name + n - *ret_rule);
}

struct or_pair {
    const char *policy, *rule, *status;
    size_t policy_n, rule_n, status_n;
};

enum {
    OR_MAX_RULES = 100, /* the service has at most 10 policies */
};

/* Group rules by policy, in order of appearance. */
static void pack_or_policies(msgpack_packer *pk, const struct multi *multi)
{
    struct or_pair pairs[OR_MAX_RULES];
    unsigned n = multi->n < OR_MAX_RULES ? multi->n : OR_MAX_RULES, n_policies = 0;
    unsigned first[OR_MAX_RULES];
    const unsigned char *p = multi->buf.data;

    for (unsigned i = 0; i < n; i++) {
        struct or_pair *pair = &pairs[i];
        const char *name;
        size_t name_n;

        p = read_str(p, &name, &name_n);
        p = read_str(p, &pair->status, &pair->status_n);
        if (name_n > 3 && memcmp(name, "or-", 3) == 0)
            name += 3, name_n -= 3;
        pair->policy = name;
        or_split(name, name_n, &pair->policy_n, &pair->rule, &pair->rule_n);
        first[i] = i;
        for (unsigned k = 0; k < i && first[i] == i; k++)
            if (pairs[k].policy_n == pair->policy_n &&
                memcmp(pairs[k].policy, pair->policy, pair->policy_n) == 0)
                first[i] = first[k];
        n_policies += first[i] == i;
    }
    msgpack_pack_array(pk, n_policies);
    for (unsigned i = 0; i < n; i++) {
        unsigned n_rules = 0;

        if (first[i] != i)
            continue;
        for (unsigned k = i; k < n; k++)
            n_rules += first[k] == i;
        msgpack_pack_map(pk, 2);
        azb_pack_str(pk, "policy_id");
        azb_pack_strn(pk, pairs[i].policy, pairs[i].policy_n);
        azb_pack_str(pk, "rules");
        msgpack_pack_array(pk, n_rules);
        for (unsigned k = i; k < n; k++) {
            if (first[k] != i)
                continue;
            msgpack_pack_map(pk, 2);
            azb_pack_str(pk, "rule_id");
            azb_pack_strn(pk, pairs[k].rule, pairs[k].rule_n);
            azb_pack_str(pk, "status");
            azb_pack_strn(pk, pairs[k].status, pairs[k].status_n);
        }
    }
}

static void emit_multi(const struct azb_slot *def, const struct multi *multi,
                       struct azb_buf *ret)
{
    msgpack_packer pk;

    azb_buf_packer(&pk, ret);
    if (def->type == AZB_OR_POLICIES) {
        pack_or_policies(&pk, multi);
        return;
    }
    if (def->type == AZB_STR_MAP || def->type == AZB_TAGS)
        msgpack_pack_map(&pk, multi->n);
    else
        msgpack_pack_array(&pk, multi->n);
    azb_buf_append(ret, multi->buf.data, multi->buf.len);
}

/* True when there was a value. */
static bool emit_value(const struct azb_decoder *decoder, const struct azb_step *step,
                       struct azb_buf *ret)
{
    const struct azb_slot *def = &decoder->shape->slots[step->slot];
    const struct value *value = &decoder->values[step->slot];
    bool is_list = def->field->type == AZB_LIST;

    if (def->multi >= 0) {
        if (decoder->multi[def->multi].n == 0 && !def->field->keep_empty &&
            (!is_list || decoder->on_item != NULL))
            return false; /* no metadata, no tags; a page without entries has an empty list */
        azb_buf_append(ret, step->key, step->key_n);
        emit_multi(def, &decoder->multi[def->multi], ret);
        return true;
    }
    if (value->len == 0)
        return false;
    azb_buf_append(ret, step->key, step->key_n);
    azb_buf_append(ret, decoder->scratch.data + value->off, value->len);
    return true;
}

static void frame_emit(const struct azb_decoder *decoder, const struct azb_frame *frame,
                       azb_param_cb *get_param, void *arg, struct azb_buf *ret)
{
    struct {
        size_t before, map;
        unsigned n;
    } open[8];
    const msgpack_object *param;
    msgpack_packer pk;
    int depth = 0;

    azb_buf_packer(&pk, ret);
    open[0].n = 0;
    open[0].map = azb_pack_map_begin(ret);
    for (int i = 0; i < frame->n_steps; i++) {
        const struct azb_step *step = &frame->steps[i];

        switch (step->kind) {
        case AZB_STEP_VALUE:
            open[depth].n += emit_value(decoder, step, ret);
            break;
        case AZB_STEP_PARAM:
            param = get_param != NULL ? get_param(step->field->param, arg) : NULL;
            if (param == NULL)
                break;
            azb_buf_append(ret, step->key, step->key_n);
            msgpack_pack_object(&pk, *param);
            open[depth].n++;
            break;
        case AZB_STEP_CONSTANT:
            azb_buf_append(ret, step->key, step->key_n);
            pack_text(ret, step->field->type, step->field->constant,
                      strlen(step->field->constant));
            open[depth].n++;
            break;
        case AZB_STEP_BEGIN:
            depth++;
            open[depth].before = ret->len;
            azb_buf_append(ret, step->key, step->key_n);
            open[depth].n = 0;
            open[depth].map = azb_pack_map_begin(ret);
            break;
        case AZB_STEP_END:
            if (open[depth].n == 0)
                ret->len = open[depth].before;
            else
                azb_pack_map_end(ret, open[depth].map, open[depth].n);
            depth--;
            open[depth].n += open[depth + 1].n > 0;
            break;
        }
    }
    azb_pack_map_end(ret, open[0].map, open[0].n);
}

void azb_decoder_emit(struct azb_decoder *decoder, azb_param_cb *get_param, void *arg,
                      struct azb_buf *ret)
{
    frame_emit(decoder, &decoder->shape->frames[0], get_param, arg, ret);
}

/* ---- the XML body ---- */

/* An entry is complete: hand it on, or add it to its list. */
static int entry_close(struct azb_decoder *decoder, const struct azb_frame *frame,
                       struct azb_error *err)
{
    const struct azb_slot *parent = &decoder->shape->slots[frame->parent_slot];
    struct multi *multi = &decoder->multi[parent->multi];

    if (frame->is_pair) {
        const struct value *v = &decoder->values[frame->first_slot];
        static const unsigned char empty_str = 0xa0;

        for (int i = 0; i < 2; i++)
            if (v[i].len > 0)
                azb_buf_append(&multi->buf, decoder->scratch.data + v[i].off, v[i].len);
            else
                azb_buf_append(&multi->buf, &empty_str, 1);
    } else if (frame->is_stream && decoder->on_item != NULL) {
        azb_buf_reset(&decoder->entry);
        frame_emit(decoder, frame, NULL, NULL, &decoder->entry);
        if (decoder->entry.failed)
            return no_memory(err);
        return decoder->on_item(decoder->entry.data, decoder->entry.len, decoder->arg, err);
    } else {
        frame_emit(decoder, frame, NULL, NULL, &multi->buf);
    }
    multi->n++;
    return multi_check(decoder, frame->parent_slot, err);
}

static int put_attributes(struct azb_decoder *decoder, const struct azb_node *node,
                          const char *const *attributes, struct azb_error *err)
{
    for (; attributes[0] != NULL; attributes += 2) {
        if (strcmp(attributes[0], "Encoded") == 0)
            decoder->is_encoded = strcasecmp(attributes[1], "true") == 0;
        if (!node->has_attributes)
            continue;
        for (const struct azb_node *child = node->children; child != NULL; child = child->next)
            if (child->name[0] == '@' && strlen(attributes[0]) + 1 == child->name_bytes &&
                memcmp(child->name + 1, attributes[0], child->name_bytes - 1) == 0 &&
                slot_put(decoder, child->slots[0], attributes[1], strlen(attributes[1]), err) <
                    0)
                return -1;
    }
    return 0;
}

static int xml_start(void *arg, const char *name, const char *const *attributes,
                     struct azb_error *err)
{
    struct azb_decoder *decoder = arg;
    const struct azb_node *node = NULL, *parent;

    decoder->wild_slot = -1; /* a value that has elements in it is none */
    if (decoder->depth == 0) {
        if (strcmp(name, decoder->shape->root) != 0)
            return azb_error_set(err, AZB_ERR_BAD_RESPONSE,
                                 "the answer is a <%.64s>, not a <%s>", name,
                                 decoder->shape->root);
        node = decoder->shape->document;
    } else {
        parent = decoder->stack[decoder->depth - 1].node;
        if (parent != NULL && parent->wild_slot >= 0) {
            decoder->wild_slot = parent->wild_slot;
            azb_buf_reset(&decoder->entry);
            azb_buf_puts(&decoder->entry, name); /* kept until the element ends */
            if (decoder->entry.failed)
                return no_memory(err);
        } else if (parent != NULL) {
            node = azb_node_child(parent, name, strlen(name));
        }
    }
    decoder->stack[decoder->depth].node = node;
    decoder->stack[decoder->depth].scratch_mark = decoder->scratch.len;
    decoder->depth++;
    decoder->wants_text = decoder->wild_slot >= 0 || (node != NULL && node->n_slots > 0);
    azb_buf_reset(&decoder->text);
    decoder->is_encoded = false;
    if (node != NULL && node->frame >= 0) {
        const struct azb_frame *frame = &decoder->shape->frames[node->frame];

        decoder_forget(decoder, frame->first_slot, frame->n_slots);
    }
    return node != NULL && attributes != NULL ? put_attributes(decoder, node, attributes, err)
                                              : 0;
}

static int xml_text(void *arg, const char *text, size_t n, struct azb_error *err)
{
    struct azb_decoder *decoder = arg;

    if (!decoder->wants_text)
        return 0;
    if (decoder->text.len + n > AZB_DECODER_MAX_TEXT)
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE,
                             "an XML element with more than %d bytes", AZB_DECODER_MAX_TEXT);
    azb_buf_append(&decoder->text, text, n);
    return decoder->text.failed ? no_memory(err) : 0;
}

static int xml_leaf_end(struct azb_decoder *decoder, const struct azb_node *node,
                        struct azb_error *err)
{
    char *text = (char *)decoder->text.data;
    size_t n = decoder->text.len;

    if (decoder->wild_slot >= 0) {
        int slot = decoder->wild_slot;

        decoder->wild_slot = -1;
        return slot_put_pair(decoder, slot, (const char *)decoder->entry.data,
                             decoder->entry.len, text, n, err);
    }
    if (decoder->is_encoded && n > 0) {
        long decoded = azb_url_decode(text, n);

        if (decoded < 0)
            return azb_error_set(err, AZB_ERR_BAD_RESPONSE,
                                 "a name that is not percent-encoded");
        n = (size_t)decoded;
    }
    for (int i = 0; i < node->n_slots; i++)
        if (slot_put(decoder, node->slots[i], n > 0 ? text : "", n, err) < 0)
            return -1;
    return 0;
}

static int xml_end(void *arg, struct azb_error *err)
{
    struct azb_decoder *decoder = arg;
    const struct azb_node *node = decoder->stack[--decoder->depth].node;

    if (decoder->wants_text) {
        decoder->wants_text = false;
        return xml_leaf_end(decoder, node, err);
    }
    if (node != NULL && node->frame >= 0) {
        int rc = entry_close(decoder, &decoder->shape->frames[node->frame], err);

        decoder->scratch.len = decoder->stack[decoder->depth].scratch_mark;
        return rc;
    }
    return 0;
}

static const struct azb_xml_events xml_events = {xml_start, xml_text, xml_end};

int azb_decoder_xml(struct azb_decoder *decoder, const void *bytes, size_t n,
                    struct azb_error *err)
{
    if (decoder->shape->root == NULL || n == 0)
        return 0;
    if (decoder->xml == NULL) {
        decoder->xml = azb_xml_new(&xml_events, decoder);
        if (decoder->xml == NULL)
            return no_memory(err);
    }
    return azb_xml_push(decoder->xml, bytes, n, err);
}

int azb_decoder_end(struct azb_decoder *decoder, struct azb_error *err)
{
    if (decoder->shape->root == NULL)
        return 0;
    if (decoder->xml == NULL)
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "the answer has no body");
    return azb_xml_end(decoder->xml, err);
}
