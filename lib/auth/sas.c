/*
 * sas.c: what is signed of a SAS, and the token.
 */
#include "lib/auth/sas.h"

#include <stdbool.h>
#include <string.h>

#include "lib/codec/url.h"

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *key;
    const char *given_as;
} parts[AZB_SAS_N_PARTS] = {
#define X(name, key, given_as) [AZB_SAS_##name] = {key, given_as},
    AZB_SAS_MAP(X)
#undef X
};

/* One line of what is signed. Versions compare as texts. */
struct line {
    enum azb_sas_part part;
    const char *since; /* NULL: ever */
};

static const struct line account_lines[] = {
    {AZB_SAS_ACCOUNT},  {AZB_SAS_PERMISSION},
    {AZB_SAS_SERVICES}, {AZB_SAS_RESOURCE_TYPES},
    {AZB_SAS_START},    {AZB_SAS_EXPIRY},
    {AZB_SAS_IP},       {AZB_SAS_PROTOCOL},
    {AZB_SAS_VERSION},  {AZB_SAS_SCOPE, "2020-12-06"},
};

static const struct line service_lines[] = {
    {AZB_SAS_PERMISSION},
    {AZB_SAS_START},
    {AZB_SAS_EXPIRY},
    {AZB_SAS_PATH},
    {AZB_SAS_POLICY},
    {AZB_SAS_IP},
    {AZB_SAS_PROTOCOL},
    {AZB_SAS_VERSION},
    {AZB_SAS_RESOURCE, "2018-11-09"},
    {AZB_SAS_TIMESTAMP, "2018-11-09"},
    {AZB_SAS_SCOPE, "2020-12-06"},
    {AZB_SAS_CACHE_CONTROL},
    {AZB_SAS_CONTENT_DISPOSITION},
    {AZB_SAS_CONTENT_ENCODING},
    {AZB_SAS_CONTENT_LANGUAGE},
    {AZB_SAS_CONTENT_TYPE},
};

static const struct line delegation_lines[] = {
    {AZB_SAS_PERMISSION},
    {AZB_SAS_START},
    {AZB_SAS_EXPIRY},
    {AZB_SAS_PATH},
    {AZB_SAS_KEY_OID},
    {AZB_SAS_KEY_TID},
    {AZB_SAS_KEY_START},
    {AZB_SAS_KEY_EXPIRY},
    {AZB_SAS_KEY_SERVICE},
    {AZB_SAS_KEY_VERSION},
    {AZB_SAS_AUTHORIZED_OID, "2020-02-10"},
    {AZB_SAS_AGENT_OID, "2020-02-10"},
    {AZB_SAS_CORRELATION_ID, "2020-02-10"},
    {AZB_SAS_KEY_USER_TID, "2025-07-05"},
    {AZB_SAS_USER_OID, "2025-07-05"},
    {AZB_SAS_IP},
    {AZB_SAS_PROTOCOL},
    {AZB_SAS_VERSION},
    {AZB_SAS_RESOURCE},
    {AZB_SAS_TIMESTAMP},
    {AZB_SAS_SCOPE, "2020-12-06"},
    {AZB_SAS_HEADERS, "2026-04-06"},
    {AZB_SAS_QUERY, "2026-04-06"},
    {AZB_SAS_CACHE_CONTROL},
    {AZB_SAS_CONTENT_DISPOSITION},
    {AZB_SAS_CONTENT_ENCODING},
    {AZB_SAS_CONTENT_LANGUAGE},
    {AZB_SAS_CONTENT_TYPE},
};

static const struct {
    const char *name;
    const struct line *lines;
    size_t n_lines;
    const char *since;
} schemes[] = {
    [AZB_SAS_OF_ACCOUNT] = {"an account SAS", account_lines, N_ELEMENTS(account_lines),
                            "2015-04-05"},
    [AZB_SAS_OF_SERVICE] = {"a SAS signed with an account key", service_lines,
                            N_ELEMENTS(service_lines), "2015-04-05"},
    [AZB_SAS_OF_DELEGATION] = {"a SAS signed with a user delegation key", delegation_lines,
                               N_ELEMENTS(delegation_lines), "2018-11-09"},
};

static const char *value_of(const struct azb_sas *sas, enum azb_sas_part part)
{
    return sas->values[part] != NULL ? sas->values[part] : "";
}

static bool is_since(const struct azb_sas *sas, const char *since)
{
    return since == NULL || strcmp(value_of(sas, AZB_SAS_VERSION), since) >= 0;
}

/* ---- checks ---- */

/* "2021-12-02" */
static bool is_version(const char *text)
{
    size_t n = strspn(text, "0123456789-");

    return n == 10 && text[n] == '\0' && text[4] == '-' && text[7] == '-';
}

/* What belongs to every SAS, though not every scheme and version has a line for it: the account
 * stands in the path, names of what is bound stand beside their values. */
static bool may_be_unsigned(enum azb_sas_part part)
{
    return part == AZB_SAS_ACCOUNT || part == AZB_SAS_RESOURCE || part == AZB_SAS_DEPTH ||
           part == AZB_SAS_HEADER_NAMES || part == AZB_SAS_QUERY_NAMES;
}

static int part_check(const struct azb_sas *sas, enum azb_sas_part part, struct azb_error *err)
{
    const struct line *line = schemes[sas->scheme].lines;
    const struct line *end = line + schemes[sas->scheme].n_lines;
    bool has_lines = part == AZB_SAS_HEADERS || part == AZB_SAS_QUERY;

    for (const char *c = sas->values[part]; *c != '\0'; c++)
        if (((unsigned char)*c < ' ' || *c == 0x7f) && !(has_lines && *c == '\n'))
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "'%s' holds a control character",
                                 parts[part].given_as);
    while (line < end && line->part != part)
        line++;
    if (line == end && !may_be_unsigned(part))
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "'%s' does not go with %s",
                             parts[part].given_as, schemes[sas->scheme].name);
    if (line < end && !is_since(sas, line->since) && !may_be_unsigned(part))
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "'%s' needs api_version %s",
                             parts[part].given_as, line->since);
    return 0;
}

static int sas_check(const struct azb_sas *sas, struct azb_error *err)
{
    if (!is_version(value_of(sas, AZB_SAS_VERSION)) ||
        !is_since(sas, schemes[sas->scheme].since))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "'api_version': %s has a date from %s on as its version",
                             schemes[sas->scheme].name, schemes[sas->scheme].since);
    if (strcmp(value_of(sas, AZB_SAS_RESOURCE), "d") == 0 && !is_since(sas, "2020-02-10"))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "a directory needs api_version 2020-02-10");
    for (unsigned part = 0; part < AZB_SAS_N_PARTS; part++)
        if (sas->values[part] != NULL && sas->values[part][0] != '\0' &&
            part_check(sas, part, err) < 0)
            return -1;
    return 0;
}

/* ---- permissions ---- */

/* All letters there are, in the order that the service wants. */
static const char *letters_of(const struct azb_sas *sas)
{
    const char *resource = value_of(sas, AZB_SAS_RESOURCE);

    if (sas->scheme == AZB_SAS_OF_ACCOUNT)
        return "rwdxftlacupiy";
    if (strcmp(resource, "c") == 0 || strcmp(resource, "d") == 0)
        return "racwdxltmeiyf";
    return "racwdxtmeiy";
}

static const char *letter_since(char letter)
{
    static const struct {
        char letter;
        const char *since;
    } table[] = {
        {'x', "2019-10-10"}, {'y', "2019-10-10"}, {'t', "2019-12-12"}, {'f', "2019-12-12"},
        {'m', "2020-02-10"}, {'e', "2020-02-10"}, {'i', "2020-08-04"},
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++)
        if (table[i].letter == letter)
            return table[i].since;
    return NULL;
}

int azb_sas_set_permission(struct azb_sas *sas, const char *letters, size_t n,
                           struct azb_error *err)
{
    const char *all = letters_of(sas);
    size_t n_set = 0;

    for (size_t i = 0; i < n; i++) {
        if (letters[i] == '\0' || strchr(all, letters[i]) == NULL ||
            memchr(letters, letters[i], i) != NULL)
            return azb_error_set(err, AZB_ERR_INVALID_ARG,
                                 "'permission' has letters of %s, each once", all);
        if (!is_since(sas, letter_since(letters[i])))
            return azb_error_set(err, AZB_ERR_INVALID_ARG,
                                 "'permission': %c needs api_version %s", letters[i],
                                 letter_since(letters[i]));
    }
    for (; *all != '\0'; all++)
        if (memchr(letters, *all, n) != NULL)
            sas->permission[n_set++] = *all;
    sas->permission[n_set] = '\0';
    sas->values[AZB_SAS_PERMISSION] = sas->permission;
    return 0;
}

/* ---- the text that is signed, and the token ---- */

int azb_sas_string_to_sign(const struct azb_sas *sas, struct azb_buf *ret,
                           struct azb_error *err)
{
    const struct line *line = schemes[sas->scheme].lines;
    const struct line *end = line + schemes[sas->scheme].n_lines;

    if (sas_check(sas, err) < 0)
        return -1;
    for (; line < end; line++) {
        if (!is_since(sas, line->since))
            continue;
        if (line > schemes[sas->scheme].lines)
            azb_buf_puts(ret, "\n");
        azb_buf_puts(ret, value_of(sas, line->part));
    }
    if (sas->scheme == AZB_SAS_OF_ACCOUNT)
        azb_buf_puts(ret, "\n");
    return 0;
}

static void put_pair(struct azb_buf *ret, const char *key, const char *value)
{
    azb_buf_puts(ret, key);
    azb_buf_puts(ret, "=");
    azb_url_encode(ret, value, strlen(value), AZB_URL_VALUE);
}

int azb_sas_token(const struct azb_sas *sas, struct azb_shared_key *key, struct azb_buf *ret,
                  struct azb_error *err)
{
    struct azb_buf text = {0};
    char signature[45];
    int rc = azb_sas_string_to_sign(sas, &text, err);

    if (rc == 0 && text.failed)
        rc = azb_error_set(err, AZB_ERR_NO_MEMORY, "a SAS");
    if (rc == 0)
        rc = azb_shared_key_hmac(key, text.data, text.len, signature, err);
    azb_buf_clear(&text);
    if (rc < 0)
        return -1;
    for (unsigned part = 0; part < AZB_SAS_N_PARTS; part++)
        if (parts[part].key != NULL && value_of(sas, part)[0] != '\0') {
            put_pair(ret, parts[part].key, sas->values[part]);
            azb_buf_puts(ret, "&");
        }
    put_pair(ret, "sig", signature);
    return ret->failed ? azb_error_set(err, AZB_ERR_NO_MEMORY, "a SAS") : 0;
}
