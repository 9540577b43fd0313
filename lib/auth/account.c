/*
 * account.c: every way to name an account is first brought down to a `struct parts` (texts,
 * no decisions), of which account_make() then makes the account. What was parsed lives in an
 * arena that is zeroed at the end; what stays lives in one that belongs to the account.
 *
 * Messages name settings, variables and places. They never quote a value: what was typed
 * into the wrong place may be the key.
 */
#include "lib/auth/account.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/codec/url.h"
#include "proto/value.h"

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

#define DEFAULT_SUFFIX "core.windows.net"
#define SECONDARY "-secondary"

/* The emulator's account: the same on every machine, and published. */
#define EMULATOR_NAME "devstoreaccount1"
#define EMULATOR_KEY                               \
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6" \
    "IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
#define EMULATOR_ORIGIN "http://127.0.0.1:10000"
#define EMULATOR_PORT 10000

enum {
    NAME_MAX_CHARS = 63, /* a DNS label; Azure's own are 3 to 24 */
};

/* An account's own memory, which the public struct does not show. */
struct owned_account {
    struct azb_account account;
    struct azb_arena *arena; /* holds this struct and every string of it */
};

/* What an account is made of. NULL: not given. At most one of key, sas, token is. */
struct parts {
    const char *url;
    const char *secondary_url; /* NULL: derived from url */
    const char *name;          /* NULL: as the URL has it */
    const char *key;
    const char *sas; /* none of the three: the URL's SAS, or anonymous */
    const char *token;
};

const char *azb_credential_kind_name(enum azb_credential_kind kind)
{
    static const char *const names[] = {
        [AZB_CREDENTIAL_NONE] = "anonymous",
        [AZB_CREDENTIAL_SHARED_KEY] = "shared_key",
        [AZB_CREDENTIAL_SAS] = "sas",
        [AZB_CREDENTIAL_TOKEN] = "token",
    };

    return names[kind];
}

struct azb_account *azb_account_ref(struct azb_account *account)
{
    account->refs++;
    return account;
}

void azb_account_unref(struct azb_account *account)
{
    if (account == NULL || --account->refs > 0)
        return;
    azb_shared_key_free(account->key);
    azb_arena_free(((struct owned_account *)account)->arena);
}

int azb_account_set_ca_file(struct azb_account *account, const char *path)
{
    account->ca_file = azb_arena_strdup(((struct owned_account *)account)->arena, path);
    return account->ca_file != NULL ? 0 : -1;
}

static int no_memory(struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_NO_MEMORY, "memory for an account");
}

/*
 * "name=value" pieces between separators, as connection strings and queries have them.
 */
struct piece {
    const char *name;
    size_t name_n;
    const char *value; /* NULL: no '=' */
    size_t value_n;
};

static void trim(const char **text, size_t *n)
{
    while (*n > 0 && strchr(" \t\r\n", **text) != NULL)
        (*text)++, (*n)--;
    while (*n > 0 && strchr(" \t\r\n", (*text)[*n - 1]) != NULL)
        (*n)--;
}

/* Takes the next piece that is not empty off *at; false at the end. */
static bool piece_next(const char **at, char separator, struct piece *ret)
{
    const char separators[] = {separator, '\0'};

    while (**at != '\0') {
        const char *name = *at, *equals;
        size_t n = strcspn(name, separators);

        *at += n + (name[n] != '\0');
        trim(&name, &n);
        if (n == 0)
            continue;
        equals = memchr(name, '=', n);
        *ret = (struct piece){name, n};
        if (equals != NULL) {
            ret->name_n = (size_t)(equals - name);
            ret->value = equals + 1;
            ret->value_n = n - ret->name_n - 1;
            trim(&ret->name, &ret->name_n);
            trim(&ret->value, &ret->value_n);
        }
        return true;
    }
    return false;
}

static bool is_text(const char *bytes, size_t n, const char *text)
{
    return strlen(text) == n && strncasecmp(bytes, text, n) == 0;
}

/*
 * SAS tokens.
 */
static bool is_sas_key(const char *name, size_t n)
{
    static const char *const keys[] = {
        "sig",   "sp",    "st",    "se",    "sr",     "si",      "sip", "spr", "sv",
        "rscc",  "rscd",  "rsce",  "rscl",  "rsct",   "spk",     "srk", "epk", "erk",
        "srt",   "ss",    "skoid", "sktid", "skt",    "ske",     "sks", "skv", "ses",
        "saoid", "suoid", "scid",  "sdd",   "sduoid", "skdutid", "srh", "srq",
    };

    for (size_t i = 0; i < N_ELEMENTS(keys); i++)
        if (strlen(keys[i]) == n && memcmp(keys[i], name, n) == 0)
            return true;
    return false;
}

/* A query all of whose names are those of a SAS. */
static bool is_sas(const char *text)
{
    struct piece piece;
    bool has_any = false;

    for (; piece_next(&text, '&', &piece); has_any = true)
        if (piece.value == NULL || !is_sas_key(piece.name, piece.name_n))
            return false;
    return has_any;
}

/*
 * The SAS in a URL's query, without what else stands there: NULL when it has no signature.
 * Returns -1 when there is no memory.
 */
static int sas_of_query(struct azb_arena *arena, const char *query, const char **ret)
{
    char *sas = azb_arena_alloc(arena, strlen(query) + 1), *end = sas;
    bool has_signature = false;
    struct piece piece;

    if (sas == NULL)
        return -1;
    while (piece_next(&query, '&', &piece)) {
        size_t n = piece.name_n + 1 + piece.value_n;

        if (piece.value == NULL || !is_sas_key(piece.name, piece.name_n))
            continue;
        has_signature |= is_text(piece.name, piece.name_n, "sig");
        if (end > sas)
            *end++ = '&';
        memcpy(end, piece.name, n); /* a URL has no white space: the piece is in one run */
        end += n;
    }
    *end = '\0';
    *ret = has_signature ? sas : NULL;
    return 0;
}

/* What may go into a header or a query as it is. */
static bool is_visible(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

/*
 * Where an account is.
 */
static bool is_account_name(const char *name)
{
    static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789-_";
    size_t n = strspn(name, chars);

    return n > 0 && n <= NAME_MAX_CHARS && name[n] == '\0';
}

/* "acct.blob.core.windows.net": the host's first label is the account. Zones and private
 * links stand between it and "blob". */
static bool is_host_style(const struct azb_url *url)
{
    return strstr(url->host, ".blob.") != NULL;
}

/* "127.0.0.1:10000/acct", "[::1]/acct", "azurite/acct" */
static bool is_path_style(const struct azb_url *url)
{
    return strchr(url->host, '.') == NULL || /* no domain: localhost, a container's name */
           strchr(url->host, ':') != NULL || /* IPv6 */
           url->host[strspn(url->host, "0123456789.")] == '\0';
}

/* The part of a URL that names the account: its first label or its first path segment.
 * Empty when neither does. */
static void account_label(const struct azb_url *url, const char **ret, size_t *ret_n)
{
    *ret = "";
    *ret_n = 0;
    if (is_host_style(url)) {
        *ret = url->host;
        *ret_n = strcspn(url->host, ".");
    } else if (is_path_style(url) && url->path[0] == '/') {
        *ret = url->path + 1;
        *ret_n = strcspn(url->path + 1, "/");
    }
}

static bool is_secondary_label(const char *label, size_t n)
{
    const size_t n_suffix = strlen(SECONDARY);

    return n > n_suffix && memcmp(label + n - n_suffix, SECONDARY, n_suffix) == 0;
}

/* The account's name: its label, without "-secondary", which is signed as the same account. */
static char *url_account_name(struct azb_arena *arena, const struct azb_url *url)
{
    const char *label;
    size_t n;

    account_label(url, &label, &n);
    if (is_secondary_label(label, n))
        n -= strlen(SECONDARY);
    return azb_arena_strndup(arena, label, n);
}

static int location_set(struct azb_location *location, struct azb_arena *own,
                        const struct azb_url *url, struct azb_error *err)
{
    location->origin =
        azb_arena_printf(own, "%s://%s", url->is_https ? "https" : "http", url->authority);
    location->base_path = azb_arena_strdup(own, url->path);
    if (location->origin == NULL || location->base_path == NULL)
        return no_memory(err);
    return 0;
}

/* The secondary of a primary: the same with "-secondary" behind the label. A URL that has it
 * already, or has no label, has no other that we know. */
static int location_derive(struct azb_location *location, struct azb_arena *own,
                           const struct azb_url *primary, struct azb_error *err)
{
    struct azb_url secondary = *primary;
    const char *label;
    size_t n;

    account_label(primary, &label, &n);
    if (n == 0 || is_secondary_label(label, n))
        return 0;
    if (is_host_style(primary))
        secondary.authority =
            azb_arena_printf(own, "%.*s" SECONDARY "%s", (int)n, label, primary->authority + n);
    else
        secondary.path =
            azb_arena_printf(own, "/%.*s" SECONDARY "%s", (int)n, label, primary->path + 1 + n);
    if (secondary.authority == NULL || secondary.path == NULL)
        return no_memory(err);
    return location_set(location, own, &secondary, err);
}

/*
 * Parts to an account.
 */
static int account_set_places(struct azb_account *account, struct azb_arena *own,
                              const struct parts *parts, const struct azb_url *url,
                              const struct azb_url *secondary, struct azb_error *err)
{
    account->name =
        parts->name != NULL ? azb_arena_strdup(own, parts->name) : url_account_name(own, url);
    if (account->name == NULL)
        return no_memory(err);
    if (parts->name != NULL && !is_account_name(parts->name))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "an account name has letters, digits, '-' and '_', at most %d",
                             NAME_MAX_CHARS);
    account->is_https = url->is_https;
    if (location_set(&account->primary, own, url, err) < 0)
        return -1;
    if (secondary != NULL)
        return location_set(&account->secondary, own, secondary, err);
    return location_derive(&account->secondary, own, url, err);
}

static int account_set_key(struct azb_account *account, const char *key, struct azb_error *err)
{
    if (!is_account_name(account->name))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "an account key needs the account's name, which this URL does not "
                             "tell: give account_name with the key");
    account->kind = AZB_CREDENTIAL_SHARED_KEY;
    return azb_shared_key_new(account->name, key, strlen(key), &account->key, err);
}

static int account_set_sas(struct azb_account *account, struct azb_arena *own, const char *sas,
                           struct azb_error *err)
{
    if (sas[0] == '?')
        sas++;
    if (sas[0] == '\0' || !is_visible(sas))
        return azb_error_set(err, AZB_ERR_BAD_CREDENTIAL,
                             "the SAS is empty or holds characters that a URL cannot have");
    account->kind = AZB_CREDENTIAL_SAS;
    account->sas = azb_arena_strdup(own, sas);
    return account->sas != NULL ? 0 : no_memory(err);
}

static int account_set_token(struct azb_account *account, struct azb_arena *own,
                             const char *token, struct azb_error *err)
{
    bool has_plain_secondary = account->secondary.origin != NULL &&
                               strncmp(account->secondary.origin, "https:", 6) != 0;

    if (!account->is_https || has_plain_secondary)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "a bearer token is only sent over https, and this URL is http");
    if (token[0] == '\0' || !is_visible(token))
        return azb_error_set(err, AZB_ERR_BAD_CREDENTIAL,
                             "the bearer token is empty or holds characters that a header "
                             "cannot have");
    account->kind = AZB_CREDENTIAL_TOKEN;
    account->token = azb_arena_strdup(own, token);
    return account->token != NULL ? 0 : no_memory(err);
}

static int account_set_credential(struct azb_account *account, struct azb_arena *own,
                                  const struct parts *parts, const struct azb_url *url,
                                  struct azb_error *err)
{
    const char *sas = parts->sas;

    if (parts->key != NULL)
        return account_set_key(account, parts->key, err);
    if (parts->token != NULL)
        return account_set_token(account, own, parts->token, err);
    if (sas == NULL && sas_of_query(own, url->query, &sas) < 0)
        return no_memory(err);
    if (sas != NULL)
        return account_set_sas(account, own, sas, err);
    account->kind = AZB_CREDENTIAL_NONE;
    return 0;
}

/* arena: for what is only needed on the way. */
static int account_make(struct azb_arena *arena, const struct parts *parts,
                        struct azb_account **ret, struct azb_error *err)
{
    const char *secondary_text = parts->secondary_url;
    struct azb_arena *own = NULL;
    struct owned_account *owned;
    struct azb_url url, secondary;

    if (azb_url_parse(arena, parts->url, strlen(parts->url), &url, err) < 0)
        return -1;
    if (secondary_text != NULL &&
        azb_url_parse(arena, secondary_text, strlen(secondary_text), &secondary, err) < 0)
        return -1;
    own = azb_arena_new();
    owned = own != NULL ? azb_arena_zalloc(own, sizeof(*owned)) : NULL;
    if (owned == NULL) {
        azb_arena_free(own);
        return no_memory(err);
    }
    owned->arena = own;
    owned->account.refs = 1;
    if (account_set_places(&owned->account, own, parts, &url,
                           secondary_text != NULL ? &secondary : NULL, err) < 0 ||
        account_set_credential(&owned->account, own, parts, &url, err) < 0) {
        azb_account_unref(&owned->account);
        return -1;
    }
    *ret = &owned->account;
    return 0;
}

/*
 * Connection strings.
 */
struct settings {
    const char *protocol;
    const char *name;
    const char *key;
    const char *suffix;
    const char *endpoint;
    const char *secondary_endpoint;
    const char *sas;
    const char *use_emulator;
    const char *emulator_proxy;
};

/* The member that a setting belongs to. */
#define MEMBER(name) offsetof(struct settings, name)
#define IGNORED SIZE_MAX

static const struct {
    const char *name;
    size_t member;
} setting_names[] = {
    {"DefaultEndpointsProtocol", MEMBER(protocol)},
    {"AccountName", MEMBER(name)},
    {"AccountKey", MEMBER(key)},
    {"EndpointSuffix", MEMBER(suffix)},
    {"BlobEndpoint", MEMBER(endpoint)},
    {"BlobSecondaryEndpoint", MEMBER(secondary_endpoint)},
    {"SharedAccessSignature", MEMBER(sas)},
    {"UseDevelopmentStorage", MEMBER(use_emulator)},
    {"DevelopmentStorageProxyUri", MEMBER(emulator_proxy)},
    {"QueueEndpoint", IGNORED},
    {"QueueSecondaryEndpoint", IGNORED},
    {"TableEndpoint", IGNORED},
    {"TableSecondaryEndpoint", IGNORED},
    {"FileEndpoint", IGNORED},
    {"FileSecondaryEndpoint", IGNORED},
    {"DfsEndpoint", IGNORED},
    {"DfsSecondaryEndpoint", IGNORED},
};

/* A name may be quoted if it cannot be a piece of a key or a SAS: letters, and not many, and
 * not with the '=' behind it that pads a key. */
static bool is_quotable(const struct piece *piece)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return piece->name_n > 0 && piece->name_n <= 32 && piece->value_n > 0 &&
           piece->value[0] != '=' && strspn(piece->name, letters) >= piece->name_n;
}

static int setting_unknown(const struct piece *piece, struct azb_error *err)
{
    if (is_quotable(piece))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "a connection string has no setting '%.*s'", (int)piece->name_n,
                             piece->name);
    return azb_error_set(err, AZB_ERR_INVALID_ARG,
                         "the connection string has a setting that there is none of (and that "
                         "is not repeated here, for it may be a secret)");
}

static int setting_take(struct settings *settings, struct azb_arena *arena,
                        const struct piece *piece, struct azb_error *err)
{
    if (piece->value == NULL)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "a connection string is NAME=VALUE;NAME=VALUE...; this one has a "
                             "piece without '='");
    for (size_t i = 0; i < N_ELEMENTS(setting_names); i++) {
        const char **member;

        if (!is_text(piece->name, piece->name_n, setting_names[i].name))
            continue;
        if (setting_names[i].member == IGNORED)
            return 0;
        member = (const char **)((char *)settings + setting_names[i].member);
        if (*member != NULL)
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "the connection string has %s twice",
                                 setting_names[i].name);
        if (piece->value_n == 0)
            return azb_error_set(err, AZB_ERR_INVALID_ARG,
                                 "%s in the connection string is empty", setting_names[i].name);
        *member = azb_arena_strndup(arena, piece->value, piece->value_n);
        return *member != NULL ? 0 : no_memory(err);
    }
    return setting_unknown(piece, err);
}

/* "http://HOST" becomes "http://HOST:10000"; NULL without memory or when it is no URL. */
static const char *emulator_origin(struct azb_arena *arena, const char *proxy,
                                   struct azb_error *err)
{
    const char *scheme, *origin;
    size_t host_chars;
    struct azb_url url;

    if (proxy == NULL)
        return EMULATOR_ORIGIN;
    if (azb_url_parse(arena, proxy, strlen(proxy), &url, err) < 0)
        return NULL;
    scheme = url.is_https ? "https" : "http";
    host_chars = strlen(url.host) + (url.authority[0] == '[' ? 2 : 0);
    if (url.authority[host_chars] == ':')
        origin = azb_arena_printf(arena, "%s://%s", scheme, url.authority);
    else
        origin = azb_arena_printf(arena, "%s://%s:%d", scheme, url.authority, EMULATOR_PORT);
    if (origin == NULL)
        no_memory(err);
    return origin;
}

static int settings_emulator(const struct settings *settings, struct azb_arena *arena,
                             struct parts *ret, struct azb_error *err)
{
    const char *origin;

    if (settings->protocol != NULL || settings->name != NULL || settings->key != NULL ||
        settings->suffix != NULL || settings->endpoint != NULL ||
        settings->secondary_endpoint != NULL || settings->sas != NULL)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "UseDevelopmentStorage=true stands for a whole account: no other "
                             "setting but DevelopmentStorageProxyUri goes with it");
    origin = emulator_origin(arena, settings->emulator_proxy, err);
    if (origin == NULL)
        return -1;
    *ret = (struct parts){
        .url = azb_arena_printf(arena, "%s/" EMULATOR_NAME, origin),
        .secondary_url = azb_arena_printf(arena, "%s/" EMULATOR_NAME SECONDARY, origin),
        .name = EMULATOR_NAME,
        .key = EMULATOR_KEY,
    };
    return ret->url != NULL && ret->secondary_url != NULL ? 0 : no_memory(err);
}

/* "https://NAME.blob.SUFFIX" */
static int settings_build_url(const struct settings *settings, struct azb_arena *arena,
                              const char **ret, struct azb_error *err)
{
    const char *protocol = settings->protocol != NULL ? settings->protocol : "https";
    const char *suffix = settings->suffix != NULL ? settings->suffix : DEFAULT_SUFFIX;

    if (strcasecmp(protocol, "http") != 0 && strcasecmp(protocol, "https") != 0)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "DefaultEndpointsProtocol is http or https");
    if (strpbrk(suffix, "/?#@") != NULL)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "EndpointSuffix is the end of a host's name");
    if (!is_account_name(settings->name))
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "AccountName is no account's name");
    *ret = azb_arena_printf(arena, "%s://%s.blob.%s", protocol, settings->name, suffix);
    return *ret != NULL ? 0 : no_memory(err);
}

static int settings_to_parts(const struct settings *settings, struct azb_arena *arena,
                             struct parts *ret, struct azb_error *err)
{
    const char *emulator = settings->use_emulator != NULL ? settings->use_emulator : "false";

    if (strcasecmp(emulator, "true") == 0)
        return settings_emulator(settings, arena, ret, err);
    if (strcasecmp(emulator, "false") != 0)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "UseDevelopmentStorage is true or false");
    if (settings->emulator_proxy != NULL)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "DevelopmentStorageProxyUri goes with UseDevelopmentStorage=true");
    *ret = (struct parts){
        .url = settings->endpoint,
        .secondary_url = settings->secondary_endpoint,
        .name = settings->name,
        .key = settings->key,
        .sas = settings->key == NULL ? settings->sas : NULL,
    };
    if (ret->url != NULL)
        return 0;
    if (settings->name == NULL)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "the connection string has neither AccountName nor BlobEndpoint");
    return settings_build_url(settings, arena, &ret->url, err);
}

static int parse_connection_string(struct azb_arena *arena, const char *text, size_t n,
                                   struct parts *ret, struct azb_error *err)
{
    const char *at = azb_arena_strndup(arena, text, n);
    struct settings settings = {0};
    struct piece piece;

    if (at == NULL)
        return no_memory(err);
    if (strlen(at) != n)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "the connection string holds a NUL");
    while (piece_next(&at, ';', &piece))
        if (setting_take(&settings, arena, &piece, err) < 0)
            return -1;
    return settings_to_parts(&settings, arena, ret, err);
}

int azb_account_from_connection_string(const char *text, size_t n, struct azb_account **ret,
                                       struct azb_error *err)
{
    struct azb_arena *arena = azb_arena_new();
    struct parts parts;
    int rc = -1;

    if (arena == NULL)
        return no_memory(err);
    if (parse_connection_string(arena, text, n, &parts, err) == 0)
        rc = account_make(arena, &parts, ret, err);
    azb_arena_free(arena);
    return rc;
}

/*
 * A URL and a credential.
 */
static int take_text(struct azb_arena *arena, const msgpack_object *value, const char *name,
                     const char **ret, struct azb_error *err)
{
    const char *bytes;
    char *text;
    size_t n;

    if (!azb_value_bytes(value, &bytes, &n))
        return azb_error_set(err, AZB_ERR_WRONG_TYPE, "%s: a string is expected, not %s", name,
                             azb_value_type_name(value));
    text = azb_arena_strndup(arena, bytes, n);
    if (text == NULL)
        return no_memory(err);
    if (n == 0 || strlen(text) != n)
        return azb_error_set(err, AZB_ERR_BAD_CREDENTIAL, "%s is empty or holds a NUL", name);
    *ret = text;
    return 0;
}

/* A SAS if it reads as one, else a key. */
static void parts_set_text(struct parts *parts, const char *credential)
{
    const char *query = credential + (credential[0] == '?');

    if (is_sas(query))
        parts->sas = query;
    else
        parts->key = credential;
}

static int parts_set_map(struct parts *parts, struct azb_arena *arena,
                         const msgpack_object_map *map, struct azb_error *err)
{
    const struct {
        const char *name;
        const char **place;
    } fields[] = {
        {"account_name", &parts->name},
        {"account_key", &parts->key},
        {"sas_token", &parts->sas},
        {"token", &parts->token},
    };
    size_t n_known = 0;

    for (size_t i = 0; i < N_ELEMENTS(fields); i++) {
        const msgpack_object *value = azb_map_find(map, fields[i].name);

        n_known += value != NULL;
        if (value != NULL && take_text(arena, value, fields[i].name, fields[i].place, err) < 0)
            return -1;
    }
    if (n_known != map->size ||
        (parts->key != NULL) + (parts->sas != NULL) + (parts->token != NULL) != 1)
        return azb_error_set(
            err, AZB_ERR_INVALID_ARG,
            "credential is {account_name, account_key}, {sas_token} or {token}");
    return 0;
}

static int parts_set_credential(struct parts *parts, struct azb_arena *arena,
                                const msgpack_object *credential, struct azb_error *err)
{
    const msgpack_object_map *map = azb_value_map(credential);
    const char *text;

    if (credential == NULL || credential->type == MSGPACK_OBJECT_NIL)
        return 0;
    if (map != NULL)
        return parts_set_map(parts, arena, map, err);
    if (take_text(arena, credential, "credential", &text, err) < 0)
        return -1;
    parts_set_text(parts, text);
    return 0;
}

/* A bare account name becomes a URL; everything else is one. */
static const char *url_of_text(struct azb_arena *arena, const char *text)
{
    if (!is_account_name(text))
        return text;
    return azb_arena_printf(arena, "https://%s.blob." DEFAULT_SUFFIX, text);
}

static int account_from_url(struct azb_arena *arena, const char *url, size_t n,
                            const msgpack_object *credential, const char *secondary_url,
                            struct azb_account **ret, struct azb_error *err)
{
    struct parts parts = {.secondary_url = secondary_url};
    const char *text = azb_arena_strndup(arena, url, n);

    parts.url = text != NULL ? url_of_text(arena, text) : NULL;
    if (parts.url == NULL)
        return no_memory(err);
    if (strlen(text) != n)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "the account URL holds a NUL");
    if (parts_set_credential(&parts, arena, credential, err) < 0)
        return -1;
    return account_make(arena, &parts, ret, err);
}

int azb_account_from_url(const char *url, size_t n, const msgpack_object *credential,
                         const char *secondary_url, struct azb_account **ret,
                         struct azb_error *err)
{
    struct azb_arena *arena = azb_arena_new();
    int rc;

    if (arena == NULL)
        return no_memory(err);
    rc = account_from_url(arena, url, n, credential, secondary_url, ret, err);
    azb_arena_free(arena);
    return rc;
}

/*
 * The environment.
 */
const char *const azb_account_variables[] = {
    "AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_ACCOUNT",
    "AZURE_STORAGE_ACCOUNT_NAME",      "AZURE_STORAGE_SERVICE_ENDPOINT",
    "AZURE_STORAGE_SAS_TOKEN",         "AZURE_STORAGE_KEY",
    "AZURE_STORAGE_ACCOUNT_KEY",       "AZURE_STORAGE_ACCESS_KEY",
    "AZURE_STORAGE_AUTH_MODE",         NULL,
};

/* The first of the names (NULL at the end) that has a value; an empty one counts as none. */
static const char *first_set(azb_getenv_cb *get, void *arg, const char *const *names)
{
    for (; *names != NULL; names++) {
        const char *value = get(*names, arg);

        if (value != NULL && value[0] != '\0')
            return value;
    }
    return NULL;
}

#define FIRST_SET(...) first_set(get, arg, (const char *const[]){__VA_ARGS__, NULL})

static int check_auth_mode(const char *mode, struct azb_error *err)
{
    if (mode == NULL || strcasecmp(mode, "key") == 0)
        return 0;
    if (strcasecmp(mode, "login") == 0)
        return azb_error_set(err, AZB_ERR_NO_CREDENTIAL,
                             "AZURE_STORAGE_AUTH_MODE=login asks for Entra credentials, which "
                             "this version does not have: use a key or a SAS");
    return azb_error_set(err, AZB_ERR_CONFIG, "AZURE_STORAGE_AUTH_MODE is login or key");
}

int azb_account_from_environment(azb_getenv_cb *get, void *arg, struct azb_account **ret,
                                 struct azb_error *err)
{
    const char *connection_string = FIRST_SET("AZURE_STORAGE_CONNECTION_STRING");
    const char *endpoint = FIRST_SET("AZURE_STORAGE_SERVICE_ENDPOINT");
    struct parts parts = {
        .name = FIRST_SET("AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_ACCOUNT_NAME"),
        .key = FIRST_SET("AZURE_STORAGE_KEY", "AZURE_STORAGE_ACCOUNT_KEY",
                         "AZURE_STORAGE_ACCESS_KEY"),
        .sas = FIRST_SET("AZURE_STORAGE_SAS_TOKEN"),
    };
    struct azb_arena *arena;
    int rc;

    if (connection_string != NULL)
        return azb_account_from_connection_string(connection_string, strlen(connection_string),
                                                  ret, err);
    if (first_set(get, arg, azb_account_variables) == NULL)
        return azb_error_set(
            err, AZB_ERR_NO_CREDENTIAL,
            "none of the AZURE_STORAGE_* variables that name an account is set");
    if (check_auth_mode(FIRST_SET("AZURE_STORAGE_AUTH_MODE"), err) < 0)
        return -1;
    if (endpoint == NULL && parts.name == NULL)
        return azb_error_set(err, AZB_ERR_CONFIG,
                             "neither AZURE_STORAGE_ACCOUNT nor AZURE_STORAGE_SERVICE_ENDPOINT "
                             "is set");
    if (endpoint == NULL && !is_account_name(parts.name))
        return azb_error_set(err, AZB_ERR_CONFIG, "AZURE_STORAGE_ACCOUNT is no account's name");
    if (parts.sas != NULL)
        parts.key = NULL;
    arena = azb_arena_new();
    if (arena == NULL)
        return no_memory(err);
    parts.url = endpoint != NULL ? endpoint : url_of_text(arena, parts.name);
    rc = parts.url != NULL ? account_make(arena, &parts, ret, err) : no_memory(err);
    azb_arena_free(arena);
    return rc;
}
