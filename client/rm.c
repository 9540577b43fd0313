/*
 * rm.c: one blob by its own request; many in batches, several batches under way at once, each
 * failure told as its answer arrives. Names may come from the command line, from a file, or
 * from a listing that runs beside the deletes and is slowed down to their pace.
 */
#include "client/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/value.h"

enum {
    BATCH_BLOBS = 256, /* what the service takes in one request */
    MAX_BATCHES = 4,   /* under way at once */
};

struct batch {
    struct azb_client_call call;
    struct removal *removal;
    unsigned n_blobs; /* 0: the batch is not in use */
    char label[64];   /* the container, for messages */
};

/*
 * Names are collected until there are enough for a batch and a batch is free. While none is,
 * a listing is held: it ends up waiting for credit, and what it still sends until then is
 * collected.
 */
struct removal {
    struct azb_command *command;
    struct azb_target target; /* the account and container of the names being collected */
    struct azb_buf names;     /* packed */
    unsigned n_names;
    struct batch batches[MAX_BATCHES];
    struct azb_client_call *listing; /* where names come from; NULL: from elsewhere */
    struct azb_error err;            /* why the command cannot go on, found in a callback */
};

static int batch_answer(const msgpack_object *part, void *arg)
{
    struct batch *batch = arg;
    struct azb_command *command = batch->removal->command;
    const msgpack_object_map *map = azb_value_map(part);
    const msgpack_object *error = azb_map_find(map, "error");
    const msgpack_object *name = azb_map_find(map, "name");
    struct azb_buf subject = {0};
    struct azb_error err;

    if (error == NULL) {
        azb_command_done(command);
        return 0;
    }
    azb_error_unpack(&err, error);
    azb_buf_printf(&subject, "%s/", batch->label);
    if (name != NULL)
        azb_output_scalar(&subject, name);
    azb_command_failed(command, azb_buf_cstr(&subject), &err);
    azb_buf_clear(&subject);
    return 0;
}

static struct batch *free_batch(struct removal *removal)
{
    for (int i = 0; i < MAX_BATCHES; i++)
        if (removal->batches[i].n_blobs == 0)
            return &removal->batches[i];
    return NULL;
}

static int removal_advance(struct removal *removal, struct azb_error *err);

static void batch_done(struct azb_client_call *call)
{
    struct batch *batch = call->arg;
    struct removal *removal = batch->removal;

    if (call->err.what != AZB_OK) {
        azb_command_failed(removal->command, batch->label, &call->err);
        removal->command->n_items += batch->n_blobs - 1;
        removal->command->n_failed += batch->n_blobs - 1;
    }
    batch->n_blobs = 0;
    removal_advance(removal, &removal->err);
    if (removal->listing != NULL)
        azb_call_resume(removal->listing);
}

/* Send the names that have been collected. */
static int batch_send(struct batch *batch, struct removal *removal, struct azb_error *err)
{
    msgpack_packer *pk;

    if (removal->names.failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a batch of names");
    batch->removal = removal;
    batch->call =
        (struct azb_client_call){.on_item = batch_answer, .on_done = batch_done, .arg = batch};
    snprintf(batch->label, sizeof(batch->label), "%s", removal->target.container);
    if (azb_command_begin(removal->command, &batch->call, "container.delete_blobs",
                          &removal->target, err) < 0)
        return -1;
    azb_call_bool(&batch->call, "stream", true);
    azb_call_bool(&batch->call, "raise_on_any_failure", false);
    pk = azb_call_value(&batch->call, "blobs");
    msgpack_pack_array(pk, removal->n_names);
    azb_call_append(&batch->call, &removal->names);
    if (azb_call_send(&batch->call, -1, err) < 0)
        return -1;
    batch->n_blobs = removal->n_names;
    removal->names.len = 0;
    removal->n_names = 0;
    return 0;
}

/* Send a batch if there are names enough and one is free; else hold the listing, if any. */
static int removal_advance(struct removal *removal, struct azb_error *err)
{
    struct batch *batch;

    if (removal->n_names < BATCH_BLOBS)
        return 0;
    batch = free_batch(removal);
    if (batch != NULL)
        return batch_send(batch, removal, err);
    if (removal->listing != NULL)
        azb_call_hold(removal->listing);
    return 0;
}

static int removal_step(struct removal *removal, struct azb_error *err)
{
    if (azb_connection_step(removal->command->connection, err) < 0)
        return -1;
    if (removal->err.what == AZB_OK)
        return 0;
    *err = removal->err;
    return -1;
}

/* Send what has been collected, however little. */
static int removal_flush(struct removal *removal, struct azb_error *err)
{
    while (removal->n_names > 0) {
        struct batch *batch = free_batch(removal);
        int rc = batch != NULL ? batch_send(batch, removal, err) : removal_step(removal, err);

        if (rc < 0)
            return -1;
    }
    return 0;
}

static int removal_await_all(struct removal *removal, struct azb_error *err)
{
    for (int i = 0; i < MAX_BATCHES; i++)
        while (removal->batches[i].n_blobs > 0)
            if (removal_step(removal, err) < 0)
                return -1;
    return 0;
}

/* Collect a name of the removal's container. */
static int removal_add(struct removal *removal, const char *name, size_t name_bytes,
                       struct azb_error *err)
{
    msgpack_packer pk;

    azb_buf_packer(&pk, &removal->names);
    azb_pack_strn(&pk, name, name_bytes);
    removal->n_names++;
    return removal_advance(removal, err);
}

/* The same, for a source that can wait: not before there is room. */
static int removal_add_in_turn(struct removal *removal, const char *name, size_t name_bytes,
                               struct azb_error *err)
{
    while (removal->n_names >= BATCH_BLOBS)
        if (removal_step(removal, err) < 0)
            return -1;
    return removal_add(removal, name, name_bytes, err);
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Whether both lie in one container, so that one batch can have both. */
static bool same_container(const struct azb_target *a, const struct azb_target *b)
{
    return same(a->container, b->container) && same(a->account_url, b->account_url) &&
           same(a->sas, b->sas) && same(a->profile, b->profile);
}

/* Delete one blob, snapshot or version by a request of its own. */
static void remove_alone(struct azb_command *command, const struct azb_target *target)
{
    struct azb_client_call call = {0};
    struct azb_error err = {0};

    if (azb_command_begin(command, &call, "blob.delete_blob", target, &err) == 0) {
        azb_call_str(&call, "blob", target->blob);
        if (azb_command_finish(&call, -1, &err) == 0) {
            azb_command_done(command);
            return;
        }
    }
    azb_command_failed(command, target->text, &err);
}

/* A name in full: into the batch of its container. Takes the target. */
static int removal_add_target(struct removal *removal, struct azb_target *target,
                              struct azb_error *err)
{
    if (target->snapshot != NULL || target->version_id != NULL) {
        remove_alone(removal->command, target);
        azb_target_clear(target);
        return 0;
    }
    if (!same_container(&removal->target, target) && removal_flush(removal, err) < 0) {
        azb_target_clear(target);
        return -1;
    }
    azb_target_clear(&removal->target);
    removal->target = *target;
    return removal_add_in_turn(removal, target->blob, strlen(target->blob), err);
}

static int removal_add_text(struct removal *removal, const char *text, struct azb_error *err)
{
    struct azb_target target;

    if (azb_command_blob(text, &target, err) < 0)
        return -1;
    return removal_add_target(removal, &target, err);
}

/* Names from a file: blobs of the removal's container if in_container, else names in full. */
static int remove_from(struct removal *removal, const char *path, bool in_container,
                       struct azb_error *err)
{
    int end = azb_options_has(&removal->command->options, AZB_HAS(NUL)) ? '\0' : '\n';
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    char *name = NULL;
    size_t room = 0;
    ssize_t n;
    int rc = 0;

    if (file == NULL)
        return azb_error_set(err, AZB_ERR_LOCAL_IO, "%.300s: %s", path, strerror(errno));
    while (rc == 0 && (n = getdelim(&name, &room, end, file)) > 0) {
        if (name[n - 1] == end)
            name[--n] = '\0';
        if (n > 0)
            rc = in_container ? removal_add_in_turn(removal, name, (size_t)n, err)
                              : removal_add_text(removal, name, err);
    }
    if (rc == 0 && ferror(file))
        rc = azb_error_set(err, AZB_ERR_LOCAL_IO, "%.300s: %s", path, strerror(errno));
    free(name);
    if (file != stdin)
        fclose(file);
    return rc;
}

static int on_listed(const msgpack_object *item, void *arg)
{
    struct removal *removal = arg;
    const char *name;
    size_t n;

    if (removal->err.what != AZB_OK)
        return 1;
    return azb_value_bytes(item, &name, &n) ? removal_add(removal, name, n, &removal->err) : 0;
}

/* Everything whose name begins as the target says. */
static int remove_below(struct removal *removal, const char *text, struct azb_error *err)
{
    struct azb_client_call listing = {.on_item = on_listed, .arg = removal};
    int rc = -1;

    if (azb_target_parse(text, &removal->target, err) < 0)
        return -1;
    if (removal->target.container == NULL)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "'%.200s' names no container",
                             removal->target.text);
    if (azb_command_begin(removal->command, &listing, "container.list_blob_names",
                          &removal->target, err) < 0)
        return -1;
    azb_call_bool(&listing, "stream", true);
    if (removal->target.blob != NULL && removal->target.blob[0] != '\0')
        azb_call_str(&listing, "name_starts_with", removal->target.blob);
    removal->listing = &listing;
    if (azb_call_send(&listing, -1, err) == 0)
        rc = azb_call_wait(&listing, err);
    removal->listing = NULL;
    if (removal->err.what != AZB_OK)
        *err = removal->err;
    return rc;
}

/* The names on the command line, alone or with a list of them. */
static int remove_operands(struct removal *removal, struct azb_error *err)
{
    const struct azb_options *options = &removal->command->options;
    int rc = azb_command_check(removal->command, azb_command_blob, err);

    for (int i = 0; rc == 0 && i < options->n_operands; i++)
        rc = strcmp(options->operands[i], "-") == 0
                 ? remove_from(removal, "-", false, err)
                 : removal_add_text(removal, options->operands[i], err);
    return rc;
}

static int remove_all(struct removal *removal, struct azb_error *err)
{
    const struct azb_options *options = &removal->command->options;
    const char *from = options->values[AZB_OPTION_FROM];
    int rc = 0;

    if (azb_options_has(options, AZB_HAS(RECURSIVE))) {
        for (int i = 0; rc == 0 && i < options->n_operands; i++) {
            azb_target_clear(&removal->target);
            rc = remove_below(removal, options->operands[i], err);
            if (rc == 0)
                rc = removal_flush(removal, err);
        }
    } else if (from != NULL) {
        if (options->n_operands > 0)
            rc = azb_command_container(options->operands[0], &removal->target, err);
        if (rc == 0)
            rc = remove_from(removal, from, options->n_operands > 0, err);
    } else {
        rc = remove_operands(removal, err);
    }
    if (rc == 0)
        rc = removal_flush(removal, err);
    return rc < 0 ? -1 : removal_await_all(removal, err);
}

/* Counts and a single blob's own exit code need no batch. */
static int remove_single(struct azb_command *command)
{
    struct azb_error err = {0};
    struct azb_target target;

    if (azb_command_blob(command->options.operands[0], &target, &err) < 0)
        return azb_command_end(command, NULL, &err);
    remove_alone(command, &target);
    azb_target_clear(&target);
    return azb_command_exit(command);
}

int azb_verb_rm(struct azb_command *command)
{
    const struct azb_options *options = &command->options;
    bool is_recursive = azb_options_has(options, AZB_HAS(RECURSIVE));
    bool is_from = azb_options_has(options, AZB_HAS(FROM));
    struct removal removal = {.command = command};
    struct azb_error err = {0};
    int rc;

    if (!is_recursive && !is_from && options->n_operands == 1 &&
        strcmp(options->operands[0], "-") != 0)
        return remove_single(command);
    if (is_recursive && is_from)
        rc = azb_error_set(&err, AZB_ERR_INVALID_ARG, "-r and --from exclude each other");
    else if (!is_from && options->n_operands == 0)
        rc = azb_error_set(&err, AZB_ERR_INVALID_ARG,
                           "which blobs? Name them, or use --from FILE");
    else
        rc = remove_all(&removal, &err);
    rc = rc < 0 ? azb_command_end(command, NULL, &err) : azb_command_exit(command);
    azb_buf_clear(&removal.names);
    azb_target_clear(&removal.target);
    return rc;
}
