/*
 * query.c: SQL over a blob's content; the daemon writes what it selects straight to stdout.
 */
#include "client/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/json.h"
#include "proto/value.h"

/* "csv", "json", "parquet", "arrow", or all of a format's fields as JSON. */
static void put_format(struct azb_client_call *call, const char *param, const char *value)
{
    msgpack_packer *pk;

    if (value == NULL)
        return;
    pk = azb_call_value(call, param);
    if (value[0] == '{') {
        azb_json_pack(value, pk);
        return;
    }
    msgpack_pack_map(pk, 1);
    azb_pack_str(pk, "type");
    azb_pack_str(pk, strcmp(value, "csv") == 0 ? "delimited" : value);
}

/* Records that could not be read, which did not end the query. */
static int tell_errors(const struct azb_target *target, const msgpack_object *result)
{
    int64_t n_errors = 0;

    azb_value_int(azb_map_find(azb_value_map(result), "error_count"), &n_errors);
    if (n_errors == 0)
        return AZB_EXIT_DONE;
    fprintf(stderr, "azblob: query: %s: %lld records could not be read and were passed over\n",
            target->text, (long long)n_errors);
    return AZB_EXIT_FAILED;
}

static int query(struct azb_command *command, const struct azb_target *target,
                 struct azb_error *err)
{
    const struct azb_options *options = &command->options;
    struct azb_client_call call = {0};

    if (azb_command_begin(command, &call, "blob.query_blob", target, err) < 0)
        return -1;
    azb_call_str(&call, "blob", target->blob);
    azb_call_str(&call, "query_expression", options->operands[1]);
    put_format(&call, "blob_format", options->values[AZB_OPTION_INPUT_FORMAT]);
    put_format(&call, "output_format", options->values[AZB_OPTION_OUTPUT_FORMAT]);
    azb_command_params(command, &call);
    azb_call_bool(&call, "fd", true);
    if (azb_command_finish(&call, STDOUT_FILENO, err) < 0) {
        azb_command_end_if_unread(err);
        return -1;
    }
    return tell_errors(target, call.result);
}

int azb_verb_query(struct azb_command *command)
{
    struct azb_error err = {0};
    struct azb_target target;
    int rc;

    if (azb_command_blob(command->options.operands[0], &target, &err) < 0)
        return azb_command_end(command, NULL, &err);
    rc = query(command, &target, &err);
    if (rc < 0)
        rc = azb_command_end(command, target.text, &err);
    azb_target_clear(&target);
    return rc;
}
