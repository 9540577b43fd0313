/*
 * batch.c: many small operations in few requests: up to 256 sub-requests each, every one built
 * from the row of its own method and signed for itself. Answers leave as they are parsed, each
 * with the place and the name that it belongs to. A request that breaks off, or parts of which
 * are refused for the moment, is repeated with those that have no answer. A call that streams
 * has several requests under way. Follows: "Blob Batch".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/auth/sign.h"
#include "lib/codec/multipart.h"
#include "lib/op.h"
#include "proto/value.h"

enum {
    MAX_PARTS = 256,
    MAX_GROUPS = 4, /* requests side by side, of a call that streams its answers */
    MAX_BODY_BYTES = 4 * 1024 * 1024,
    SUB_HEADROOM = 16 * 1024, /* more than any one sub-request has */
};

/* One request: up to MAX_PARTS entries, until each has its answer. */
struct group {
    struct azb_op op; /* first, so that an op is its group */
    struct azb_buf body;
    char boundary[48];
    char content_type[96];
    struct azb_multipart *multipart;
    uint32_t entries[MAX_PARTS]; /* Content-ID -> entry; those behind n_sent found no room */
    bool answered[MAX_PARTS];
    unsigned n_entries;
    unsigned n_sent;
    struct azb_error
        put_off; /* of a part that will be asked again, one that may have run first */
};

struct batch {
    const msgpack_object *entries; /* blobs */
    uint32_t n_entries;
    uint32_t next; /* first entry that is in no request yet */
    struct group *groups[MAX_GROUPS];
    unsigned n_groups;
    unsigned n_running;
    struct azb_buf parts; /* without stream: the answers */
    struct azb_buf item;
    uint32_t n_answers;
    uint32_t n_failed;
    struct azb_error first_failure;
    char first_failed[128];
};

static struct batch *batch_of(struct azb_call *call)
{
    return call->driver_state;
}

static struct group *group_of(struct azb_op *op)
{
    return (struct group *)op;
}

/* ---- arguments of one entry ---- */

/* The batch's row says how the SDK calls the parameters in an entry. */
static int set_from_map(struct azb_args *args, const struct azb_alias *aliases,
                        const msgpack_object_map *map, struct azb_error *err)
{
    for (uint32_t i = 0; i < map->size; i++) {
        const char *name;
        size_t n;

        if (!azb_value_bytes(&map->ptr[i].key, &name, &n))
            return azb_error_set(err, AZB_ERR_WRONG_TYPE, "a key is %s",
                                 azb_value_type_name(&map->ptr[i].key));
        for (const struct azb_alias *alias = aliases; alias->name != NULL; alias++)
            if (azb_value_is(&map->ptr[i].key, alias->name)) {
                name = alias->param;
                n = strlen(name);
            }
        if (azb_args_set(args, name, n, &map->ptr[i].val, err) < 0)
            return -1;
    }
    return 0;
}

/* What a call says for all entries wins over what an entry says. */
static int set_for_all(struct azb_args *args, const struct azb_args *call,
                       struct azb_error *err)
{
    const struct azb_method *method = call->method;

    for (unsigned i = 0; i < method->n_own; i++) {
        const char *name = method->params[i]->name;
        size_t n = strlen(name);

        if (call->values[i] != NULL && azb_method_param(args->method, name, n) >= 0 &&
            azb_args_set(args, name, n, call->values[i], err) < 0)
            return -1;
    }
    return 0;
}

static int entry_args(const struct azb_call *call, uint32_t entry_i, struct azb_args *args,
                      struct azb_error *err)
{
    static const msgpack_object if_not_modified = {
        .type = MSGPACK_OBJECT_STR, .via.str = {sizeof("IfNotModified") - 1, "IfNotModified"}};
    const struct batch *batch = call->driver_state;
    const msgpack_object *entry = &batch->entries[entry_i];
    const msgpack_object_map *map = azb_value_map(entry);
    struct azb_error why = {0};
    int rc;

    azb_args_begin(args, call->method->sub);
    rc = map != NULL ? set_from_map(args, call->method->row->aliases, map, &why)
                     : azb_args_set(args, "blob", 4, entry, &why);
    if (rc == 0)
        rc = set_for_all(args, &call->args, &why);
    if (rc == 0 && azb_args_get(args, "etag") != NULL &&
        azb_args_get(args, "match_condition") == NULL)
        rc = azb_args_set(args, "match_condition", 15, &if_not_modified, &why);
    if (rc == 0)
        rc = azb_args_end(args, &why);
    if (rc < 0)
        azb_error_set(err, why.what, "%s: 'blobs' entry %u: %.400s", call->method->row->method,
                      entry_i, why.message);
    return rc;
}

/* ---- the request ---- */

/* One sub-request's text. Follows: "Blob Batch", request body. */
static int add_part(struct group *group, unsigned content_id, const char *date,
                    struct azb_error *err)
{
    struct azb_call *call = group->op.call;
    struct azb_buf *scratch = &call->engine->scratch;
    struct azb_request req = {.arena = azb_arena_new(), .content_length = 0};
    struct azb_args args;
    const char *target = NULL;
    char id[37];
    struct azb_stamp stamp = {NULL, date, id};
    int rc = -1;

    azb_engine_uuid(call->engine, id);
    if (req.arena == NULL) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a batch");
        goto out;
    }
    if (entry_args(call, group->entries[content_id], &args, err) < 0 ||
        azb_request_build(&req, &args, &call->account->primary, call->account->is_https,
                          scratch, err) < 0 ||
        azb_sign(&req, call->account, &stamp, scratch, err) < 0)
        goto out;
    target = azb_request_target(&req, call->account, "", scratch);
    if (target == NULL) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a batch");
        goto out;
    }
    azb_buf_printf(&group->body,
                   "--%s\r\nContent-Type: application/http\r\n"
                   "Content-Transfer-Encoding: binary\r\nContent-ID: %u\r\n\r\n",
                   group->boundary, content_id);
    azb_buf_puts(&group->body, req.verb);
    azb_buf_puts(&group->body, " ");
    azb_buf_puts(&group->body, target);
    azb_buf_puts(&group->body, " HTTP/1.1\r\n");
    for (unsigned i = 0; i < req.n_headers; i++) {
        azb_buf_puts(&group->body, req.headers[i].name);
        azb_buf_puts(&group->body, ": ");
        azb_buf_puts(&group->body, req.headers[i].value);
        azb_buf_puts(&group->body, "\r\n");
    }
    azb_buf_puts(&group->body, "Content-Length: 0\r\n\r\n");
    rc = 0;
out:
    azb_arena_free(req.arena);
    return rc;
}

/* Forget the entries that have their answer. */
static void group_compact(struct group *group)
{
    unsigned n_kept = 0;

    for (unsigned i = 0; i < group->n_entries; i++)
        if (!group->answered[i])
            group->entries[n_kept++] = group->entries[i];
    group->n_entries = n_kept;
    group->n_sent = 0;
    memset(group->answered, 0, sizeof(group->answered));
}

static int build_body(struct azb_op *op, struct azb_error *err)
{
    struct group *group = group_of(op);
    struct azb_engine *engine = op->call->engine;
    int64_t now_s = (int64_t)time(NULL) + azb_endpoint_clock_offset(op->endpoint);
    char date[32], uuid[37];

    group_compact(group);
    azb_engine_uuid(engine, uuid);
    snprintf(group->boundary, sizeof(group->boundary), "batch_%s", uuid);
    snprintf(group->content_type, sizeof(group->content_type), "multipart/mixed; boundary=%s",
             group->boundary);
    snprintf(date, sizeof(date), "%s", azb_engine_date(engine, now_s));
    group->body.len = 0;
    while (group->n_sent < group->n_entries &&
           group->body.len + SUB_HEADROOM < MAX_BODY_BYTES) {
        if (add_part(group, group->n_sent, date, err) < 0)
            return -1;
        group->n_sent++;
    }
    azb_buf_printf(&group->body, "--%s--\r\n", group->boundary);
    op->body = group->body.data;
    op->body_bytes = op->req.content_length = (int64_t)group->body.len;
    return group->body.failed ? azb_error_set(err, AZB_ERR_NO_MEMORY, "a batch") : 0;
}

static int on_build(struct azb_op *op, const struct azb_location *location,
                    struct azb_error *err)
{
    struct azb_call *call = op->call;

    if (azb_request_build(&op->req, &call->args, location, call->account->is_https,
                          &call->engine->scratch, err) < 0 ||
        build_body(op, err) < 0)
        return -1;
    return azb_request_header(&op->req, "Content-Type", group_of(op)->content_type, err);
}

/* ---- the answers ---- */

static void part_error(const struct azb_part *part, struct azb_error *err)
{
    struct azb_fault *fault = calloc(1, sizeof(*fault));
    const char *code;
    size_t n;

    err->status = part->status;
    if (fault == NULL) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a batch's part");
        return;
    }
    code = azb_part_header(part, "x-ms-error-code", &n);
    snprintf(fault->code, sizeof(fault->code), "%.*s", (int)(n < 63 ? n : 63), code);
    azb_fault_body(fault, part->body, part->body_n);
    azb_fault_error(fault, err);
    free(fault);
}

static void entry_name(const struct batch *batch, uint32_t entry_i, const char **ret,
                       size_t *ret_n)
{
    const msgpack_object *entry = &batch->entries[entry_i];
    const msgpack_object_map *map = azb_value_map(entry);

    *ret = "";
    *ret_n = 0;
    azb_value_bytes(map != NULL ? azb_map_find(map, "name") : entry, ret, ret_n);
}

/* {index, name, status, request_id?, error?} */
static int give_answer(struct azb_call *call, uint32_t entry_i, const struct azb_part *part,
                       const struct azb_error *failure, struct azb_error *err)
{
    struct batch *batch = batch_of(call);
    struct azb_buf *buf = call->is_stream ? &batch->item : &batch->parts;
    const char *name, *request_id;
    size_t name_n, request_id_n;
    msgpack_packer pk;

    entry_name(batch, entry_i, &name, &name_n);
    request_id = azb_part_header(part, "x-ms-request-id", &request_id_n);
    if (call->is_stream)
        buf->len = 0;
    azb_buf_packer(&pk, buf);
    msgpack_pack_map(&pk, 3 + (request_id_n > 0) + (failure != NULL));
    azb_pack_str(&pk, "index");
    msgpack_pack_uint32(&pk, entry_i);
    azb_pack_str(&pk, "name");
    azb_pack_strn(&pk, name, name_n);
    azb_pack_str(&pk, "status");
    msgpack_pack_int(&pk, part->status);
    if (request_id_n > 0) {
        azb_pack_str(&pk, "request_id");
        azb_pack_strn(&pk, request_id, request_id_n);
    }
    if (failure != NULL) {
        azb_pack_str(&pk, "error");
        azb_error_pack(&pk, failure);
    }
    batch->n_answers++;
    if (buf->failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a batch");
    return call->is_stream ? call->sink.item(call->sink.arg, buf->data, buf->len, err) : 0;
}

/* Whether a part's answer is one to be asked for again; then it gets none for now. */
static bool part_put_off(struct group *group, const struct azb_part *part,
                         const struct azb_error *failure)
{
    enum azb_retry_class retry = group->op.call->method->sub->row->retry;
    size_t n;
    const char *wait = azb_part_header(part, "Retry-After", &n);

    if (!azb_retry_allowed(retry, failure, true) ||
        !azb_op_plan_retry(&group->op, failure,
                           azb_retry_after_ms(wait, n, (int64_t)time(NULL))))
        return false;
    if (!azb_retry_is_doubtful(&group->put_off, true)) /* of several, one that may have run */
        group->put_off = *failure;
    return true;
}

static int on_part(const struct azb_part *part, void *arg, struct azb_error *err)
{
    struct group *group = arg;
    struct azb_call *call = group->op.call;
    struct batch *batch = batch_of(call);
    struct azb_error failure = {0};
    bool is_success = part->status >= 200 && part->status < 300;
    uint32_t entry_i;
    const char *name;
    size_t name_n;

    if (!is_success)
        part_error(part, &failure);
    if (part->content_id < 0 && !is_success) { /* the batch was refused as a whole */
        *err = failure;
        return -1;
    }
    if (part->content_id < 0 || part->content_id >= (long)group->n_sent ||
        group->answered[part->content_id])
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE,
                             "a batch's answer to a part that was not asked");
    if (!is_success && part_put_off(group, part, &failure))
        return 0;
    group->answered[part->content_id] = true;
    entry_i = group->entries[part->content_id];
    /* gone, and an earlier attempt may have done it: that is what was wanted */
    if (part->status == 404 && group->op.is_doubtful &&
        strcmp(call->method->sub->row->verb, "DELETE") == 0)
        is_success = true;
    if (!is_success && batch->n_failed++ == 0) {
        batch->first_failure = failure;
        entry_name(batch, entry_i, &name, &name_n);
        snprintf(batch->first_failed, sizeof(batch->first_failed), "%.*s",
                 (int)(name_n < 127 ? name_n : 127), name);
    }
    return give_answer(call, entry_i, part, is_success ? NULL : &failure, err);
}

static void on_header(struct azb_op *op, const char *name, size_t name_n, const char *value,
                      size_t n)
{
    struct group *group = group_of(op);

    if (name_n == 12 && strncasecmp(name, "Content-Type", 12) == 0 && group->multipart == NULL)
        group->multipart = azb_multipart_new(value, n, on_part, group, &op->fail);
}

static size_t on_body(struct azb_op *op, const char *bytes, size_t n)
{
    const struct azb_call *call = op->call;
    struct group *group = group_of(op);

    if (call->is_stream && call->sink.is_full(call->sink.arg))
        return AZB_HTTP_PAUSE;
    if (group->multipart == NULL) {
        azb_error_set(&op->fail, AZB_ERR_BAD_RESPONSE,
                      "a batch's answer without a Content-Type");
        return 0;
    }
    return azb_multipart_push(group->multipart, bytes, n, &op->fail) < 0 ? 0 : n;
}

static int on_end(struct azb_op *op, struct azb_error *err)
{
    struct group *group = group_of(op);

    if (group->multipart == NULL)
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "a batch's answer without a body");
    if (azb_multipart_end(group->multipart, err) < 0)
        return -1;
    if (op->has_plan) {
        *err = group->put_off;
        return -1;
    }
    for (unsigned i = 0; i < group->n_sent; i++)
        if (!group->answered[i])
            return azb_error_set(err, AZB_ERR_BAD_RESPONSE,
                                 "a batch's answer lacks that of part %u", i);
    return 0;
}

static void group_end_answer(struct group *group)
{
    azb_multipart_free(group->multipart);
    group->multipart = NULL;
}

static bool on_restart(struct azb_op *op)
{
    group_end_answer(group_of(op));
    group_of(op)->put_off = (struct azb_error){0};
    op->is_built = false;
    return true;
}

/* ---- the call ---- */

static int group_next(struct group *group, struct azb_call *call, struct azb_error *err);

static void batch_finish(struct azb_call *call)
{
    struct batch *batch = batch_of(call);
    struct azb_error err = {0};
    msgpack_packer pk;

    if (batch->n_failed > 0 && azb_args_bool(&call->args, "raise_on_any_failure", true)) {
        err = batch->first_failure;
        azb_error_set(&err, AZB_ERR_PARTIAL_BATCH, "%u of %u failed; the first: %s: %s: %.300s",
                      batch->n_failed, batch->n_entries, batch->first_failed,
                      batch->first_failure.code, batch->first_failure.message);
        err.status = 202;
        azb_call_finish(call, &err);
        return;
    }
    azb_buf_packer(&pk, &call->result);
    if (call->is_stream) {
        msgpack_pack_map(&pk, 2);
        azb_pack_str(&pk, "count");
        msgpack_pack_uint32(&pk, batch->n_answers);
        azb_pack_str(&pk, "failed");
        msgpack_pack_uint32(&pk, batch->n_failed);
    } else {
        msgpack_pack_map(&pk, 1);
        azb_pack_str(&pk, "parts");
        msgpack_pack_array(&pk, batch->n_answers);
        azb_buf_append(&call->result, batch->parts.data, batch->parts.len);
    }
    azb_call_finish(call, NULL);
}

static void on_done(struct azb_op *op, const struct azb_error *err)
{
    struct azb_call *call = op->call;
    struct batch *batch = batch_of(call);
    struct azb_error next_err = {0};

    batch->n_running--;
    if (err != NULL)
        azb_call_finish(call, err);
    else if (group_next(group_of(op), call, &next_err) < 0)
        azb_call_finish(call, &next_err);
    else if (batch->n_running == 0)
        batch_finish(call);
}

/* The next request: what found no room in the one before, else new entries. */
static int group_next(struct group *group, struct azb_call *call, struct azb_error *err)
{
    static const struct azb_op_hooks hooks = {.build = on_build,
                                              .header = on_header,
                                              .body = on_body,
                                              .end = on_end,
                                              .restart = on_restart,
                                              .done = on_done};
    struct batch *batch = batch_of(call);

    group_end_answer(group);
    group_compact(group);
    while (group->n_entries < MAX_PARTS && batch->next < batch->n_entries)
        group->entries[group->n_entries++] = batch->next++;
    if (group->n_entries == 0)
        return 0;
    azb_op_clear(&group->op);
    azb_op_init(&group->op, call, call->method, &hooks, NULL);
    batch->n_running++;
    return azb_op_start(&group->op, err);
}

/* Without a stream the answers are to come in the entries' order: one request after the other.
 */
static int batch_begin(struct azb_call *call, struct azb_error *err)
{
    struct batch *batch = batch_of(call);
    unsigned most = call->is_stream ? MAX_GROUPS : 1;

    while (batch->n_groups < most && batch->next < batch->n_entries) {
        struct group *group = azb_arena_zalloc(call->arena, sizeof(*group));

        if (group == NULL)
            return azb_error_set(err, AZB_ERR_NO_MEMORY, "a batch");
        batch->groups[batch->n_groups++] = group;
        if (group_next(group, call, err) < 0)
            return -1;
    }
    if (batch->n_groups == 0)
        batch_finish(call);
    return 0;
}

static int batch_start(struct azb_call *call, struct azb_error *err)
{
    struct batch *batch = azb_arena_zalloc(call->arena, sizeof(*batch));
    const msgpack_object *blobs = azb_args_get(&call->args, "blobs");
    struct azb_args args;

    if (batch == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a batch");
    call->driver_state = batch;
    batch->entries = blobs->via.array.ptr;
    batch->n_entries = blobs->via.array.size;
    for (uint32_t i = 0; i < batch->n_entries; i++) /* all of them, before anything is sent */
        if (entry_args(call, i, &args, err) < 0)
            return -1;
    return batch_begin(call, err);
}

static void batch_stop(struct azb_call *call)
{
    struct batch *batch = call->driver_state;

    for (unsigned i = 0; batch != NULL && i < batch->n_groups; i++) {
        azb_op_clear(&batch->groups[i]->op);
        group_end_answer(batch->groups[i]);
    }
}

static void batch_clear(struct azb_call *call)
{
    struct batch *batch = batch_of(call);

    for (unsigned i = 0; i < batch->n_groups; i++)
        azb_buf_clear(&batch->groups[i]->body);
    azb_buf_clear(&batch->parts);
    azb_buf_clear(&batch->item);
}

static void batch_resume(struct azb_call *call)
{
    struct batch *batch = batch_of(call);

    for (unsigned i = 0; i < batch->n_groups; i++)
        azb_op_resume(&batch->groups[i]->op);
}

const struct azb_driver azb_batch_driver = {
    .start = batch_start,
    .stop = batch_stop,
    .clear = batch_clear,
    .resume = batch_resume,
};
