/*
 * output.h: results on their way to stdout.
 */
#ifndef AZB_CLIENT_OUTPUT_H
#define AZB_CLIENT_OUTPUT_H

#include <stdbool.h>
#include "client/options.h"
#include "proto/buf.h"
#include "proto/error.h"

struct azb_output {
    struct azb_buf buf;
    enum azb_format format;
    char end;             /* of a line of text: '\n' or NUL */
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
 * One row of a list: under json and jsonl the whole value, under tsv the named columns
 * (tab, newline and backslash in them escaped as \t, \n and \\). The caller writes text rows
 * itself. columns ends with NULL; a value that is no map is its first column.
 */
int azb_output_row(struct azb_output *out, const msgpack_object *value,
                   const char *const *columns, struct azb_error *err);

/* Whoever read our stdout has gone: end as a program that knows nothing of SIGPIPE does. */
void azb_end_by_sigpipe(void);

/* After the last row, also when there was none: closes the array that json rows stand in. */
void azb_output_rows_end(struct azb_output *out);

/* One value alone: JSON, or `key: value` lines (tsv: key, tab, value) with dotted keys for
 * what is nested. */
int azb_output_value(struct azb_output *out, const msgpack_object *value,
                     struct azb_error *err);

/* A scalar as text: bytes as they are for str, base64 for bin, "" for nil. */
void azb_output_scalar(struct azb_buf *buf, const msgpack_object *value);

#endif
