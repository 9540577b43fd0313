/*
 * pager.c: listings: one page as a result, or all pages as a stream.
 *
 * In a stream, entries leave as they are parsed, and the next page is asked for as soon as this
 * one's end has named it, while its last entries are still on their way to the client. When the
 * client's window is full, the transfer pauses: nothing piles up.
 *
 * A page that breaks off in the middle is asked for again, and the entries that have left
 * already are passed over, up to the last of them, which is known by its bytes. If the listing
 * has changed meanwhile so that it is not there, the call fails rather than drop or repeat an
 * entry.
 */
#include <string.h>

#include "lib/op.h"

struct pager {
    struct azb_op op;
    struct azb_buf marker; /* of the page under way; empty: the first */
    uint64_t n_items;      /* over all pages */
    /* of the page under way */
    bool has_sent;        /* entries have left, in any attempt */
    struct azb_buf last;  /* the last of them */
    bool is_passing_over; /* up to it */
};

static int on_item(const void *item, size_t n, void *arg, struct azb_error *err)
{
    struct azb_call *call = arg;
    struct pager *pager = call->driver_state;

    if (pager->is_passing_over) {
        pager->is_passing_over = n != pager->last.len || memcmp(item, pager->last.data, n) != 0;
        return 0;
    }
    pager->has_sent = true;
    pager->n_items++;
    pager->last.len = 0;
    azb_buf_append(&pager->last, item, n);
    return call->sink.item(call->sink.arg, item, n, err);
}

/* The page under way, in place of the one that the client asked to begin with. */
static int on_build(struct azb_op *op, const struct azb_location *location,
                    struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct pager *pager = call->driver_state;

    if (azb_request_build(&op->req, &call->args, location, call->account->is_https,
                          &call->engine->scratch, err) < 0)
        return -1;
    if (pager->marker.len == 0)
        return 0;
    for (unsigned i = 0; i < op->req.n_query; i++)
        if (strcmp(op->req.query[i].name, "marker") == 0) {
            op->req.query[i].value = azb_buf_cstr(&pager->marker);
            return 0;
        }
    return azb_request_query(&op->req, "marker", azb_buf_cstr(&pager->marker), err);
}

static size_t on_body(struct azb_op *op, const char *bytes, size_t n)
{
    struct azb_call *call = op->call;

    if (call->is_stream && call->sink.is_full(call->sink.arg))
        return AZB_HTTP_PAUSE;
    return azb_decoder_xml(op->decoder, bytes, n, &op->fail) < 0 ? 0 : n;
}

static bool on_restart(struct azb_op *op)
{
    struct pager *pager = op->call->driver_state;

    pager->is_passing_over = pager->has_sent;
    azb_decoder_reset(op->decoder);
    return true;
}

static int pager_next(struct azb_call *call, struct azb_error *err);

/* The answer's NextMarker becomes the next page's marker. False: that was the last page. */
static bool pager_advance(struct pager *pager)
{
    size_t n = 0;
    const char *token = azb_decoder_get_bytes(pager->op.decoder, "continuation_token", &n);

    pager->marker.len = 0;
    if (token == NULL)
        return false;
    azb_buf_append(&pager->marker, token, n);
    return n > 0;
}

static void on_done(struct azb_op *op, const struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct pager *pager = call->driver_state;
    struct azb_error next_err = {0};
    msgpack_packer pk;

    if (err == NULL && pager->is_passing_over)
        azb_error_set(&next_err, AZB_ERR_BAD_RESPONSE,
                      "the listing changed while a broken page was asked for again");
    if (err != NULL || next_err.what != AZB_OK) {
        azb_call_finish(call, err != NULL ? err : &next_err);
        return;
    }
    if (!call->is_stream) {
        azb_decoder_emit(op->decoder, azb_call_param, call, &call->result);
        azb_call_finish(call, NULL);
        return;
    }
    if (pager_advance(pager)) {
        if (pager_next(call, &next_err) < 0)
            azb_call_finish(call, &next_err);
        return;
    }
    azb_buf_packer(&pk, &call->result);
    msgpack_pack_map(&pk, 1);
    azb_pack_str(&pk, "count");
    msgpack_pack_uint64(&pk, pager->n_items);
    azb_call_finish(call, NULL);
}

/* Ask for the page that pager->marker names. */
static int pager_next(struct azb_call *call, struct azb_error *err)
{
    static const struct azb_op_hooks hooks = {
        .build = on_build, .body = on_body, .restart = on_restart, .done = on_done};
    struct pager *pager = call->driver_state;
    bool on_secondary = pager->op.on_secondary; /* pages belong together: stay with one host */
    struct azb_decoder *decoder = pager->op.decoder;

    if (pager->marker.failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a listing");
    if (decoder != NULL) {
        pager->op.decoder = NULL;
        azb_decoder_reset(decoder);
    } else {
        decoder = azb_decoder_new(call->method->shape, call->is_stream ? on_item : NULL, call);
        if (decoder == NULL)
            return azb_error_set(err, AZB_ERR_NO_MEMORY, "a listing");
    }
    azb_op_clear(&pager->op);
    azb_op_init(&pager->op, call, call->method, &hooks, decoder);
    pager->op.on_secondary = on_secondary;
    pager->op.is_bulk = pager->op.may_park = true;
    pager->has_sent = pager->is_passing_over = false;
    return azb_op_start(&pager->op, err);
}

static int pager_start(struct azb_call *call, struct azb_error *err)
{
    call->driver_state = azb_arena_zalloc(call->arena, sizeof(struct pager));
    if (call->driver_state == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a listing");
    return pager_next(call, err);
}

static void pager_stop(struct azb_call *call)
{
    struct pager *pager = call->driver_state;

    if (pager == NULL)
        return;
    azb_op_clear(&pager->op);
    azb_buf_clear(&pager->marker);
    azb_buf_clear(&pager->last);
}

static void pager_resume(struct azb_call *call)
{
    struct pager *pager = call->driver_state;

    azb_op_resume(&pager->op);
}

const struct azb_driver azb_pager_driver = {
    .start = pager_start,
    .stop = pager_stop,
    .resume = pager_resume,
};
