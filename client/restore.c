/*
 * restore.c: what was deleted or overwritten comes back: a container by the version that its
 * deletion left; a blob by undeleting it or, where versions are kept, by copying the newest
 * one (or the one that is named) over its name.
 */
#include "client/command.h"

#include <stdlib.h>
#include <string.h>

#include "proto/value.h"

/* ---- containers ---- */

/* The version of the last deleted container of a name. */
struct deleted {
    const char *name;
    char version[80];
    char deleted_time[40];
};

static int on_container(const msgpack_object *item, void *arg)
{
    const msgpack_object_map *map = azb_value_map(item);
    struct deleted *deleted = arg;
    char when[sizeof(deleted->deleted_time)];

    if (!azb_value_is(azb_map_find(map, "name"), deleted->name) ||
        !azb_value_copy(azb_map_find(map, "deleted_time"), when, sizeof(when)) ||
        strcmp(when, deleted->deleted_time) < 0)
        return 0;
    if (azb_value_copy(azb_map_find(map, "version"), deleted->version,
                       sizeof(deleted->version)))
        strcpy(deleted->deleted_time, when);
    return 0;
}

static int find_deleted(struct azb_command *command, const struct azb_target *target,
                        struct deleted *deleted, struct azb_error *err)
{
    struct azb_client_call call = {.on_item = on_container, .arg = deleted};
    struct azb_target account = *target;

    account.container = NULL;
    if (azb_command_begin(command, &call, "service.list_containers", &account, err) < 0)
        return -1;
    azb_call_bool(&call, "stream", true);
    azb_call_bool(&call, "include_deleted", true);
    azb_call_str(&call, "name_starts_with", target->container);
    if (azb_command_finish(&call, -1, err) < 0)
        return -1;
    if (deleted->version[0] == '\0')
        return azb_error_set(err, AZB_ERR_NOT_FOUND,
                             "no deleted container of this name is kept");
    return 0;
}

static int undelete_container(struct azb_command *command, const struct azb_target *target,
                              struct azb_error *err)
{
    struct deleted deleted = {.name = target->container};
    struct azb_target account = *target;
    struct azb_client_call call = {0};

    account.container = NULL;
    if (find_deleted(command, target, &deleted, err) < 0 ||
        azb_command_begin(command, &call, "service.undelete_container", &account, err) < 0)
        return -1;
    azb_call_str(&call, "deleted_container_name", deleted.name);
    azb_call_str(&call, "deleted_container_version", deleted.version);
    return azb_command_finish(&call, -1, err);
}

int azb_verb_undelete(struct azb_command *command)
{
    const struct azb_options *options = &command->options;
    struct azb_error err = {0};
    struct azb_target target;
    int rc;

    /* A container alone, and nothing below it, is one call of another kind. */
    if (options->n_operands != 1 || azb_options_has(options, AZB_HAS(RECURSIVE)) ||
        azb_target_parse(options->operands[0], &target, &err) < 0)
        return azb_verb_bulk(command);
    if (target.container == NULL || (target.blob != NULL && target.blob[0] != '\0')) {
        azb_target_clear(&target);
        return azb_verb_bulk(command);
    }
    if (undelete_container(command, &target, &err) < 0)
        azb_command_failed(command, target.text, &err);
    else
        azb_command_done(command, target.text, NULL);
    rc = azb_command_exit(command);
    azb_target_clear(&target);
    return rc;
}

/* ---- blobs ---- */

static int begin_on_blob(struct azb_command *command, struct azb_client_call *call,
                         const char *method, const struct azb_target *target,
                         struct azb_error *err)
{
    if (azb_command_begin(command, call, method, target, err) < 0)
        return -1;
    azb_call_str(call, "blob", target->blob);
    return 0;
}

/* The newest version of a blob. They are listed oldest first. */
struct newest {
    const char *name;
    char version_id[64];
};

static int on_version(const msgpack_object *item, void *arg)
{
    const msgpack_object_map *map = azb_value_map(item);
    struct newest *newest = arg;
    char version_id[sizeof(newest->version_id)];

    if (!azb_value_is(azb_map_find(map, "name"), newest->name))
        return 1; /* longer names come behind */
    if (azb_value_copy(azb_map_find(map, "version_id"), version_id, sizeof(version_id)) &&
        strcmp(version_id, newest->version_id) > 0)
        strcpy(newest->version_id, version_id);
    return 0;
}

static int find_newest(struct azb_command *command, const struct azb_target *target,
                       struct newest *newest, struct azb_error *err)
{
    struct azb_client_call call = {.on_item = on_version, .arg = newest};
    msgpack_packer *pk;

    if (azb_command_begin(command, &call, "container.list_blobs", target, err) < 0)
        return -1;
    azb_call_bool(&call, "stream", true);
    azb_call_str(&call, "name_starts_with", target->blob);
    pk = azb_call_value(&call, "include");
    msgpack_pack_array(pk, 1);
    azb_pack_str(pk, "versions");
    if (azb_command_finish(&call, -1, err) < 0 && !call.is_stopped)
        return -1;
    if (newest->version_id[0] == '\0')
        return azb_error_set(err, AZB_ERR_NOT_FOUND,
                             "nothing of it is kept: neither soft-deleted nor as a version");
    return 0;
}

/* Copy a snapshot or version of the blob over the blob itself. */
static int promote(struct azb_command *command, const struct azb_target *source,
                   struct azb_error *err)
{
    struct azb_target target = *source;
    struct azb_client_call url_call = {0}, call = {0};
    struct azb_buf url = {0};
    int rc = -1;

    target.snapshot = target.version_id = NULL;
    if (begin_on_blob(command, &url_call, "service.get_blob_client", source, err) < 0 ||
        azb_command_finish(&url_call, -1, err) < 0)
        return -1;
    azb_output_scalar(&url, azb_map_find(azb_value_map(url_call.result), "url"));
    if (source->sas != NULL)
        azb_buf_printf(&url, "&%s", source->sas);
    if (begin_on_blob(command, &call, "blob.start_copy_from_url", &target, err) == 0) {
        azb_call_str(&call, "source_url", azb_buf_cstr(&url));
        if (command->options.values[AZB_OPTION_LEASE_ID] != NULL)
            azb_call_str(&call, "destination_lease",
                         command->options.values[AZB_OPTION_LEASE_ID]);
        rc = azb_command_finish(&call, -1, err);
    }
    azb_buf_clear(&url);
    return rc;
}

/* Whether there is such a blob. -1: that could not be found out. */
static int exists(struct azb_command *command, const struct azb_target *target,
                  struct azb_error *err)
{
    struct azb_client_call call = {0};

    if (begin_on_blob(command, &call, "blob.get_blob_properties", target, err) < 0)
        return -1;
    if (azb_command_finish(&call, -1, err) == 0)
        return 1;
    return azb_exit_code(err) == AZB_EXIT_NOT_FOUND ? 0 : -1;
}

static int restore(struct azb_command *command, const struct azb_target *target,
                   struct azb_error *err)
{
    struct azb_client_call undelete = {0};
    struct newest newest = {.name = target->blob};
    struct azb_target source = *target;
    int found;

    if (target->snapshot != NULL || target->version_id != NULL)
        return promote(command, target, err);
    if (begin_on_blob(command, &undelete, "blob.undelete_blob", target, err) < 0 ||
        (azb_command_finish(&undelete, -1, err) < 0 &&
         azb_exit_code(err) != AZB_EXIT_NOT_FOUND))
        return -1;
    found = exists(command, target, err);
    if (found != 0)
        return found < 0 ? -1 : 0;
    *err = (struct azb_error){0};
    if (find_newest(command, target, &newest, err) < 0)
        return -1;
    source.version_id = newest.version_id;
    return promote(command, &source, err);
}

int azb_verb_restore(struct azb_command *command)
{
    const struct azb_options *options = &command->options;
    struct azb_error err = {0};

    if (azb_command_check(command, azb_command_blob, &err) < 0)
        return azb_command_end(command, NULL, &err);
    for (int i = 0; i < options->n_operands; i++) {
        struct azb_target target;

        err = (struct azb_error){0};
        if (azb_command_blob(options->operands[i], &target, &err) < 0)
            return azb_command_end(command, NULL, &err);
        if (options->values[AZB_OPTION_SNAPSHOT] != NULL)
            target.snapshot = options->values[AZB_OPTION_SNAPSHOT];
        if (options->values[AZB_OPTION_VERSION_ID] != NULL)
            target.version_id = options->values[AZB_OPTION_VERSION_ID];
        if (restore(command, &target, &err) < 0)
            azb_command_failed(command, target.text, &err);
        else
            azb_command_done(command, target.text, NULL);
        azb_target_clear(&target);
    }
    return azb_command_exit(command);
}
