/*
 * calls.c: the verbs that are one call for each name, as their rows describe them (verbs.c),
 * and `call` for any method by its own name.
 */
#include "client/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/json.h"
#include "client/subjects.h"
#include "proto/value.h"

/* ---- verbs described by their rows ---- */

/* One name, from when its call has been sent until its answer is told. */
struct named {
    struct azb_later later;
    struct named *next;
    struct azb_target target;
    char text[]; /* what the target was made from */
};

/* A command line's calls: some of them under way, told in the order of the names. */
struct calls {
    struct azb_job job; /* first */
    struct azb_command *command;
    const struct azb_verb_call *row;
    const char *value; /* for row->param; NULL: none */
    int n_names, n_params;
    bool is_several; /* names, or a pattern for such */
    unsigned n_shown;
    char **names;
    char **params;               /* NAME=VALUE */
    struct named *first, **last; /* under way */
    unsigned n_ahead;
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
    struct calls *calls = arg;

    return azb_output_row(&calls->command->out, item, calls->row->columns, &calls->err);
}

/* Lines that belong together say to which of several names, as head(1) does. */
static void put_heading(struct calls *calls, const char *subject)
{
    struct azb_output *out = &calls->command->out;

    azb_buf_printf(&out->buf, "%s==> ", calls->n_shown > 0 ? "\n" : "");
    azb_output_name(out, subject);
    azb_buf_puts(&out->buf, " <==\n");
    calls->n_shown++;
}

static int show(struct calls *calls, const char *subject, const msgpack_object *result,
                struct azb_error *err)
{
    const struct azb_verb_call *row = calls->row;
    struct azb_output *out = &calls->command->out;
    const msgpack_object *field =
        row->field != NULL ? azb_output_field(result, row->field, strlen(row->field)) : NULL;
    const msgpack_object *shown = NULL;
    int rc = 0;

    if (row->show == AZB_SHOW_RESULT ||
        (row->show == AZB_SHOW_FIELD && out->format != AZB_FORMAT_TEXT &&
         (field == NULL || azb_value_map(field) == NULL)))
        shown = result;
    else if (row->show == AZB_SHOW_FIELD)
        shown = field;
    if (calls->is_several && (row->show == AZB_SHOW_RESULT || row->show == AZB_SHOW_FIELD) &&
        out->format == AZB_FORMAT_TEXT && out->fields == NULL &&
        (shown == NULL || azb_value_map(shown) != NULL))
        put_heading(calls, subject);
    if (shown != NULL)
        rc = azb_output_value(out, shown, err);
    if (rc == 0)
        azb_command_done(calls->command, row->show == AZB_SHOW_ITEMS ? subject : NULL, result);
    return rc;
}

static bool is_stream(const struct calls *calls)
{
    return calls->row->show == AZB_SHOW_STREAM;
}

/* A name's call, ready to be sent. */
static int begin_named(struct calls *calls, struct named *named, struct azb_error *err)
{
    const struct azb_target *target = calls->row->on_daemon == NULL ? &named->target : NULL;
    struct azb_client_call *call = &named->later.call;
    const char *method =
        target == NULL ? calls->row->on_daemon : method_for(calls->row, target, err);

    if (is_stream(calls))
        call->on_item = on_row;
    call->arg = calls;
    if (method == NULL || azb_command_begin(calls->command, call, method, target, err) < 0)
        return -1;
    if (target != NULL && target->blob != NULL && target->blob[0] != '\0')
        azb_call_str(call, "blob", target->blob);
    if (is_stream(calls))
        azb_call_bool(call, "stream", true);
    if (calls->value != NULL)
        azb_call_str(call, calls->row->param, calls->value);
    for (int i = 0; i < calls->n_params; i++)
        if (azb_call_operand(call, calls->params[i], err) < 0)
            return -1;
    azb_command_params(calls->command, call);
    return 0;
}

/* Put a name behind the others. */
static struct named *add_name(struct calls *calls, const char *text, struct azb_error *err)
{
    struct named *named = calloc(1, sizeof(*named) + strlen(text) + 1);

    if (named == NULL) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a name");
        return NULL;
    }
    strcpy(named->text, text);
    *calls->last = named;
    calls->last = &named->next;
    calls->n_ahead++;
    if (azb_target_parse(named->text, &named->target, err) < 0)
        azb_later_fail(&named->later, err);
    return named;
}

static void send_named(struct calls *calls, struct named *named)
{
    struct azb_error err = {0};

    if (begin_named(calls, named, &err) < 0)
        azb_later_fail(&named->later, &err);
    else
        azb_later_send(&named->later);
}

/* Wait for the first of the answers, and tell it. */
static void tell_first(struct calls *calls)
{
    struct azb_command *command = calls->command;
    struct named *named = calls->first;
    const char *subject = named->target.text;
    const msgpack_object *result;
    struct azb_error err = {0};

    /* A stdout that takes nothing is the command's failure, told once at its end. */
    if (azb_later_wait(&named->later, &result, &err) < 0)
        azb_command_failed(command, subject, calls->err.what != AZB_OK ? &calls->err : &err);
    else if (show(calls, subject, result, &err) < 0 && command->out.failed_errno == 0)
        azb_command_failed(command, subject, &err);
    calls->first = named->next;
    if (calls->first == NULL)
        calls->last = &calls->first;
    calls->n_ahead--;
    azb_later_clear(&named->later);
    azb_target_clear(&named->target);
    free(named);
}

/* Which operands are names, by the row. */
static void split_operands(struct calls *calls)
{
    static char *account[] = {""};
    const struct azb_options *options = &calls->command->options;

    calls->names = options->operands;
    calls->n_names = options->n_operands;
    switch (calls->row->operands) {
    case AZB_VALUE_FIRST:
        calls->value = calls->names[0];
        calls->names++;
        calls->n_names--;
        break;
    case AZB_VALUE_LAST:
        calls->value = calls->names[--calls->n_names];
        break;
    case AZB_PARAMS_LAST:
        calls->params = calls->names + 1;
        calls->n_params = calls->n_names > 0 ? calls->n_names - 1 : 0;
        calls->n_names -= calls->n_params;
        break;
    case AZB_NAMES:
        break;
    }
    if (calls->n_names == 0 &&
        (calls->row->on_account != NULL || calls->row->on_daemon != NULL)) {
        calls->names = account;
        calls->n_names = 1;
    }
}

/* Whether all names are of the kind that the row wants: asked before anything is done. */
static int check_names(const struct calls *calls, struct azb_error *err)
{
    for (int i = 0; i < calls->n_names && calls->row->on_daemon == NULL; i++) {
        struct azb_target target;
        bool is_good;

        if (azb_target_parse(calls->names[i], &target, err) < 0)
            return -1;
        is_good = method_for(calls->row, &target, err) != NULL;
        azb_target_clear(&target);
        if (!is_good)
            return -1;
    }
    return 0;
}

static void calls_init(struct calls *calls, struct azb_command *command)
{
    *calls = (struct calls){.command = command, .row = &command->verb->call};
    calls->last = &calls->first;
    split_operands(calls);
    calls->is_several =
        calls->n_names > 1 ||
        (calls->n_names == 1 && azb_subjects_is_pattern(command, calls->names[0]));
}

/* Send the call for what a name means, or keep why it means nothing for when its turn comes. */
static int send_subject(struct calls *calls, const char *text, bool is_good,
                        struct azb_error *err)
{
    struct azb_error why = *err;
    struct named *named = add_name(calls, text, err);

    if (named == NULL)
        return -1;
    if (!is_good)
        azb_later_fail(&named->later, &why);
    else if (!named->later.call.is_done)
        send_named(calls, named);
    *err = (struct azb_error){0};
    return 0;
}

/* All that the names mean, some of them ahead of the answer that is to be told next. */
static int send_all(struct calls *calls, struct azb_error *err)
{
    unsigned max_ahead = is_stream(calls) ? 1 : AZB_MAX_AHEAD;
    struct azb_subjects subjects;
    const char *name;
    int got, rc = 0;

    azb_subjects_init(&subjects, calls->command, calls->names, calls->n_names);
    while (rc == 0 && (got = azb_subjects_next(&subjects, &name, err)) != 0) {
        while (calls->n_ahead >= max_ahead)
            tell_first(calls);
        rc = send_subject(calls, name, got > 0, err);
    }
    azb_subjects_clear(&subjects);
    return rc;
}

int azb_verb_call_each(struct azb_command *command)
{
    struct azb_error err = {0};
    struct calls calls;

    calls_init(&calls, command);
    if (check_names(&calls, &err) < 0 || send_all(&calls, &err) < 0)
        return azb_command_end(command, NULL, &err);
    while (calls.first != NULL)
        tell_first(&calls);
    if (is_stream(&calls)) {
        azb_output_rows_end(&command->out);
        if (command->out.n_rows == 0 && command->n_failed == 0)
            return azb_command_empty(command);
    }
    return azb_command_exit(command);
}

static bool calls_done(const struct azb_job *job)
{
    const struct calls *calls = (const struct calls *)job;

    return calls->first->later.call.is_done;
}

static int calls_finish(struct azb_job *job)
{
    struct calls *calls = (struct calls *)job;
    struct azb_command *command = calls->command;

    tell_first(calls);
    free(calls);
    return azb_command_exit(command);
}

static void calls_send(struct azb_job *job)
{
    struct calls *calls = (struct calls *)job;

    send_named(calls, calls->first);
}

struct azb_job *azb_calls_prepare(struct azb_command *command)
{
    struct calls *calls = malloc(sizeof(*calls));
    struct azb_error err = {0};
    struct named *named;

    if (calls == NULL)
        return NULL;
    calls_init(calls, command);
    calls->job = (struct azb_job){.send = calls_send,
                                  .is_done = calls_done,
                                  .finish = calls_finish,
                                  .changes_it = calls->row->reach != AZB_READS_NAME};
    if (calls->n_names != 1 || is_stream(calls) ||
        azb_subjects_is_pattern(command, calls->names[0]) || check_names(calls, &err) < 0 ||
        (named = add_name(calls, calls->names[0], &err)) == NULL) {
        free(calls);
        return NULL;
    }
    if (calls->row->reach != AZB_REACHES_ALL) {
        calls->job.container = named->target.container;
        calls->job.blob = named->target.blob;
    }
    return &calls->job;
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

/* One call, its answer to be told. */
struct raw_call {
    struct azb_job job; /* first */
    struct azb_later later;
    struct azb_command *command;
};

static void raw_call_send(struct azb_job *job)
{
    struct raw_call *raw = (struct raw_call *)job;
    struct azb_command *command = raw->command;
    const struct azb_options *options = &command->options;
    const char *method = options->operands[0];
    struct azb_client_call *call = &raw->later.call;
    struct azb_target target = {0};
    struct azb_error err = {0};
    bool has_account = concerns_account(method);

    if (has_account)
        target.profile = parameter(options, "client");
    if (!azb_options_has(options, AZB_HAS(OUTPUT)))
        command->out.format =
            parameter(options, "stream") != NULL ? AZB_FORMAT_JSONL : AZB_FORMAT_JSON;
    *call =
        (struct azb_client_call){.on_item = print_item, .on_data = print_data, .arg = command};
    if (azb_command_begin(command, call, method, has_account ? &target : NULL, &err) < 0 ||
        pack_operands(call, options, target.profile, &err) < 0)
        azb_later_fail(&raw->later, &err);
    else
        azb_later_send(&raw->later);
}

static int raw_call_tell(struct raw_call *raw)
{
    struct azb_command *command = raw->command;
    const msgpack_object *result;
    struct azb_error err = {0};
    int rc = azb_later_wait(&raw->later, &result, &err);

    if (rc == 0)
        rc = azb_output_value(&command->out, result, &err);
    azb_later_clear(&raw->later);
    return rc < 0 ? azb_command_end(command, command->options.operands[0], &err)
                  : AZB_EXIT_DONE;
}

int azb_verb_call(struct azb_command *command)
{
    struct raw_call raw = {.command = command};

    raw_call_send(&raw.job);
    return raw_call_tell(&raw);
}

static bool raw_call_done(const struct azb_job *job)
{
    return ((const struct raw_call *)job)->later.call.is_done;
}

static int raw_call_finish(struct azb_job *job)
{
    int rc = raw_call_tell((struct raw_call *)job);

    free(job);
    return rc;
}

/* A parameter that is the name it looks like: no JSON. */
static const char *plain_parameter(const struct azb_options *options, const char *name)
{
    const char *value = parameter(options, name);

    return value != NULL && value[0] != '"' ? value : NULL;
}

/* The container that it names, if that is all that it can touch; else NULL. */
static const char *only_container(const struct azb_options *options)
{
    for (int i = 1; i < options->n_operands; i++)
        if (strstr(options->operands[i], "://") != NULL ||
            strncmp(options->operands[i], "source_", strlen("source_")) == 0)
            return NULL; /* another blob, by its URL or its names */
    return plain_parameter(options, "container");
}

struct azb_job *azb_call_prepare(struct azb_command *command)
{
    const struct azb_options *options = &command->options;
    struct raw_call *raw = NULL;

    if (parameter(options, "stream") == NULL)
        raw = calloc(1, sizeof(*raw));
    if (raw == NULL)
        return NULL;
    raw->command = command;
    raw->job = (struct azb_job){
        .send = raw_call_send,
        .is_done = raw_call_done,
        .finish = raw_call_finish,
        .container = only_container(options),
        .blob = plain_parameter(options, "blob"),
        .changes_it = true,
    };
    return &raw->job;
}
