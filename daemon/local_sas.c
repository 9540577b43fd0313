/*
 * local_sas.c: arguments become the parts of a SAS (lib/auth/sas.h), which is signed with the
 * key of the client, or with one that comes along.
 */
#include "daemon/local_sas.h"

#include <string.h>

#include "daemon/local.h"
#include "lib/auth/sas.h"
#include "lib/codec/time.h"
#include "lib/codec/url.h"
#include "proto/value.h"

static azb_local_cb do_account_sas, do_container_sas, do_blob_sas;

/* clang-format off */
#define SIGNER_PARAMS                                                                               \
    {"client", AZB_STR, AZB_IN_CALL, .max_bytes = 255, .doc = "whose account and key, and for url whose address; default \"default\""}, \
    {"account_name", AZB_STR, AZB_IN_CALL, .max_bytes = 63, .doc = "with a key that comes along; default the client's"}, \
    {"account_key", AZB_STR, AZB_IN_CALL, .max_bytes = 1024, .doc = "base64; default the client's"}

#define TIME_PARAMS                                                                                 \
    {"start", AZB_TIME, AZB_IN_CALL, .doc = "default at once"},                                     \
    {"ip", AZB_STR, AZB_IN_CALL, .max_bytes = 64, .doc = "an address, or two with - between: who may use it"}, \
    {"protocol", AZB_ENUM, AZB_IN_CALL, .values = AZB_VALUES("https", "https,http"), .doc = "how it may be used"}, \
    {"encryption_scope", AZB_STR, AZB_IN_CALL, .max_bytes = 256, .doc = "that writes go to"},       \
    {"api_version", AZB_STR, AZB_IN_CALL, .max_bytes = 10, .doc = "service version to sign for; default the one of requests"}

#define OBJECT_PARAMS                                                                               \
    {"expiry", AZB_TIME, AZB_IN_CALL, .doc = "may be left to the policy of policy_id"},             \
    TIME_PARAMS,                                                                                    \
    {"policy_id", AZB_STR, AZB_IN_CALL, .max_bytes = 64, .doc = "id of an access policy of the container"}, \
    {"cache_control", AZB_STR, AZB_IN_CALL, .max_bytes = 1024, .doc = "what answers say as Cache-Control"}, \
    {"content_disposition", AZB_STR, AZB_IN_CALL, .max_bytes = 1024, .doc = "as Content-Disposition"}, \
    {"content_encoding", AZB_STR, AZB_IN_CALL, .max_bytes = 1024, .doc = "as Content-Encoding"},    \
    {"content_language", AZB_STR, AZB_IN_CALL, .max_bytes = 1024, .doc = "as Content-Language"},    \
    {"content_type", AZB_STR, AZB_IN_CALL, .max_bytes = 1024, .doc = "as Content-Type"},            \
    {"user_delegation_key", AZB_MODEL, AZB_IN_CALL, .fields = AZB_PARAMS(                           \
        {"signed_oid", AZB_STR, AZB_IN_CALL, .required = true, .max_bytes = 64, .doc = "whose key it is"}, \
        {"signed_tid", AZB_STR, AZB_IN_CALL, .required = true, .max_bytes = 64, .doc = "tenant of that user"}, \
        {"signed_start", AZB_TIME, AZB_IN_CALL, .required = true, .doc = "valid from"},             \
        {"signed_expiry", AZB_TIME, AZB_IN_CALL, .required = true, .doc = "valid until"},           \
        {"signed_service", AZB_STR, AZB_IN_CALL, .required = true, .max_bytes = 8, .doc = "b"},     \
        {"signed_version", AZB_STR, AZB_IN_CALL, .required = true, .max_bytes = 16, .doc = "service version of the key"}, \
        {"signed_delegated_user_tid", AZB_STR, AZB_IN_CALL, .max_bytes = 64, .doc = "tenant of the user who gets the SAS"}, \
        {"value", AZB_STR, AZB_IN_CALL, .required = true, .max_bytes = 1024, .doc = "the key, base64"}), \
     .doc = "from service.get_user_delegation_key; signs in place of the account's key"},           \
    {"preauthorized_agent_object_id", AZB_STR, AZB_IN_CALL, .max_bytes = 64, .doc = "with user_delegation_key"}, \
    {"agent_object_id", AZB_STR, AZB_IN_CALL, .max_bytes = 64, .doc = "with user_delegation_key"},  \
    {"correlation_id", AZB_STR, AZB_IN_CALL, .max_bytes = 64, .doc = "with user_delegation_key: for the service's log"}, \
    {"delegated_user_object_id", AZB_STR, AZB_IN_CALL, .max_bytes = 64, .doc = "with user_delegation_key: who alone may use it"}, \
    {"request_headers", AZB_STR_MAP, AZB_IN_CALL, .max_bytes = 8192, .doc = "with user_delegation_key: requests must have these headers"}, \
    {"request_query_parameters", AZB_STR_MAP, AZB_IN_CALL, .max_bytes = 8192, .doc = "with user_delegation_key: and these in their query"}

#define SAS_RESULTS                                                                                 \
    {"sas_token", AZB_STR, .doc = "a query without ?"},                                             \
    {"url", AZB_STR, .doc = "with the token in it; absent without a client to tell the address"}

const struct azb_row azb_sas_rows[] = {
    {
        .method = "util.generate_account_sas",
        .doc = "Sign a SAS for an account.",
        .follows = "Create an account SAS",
        .kind = AZB_KIND_LOCAL, .answer = do_account_sas,
        .params = AZB_PARAMS(
            SIGNER_PARAMS,
            {"services", AZB_STR, AZB_IN_CALL, .max_bytes = 4, .doc = "letters b, q, t, f; default b"},
            {"resource_types", AZB_STR, AZB_IN_CALL, .required = true, .max_bytes = 3, .doc = "letters s (service), c (container), o (object)"},
            {"permission", AZB_STR, AZB_IN_CALL, .required = true, .max_bytes = 16, .doc = "letters of rwdxftlacupiy"},
            {"expiry", AZB_TIME, AZB_IN_CALL, .required = true, .doc = "valid until"},
            TIME_PARAMS),
        .results = AZB_FIELDS(SAS_RESULTS),
        .access = AZB_ACCESS_ADMIN,
    },
    {
        .method = "util.generate_container_sas",
        .doc = "Sign a SAS for a container and the blobs in it.",
        .follows = "Create a service SAS",
        .kind = AZB_KIND_LOCAL, .answer = do_container_sas,
        .params = AZB_PARAMS(
            SIGNER_PARAMS,
            {"container_name", AZB_STR, AZB_IN_CALL, .required = true, .max_bytes = 63, .doc = "container name"},
            {"permission", AZB_STR, AZB_IN_CALL, .max_bytes = 16, .doc = "letters of racwdxltmeiyf; may be left to the policy"},
            OBJECT_PARAMS),
        .results = AZB_FIELDS(SAS_RESULTS),
        .access = AZB_ACCESS_ADMIN,
    },
    {
        .method = "util.generate_blob_sas",
        .doc = "Sign a SAS for a blob, a snapshot or version of it, or a directory.",
        .follows = "Create a service SAS",
        .kind = AZB_KIND_LOCAL, .answer = do_blob_sas,
        .params = AZB_PARAMS(
            SIGNER_PARAMS,
            {"container_name", AZB_STR, AZB_IN_CALL, .required = true, .max_bytes = 63, .doc = "container name"},
            {"blob_name", AZB_STR, AZB_IN_CALL, .required = true, .max_bytes = 4096, .doc = "a directory's path, with is_directory"},
            {"snapshot", AZB_STR, AZB_IN_CALL, .max_bytes = 64, .doc = "only for this snapshot"},
            {"version_id", AZB_STR, AZB_IN_CALL, .max_bytes = 64, .doc = "only for this version"},
            {"is_directory", AZB_BOOL, AZB_IN_CALL, .doc = "with a hierarchical namespace: for all below"},
            {"sdd", AZB_INT, AZB_IN_CALL, .with = "is_directory", .min = 0, .max = 1000, .doc = "the directory's depth; default from its path"},
            {"permission", AZB_STR, AZB_IN_CALL, .max_bytes = 16, .doc = "letters of racwdxtmeiy, of a directory also l; may be left to the policy"},
            OBJECT_PARAMS),
        .results = AZB_FIELDS(SAS_RESULTS),
        .access = AZB_ACCESS_ADMIN,
    },
    {NULL},
};
/* clang-format on */

/* One call's SAS on its way. */
struct minting {
    const struct azb_args *args;
    struct azb_arena *arena;
    const struct azb_account *account; /* the client's; NULL: only a name and a key are known */
    struct azb_shared_key *own_key;    /* that came along, or NULL */
    struct azb_sas sas;
};

static int no_memory(struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_NO_MEMORY, "a SAS");
}

/* ---- whose account, which key ---- */

static const char *text_of(const struct minting *m, const msgpack_object *value)
{
    const char *bytes;
    size_t n;

    return azb_value_bytes(value, &bytes, &n) ? azb_arena_strndup(m->arena, bytes, n) : NULL;
}

static int take_own_key(struct minting *m, const msgpack_object *value, struct azb_error *err)
{
    const char *base64 = "";
    size_t n = 0;

    azb_value_bytes(value, &base64, &n);
    return azb_shared_key_new(m->sas.values[AZB_SAS_ACCOUNT], base64, n, &m->own_key, err);
}

static int take_signer(struct minting *m, struct azb_session *session, struct azb_error *err)
{
    const msgpack_object_map *delegation =
        azb_value_map(azb_args_get(m->args, "user_delegation_key"));
    const msgpack_object *client = azb_args_get(m->args, "client");
    const msgpack_object *name = azb_args_get(m->args, "account_name");
    const msgpack_object *key = azb_args_get(m->args, "account_key");
    bool has_own = delegation != NULL || key != NULL;

    if (name != NULL && !has_own)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "'account_name' goes with a key that comes along");
    if (client != NULL || name == NULL) {
        m->account = azb_session_account(session, client, err);
        if (m->account == NULL)
            return -1;
    }
    m->sas.values[AZB_SAS_ACCOUNT] = name != NULL ? text_of(m, name) : m->account->name;
    if (m->sas.values[AZB_SAS_ACCOUNT] == NULL)
        return no_memory(err);
    if (has_own)
        return take_own_key(m, delegation != NULL ? azb_map_find(delegation, "value") : key,
                            err);
    if (m->account->kind != AZB_CREDENTIAL_SHARED_KEY)
        return azb_error_set(err, AZB_ERR_NO_CREDENTIAL,
                             "this client has no account key (its credential: %s): give "
                             "'account_key' or 'user_delegation_key'",
                             azb_credential_kind_name(m->account->kind));
    return 0;
}

/* ---- arguments to parts ---- */

/* A time as the service writes it, whatever it was given as. */
static const char *time_text(const struct minting *m, const msgpack_object *value)
{
    char text[AZB_RFC3339_CHARS + 1];
    const char *bytes;
    int64_t unix_s;
    size_t n;

    if (!azb_value_int(value, &unix_s)) {
        azb_value_bytes(value, &bytes, &n);
        azb_time_from_rfc3339(bytes, n, &unix_s); /* checked already */
    }
    azb_time_to_rfc3339(unix_s, text);
    return azb_arena_strdup(m->arena, text);
}

static const char *part_text(const struct minting *m, const msgpack_object *value, bool is_time)
{
    return is_time ? time_text(m, value) : text_of(m, value);
}

/* "user_delegation_key.signed_oid" too. */
static const msgpack_object *argument(const struct azb_args *args, const char *path)
{
    static const char key[] = "user_delegation_key.";

    if (strncmp(path, key, sizeof(key) - 1) == 0)
        return azb_map_find(azb_value_map(azb_args_get(args, "user_delegation_key")),
                            path + sizeof(key) - 1);
    return azb_args_get(args, path);
}

/* The parts that are arguments as they are. */
static int take_plain_parts(struct minting *m, struct azb_error *err)
{
    static const struct {
        enum azb_sas_part part;
        const char *path;
    } plain[] = {
#define X(name, key, given_as) {AZB_SAS_##name, given_as},
        AZB_SAS_MAP(X)
#undef X
    };

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        enum azb_sas_part part = plain[i].part;
        const msgpack_object *value = argument(m->args, plain[i].path);
        bool is_time = part == AZB_SAS_START || part == AZB_SAS_EXPIRY ||
                       part == AZB_SAS_KEY_START || part == AZB_SAS_KEY_EXPIRY;

        if (value == NULL || m->sas.values[part] != NULL ||
            (value->type != MSGPACK_OBJECT_STR && value->type != MSGPACK_OBJECT_BIN &&
             !is_time))
            continue;
        m->sas.values[part] = part_text(m, value, is_time);
        if (m->sas.values[part] == NULL)
            return no_memory(err);
    }
    return 0;
}

/* Pair i of a map, or of an array of pairs; false behind the last. */
static bool pair_at(const msgpack_object *value, uint32_t i, const char *ret[2], size_t n[2])
{
    const msgpack_object *key, *val;

    if (value->type == MSGPACK_OBJECT_MAP) {
        if (i == value->via.map.size)
            return false;
        key = &value->via.map.ptr[i].key;
        val = &value->via.map.ptr[i].val;
    } else {
        if (i == value->via.array.size)
            return false;
        key = &value->via.array.ptr[i].via.array.ptr[0];
        val = &value->via.array.ptr[i].via.array.ptr[1];
    }
    return azb_value_bytes(key, &ret[0], &n[0]) && azb_value_bytes(val, &ret[1], &n[1]);
}

/* What requests are bound to: the names in the token, the pairs among what is signed. */
static int take_bound(struct minting *m, const char *param, enum azb_sas_part names_part,
                      enum azb_sas_part pairs_part, struct azb_error *err)
{
    const msgpack_object *value = azb_args_get(m->args, param);
    bool ends_lines = pairs_part == AZB_SAS_HEADERS;
    const char *names = "", *pairs = "", *text[2];
    size_t n[2];

    for (uint32_t i = 0; value != NULL && pair_at(value, i, text, n); i++) {
        if (memchr(text[1], '\n', n[1]) != NULL)
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "'%s' holds a line end", param);
        names =
            azb_arena_printf(m->arena, "%s%s%.*s", names, i > 0 ? "," : "", (int)n[0], text[0]);
        pairs =
            azb_arena_printf(m->arena, "%s%s%.*s:%.*s%s", pairs, ends_lines ? "" : "\n",
                             (int)n[0], text[0], (int)n[1], text[1], ends_lines ? "\n" : "");
        if (names == NULL || pairs == NULL)
            return no_memory(err);
    }
    m->sas.values[names_part] = names;
    m->sas.values[pairs_part] = pairs;
    return 0;
}

static int take_common(struct minting *m, const struct azb_local_call *call,
                       struct azb_error *err)
{
    if (take_signer(m, call->session, err) < 0 || take_plain_parts(m, err) < 0)
        return -1;
    if (m->sas.values[AZB_SAS_VERSION] == NULL)
        m->sas.values[AZB_SAS_VERSION] = call->worker->engine.options.api_version;
    return 0;
}

static int take_permission(struct minting *m, struct azb_error *err)
{
    const char *letters = m->sas.values[AZB_SAS_PERMISSION];

    return letters != NULL ? azb_sas_set_permission(&m->sas, letters, strlen(letters), err) : 0;
}

/* A SAS for a container or for what is in it. */
static int take_object(struct minting *m, const char *resource, const char *blob,
                       struct azb_error *err)
{
    const char *container = text_of(m, azb_args_get(m->args, "container_name"));
    struct azb_sas *sas = &m->sas;

    if (container == NULL)
        return no_memory(err);
    if (container[0] == '\0')
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "'container_name' is empty");
    sas->scheme = azb_args_get(m->args, "user_delegation_key") != NULL ? AZB_SAS_OF_DELEGATION
                                                                       : AZB_SAS_OF_SERVICE;
    sas->values[AZB_SAS_RESOURCE] = resource;
    sas->values[AZB_SAS_PATH] =
        azb_arena_printf(m->arena, "/blob/%s/%s%s%s", sas->values[AZB_SAS_ACCOUNT], container,
                         blob[0] != '\0' ? "/" : "", blob);
    if (sas->values[AZB_SAS_PATH] == NULL)
        return no_memory(err);
    if (sas->values[AZB_SAS_AUTHORIZED_OID] != NULL && sas->values[AZB_SAS_AGENT_OID] != NULL)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "'preauthorized_agent_object_id' and 'agent_object_id' exclude "
                             "each other");
    if (sas->values[AZB_SAS_POLICY] == NULL &&
        (sas->values[AZB_SAS_PERMISSION] == NULL || sas->values[AZB_SAS_EXPIRY] == NULL))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "without 'policy_id' a SAS needs 'permission' and 'expiry'");
    if (take_bound(m, "request_headers", AZB_SAS_HEADER_NAMES, AZB_SAS_HEADERS, err) < 0 ||
        take_bound(m, "request_query_parameters", AZB_SAS_QUERY_NAMES, AZB_SAS_QUERY, err) < 0)
        return -1;
    return take_permission(m, err);
}

/* ---- the answer ---- */

static void put_encoded(struct azb_buf *buf, const char *before, const msgpack_object *name,
                        enum azb_url_part part)
{
    const char *text;
    size_t n;

    if (!azb_value_bytes(name, &text, &n))
        return;
    azb_buf_puts(buf, before);
    azb_url_encode(buf, text, n, part);
}

static void put_url(struct azb_buf *buf, const struct minting *m, const struct azb_buf *token)
{
    const struct azb_location *location = &m->account->primary;
    const msgpack_object *container = azb_args_get(m->args, "container_name");

    azb_buf_puts(buf, location->origin);
    azb_buf_puts(buf, location->base_path);
    if (container == NULL)
        azb_buf_puts(buf, "/");
    put_encoded(buf, "/", container, AZB_URL_VALUE);
    put_encoded(buf, "/", azb_args_get(m->args, "blob_name"), AZB_URL_PATH);
    azb_buf_puts(buf, "?");
    azb_buf_append(buf, token->data, token->len);
    put_encoded(buf, "&snapshot=", azb_args_get(m->args, "snapshot"), AZB_URL_VALUE);
    put_encoded(buf, "&versionid=", azb_args_get(m->args, "version_id"), AZB_URL_VALUE);
}

static int pack_answer(const struct minting *m, msgpack_packer *pk, struct azb_error *err)
{
    struct azb_shared_key *key = m->own_key != NULL ? m->own_key : m->account->key;
    struct azb_buf token = {0}, url = {0};
    int rc = azb_sas_token(&m->sas, key, &token, err);

    if (rc == 0 && m->account != NULL)
        put_url(&url, m, &token);
    if (rc == 0 && url.failed)
        rc = no_memory(err);
    if (rc == 0) {
        msgpack_pack_map(pk, m->account != NULL ? 2 : 1);
        azb_pack_str(pk, "sas_token");
        azb_pack_strn(pk, (const char *)token.data, token.len);
        if (m->account != NULL) {
            azb_pack_str(pk, "url");
            azb_pack_strn(pk, (const char *)url.data, url.len);
        }
    }
    azb_buf_clear(&token);
    azb_buf_clear(&url);
    return rc;
}

typedef int take_fn(struct minting *m, struct azb_error *err);

/* The common way: signer and plain parts, what is the method's own, the token. */
static int mint(struct azb_local_call *call, take_fn *take_own, struct azb_error *err)
{
    struct minting m = {.args = call->args, .arena = azb_arena_new()};
    struct azb_error why = {0};
    int rc = -1;

    if (m.arena == NULL)
        return no_memory(err);
    if (take_common(&m, call, &why) == 0 && take_own(&m, &why) == 0)
        rc = pack_answer(&m, call->pk, &why);
    if (rc < 0)
        azb_error_set(err, why.what, "%s: %.400s", call->args->method->row->method,
                      why.message);
    azb_shared_key_free(m.own_key);
    azb_arena_free(m.arena);
    return rc;
}

/* ---- the methods ---- */

/* Each letter of text is one of these. */
static int check_letters(const char *param, const char *text, const char *letters,
                         struct azb_error *err)
{
    if (text[0] == '\0' || text[strspn(text, letters)] != '\0')
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "'%s' has letters of %s", param,
                             letters);
    return 0;
}

static int take_account(struct minting *m, struct azb_error *err)
{
    struct azb_sas *sas = &m->sas;

    sas->scheme = AZB_SAS_OF_ACCOUNT;
    if (sas->values[AZB_SAS_SERVICES] == NULL)
        sas->values[AZB_SAS_SERVICES] = "b";
    if (check_letters("services", sas->values[AZB_SAS_SERVICES], "bqtf", err) < 0 ||
        check_letters("resource_types", sas->values[AZB_SAS_RESOURCE_TYPES], "sco", err) < 0)
        return -1;
    return take_permission(m, err);
}

static int take_container(struct minting *m, struct azb_error *err)
{
    return take_object(m, "c", "", err);
}

/* How many names a path has. */
static unsigned path_depth(const char *path)
{
    unsigned depth = 0;

    for (; *path != '\0'; path += strcspn(path, "/")) {
        path += strspn(path, "/");
        depth += *path != '\0';
    }
    return depth;
}

static int take_directory(struct minting *m, const char *path, struct azb_error *err)
{
    int64_t depth = azb_args_int(m->args, "sdd", path_depth(path));

    m->sas.values[AZB_SAS_DEPTH] = azb_arena_printf(m->arena, "%lld", (long long)depth);
    if (m->sas.values[AZB_SAS_DEPTH] == NULL)
        return no_memory(err);
    return take_object(m, "d", path, err);
}

static int take_blob(struct minting *m, struct azb_error *err)
{
    const msgpack_object *snapshot = azb_args_get(m->args, "snapshot");
    const msgpack_object *version = azb_args_get(m->args, "version_id");
    bool is_directory = azb_args_bool(m->args, "is_directory", false);
    const char *blob = text_of(m, azb_args_get(m->args, "blob_name"));

    if (blob == NULL)
        return no_memory(err);
    if ((snapshot != NULL) + (version != NULL) + is_directory > 1)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "'snapshot', 'version_id' and 'is_directory' exclude each other");
    if (is_directory)
        return take_directory(m, blob, err);
    if (blob[0] == '\0')
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "'blob_name' is empty");
    if (snapshot == NULL && version == NULL)
        return take_object(m, "b", blob, err);
    m->sas.values[AZB_SAS_TIMESTAMP] = text_of(m, snapshot != NULL ? snapshot : version);
    if (m->sas.values[AZB_SAS_TIMESTAMP] == NULL)
        return no_memory(err);
    return take_object(m, snapshot != NULL ? "bs" : "bv", blob, err);
}

static int do_account_sas(struct azb_local_call *call, struct azb_error *err)
{
    return mint(call, take_account, err);
}

static int do_container_sas(struct azb_local_call *call, struct azb_error *err)
{
    return mint(call, take_container, err);
}

static int do_blob_sas(struct azb_local_call *call, struct azb_error *err)
{
    return mint(call, take_blob, err);
}
