/*
 * bulk.c: one deed for many blobs (rm, tier): a single one by its own request, many in batches,
 * several batches under way at once, each failure told as its answer arrives. Names may come
 * from the command line, from a file, or from a listing that runs beside the batches and is
 * slowed down to their pace. What the deed is stands in the verb's row: on_container is the
 * method for a batch, on_blob the one for a single blob.
 */
#include "client/command.h"

#include <stdlib.h>
#include <string.h>

#include "client/names.h"
#include "client/selection.h"
#include "client/subjects.h"
#include "proto/value.h"

enum {
    BATCH_BLOBS = 256, /* what the service takes in one request */
    MAX_BATCHES = 8,   /* under way at once */
    MAX_SINGLES = 16,  /* the same, where the service has no batch of it */
};

struct batch {
    struct azb_client_call call;
    struct bulk *bulk;
    unsigned n_blobs;     /* 0: the batch is not in use */
    struct azb_buf label; /* for messages: the container, and a single blob's name */
};

/*
 * Names are collected until there are enough for a batch and a batch is free. While none is,
 * a listing is held: it ends up waiting for credit, and what it still sends until then is
 * collected.
 */
struct bulk {
    struct azb_command *command;
    const char *value; /* for the row's param; NULL: it has none */
    struct azb_selection selection;
    struct azb_target target; /* the account and container of the names being collected */
    struct azb_buf names;     /* packed */
    unsigned n_names;
    struct batch batches[MAX_SINGLES];
    struct azb_client_call *listing; /* where names come from; NULL: from elsewhere */
    struct azb_error err;            /* why the command cannot go on, found in a callback */
};

static int batch_answer(const msgpack_object *part, void *arg)
{
    struct batch *batch = arg;
    struct azb_command *command = batch->bulk->command;
    const msgpack_object_map *map = azb_value_map(part);
    const msgpack_object *error = azb_map_find(map, "error");
    const msgpack_object *name = azb_map_find(map, "name");
    struct azb_buf subject = {0};
    struct azb_error err;

    azb_buf_printf(&subject, "%s/", azb_buf_cstr(&batch->label));
    if (name != NULL)
        azb_output_scalar(&subject, name);
    if (error == NULL) {
        azb_command_done(command, azb_buf_cstr(&subject), NULL);
    } else {
        azb_error_unpack(&err, error);
        azb_command_failed(command, azb_buf_cstr(&subject), &err);
    }
    azb_buf_clear(&subject);
    return 0;
}

static bool has_batches(const struct bulk *bulk)
{
    return bulk->command->verb->call.on_container != NULL;
}

static struct batch *free_batch(struct bulk *bulk)
{
    int n = has_batches(bulk) ? MAX_BATCHES : MAX_SINGLES;

    for (int i = 0; i < n; i++)
        if (bulk->batches[i].n_blobs == 0)
            return &bulk->batches[i];
    return NULL;
}

static int bulk_advance(struct bulk *bulk, struct azb_error *err);

static void batch_done(struct azb_client_call *call)
{
    struct batch *batch = call->arg;
    struct bulk *bulk = batch->bulk;

    if (call->err.what == AZB_OK && !has_batches(bulk))
        azb_command_done(bulk->command, azb_buf_cstr(&batch->label), call->result);
    if (call->err.what != AZB_OK) {
        azb_command_failed(bulk->command, azb_buf_cstr(&batch->label), &call->err);
        bulk->command->n_items += batch->n_blobs - 1;
        bulk->command->n_failed += batch->n_blobs - 1;
    }
    batch->n_blobs = 0;
    bulk_advance(bulk, &bulk->err);
    if (bulk->listing != NULL)
        azb_call_resume(bulk->listing);
}

/* What the deed needs besides names. */
static void put_params(const struct bulk *bulk, struct azb_client_call *call)
{
    if (bulk->value != NULL)
        azb_call_str(call, bulk->command->verb->call.param, bulk->value);
    azb_command_params(bulk->command, call);
}

/* All names that have been collected, in one call. */
static int begin_batch(struct batch *batch, struct bulk *bulk, struct azb_error *err)
{
    struct azb_client_call *call = &batch->call;

    call->on_item = batch_answer;
    if (azb_command_begin(bulk->command, call, bulk->command->verb->call.on_container,
                          &bulk->target, err) < 0)
        return -1;
    azb_call_bool(call, "stream", true);
    azb_call_bool(call, "raise_on_any_failure", false);
    msgpack_pack_array(azb_call_value(call, "blobs"), bulk->n_names);
    azb_call_append(call, &bulk->names);
    batch->n_blobs = bulk->n_names;
    bulk->names.len = 0;
    return 0;
}

/* The first of the names, in a call of its own. */
static int begin_single(struct batch *batch, struct bulk *bulk, struct azb_error *err)
{
    struct azb_client_call *call = &batch->call;
    msgpack_unpacked name;
    size_t n = 0;
    int rc;

    msgpack_unpacked_init(&name);
    if (msgpack_unpack_next(&name, (const char *)bulk->names.data, bulk->names.len, &n) !=
        MSGPACK_UNPACK_SUCCESS)
        rc = azb_error_set(err, AZB_ERR_NO_MEMORY, "a name");
    else
        rc = azb_command_begin(bulk->command, call, bulk->command->verb->call.on_blob,
                               &bulk->target, err);
    if (rc == 0) {
        msgpack_pack_object(azb_call_value(call, "blob"), name.data);
        azb_buf_puts(&batch->label, "/");
        azb_output_scalar(&batch->label, &name.data);
        azb_buf_drop(&bulk->names, n);
        batch->n_blobs = 1;
    }
    msgpack_unpacked_destroy(&name);
    return rc;
}

/* Send what has been collected, or as much of it as one call takes. */
static int batch_send(struct batch *batch, struct bulk *bulk, struct azb_error *err)
{
    int rc;

    if (bulk->names.failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a batch of names");
    batch->bulk = bulk;
    batch->call = (struct azb_client_call){.on_done = batch_done, .arg = batch};
    batch->label.len = 0;
    azb_buf_puts(&batch->label, bulk->target.container);
    rc = has_batches(bulk) ? begin_batch(batch, bulk, err) : begin_single(batch, bulk, err);
    if (rc == 0) {
        bulk->n_names -= batch->n_blobs;
        put_params(bulk, &batch->call);
        rc = azb_call_send(&batch->call, -1, err);
    }
    if (rc < 0)
        batch->n_blobs = 0;
    return rc;
}

/* Names that are enough for a call. */
static unsigned batch_size(const struct bulk *bulk)
{
    return has_batches(bulk) ? BATCH_BLOBS : 1;
}

/* Send while there are names enough and a batch is free; none being free, hold the listing. */
static int bulk_advance(struct bulk *bulk, struct azb_error *err)
{
    while (bulk->n_names >= batch_size(bulk)) {
        struct batch *batch = free_batch(bulk);

        if (batch == NULL) {
            if (bulk->listing != NULL)
                azb_call_hold(bulk->listing);
            break;
        }
        if (batch_send(batch, bulk, err) < 0)
            return -1;
    }
    return 0;
}

static int bulk_step(struct bulk *bulk, struct azb_error *err)
{
    if (azb_connection_step(bulk->command->connection, err) < 0)
        return -1;
    if (bulk->err.what == AZB_OK)
        return 0;
    *err = bulk->err;
    return -1;
}

/* Send what has been collected, however little. */
static int bulk_flush(struct bulk *bulk, struct azb_error *err)
{
    while (bulk->n_names > 0) {
        struct batch *batch = free_batch(bulk);
        int rc = batch != NULL ? batch_send(batch, bulk, err) : bulk_step(bulk, err);

        if (rc < 0)
            return -1;
    }
    return 0;
}

static int bulk_await_all(struct bulk *bulk, struct azb_error *err)
{
    for (int i = 0; i < MAX_SINGLES; i++)
        while (bulk->batches[i].n_blobs > 0)
            if (bulk_step(bulk, err) < 0)
                return -1;
    return 0;
}

static bool is_dry_run(const struct azb_command *command)
{
    return azb_options_has(&command->options, AZB_HAS(DRY_RUN));
}

static void tell_plan(struct bulk *bulk, const char *name, size_t name_bytes)
{
    struct azb_buf subject = {0};

    azb_buf_printf(&subject, "%s/", bulk->target.container);
    azb_buf_append(&subject, name, name_bytes);
    azb_command_planned(bulk->command, azb_buf_cstr(&subject));
    azb_buf_clear(&subject);
}

/* Collect a name of the bulk's container. */
static int bulk_add(struct bulk *bulk, const char *name, size_t name_bytes,
                    struct azb_error *err)
{
    msgpack_packer pk;

    if (is_dry_run(bulk->command)) {
        tell_plan(bulk, name, name_bytes);
        return 0;
    }
    azb_buf_packer(&pk, &bulk->names);
    azb_pack_strn(&pk, name, name_bytes);
    bulk->n_names++;
    return bulk_advance(bulk, err);
}

/* The same, for a source that can wait: not before there is room. */
static int bulk_add_in_turn(struct bulk *bulk, const char *name, size_t name_bytes,
                            struct azb_error *err)
{
    while (bulk->n_names >= batch_size(bulk))
        if (bulk_step(bulk, err) < 0)
            return -1;
    return bulk_add(bulk, name, name_bytes, err);
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

/* One blob, snapshot or version by a request of its own. */
static void do_alone(const struct bulk *bulk, const struct azb_target *target)
{
    struct azb_command *command = bulk->command;
    struct azb_client_call call = {0};
    struct azb_error err = {0};

    if (is_dry_run(command)) {
        azb_command_planned(command, target->text);
        return;
    }
    if (azb_command_begin(command, &call, command->verb->call.on_blob, target, &err) == 0) {
        azb_call_str(&call, "blob", target->blob);
        put_params(bulk, &call);
        if (azb_command_finish(&call, -1, &err) == 0) {
            azb_command_done(command, target->text, call.result);
            return;
        }
    }
    azb_command_failed(command, target->text, &err);
}

/* A name in full: into the batch of its container. Takes the target. */
static int bulk_add_target(struct bulk *bulk, struct azb_target *target, struct azb_error *err)
{
    if (target->snapshot != NULL || target->version_id != NULL) {
        do_alone(bulk, target);
        azb_target_clear(target);
        return 0;
    }
    if (!same_container(&bulk->target, target) && bulk_flush(bulk, err) < 0) {
        azb_target_clear(target);
        return -1;
    }
    azb_target_clear(&bulk->target);
    bulk->target = *target;
    return bulk_add_in_turn(bulk, target->blob, strlen(target->blob), err);
}

static int bulk_add_text(struct bulk *bulk, const char *text, struct azb_error *err)
{
    struct azb_target target;
    struct azb_error wrong = {0};

    if (azb_command_blob(text, &target, &wrong) < 0) { /* the other names are none the worse */
        azb_command_failed(bulk->command, text, &wrong);
        return 0;
    }
    return bulk_add_target(bulk, &target, err);
}

/* Names from a file: blobs of the bulk's container if in_container, else names in full. */
static int take_from(struct bulk *bulk, const char *path, bool in_container,
                     struct azb_error *err)
{
    int end = azb_options_has(&bulk->command->options, AZB_HAS(NUL)) ? '\0' : '\n';
    struct azb_entries *names = azb_names_new(path, end, NULL, NULL, err);
    const struct azb_entry *entry;
    int rc = 0, got = 0;

    if (names == NULL)
        return -1;
    while (rc == 0 && (got = names->next(names, &entry, err)) > 0)
        rc = in_container ? bulk_add_in_turn(bulk, entry->name, entry->name_bytes, err)
                          : bulk_add_text(bulk, entry->name, err);
    azb_names_free(names);
    return got < 0 ? -1 : rc;
}

/* Whether an entry is what the listing was to include: the others need nothing done. */
static bool is_wanted(const struct bulk *bulk, const msgpack_object *item)
{
    const char *include = bulk->command->verb->call.include;
    bool is_included = false;

    if (include != NULL)
        azb_value_bool(azb_map_find(azb_value_map(item), include), &is_included);
    return (include == NULL || is_included) && !azb_entry_is_folder(item);
}

static int on_listed(const msgpack_object *item, void *arg)
{
    struct bulk *bulk = arg;
    const char *name;
    size_t n;

    if (bulk->err.what != AZB_OK)
        return 1;
    if (!is_wanted(bulk, item) || !azb_selection_takes(&bulk->selection, item) ||
        !azb_entry_name(item, &name, &n))
        return 0;
    return bulk_add(bulk, name, n, &bulk->err);
}

/* List what the selection means, and collect it. */
static int take_listed(struct bulk *bulk, struct azb_error *err)
{
    const char *include = bulk->command->verb->call.include;
    const char *method = azb_selection_method(&bulk->selection, include == NULL);
    struct azb_client_call listing = {.on_item = on_listed, .arg = bulk};
    int rc = -1;

    if (azb_command_begin(bulk->command, &listing, method, &bulk->target, err) < 0)
        return -1;
    azb_selection_params(&bulk->selection, &listing);
    if (include != NULL) {
        msgpack_packer *pk = azb_call_value(&listing, "include");

        msgpack_pack_array(pk, 1);
        azb_pack_str(pk, include);
    }
    bulk->listing = &listing;
    if (azb_call_send(&listing, -1, err) == 0)
        rc = azb_call_wait(&listing, err);
    bulk->listing = NULL;
    if (bulk->err.what != AZB_OK)
        *err = bulk->err;
    return rc;
}

static bool is_literal(const struct bulk *bulk)
{
    return azb_options_has(&bulk->command->options, AZB_HAS(LITERAL));
}

/* Everything below a prefix, or all that matches. */
static int take_selected(struct bulk *bulk, const char *text, struct azb_error *err)
{
    int rc = bulk_flush(bulk, err); /* what is left belongs to the target before */

    azb_target_clear(&bulk->target);
    if (rc < 0 || azb_target_parse(text, &bulk->target, err) < 0)
        return -1;
    if (bulk->target.container == NULL)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "'%.200s' names no container",
                             bulk->target.text);
    if (azb_selection_init(&bulk->selection, &bulk->target, is_literal(bulk), err) < 0)
        return -1;
    rc = take_listed(bulk, err);
    if (rc == 0)
        rc = bulk_flush(bulk, err);
    if (rc == 0)
        rc = azb_selection_check(&bulk->selection, text, err);
    azb_selection_clear(&bulk->selection);
    return rc;
}

/* Whether an operand means more than the one blob of that name. */
static bool selects(const struct bulk *bulk, const char *text)
{
    return azb_options_has(&bulk->command->options, AZB_HAS(RECURSIVE)) ||
           azb_subjects_is_pattern(bulk->command, text);
}

/* Whether every operand is a name that will do: asked before anything is done. */
static int check_operands(const struct bulk *bulk, struct azb_error *err)
{
    const struct azb_options *options = &bulk->command->options;

    for (int i = 0; i < options->n_operands; i++) {
        struct azb_target target;
        int rc;

        if (strcmp(options->operands[i], "-") == 0)
            continue;
        rc = selects(bulk, options->operands[i])
                 ? azb_target_parse(options->operands[i], &target, err)
                 : azb_command_blob(options->operands[i], &target, err);
        if (rc < 0)
            return -1;
        azb_target_clear(&target);
    }
    return 0;
}

/* One operand: "-", what selects blobs, or a blob's name. */
static int take_operand(struct bulk *bulk, const char *text, struct azb_error *err)
{
    if (strcmp(text, "-") == 0)
        return take_from(bulk, "-", false, err);
    return selects(bulk, text) ? take_selected(bulk, text, err)
                               : bulk_add_text(bulk, text, err);
}

/* The same; one of several that fails by itself is told, and the others go on. */
static int take_operand_of_many(struct bulk *bulk, const char *text, struct azb_error *err)
{
    if (take_operand(bulk, text, err) == 0)
        return 0;
    if (bulk->command->options.n_operands == 1 || bulk->err.what != AZB_OK ||
        err->what == AZB_ERR_NO_DAEMON)
        return -1;
    azb_command_failed(bulk->command, text, err);
    *err = (struct azb_error){0};
    return 0;
}

static int take_all(struct bulk *bulk, struct azb_error *err)
{
    const struct azb_options *options = &bulk->command->options;
    const char *from = options->values[AZB_OPTION_FROM];
    int rc = 0;

    if (from != NULL) {
        if (options->n_operands > 0)
            rc = azb_command_container(options->operands[0], &bulk->target, err);
        if (rc == 0)
            rc = take_from(bulk, from, options->n_operands > 0, err);
    } else {
        rc = check_operands(bulk, err);
        for (int i = 0; rc == 0 && i < options->n_operands; i++)
            rc = take_operand_of_many(bulk, options->operands[i], err);
    }
    if (rc == 0)
        rc = bulk_flush(bulk, err);
    return rc < 0 ? -1 : bulk_await_all(bulk, err);
}

/* However it ended: what is under way is told as far as it can be, and nothing of it comes
 * after us. */
static void bulk_clear(struct bulk *bulk)
{
    struct azb_error ignored = {0};

    bulk->n_names = 0;
    bulk_await_all(bulk, &ignored);
    for (int i = 0; i < MAX_SINGLES; i++) {
        if (bulk->batches[i].n_blobs > 0)
            azb_call_forget(&bulk->batches[i].call);
        azb_buf_clear(&bulk->batches[i].label);
    }
    azb_buf_clear(&bulk->names);
    azb_selection_clear(&bulk->selection);
    azb_target_clear(&bulk->target);
}

/* A single blob needs no batch, and has an exit code of its own. */
struct azb_job *azb_bulk_prepare(struct azb_command *command)
{
    const struct azb_options *options = &command->options;
    const char *name =
        options->n_operands > 0 ? options->operands[options->n_operands - 1] : "";
    int n_values = command->verb->call.operands == AZB_VALUE_FIRST;
    struct bulk bulk = {.command = command};
    struct azb_target target;

    if (azb_options_has(options, AZB_HAS(FROM) | AZB_HAS(DRY_RUN)) ||
        options->n_operands != n_values + 1 || strcmp(name, "-") == 0 || selects(&bulk, name) ||
        azb_command_blob(name, &target, NULL) < 0)
        return NULL;
    azb_target_clear(&target);
    return azb_calls_prepare(command);
}

int azb_verb_bulk(struct azb_command *command)
{
    struct azb_options *options = &command->options;
    bool is_from = azb_options_has(options, AZB_HAS(FROM));
    struct bulk bulk = {.command = command};
    struct azb_error err = {0};
    int rc;

    if (command->verb->call.operands == AZB_VALUE_FIRST) {
        bulk.value = options->operands[0];
        options->operands++;
        options->n_operands--;
    }
    if (is_from && azb_options_has(options, AZB_HAS(RECURSIVE)))
        rc = azb_error_set(&err, AZB_ERR_INVALID_ARG, "-r and --from exclude each other");
    else if (!is_from && options->n_operands == 0)
        rc = azb_error_set(&err, AZB_ERR_INVALID_ARG,
                           "which blobs? Name them, or use --from FILE");
    else
        rc = take_all(&bulk, &err);
    bulk_clear(&bulk);
    return rc < 0 ? azb_command_end(command, NULL, &err) : azb_command_exit(command);
}
