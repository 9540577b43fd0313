/*
 * error.c: errors as a struct and as the RPC error map.
 */
#include "proto/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/utf8.h"
#include "proto/value.h"

static const struct {
    const char *kind;
    const char *code;
} names[] = {[AZB_OK] = {"", ""},
#define X(name, kind, code) [AZB_ERR_##name] = {kind, code},
             AZB_ERR_MAP(X)
#undef X
};

enum {
    N_NAMES = sizeof(names) / sizeof(names[0]),
};

int azb_error_set(struct azb_error *err, enum azb_err what, const char *fmt, ...)
{
    va_list args;

    if (err == NULL)
        return -1;
    err->what = what;
    snprintf(err->code, sizeof(err->code), "%s", azb_error_code(what));
    va_start(args, fmt);
    vsnprintf(err->message, sizeof(err->message), fmt, args);
    va_end(args);
    return -1;
}

const char *azb_error_kind(enum azb_err what)
{
    return (int)what < N_NAMES ? names[what].kind : "";
}

const char *azb_error_code(enum azb_err what)
{
    return (int)what < N_NAMES ? names[what].code : "";
}

static bool same(const char *name, const char *bytes, size_t n)
{
    return strlen(name) == n && memcmp(name, bytes, n) == 0;
}

enum azb_err azb_error_from_kind(const char *kind, size_t kind_bytes, const char *code,
                                 size_t code_bytes)
{
    enum azb_err by_kind = AZB_ERR_SERVICE;

    for (int i = AZB_OK + 1; i < N_NAMES; i++)
        if (same(names[i].code, code, code_bytes) && same(names[i].kind, kind, kind_bytes))
            return i;
    /* A service's own code: only the kinds that a service's answer can have are meant. */
    for (int i = AZB_ERR_SERVICE; i <= AZB_ERR_AUTH; i++)
        if (same(names[i].kind, kind, kind_bytes))
            by_kind = i;
    return by_kind;
}

/* A str must be UTF-8, and a text may quote anybody's bytes or be cut within a character. */
static void pack_utf8(msgpack_packer *pk, const char *text)
{
    char valid[sizeof(((struct azb_error *)NULL)->message)];
    size_t n = strnlen(text, sizeof(valid));

    for (size_t i = 0, step; i < n; i += step) {
        uint32_t c;

        step = azb_utf8_next(text + i, n - i, &c);
        memcpy(valid + i, step > 0 ? text + i : "?", step > 0 ? step : 1);
        step += step == 0;
    }
    azb_pack_strn(pk, valid, n);
}

static unsigned pack_text(msgpack_packer *pk, const char *key, const char *text)
{
    if (text[0] == '\0')
        return 0;
    if (pk != NULL) {
        azb_pack_str(pk, key);
        pack_utf8(pk, text);
    }
    return 1;
}

/* Writes the optional pairs, or with pk NULL only counts them. */
static unsigned pack_details(msgpack_packer *pk, const struct azb_error *err)
{
    unsigned n = 0;

    n += pack_text(pk, "operation", err->operation);
    n += pack_text(pk, "target", err->target);
    n += pack_text(pk, "request_id", err->request_id);
    n += pack_text(pk, "client_request_id", err->client_request_id);
    if (err->status != 0) {
        n++;
        if (pk != NULL) {
            azb_pack_str(pk, "status");
            msgpack_pack_int(pk, err->status);
        }
    }
    if (err->attempts != 0) {
        n++;
        if (pk != NULL) {
            azb_pack_str(pk, "attempts");
            msgpack_pack_unsigned_int(pk, err->attempts);
        }
    }
    return n;
}

void azb_error_pack(msgpack_packer *pk, const struct azb_error *err)
{
    msgpack_pack_map(pk, 4 + pack_details(NULL, err));
    azb_pack_str(pk, "code");
    azb_pack_str(pk, err->code[0] != '\0' ? err->code : azb_error_code(err->what));
    azb_pack_str(pk, "kind");
    azb_pack_str(pk, azb_error_kind(err->what));
    azb_pack_str(pk, "message");
    pack_utf8(pk, err->message);
    azb_pack_str(pk, "retryable");
    err->retryable ? msgpack_pack_true(pk) : msgpack_pack_false(pk);
    pack_details(pk, err);
}

/* As much of a str as fits. */
static void take_text(const msgpack_object_map *map, const char *key, char *ret,
                      size_t ret_size)
{
    const char *bytes;
    size_t n;

    if (!azb_value_bytes(azb_map_find(map, key), &bytes, &n))
        return;
    if (n >= ret_size)
        n = ret_size - 1;
    memcpy(ret, bytes, n);
    ret[n] = '\0';
}

void azb_error_unpack(struct azb_error *err, const msgpack_object *value)
{
    const msgpack_object_map *map = azb_value_map(value);
    const char *text = "", *kind = "";
    size_t text_bytes = 0, kind_bytes = 0;
    int64_t number;

    memset(err, 0, sizeof(*err));
    err->what = AZB_ERR_SERVICE;
    if (map == NULL) {
        if (azb_value_bytes(value, &text, &text_bytes))
            snprintf(err->message, sizeof(err->message), "%.*s", (int)text_bytes, text);
        return;
    }
    take_text(map, "code", err->code, sizeof(err->code));
    take_text(map, "message", err->message, sizeof(err->message));
    take_text(map, "request_id", err->request_id, sizeof(err->request_id));
    take_text(map, "client_request_id", err->client_request_id, sizeof(err->client_request_id));
    take_text(map, "operation", err->operation, sizeof(err->operation));
    take_text(map, "target", err->target, sizeof(err->target));
    if (azb_value_int(azb_map_find(map, "status"), &number) && number > 0 && number < 1000)
        err->status = (int)number;
    if (azb_value_int(azb_map_find(map, "attempts"), &number) && number > 0 && number < 1000000)
        err->attempts = (unsigned)number;
    azb_value_bool(azb_map_find(map, "retryable"), &err->retryable);
    azb_value_bytes(azb_map_find(map, "kind"), &kind, &kind_bytes);
    err->what = azb_error_from_kind(kind, kind_bytes, err->code, strlen(err->code));
}
