/*
 * params.c: checking arguments, and placing them in a request.
 */
#include "lib/params.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/codec/base64.h"
#include "lib/codec/time.h"
#include "lib/codec/url.h"
#include "proto/value.h"

enum {
    MAX_TAGS = 10,
    MAX_TAG_KEY = 128,
    MAX_TAG_VALUE = 256,
};

/* Whom a message is about: "blob.delete_blob: 'lease'". */
struct subject {
    const char *method;
    const char *param;
};

static int wrong_type(const struct subject *s, const char *want, const msgpack_object *value,
                      struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_WRONG_TYPE, "%s: '%s' is %s; it takes %s", s->method,
                         s->param, azb_value_type_name(value), want);
}

/* ---- checking ---- */

static int check_bytes(const struct subject *s, const struct azb_param *p,
                       const msgpack_object *value, struct azb_error *err)
{
    const char *bytes;
    size_t n;

    if (!azb_value_bytes(value, &bytes, &n))
        return wrong_type(s, p->type == AZB_BYTES || p->type == AZB_BIN ? "bytes" : "a string",
                          value, err);
    if (p->max_bytes > 0 && n > p->max_bytes)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s' has %zu bytes; at most %zu",
                             s->method, s->param, n, p->max_bytes);
    if (p->in == AZB_IN_PATH && n == 0)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s' is empty", s->method,
                             s->param);
    if (p->type != AZB_BYTES && p->type != AZB_BIN && memchr(bytes, '\0', n) != NULL)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s' holds a NUL byte", s->method,
                             s->param);
    return 0;
}

static bool is_value(const char *const *values, const msgpack_object *value)
{
    for (; *values != NULL; values++)
        if (azb_value_is(value, *values))
            return true;
    return false;
}

static int check_enum(const struct subject *s, const struct azb_param *p,
                      const msgpack_object *value, struct azb_error *err)
{
    char choices[256] = "";
    const char *text;
    size_t n;

    if (!azb_value_bytes(value, &text, &n))
        return wrong_type(s, "a string", value, err);
    if (p->values == NULL || is_value(p->values, value))
        return 0;
    for (const char *const *v = p->values; *v != NULL; v++) {
        size_t used = strlen(choices);

        snprintf(choices + used, sizeof(choices) - used, "%s%s", used > 0 ? ", " : "", *v);
    }
    return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s' cannot be '%.*s'; it is one of %s",
                         s->method, s->param, (int)(n < 64 ? n : 64), text, choices);
}

static int check_int(const struct subject *s, const struct azb_param *p,
                     const msgpack_object *value, struct azb_error *err)
{
    int64_t number;

    if (!azb_value_int(value, &number))
        return wrong_type(s, "an integer", value, err);
    if (p->max > p->min && (number < p->min || number > p->max))
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s' is %lld; it is %lld to %lld",
                             s->method, s->param, (long long)number, (long long)p->min,
                             (long long)p->max);
    return 0;
}

/* Unix seconds of a time value; false when it is none. */
static bool time_value(const msgpack_object *value, int64_t *ret)
{
    const char *text;
    size_t n;

    if (azb_value_int(value, ret))
        return *ret >= -62135596800 && *ret <= 253402300799;
    return azb_value_bytes(value, &text, &n) && azb_time_from_rfc3339(text, n, ret) == 0;
}

static int check_list(const struct subject *s, const struct azb_param *p,
                      const msgpack_object *value, struct azb_error *err)
{
    if (value->type == MSGPACK_OBJECT_STR)
        return check_enum(s, p, value, err);
    if (value->type != MSGPACK_OBJECT_ARRAY)
        return wrong_type(s, "a string or a list of strings", value, err);
    for (uint32_t i = 0; i < value->via.array.size; i++)
        if (check_enum(s, p, &value->via.array.ptr[i], err) < 0)
            return -1;
    return 0;
}

/* Calls each(key, value) for the pairs of a map, or of an array of pairs. */
typedef int pair_cb(const msgpack_object *key, const msgpack_object *value, void *arg,
                    struct azb_error *err);

static int for_each_pair(const struct subject *s, const msgpack_object *value, pair_cb *each,
                         void *arg, struct azb_error *err)
{
    const char *want = "a map of strings, or a list of [name, value]";

    if (value->type == MSGPACK_OBJECT_MAP) {
        for (uint32_t i = 0; i < value->via.map.size; i++)
            if (each(&value->via.map.ptr[i].key, &value->via.map.ptr[i].val, arg, err) < 0)
                return -1;
        return 0;
    }
    if (value->type != MSGPACK_OBJECT_ARRAY)
        return wrong_type(s, want, value, err);
    for (uint32_t i = 0; i < value->via.array.size; i++) {
        const msgpack_object *pair = &value->via.array.ptr[i];

        if (pair->type != MSGPACK_OBJECT_ARRAY || pair->via.array.size != 2)
            return wrong_type(s, want, pair, err);
        if (each(&pair->via.array.ptr[0], &pair->via.array.ptr[1], arg, err) < 0)
            return -1;
    }
    return 0;
}

struct map_check {
    const struct subject *s;
    size_t n_bytes;
    unsigned n_pairs;
    bool is_tags;
};

/* Header names are tokens (RFC 9110); that is all a metadata name must be here. */
static bool is_token(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] == '\0' ||
            (!isalnum((unsigned char)s[i]) && strchr("!#$%&'*+-.^_`|~", s[i]) == NULL))
            return false;
    return n > 0;
}

static int check_pair(const msgpack_object *key, const msgpack_object *value, void *arg,
                      struct azb_error *err)
{
    struct map_check *check = arg;
    const char *k, *v;
    size_t k_n, v_n;

    if (!azb_value_bytes(key, &k, &k_n))
        return wrong_type(check->s, "strings as names", key, err);
    if (!azb_value_bytes(value, &v, &v_n))
        return wrong_type(check->s, "strings as values", value, err);
    check->n_bytes += k_n + v_n;
    check->n_pairs++;
    if (check->is_tags && (k_n < 1 || k_n > MAX_TAG_KEY || v_n > MAX_TAG_VALUE))
        return azb_error_set(
            err, AZB_ERR_INVALID_ARG,
            "%s: '%s': a tag's name has 1 to %d characters, its value at most %d",
            check->s->method, check->s->param, MAX_TAG_KEY, MAX_TAG_VALUE);
    if (!check->is_tags && !is_token(k, k_n))
        return azb_error_set(
            err, AZB_ERR_INVALID_ARG,
            "%s: '%s': '%.*s' cannot be a metadata name (letters, digits and _)",
            check->s->method, check->s->param, (int)(k_n < 64 ? k_n : 64), k);
    if (memchr(v, '\0', v_n) != NULL)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s': a value holds a NUL byte",
                             check->s->method, check->s->param);
    return 0;
}

static int check_map(const struct subject *s, const struct azb_param *p,
                     const msgpack_object *value, struct azb_error *err)
{
    struct map_check check = {.s = s, .is_tags = p->type == AZB_TAGS};

    if (for_each_pair(s, value, check_pair, &check, err) < 0)
        return -1;
    if (check.is_tags && check.n_pairs > MAX_TAGS)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s' has %u tags; at most %d",
                             s->method, s->param, check.n_pairs, MAX_TAGS);
    if (p->max_bytes > 0 && check.n_bytes > p->max_bytes)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s' has %zu bytes; at most %zu",
                             s->method, s->param, check.n_bytes, p->max_bytes);
    return 0;
}

static int check_value(const struct subject *s, const struct azb_param *p,
                       const msgpack_object *value, struct azb_error *err);

static int check_model(const struct subject *s, const struct azb_param *p,
                       const msgpack_object *value, struct azb_error *err)
{
    const msgpack_object_map *map = azb_value_map(value);
    char name[128];

    if (map == NULL)
        return wrong_type(s, "a map", value, err);
    for (uint32_t i = 0; i < map->size; i++) {
        const msgpack_object *key = &map->ptr[i].key;
        const struct azb_param *field = p->fields;
        struct subject inner = {s->method, name};

        while (field->name != NULL && !azb_value_is(key, field->name))
            field++;
        if (field->name == NULL) {
            if (!azb_value_copy(key, name, sizeof(name)))
                return wrong_type(s, "names of fields as keys", key, err);
            return azb_error_set(err, AZB_ERR_UNKNOWN_PARAM, "%s: '%s' has no field '%s'",
                                 s->method, s->param, name);
        }
        snprintf(name, sizeof(name), "%s.%s", s->param, field->name);
        if (map->ptr[i].val.type != MSGPACK_OBJECT_NIL &&
            check_value(&inner, field, &map->ptr[i].val, err) < 0)
            return -1;
    }
    for (const struct azb_param *field = p->fields; field->name != NULL; field++) {
        const msgpack_object *v = azb_map_find(map, field->name);

        if (field->required && (v == NULL || v->type == MSGPACK_OBJECT_NIL))
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s.%s' is missing", s->method,
                                 s->param, field->name);
    }
    return 0;
}

static int check_value(const struct subject *s, const struct azb_param *p,
                       const msgpack_object *value, struct azb_error *err)
{
    int64_t unix_s;

    switch (p->type) {
    case AZB_STR:
    case AZB_ETAG:
    case AZB_BYTES:
    case AZB_BIN:
        return check_bytes(s, p, value, err);
    case AZB_INT:
        return check_int(s, p, value, err);
    case AZB_BOOL:
    case AZB_FLAG:
        return value->type == MSGPACK_OBJECT_BOOLEAN
                   ? 0
                   : wrong_type(s, "true or false", value, err);
    case AZB_TIME:
        return time_value(value, &unix_s)
                   ? 0
                   : wrong_type(s, "a time like 2026-11-22T06:44:00Z or Unix seconds", value,
                                err);
    case AZB_ENUM:
    case AZB_MATCH:
        return check_enum(s, p, value, err);
    case AZB_STR_LIST:
        return check_list(s, p, value, err);
    case AZB_STR_MAP:
    case AZB_TAGS:
        return check_map(s, p, value, err);
    case AZB_MODEL:
        return check_model(s, p, value, err);
    case AZB_BLOB_LIST:
    case AZB_BLOCK_LIST:
    case AZB_LIST:
        return value->type == MSGPACK_OBJECT_ARRAY ? 0 : wrong_type(s, "a list", value, err);
    case AZB_OR_POLICIES:
    case AZB_ANY:
        return 0;
    }
    return 0;
}

/* match_condition wants an etag only when it compares with one. */
static bool needs_partner(const struct azb_param *p, const msgpack_object *value)
{
    if (p->with == NULL)
        return false;
    return p->type != AZB_MATCH || azb_value_is(value, "IfNotModified") ||
           azb_value_is(value, "IfModified");
}

void azb_args_begin(struct azb_args *args, const struct azb_method *method)
{
    args->method = method;
    memset(args->values, 0, method->n_params * sizeof(args->values[0]));
}

int azb_args_set(struct azb_args *args, const char *name, size_t n, const msgpack_object *value,
                 struct azb_error *err)
{
    const struct azb_method *method = args->method;
    int param_i = azb_method_param(method, name, n);
    struct subject s = {method->row->method, NULL};

    if (param_i < 0)
        return azb_error_set(err, AZB_ERR_UNKNOWN_PARAM,
                             "%s: no parameter '%.*s' (rpc.describe lists them)", s.method,
                             (int)(n < 64 ? n : 64), name);
    s.param = method->params[param_i]->name;
    if (value->type == MSGPACK_OBJECT_NIL)
        return 0; /* None: as if it were left out */
    if (check_value(&s, method->params[param_i], value, err) < 0)
        return -1;
    args->values[param_i] = value;
    return 0;
}

int azb_args_end(const struct azb_args *args, struct azb_error *err)
{
    const struct azb_method *method = args->method;

    for (unsigned i = 0; i < method->n_params; i++) {
        const struct azb_param *p = method->params[i];

        if (args->values[i] == NULL && p->required)
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s' is missing",
                                 method->row->method, p->name);
        if (args->values[i] != NULL && needs_partner(p, args->values[i]) &&
            azb_args_get(args, p->with) == NULL)
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s' without '%s'",
                                 method->row->method, p->name, p->with);
    }
    return 0;
}

int azb_args_check(struct azb_args *args, const struct azb_method *method,
                   const msgpack_object_map *map, struct azb_error *err)
{
    const char *name;
    size_t n;

    azb_args_begin(args, method);
    for (uint32_t i = 0; map != NULL && i < map->size; i++) {
        if (!azb_value_bytes(&map->ptr[i].key, &name, &n))
            return azb_error_set(err, AZB_ERR_WRONG_TYPE, "%s: a parameter's name is %s",
                                 method->row->method, azb_value_type_name(&map->ptr[i].key));
        if (azb_args_set(args, name, n, &map->ptr[i].val, err) < 0)
            return -1;
    }
    return azb_args_end(args, err);
}

void azb_args_derive(struct azb_args *args, const struct azb_method *method,
                     const struct azb_args *from)
{
    args->method = method;
    for (unsigned i = 0; i < method->n_params; i++)
        args->values[i] = azb_args_get(from, method->params[i]->name);
}

const msgpack_object *azb_args_get(const struct azb_args *args, const char *name)
{
    int i = azb_method_param(args->method, name, strlen(name));

    return i < 0 ? NULL : args->values[i];
}

int64_t azb_args_int(const struct azb_args *args, const char *name, int64_t fallback)
{
    azb_value_int(azb_args_get(args, name), &fallback);
    return fallback;
}

bool azb_args_bool(const struct azb_args *args, const char *name, bool fallback)
{
    azb_value_bool(azb_args_get(args, name), &fallback);
    return fallback;
}

bool azb_args_is(const struct azb_args *args, const char *name, const char *text)
{
    return azb_value_is(azb_args_get(args, name), text);
}

void azb_args_target(const struct azb_args *args, char *ret, size_t ret_size)
{
    const char *path = args->method->row->path;
    size_t len = 0;

    ret[0] = '\0';
    for (const char *p = path != NULL ? strchr(path, '{') : NULL; p != NULL;
         p = strchr(p + 1, '{')) {
        int i = azb_method_param(args->method, p + 1, strcspn(p + 1, "}"));
        const char *text;
        size_t n;

        if (i < 0 || !azb_value_bytes(args->values[i], &text, &n))
            return;
        len += (size_t)snprintf(ret + len, ret_size - len, "%s%.*s", len > 0 ? "/" : "", (int)n,
                                text);
        if (len >= ret_size) {
            for (len = ret_size - 4; len > 0 && ((unsigned char)ret[len] & 0xc0) == 0x80;)
                len--; /* not inside a character: readers want UTF-8 */
            memcpy(ret + len, "...", 4);
            len += 3;
            break;
        }
    }
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)ret[i] < ' ' || ret[i] == 0x7f)
            ret[i] = '?';
}

/* ---- placing ---- */

struct placer {
    struct azb_request *req;
    const struct azb_args *args;
    struct azb_buf *scratch;
    bool is_https;
};

static int no_memory(struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_NO_MEMORY, "a request");
}

static int place_text(struct placer *placer, const struct azb_param *p, const char *text,
                      struct azb_error *err)
{
    if (text == NULL)
        return no_memory(err);
    if (p->in == AZB_IN_QUERY)
        return azb_request_query(placer->req, p->wire, text, err);
    if (azb_request_header(placer->req, p->wire, text, err) < 0) {
        char why[128];

        snprintf(why, sizeof(why), "%.120s", err->message);
        return azb_error_set(err, err->what, "%s: '%s': %s", placer->args->method->row->method,
                             p->name, why);
    }
    return 0;
}

static char *trimmed(struct azb_arena *arena, const char *s, size_t n)
{
    while (n > 0 && isspace((unsigned char)*s))
        s++, n--;
    while (n > 0 && isspace((unsigned char)s[n - 1]))
        n--;
    return azb_arena_strndup(arena, s, n);
}

struct pair_placer {
    struct placer *placer;
    const struct azb_param *param;
};

static int place_metadata_pair(const msgpack_object *key, const msgpack_object *value,
                               void *arg, struct azb_error *err)
{
    struct pair_placer *pp = arg;
    struct azb_arena *arena = pp->placer->req->arena;
    struct azb_param header = *pp->param;
    const char *k, *v;
    size_t k_n, v_n;

    azb_value_bytes(key, &k, &k_n);
    azb_value_bytes(value, &v, &v_n);
    header.wire = azb_arena_printf(arena, "%s%.*s", pp->param->wire, (int)k_n, k);
    if (header.wire == NULL)
        return no_memory(err);
    return place_text(pp->placer, &header, trimmed(arena, v, v_n), err);
}

static int add_tag(const msgpack_object *key, const msgpack_object *value, void *arg,
                   struct azb_error *err)
{
    struct azb_buf *buf = arg;
    const char *k, *v;
    size_t k_n, v_n;

    (void)err;
    azb_value_bytes(key, &k, &k_n);
    azb_value_bytes(value, &v, &v_n);
    if (buf->len > 0)
        azb_buf_puts(buf, "&");
    azb_url_encode(buf, k, k_n, AZB_URL_VALUE);
    azb_buf_puts(buf, "=");
    azb_url_encode(buf, v, v_n, AZB_URL_VALUE);
    return 0;
}

static int place_map(struct placer *placer, const struct azb_param *p,
                     const msgpack_object *value, struct azb_error *err)
{
    struct subject s = {placer->args->method->row->method, p->name};
    struct pair_placer pp = {placer, p};
    struct azb_buf *buf = placer->scratch;

    if (p->type == AZB_STR_MAP)
        return for_each_pair(&s, value, place_metadata_pair, &pp, err);
    buf->len = 0;
    for_each_pair(&s, value, add_tag, buf, err);
    if (buf->failed)
        return no_memory(err);
    if (buf->len == 0)
        return 0;
    return place_text(placer, p,
                      azb_arena_strndup(placer->req->arena, (char *)buf->data, buf->len), err);
}

/* Adds to a comma-separated query parameter that may be there already. */
static int place_list_item(struct placer *placer, const struct azb_param *p, const char *item,
                           size_t n, struct azb_error *err)
{
    struct azb_request *req = placer->req;

    for (unsigned i = 0; i < req->n_query; i++)
        if (strcmp(req->query[i].name, p->wire) == 0) {
            req->query[i].value =
                azb_arena_printf(req->arena, "%s,%.*s", req->query[i].value, (int)n, item);
            return req->query[i].value != NULL ? 0 : no_memory(err);
        }
    return place_text(placer, p, azb_arena_strndup(req->arena, item, n), err);
}

static int place_list(struct placer *placer, const struct azb_param *p,
                      const msgpack_object *value, struct azb_error *err)
{
    const msgpack_object *items = value;
    uint32_t n_items = 1;
    const char *text;
    size_t n;

    if (value->type == MSGPACK_OBJECT_ARRAY) {
        items = value->via.array.ptr;
        n_items = value->via.array.size;
    }
    for (uint32_t i = 0; i < n_items; i++)
        if (azb_value_bytes(&items[i], &text, &n) &&
            place_list_item(placer, p, text, n, err) < 0)
            return -1;
    return 0;
}

static int place_match(struct placer *placer, const struct azb_param *p,
                       const msgpack_object *value, struct azb_error *err)
{
    bool is_none = azb_value_is(value, "IfModified") || azb_value_is(value, "IfMissing");
    bool is_any = azb_value_is(value, "IfPresent") || azb_value_is(value, "IfMissing");
    struct azb_arena *arena = placer->req->arena;
    struct azb_param header = *p;
    const char *text = "*";
    size_t n = 1;

    if (!is_any)
        azb_value_bytes(azb_args_get(placer->args, p->with), &text, &n);
    /* ".wire" is the prefix: "If-", or "x-ms-source-if-" */
    header.wire = azb_arena_printf(arena, "%s%s", p->wire,
                                   strncmp(p->wire, "x-ms-", 5) == 0
                                       ? (is_none ? "none-match" : "match")
                                       : (is_none ? "None-Match" : "Match"));
    if (header.wire == NULL)
        return no_memory(err);
    return place_text(placer, &header, azb_arena_strndup(arena, text, n), err);
}

static int place_value(struct placer *placer, const struct azb_param *p,
                       const msgpack_object *value, struct azb_error *err);

static int place_model(struct placer *placer, const struct azb_param *p,
                       const msgpack_object *value, struct azb_error *err)
{
    const msgpack_object_map *map = azb_value_map(value);

    for (const struct azb_param *field = p->fields; field->name != NULL; field++) {
        const msgpack_object *v = azb_map_find(map, field->name);
        int rc = 0;

        if (v != NULL && v->type != MSGPACK_OBJECT_NIL)
            rc = place_value(placer, field, v, err);
        else if (field->preset != NULL)
            rc = place_text(placer, field, field->preset, err);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int place_value(struct placer *placer, const struct azb_param *p,
                       const msgpack_object *value, struct azb_error *err)
{
    struct azb_arena *arena = placer->req->arena;
    char rfc1123[AZB_RFC1123_CHARS + 1];
    char *text;
    const char *bytes = "";
    size_t n = 0;
    int64_t number = 0;
    bool yes = false;

    switch (p->type) {
    case AZB_STR:
    case AZB_ENUM:
        azb_value_bytes(value, &bytes, &n);
        return place_text(placer, p, azb_arena_strndup(arena, bytes, n), err);
    case AZB_INT:
        azb_value_int(value, &number);
        return place_text(placer, p, azb_arena_printf(arena, "%lld", (long long)number), err);
    case AZB_BOOL:
        azb_value_bool(value, &yes);
        return place_text(placer, p, yes ? "true" : "false", err);
    case AZB_FLAG:
        azb_value_bool(value, &yes);
        return yes ? place_list_item(placer, p, p->item, strlen(p->item), err) : 0;
    case AZB_TIME:
        time_value(value, &number);
        azb_time_to_rfc1123(number, rfc1123);
        return place_text(placer, p, azb_arena_strdup(arena, rfc1123), err);
    case AZB_BYTES:
        azb_value_bytes(value, &bytes, &n);
        text = azb_arena_alloc(arena, AZB_BASE64_CHARS(n) + 1);
        if (text == NULL)
            return no_memory(err);
        azb_base64_encode(bytes, n, text);
        return place_text(placer, p, text, err);
    case AZB_STR_LIST:
        return place_list(placer, p, value, err);
    case AZB_STR_MAP:
    case AZB_TAGS:
        return place_map(placer, p, value, err);
    case AZB_MODEL:
        if (strcmp(p->name, "cpk") == 0 && !placer->is_https)
            return azb_error_set(err, AZB_ERR_INVALID_ARG,
                                 "%s: 'cpk': a customer-provided key goes over https only",
                                 placer->args->method->row->method);
        return place_model(placer, p, value, err);
    case AZB_MATCH:
        return place_match(placer, p, value, err);
    default:
        return 0; /* what a driver deals with itself */
    }
}

/* base_path + "/{container}/{blob}" with names put in, encoded. */
static int request_path(struct placer *placer, const char *base_path, struct azb_error *err)
{
    struct azb_buf *buf = placer->scratch;
    const char *p = placer->args->method->row->path;

    buf->len = 0;
    azb_buf_puts(buf, base_path);
    while (*p != '\0') {
        const char *text;
        size_t n = strcspn(p, "{");
        enum azb_url_part part;
        int i;

        azb_buf_append(buf, p, n);
        p += n;
        if (*p == '\0')
            break;
        n = strcspn(++p, "}");
        i = azb_method_param(placer->args->method, p, n);
        /* Slashes are a blob's own; in a container's name they would name another blob. */
        part = strncmp(p, "blob}", 5) == 0 ? AZB_URL_PATH : AZB_URL_VALUE;
        p += n + 1;
        if (i >= 0 && azb_value_bytes(placer->args->values[i], &text, &n))
            azb_url_encode(buf, text, n, part);
    }
    if (buf->failed)
        return no_memory(err);
    placer->req->path = azb_arena_strndup(placer->req->arena, (char *)buf->data, buf->len);
    return placer->req->path != NULL ? 0 : no_memory(err);
}

static int request_fixed(struct placer *placer, struct azb_error *err)
{
    const struct azb_row *row = placer->args->method->row;
    struct azb_arena *arena = placer->req->arena;

    for (const char *q = row->query; q != NULL && *q != '\0';) {
        size_t n = strcspn(q, "&"), name_n = strcspn(q, "=");
        const char *name = azb_arena_strndup(arena, q, name_n);
        const char *value = azb_arena_strndup(arena, q + name_n + 1, n - name_n - 1);

        if (name == NULL || value == NULL)
            return no_memory(err);
        if (azb_request_query(placer->req, name, value, err) < 0)
            return -1;
        q += n;
        q += *q == '&';
    }
    if (row->header[0] != NULL)
        return azb_request_header(placer->req, row->header[0], row->header[1], err);
    return 0;
}

int azb_request_build(struct azb_request *req, const struct azb_args *args,
                      const struct azb_location *location, bool is_https,
                      struct azb_buf *scratch, struct azb_error *err)
{
    struct placer placer = {req, args, scratch, is_https};
    const struct azb_method *method = args->method;

    req->verb = method->row->verb;
    if (request_path(&placer, location->base_path, err) < 0 || request_fixed(&placer, err) < 0)
        return -1;
    for (unsigned i = 0; i < method->n_params; i++) {
        const struct azb_param *p = method->params[i];
        int rc = 0;

        if (p->in != AZB_IN_HEADER && p->in != AZB_IN_QUERY)
            continue;
        if (args->values[i] != NULL)
            rc = place_value(&placer, p, args->values[i], err);
        else if (p->preset != NULL)
            rc = place_text(&placer, p, p->preset, err);
        if (rc < 0)
            return -1;
    }
    return 0;
}
