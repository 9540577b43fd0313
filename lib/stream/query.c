/*
 * query.c: a query over a blob: bytes of the result, errors and progress as the answer's
 * records bring them.
 *
 * An answer that breaks off before anything of it has left is asked for again. Afterwards that
 * cannot be: another run may cut the result elsewhere, and there is no offset to ask from. The
 * result is whole when the record of its end has come.
 */
#include <stdio.h>
#include <string.h>

#include "lib/codec/avro.h"
#include "lib/op.h"
#include "lib/stream/output.h"
#include "lib/stream/query_body.h"

enum {
    MAX_ERRORS = 1000, /* kept for a result; all are counted */
};

struct query {
    struct azb_op op;
    struct azb_output output;
    struct azb_body body;
    struct azb_avro *avro;
    bool has_head;          /* of the result: in call->result, or sent as an item */
    uint64_t n_bytes;       /* of the result so far */
    struct azb_claim claim; /* of memory, for a result inline */
    size_t data_at;         /* where in call->result the data's length belongs */
    int64_t total_bytes;
    uint32_t n_errors;
    struct azb_buf errors; /* encoded; MAX_ERRORS at most */
};

static struct query *query_of(struct azb_call *call)
{
    return call->driver_state;
}

static int no_memory(struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_NO_MEMORY, "a query's result");
}

/* ---- what leaves ---- */

/* A number that is filled in later: as bin 32 and map 16 have them. */
static void patch_number(struct azb_buf *buf, size_t at, unsigned n_bytes, uint64_t number)
{
    for (unsigned i = 0; i < n_bytes; i++)
        buf->data[at + i] = (unsigned char)(number >> (8 * (n_bytes - 1 - i)));
}

/* The result's beginning: {properties, and for a result inline: data, whose bytes follow. */
static void begin_result(struct azb_call *call)
{
    static const unsigned char bin_32[5] = {0xc6};
    struct query *query = query_of(call);
    msgpack_packer pk;

    azb_decoder_emit(query->op.decoder, azb_call_param, call, &call->result);
    if (query->output.kind != AZB_OUTPUT_INLINE)
        return;
    azb_buf_packer(&pk, &call->result);
    azb_pack_str(&pk, "data");
    query->data_at = call->result.len + 1;
    azb_buf_append(&call->result, bin_32, sizeof(bin_32));
}

static void pack_int(msgpack_packer *pk, const char *key, int64_t value)
{
    azb_pack_str(pk, key);
    msgpack_pack_int64(pk, value);
}

/* The rest of it. The decoder wrote a map 16 of one pair: now there are more. */
static void end_result(struct azb_call *call)
{
    struct query *query = query_of(call);
    bool is_inline = query->output.kind == AZB_OUTPUT_INLINE;
    msgpack_packer pk;

    azb_buf_packer(&pk, &call->result);
    pack_int(&pk, "size", (int64_t)query->n_bytes);
    pack_int(&pk, "total_bytes", query->total_bytes);
    pack_int(&pk, "error_count", query->n_errors);
    if (!call->is_stream) {
        azb_pack_str(&pk, "errors");
        msgpack_pack_array(&pk, query->n_errors < MAX_ERRORS ? query->n_errors : MAX_ERRORS);
        azb_buf_append(&call->result, query->errors.data, query->errors.len);
    }
    if (call->result.failed)
        return;
    patch_number(&call->result, 1, 2, 4 + !call->is_stream + is_inline);
    if (is_inline)
        patch_number(&call->result, query->data_at, 4, query->n_bytes);
}

/* Before anything else leaves: what the headers said. */
static int send_head(struct azb_call *call, struct azb_error *err)
{
    struct query *query = query_of(call);

    if (query->has_head)
        return 0;
    query->has_head = true;
    begin_result(call);
    if (call->result.failed)
        return no_memory(err);
    if (!call->is_stream)
        return 0;
    return call->sink.item(call->sink.arg, call->result.data, call->result.len, err);
}

static void pack_error(msgpack_packer *pk, const struct azb_avro_error *error)
{
    msgpack_pack_map(pk, 4);
    azb_pack_str(pk, "error");
    azb_pack_str(pk, error->name);
    azb_pack_str(pk, "is_fatal");
    msgpack_pack_false(pk);
    azb_pack_str(pk, "description");
    azb_pack_str(pk, error->description);
    pack_int(pk, "position", error->position);
}

static int send_error_item(struct azb_call *call, const struct azb_avro_error *error,
                           struct azb_error *err)
{
    struct azb_buf item = {0};
    msgpack_packer pk;
    int rc;

    azb_buf_packer(&pk, &item);
    msgpack_pack_map(&pk, 1);
    azb_pack_str(&pk, "error");
    pack_error(&pk, error);
    rc = item.failed ? no_memory(err)
                     : call->sink.item(call->sink.arg, item.data, item.len, err);
    azb_buf_clear(&item);
    return rc;
}

/* ---- records ---- */

static int on_data(const void *bytes, size_t n, void *arg, struct azb_error *err)
{
    struct azb_call *call = arg;
    struct query *query = query_of(call);
    size_t limit = call->engine->options.max_inline_bytes;

    if (send_head(call, err) < 0)
        return -1;
    query->n_bytes += n;
    if (query->output.kind == AZB_OUTPUT_INLINE && query->n_bytes > limit)
        return azb_error_set(err, AZB_ERR_TOO_LARGE,
                             "the result has more than %zu bytes (max_inline_bytes): use "
                             "stream: true or fd: true",
                             limit);
    return azb_output_put(&query->output, bytes, n, err);
}

static int fatal_error(const struct azb_avro_error *error, struct azb_error *err)
{
    azb_error_set(err, AZB_ERR_SERVICE, "the query ended at position %lld with %.200s: %.200s",
                  (long long)error->position, error->name, error->description);
    if (error->name[0] != '\0' && strlen(error->name) < sizeof(err->code))
        snprintf(err->code, sizeof(err->code), "%s", error->name);
    return -1;
}

static int on_error(const struct azb_avro_error *error, void *arg, struct azb_error *err)
{
    struct azb_call *call = arg;
    struct query *query = query_of(call);
    msgpack_packer pk;

    if (error->is_fatal)
        return fatal_error(error, err);
    if (send_head(call, err) < 0)
        return -1;
    query->n_errors++;
    if (call->is_stream)
        return send_error_item(call, error, err);
    if (query->n_errors <= MAX_ERRORS) {
        azb_buf_packer(&pk, &query->errors);
        pack_error(&pk, error);
    }
    return query->errors.failed ? no_memory(err) : 0;
}

static int on_progress(int64_t bytes_scanned, int64_t total_bytes, void *arg,
                       struct azb_error *err)
{
    struct azb_call *call = arg;
    struct azb_buf map = {0};
    msgpack_packer pk;
    int rc;

    if (!call->is_stream)
        return 0;
    if (send_head(call, err) < 0)
        return -1;
    azb_buf_packer(&pk, &map);
    msgpack_pack_map(&pk, 2);
    pack_int(&pk, "bytes_scanned", bytes_scanned);
    pack_int(&pk, "total_bytes", total_bytes);
    rc = map.failed ? no_memory(err)
                    : call->sink.progress(call->sink.arg, map.data, map.len, err);
    azb_buf_clear(&map);
    return rc;
}

static int on_last(int64_t total_bytes, void *arg, struct azb_error *err)
{
    struct azb_call *call = arg;

    query_of(call)->total_bytes = total_bytes;
    return send_head(call, err);
}

static int query_renew_avro(struct azb_call *call)
{
    static const struct azb_avro_events events = {on_data, on_error, on_progress, on_last};
    struct query *query = query_of(call);

    azb_avro_free(query->avro);
    query->avro = azb_avro_new(&events, call);
    return query->avro != NULL ? 0 : -1;
}

/* ---- the request ---- */

static int on_build(struct azb_op *op, const struct azb_location *location,
                    struct azb_error *err)
{
    struct azb_call *call = op->call;

    if (azb_request_build(&op->req, &call->args, location, call->account->is_https,
                          &call->engine->scratch, err) < 0)
        return -1;
    return azb_request_header(&op->req, "Content-Type", query_of(call)->body.content_type, err);
}

static size_t on_body(struct azb_op *op, const char *bytes, size_t n)
{
    struct query *query = query_of(op->call);

    if (!azb_output_has_room(&query->output, n))
        return AZB_HTTP_PAUSE;
    return azb_avro_push(query->avro, bytes, n, &op->fail) < 0 ? 0 : n;
}

static int on_end(struct azb_op *op, struct azb_error *err)
{
    return azb_avro_end(query_of(op->call)->avro, err);
}

static bool has_left(const struct azb_call *call)
{
    const struct query *query = call->driver_state;

    switch (query->output.kind) {
    case AZB_OUTPUT_INLINE:
        return false;
    case AZB_OUTPUT_STREAM:
        return query->has_head;
    default:
        return query->n_bytes > 0;
    }
}

static bool on_restart(struct azb_op *op)
{
    struct azb_call *call = op->call;
    struct query *query = query_of(call);

    if (has_left(call) || query_renew_avro(call) < 0)
        return false;
    query->has_head = false;
    query->n_bytes = 0;
    query->n_errors = 0;
    query->errors.len = 0;
    call->result.len = 0;
    azb_decoder_reset(op->decoder);
    return true;
}

static void on_done(struct azb_op *op, const struct azb_error *err)
{
    if (err != NULL)
        azb_call_finish(op->call, err);
    else
        azb_output_finish(&query_of(op->call)->output);
}

/* ---- the call ---- */

static void on_room(struct azb_call *call)
{
    azb_op_resume(&query_of(call)->op);
}

static void on_output_finished(struct azb_call *call, const struct azb_error *err)
{
    struct azb_error no_room = {0};

    if (err == NULL) {
        end_result(call);
        if (call->result.failed) {
            no_memory(&no_room);
            err = &no_room;
        }
    }
    azb_call_finish(call, err);
}

/* How long a result is shows when it is there: as much is claimed as it may have. */
static void on_memory(void *arg)
{
    struct azb_call *call = arg;
    struct azb_error err = {0};

    if (azb_op_start(&query_of(call)->op, &err) < 0)
        azb_call_finish(call, &err);
}

static int query_start(struct azb_call *call, struct azb_error *err)
{
    static const struct azb_op_hooks hooks = {.build = on_build,
                                              .body = on_body,
                                              .end = on_end,
                                              .restart = on_restart,
                                              .done = on_done};
    struct query *query = azb_arena_zalloc(call->arena, sizeof(*query));
    struct azb_decoder *decoder;
    int rc;

    if (query == NULL)
        return no_memory(err);
    call->driver_state = query;
    if (azb_output_init(&query->output, call, on_room, on_output_finished, err) < 0 ||
        azb_query_body(&call->args, call->arena, &call->engine->scratch, &query->body, err) < 0)
        return -1;
    decoder = azb_decoder_new(call->method->shape, NULL, NULL);
    azb_op_init(&query->op, call, call->method, &hooks, decoder);
    if (decoder == NULL || query_renew_avro(call) < 0)
        return no_memory(err);
    query->op.body = query->body.bytes;
    query->op.body_bytes = (int64_t)query->body.n;
    query->op.is_bulk = call->priority == AZB_PRIORITY_BULK;
    if (query->output.kind != AZB_OUTPUT_INLINE)
        return azb_op_start(&query->op, err);
    rc = azb_budget_claim(&call->engine->budget, azb_flow_share(call->flow), &query->claim,
                          call->engine->options.max_inline_bytes, on_memory, call, err);
    return rc == 1 ? azb_op_start(&query->op, err) : rc;
}

static void query_stop(struct azb_call *call)
{
    struct query *query = call->driver_state;

    if (query == NULL)
        return;
    azb_op_clear(&query->op);
    azb_output_stop(&query->output);
    azb_budget_release(&query->claim);
}

static void query_clear(struct azb_call *call)
{
    struct query *query = query_of(call);

    azb_output_clear(&query->output);
    azb_avro_free(query->avro);
    azb_buf_clear(&query->errors);
}

static void query_resume(struct azb_call *call)
{
    azb_output_resume(&query_of(call)->output);
}

const struct azb_driver azb_query_driver = {
    .start = query_start,
    .stop = query_stop,
    .clear = query_clear,
    .resume = query_resume,
};
