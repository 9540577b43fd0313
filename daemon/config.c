/*
 * config.c: reads azblobd.conf. Every key is a row: section, name, where it goes.
 */
#define _GNU_SOURCE 1 /* CPU_COUNT */
#include "daemon/config.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <pwd.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    USUAL_WORKERS = 4, /* at most: more than most networks have work for */
    MAX_FILE_BYTES = 16 * 1024 * 1024,
};

enum key_kind {
    KEY_UINT, /* unsigned */
    KEY_SIZE, /* size_t: bytes, with K, M or G */
    KEY_U64,  /* uint64_t, the same */
    KEY_TEXT, /* char[size] */
    KEY_LEVEL,
    KEY_FORMAT,
    KEY_USERS,
};

struct key {
    const char *section;
    const char *name;
    enum key_kind kind;
    size_t offset;
    unsigned long long min, max;
};

#define AT(member) offsetof(struct azb_config, member)

/* clang-format off */
static const struct key keys[] = {
    {"daemon", "socket", KEY_TEXT, AT(socket), 1, sizeof(((struct azb_config *)0)->socket)},
    {"daemon", "log_level", KEY_LEVEL, AT(log_level)},
    {"daemon", "log_format", KEY_FORMAT, AT(log_json)},
    {"daemon", "allow_users", KEY_USERS},
    {"daemon", "workers", KEY_UINT, AT(n_workers), 1, AZB_MAX_WORKERS},
    {"daemon", "max_sessions", KEY_UINT, AT(max_sessions), 1, 100000},
    {"daemon", "max_calls", KEY_UINT, AT(max_calls), 1, 1000000},
    {"daemon", "drain_timeout_ms", KEY_UINT, AT(drain_timeout_ms), 0, 86400000},
    {"daemon", "max_frame_bytes", KEY_SIZE, AT(frame.max_bytes), 4096, 1ULL << 30},
    {"daemon", "max_elements", KEY_SIZE, AT(frame.max_elements), 1024, 1ULL << 28},
    {"daemon", "max_depth", KEY_UINT, AT(frame.max_depth), 8, AZB_FRAME_MAX_DEPTH},
    {"daemon", "max_inline_bytes", KEY_SIZE, AT(engine.max_inline_bytes), 0, 1ULL << 30},
    {"daemon", "memory_limit_bytes", KEY_SIZE, AT(engine.memory_limit_bytes), 1 << 20, 1ULL << 40},
    {"daemon", "bwlimit", KEY_U64, AT(engine.bwlimit), 0, 1ULL << 40},
    {"pool", "max_per_endpoint", KEY_UINT, AT(sched.max_per_endpoint), 1, 10000},
    {"pool", "max_idle_connections", KEY_UINT, AT(http.max_connections), 1, 10000},
    {"pool", "idle_timeout_ms", KEY_UINT, AT(http.idle_timeout_ms), 1000, 3600000},
    {"pool", "warm_connections", KEY_UINT, AT(warm_connections), 0, 1000},
    {"timeouts", "connect_timeout_ms", KEY_UINT, AT(http.connect_timeout_ms), 1, 600000},
    {"timeouts", "stall_timeout_ms", KEY_UINT, AT(http.stall_timeout_ms), 1, 3600000},
    {"retry", "max_retries", KEY_UINT, AT(engine.retry.max_retries), 0, 100},
    {"retry", "first_delay_ms", KEY_UINT, AT(engine.retry.first_delay_ms), 1, 60000},
    {"retry", "max_delay_ms", KEY_UINT, AT(engine.retry.max_delay_ms), 1, 3600000},
    {"retry", "budget_ms", KEY_UINT, AT(engine.retry.budget_ms), 0, 86400000},
    {"service", "api_version", KEY_TEXT, AT(engine.api_version), 10, sizeof(((struct azb_config *)0)->engine.api_version)},
    {"service", "ca_file", KEY_TEXT, AT(http.ca_file), 1, sizeof(((struct azb_config *)0)->http.ca_file)},
    {"upload", "max_single_put_bytes", KEY_U64, AT(engine.max_single_put_bytes), 1, 5000ULL << 20},
    {"upload", "block_bytes", KEY_SIZE, AT(engine.block_bytes), 4096, 1ULL << 30},
};
/* clang-format on */

/* A [profile NAME] section, gathered until the next one begins. */
struct draft {
    char name[256];
    char *account_url, *account_key, *connection_string, *sas_token, *token, *secondary_url,
        *ca_file;
};

static const struct {
    const char *name;
    size_t offset;
} profile_keys[] = {
    {"account_url", offsetof(struct draft, account_url)},
    {"account_key", offsetof(struct draft, account_key)},
    {"connection_string", offsetof(struct draft, connection_string)},
    {"sas_token", offsetof(struct draft, sas_token)},
    {"token", offsetof(struct draft, token)},
    {"secondary_url", offsetof(struct draft, secondary_url)},
    {"ca_file", offsetof(struct draft, ca_file)},
};

struct reader {
    struct azb_config *config;
    struct azb_error *err;
    const char *path;
    struct draft draft;
    /* the line in hand; inih gets it in pieces */
    FILE *file;
    char *line;
    size_t line_cap;
    size_t line_n;
    size_t line_at;
    bool is_continued; /* the piece that inih has goes on a line begun before */
};

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

/* One for each core that we may use, up to what one network is worth. */
static unsigned usual_workers(void)
{
    cpu_set_t cores;
    int n = sched_getaffinity(0, sizeof(cores), &cores) == 0 ? CPU_COUNT(&cores) : 1;

    return n < USUAL_WORKERS ? (unsigned)n : USUAL_WORKERS;
}

static struct azb_config *config_new(void)
{
    struct azb_config *config = calloc(1, sizeof(*config));

    if (config == NULL)
        return NULL;
    config->log_level = AZB_LOG_INFO;
    config->n_workers = usual_workers();
    config->max_sessions = 1000;
    config->max_calls = 1024;
    config->drain_timeout_ms = 30000;
    config->frame = AZB_FRAME_LIMITS_DEFAULT;
    config->http = (struct azb_http_options){.max_connections = 128,
                                             .idle_timeout_ms = 90000,
                                             .connect_timeout_ms = 10000,
                                             .stall_timeout_ms = 30000};
    config->sched.max_per_endpoint = 160;
    config->engine = (struct azb_engine_options){.retry = AZB_RETRY_DEFAULTS,
                                                 .api_version = AZB_API_VERSION,
                                                 .max_inline_bytes = 8 << 20,
                                                 .memory_limit_bytes = 256 << 20,
                                                 .max_single_put_bytes = 8 << 20,
                                                 .block_bytes = 4 << 20};
    return config;
}

void azb_config_free(struct azb_config *config)
{
    if (config == NULL)
        return;
    while (config->profiles != NULL) {
        struct azb_profile *profile = config->profiles;

        config->profiles = profile->next;
        azb_account_unref(profile->account);
        free(profile);
    }
    free(config);
}

struct azb_profile *azb_config_profile(const struct azb_config *config, const char *name)
{
    for (struct azb_profile *p = config->profiles; p != NULL; p = p->next)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

/* The profile keeps the account, also when it cannot be made. */
static int config_add_profile(struct azb_config *config, const char *name,
                              bool is_from_environment, struct azb_account *account)
{
    struct azb_profile *profile = calloc(1, sizeof(*profile));

    if (profile == NULL) {
        azb_account_unref(account);
        return -1;
    }
    snprintf(profile->name, sizeof(profile->name), "%s", name);
    profile->is_from_environment = is_from_environment;
    profile->account = account;
    profile->next = config->profiles;
    config->profiles = profile;
    return 0;
}

/* ---- values ---- */

static bool parse_number(const char *text, bool is_size, unsigned long long *ret)
{
    unsigned long long scale = 1;
    char *end;

    errno = 0;
    *ret = strtoull(text, &end, 10);
    if (end == text || errno != 0 || text[0] == '-')
        return false;
    if (is_size && *end != '\0') {
        scale = *end == 'K'   ? 1ULL << 10
                : *end == 'M' ? 1ULL << 20
                : *end == 'G' ? 1ULL << 30
                              : 0;
        end++;
        if (strcmp(end, "iB") == 0 || strcmp(end, "B") == 0)
            end += strlen(end);
    }
    *ret *= scale;
    return *end == '\0' && scale != 0;
}

static bool parse_users(struct azb_config *config, const char *text)
{
    char name[64];

    while (*text != '\0') {
        size_t n = strcspn(text, ", ");
        const struct passwd *user;
        unsigned long long uid;

        if (n >= sizeof(name) || config->n_allowed_uids == AZB_MAX_ALLOWED_UIDS)
            return false;
        memcpy(name, text, n);
        name[n] = '\0';
        text += n;
        text += strspn(text, ", ");
        if (parse_number(name, false, &uid)) {
            config->allowed_uids[config->n_allowed_uids++] = (uid_t)uid;
            continue;
        }
        user = getpwnam(name);
        if (user == NULL)
            return false;
        config->allowed_uids[config->n_allowed_uids++] = user->pw_uid;
    }
    return true;
}

static bool set_key(struct azb_config *config, const struct key *key, const char *value)
{
    void *at = (char *)config + key->offset;
    unsigned long long number = 0;

    switch (key->kind) {
    case KEY_UINT:
    case KEY_SIZE:
    case KEY_U64:
        if (!parse_number(value, key->kind != KEY_UINT, &number) || number < key->min ||
            number > key->max)
            return false;
        if (key->kind == KEY_UINT)
            *(unsigned *)at = (unsigned)number;
        else if (key->kind == KEY_SIZE)
            *(size_t *)at = (size_t)number;
        else
            *(uint64_t *)at = number;
        return true;
    case KEY_TEXT:
        if (strlen(value) < key->min || strlen(value) >= key->max)
            return false;
        memcpy(at, value, strlen(value) + 1);
        return true;
    case KEY_LEVEL:
        return azb_log_level_from_name(value, at);
    case KEY_FORMAT:
        *(bool *)at = strcmp(value, "json") == 0;
        return *(bool *)at || strcmp(value, "text") == 0;
    case KEY_USERS:
        return parse_users(config, value);
    }
    return false;
}

/* ---- profiles ---- */

static char **draft_slot(struct draft *draft, size_t i)
{
    return (char **)((char *)draft + profile_keys[i].offset);
}

static void draft_clear(struct draft *draft)
{
    for (size_t i = 0; i < N_ELEMENTS(profile_keys); i++) {
        char **slot = draft_slot(draft, i);

        if (*slot != NULL)
            explicit_bzero(*slot, strlen(*slot));
        free(*slot);
    }
    memset(draft, 0, sizeof(*draft));
}

/* The one credential that a draft has, as service.open would get it. */
static int draft_credential(const struct draft *d, msgpack_object *ret,
                            msgpack_object_kv *token_pair, struct azb_error *err)
{
    int n = (d->account_key != NULL) + (d->sas_token != NULL) + (d->token != NULL);
    const char *text = d->account_key != NULL ? d->account_key : d->sas_token;

    if (n > 1)
        return azb_error_set(err, AZB_ERR_CONFIG,
                             "only one of account_key, sas_token and token");
    ret->type = MSGPACK_OBJECT_NIL;
    if (text != NULL) {
        ret->type = MSGPACK_OBJECT_STR;
        ret->via.str.ptr = text;
        ret->via.str.size = (uint32_t)strlen(text);
    } else if (d->token != NULL) {
        token_pair->key = (msgpack_object){.type = MSGPACK_OBJECT_STR, .via.str = {5, "token"}};
        token_pair->val.type = MSGPACK_OBJECT_STR;
        token_pair->val.via.str.ptr = d->token;
        token_pair->val.via.str.size = (uint32_t)strlen(d->token);
        ret->type = MSGPACK_OBJECT_MAP;
        ret->via.map.ptr = token_pair;
        ret->via.map.size = 1;
    }
    return n;
}

static int draft_account(const struct draft *d, struct azb_account **ret, struct azb_error *err)
{
    msgpack_object_kv token_pair;
    msgpack_object credential;
    int n = draft_credential(d, &credential, &token_pair, err);

    if (n < 0)
        return -1;
    if ((d->connection_string != NULL) == (d->account_url != NULL))
        return azb_error_set(err, AZB_ERR_CONFIG,
                             "needs either account_url or connection_string");
    if (d->connection_string != NULL) {
        if (n > 0)
            return azb_error_set(err, AZB_ERR_CONFIG,
                                 "a connection_string has its credential inside");
        return azb_account_from_connection_string(d->connection_string,
                                                  strlen(d->connection_string), ret, err);
    }
    return azb_account_from_url(d->account_url, strlen(d->account_url),
                                n > 0 ? &credential : NULL, d->secondary_url, ret, err);
}

/* The section is over: make its profile. */
static int draft_finish(struct reader *reader)
{
    struct draft *d = &reader->draft;
    struct azb_account *account;
    struct azb_error why = {0};

    if (d->name[0] == '\0')
        return 0;
    if (draft_account(d, &account, &why) < 0)
        return azb_error_set(reader->err, AZB_ERR_CONFIG, "%s: [profile %.100s]: %.300s",
                             reader->path, d->name, why.message);
    if (d->ca_file != NULL && azb_account_set_ca_file(account, d->ca_file) < 0) {
        azb_account_unref(account);
        return azb_error_set(reader->err, AZB_ERR_NO_MEMORY, "a profile");
    }
    if (config_add_profile(reader->config, d->name, false, account) < 0)
        return azb_error_set(reader->err, AZB_ERR_NO_MEMORY, "a profile");
    draft_clear(d);
    return 0;
}

/* The next piece of a value that is longer than inih's lines. */
static int append_value(char **slot, const char *value, struct azb_error *err)
{
    size_t n = strlen(*slot), more = strlen(value) + 1;
    char *joined = malloc(n + more);

    if (joined == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a profile");
    memcpy(joined, *slot, n);
    memcpy(joined + n, value, more);
    explicit_bzero(*slot, n);
    free(*slot);
    *slot = joined;
    return 0;
}

static int profile_line(struct reader *reader, const char *profile, const char *name,
                        const char *value)
{
    struct draft *d = &reader->draft;

    if (strcmp(d->name, profile) != 0) {
        if (draft_finish(reader) < 0)
            return -1;
        if (strlen(profile) >= sizeof(d->name) || profile[0] == '\0' ||
            azb_config_profile(reader->config, profile) != NULL)
            return azb_error_set(reader->err, AZB_ERR_CONFIG,
                                 "%s: [profile NAME] wants a name of its own", reader->path);
        snprintf(d->name, sizeof(d->name), "%s", profile);
    }
    for (size_t i = 0; i < N_ELEMENTS(profile_keys); i++) {
        char **slot = draft_slot(d, i);

        if (strcmp(profile_keys[i].name, name) != 0)
            continue;
        if (*slot != NULL && reader->is_continued)
            return append_value(slot, value, reader->err);
        if (*slot != NULL)
            return azb_error_set(reader->err, AZB_ERR_CONFIG, "%s: [profile %.100s]: %s twice",
                                 reader->path, profile, name);
        *slot = strdup(value);
        return *slot != NULL ? 0 : azb_error_set(reader->err, AZB_ERR_NO_MEMORY, "a profile");
    }
    return azb_error_set(reader->err, AZB_ERR_CONFIG, "%s: a profile has no key '%.64s'",
                         reader->path, name);
}

/* inih's callback: 1 to go on, 0 to stop. */
static int on_line(void *arg, const char *section, const char *name, const char *value)
{
    struct reader *reader = arg;

    if (reader->err->what != AZB_OK)
        return 0;
    if (strncmp(section, "profile ", 8) == 0)
        return profile_line(reader, section + 8, name, value) == 0;
    for (size_t i = 0; i < N_ELEMENTS(keys); i++)
        if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0) {
            if (set_key(reader->config, &keys[i], value))
                return 1;
            azb_error_set(reader->err, AZB_ERR_CONFIG, "%s: %s cannot be '%.64s'", reader->path,
                          name, value);
            return 0;
        }
    azb_error_set(reader->err, AZB_ERR_CONFIG, "%s: no key '%.64s' in section [%.64s]",
                  reader->path, name, section);
    return 0;
}

/*
 * inih as Debian builds it takes lines of 200 bytes; a connection string is longer. It does
 * know continuation lines, which begin with a space: longer lines are handed to it as such, cut
 * where neither side of the cut is something that it would strip or take for a comment.
 */
static char *read_piece(char *piece, int size, void *arg)
{
    struct reader *reader = arg;
    size_t room = (size_t)size - 3, n; /* the space, the newline, the NUL */
    const char *from;

    reader->is_continued = reader->line_at < reader->line_n;
    if (!reader->is_continued) {
        ssize_t got = getline(&reader->line, &reader->line_cap, reader->file);

        if (got < 0)
            return NULL;
        while (got > 0 && strchr("\r\n", reader->line[got - 1]) != NULL)
            got--;
        reader->line_n = (size_t)got;
        reader->line_at = 0;
    }
    from = reader->line + reader->line_at;
    n = reader->line_n - reader->line_at;
    if (n > room)
        for (n = room; n > 1 && (strchr(" \t;#", from[n]) != NULL ||
                                 strchr(" \t;#", from[n - 1]) != NULL);)
            n--;
    reader->line_at += n;
    snprintf(piece, (size_t)size, "%s%.*s\n", reader->is_continued ? " " : "", (int)n, from);
    return piece;
}

/* All of a file. */
static int read_file(const char *path, struct azb_buf *ret, struct azb_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char piece[4096];
    ssize_t n = fd < 0 ? -1 : 1;

    while (n > 0 && ret->len <= MAX_FILE_BYTES) {
        n = read(fd, piece, sizeof(piece));
        if (n > 0)
            azb_buf_append(ret, piece, (size_t)n);
        else if (n < 0 && errno == EINTR)
            n = 1;
    }
    if (n < 0)
        azb_error_set(err, AZB_ERR_CONFIG, "%s: %s", path, strerror(errno));
    else if (ret->len > MAX_FILE_BYTES || ret->failed)
        azb_error_set(err, AZB_ERR_CONFIG, "%s: more than %d bytes", path, MAX_FILE_BYTES);
    explicit_bzero(piece, sizeof(piece));
    if (fd >= 0)
        close(fd);
    return err->what == AZB_OK ? 0 : -1;
}

/* A file's text; path is for messages. */
static int parse_text(const char *path, const struct azb_buf *text, struct azb_config *config,
                      struct azb_error *err)
{
    struct reader reader = {.config = config, .err = err, .path = path};
    int line;

    if (text->len == 0)
        return 0;
    reader.file = fmemopen(text->data, text->len, "r");
    if (reader.file == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "the configuration");
    setvbuf(reader.file, NULL, _IONBF, 0); /* no copy of what is secret stays behind */
    line = ini_parse_stream(read_piece, &reader, on_line, &reader);
    fclose(reader.file);
    if (reader.line != NULL)
        explicit_bzero(reader.line, reader.line_cap);
    free(reader.line);
    if (err->what == AZB_OK && line == 0)
        draft_finish(&reader);
    draft_clear(&reader.draft);
    if (err->what == AZB_OK && line != 0)
        azb_error_set(err, AZB_ERR_CONFIG, "%s:%d: not a 'key = value' line", path, line);
    return err->what == AZB_OK ? 0 : -1;
}

static const char *get_env(const char *name, void *arg)
{
    (void)arg;
    return getenv(name);
}

static int add_environment(struct azb_config *config, struct azb_error *err)
{
    struct azb_account *account;
    struct azb_error why = {0};

    if (azb_config_profile(config, "default") != NULL)
        return 0;
    if (azb_account_from_environment(get_env, NULL, &account, &why) < 0) {
        if (why.what == AZB_ERR_NO_CREDENTIAL)
            return 0;
        return azb_error_set(err, AZB_ERR_CONFIG, "environment: %.400s", why.message);
    }
    if (config_add_profile(config, "default", true, account) < 0)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a profile");
    return 0;
}

static int apply_command_line(const struct azb_config_source *source, struct azb_config *config,
                              struct azb_error *err)
{
    const struct azb_profile *profile = azb_config_profile(config, "default");

    if (source->log_level != NULL &&
        !azb_log_level_from_name(source->log_level, &config->log_level))
        return azb_error_set(err, AZB_ERR_CONFIG,
                             "--log-level is error, warn, info or debug, not '%.64s'",
                             source->log_level);
    if (source->log_format != NULL) {
        config->log_json = strcmp(source->log_format, "json") == 0;
        if (!config->log_json && strcmp(source->log_format, "text") != 0)
            return azb_error_set(err, AZB_ERR_CONFIG,
                                 "--log-format is text or json, not '%.64s'",
                                 source->log_format);
    }
    if (source->needs_environment && (profile == NULL || !profile->is_from_environment))
        return azb_error_set(err, AZB_ERR_CONFIG,
                             "--profile-from-env: the environment names no account "
                             "(AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with "
                             "_KEY or _SAS_TOKEN)");
    return 0;
}

static struct azb_config *config_from(const struct azb_config_source *source,
                                      const struct azb_buf *text, struct azb_error *err)
{
    struct azb_config *config = config_new();

    if (config == NULL) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "the configuration");
    } else if (parse_text(source->path, text, config, err) < 0 ||
               add_environment(config, err) < 0 ||
               apply_command_line(source, config, err) < 0) {
        azb_config_free(config);
        config = NULL;
    } else if (config->engine.max_inline_bytes > config->engine.memory_limit_bytes) {
        config->engine.max_inline_bytes = config->engine.memory_limit_bytes;
    }
    return config;
}

int azb_config_load(const struct azb_config_source *source, unsigned n, struct azb_config **ret,
                    struct azb_error *err)
{
    struct azb_buf text = {.is_secret = true};
    unsigned i = 0;

    if (source->path == NULL || read_file(source->path, &text, err) == 0)
        do {
            ret[i] = config_from(source, &text, err);
            if (ret[i] == NULL)
                break;
            if (n == 0)
                n = ret[i]->n_workers;
        } while (++i < n);
    azb_buf_clear(&text);
    if (err->what == AZB_OK)
        return (int)n;
    while (i > 0)
        azb_config_free(ret[--i]);
    return -1;
}
