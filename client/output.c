/*
 * output.c: text, TSV and JSON. Everything collects in one buffer that goes out when it is
 * full or when the command is about to wait: few writes, and yet the first lines of a long
 * listing are there before the rest has come.
 */
#include "client/output.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
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

const msgpack_object *azb_output_field(const msgpack_object *value, const char *path,
                                       size_t path_bytes)
{
    const msgpack_object_map *map = azb_value_map(value);

    for (uint32_t i = 0; map != NULL && i < map->size; i++) {
        const msgpack_object *found = NULL;
        const char *key;
        size_t n;

        if (!azb_value_bytes(&map->ptr[i].key, &key, &n) || n > path_bytes ||
            memcmp(key, path, n) != 0)
            continue;
        if (n == path_bytes)
            return &map->ptr[i].val;
        if (path[n] == '.')
            found = azb_output_field(&map->ptr[i].val, path + n + 1, path_bytes - n - 1);
        if (found != NULL)
            return found;
    }
    return NULL;
}

void azb_output_size(struct azb_buf *buf, uint64_t bytes)
{
    static const char units[] = "KMGTPE";
    double number = (double)bytes;
    int unit = -1;

    if (bytes < 1024) {
        azb_buf_printf(buf, "%" PRIu64, bytes);
        return;
    }
    for (; number >= 1023.5; number /= 1024)
        unit++;
    azb_buf_printf(buf, number < 9.95 ? "%.1f%c" : "%.0f%c", number, units[unit]);
}

/* ---- cells ---- */

/* How a cell's bytes are kept from doing harm. */
enum guard {
    AS_IT_IS,
    ESCAPED,   /* it must not end its field or its line */
    PRINTABLE, /* it must not move a terminal's cursor */
};

static void put_guarded(struct azb_buf *buf, const struct azb_buf *plain, enum guard guard)
{
    for (size_t i = 0; i < plain->len; i++) {
        unsigned char c = plain->data[i];

        if (guard == PRINTABLE && (c < ' ' || c == 0x7f))
            c = '?';
        if (guard == ESCAPED && (c == '\t' || c == '\n' || c == '\\')) {
            azb_buf_append(buf, "\\", 1);
            c = c == '\t' ? 't' : c == '\n' ? 'n' : '\\';
        }
        azb_buf_append(buf, &c, 1);
    }
}

static void put_value(struct azb_buf *buf, const msgpack_object *value)
{
    if (value->type == MSGPACK_OBJECT_MAP || value->type == MSGPACK_OBJECT_ARRAY)
        azb_json_write(buf, value, false, NULL);
    else
        azb_output_scalar(buf, value);
}

static void put_cell(struct azb_buf *buf, const msgpack_object *value, enum guard guard)
{
    struct azb_buf plain = {0};

    if (guard == AS_IT_IS) {
        put_value(buf, value);
        return;
    }
    put_value(&plain, value);
    put_guarded(buf, &plain, guard);
    buf->failed |= plain.failed;
    azb_buf_clear(&plain);
}

void azb_output_name(struct azb_output *out, const char *name)
{
    const struct azb_buf plain = {.data = (unsigned char *)name, .len = strlen(name)};

    put_guarded(&out->buf, &plain,
                out->end == '\0'   ? AS_IT_IS
                : out->is_terminal ? PRINTABLE
                                   : ESCAPED);
}

/* Characters, by counting the bytes that begin one. */
static int characters(const unsigned char *text, size_t n)
{
    int count = 0;

    for (size_t i = 0; i < n; i++)
        count += (text[i] & 0xc0) != 0x80;
    return count;
}

/* A cell for a terminal; the last one of a row is not padded. */
static void put_aligned(struct azb_output *out, const msgpack_object *value,
                        const struct azb_column *column, bool is_last)
{
    struct azb_buf cell = {0};
    int width = column->width < 0 ? -column->width : column->width;
    int64_t bytes;

    if (value != NULL && column->is_size && out->is_human && azb_value_int(value, &bytes))
        azb_output_size(&cell, (uint64_t)bytes);
    else if (value != NULL)
        put_cell(&cell, value, PRINTABLE);
    width -= characters(cell.data, cell.len);
    if (column->width < 0 && width > 0)
        azb_buf_printf(&out->buf, "%*s", width, "");
    azb_buf_append(&out->buf, cell.data, cell.len);
    if (column->width >= 0 && width > 0 && !is_last)
        azb_buf_printf(&out->buf, "%*s", width, "");
    if (!is_last)
        azb_buf_puts(&out->buf, "  ");
    azb_buf_clear(&cell);
}

/* ---- rows ---- */

static const msgpack_object *column_value(const msgpack_object *row,
                                          const struct azb_column *column, bool is_first)
{
    if (row->type != MSGPACK_OBJECT_MAP)
        return is_first ? row : NULL;
    return azb_output_field(row, column->field, strlen(column->field));
}

static void put_row(struct azb_output *out, const msgpack_object *row,
                    const struct azb_column *columns)
{
    bool is_tsv = out->format == AZB_FORMAT_TSV;
    bool is_alone = columns[0].field != NULL && columns[1].field == NULL;
    bool is_raw = !is_tsv && (out->end == '\0' || is_alone);

    for (const struct azb_column *column = columns; column->field != NULL; column++) {
        const msgpack_object *value = column_value(row, column, column == columns);
        bool is_last = column[1].field == NULL;

        if (!is_tsv && out->is_terminal) {
            put_aligned(out, value, column, is_last);
            continue;
        }
        if (value != NULL && column->is_size && out->is_human)
            put_aligned(out, value, &(struct azb_column){column->field, 0, true}, true);
        else if (value != NULL)
            put_cell(&out->buf, value, is_raw ? AS_IT_IS : ESCAPED);
        if (!is_last)
            azb_buf_append(&out->buf, "\t", 1);
    }
    azb_buf_append(&out->buf, is_tsv ? "\n" : &out->end, 1);
}

static int put_json(struct azb_output *out, const msgpack_object *value, struct azb_error *err)
{
    if (out->format == AZB_FORMAT_JSON)
        azb_buf_puts(&out->buf, out->n_rows == 0 ? "[\n" : ",\n");
    if (azb_json_write(&out->buf, value, false, err) < 0)
        return -1;
    if (out->format == AZB_FORMAT_JSONL)
        azb_buf_append(&out->buf, "\n", 1);
    return 0;
}

enum {
    MAX_FIELDS = 64,
};

/* The fields that --fields wants of a value, as columns and as a map of what it has of them. */
struct chosen {
    struct azb_column columns[MAX_FIELDS + 1];
    msgpack_object_kv pairs[MAX_FIELDS];
    msgpack_object map;
    char names[4096];
};

static int choose(const char *fields, const msgpack_object *value, struct chosen *ret,
                  struct azb_error *err)
{
    size_t n_fields = 0;
    char *rest = ret->names, *name;

    if (snprintf(ret->names, sizeof(ret->names), "%s", fields) >= (int)sizeof(ret->names))
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "--fields is too long");
    ret->map = (msgpack_object){.type = MSGPACK_OBJECT_MAP, .via.map.ptr = ret->pairs};
    while ((name = strsep(&rest, ",")) != NULL) {
        const msgpack_object *found = azb_output_field(value, name, strlen(name));
        msgpack_object_kv *pair = &ret->pairs[ret->map.via.map.size];

        if (n_fields == MAX_FIELDS)
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "--fields takes at most %d",
                                 MAX_FIELDS);
        ret->columns[n_fields++] = (struct azb_column){.field = name};
        if (found == NULL)
            continue;
        pair->key = (msgpack_object){.type = MSGPACK_OBJECT_STR,
                                     .via.str = {(uint32_t)strlen(name), name}};
        pair->val = *found;
        ret->map.via.map.size++;
    }
    ret->columns[n_fields] = (struct azb_column){NULL};
    return 0;
}

int azb_output_row(struct azb_output *out, const msgpack_object *value,
                   const struct azb_column *columns, struct azb_error *err)
{
    bool is_json = out->format == AZB_FORMAT_JSON || out->format == AZB_FORMAT_JSONL;
    struct chosen chosen;

    if (out->fields != NULL && value->type == MSGPACK_OBJECT_MAP) {
        if (choose(out->fields, value, &chosen, err) < 0)
            return -1;
        columns = chosen.columns;
        if (is_json) /* text keeps a column for what is not there */
            value = &chosen.map;
    }
    if (!is_json)
        put_row(out, value, columns);
    else if (put_json(out, value, err) < 0)
        return -1;
    out->n_rows++;
    return azb_output_flush_if_full(out, err);
}

int azb_output_packed_row(struct azb_output *out, const struct azb_buf *packed,
                          const struct azb_column *columns, struct azb_error *err)
{
    msgpack_unpacked unpacked;
    size_t at = 0;
    int rc = -1;

    msgpack_unpacked_init(&unpacked);
    if (packed->failed || msgpack_unpack_next(&unpacked, (const char *)packed->data,
                                              packed->len, &at) != MSGPACK_UNPACK_SUCCESS)
        azb_error_set(err, AZB_ERR_NO_MEMORY, "output");
    else
        rc = azb_output_row(out, &unpacked.data, columns, err);
    msgpack_unpacked_destroy(&unpacked);
    return rc;
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

static void put_path(struct azb_buf *buf, const struct key_path *path, enum guard guard)
{
    if (path->parent != NULL) {
        put_path(buf, path->parent, guard);
        azb_buf_append(buf, ".", 1);
    }
    if (path->key != NULL)
        put_cell(buf, path->key, guard);
    else
        azb_buf_printf(buf, "%" PRIu32, path->index);
}

/* Lines for a value and everything inside it. */
static void put_lines(struct azb_output *out, const msgpack_object *value,
                      const struct key_path *path)
{
    enum guard guard = out->is_terminal ? PRINTABLE : ESCAPED;
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
            put_path(&out->buf, path, guard);
            azb_buf_puts(&out->buf, out->format == AZB_FORMAT_TSV ? "\t" : ": ");
        }
        put_cell(&out->buf, value, guard);
        azb_buf_append(&out->buf, "\n", 1);
    }
}

int azb_output_value(struct azb_output *out, const msgpack_object *value, struct azb_error *err)
{
    struct chosen chosen;

    if (out->fields != NULL && value->type == MSGPACK_OBJECT_MAP) {
        if (choose(out->fields, value, &chosen, err) < 0)
            return -1;
        value = &chosen.map;
    }
    if (out->format == AZB_FORMAT_TEXT || out->format == AZB_FORMAT_TSV) {
        put_lines(out, value, NULL);
        return azb_output_flush_if_full(out, err);
    }
    if (azb_json_write(&out->buf, value, out->format == AZB_FORMAT_JSON, err) < 0)
        return -1;
    azb_buf_append(&out->buf, "\n", 1);
    return azb_output_flush_if_full(out, err);
}
