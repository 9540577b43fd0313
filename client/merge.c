/*
 * merge.c: set, tag and meta change what they are told to and keep the rest, although the
 * service only replaces all at once: read, change, write back if nobody else has meanwhile
 * (If-Match), else begin anew.
 */
#include "client/command.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/base64.h"
#include "proto/value.h"

enum {
    MAX_ROUNDS = 8, /* of reading and writing, while others write too */
};

/* What is merged, by the parameter that a verb's row names; where the old pairs are found. */
static const struct kind {
    const char *param; /* of the call that writes; also the field of what is read */
    const char *read_blob, *read_container;
    bool ignores_case; /* of names */
    bool has_etag;     /* of a blob, which a change of it changes */
    const char *bytes; /* the name whose value is bytes, said in base64 */
} kinds[] = {
    {"metadata", "blob.get_blob_properties", "container.get_container_properties", true, true,
     NULL},
    {"content_settings", "blob.get_blob_properties", NULL, true, true, "content_md5"},
    {"tags", "blob.get_blob_tags", NULL, false, false, NULL},
};

/* A reading, and a writing that is begun when that has come. */
struct merge {
    struct azb_job job; /* first */
    struct azb_client_call read;
    struct azb_later write;
    struct azb_command *command;
    const struct kind *kind;
    struct azb_target target;
    bool is_removal;
    int n_changes;
    char **changes; /* NAME=VALUE; of a removal: NAME */
    struct azb_buf packed;
    unsigned n_pairs;
    char etag[256];           /* "": nothing to compare with */
    struct azb_buf condition; /* of tags, which have no ETag: that they are as they were */
};

static bool is_blob(const struct merge *merge)
{
    return merge->target.blob != NULL && merge->target.blob[0] != '\0';
}

static size_t name_bytes(const char *change)
{
    return strcspn(change, "=");
}

static bool changes_name(const struct merge *merge, const char *name, size_t n)
{
    for (int i = 0; i < merge->n_changes; i++) {
        const char *change = merge->changes[i];

        if (name_bytes(change) == n &&
            (merge->kind->ignores_case ? strncasecmp(change, name, n)
                                       : strncmp(change, name, n)) == 0)
            return true;
    }
    return false;
}

/* The pairs that stay, of those that are there. */
static void keep_others(struct merge *merge, const msgpack_object *old)
{
    const msgpack_object_map *map = old != NULL ? azb_value_map(old) : NULL;
    msgpack_packer pk;

    azb_buf_packer(&pk, &merge->packed);
    for (uint32_t i = 0; map != NULL && i < map->size; i++) {
        const msgpack_object_kv *pair = &map->ptr[i];
        const char *name, *value;
        size_t n, value_bytes;

        if (!azb_value_bytes(&pair->key, &name, &n) || pair->val.type == MSGPACK_OBJECT_NIL)
            continue;
        if (!merge->kind->has_etag && azb_value_bytes(&pair->val, &value, &value_bytes))
            azb_buf_printf(&merge->condition, "%s\"%.*s\" = '%.*s'",
                           merge->condition.len > 0 ? " AND " : "", (int)n, name,
                           (int)value_bytes, value);
        if (changes_name(merge, name, n))
            continue;
        msgpack_pack_object(&pk, pair->key);
        msgpack_pack_object(&pk, pair->val);
        merge->n_pairs++;
    }
}

/* What is no base64 goes as it is: the daemon says what is wrong with it. */
static void pack_value(msgpack_packer *pk, const char *value, bool is_base64)
{
    unsigned char bytes[64];
    size_t n = strlen(value);

    if (is_base64 && n <= sizeof(bytes) && azb_base64_decode(value, n, bytes, &n) == 0)
        azb_pack_bin(pk, bytes, n);
    else
        azb_pack_strn(pk, value, n);
}

static void add_changes(struct merge *merge)
{
    msgpack_packer pk;

    azb_buf_packer(&pk, &merge->packed);
    for (int i = 0; i < merge->n_changes && !merge->is_removal; i++) {
        const char *name = merge->changes[i], *bytes = merge->kind->bytes;
        size_t n = name_bytes(name);

        azb_pack_strn(&pk, name, n);
        pack_value(&pk, name + n + 1,
                   bytes != NULL && n == strlen(bytes) && memcmp(name, bytes, n) == 0);
        merge->n_pairs++;
    }
}

static int begin(struct merge *merge, struct azb_client_call *call, const char *method,
                 struct azb_error *err)
{
    if (azb_command_begin(merge->command, call, method, &merge->target, err) < 0)
        return -1;
    if (is_blob(merge))
        azb_call_str(call, "blob", merge->target.blob);
    return 0;
}

/* The user's own conditions take the place of ours. */
static bool has_conditions(const struct azb_command *command)
{
    return azb_options_has(&command->options, AZB_HAS(IF_MATCH) | AZB_HAS(IF_NONE_MATCH) |
                                                  AZB_HAS(TAGS_CONDITION));
}

static int begin_new(struct merge *merge, struct azb_error *err)
{
    const struct azb_verb_call *row = &merge->command->verb->call;
    struct azb_client_call *call = &merge->write.call;

    add_changes(merge);
    if (merge->packed.failed || merge->condition.failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "what is to be merged");
    if (begin(merge, call, is_blob(merge) ? row->on_blob : row->on_container, err) < 0)
        return -1;
    msgpack_pack_map(azb_call_value(call, merge->kind->param), merge->n_pairs);
    azb_call_append(call, &merge->packed);
    azb_command_params(merge->command, call);
    if (!has_conditions(merge->command) && merge->etag[0] != '\0') {
        azb_call_str(call, "etag", merge->etag);
        azb_call_str(call, "match_condition", "IfNotModified");
    }
    if (!has_conditions(merge->command) && merge->condition.len > 0)
        azb_call_str(call, "if_tags_match_condition", azb_buf_cstr(&merge->condition));
    return 0;
}

/* Send the change of what has been read. */
static void send_new(struct merge *merge)
{
    struct azb_error err = {0};

    if (begin_new(merge, &err) < 0)
        azb_later_fail(&merge->write, &err);
    else
        azb_later_send(&merge->write);
}

static void on_old(struct azb_client_call *call)
{
    struct merge *merge = call->arg;
    const struct kind *kind = merge->kind;

    if (call->err.what != AZB_OK)
        return;
    if (!is_blob(merge) || !kind->has_etag ||
        !azb_value_copy(azb_map_find(azb_value_map(call->result), "etag"), merge->etag,
                        sizeof(merge->etag)))
        merge->etag[0] = '\0';
    keep_others(merge, azb_output_field(call->result, kind->param, strlen(kind->param)));
    send_new(merge);
}

static int send_reading(struct merge *merge, struct azb_error *err)
{
    const struct kind *kind = merge->kind;
    struct azb_client_call *call = &merge->read;

    call->on_done = on_old;
    call->arg = merge;
    if (begin(merge, call, is_blob(merge) ? kind->read_blob : kind->read_container, err) < 0)
        return -1;
    if (merge->command->options.values[AZB_OPTION_LEASE_ID] != NULL)
        azb_call_str(call, "lease", merge->command->options.values[AZB_OPTION_LEASE_ID]);
    return azb_call_send(call, -1, err);
}

/* Begin, or begin anew. */
static void begin_round(struct merge *merge)
{
    azb_later_clear(&merge->write);
    merge->read = (struct azb_client_call){0};
    merge->write = (struct azb_later){0};
    merge->packed.len = merge->condition.len = 0;
    merge->n_pairs = 0;
    merge->etag[0] = '\0';
    if (!azb_options_has(&merge->command->options, AZB_HAS(REPLACE))) {
        if (send_reading(merge, &merge->read.err) < 0)
            merge->read.is_done = true;
    } else {
        merge->read.is_done = true;
        send_new(merge);
    }
}

static int wait_for_round(struct merge *merge, const msgpack_object **ret,
                          struct azb_error *err)
{
    if (azb_call_wait(&merge->read, err) < 0)
        return -1;
    return azb_later_wait(&merge->write, ret, err);
}

static int wait_for_all(struct merge *merge, const msgpack_object **ret, struct azb_error *err)
{
    int rc = wait_for_round(merge, ret, err);

    for (int round = 1; round < MAX_ROUNDS && rc < 0; round++) {
        if (err->status != 412 || has_conditions(merge->command))
            break;
        *err = (struct azb_error){0};
        begin_round(merge);
        rc = wait_for_round(merge, ret, err);
    }
    return rc;
}

/* The name, and what is to change. */
static int take_operands(struct merge *merge, struct azb_error *err)
{
    const struct azb_options *options = &merge->command->options;
    const struct azb_verb_call *row = &merge->command->verb->call;

    if (azb_target_parse(options->operands[0], &merge->target, err) < 0)
        return -1;
    if (!is_blob(merge) && (merge->target.container == NULL || row->on_container == NULL))
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "'%.200s' names no blob%s",
                             merge->target.text,
                             row->on_container != NULL ? ", and no container" : "");
    merge->changes = options->operands + 1;
    merge->n_changes = options->n_operands - 1;
    if (merge->n_changes == 0 && !azb_options_has(options, AZB_HAS(REPLACE)))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "what is to change? Write NAME=VALUE; --replace without any "
                             "clears all");
    for (int i = 0; i < merge->n_changes; i++) {
        size_t n = name_bytes(merge->changes[i]);

        if (n == 0 || (merge->changes[i][n] == '=') == merge->is_removal)
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "'%.100s': write %s",
                                 merge->changes[i], merge->is_removal ? "NAME" : "NAME=VALUE");
    }
    return 0;
}

static void merge_clear(struct merge *merge)
{
    azb_later_clear(&merge->write);
    azb_buf_clear(&merge->packed);
    azb_buf_clear(&merge->condition);
    azb_target_clear(&merge->target);
}

static int merge_init(struct merge *merge, struct azb_command *command, struct azb_error *err)
{
    *merge = (struct merge){
        .command = command, .is_removal = command->verb->call.is_removal, .kind = kinds};
    while (strcmp(merge->kind->param, command->verb->call.param) != 0)
        merge->kind++;
    if (take_operands(merge, err) == 0)
        return 0;
    merge_clear(merge);
    return -1;
}

static bool merge_done(const struct azb_job *job)
{
    const struct merge *merge = (const struct merge *)job;

    return merge->read.is_done && (merge->read.err.what != AZB_OK || merge->write.call.is_done);
}

static int merge_finish(struct azb_job *job)
{
    struct merge *merge = (struct merge *)job;
    struct azb_command *command = merge->command;
    const msgpack_object *result;
    struct azb_error err = {0};

    if (wait_for_all(merge, &result, &err) < 0)
        azb_command_failed(command, merge->target.text, &err);
    else
        azb_command_done(command, merge->target.text, result);
    merge_clear(merge);
    free(merge);
    return azb_command_exit(command);
}

static void merge_send(struct azb_job *job)
{
    begin_round((struct merge *)job);
}

struct azb_job *azb_merge_prepare(struct azb_command *command)
{
    struct merge *merge = malloc(sizeof(*merge));
    struct azb_error err = {0};

    if (merge == NULL || merge_init(merge, command, &err) < 0) {
        free(merge);
        return NULL;
    }
    merge->job = (struct azb_job){.send = merge_send,
                                  .is_done = merge_done,
                                  .finish = merge_finish,
                                  .container = merge->target.container,
                                  .blob = merge->target.blob,
                                  .changes_it = true};
    return &merge->job;
}

/* No job could be made of it: say why. */
int azb_verb_merge(struct azb_command *command)
{
    struct azb_error err = {0};
    struct merge merge;

    if (merge_init(&merge, command, &err) < 0)
        return azb_command_end(command, NULL, &err);
    merge_clear(&merge);
    azb_error_set(&err, AZB_ERR_NO_MEMORY, "what is to be merged");
    return azb_command_end(command, NULL, &err);
}
