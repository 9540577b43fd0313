/*
 * output.c: text, TSV and JSON. Everything collects in one buffer that goes out when it is
 * full or when the command is about to wait: few writes, and yet the first lines of a long
 * listing are there before the rest has come.
 */
#include "client/output.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "client/json.h"
#include "proto/value.h"

enum {
    FULL_BYTES = 64 * 1024,
};

void azb_end_by_sigpipe(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(SIGPIPE);
}

static int output_failed(const struct azb_output *out, struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_LOCAL_IO, "writing to stdout: %s",
                         strerror(out->failed_errno));
}

int azb_output_flush(struct azb_output *out, struct azb_error *err)
{
    size_t done = 0;

    if (out->buf.failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "output");
    while (out->failed_errno == 0 && done < out->buf.len) {
        ssize_t n = write(STDOUT_FILENO, out->buf.data + done, out->buf.len - done);

        if (n >= 0)
            done += (size_t)n;
        else if (errno == EPIPE)
            azb_end_by_sigpipe();
        else if (errno != EINTR)
            out->failed_errno = errno;
    }
    out->buf.len = 0;
    return out->failed_errno != 0 ? output_failed(out, err) : 0;
}

int azb_output_flush_if_full(struct azb_output *out, struct azb_error *err)
{
    return out->buf.len >= FULL_BYTES || out->failed_errno != 0 ? azb_output_flush(out, err)
                                                                : 0;
}

void azb_output_scalar(struct azb_buf *buf, const msgpack_object *value)
{
    switch (value->type) {
    case MSGPACK_OBJECT_STR:
        azb_buf_append(buf, value->via.str.ptr, value->via.str.size);
        break;
    case MSGPACK_OBJECT_BIN:
        azb_base64_append(buf, value->via.bin.ptr, value->via.bin.size);
        break;
    case MSGPACK_OBJECT_BOOLEAN:
        azb_buf_puts(buf, value->via.boolean ? "true" : "false");
        break;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        azb_buf_printf(buf, "%" PRIu64, value->via.u64);
        break;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        azb_buf_printf(buf, "%" PRId64, value->via.i64);
        break;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        azb_buf_printf(buf, "%.17g", value->via.f64);
        break;
    default:
        break; /* nil; what is nested is not for here */
    }
}

/* A scalar that must not end its field or its line. */
static void tsv_field(struct azb_buf *buf, const msgpack_object *value)
{
    struct azb_buf plain = {0};

    azb_output_scalar(&plain, value);
    for (size_t i = 0; i < plain.len; i++) {
        unsigned char c = plain.data[i];

        if (c == '\t' || c == '\n' || c == '\\') {
            azb_buf_append(buf, "\\", 1);
            c = c == '\t' ? 't' : c == '\n' ? 'n' : '\\';
        }
        azb_buf_append(buf, &c, 1);
    }
    buf->failed |= plain.failed;
    azb_buf_clear(&plain);
}

static void tsv_row(struct azb_output *out, const msgpack_object *value,
                    const char *const *columns)
{
    const msgpack_object_map *map = azb_value_map(value);

    for (const char *const *column = columns; *column != NULL; column++) {
        const msgpack_object *field = map != NULL ? azb_map_find(map, *column) : NULL;

        if (column != columns)
            azb_buf_append(&out->buf, "\t", 1);
        else if (map == NULL)
            field = value;
        if (field != NULL)
            tsv_field(&out->buf, field);
    }
    azb_buf_append(&out->buf, "\n", 1);
}

int azb_output_row(struct azb_output *out, const msgpack_object *value,
                   const char *const *columns, struct azb_error *err)
{
    if (out->format == AZB_FORMAT_TSV) {
        tsv_row(out, value, columns);
    } else {
        if (out->format == AZB_FORMAT_JSON)
            azb_buf_puts(&out->buf, out->n_rows == 0 ? "[\n" : ",\n");
        if (azb_json_write(&out->buf, value, false, err) < 0)
            return -1;
        if (out->format == AZB_FORMAT_JSONL)
            azb_buf_append(&out->buf, "\n", 1);
    }
    out->n_rows++;
    return azb_output_flush_if_full(out, err);
}

void azb_output_rows_end(struct azb_output *out)
{
    if (out->format == AZB_FORMAT_JSON)
        azb_buf_puts(&out->buf, out->n_rows == 0 ? "[]\n" : "\n]\n");
}

/* The path to a nested value, on the stack of the walk. */
struct key_path {
    const struct key_path *parent;
    const msgpack_object *key; /* NULL: a place in an array */
    uint32_t index;
};

static void put_path(struct azb_buf *buf, const struct key_path *path)
{
    if (path->parent != NULL) {
        put_path(buf, path->parent);
        azb_buf_append(buf, ".", 1);
    }
    if (path->key != NULL)
        tsv_field(buf, path->key);
    else
        azb_buf_printf(buf, "%" PRIu32, path->index);
}

/* Lines for a value and everything inside it. */
static void put_lines(struct azb_output *out, const msgpack_object *value,
                      const struct key_path *path)
{
    struct key_path inner = {.parent = path};

    if (value->type == MSGPACK_OBJECT_MAP) {
        for (uint32_t i = 0; i < value->via.map.size; i++) {
            inner.key = &value->via.map.ptr[i].key;
            put_lines(out, &value->via.map.ptr[i].val, &inner);
        }
    } else if (value->type == MSGPACK_OBJECT_ARRAY) {
        for (; inner.index < value->via.array.size; inner.index++)
            put_lines(out, &value->via.array.ptr[inner.index], &inner);
    } else {
        if (path != NULL) {
            put_path(&out->buf, path);
            azb_buf_puts(&out->buf, out->format == AZB_FORMAT_TSV ? "\t" : ": ");
        }
        tsv_field(&out->buf, value);
        azb_buf_append(&out->buf, "\n", 1);
    }
}

int azb_output_value(struct azb_output *out, const msgpack_object *value, struct azb_error *err)
{
    if (out->format == AZB_FORMAT_TEXT || out->format == AZB_FORMAT_TSV) {
        put_lines(out, value, NULL);
        return azb_output_flush_if_full(out, err);
    }
    if (azb_json_write(&out->buf, value, out->format == AZB_FORMAT_JSON, err) < 0)
        return -1;
    azb_buf_append(&out->buf, "\n", 1);
    return azb_output_flush_if_full(out, err);
}
