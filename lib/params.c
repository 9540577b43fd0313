/*
 * params.c: a call's arguments, and placing them in a request.
 */
#include "lib/params.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "proto/base64.h"
#include "lib/codec/time.h"
#include "lib/codec/url.h"
#include "proto/value.h"

void azb_args_begin(struct azb_args *args, const struct azb_method *method)
{
    args->method = method;
    memset(args->values, 0, method->n_params * sizeof(args->values[0]));
}

/* Another form of the method may have it: then say what makes the difference. */
static int unknown_param(const struct azb_method *method, const char *name, size_t n,
                         struct azb_error *err)
{
    const struct azb_method *base = method->base != NULL ? method->base : method;
    int shown = (int)(n < 64 ? n : 64);

    for (unsigned i = 0; i < base->n_forms; i++)
        if (azb_method_param(&base->forms[i], name, n) >= 0 && method == base)
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%.*s' goes only with '%s'",
                                 method->row->method, shown, name, base->forms[i].row->when);
        else if (azb_method_param(&base->forms[i], name, n) >= 0 ||
                 azb_method_param(base, name, n) >= 0)
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%.*s' does not go with '%s'",
                                 method->row->method, shown, name, method->row->when);
    return azb_error_set(err, AZB_ERR_UNKNOWN_PARAM,
                         "%s: no parameter '%.*s' (rpc.describe lists them)",
                         method->row->method, shown, name);
}

int azb_args_set(struct azb_args *args, const char *name, size_t n, const msgpack_object *value,
                 struct azb_error *err)
{
    const struct azb_method *method = args->method;
    int param_i = azb_method_param(method, name, n);

    if (param_i < 0)
        return unknown_param(method, name, n, err);
    if (value->type == MSGPACK_OBJECT_NIL)
        return 0; /* None: as if it were left out */
    if (azb_arg_check(method->row->method, method->params[param_i], value, err) < 0)
        return -1;
    args->values[param_i] = value;
    return 0;
}

/* A body is as long as its length says, and of whole units. */
static int check_body(const struct azb_args *args, const struct azb_param *p,
                      const msgpack_object *value, struct azb_error *err)
{
    const char *method = args->method->row->method;
    int64_t length = -1;
    const char *bytes;
    size_t n;

    if (p->length != NULL)
        length = azb_args_int(args, p->length, -1);
    azb_args_body(args, p, value, &bytes, &n);
    if (length >= 0 && (uint64_t)length > n)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "%s: '%s' is %lld, and '%s' has only %zu bytes", method, p->length,
                             (long long)length, p->name, n);
    if (p->multiple_of > 0 && (n == 0 || n % p->multiple_of != 0))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "%s: '%s' has %zu bytes to send, which is no multiple of %u",
                             method, p->name, n, p->multiple_of);
    return 0;
}

/* A document without anything in it says nothing. */
static int check_has_body(const struct azb_args *args, struct azb_error *err)
{
    const struct azb_method *method = args->method;
    char names[256] = "";

    for (unsigned i = 0; i < method->n_own; i++) {
        size_t used = strlen(names);

        if (method->params[i]->in != AZB_IN_BODY)
            continue;
        if (args->values[i] != NULL)
            return 0;
        snprintf(names + used, sizeof(names) - used, "%s'%s'", used > 0 ? ", " : "",
                 method->params[i]->name);
    }
    return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: give at least one of %s",
                         method->row->method, names);
}

int azb_args_end(const struct azb_args *args, struct azb_error *err)
{
    const struct azb_method *method = args->method;

    for (unsigned i = 0; i < method->n_params; i++) {
        const struct azb_param *p = method->params[i];
        const msgpack_object *value = args->values[i];

        if (value == NULL && p->required)
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s' is missing",
                                 method->row->method, p->name);
        if (value == NULL)
            continue;
        if (azb_arg_needs_partner(p, value) && azb_args_get(args, p->with) == NULL)
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s' without '%s'",
                                 method->row->method, p->name, p->with);
        if (p->excludes != NULL && azb_args_get(args, p->excludes) != NULL)
            return azb_error_set(err, AZB_ERR_INVALID_ARG,
                                 "%s: '%s' and '%s' exclude each other", method->row->method,
                                 p->name, p->excludes);
        if (p->type == AZB_BIN && check_body(args, p, value, err) < 0)
            return -1;
    }
    return method->row->needs_body ? check_has_body(args, err) : 0;
}

void azb_args_body(const struct azb_args *args, const struct azb_param *param,
                   const msgpack_object *value, const char **ret, size_t *ret_n)
{
    int64_t length = -1;

    *ret = NULL;
    *ret_n = 0;
    azb_value_bytes(value, ret, ret_n);
    if (param->length != NULL)
        length = azb_args_int(args, param->length, -1);
    if (length >= 0 && (uint64_t)length < *ret_n)
        *ret_n = (size_t)length;
}

int azb_args_check(struct azb_args *args, const struct azb_method *method,
                   const msgpack_object_map *map, struct azb_error *err)
{
    const char *name;
    size_t n;

    azb_args_begin(args, azb_method_form(method, map));
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
    struct pair_placer pp = {placer, p};
    struct azb_buf *buf = placer->scratch;

    if (p->type == AZB_STR_MAP)
        return azb_arg_each_pair(value, place_metadata_pair, &pp, err);
    azb_buf_reset(buf);
    azb_arg_each_pair(value, add_tag, buf, err);
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

/* "bytes=0-511"; without a length: that of the body, or up to the end. */
static int place_range(struct placer *placer, const struct azb_param *p,
                       const msgpack_object *value, struct azb_error *err)
{
    const struct azb_args *args = placer->args;
    struct azb_arena *arena = placer->req->arena;
    long long first = 0, length = azb_args_int(args, p->length, 0);
    int64_t number = 0;
    const char *bytes;
    size_t n = 0;

    azb_value_int(value, &number);
    first = number;
    for (unsigned i = 0; i < args->method->n_own && length == 0; i++)
        if (args->method->params[i]->type == AZB_BIN) {
            azb_args_body(args, args->method->params[i], args->values[i], &bytes, &n);
            length = (long long)n;
        }
    if (length == 0)
        return place_text(placer, p, azb_arena_printf(arena, "bytes=%lld-", first), err);
    return place_text(
        placer, p, azb_arena_printf(arena, "bytes=%lld-%lld", first, first + length - 1), err);
}

/* Encoded or not, the path comes out encoded once; the query may be signed and stays. */
static int place_url(struct placer *placer, const struct azb_param *p,
                     const msgpack_object *value, struct azb_error *err)
{
    struct azb_arena *arena = placer->req->arena;
    struct azb_buf *buf = placer->scratch;
    const char *text = "";
    size_t n = 0, n_path, n_host;
    char *path;
    long n_decoded;

    azb_value_bytes(value, &text, &n);
    text = azb_arena_strndup(arena, text, n);
    if (text == NULL)
        return no_memory(err);
    n_host = (size_t)(strstr(text, "://") + 3 - text);
    n_host += strcspn(text + n_host, "/?");
    n_path = strcspn(text + n_host, "?");
    path = azb_arena_strndup(arena, text + n_host, n_path);
    if (path == NULL)
        return no_memory(err);
    n_decoded = azb_url_decode(path, n_path);
    azb_buf_reset(buf);
    azb_buf_append(buf, text, n_host);
    if (n_decoded >= 0)
        azb_url_encode(buf, path, (size_t)n_decoded, AZB_URL_PATH);
    else /* a '%' that begins no escape: so none was encoded */
        azb_url_encode(buf, text + n_host, n_path, AZB_URL_PATH);
    azb_buf_puts(buf, text + n_host + n_path);
    if (buf->failed)
        return no_memory(err);
    return place_text(placer, p, azb_arena_strndup(arena, (char *)buf->data, buf->len), err);
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

    p = azb_arg_param(p, value);
    switch (p->type) {
    case AZB_STR:
    case AZB_ENUM:
    case AZB_UUID:
    case AZB_STAMP:
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
    case AZB_OFFSET:
        return place_range(placer, p, value, err);
    case AZB_URL:
        return place_url(placer, p, value, err);
    case AZB_TIME:
        azb_arg_time(value, &number);
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
        if (p->https_only && !placer->is_https)
            return azb_error_set(err, AZB_ERR_INVALID_ARG,
                                 "%s: '%s': a customer-provided key goes over https only",
                                 placer->args->method->row->method, p->name);
        return place_model(placer, p, value, err);
    case AZB_MATCH:
        return place_match(placer, p, value, err);
    default:
        return 0; /* what a driver deals with itself */
    }
}

/* What a caller says about the state of the blob stands in place of "there is none". */
bool azb_args_must_be_new(const struct azb_args *args)
{
    return !azb_args_bool(args, "overwrite", false) &&
           azb_args_get(args, "if_modified_since") == NULL &&
           azb_args_get(args, "if_unmodified_since") == NULL &&
           azb_args_get(args, "match_condition") == NULL;
}

/* base_path + "/{container}/{blob}" with names put in, encoded. */
static int request_path(struct placer *placer, const char *base_path, struct azb_error *err)
{
    struct azb_buf *buf = placer->scratch;
    const char *p = placer->args->method->row->path;

    azb_buf_reset(buf);
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
        if (p->type == AZB_OVERWRITE)
            rc = azb_args_must_be_new(args) ? place_text(&placer, p, "*", err) : 0;
        else if (args->values[i] != NULL)
            rc = place_value(&placer, p, args->values[i], err);
        else if (p->preset != NULL)
            rc = place_text(&placer, p, p->preset, err);
        if (rc < 0)
            return -1;
    }
    return 0;
}
