/*
 * containers.c: rb.
 */
#include "client/command.h"

/* Do something to each operand, a container's name. */
static int for_each_container(struct azb_command *command,
                              int (*act)(struct azb_command *, const struct azb_target *,
                                         struct azb_error *))
{
    struct azb_error err = {0};

    if (azb_command_check(command, azb_command_container, &err) < 0)
        return azb_command_end(command, NULL, &err);
    for (int i = 0; i < command->options.n_operands; i++) {
        struct azb_target target;

        err = (struct azb_error){0};
        if (azb_command_container(command->options.operands[i], &target, &err) < 0)
            return azb_command_end(command, NULL, &err);
        if (act(command, &target, &err) < 0)
            azb_command_failed(command, target.text, &err);
        else
            azb_command_done(command, target.text, NULL);
        azb_target_clear(&target);
    }
    return azb_command_exit(command);
}

/* A call that takes a container and nothing else. */
static int call_container(struct azb_command *command, const char *method,
                          const struct azb_target *target, struct azb_error *err)
{
    struct azb_client_call call = {0};

    if (azb_command_begin(command, &call, method, target, err) < 0)
        return -1;
    return azb_command_finish(&call, -1, err);
}

/* One blob is enough to know. */
static int found_one(const msgpack_object *item, void *has_blobs)
{
    (void)item;
    *(bool *)has_blobs = true;
    return 1;
}

static int check_empty(struct azb_command *command, const struct azb_target *target,
                       struct azb_error *err)
{
    bool has_blobs = false;
    struct azb_client_call call = {.on_item = found_one, .arg = &has_blobs};

    if (azb_command_begin(command, &call, "container.list_blob_names", target, err) < 0)
        return -1;
    azb_call_bool(&call, "stream", true);
    azb_call_int(&call, "results_per_page", 1);
    if (azb_command_finish(&call, -1, err) < 0 && !has_blobs)
        return -1;
    if (!has_blobs)
        return 0;
    azb_error_set(err, AZB_ERR_MODIFIED,
                  "the container has blobs. Remove it with them all: azblob rb --force");
    snprintf(err->code, sizeof(err->code), "ContainerNotEmpty");
    return -1;
}

static int unmake(struct azb_command *command, const struct azb_target *target,
                  struct azb_error *err)
{
    if (!azb_options_has(&command->options, AZB_HAS(FORCE)) &&
        check_empty(command, target, err) < 0)
        return -1;
    return call_container(command, "container.delete_container", target, err);
}

int azb_verb_rb(struct azb_command *command)
{
    return for_each_container(command, unmake);
}
