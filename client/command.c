/*
 * command.c: which account a command speaks for, and how it ends.
 *
 * The account, in this order: the one that a name gives (a URL, PROFILE:...), --profile or
 * $AZBLOB_PROFILE, credentials in the environment, the daemon's default. A credential goes to
 * the daemon in the same write as the first call that uses it.
 */
#include "client/command.h"

#include <ctype.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/environment.h"
#include "proto/value.h"

enum {
    ANSWER_GRACE_MS = 2000, /* beyond the deadline, for the daemon to say that it has passed */
};

/* What to do about an error, where its message does not say. */
static const struct {
    const char *code;
    const char *hint;
} hints[] = {
    {"ContainerNotFound", "Make it with: azblob mb CONTAINER"},
    {"SnapshotsPresent", "To delete the snapshots too: --delete-snapshots include"},
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void azb_command_say(const struct azb_command *command, const char *fmt, ...)
{
    va_list args;

    if (!azb_options_has(&command->options, AZB_HAS(VERBOSE)))
        return;
    fputs("azblob: ", stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}

/* Output must not wait while we do. A failure stays in the output, for its next user. */
static void flush_output(void *session)
{
    azb_output_flush(((struct azb_session *)session)->out, NULL);
}

/* Open a client with the credentials of the environment. */
static void open_environment(struct azb_command *command)
{
    struct azb_client_call call = {0};
    msgpack_packer *pk;

    azb_call_begin(command->connection, &call, "service.open");
    azb_call_str(&call, "name", "env");
    pk = azb_call_value(&call, "environment");
    msgpack_pack_map(pk, azb_environment_count());
    for (const char *const *name = azb_environment_names; *name != NULL; name++) {
        const char *value = getenv(*name);

        if (value == NULL || value[0] == '\0')
            continue;
        azb_command_say(command, "account and credential: %s of the environment", *name);
        azb_pack_str(pk, *name);
        azb_pack_str(pk, value);
    }
    azb_call_send_quietly(&call);
    command->session->client = "env";
}

/* Have all calls of the connection together keep to --bwlimit; or no longer, in a list of
 * commands. */
static int set_bwlimit(struct azb_command *command, struct azb_error *err)
{
    struct azb_client_call call = {0};

    if (command->session->bwlimit == command->options.bwlimit)
        return 0;
    azb_call_begin(command->connection, &call, "rpc.hello");
    azb_call_int(&call, "bwlimit", command->options.bwlimit);
    if (azb_command_finish(&call, -1, err) < 0)
        return -1;
    command->session->bwlimit = command->options.bwlimit;
    return 0;
}

static int connect_session(struct azb_command *command, struct azb_error *err)
{
    const struct azb_options *given = &command->options;
    struct azblob_options options = AZBLOB_OPTIONS_INIT;

    options.socket_path = given->values[AZB_OPTION_SOCKET];
    options.no_start = azb_options_has(given, AZB_HAS(NO_START));
    options.is_verbose = azb_options_has(given, AZB_HAS(VERBOSE));
    if (given->deadline_ms > 0)
        options.answer_wait_ms = given->deadline_ms + ANSWER_GRACE_MS;
    if (command->session->answer_wait_ms > 0)
        options.answer_wait_ms = command->session->answer_wait_ms;
    if (azb_connection_open(&options, &command->session->connection, err) < 0)
        return -1;
    command->session->all[0] = command->session->connection;
    command->session->n_all = 1;
    if (command->session->out == NULL)
        command->session->out = &command->out;
    azb_connection_set_idle(command->session->connection, flush_output, command->session);
    return 0;
}

int azb_command_connect(struct azb_command *command, struct azb_error *err)
{
    if (command->session->connection == NULL && connect_session(command, err) < 0)
        return -1;
    command->connection = command->session->connection;
    return set_bwlimit(command, err);
}

/* The client for a URL's account: opened once for as long as the same account is meant. */
static const char *url_client(struct azb_command *command, const struct azb_target *target)
{
    const char *sas = target->sas != NULL ? target->sas : "";
    struct azb_session *session = command->session;
    struct azb_buf *opened = &session->url_client;
    struct azb_client_call call = {0};
    struct azb_buf wanted = {0};
    bool is_opened;

    azb_buf_printf(&wanted, "%s?%s", target->account_url, sas);
    is_opened = !wanted.failed && opened->len == wanted.len &&
                memcmp(opened->data, wanted.data, wanted.len) == 0;
    azb_buf_clear(opened);
    *opened = wanted;
    if (is_opened)
        return session->url_name;
    snprintf(session->url_name, sizeof(session->url_name), "url%u", ++session->n_url_clients);
    azb_call_begin(command->connection, &call, "service.open");
    azb_call_str(&call, "name", session->url_name);
    azb_call_str(&call, "account_url", target->account_url);
    if (target->sas != NULL)
        azb_call_str(&call, "credential", target->sas);
    azb_call_send_quietly(&call);
    return session->url_name;
}

/* The client for names without an account of their own; NULL: the daemon's default. */
static const char *own_client(struct azb_command *command)
{
    const char *profile = getenv("AZBLOB_PROFILE");
    struct azb_session *session = command->session;

    if (command->options.values[AZB_OPTION_PROFILE] != NULL)
        return command->options.values[AZB_OPTION_PROFILE];
    if (session->has_client)
        return session->client;
    session->has_client = true;
    if (profile != NULL && profile[0] != '\0')
        session->client = profile;
    else if (azb_environment_count() > 0)
        open_environment(command);
    azb_command_say(command, "client: %s",
                    session->client != NULL ? session->client : "default");
    return session->client;
}

static const char *client_for(struct azb_command *command, const struct azb_target *target)
{
    if (target->profile != NULL)
        return target->profile;
    return target->account_url != NULL ? url_client(command, target) : own_client(command);
}

int azb_command_resolve(struct azb_command *command, struct azb_target *target,
                        char name[AZB_CLIENT_NAME_BYTES], struct azb_error *err)
{
    const char *client;

    if (command->connection == NULL && azb_command_connect(command, err) < 0)
        return -1;
    client = client_for(command, target);
    if (client == command->session->url_name)
        client = strcpy(name, client);
    target->profile = client != NULL ? client : "default";
    return 0;
}

static void put_if(struct azb_client_call *call, const char *name, const char *value)
{
    if (value != NULL)
        azb_call_str(call, name, value);
}

int azb_command_begin(struct azb_command *command, struct azb_client_call *call,
                      const char *method, const struct azb_target *target,
                      struct azb_error *err)
{
    int64_t left_ms = 0;
    const char *client;

    if (command->deadline_at_ms == 0 && command->options.deadline_ms > 0)
        command->deadline_at_ms = now_ms() + command->options.deadline_ms;
    if (azb_command_connect(command, err) < 0)
        return -1;
    if (command->deadline_at_ms != 0) {
        left_ms = command->deadline_at_ms - now_ms();
        if (left_ms <= 0)
            return azb_error_set(err, AZB_ERR_DEADLINE, "--deadline %s has passed",
                                 command->options.values[AZB_OPTION_DEADLINE]);
    }
    if (target == NULL) {
        azb_call_begin(command->connection, call, method);
        return 0;
    }
    client = client_for(command, target); /* it may have to send a request of its own */
    azb_call_begin(command->connection, call, method);
    put_if(call, "client", client);
    put_if(call, "container", target->container);
    put_if(call, "snapshot", target->snapshot);
    put_if(call, "version_id", target->version_id);
    if (left_ms > 0)
        azb_call_int(call, "deadline_ms", left_ms);
    return 0;
}

int azb_command_finish(struct azb_client_call *call, int fd, struct azb_error *err)
{
    return azb_call_send(call, fd, err) < 0 ? -1 : azb_call_wait(call, err);
}

static void keep_result(struct azb_client_call *call)
{
    struct azb_later *later = (struct azb_later *)call; /* its first member */

    if (call->err.what == AZB_OK)
        azb_buf_append(&later->packed, call->packed, call->packed_bytes);
}

void azb_later_fail(struct azb_later *later, const struct azb_error *err)
{
    if (later->call.connection != NULL)
        azb_call_drop(&later->call);
    later->call.is_done = true;
    later->call.err = *err;
}

void azb_later_send(struct azb_later *later)
{
    struct azb_error err = {0};

    later->call.on_done = keep_result;
    if (azb_call_send(&later->call, -1, &err) < 0)
        azb_later_fail(later, &err);
}

int azb_later_wait(struct azb_later *later, const msgpack_object **ret, struct azb_error *err)
{
    const struct azb_buf *packed = &later->packed;
    size_t at = 0;

    if (azb_call_wait(&later->call, err) < 0)
        return -1;
    if (packed->failed || msgpack_unpack_next(&later->result, (const char *)packed->data,
                                              packed->len, &at) != MSGPACK_UNPACK_SUCCESS)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a result");
    *ret = &later->result.data;
    return 0;
}

void azb_later_clear(struct azb_later *later)
{
    azb_buf_clear(&later->packed);
    msgpack_unpacked_destroy(&later->result);
}

/* Parse an operand and keep it if it suits. */
static int parse_target(const char *text, bool wants_blob, struct azb_target *ret,
                        struct azb_error *err)
{
    struct azb_target target;
    bool has_blob;

    if (azb_target_parse(text, &target, err) < 0)
        return -1;
    has_blob = target.blob != NULL && target.blob[0] != '\0';
    if (target.container != NULL && has_blob == wants_blob) {
        *ret = target;
        return 0;
    }
    azb_error_set(err, AZB_ERR_INVALID_ARG, "'%.200s' names no %s", target.text,
                  wants_blob ? "blob: write CONTAINER/NAME" : "container: write CONTAINER");
    azb_target_clear(&target);
    return -1;
}

int azb_command_container(const char *text, struct azb_target *ret, struct azb_error *err)
{
    return parse_target(text, false, ret, err);
}

int azb_command_blob(const char *text, struct azb_target *ret, struct azb_error *err)
{
    return parse_target(text, true, ret, err);
}

int azb_command_check(const struct azb_command *command, azb_parse_fn *parse,
                      struct azb_error *err)
{
    for (int i = 0; i < command->options.n_operands; i++) {
        struct azb_target target;

        if (strcmp(command->options.operands[i], "-") == 0)
            continue;
        if (parse(command->options.operands[i], &target, err) < 0)
            return -1;
        azb_target_clear(&target);
    }
    return 0;
}

/* Text from elsewhere on stderr: nothing in it may move a terminal's cursor. */
static void put_printable(struct azb_buf *line, const char *text)
{
    for (; *text != '\0'; text++) {
        bool is_control = (unsigned char)*text < ' ' || *text == 0x7f;

        azb_buf_append(line, is_control ? (*text == '\n' ? " " : "?") : text, 1);
    }
}

static void put_part(struct azb_buf *line, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    put_printable(line, text);
    azb_buf_puts(line, ": ");
}

static void tell_failure(const char *verb, const char *subject, const struct azb_error *err)
{
    struct azb_buf line = {0};

    put_part(&line, "azblob");
    put_part(&line, verb);
    put_part(&line, subject);
    put_part(&line, err->code);
    put_printable(&line, err->message);
    if (err->request_id[0] != '\0') {
        azb_buf_puts(&line, " (request ");
        put_printable(&line, err->request_id);
        if (err->attempts > 0)
            azb_buf_printf(&line, ", attempt %u", err->attempts);
        azb_buf_puts(&line, ")");
    } else if (err->attempts > 0) {
        azb_buf_printf(&line, " (attempt %u)", err->attempts);
    }
    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
        if (strcmp(err->code, hints[i].code) == 0)
            azb_buf_printf(&line, "%s %s", line.data[line.len - 1] == '.' ? "" : ".",
                           hints[i].hint);
    azb_buf_puts(&line, "\n");
    fputs(azb_buf_cstr(&line), stderr);
    azb_buf_clear(&line);
}

void azb_command_say_resumed(const struct azb_command *command, const char *label,
                             const msgpack_object *result)
{
    int64_t bytes = 0;

    azb_value_int(azb_map_find(azb_value_map(result), "resumed_bytes"), &bytes);
    if (bytes > 0)
        azb_command_say(command, "%s: resumed at %lld bytes", label, (long long)bytes);
}

/* ---- items under json and jsonl ---- */

static bool tells_items(const struct azb_command *command)
{
    return command->verb->call.show == AZB_SHOW_ITEMS &&
           (command->out.format == AZB_FORMAT_JSON || command->out.format == AZB_FORMAT_JSONL);
}

static void pack_text(msgpack_packer *pk, const char *name, const char *value)
{
    azb_pack_str(pk, name);
    azb_pack_str(pk, value);
}

static void pack_item_error(msgpack_packer *pk, const struct azb_error *err)
{
    azb_pack_str(pk, "error");
    msgpack_pack_map(pk, 4);
    pack_text(pk, "code", err->code);
    pack_text(pk, "kind", azb_error_kind(err->what));
    pack_text(pk, "message", err->message);
    azb_pack_str(pk, "retryable");
    err->retryable ? msgpack_pack_true(pk) : msgpack_pack_false(pk);
}

static const struct azb_column no_columns[] = {{NULL}};

static void tell_item(struct azb_command *command, const char *status, const char *subject,
                      const msgpack_object *result, const struct azb_error *err)
{
    static const char *const results[] = {"etag", "request_id"};
    const msgpack_object_map *map = result != NULL ? azb_value_map(result) : NULL;
    struct azb_buf packed = {0};
    size_t start, n_pairs = 2;
    msgpack_packer pk;

    if (!tells_items(command))
        return;
    azb_buf_packer(&pk, &packed);
    start = azb_pack_map_begin(&packed);
    pack_text(&pk, "op", command->name);
    pack_text(&pk, "status", status);
    if (subject != NULL) {
        pack_text(&pk, "target", subject);
        n_pairs++;
    }
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
        const msgpack_object *value = azb_map_find(map, results[i]);

        if (value == NULL)
            continue;
        azb_pack_str(&pk, results[i]);
        msgpack_pack_object(&pk, *value);
        n_pairs++;
    }
    if (err != NULL) {
        pack_item_error(&pk, err);
        n_pairs++;
    }
    azb_pack_map_end(&packed, start, n_pairs);
    azb_output_packed_row(&command->out, &packed, no_columns, NULL);
    azb_buf_clear(&packed);
}

static void tell_summary(struct azb_command *command)
{
    struct azb_buf packed = {0};
    msgpack_packer pk;

    azb_buf_packer(&pk, &packed);
    msgpack_pack_map(&pk, 4);
    pack_text(&pk, "op", command->name);
    pack_text(&pk, "status", "summary");
    azb_pack_str(&pk, "items");
    msgpack_pack_uint64(&pk, command->n_items);
    azb_pack_str(&pk, "failed");
    msgpack_pack_uint64(&pk, command->n_failed);
    azb_output_packed_row(&command->out, &packed, no_columns, NULL);
    azb_output_rows_end(&command->out);
    azb_buf_clear(&packed);
}

void azb_command_tell(const struct azb_command *command, const char *subject,
                      const struct azb_error *err)
{
    tell_failure(command->name, subject, err);
}

void azb_command_done(struct azb_command *command, const char *subject,
                      const msgpack_object *result)
{
    command->n_items++;
    tell_item(command, "done", subject, result, NULL);
}

void azb_command_planned(struct azb_command *command, const char *subject)
{
    struct azb_output *out = &command->out;

    command->n_items++;
    tell_item(command, "planned", subject, NULL, NULL);
    if (tells_items(command))
        return;
    azb_buf_printf(&out->buf, "%s ", command->name);
    azb_output_name(out, subject);
    azb_buf_append(&out->buf, &out->end, 1);
    azb_output_flush_if_full(out, NULL);
}

void azb_command_failed(struct azb_command *command, const char *subject,
                        const struct azb_error *err)
{
    command->n_items++;
    command->n_failed++;
    command->last_failure = azb_exit_code(err);
    tell_failure(command->name, subject, err);
    tell_item(command, "failed", subject, NULL, err);
}

int azb_command_end(struct azb_command *command, const char *subject,
                    const struct azb_error *err)
{
    tell_failure(command->name, subject, err);
    return azb_exit_code(err);
}

int azb_command_empty(const struct azb_command *command)
{
    if (!azb_options_has(&command->options, AZB_HAS(ERROR_ON_EMPTY)))
        return AZB_EXIT_DONE;
    if (!azb_options_has(&command->options, AZB_HAS(QUIET)))
        fprintf(stderr, "azblob: %s: nothing was found\n", command->name);
    return AZB_EXIT_EMPTY;
}

int azb_command_exit(struct azb_command *command)
{
    if (tells_items(command))
        tell_summary(command);
    if (command->n_failed == 0)
        return AZB_EXIT_DONE;
    /* These two are about the command, not about an item. */
    if (command->n_items == 1 || command->last_failure == AZB_EXIT_NO_DAEMON ||
        command->last_failure == AZB_EXIT_DEADLINE)
        return command->last_failure;
    if (!azb_options_has(&command->options, AZB_HAS(QUIET)))
        fprintf(stderr, "azblob: %s: %lu of %lu failed\n", command->name, command->n_failed,
                command->n_items);
    return AZB_EXIT_FAILED;
}

void azb_command_end_if_unread(const struct azb_error *err)
{
    struct pollfd out = {.fd = STDOUT_FILENO};

    if (err->what == AZB_ERR_LOCAL_IO && poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0)
        azb_end_by_sigpipe();
}

void azb_command_clear(struct azb_command *command)
{
    azb_options_clear(&command->options);
    azb_buf_clear(&command->out.buf);
}

int azb_session_step(struct azb_session *session, struct azb_error *err)
{
    return azb_connections_step(session->all, session->n_all, err);
}

void azb_session_clear(struct azb_session *session)
{
    azb_connection_free(session->connection);
    azb_buf_clear(&session->url_client);
    *session = (struct azb_session){0};
}

/* ---- options that are parameters ---- */

static void put_number(struct azb_client_call *call, const char *name, const char *value)
{
    char *end;
    long long number = strtoll(value, &end, 10);

    if (*end == '\0' && end != value)
        azb_call_int(call, name, number);
    else
        azb_call_str(call, name, value); /* the daemon will say what it takes */
}

/* An ETag to have or not to have; "*" is any. */
static void put_etag(struct azb_client_call *call, const char *value, const char *if_any,
                     const char *if_this)
{
    bool is_any = strcmp(value, "*") == 0;

    azb_call_str(call, "match_condition", is_any ? if_any : if_this);
    if (!is_any)
        azb_call_str(call, "etag", value);
}

void azb_command_params(const struct azb_command *command, struct azb_client_call *call)
{
    static const struct {
        enum azb_option_id id;
        const char *param;
    } texts[] = {
        {AZB_OPTION_LEASE_ID, "lease"},
        {AZB_OPTION_IF_MODIFIED_SINCE, "if_modified_since"},
        {AZB_OPTION_IF_UNMODIFIED_SINCE, "if_unmodified_since"},
        {AZB_OPTION_TAGS_CONDITION, "if_tags_match_condition"},
        {AZB_OPTION_SNAPSHOT, "snapshot"},
        {AZB_OPTION_VERSION_ID, "version_id"},
        {AZB_OPTION_REHYDRATE, "rehydrate_priority"},
        {AZB_OPTION_DELETE_SNAPSHOTS, "delete_snapshots"},
    };
    const struct azb_options *options = &command->options;
    const char *const *values = options->values;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        put_if(call, texts[i].param, values[texts[i].id]);
    if (values[AZB_OPTION_DURATION] != NULL)
        put_number(call, "lease_duration", values[AZB_OPTION_DURATION]);
    if (values[AZB_OPTION_IF_MATCH] != NULL)
        put_etag(call, values[AZB_OPTION_IF_MATCH], "IfPresent", "IfNotModified");
    if (values[AZB_OPTION_IF_NONE_MATCH] != NULL)
        put_etag(call, values[AZB_OPTION_IF_NONE_MATCH], "IfMissing", "IfModified");
    if (azb_options_has(options, AZB_HAS(METADATA)))
        azb_options_pack_pairs(options, AZB_OPTION_METADATA, azb_call_value(call, "metadata"));
}
