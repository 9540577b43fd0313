/*
 * calls.c: verbs that are one call and its result: stat, ping, status, and call for any
 * method by its own name.
 */
#include "client/command.h"

#include <stdio.h>
#include <string.h>

#include "client/json.h"

/* Finish a begun call and write its result. */
static int finish_with_result(struct azb_command *command, struct azb_client_call *call,
                              const char *subject)
{
    struct azb_error err = {0};

    if (azb_command_finish(call, -1, &err) < 0 ||
        azb_output_value(&command->out, call->result, &err) < 0)
        return azb_command_end(command, subject, &err);
    return AZB_EXIT_DONE;
}

int azb_verb_stat(struct azb_command *command)
{
    struct azb_client_call call = {0};
    struct azb_error err = {0};
    struct azb_target target;
    bool is_blob;
    int rc;

    if (azb_target_parse(command->options.operands[0], &target, &err) < 0)
        return azb_command_end(command, NULL, &err);
    is_blob = target.blob != NULL && target.blob[0] != '\0';
    rc = target.container != NULL
             ? azb_command_begin(command, &call,
                                 is_blob ? "blob.get_blob_properties"
                                         : "container.get_container_properties",
                                 &target, &err)
             : azb_error_set(&err, AZB_ERR_INVALID_ARG, "which container or blob?");
    if (rc == 0 && is_blob)
        azb_call_str(&call, "blob", target.blob);
    rc = rc < 0 ? azb_command_end(command, target.text, &err)
                : finish_with_result(command, &call, target.text);
    azb_target_clear(&target);
    return rc;
}

/* A method of the daemon's own, without parameters. */
static int run_plain(struct azb_command *command, const char *method)
{
    struct azb_client_call call = {0};
    struct azb_error err = {0};

    if (azb_command_begin(command, &call, method, NULL, &err) < 0)
        return azb_command_end(command, NULL, &err);
    return finish_with_result(command, &call, NULL);
}

int azb_verb_ping(struct azb_command *command)
{
    return run_plain(command, "rpc.ping");
}

int azb_verb_status(struct azb_command *command)
{
    return run_plain(command, "daemon.status");
}

/* What `call` prints of a stream, one JSON line each. */
static int print_item(const msgpack_object *item, void *arg)
{
    struct azb_command *command = arg;

    return azb_output_value(&command->out, item, NULL);
}

static int print_data(uint64_t offset, const void *bytes, size_t n, void *arg)
{
    struct azb_command *command = arg;

    azb_buf_printf(&command->out.buf, "{\"offset\":%llu,\"data\":\"",
                   (unsigned long long)offset);
    azb_base64_append(&command->out.buf, bytes, n);
    azb_buf_puts(&command->out.buf, "\"}\n");
    return azb_output_flush_if_full(&command->out, NULL);
}

/* rpc.*, daemon.* and the making of clients concern no account. */
static bool concerns_account(const char *method)
{
    return strncmp(method, "rpc.", 4) != 0 && strncmp(method, "daemon.", 7) != 0 &&
           strcmp(method, "service.open") != 0 && strcmp(method, "service.close") != 0;
}

/* The value of a NAME=VALUE operand, or NULL. */
static const char *parameter(const struct azb_options *options, const char *name)
{
    size_t n = strlen(name);

    for (int i = 1; i < options->n_operands; i++)
        if (strncmp(options->operands[i], name, n) == 0 && options->operands[i][n] == '=')
            return options->operands[i] + n + 1;
    return NULL;
}

/* NAME=VALUE operands as parameters, but for `skipped` (a value, or NULL). */
static int pack_operands(struct azb_client_call *call, const struct azb_options *options,
                         const char *skipped, struct azb_error *err)
{
    for (int i = 1; i < options->n_operands; i++) {
        char *equals = strchr(options->operands[i], '=');

        if (equals == NULL || equals == options->operands[i])
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "'%.100s': write NAME=VALUE",
                                 options->operands[i]);
        if (equals + 1 == skipped)
            continue;
        *equals = '\0';
        azb_json_pack(equals + 1, azb_call_value(call, options->operands[i]));
        *equals = '=';
    }
    return 0;
}

int azb_verb_call(struct azb_command *command)
{
    const struct azb_options *options = &command->options;
    const char *method = options->operands[0];
    struct azb_client_call call = {
        .on_item = print_item, .on_data = print_data, .arg = command};
    struct azb_target target = {0};
    struct azb_error err = {0};
    bool has_account = concerns_account(method);

    if (has_account)
        target.profile = parameter(options, "client");
    if (!azb_options_has(options, AZB_HAS(OUTPUT)))
        command->out.format =
            parameter(options, "stream") != NULL ? AZB_FORMAT_JSONL : AZB_FORMAT_JSON;
    if (azb_command_begin(command, &call, method, has_account ? &target : NULL, &err) < 0 ||
        pack_operands(&call, options, target.profile, &err) < 0)
        return azb_command_end(command, NULL, &err);
    return finish_with_result(command, &call, method);
}
