/*
 * local.c: what needs no request to the service.
 */
#include "daemon/local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/server.h"
#include "lib/describe.h"
#include "lib/stream/input.h"
#include "proto/value.h"

static azb_local_cb do_hello, do_ping, do_describe, do_status, do_stats, do_open, do_close;

/* clang-format off */
const struct azb_row azb_local_rows[] = {
    {
        .method = "rpc.hello",
        .doc = "Who the daemon is, what it can do, and its limits.",
        .kind = AZB_KIND_LOCAL, .answer = do_hello,
        .params = AZB_PARAMS(
            {"client_name", AZB_STR, .max_bytes = 256, .doc = "who is calling"},
            {"protocol", AZB_INT, .min = 1, .max = 1000, .doc = "version of the protocol that the client speaks"},
            {"bwlimit", AZB_INT, .min = 0, .max = 1LL << 40, .unit = "bytes", .doc = "a second at most, of all calls of this connection together, from now on; 0: no limit"}),
        .results = AZB_FIELDS(
            {"server", AZB_STR, .doc = "azblobd"}, {"version", AZB_STR}, {"protocol", AZB_INT, .doc = "version of PROTOCOL.md"},
            {"pid", AZB_INT, .doc = "of the daemon's process"},
            {"limits", AZB_MODEL, .doc = "bytes and counts, see PROTOCOL.md"},
            {"features", AZB_LIST, .of = AZB_STR}),
    },
    {
        .method = "rpc.ping",
        .doc = "Answers at once.",
        .kind = AZB_KIND_LOCAL, .answer = do_ping,
        .params = AZB_PARAMS({"client_name", AZB_STR, .max_bytes = 256, .doc = "who is calling"}),
        .results = AZB_FIELDS({"pong", AZB_BOOL}),
    },
    {
        .method = "rpc.describe",
        .doc = "The schema of one method, or of all.",
        .kind = AZB_KIND_LOCAL, .answer = do_describe,
        .params = AZB_PARAMS({"method", AZB_STR, .max_bytes = 128, .doc = "left out: all methods"}),
        .results = AZB_FIELDS({"methods", AZB_LIST, .of = AZB_ANY}),
    },
    {
        .method = "daemon.status",
        .doc = "What runs: profiles, sessions, endpoints.",
        .kind = AZB_KIND_LOCAL, .answer = do_status,
        .params = AZB_PARAMS({NULL}),
        .results = AZB_FIELDS(
            {"version", AZB_STR}, {"pid", AZB_INT, .doc = "of the daemon's process"}, {"uptime_s", AZB_INT, .unit = "seconds"},
            {"socket", AZB_STR, .doc = "its path"}, {"workers", AZB_INT, .doc = "event loops that run: one until several clients connect at once, and then as many as the configuration allows"}, {"sessions", AZB_INT, .doc = "connections of clients"}, {"calls", AZB_INT, .doc = "in flight"}, {"stopping", AZB_BOOL},
            {"profiles", AZB_LIST, .fields = AZB_FIELDS({"name", AZB_STR}, {"source", AZB_STR}, ACCOUNT_RESULTS)},
            {"endpoints", AZB_LIST, .fields = AZB_FIELDS(
                {"origin", AZB_STR}, {"limit", AZB_INT, .doc = "requests at a time, as of now"},
                {"running", AZB_INT, .doc = "requests under way"}, {"waiting", AZB_INT, .doc = "requests in the queue"}, {"requests", AZB_INT, .doc = "ever"},
                {"throttled", AZB_INT, .doc = "answers that were 429 or 503"})}),
    },
    {
        .method = "daemon.stats",
        .doc = "Counters since the daemon started.",
        .kind = AZB_KIND_LOCAL, .answer = do_stats,
        .params = AZB_PARAMS({NULL}),
        .results = AZB_FIELDS(
            {"calls", AZB_INT, .doc = "to storage methods"}, {"failures", AZB_INT, .doc = "calls that ended with an error"},
            {"retries", AZB_INT, .doc = "HTTP requests that were sent again"}, {"requests", AZB_INT, .doc = "HTTP requests"},
            {"connects", AZB_INT, .doc = "new connections"}, {"bytes_in", AZB_INT, .unit = "bytes", .doc = "payload from the service"},
            {"bytes_out", AZB_INT, .unit = "bytes", .doc = "payload to the service"},
            {"sessions", AZB_INT, .doc = "connections of clients"}),
    },
    {
        .method = "service.open",
        .doc = "Make a client for this connection; give account_url, connection_string or environment.",
        .kind = AZB_KIND_LOCAL, .answer = do_open,
        .params = AZB_PARAMS(
            {"name", AZB_STR, .max_bytes = 255, .doc = "what calls name it by; default one is made up"},
            {"account_url", AZB_STR, .max_bytes = 4096, .doc = "https://ACCOUNT.blob.core.windows.net, path style, or an account's name"},
            {"connection_string", AZB_STR, .max_bytes = 16384, .doc = "as the portal shows it"},
            {"environment", AZB_ANY, .doc = "map of AZURE_STORAGE_... variables"},
            {"credential", AZB_ANY, .with = "account_url", .doc = "account key, SAS token, {account_name, account_key}, {sas_token} or {token}"},
            {"secondary_url", AZB_STR, .with = "account_url", .max_bytes = 4096, .doc = "default: derived from account_url"}),
        .results = AZB_FIELDS({"client", AZB_STR, .doc = "what calls name it by"}, ACCOUNT_RESULTS),
    },
    {
        .method = "service.close",
        .doc = "Forget a client of this connection; calls under way go on.",
        .kind = AZB_KIND_LOCAL, .answer = do_close,
        .params = AZB_PARAMS({"client", AZB_STR, .required = true, .max_bytes = 255, .doc = "as service.open named it"}),
        .results = AZB_FIELDS({"closed", AZB_BOOL}),
    },
    {NULL},
};
/* clang-format on */

static void pack_int(msgpack_packer *pk, const char *key, uint64_t value)
{
    azb_pack_str(pk, key);
    msgpack_pack_uint64(pk, value);
}

static void pack_text(msgpack_packer *pk, const char *key, const char *value)
{
    azb_pack_str(pk, key);
    azb_pack_str(pk, value);
}

static void pack_bool(msgpack_packer *pk, const char *key, bool value)
{
    azb_pack_str(pk, key);
    value ? msgpack_pack_true(pk) : msgpack_pack_false(pk);
}

/* "https://host/base" as a URL. */
static void pack_location(msgpack_packer *pk, const char *key,
                          const struct azb_location *location)
{
    char url[4096];

    snprintf(url, sizeof(url), "%s%s", location->origin, location->base_path);
    pack_text(pk, key, url);
}

unsigned azb_local_account_pairs(const struct azb_account *account)
{
    return 3 + (account->secondary.origin != NULL);
}

void azb_local_pack_account(msgpack_packer *pk, const struct azb_account *account)
{
    pack_text(pk, "account_name", account->name);
    pack_location(pk, "primary_endpoint", &account->primary);
    if (account->secondary.origin != NULL)
        pack_location(pk, "secondary_endpoint", &account->secondary);
    pack_text(pk, "credential", azb_credential_kind_name(account->kind));
}

static int do_hello(struct azb_local_call *call, struct azb_error *err)
{
    static const char *const features[] = {"stream", "fd", "environment"};
    const struct azb_config *config = call->worker->config;
    struct azb_rate *rate = &call->session->rate;
    msgpack_packer *pk = call->pk;

    (void)err;
    azb_rate_configure(
        rate, (uint64_t)azb_args_int(call->args, "bwlimit", (int64_t)rate->bytes_per_s),
        azb_http_now_ms());
    msgpack_pack_map(pk, 6);
    pack_text(pk, "server", "azblobd");
    pack_text(pk, "version", AZB_VERSION);
    pack_int(pk, "protocol", 1);
    pack_int(pk, "pid", (uint64_t)getpid());
    azb_pack_str(pk, "limits");
    msgpack_pack_map(pk, 7);
    pack_int(pk, "max_frame_bytes", config->frame.max_bytes);
    pack_int(pk, "max_depth", config->frame.max_depth);
    pack_int(pk, "max_elements", config->frame.max_elements);
    pack_int(pk, "max_calls", config->max_calls);
    pack_int(pk, "max_inline_bytes", config->engine.max_inline_bytes);
    pack_int(pk, "upload_window_bytes", AZB_UPLOAD_WINDOW);
    pack_int(pk, "workers", call->worker->server->n_workers);
    azb_pack_str(pk, "features");
    msgpack_pack_array(pk, 3);
    for (int i = 0; i < 3; i++)
        azb_pack_str(pk, features[i]);
    return 0;
}

static int do_ping(struct azb_local_call *call, struct azb_error *err)
{
    (void)err;
    msgpack_pack_map(call->pk, 1);
    pack_bool(call->pk, "pong", true);
    return 0;
}

static int do_describe(struct azb_local_call *call, struct azb_error *err)
{
    const struct azb_registry *registry = call->worker->engine.registry;
    const msgpack_object *name = azb_args_get(call->args, "method");
    const struct azb_method *methods;
    const char *text;
    unsigned n_methods;
    size_t n;

    methods = azb_registry_all(registry, &n_methods);
    if (azb_value_bytes(name, &text, &n)) {
        methods = azb_registry_find(registry, text, n);
        n_methods = 1;
        if (methods == NULL)
            return azb_error_set(err, AZB_ERR_INVALID_ARG,
                                 "rpc.describe: 'method': no method '%.*s'",
                                 (int)(n < 64 ? n : 64), text);
    }
    msgpack_pack_map(call->pk, 1);
    azb_pack_str(call->pk, "methods");
    msgpack_pack_array(call->pk, n_methods);
    for (unsigned i = 0; i < n_methods; i++)
        azb_method_describe(&methods[i], call->pk);
    return 0;
}

/* Endpoints of all workers, each origin once. */
struct endpoints {
    struct azb_endpoint_stats *all;
    unsigned n;
    bool failed;
};

static void add_endpoint(const struct azb_endpoint_stats *stats, void *arg)
{
    struct endpoints *endpoints = arg;
    struct azb_endpoint_stats *sum = endpoints->all;

    for (unsigned i = 0; i < endpoints->n; i++, sum++)
        if (strcmp(sum->origin, stats->origin) == 0) {
            sum->limit += stats->limit;
            sum->running += stats->running;
            sum->waiting += stats->waiting;
            sum->requests += stats->requests;
            sum->throttled += stats->throttled;
            return;
        }
    sum = reallocarray(endpoints->all, endpoints->n + 1, sizeof(*sum));
    if (sum == NULL) {
        endpoints->failed = true;
        return;
    }
    endpoints->all = sum;
    sum[endpoints->n++] = *stats; /* an origin lives as long as its worker */
}

static void pack_endpoints(msgpack_packer *pk, const struct endpoints *endpoints)
{
    azb_pack_str(pk, "endpoints");
    msgpack_pack_array(pk, endpoints->n);
    for (unsigned i = 0; i < endpoints->n; i++) {
        const struct azb_endpoint_stats *stats = &endpoints->all[i];

        msgpack_pack_map(pk, 6);
        pack_text(pk, "origin", stats->origin);
        pack_int(pk, "limit", stats->limit);
        pack_int(pk, "running", stats->running);
        pack_int(pk, "waiting", stats->waiting);
        pack_int(pk, "requests", stats->requests);
        pack_int(pk, "throttled", stats->throttled);
    }
}

static void pack_profiles(msgpack_packer *pk, const struct azb_config *config)
{
    unsigned n = 0;

    for (const struct azb_profile *p = config->profiles; p != NULL; p = p->next)
        n++;
    azb_pack_str(pk, "profiles");
    msgpack_pack_array(pk, n);
    for (const struct azb_profile *p = config->profiles; p != NULL; p = p->next) {
        msgpack_pack_map(pk, 2 + azb_local_account_pairs(p->account));
        pack_text(pk, "name", p->name);
        pack_text(pk, "source", p->is_from_environment ? "environment" : "configuration");
        azb_local_pack_account(pk, p->account);
    }
}

static int do_status(struct azb_local_call *call, struct azb_error *err)
{
    const struct azb_server *server = call->worker->server;
    unsigned n_calls = 0, n_sessions = 0, n_running = 0;
    struct endpoints endpoints = {0};
    const struct azb_worker *worker;
    msgpack_packer *pk = call->pk;

    for (; (worker = azb_server_worker(server, n_running)) != NULL; n_running++) {
        n_calls += worker->n_calls;
        n_sessions += worker->n_sessions;
        azb_sched_each(worker->engine.sched, add_endpoint, &endpoints);
    }
    msgpack_pack_map(pk, 10);
    pack_text(pk, "version", AZB_VERSION);
    pack_int(pk, "pid", (uint64_t)getpid());
    pack_int(pk, "uptime_s", (azb_http_now_ms() - server->started_ms) / 1000);
    pack_text(pk, "socket", server->socket_path);
    pack_int(pk, "workers", n_running);
    pack_int(pk, "sessions", n_sessions);
    pack_int(pk, "calls", n_calls);
    pack_bool(pk, "stopping", call->worker->is_stopping);
    pack_profiles(pk, call->worker->config);
    pack_endpoints(pk, &endpoints);
    free(endpoints.all);
    return endpoints.failed ? azb_error_set(err, AZB_ERR_NO_MEMORY, "an answer") : 0;
}

static int do_stats(struct azb_local_call *call, struct azb_error *err)
{
    enum { CALLS, FAILURES, RETRIES, REQUESTS, CONNECTS, BYTES_IN, BYTES_OUT, N_COUNTERS };
    static const char *const names[] = {"calls",    "failures", "retries",  "requests",
                                        "connects", "bytes_in", "bytes_out"};
    const struct azb_server *server = call->worker->server;
    uint64_t sums[N_COUNTERS] = {0};
    const struct azb_worker *worker;
    msgpack_packer *pk = call->pk;

    (void)err;
    for (unsigned i = 0; (worker = azb_server_worker(server, i)) != NULL; i++) {
        const struct azb_engine *engine = &worker->engine;
        struct azb_http_stats http;

        azb_http_stats(engine->http, &http);
        sums[CALLS] += engine->calls;
        sums[FAILURES] += engine->failures;
        sums[RETRIES] += engine->retries;
        sums[REQUESTS] += http.requests;
        sums[CONNECTS] += http.connects;
        sums[BYTES_IN] += engine->bytes_in;
        sums[BYTES_OUT] += engine->bytes_out;
    }
    msgpack_pack_map(pk, N_COUNTERS + 1);
    for (int i = 0; i < N_COUNTERS; i++)
        pack_int(pk, names[i], sums[i]);
    pack_int(pk, "sessions", server->n_sessions_ever);
    return 0;
}

/* ---- clients ---- */

/* A variable of the client's environment map, as a C string in buf. */
struct environment {
    const msgpack_object_map *map;
    char *values[16];
    unsigned n;
};

static const char *environment_get(const char *name, void *arg)
{
    struct environment *env = arg;
    const char *text;
    size_t n;

    if (env->n == 16 || !azb_value_bytes(azb_map_find(env->map, name), &text, &n) ||
        memchr(text, '\0', n) != NULL)
        return NULL;
    env->values[env->n] = strndup(text, n);
    return env->values[env->n] != NULL ? env->values[env->n++] : NULL;
}

static int account_from_environment(const msgpack_object *value, struct azb_account **ret,
                                    struct azb_error *err)
{
    struct environment env = {.map = azb_value_map(value)};
    int rc;

    if (env.map == NULL)
        return azb_error_set(err, AZB_ERR_WRONG_TYPE,
                             "service.open: 'environment' is %s; it takes a map of strings",
                             azb_value_type_name(value));
    rc = azb_account_from_environment(environment_get, &env, ret, err);
    while (env.n > 0) {
        env.n--;
        explicit_bzero(env.values[env.n], strlen(env.values[env.n]));
        free(env.values[env.n]);
    }
    return rc;
}

static int open_account(const struct azb_args *args, struct azb_account **ret,
                        struct azb_error *err)
{
    const msgpack_object *url = azb_args_get(args, "account_url");
    const msgpack_object *connection_string = azb_args_get(args, "connection_string");
    const msgpack_object *environment = azb_args_get(args, "environment");
    char secondary[4097] = "";
    const char *text;
    size_t n;

    if ((url != NULL) + (connection_string != NULL) + (environment != NULL) != 1)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "service.open: give one of 'account_url', 'connection_string' and "
                             "'environment'");
    if (environment != NULL)
        return account_from_environment(environment, ret, err);
    if (azb_value_bytes(connection_string, &text, &n))
        return azb_account_from_connection_string(text, n, ret, err);
    azb_value_bytes(url, &text, &n);
    azb_value_copy(azb_args_get(args, "secondary_url"), secondary, sizeof(secondary));
    return azb_account_from_url(text, n, azb_args_get(args, "credential"),
                                secondary[0] != '\0' ? secondary : NULL, ret, err);
}

static void client_free(struct azb_session *session, struct azb_client *client)
{
    HASH_DEL(session->clients, client);
    azb_account_unref(client->account);
    free(client);
}

static int do_open(struct azb_local_call *call, struct azb_error *err)
{
    struct azb_session *session = call->session;
    struct azb_client *client = calloc(1, sizeof(*client)), *old = NULL;

    if (client == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a client");
    if (open_account(call->args, &client->account, err) < 0) {
        free(client);
        return -1;
    }
    if (!azb_value_copy(azb_args_get(call->args, "name"), client->name, sizeof(client->name)))
        snprintf(client->name, sizeof(client->name), "client-%u", ++session->n_clients_named);
    HASH_FIND_STR(session->clients, client->name, old);
    if (old != NULL)
        client_free(session, old); /* opened anew, with another credential say */
    HASH_ADD_STR(session->clients, name, client);
    msgpack_pack_map(call->pk, 1 + azb_local_account_pairs(client->account));
    pack_text(call->pk, "client", client->name);
    azb_local_pack_account(call->pk, client->account);
    return 0;
}

static int do_close(struct azb_local_call *call, struct azb_error *err)
{
    char name[256] = "";
    struct azb_client *client = NULL;

    azb_value_copy(azb_args_get(call->args, "client"), name, sizeof(name));
    HASH_FIND_STR(call->session->clients, name, client);
    if (client == NULL)
        return azb_error_set(err, AZB_ERR_UNKNOWN_CLIENT,
                             "service.close: this connection opened no client '%.100s'", name);
    client_free(call->session, client);
    msgpack_pack_map(call->pk, 1);
    pack_bool(call->pk, "closed", true);
    return 0;
}

int azb_local_answer(struct azb_session *session, const struct azb_method *method,
                     const msgpack_object_map *params, struct azb_buf *ret,
                     struct azb_error *err)
{
    struct azb_args args;
    msgpack_packer pk;
    struct azb_local_call call = {session, session->worker, &args, &pk};

    if (azb_args_check(&args, method, params, err) < 0)
        return -1;
    azb_buf_packer(&pk, ret);
    if (method->row->answer(&call, err) < 0)
        return -1;
    return ret->failed ? azb_error_set(err, AZB_ERR_NO_MEMORY, "an answer") : 0;
}
