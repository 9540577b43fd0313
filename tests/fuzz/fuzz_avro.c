/*
 * fuzz_avro.c: answers of queries. The first byte is the size of pieces in which the rest goes
 * in; what comes out must be the same as when it goes in whole.
 */
#include "lib/codec/avro.h"

#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* What came out, but for where data was cut. */
struct output {
    struct azb_buf data;
    struct azb_buf rest;
    struct azb_error err;
    int rc;
};

static int on_data(const void *bytes, size_t n, void *arg, struct azb_error *err)
{
    struct output *output = arg;

    (void)err;
    azb_buf_append(&output->data, bytes, n);
    return 0;
}

static int on_error(const struct azb_avro_error *error, void *arg, struct azb_error *err)
{
    struct output *output = arg;

    (void)err;
    if (strlen(error->name) > AZB_AVRO_MAX_TEXT ||
        strlen(error->description) > AZB_AVRO_MAX_TEXT)
        abort();
    azb_buf_printf(&output->rest, "e%d,%s,%s,%lld;", error->is_fatal, error->name,
                   error->description, (long long)error->position);
    return 0;
}

static int on_progress(int64_t bytes_scanned, int64_t total_bytes, void *arg,
                       struct azb_error *err)
{
    struct output *output = arg;

    (void)err;
    azb_buf_printf(&output->rest, "p%lld,%lld;", (long long)bytes_scanned,
                   (long long)total_bytes);
    return 0;
}

static int on_end(int64_t total_bytes, void *arg, struct azb_error *err)
{
    struct output *output = arg;

    (void)err;
    azb_buf_printf(&output->rest, "x%lld;", (long long)total_bytes);
    return 0;
}

static struct output read_file(const uint8_t *bytes, size_t n, size_t piece)
{
    static const struct azb_avro_events events = {on_data, on_error, on_progress, on_end};
    struct output output = {.rc = 0};
    struct azb_avro *avro = azb_avro_new(&events, &output);

    if (avro == NULL)
        abort();
    for (size_t at = 0; output.rc == 0 && at < n; at += piece)
        output.rc =
            azb_avro_push(avro, bytes + at, n - at < piece ? n - at : piece, &output.err);
    if (output.rc == 0)
        output.rc = azb_avro_end(avro, &output.err);
    azb_avro_free(avro);
    if (output.rc < 0 &&
        (output.err.message[0] == '\0' ||
         (output.err.what != AZB_ERR_SHORT_BODY && output.err.what != AZB_ERR_BAD_RESPONSE)))
        abort();
    return output;
}

static bool is_same(const struct azb_buf *a, const struct azb_buf *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct output whole, pieces;

    if (n == 0)
        return 0;
    whole = read_file(bytes + 1, n - 1, n);
    pieces = read_file(bytes + 1, n - 1, (size_t)bytes[0] + 1);
    if (whole.rc != pieces.rc || !is_same(&whole.data, &pieces.data) ||
        !is_same(&whole.rest, &pieces.rest) ||
        strcmp(whole.err.message, pieces.err.message) != 0 || whole.data.len > n)
        abort();
    azb_buf_clear(&whole.data);
    azb_buf_clear(&whole.rest);
    azb_buf_clear(&pieces.data);
    azb_buf_clear(&pieces.rest);
    return 0;
}
