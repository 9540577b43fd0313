/*
 * lookup.c: recognising our own deed.
 */
#include "lib/stream/lookup.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "lib/codec/time.h"

enum {
    CLOCK_MARGIN_S = 2, /* Last-Modified has whole seconds */
};

/* The lookup's placeholders take the call's, in order: {name} of one is {container} of the
 * other. A blob with a key of the caller's shows itself to nobody without it. */
static void lookup_args(struct azb_lookup *lookup, struct azb_call *call,
                        const struct azb_method *to)
{
    const struct azb_method *from = call->args.method;
    const char *p = from->row->path, *q = to->row->path;
    int key = azb_method_param(to, "cpk", 3);

    memset(&lookup->args, 0, sizeof(lookup->args));
    lookup->args.method = to;
    if (key >= 0)
        lookup->args.values[key] = azb_args_get(&call->args, "cpk");
    for (;;) {
        int i, k;

        p = strchr(p, '{');
        q = strchr(q, '{');
        if (p == NULL || q == NULL)
            return;
        p++, q++;
        i = azb_method_param(from, p, strcspn(p, "}"));
        k = azb_method_param(to, q, strcspn(q, "}"));
        if (i >= 0 && k >= 0)
            lookup->args.values[k] = call->args.values[i];
    }
}

static int on_build(struct azb_op *op, const struct azb_location *location,
                    struct azb_error *err)
{
    struct azb_lookup *lookup = (struct azb_lookup *)op;
    const char *range;

    if (azb_request_build(&op->req, &lookup->args, location, op->call->account->is_https,
                          &op->call->engine->scratch, err) < 0)
        return -1;
    if (lookup->bytes == NULL)
        return 0;
    range = azb_arena_printf(op->arena, "bytes=%" PRId64 "-%" PRId64, lookup->offset,
                             lookup->offset + (int64_t)lookup->n - 1);
    if (range == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a request");
    return azb_request_header(&op->req, "x-ms-range", range, err);
}

static bool is_ours(const struct azb_lookup *lookup)
{
    const struct azb_op *op = &lookup->op;
    const struct azb_call *call = op->call;
    uint64_t elapsed_ms = azb_http_now_ms() - call->started_ms;
    int64_t began_s = (int64_t)time(NULL) - (int64_t)(elapsed_ms / 1000) +
                      azb_endpoint_clock_offset(op->endpoint) - CLOCK_MARGIN_S;
    const char *text;
    size_t n = 0;
    int64_t modified_s;

    text = azb_decoder_get_bytes(op->decoder, "last_modified", &n);
    if (text == NULL || azb_time_from_rfc3339(text, n, &modified_s) < 0 || modified_s < began_s)
        return false;
    if (lookup->size_bytes >= 0 && op->content_length != lookup->size_bytes)
        return false;
    if (lookup->md5 != NULL) {
        text = azb_decoder_get_bytes(op->decoder, "content_md5", &n);
        if (text != NULL && (n != 16 || memcmp(text, lookup->md5, 16) != 0))
            return false;
    }
    return true;
}

static bool are_ours(const struct azb_lookup *lookup)
{
    const struct azb_op *op = &lookup->op;

    return op->attempt.status == 206 && op->content_length == (int64_t)lookup->n &&
           lookup->n_same == lookup->n;
}

static void on_done(struct azb_op *op, const struct azb_error *err)
{
    struct azb_lookup *lookup = (struct azb_lookup *)op;
    bool is_found = err == NULL;

    /* 416: the blob ends before it */
    lookup->is_denied = !is_found && err->what != AZB_ERR_NOT_FOUND && err->status != 416;
    lookup->cb(op->call,
               is_found && (lookup->bytes != NULL ? are_ours(lookup) : is_ours(lookup)),
               op->decoder);
}

/* Once a byte differs, n_same stays behind. */
static size_t on_body(struct azb_op *op, const char *bytes, size_t n)
{
    struct azb_lookup *lookup = (struct azb_lookup *)op;

    if (lookup->bytes != NULL && n <= lookup->n - lookup->n_same &&
        memcmp(lookup->bytes + lookup->n_same, bytes, n) == 0)
        lookup->n_same += n;
    return n;
}

static int on_end(struct azb_op *op, struct azb_error *err)
{
    (void)op, (void)err;
    return 0;
}

static bool on_restart(struct azb_op *op)
{
    ((struct azb_lookup *)op)->n_same = 0;
    azb_decoder_reset(op->decoder);
    return true;
}

static struct azb_lookup *lookup_new(struct azb_call *call, const struct azb_method *method,
                                     azb_lookup_cb *cb)
{
    static const struct azb_op_hooks hooks = {.build = on_build,
                                              .body = on_body,
                                              .end = on_end,
                                              .restart = on_restart,
                                              .done = on_done};
    struct azb_lookup *lookup;
    struct azb_decoder *decoder;

    if (method == NULL)
        return NULL;
    lookup = azb_arena_zalloc(call->arena, sizeof(*lookup));
    decoder = azb_decoder_new(call->method->shape, NULL, NULL);
    if (lookup == NULL || decoder == NULL) {
        azb_decoder_free(decoder);
        return NULL;
    }
    lookup_args(lookup, call, method);
    lookup->cb = cb;
    azb_op_init(&lookup->op, call, method, &hooks, decoder);
    lookup->op.no_secondary = true; /* which may not have heard of it yet */
    return lookup;
}

/* Returns the lookup, or NULL when there is none or it cannot leave. */
static struct azb_lookup *lookup_send(struct azb_lookup *lookup)
{
    struct azb_error ignored = {0};

    if (lookup == NULL || azb_op_start(&lookup->op, &ignored) == 0)
        return lookup;
    azb_lookup_stop(lookup);
    return NULL;
}

struct azb_lookup *azb_lookup_start(struct azb_call *call, int64_t size_bytes,
                                    const unsigned char *md5, azb_lookup_cb *cb)
{
    struct azb_lookup *lookup = lookup_new(call, call->method->lookup, cb);

    if (lookup != NULL) {
        lookup->size_bytes = size_bytes;
        lookup->md5 = md5;
    }
    return lookup_send(lookup);
}

struct azb_lookup *azb_lookup_start_bytes(struct azb_call *call,
                                          const struct azb_method *method, int64_t offset,
                                          const void *bytes, size_t n, azb_lookup_cb *cb)
{
    struct azb_lookup *lookup = lookup_new(call, method, cb);

    if (lookup != NULL) {
        lookup->bytes = bytes;
        lookup->n = n;
        lookup->offset = offset;
    }
    return lookup_send(lookup);
}

void azb_lookup_stop(struct azb_lookup *lookup)
{
    if (lookup != NULL)
        azb_op_clear(&lookup->op);
}
