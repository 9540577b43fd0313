/*
 * copy.c: one blob becomes another inside the service. The daemon makes the source's URL itself
 * and opens it with the source's own credential: a SAS of its account, one made for this blob
 * with the account's key, or a token.
 *
 * Within an account Copy Blob does it, whatever the blob's type and size. Between accounts, and
 * between two tokens, a block blob goes as one Put Blob From URL, or, when it is large, as
 * blocks from the URL, pinned to its ETag; a page or append blob goes by Copy Blob, in the
 * background of the service. Each step is a call of that method's own (lib/errand.h).
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/auth/sas.h"
#include "lib/auth/sign.h"
#include "lib/codec/time.h"
#include "lib/errand.h"
#include "lib/service_error.h"
#include "lib/stream/leftovers.h"
#include "proto/value.h"

enum {
    LARGEST_SINGLE = 256 * 1024 * 1024, /* beyond it parallel blocks are faster */
    BLOCK_BYTES = 64 * 1024 * 1024,
    MAX_BLOCKS = 50000,
    MAX_CONCURRENCY = 64,
    DEFAULT_CONCURRENCY = 8,
    SAS_BACKDATED_S = 15 * 60,
    SAS_VALID_S = 7 * 24 * 3600, /* a copy in the background takes its time */
};

struct copy;

/* One block on its way. */
struct block {
    struct copy *copy;
    struct azb_errand *errand;
    uint64_t bytes;
};

struct copy {
    struct azb_call *call;
    struct azb_account *source;
    bool adds_if_none; /* overwrite: false, and no condition in its place */
    const char *source_url;
    const char *source_authorization; /* NULL: the URL is enough */
    struct azb_errand *errand;        /* the step under way, unless it is blocks */

    /* blocks */
    char etag[128]; /* of the source */
    uint64_t size;
    uint64_t block_bytes;
    uint64_t next; /* first byte that no block has */
    uint64_t done;
    unsigned n_blocks;
    unsigned n_out;
    unsigned n_slots;
    struct block slots[MAX_CONCURRENCY];
    struct azb_upload_id id;
    struct azb_errand_params commit;
};

static void copy_fail(struct copy *copy, const struct azb_error *err)
{
    azb_call_finish(copy->call, err);
}

/* ---- the source, and the right to read it ---- */

static bool same_text(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool is_same_account(const struct azb_account *a, const struct azb_account *b)
{
    return same_text(a->primary.origin, b->primary.origin) &&
           same_text(a->primary.base_path, b->primary.base_path) && same_text(a->name, b->name);
}

/* What the source's methods take: {container, blob, snapshot, version_id}. */
static const char *const source_names[][2] = {
    {"container", "source_container"},
    {"blob", "source_blob"},
    {"snapshot", "source_snapshot"},
    {"version_id", "source_version_id"},
};

enum {
    N_SOURCE_NAMES = sizeof(source_names) / sizeof(source_names[0]),
};

static const char *arg_text(struct azb_call *call, const char *name)
{
    const char *bytes;
    size_t n;

    if (!azb_value_bytes(azb_args_get(&call->args, name), &bytes, &n))
        return NULL;
    return azb_arena_strndup(call->arena, bytes, n);
}

static int build_source(struct copy *copy, struct azb_request *req, struct azb_error *err)
{
    struct azb_call *call = copy->call;
    static const char method[] = "blob.get_blob_properties";
    struct azb_args args;

    azb_args_begin(&args,
                   azb_registry_find(call->engine->registry, method, sizeof(method) - 1));
    for (int i = 0; i < N_SOURCE_NAMES; i++) {
        const char *name = source_names[i][0];
        const msgpack_object *value = azb_args_get(&call->args, source_names[i][1]);

        if (value != NULL && azb_args_set(&args, name, strlen(name), value, err) < 0)
            return -1;
    }
    return azb_request_build(req, &args, &copy->source->primary, copy->source->is_https,
                             &call->engine->scratch, err);
}

/* A SAS that lets this one blob be read, made with the account's key. */
static int make_sas(struct copy *copy, const char **ret, struct azb_error *err)
{
    struct azb_call *call = copy->call;
    const struct azb_account *source = copy->source;
    const char *snapshot = arg_text(call, "source_snapshot");
    const char *version = arg_text(call, "source_version_id");
    char start[AZB_RFC3339_CHARS + 1], expiry[AZB_RFC3339_CHARS + 1];
    struct azb_buf token = {0};
    struct azb_sas sas = {.scheme = AZB_SAS_OF_SERVICE};

    azb_time_to_rfc3339((int64_t)time(NULL) - SAS_BACKDATED_S, start);
    azb_time_to_rfc3339((int64_t)time(NULL) + SAS_VALID_S, expiry);
    sas.values[AZB_SAS_VERSION] = call->engine->options.api_version;
    sas.values[AZB_SAS_RESOURCE] = snapshot != NULL ? "bs" : version != NULL ? "bv" : "b";
    sas.values[AZB_SAS_TIMESTAMP] = snapshot != NULL ? snapshot : version;
    sas.values[AZB_SAS_START] = start;
    sas.values[AZB_SAS_EXPIRY] = expiry;
    sas.values[AZB_SAS_ACCOUNT] = source->name;
    sas.values[AZB_SAS_PATH] =
        azb_arena_printf(call->arena, "/blob/%s/%s/%s", source->name,
                         arg_text(call, "source_container"), arg_text(call, "source_blob"));
    if (source->is_https)
        sas.values[AZB_SAS_PROTOCOL] = "https";
    if (azb_sas_set_permission(&sas, "r", 1, err) < 0 ||
        azb_sas_token(&sas, source->key, &token, err) < 0) {
        azb_buf_clear(&token);
        return -1;
    }
    *ret = azb_arena_strndup(call->arena, (const char *)token.data, token.len);
    azb_buf_clear(&token);
    return *ret == NULL ? azb_error_set(err, AZB_ERR_NO_MEMORY, "a SAS") : 0;
}

/* The URL that the service is told to read, with all it needs to be allowed to. */
static int make_source_url(struct copy *copy, struct azb_error *err)
{
    struct azb_call *call = copy->call;
    const struct azb_account *source = copy->source;
    struct azb_request req = {.arena = call->arena};
    const char *url, *sas;

    if (build_source(copy, &req, err) < 0)
        return -1;
    url = azb_request_target(&req, source, source->primary.origin, &call->engine->scratch);
    /* the same credential opens both: nothing more is needed */
    if (url != NULL && source != call->account && source->kind == AZB_CREDENTIAL_SHARED_KEY) {
        if (make_sas(copy, &sas, err) < 0)
            return -1;
        url = azb_arena_printf(call->arena, "%s%c%s", url, strchr(url, '?') != NULL ? '&' : '?',
                               sas);
    }
    if (url != NULL && source != call->account && source->kind == AZB_CREDENTIAL_TOKEN) {
        copy->source_authorization = azb_arena_printf(call->arena, "Bearer %s", source->token);
        if (copy->source_authorization == NULL)
            url = NULL;
    }
    copy->source_url = url;
    return url == NULL ? azb_error_set(err, AZB_ERR_NO_MEMORY, "a URL") : 0;
}

/* ---- steps ---- */

static int send_progress(void *arg, const void *map, size_t n, struct azb_error *err)
{
    struct copy *copy = arg;

    return copy->call->sink.progress(copy->call->sink.arg, map, n, err);
}

/* Start a step of the target's. params: the caller's, besides what every step has. */
static int copy_step(struct copy *copy, const char *method, struct azb_errand_setup *setup,
                     struct azb_errand **ret, struct azb_error *err)
{
    static const char *const names[] = {"container", "blob", "timeout", NULL};
    uint64_t left_ms = azb_call_time_left_ms(copy->call);

    setup->method = method;
    setup->account = copy->call->account;
    setup->flow = copy->call->flow;
    azb_errand_params_from(&setup->params, copy->call, names);
    azb_errand_param_str(&setup->params, "priority", "bulk");
    if (left_ms != UINT64_MAX)
        azb_errand_param_int(&setup->params, "deadline_ms", (int64_t)left_ms + 1);
    return azb_errand_start(copy->call->engine, setup, ret, err);
}

/* On the target's first and last writes: whether and how it may be written at all. */
static void put_conditions(struct copy *copy, struct azb_errand_params *params)
{
    static const char *const names[] = {"etag",
                                        "match_condition",
                                        "if_modified_since",
                                        "if_unmodified_since",
                                        "if_tags_match_condition",
                                        "metadata",
                                        "tags",
                                        "standard_blob_tier",
                                        NULL};

    azb_errand_params_from(params, copy->call, names);
    if (copy->adds_if_none)
        azb_errand_param_str(params, "match_condition", "IfMissing");
}

static void put_source(struct copy *copy, struct azb_errand_params *params)
{
    azb_errand_param_str(params, "source_url", copy->source_url);
    if (copy->source_authorization != NULL)
        azb_errand_param_str(params, "source_authorization", copy->source_authorization);
    if (copy->etag[0] != '\0') {
        azb_errand_param_str(params, "source_etag", copy->etag);
        azb_errand_param_str(params, "source_match_condition", "IfNotModified");
    }
}

static void on_copied(const msgpack_object *result, const struct azb_error *err, void *arg)
{
    struct copy *copy = arg;
    struct azb_error told;
    msgpack_packer pk;

    copy->errand = NULL;
    if (err == NULL) {
        azb_buf_packer(&pk, &copy->call->result);
        msgpack_pack_object(&pk, *result);
        azb_call_finish(copy->call, NULL);
        return;
    }
    told = *err;
    if (copy->adds_if_none)
        azb_error_name_existing(&told);
    copy_fail(copy, &told);
}

static int copy_in_background(struct copy *copy, struct azb_error *err)
{
    static const char *const names[] = {"destination_lease", "progress", NULL};
    struct azb_errand_setup setup = {.sink = {.progress = send_progress, .arg = copy},
                                     .done_cb = on_copied,
                                     .done_arg = copy};

    if (is_same_account(copy->source, copy->call->account)) /* the target's opens both */
        copy->source_authorization = NULL;
    if (copy->source_authorization != NULL)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "the source is a page or append blob of another account, whose "
                             "token such a copy does not take: open source_client with a SAS "
                             "or an account key");
    put_source(copy, &setup.params);
    put_conditions(copy, &setup.params);
    azb_errand_params_from(&setup.params, copy->call, names);
    azb_errand_param_true(&setup.params, "wait");
    return copy_step(copy, "blob.start_copy_from_url", &setup, &copy->errand, err);
}

static int copy_at_once(struct copy *copy, struct azb_error *err)
{
    static const char *const names[] = {"destination_lease", NULL};
    struct azb_errand_setup setup = {.done_cb = on_copied, .done_arg = copy};

    put_source(copy, &setup.params);
    put_conditions(copy, &setup.params);
    azb_errand_params_from(&setup.params, copy->call, names);
    return copy_step(copy, "blob.upload_blob_from_url", &setup, &copy->errand, err);
}

/* ---- blocks ---- */

static void on_block(const msgpack_object *result, const struct azb_error *err, void *arg);

static void put_block_id(struct copy *copy, msgpack_packer *pk, unsigned block_i)
{
    unsigned char id[AZB_BLOCK_ID_BYTES];

    azb_upload_id_block(&copy->id, block_i, id);
    azb_pack_bin(pk, id, sizeof(id));
}

static int stage_block(struct copy *copy, struct block *block, struct azb_error *err)
{
    struct azb_errand_setup setup = {.done_cb = on_block, .done_arg = block};
    msgpack_packer pk;

    block->copy = copy;
    block->bytes = copy->size - copy->next;
    if (block->bytes > copy->block_bytes)
        block->bytes = copy->block_bytes;
    put_source(copy, &setup.params);
    azb_errand_param_int(&setup.params, "source_offset", (int64_t)copy->next);
    azb_errand_param_int(&setup.params, "source_length", (int64_t)block->bytes);
    azb_errand_param_value(&setup.params, "lease",
                           azb_args_get(&copy->call->args, "destination_lease"));
    pk = azb_errand_param(&setup.params, "block_id");
    put_block_id(copy, &pk, copy->n_blocks);
    if (copy_step(copy, "blob.stage_block_from_url", &setup, &block->errand, err) < 0)
        return -1;
    copy->next += block->bytes;
    copy->n_blocks++;
    copy->n_out++;
    return 0;
}

static int commit_blocks(struct copy *copy, struct azb_error *err)
{
    struct azb_errand_setup setup = {
        .params = copy->commit, .done_cb = on_copied, .done_arg = copy};
    msgpack_packer pk;

    copy->commit = (struct azb_errand_params){0};
    pk = azb_errand_param(&setup.params, "block_list");
    msgpack_pack_array(&pk, copy->n_blocks);
    for (unsigned i = 0; i < copy->n_blocks; i++)
        put_block_id(copy, &pk, i);
    put_conditions(copy, &setup.params);
    azb_errand_param_value(&setup.params, "lease",
                           azb_args_get(&copy->call->args, "destination_lease"));
    return copy_step(copy, "blob.commit_block_list", &setup, &copy->errand, err);
}

static void on_block(const msgpack_object *result, const struct azb_error *err, void *arg)
{
    struct block *block = arg;
    struct copy *copy = block->copy;
    struct azb_error failed = {0};
    int rc = 0;

    (void)result;
    block->errand = NULL;
    copy->n_out--;
    if (err != NULL) {
        copy_fail(copy, err);
        return;
    }
    copy->done += block->bytes;
    azb_call_progress(copy->call, copy->done, copy->size);
    if (copy->next < copy->size)
        rc = stage_block(copy, block, &failed);
    else if (copy->n_out == 0)
        rc = commit_blocks(copy, &failed);
    if (rc < 0)
        copy_fail(copy, &failed);
}

static int copy_in_blocks(struct copy *copy, struct azb_error *err)
{
    struct azb_call *call = copy->call;

    copy->block_bytes = BLOCK_BYTES;
    if (copy->size / MAX_BLOCKS >= copy->block_bytes)
        copy->block_bytes = copy->size / MAX_BLOCKS + 1;
    copy->n_slots = (unsigned)azb_args_int(&call->args, "max_concurrency", DEFAULT_CONCURRENCY);
    azb_upload_id_new(&copy->id, call);
    for (unsigned i = 0; i < copy->n_slots && copy->next < copy->size; i++)
        if (stage_block(copy, &copy->slots[i], err) < 0)
            return -1;
    return 0;
}

/* ---- what the source is ---- */

static void on_source(const msgpack_object *result, const struct azb_error *err, void *arg)
{
    struct copy *copy = arg;
    const msgpack_object_map *properties = azb_value_map(result);
    struct azb_error failed = {0};
    int64_t size = 0;
    int rc;

    copy->errand = NULL;
    if (err != NULL) {
        copy_fail(copy, err);
        return;
    }
    azb_value_int(azb_map_find(properties, "size"), &size);
    azb_value_copy(azb_map_find(properties, "etag"), copy->etag, sizeof(copy->etag));
    copy->size = (uint64_t)size;
    if (!azb_value_is(azb_map_find(properties, "blob_type"), "BlockBlob")) {
        rc = copy_in_background(copy, &failed);
    } else if (copy->size <= LARGEST_SINGLE) {
        rc = copy_at_once(copy, &failed);
    } else {
        azb_errand_param_value(&copy->commit, "content_settings",
                               azb_map_find(properties, "content_settings"));
        if (azb_args_get(&copy->call->args, "metadata") == NULL)
            azb_errand_param_value(&copy->commit, "metadata",
                                   azb_map_find(properties, "metadata"));
        rc = copy_in_blocks(copy, &failed);
    }
    if (rc < 0)
        copy_fail(copy, &failed);
}

static int look_at_source(struct copy *copy, struct azb_error *err)
{
    struct azb_call *call = copy->call;
    struct azb_errand_setup setup = {.method = "blob.get_blob_properties",
                                     .account = copy->source,
                                     .flow = call->flow,
                                     .done_cb = on_source,
                                     .done_arg = copy};

    for (int i = 0; i < N_SOURCE_NAMES; i++)
        azb_errand_param_value(&setup.params, source_names[i][0],
                               azb_args_get(&call->args, source_names[i][1]));
    return azb_errand_start(call->engine, &setup, &copy->errand, err);
}

static int copy_start(struct azb_call *call, struct azb_error *err)
{
    struct copy *copy = azb_arena_zalloc(call->arena, sizeof(*copy));

    call->driver_state = copy;
    if (copy == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a call");
    copy->call = call;
    copy->source = call->source != NULL ? call->source : call->account;
    copy->adds_if_none = azb_args_must_be_new(&call->args);
    if (make_source_url(copy, err) < 0)
        return -1;
    if (copy->source_authorization == NULL && is_same_account(copy->source, call->account))
        return copy_in_background(copy, err);
    return look_at_source(copy, err);
}

static void copy_stop(struct azb_call *call)
{
    struct copy *copy = call->driver_state;

    if (copy == NULL)
        return;
    azb_errand_drop(copy->errand);
    for (unsigned i = 0; i < copy->n_slots; i++)
        azb_errand_drop(copy->slots[i].errand);
    if (call->err.what != AZB_OK && copy->done > 0)
        azb_leftovers_remove(call, &copy->id);
    azb_buf_clear(&copy->commit.buf);
}

const struct azb_driver azb_copy_driver = {
    .start = copy_start,
    .stop = copy_stop,
};
