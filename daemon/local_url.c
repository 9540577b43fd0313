/*
 * local_url.c: URLs and connection strings taken apart. Where the account ends and the
 * container begins in a path depends on the host: nothing comes before the container at the
 * service's own hosts, the account's name does at an emulator, and anywhere else the names are
 * the last ones.
 */
#include "daemon/local_url.h"

#include <string.h>

#include "daemon/local.h"
#include "lib/codec/url.h"
#include "proto/value.h"

static azb_local_cb do_blob_url, do_container_url, do_connection_string;

/* clang-format off */
#define URL_RESULTS_OF_PARTS                                                             \
    {"account_url", AZB_STR, .doc = "what service.open takes; without a SAS"},           \
    {"container_name", AZB_STR},                                                         \
    {"has_sas", AZB_BOOL, .doc = "the URL holds a SAS, which is not repeated"}

const struct azb_row azb_url_rows[] = {
    {
        .method = "blob.from_blob_url",
        .doc = "The names in a blob's URL.",
        .kind = AZB_KIND_LOCAL, .answer = do_blob_url,
        .params = AZB_PARAMS(
            {"blob_url", AZB_URL, AZB_IN_CALL, .required = true, .max_bytes = 8192, .doc = "with or without a SAS"},
            {"snapshot", AZB_STAMP, AZB_IN_CALL, .doc = "default the URL's"}),
        .results = AZB_FIELDS(
            URL_RESULTS_OF_PARTS,
            {"blob_name", AZB_STR},
            {"snapshot", AZB_STR},
            {"version_id", AZB_STR}),
    },
    {
        .method = "container.from_container_url",
        .doc = "The name in a container's URL.",
        .kind = AZB_KIND_LOCAL, .answer = do_container_url,
        .params = AZB_PARAMS({"container_url", AZB_URL, AZB_IN_CALL, .required = true, .max_bytes = 8192, .doc = "with or without a SAS"}),
        .results = AZB_FIELDS(URL_RESULTS_OF_PARTS),
    },
    {
        .method = "util.parse_connection_string",
        .doc = "What a connection string says; its secrets are not repeated.",
        .kind = AZB_KIND_LOCAL, .answer = do_connection_string,
        .params = AZB_PARAMS({"connection_string", AZB_STR, AZB_IN_CALL, .required = true, .max_bytes = 16384, .doc = "as the portal shows it"}),
        .results = AZB_FIELDS(ACCOUNT_RESULTS),
    },
    {NULL},
};
/* clang-format on */

/* A text inside another one. */
struct part {
    const char *text;
    size_t n;
};

static bool is_azure(const struct azb_url *url)
{
    return strstr(url->host, ".core.") != NULL;
}

static bool is_emulator(const struct azb_url *url)
{
    return strchr(url->host, '.') == NULL || strcmp(url->host, "127.0.0.1") == 0;
}

/* Path segment number i, from 0, or all from there on; {NULL} when there is none. */
static struct part segment(const char *path, unsigned i, bool to_end)
{
    while (path[0] == '/') {
        size_t n = to_end && i == 0 ? strlen(path + 1) : strcspn(path + 1, "/");

        if (i-- == 0)
            return n > 0 ? (struct part){path + 1, n} : (struct part){NULL, 0};
        path += 1 + n;
    }
    return (struct part){NULL, 0};
}

static unsigned n_segments(const char *path)
{
    unsigned n = 0;

    for (; *path != '\0'; path++)
        n += *path == '/';
    return n;
}

/* Decoded, in the arena; NULL when it is no percent-encoding. */
static const char *decoded(struct azb_arena *arena, const char *text, size_t n)
{
    char *copy = azb_arena_strndup(arena, text, n);
    long n_decoded = copy != NULL ? azb_url_decode(copy, n) : -1;

    if (n_decoded < 0)
        return NULL;
    copy[n_decoded] = '\0';
    return copy;
}

/* A query's value, decoded; NULL when there is none of that name. */
static const char *query_value(struct azb_arena *arena, const char *query, const char *name)
{
    size_t name_n = strlen(name);

    while (*query != '\0') {
        size_t n = strcspn(query, "&");

        if (n > name_n && strncmp(query, name, name_n) == 0 && query[name_n] == '=')
            return decoded(arena, query + name_n + 1, n - name_n - 1);
        query += n;
        query += *query == '&';
    }
    return NULL;
}

struct names {
    const char *account_url, *container, *blob, *snapshot, *version_id, *query;
    bool has_sas;
};

/* first: number of the container's segment. */
static int names_read(struct names *ret, struct azb_arena *arena, const struct azb_url *url,
                      unsigned first, bool has_blob)
{
    struct part container = segment(url->path, first, false);
    struct part blob = segment(url->path, first + 1, true);

    if (container.text == NULL || (has_blob && blob.text == NULL))
        return -1;
    ret->account_url =
        azb_arena_printf(arena, "%s://%s%.*s", url->is_https ? "https" : "http", url->authority,
                         (int)(container.text - 1 - url->path), url->path);
    ret->container = decoded(arena, container.text, container.n);
    ret->snapshot = query_value(arena, url->query, "snapshot");
    ret->version_id = query_value(arena, url->query, "versionid");
    ret->has_sas = query_value(arena, url->query, "sig") != NULL;
    ret->query = url->query;
    if (has_blob)
        ret->blob = decoded(arena, blob.text, blob.n);
    return ret->account_url != NULL && ret->container != NULL &&
                   (!has_blob || ret->blob != NULL)
               ? 0
               : -1;
}

/* The names in the parameter's URL; all of it in the arena. */
static int names_from(const struct azb_args *args, const char *param, bool has_blob,
                      struct azb_arena *arena, struct names *ret, struct azb_error *err)
{
    const char *method = args->method->row->method, *text = "";
    struct azb_error why = {0};
    struct azb_url url;
    unsigned first, n_names = has_blob ? 2 : 1;
    size_t n = 0;

    if (arena == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a URL");
    azb_value_bytes(azb_args_get(args, param), &text, &n);
    if (azb_url_parse(arena, text, n, &url, &why) < 0)
        return azb_error_set(err, why.what, "%s: '%s': %.300s", method, param, why.message);
    first = n_segments(url.path) < n_names ? 0 : n_segments(url.path) - n_names;
    if (has_blob && (is_azure(&url) || is_emulator(&url)))
        first = is_emulator(&url) ? 1 : 0;
    if (names_read(ret, arena, &url, first, has_blob) < 0)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s' is no URL of a %s", method,
                             param, has_blob ? "blob in a container" : "container");
    return 0;
}

static void pack_name(msgpack_packer *pk, const char *key, const char *text)
{
    if (text == NULL)
        return;
    azb_pack_str(pk, key);
    azb_pack_str(pk, text);
}

static void pack_names(msgpack_packer *pk, const struct names *names)
{
    msgpack_pack_map(pk, 3 + (names->blob != NULL) + (names->snapshot != NULL) +
                             (names->version_id != NULL));
    pack_name(pk, "account_url", names->account_url);
    pack_name(pk, "container_name", names->container);
    pack_name(pk, "blob_name", names->blob);
    pack_name(pk, "snapshot", names->snapshot);
    pack_name(pk, "version_id", names->version_id);
    azb_pack_str(pk, "has_sas");
    names->has_sas ? msgpack_pack_true(pk) : msgpack_pack_false(pk);
}

static int do_blob_url(struct azb_local_call *call, struct azb_error *err)
{
    struct azb_arena *arena = azb_arena_new();
    struct names names = {0};
    char snapshot[64];
    int rc = names_from(call->args, "blob_url", true, arena, &names, err);

    if (azb_value_copy(azb_args_get(call->args, "snapshot"), snapshot, sizeof(snapshot)))
        names.snapshot = snapshot;
    if (rc == 0)
        pack_names(call->pk, &names);
    azb_arena_free(arena);
    return rc;
}

static int do_container_url(struct azb_local_call *call, struct azb_error *err)
{
    struct azb_arena *arena = azb_arena_new();
    struct names names = {0};
    int rc = names_from(call->args, "container_url", false, arena, &names, err);

    names.snapshot = names.version_id = NULL; /* a container has none */
    if (rc == 0)
        pack_names(call->pk, &names);
    azb_arena_free(arena);
    return rc;
}

static int do_connection_string(struct azb_local_call *call, struct azb_error *err)
{
    struct azb_account *account = NULL;
    const char *text = "";
    size_t n = 0;

    azb_value_bytes(azb_args_get(call->args, "connection_string"), &text, &n);
    if (azb_account_from_connection_string(text, n, &account, err) < 0)
        return -1;
    msgpack_pack_map(call->pk, azb_local_account_pairs(account));
    azb_local_pack_account(call->pk, account);
    azb_account_unref(account);
    return 0;
}

/* ---- calls about the blob of a URL ---- */

/* One more parameter, unless there is none (text NULL) or the caller gave it. Returns false
 * when there is no memory. */
static bool add_text(msgpack_object_map *map, msgpack_zone *zone, const char *name,
                     const char *text)
{
    size_t n = text != NULL ? strlen(text) : 0;
    char *copy;

    if (text == NULL || azb_map_find(map, name) != NULL)
        return true;
    copy = msgpack_zone_malloc(zone, n + 1);
    if (copy == NULL)
        return false;
    memcpy(copy, text, n + 1);
    map->ptr[map->size++] = (msgpack_object_kv){
        .key = {.type = MSGPACK_OBJECT_STR, .via.str = {(uint32_t)strlen(name), name}},
        .val = {.type = MSGPACK_OBJECT_STR, .via.str = {(uint32_t)n, copy}}};
    return true;
}

static bool is_passed_on(const msgpack_object_kv *pair)
{
    return pair->val.type != MSGPACK_OBJECT_NIL && !azb_value_is(&pair->key, "blob_url") &&
           !azb_value_is(&pair->key, "credential");
}

/* The caller's parameters, and the URL's names instead of the URL. NULL: no memory. */
static const msgpack_object_map *params_with_names(const msgpack_object_map *params,
                                                   const struct names *names,
                                                   msgpack_zone *zone)
{
    enum { N_NAMES = 4 };
    msgpack_object_map *map = msgpack_zone_malloc(zone, sizeof(*map));

    if (map == NULL)
        return NULL;
    map->size = 0;
    map->ptr = msgpack_zone_malloc(zone, (params->size + N_NAMES) * sizeof(*map->ptr));
    if (map->ptr == NULL)
        return NULL;
    for (uint32_t i = 0; i < params->size; i++)
        if (is_passed_on(&params->ptr[i]))
            map->ptr[map->size++] = params->ptr[i];
    return add_text(map, zone, "container", names->container) &&
                   add_text(map, zone, "blob", names->blob) &&
                   add_text(map, zone, "snapshot", names->snapshot) &&
                   add_text(map, zone, "version_id", names->version_id)
               ? map
               : NULL;
}

int azb_url_resolve(const struct azb_method *method, const msgpack_object_map *params,
                    msgpack_zone *zone, struct azb_call_setup *ret, struct azb_error *err)
{
    struct azb_arena *arena = azb_arena_new();
    struct names names = {0};
    struct azb_args args;
    const char *url = NULL;
    int rc = -1;

    if (azb_args_check(&args, method, params, err) < 0 ||
        names_from(&args, "blob_url", true, arena, &names, err) < 0)
        goto out;
    ret->method = method->like;
    ret->params = params_with_names(params, &names, zone);
    url = azb_arena_printf(arena, "%s?%s", names.account_url, names.query);
    if (url == NULL || ret->params == NULL)
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a call");
    else
        rc = azb_account_from_url(url, strlen(url), azb_args_get(&args, "credential"), NULL,
                                  &ret->account, err);
out:
    azb_arena_free(arena);
    return rc;
}
