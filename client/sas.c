/*
 * sas.c: a URL with a signature in it, for whoever has no credential. It allows little and ends
 * soon unless asked otherwise; the key stays with the daemon.
 */
#include "client/command.h"

#include <stdio.h>
#include <time.h>

#include "proto/value.h"

enum {
    DEFAULT_LIFE_S = 3600,
    BACKDATED_S = 15 * 60, /* clocks differ */
};

/* A time, or how long from now. */
static void put_expiry(struct azb_client_call *call, const char *given)
{
    int64_t life_ms = DEFAULT_LIFE_S * 1000;

    if (given != NULL && azb_duration_parse(given, &life_ms) < 0)
        azb_call_str(call, "expiry", given);
    else
        azb_call_int(call, "expiry", time(NULL) + life_ms / 1000);
}

static void put_if(struct azb_client_call *call, const char *name, const char *value)
{
    if (value != NULL)
        azb_call_str(call, name, value);
}

static int mint(struct azb_command *command, const struct azb_target *target,
                struct azb_error *err)
{
    const struct azb_options *options = &command->options;
    const char *permissions = options->values[AZB_OPTION_PERMISSIONS];
    bool is_blob = target->blob != NULL && target->blob[0] != '\0';
    bool is_account = target->container == NULL;
    struct azb_target account = *target; /* the account alone: these methods have other names */
    struct azb_client_call call = {0};

    account.container = account.snapshot = account.version_id = NULL;
    if (azb_command_begin(command, &call,
                          is_blob      ? "util.generate_blob_sas"
                          : is_account ? "util.generate_account_sas"
                                       : "util.generate_container_sas",
                          &account, err) < 0)
        return -1;
    put_if(&call, "container_name", target->container);
    if (is_blob)
        azb_call_str(&call, "blob_name", target->blob);
    if (is_account)
        azb_call_str(&call, "resource_types", "sco");
    put_if(&call, "snapshot", target->snapshot);
    put_if(&call, "version_id", target->version_id);
    azb_call_str(&call, "permission", permissions != NULL ? permissions : "r");
    azb_call_int(&call, "start", time(NULL) - BACKDATED_S);
    put_expiry(&call, options->values[AZB_OPTION_EXPIRY]);
    for (int i = 1; i < options->n_operands; i++)
        if (azb_call_operand(&call, options->operands[i], err) < 0) {
            azb_call_drop(&call);
            return -1;
        }
    if (azb_command_finish(&call, -1, err) < 0)
        return -1;
    if (command->out.format != AZB_FORMAT_TEXT || command->out.fields != NULL)
        return azb_output_value(&command->out, call.result, err);
    return azb_output_value(&command->out, azb_map_find(azb_value_map(call.result), "url"),
                            err);
}

int azb_verb_sas(struct azb_command *command)
{
    const char *name = command->options.n_operands > 0 ? command->options.operands[0] : "";
    struct azb_error err = {0};
    struct azb_target target;
    int rc;

    if (azb_target_parse(name, &target, &err) < 0)
        return azb_command_end(command, NULL, &err);
    rc = mint(command, &target, &err) < 0 ? azb_command_end(command, target.text, &err)
                                          : AZB_EXIT_DONE;
    azb_target_clear(&target);
    return rc;
}
