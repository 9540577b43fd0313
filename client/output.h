/*
 * output.h: results on their way to stdout.
 */
#ifndef AZB_CLIENT_OUTPUT_H
#define AZB_CLIENT_OUTPUT_H

#include <stdbool.h>
#include "client/options.h"
#include "proto/buf.h"
#include "proto/error.h"

/* A column of rows. */
struct azb_column {
    const char
        *field;   /* NULL: after the last one. May be a path: content_settings.content_type */
    int width;    /* on a terminal; below 0: to the right; 0: as long as it is */
    bool is_size; /* bytes, for people as 1.5M if they like */
};

struct azb_output {
    struct azb_buf buf;
    enum azb_format format;
    const char *fields; /* the only ones wanted, with commas between; NULL: all, or columns */
    char end;           /* of a line of text: '\n' or NUL */
    bool is_human;
    bool is_terminal;
    unsigned long n_rows; /* written by azb_output_row() */
    int failed_errno;     /* why stdout can take no more; 0: it can */
};

/*
 * Write out what has collected. Returns 0, or -1 with LOCAL_IO. When the reader of a pipe has
 * gone this ends the process as SIGPIPE does. No write error is ever lost: the buffer's owner
 * calls this before it ends.
 */
int azb_output_flush(struct azb_output *out, struct azb_error *err);

/* The same, once there is enough to be worth a write: after each piece of a long output. */
int azb_output_flush_if_full(struct azb_output *out, struct azb_error *err);

/*
 * One row of a list: under json and jsonl the whole value, under tsv the columns (tab, newline
 * and backslash in them escaped as \t, \n and \\). Text is for people on a terminal (aligned,
 * nothing in it moves the cursor); elsewhere it is as tsv, but one column alone and what ends
 * with NUL is written as it is. A value that is no map is its first column.
 */
int azb_output_row(struct azb_output *out, const msgpack_object *value,
                   const struct azb_column *columns, struct azb_error *err);

/* The same for a value that is packed. */
int azb_output_packed_row(struct azb_output *out, const struct azb_buf *packed,
                          const struct azb_column *columns, struct azb_error *err);

/* A name within a line of text, kept from ending the line or from moving a terminal's cursor;
 * as it is where lines end with NUL. */
void azb_output_name(struct azb_output *out, const char *name);

/* Whoever read our stdout has gone: end as a program that knows nothing of SIGPIPE does. */
void azb_end_by_sigpipe(void);

/* After the last row, also when there was none: closes the array that json rows stand in. */
void azb_output_rows_end(struct azb_output *out);

/* One value alone: JSON, or `key: value` lines (tsv: key, tab, value) with dotted keys for
 * what is nested. */
int azb_output_value(struct azb_output *out, const msgpack_object *value,
                     struct azb_error *err);

/* A size for people: 512, 1.5K, 12M. */
void azb_output_size(struct azb_buf *buf, uint64_t bytes);

/* The value at a path of field names with dots between (or under that very name); or NULL. */
const msgpack_object *azb_output_field(const msgpack_object *value, const char *path,
                                       size_t path_bytes);

/* A scalar as text: bytes as they are for str, base64 for bin, "" for nil. */
void azb_output_scalar(struct azb_buf *buf, const msgpack_object *value);

#endif
