/*
 * check.c: one argument against what its row says of it. Every message names the method and the
 * parameter.
 */
#include "lib/check.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/codec/time.h"
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

/* "2030-01-01T00:00:00.0000000Z": it is never written otherwise, and is sent back as it came.
 */
static int check_stamp(const struct subject *s, const struct azb_param *p,
                       const msgpack_object *value, struct azb_error *err)
{
    static const char shape[] = "0000-00-00T00:00:00.0000000Z";
    const char *text = "";
    size_t n = 0;
    bool is_stamp;

    if (check_bytes(s, p, value, err) < 0)
        return -1;
    azb_value_bytes(value, &text, &n);
    is_stamp = n == sizeof(shape) - 1;
    for (size_t i = 0; is_stamp && i < n; i++)
        is_stamp = shape[i] == '0' ? isdigit((unsigned char)text[i]) != 0 : text[i] == shape[i];
    if (is_stamp)
        return 0;
    return azb_error_set(err, AZB_ERR_INVALID_ARG,
                         "%s: '%s' cannot be '%.*s'; it is a time as the service gave it, like "
                         "2030-01-01T00:00:00.0000000Z",
                         s->method, s->param, (int)(n < 64 ? n : 64), text);
}

/* The text is not repeated in a message: it may hold a SAS. */
static int check_url(const struct subject *s, const struct azb_param *p,
                     const msgpack_object *value, struct azb_error *err)
{
    const char *text = "";
    size_t n = 0;

    if (check_bytes(s, p, value, err) < 0)
        return -1;
    azb_value_bytes(value, &text, &n);
    if ((n > 8 && strncasecmp(text, "https://", 8) == 0) ||
        (n > 7 && strncasecmp(text, "http://", 7) == 0))
        return 0;
    return azb_error_set(err, AZB_ERR_INVALID_ARG,
                         "%s: '%s' is no URL that begins with https:// or http://", s->method,
                         s->param);
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

/* A number that is allowed besides the range: -1 for a lease without end. */
static bool is_besides(const struct azb_param *p, int64_t number)
{
    for (const char *const *v = p->values; v != NULL && *v != NULL; v++)
        if (strtoll(*v, NULL, 10) == number)
            return true;
    return false;
}

static int check_int(const struct subject *s, const struct azb_param *p,
                     const msgpack_object *value, struct azb_error *err)
{
    int64_t number;

    if (!azb_value_int(value, &number))
        return wrong_type(s, "an integer", value, err);
    if (is_besides(p, number))
        return 0;
    if (p->max > p->min && (number < p->min || number > p->max))
        return azb_error_set(
            err, AZB_ERR_INVALID_ARG, "%s: '%s' is %lld; it is %lld to %lld%s%s", s->method,
            s->param, (long long)number, (long long)p->min, (long long)p->max,
            p->values != NULL ? " or " : "", p->values != NULL ? p->values[0] : "");
    if (p->multiple_of > 0 && number % p->multiple_of != 0)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "%s: '%s' is %lld, which is no multiple of %u", s->method,
                             s->param, (long long)number, p->multiple_of);
    return 0;
}

bool azb_arg_time(const msgpack_object *value, int64_t *ret)
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

static bool is_pair(const msgpack_object *value)
{
    return value->type == MSGPACK_OBJECT_ARRAY && value->via.array.size == 2;
}

/* A map, or an array of pairs. */
static int check_pairs(const struct subject *s, const msgpack_object *value,
                       struct azb_error *err)
{
    const char *want = "a map of strings, or a list of [name, value]";

    if (value->type == MSGPACK_OBJECT_MAP)
        return 0;
    if (value->type != MSGPACK_OBJECT_ARRAY)
        return wrong_type(s, want, value, err);
    for (uint32_t i = 0; i < value->via.array.size; i++)
        if (!is_pair(&value->via.array.ptr[i]))
            return wrong_type(s, want, &value->via.array.ptr[i], err);
    return 0;
}

int azb_arg_each_pair(const msgpack_object *value, azb_pair_cb *each, void *arg,
                      struct azb_error *err)
{
    int rc = 0;

    if (value->type == MSGPACK_OBJECT_MAP)
        for (uint32_t i = 0; i < value->via.map.size && rc == 0; i++)
            rc = each(&value->via.map.ptr[i].key, &value->via.map.ptr[i].val, arg, err);
    else if (value->type == MSGPACK_OBJECT_ARRAY)
        for (uint32_t i = 0; i < value->via.array.size && rc == 0; i++) {
            const msgpack_object *pair = value->via.array.ptr[i].via.array.ptr;

            rc = each(&pair[0], &pair[1], arg, err);
        }
    return rc;
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

/* What the service takes in a tag's name and value. */
static bool is_tag_text(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] == '\0' || (!isalnum((unsigned char)s[i]) && strchr(" +-./:=_", s[i]) == NULL))
            return false;
    return true;
}

static int check_tag(const struct subject *s, const char *k, size_t k_n, const char *v,
                     size_t v_n, struct azb_error *err)
{
    if (k_n < 1 || k_n > MAX_TAG_KEY || v_n > MAX_TAG_VALUE)
        return azb_error_set(
            err, AZB_ERR_INVALID_ARG,
            "%s: '%s': a tag's name has 1 to %d characters, its value at most %d", s->method,
            s->param, MAX_TAG_KEY, MAX_TAG_VALUE);
    if (!is_tag_text(k, k_n) || !is_tag_text(v, v_n))
        return azb_error_set(
            err, AZB_ERR_INVALID_ARG,
            "%s: '%s': the tag '%.*s' has a character that is none of letters, "
            "digits, space and + - . / : = _",
            s->method, s->param, (int)k_n, k);
    return 0;
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
    if (check->is_tags)
        return check_tag(check->s, k, k_n, v, v_n, err);
    if (!is_token(k, k_n))
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

    if (check_pairs(s, value, err) < 0 || azb_arg_each_pair(value, check_pair, &check, err) < 0)
        return -1;
    if (check.is_tags && check.n_pairs > MAX_TAGS)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s' has %u tags; at most %d",
                             s->method, s->param, check.n_pairs, MAX_TAGS);
    if (p->max_bytes > 0 && check.n_bytes > p->max_bytes)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s' has %zu bytes; at most %zu",
                             s->method, s->param, check.n_bytes, p->max_bytes);
    return 0;
}

bool azb_arg_needs_partner(const struct azb_param *p, const msgpack_object *value)
{
    bool is_on = true;

    if (p->with == NULL || value == NULL || value->type == MSGPACK_OBJECT_NIL)
        return false;
    azb_value_bool(value, &is_on);
    return is_on && (p->type != AZB_MATCH || azb_value_is(value, "IfNotModified") ||
                     azb_value_is(value, "IfModified"));
}

const struct azb_param *azb_arg_param(const struct azb_param *p, const msgpack_object *value)
{
    return p->text != NULL && value->type == MSGPACK_OBJECT_STR ? p->text : p;
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
        const msgpack_object *v = azb_map_find(map, field->name), *partner;

        if (field->required && (v == NULL || v->type == MSGPACK_OBJECT_NIL))
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s.%s' is missing", s->method,
                                 s->param, field->name);
        partner = field->with != NULL ? azb_map_find(map, field->with) : NULL;
        if (azb_arg_needs_partner(field, v) &&
            (partner == NULL || partner->type == MSGPACK_OBJECT_NIL))
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s.%s' without '%s.%s'",
                                 s->method, s->param, field->name, s->param, field->with);
    }
    return 0;
}

static int check_n_items(const struct subject *s, const struct azb_param *p, uint32_t n,
                         struct azb_error *err)
{
    if (p->max_items > 0 && n > p->max_items)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s' has %u entries; at most %u",
                             s->method, s->param, n, p->max_items);
    return 0;
}

/* A list of models. */
static int check_models(const struct subject *s, const struct azb_param *p,
                        const msgpack_object *value, struct azb_error *err)
{
    char name[128];
    struct subject inner = {s->method, name};

    if (value->type != MSGPACK_OBJECT_ARRAY)
        return wrong_type(s, "a list", value, err);
    if (check_n_items(s, p, value->via.array.size, err) < 0)
        return -1;
    for (uint32_t i = 0; p->fields != NULL && i < value->via.array.size; i++) {
        snprintf(name, sizeof(name), "%s.%u", s->param, i);
        if (check_model(&inner, p, &value->via.array.ptr[i], err) < 0)
            return -1;
    }
    return 0;
}

static int check_model_map(const struct subject *s, const struct azb_param *p,
                           const msgpack_object *value, struct azb_error *err)
{
    const msgpack_object_map *map = azb_value_map(value);
    char name[128];
    struct subject inner = {s->method, name};
    const char *key;
    size_t n;

    if (map == NULL)
        return wrong_type(s, "a map of maps", value, err);
    if (check_n_items(s, p, map->size, err) < 0)
        return -1;
    for (uint32_t i = 0; i < map->size; i++) {
        if (!azb_value_bytes(&map->ptr[i].key, &key, &n))
            return wrong_type(s, "strings as names", &map->ptr[i].key, err);
        if (n == 0 || n > p->max_bytes)
            return azb_error_set(err, AZB_ERR_INVALID_ARG,
                                 "%s: '%s': a name has 1 to %zu bytes", s->method, s->param,
                                 p->max_bytes);
        snprintf(name, sizeof(name), "%s.%.*s", s->param, (int)n, key);
        if (map->ptr[i].val.type != MSGPACK_OBJECT_NIL &&
            check_model(&inner, p, &map->ptr[i].val, err) < 0)
            return -1;
    }
    return 0;
}

static int check_value(const struct subject *s, const struct azb_param *p,
                       const msgpack_object *value, struct azb_error *err)
{
    int64_t unix_s;

    p = azb_arg_param(p, value);
    switch (p->type) {
    case AZB_STR:
    case AZB_ETAG:
    case AZB_UUID:
    case AZB_BYTES:
    case AZB_BIN:
        return check_bytes(s, p, value, err);
    case AZB_STAMP:
        return check_stamp(s, p, value, err);
    case AZB_URL:
        return check_url(s, p, value, err);
    case AZB_INT:
    case AZB_OFFSET:
        return check_int(s, p, value, err);
    case AZB_BOOL:
    case AZB_FLAG:
    case AZB_OVERWRITE:
        return value->type == MSGPACK_OBJECT_BOOLEAN
                   ? 0
                   : wrong_type(s, "true or false", value, err);
    case AZB_TIME:
        return azb_arg_time(value, &unix_s)
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
    case AZB_MODEL_MAP:
        return check_model_map(s, p, value, err);
    case AZB_BLOB_LIST:
    case AZB_BLOCK_LIST:
    case AZB_LIST:
        return check_models(s, p, value, err);
    case AZB_TEXT64:
    case AZB_OR_POLICIES:
    case AZB_ANY:
        return 0;
    }
    return 0;
}

int azb_arg_check(const char *method, const struct azb_param *param,
                  const msgpack_object *value, struct azb_error *err)
{
    return check_value(&(struct subject){method, param->name}, param, value, err);
}
