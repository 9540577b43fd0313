/*
 * calls.c: the verbs that are one call for each name, as their rows describe them (verbs.c),
 * and `call` for any method by its own name.
 */
#include "client/command.h"

#include <stdio.h>
#include <string.h>

#include "client/json.h"
#include "proto/value.h"

/* ---- verbs described by their rows ---- */

/* What is the same for all names of a command line, and what came of a stream. */
struct each {
    struct azb_command *command;
    const struct azb_verb_call *row;
    const char *value; /* for row->param; NULL: none */
    int n_names, n_params;
    char **names;
    char **params;        /* NAME=VALUE */
    struct azb_error err; /* why on_row stopped; AZB_OK: it has enough */
};

int azb_call_operand(struct azb_client_call *call, char *operand, struct azb_error *err)
{
    char *equals = strchr(operand, '=');

    if (equals == NULL || equals == operand)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "'%.100s': write NAME=VALUE", operand);
    *equals = '\0';
    azb_json_pack(equals + 1, azb_call_value(call, operand));
    *equals = '=';
    return 0;
}

/* The method for what a name names. NULL with INVALID_ARG, saying what it should name. */
static const char *method_for(const struct azb_verb_call *row, const struct azb_target *target,
                              struct azb_error *err)
{
    bool has_blob = target->blob != NULL && target->blob[0] != '\0';
    const char *method = has_blob                    ? row->on_blob
                         : target->container != NULL ? row->on_container
                                                     : row->on_account;

    if (method == NULL)
        azb_error_set(err, AZB_ERR_INVALID_ARG, "'%.200s' names no %s%s%s", target->text,
                      row->on_blob != NULL ? "blob: write CONTAINER/NAME" : "",
                      row->on_blob != NULL && row->on_container != NULL ? ", and no " : "",
                      row->on_container != NULL ? "container: write CONTAINER" : "");
    return method;
}

static int on_row(const msgpack_object *item, void *arg)
{
    struct each *each = arg;

    return azb_output_row(&each->command->out, item, each->row->columns, &each->err);
}

static int show(struct each *each, const char *subject, const msgpack_object *result,
                struct azb_error *err)
{
    const struct azb_verb_call *row = each->row;
    struct azb_output *out = &each->command->out;
    const msgpack_object *field =
        row->field != NULL ? azb_output_field(result, row->field, strlen(row->field)) : NULL;

    if (row->show == AZB_SHOW_RESULT)
        return azb_output_value(out, result, err);
    if (row->show == AZB_SHOW_FIELD &&
        (out->format == AZB_FORMAT_TEXT || (field != NULL && azb_value_map(field) != NULL)))
        return field != NULL ? azb_output_value(out, field, err) : 0;
    if (row->show == AZB_SHOW_FIELD)
        return azb_output_value(out, result, err);
    azb_command_done(each->command, subject, result);
    return 0;
}

/* One name's call, from begin to end. */
static int call_one(struct each *each, const struct azb_target *target, struct azb_error *err)
{
    const struct azb_verb_call *row = each->row;
    struct azb_client_call call = {.arg = each};
    const char *method = target == NULL ? row->on_daemon : method_for(row, target, err);

    if (row->show == AZB_SHOW_STREAM)
        call.on_item = on_row;
    if (method == NULL || azb_command_begin(each->command, &call, method, target, err) < 0)
        return -1;
    if (target != NULL && target->blob != NULL && target->blob[0] != '\0')
        azb_call_str(&call, "blob", target->blob);
    if (row->show == AZB_SHOW_STREAM)
        azb_call_bool(&call, "stream", true);
    if (each->value != NULL)
        azb_call_str(&call, row->param, each->value);
    for (int i = 0; i < each->n_params; i++)
        if (azb_call_operand(&call, each->params[i], err) < 0)
            return -1;
    azb_command_params(each->command, &call);
    if (azb_command_finish(&call, -1, err) < 0) {
        if (each->err.what != AZB_OK)
            *err = each->err;
        return -1;
    }
    if (row->show == AZB_SHOW_STREAM)
        return 0;
    return show(each, target != NULL ? target->text : NULL, call.result, err);
}

/* Which operands are names, by the row. */
static void split_operands(struct each *each)
{
    const struct azb_options *options = &each->command->options;

    each->names = options->operands;
    each->n_names = options->n_operands;
    switch (each->row->operands) {
    case AZB_VALUE_FIRST:
        each->value = each->names[0];
        each->names++;
        each->n_names--;
        break;
    case AZB_VALUE_LAST:
        each->value = each->names[--each->n_names];
        break;
    case AZB_PARAMS_LAST:
        each->params = each->names + 1;
        each->n_params = each->n_names > 0 ? each->n_names - 1 : 0;
        each->n_names -= each->n_params;
        break;
    case AZB_NAMES:
        break;
    }
}

/* Whether all names are of the kind that the row wants: asked before anything is done. */
static int check_names(const struct each *each, struct azb_error *err)
{
    for (int i = 0; i < each->n_names; i++) {
        struct azb_target target;
        bool is_good;

        if (azb_target_parse(each->names[i], &target, err) < 0)
            return -1;
        is_good = method_for(each->row, &target, err) != NULL;
        azb_target_clear(&target);
        if (!is_good)
            return -1;
    }
    return 0;
}

static void call_name(struct each *each, const char *name)
{
    struct azb_error err = {0};
    struct azb_target target;

    if (azb_target_parse(name, &target, &err) < 0) {
        azb_command_failed(each->command, NULL, &err);
        return;
    }
    if (call_one(each, &target, &err) < 0)
        azb_command_failed(each->command, target.text, &err);
    else if (each->row->show != AZB_SHOW_ITEMS)
        azb_command_done(each->command, NULL, NULL);
    azb_target_clear(&target);
}

int azb_verb_call_each(struct azb_command *command)
{
    struct each each = {.command = command, .row = &command->verb->call};
    struct azb_output *out = &command->out;
    struct azb_error err = {0};

    split_operands(&each);
    if (check_names(&each, &err) < 0)
        return azb_command_end(command, NULL, &err);
    if (each.row->on_daemon != NULL && call_one(&each, NULL, &err) < 0)
        return azb_command_end(command, NULL, &err);
    for (int i = 0; i < each.n_names; i++)
        call_name(&each, each.names[i]);
    if (each.row->on_account != NULL && each.n_names == 0)
        call_name(&each, "");
    if (each.row->show == AZB_SHOW_STREAM) {
        azb_output_rows_end(out);
        if (out->n_rows == 0 && command->n_failed == 0)
            return azb_command_empty(command);
    }
    return azb_command_exit(command);
}

/* ---- call ---- */

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
        const char *equals = strchr(options->operands[i], '=');

        if ((equals == NULL || equals + 1 != skipped) &&
            azb_call_operand(call, options->operands[i], err) < 0)
            return -1;
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
    if (azb_command_finish(&call, -1, &err) < 0 ||
        azb_output_value(&command->out, call.result, &err) < 0)
        return azb_command_end(command, method, &err);
    return AZB_EXIT_DONE;
}
