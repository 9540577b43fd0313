/*
 * avro.h: the answer of a query: an Avro object container file whose records are bytes of the
 * result, errors, progress and the end. Which record has which fields, and in what order, the
 * schema at the file's beginning says.
 *
 * It is read as it arrives, cut anywhere. A result's bytes are handed on where they lie; what
 * is held is the schema for a moment, and the texts of one error.
 */
#ifndef AZB_LIB_CODEC_AVRO_H
#define AZB_LIB_CODEC_AVRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "proto/error.h"

enum {
    AZB_AVRO_MAX_HEADER = 256 * 1024,        /* bytes before the first block */
    AZB_AVRO_MAX_BLOCK = 1024 * 1024 * 1024, /* bytes of one block */
    AZB_AVRO_MAX_TEXT = 8 * 1024,            /* bytes of an error's name or description */
};

/* What went wrong with some of the blob's content. Texts are UTF-8 without a NUL. */
struct azb_avro_error {
    bool is_fatal; /* the query stopped there */
    const char *name;
    const char *description;
    int64_t position; /* in the blob, bytes */
};

/* Each returns 0, or -1 with *err set, which ends the reading. All is borrowed for the call. */
struct azb_avro_events {
    int (*data)(const void *bytes, size_t n, void *arg, struct azb_error *err);
    int (*error)(const struct azb_avro_error *error, void *arg, struct azb_error *err);
    int (*progress)(int64_t bytes_scanned, int64_t total_bytes, void *arg,
                    struct azb_error *err);
    int (*end)(int64_t total_bytes, void *arg, struct azb_error *err);
};

struct azb_avro;

/* events is borrowed for the reader's life. Returns NULL when there is no memory. */
struct azb_avro *azb_avro_new(const struct azb_avro_events *events, void *arg);
void azb_avro_free(struct azb_avro *avro);

/*
 * Bytes of the file; then, when all have come, the end. Return 0, or -1 with BAD_RESPONSE (not
 * such a file, a schema of other records, compressed, a length or a count that does not fit, a
 * wrong sync marker), SHORT_BODY (cut off, or without its end record), NO_MEMORY, or what an
 * event set. After -1 only azb_avro_free() may follow.
 */
int azb_avro_push(struct azb_avro *avro, const void *bytes, size_t n, struct azb_error *err);
int azb_avro_end(struct azb_avro *avro, struct azb_error *err);

#endif
