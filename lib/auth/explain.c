/*
 * explain.c: the service has few texts for many causes. What we know beside them decides:
 * which credential was sent, what a SAS says of itself, how far the clocks are apart; then the
 * error code.
 */
#include "lib/auth/explain.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec/time.h"
#include "proto/base64.h"

enum {
    SKEW_S = 15 * 60, /* a signed request's date may be off by so much */
    MAX_FIELD = 128,
    MAX_CLAIMS = 16 * 1024, /* of a token, encoded */
};

/* What a code means whatever the credential. */
static const struct {
    const char *code;
    const char *cause;
} causes[] = {
    {"AccountIsDisabled", "the storage account is disabled: see its state in the portal"},
    {"KeyBasedAuthenticationNotPermitted",
     "the account forbids account keys (and SAS signed with one): use an Entra identity"},
    {"PublicAccessNotPermitted",
     "the account forbids access without a credential: configure one"},
    {"AuthorizationPermissionMismatch",
     "the credential lacks this right: an identity needs a data role such as Storage Blob Data "
     "Contributor (a new assignment takes some minutes), a SAS its letter in sp"},
    {"AuthorizationSourceIPMismatch", "the SAS (sip) does not allow the address we come from"},
    {"AuthorizationProtocolMismatch", "the SAS (spr) wants https"},
    {"AuthorizationResourceTypeMismatch", "the SAS (srt) is not for this type of resource"},
    {"AuthorizationServiceMismatch", "the SAS (ss) is not for the blob service"},
    {"AuthorizationFailure",
     "the account's firewall does not let us in, most likely: add this host's address or "
     "network, or use the private endpoint"},
    {"InsufficientAccountPermissions",
     "the credential lacks this right, or the container does not allow it"},
};

/* A field of the SAS, percent-decoded as far as it matters here (":"). False: it has none. */
static bool sas_field(const char *sas, const char *name, char *ret)
{
    size_t name_bytes = strlen(name), n = 0;

    while (strncmp(sas, name, name_bytes) != 0 || sas[name_bytes] != '=') {
        sas += strcspn(sas, "&");
        if (*sas++ == '\0')
            return false;
    }
    for (sas += name_bytes + 1; *sas != '&' && *sas != '\0' && n + 1 < MAX_FIELD; sas++) {
        bool is_colon = sas[0] == '%' && sas[1] == '3' && (sas[2] | 0x20) == 'a';

        ret[n++] = is_colon ? ':' : *sas;
        sas += is_colon ? 2 : 0;
    }
    ret[n] = '\0';
    return true;
}

static bool sas_time(const char *sas, const char *name, char *ret_text, int64_t *ret)
{
    return sas_field(sas, name, ret_text) &&
           azb_time_from_rfc3339(ret_text, strlen(ret_text), ret) == 0;
}

/* A length of time in words. */
static void words(int64_t seconds, char *ret, size_t ret_bytes)
{
    if (seconds < 120)
        snprintf(ret, ret_bytes, "%" PRId64 " s", seconds);
    else if (seconds < 120 * 60)
        snprintf(ret, ret_bytes, "%" PRId64 " min", seconds / 60);
    else if (seconds < 48 * 3600)
        snprintf(ret, ret_bytes, "%" PRId64 " h", seconds / 3600);
    else
        snprintf(ret, ret_bytes, "%" PRId64 " days", seconds / 86400);
}

/* The letters of which a SAS needs one for an operation. */
static const char *letters_for(enum azb_access access)
{
    switch (access) {
    case AZB_ACCESS_READ:
        return "r";
    case AZB_ACCESS_WRITE:
        return "wcatm"; /* which of them depends on what is there already */
    case AZB_ACCESS_DELETE:
        return "dxy";
    case AZB_ACCESS_LIST:
        return "l";
    default:
        return "";
    }
}

static bool explain_times(const struct azb_denial *denial, char *ret, size_t ret_bytes)
{
    const char *sas = denial->account->sas;
    char text[MAX_FIELD], length[32];
    int64_t at;

    if (sas_time(sas, "se", text, &at) && at <= denial->now_unix_s) {
        words(denial->now_unix_s - at, length, sizeof(length));
        snprintf(ret, ret_bytes, "the SAS expired %s ago (se=%.40s): get a new one", length,
                 text);
        return true;
    }
    if (sas_time(sas, "st", text, &at) && at > denial->now_unix_s) {
        words(at - denial->now_unix_s, length, sizeof(length));
        snprintf(ret, ret_bytes,
                 "the SAS begins in %s (st=%.40s): wait, or have it start 15 min in the past",
                 length, text);
        return true;
    }
    return false;
}

bool azb_denial_is_sure(const struct azb_account *account, enum azb_access access)
{
    const char *letters = letters_for(access);
    char text[MAX_FIELD];

    return account->kind == AZB_CREDENTIAL_SAS && letters[0] != '\0' &&
           sas_field(account->sas, "sp", text) && strpbrk(text, letters) == NULL;
}

/* What the SAS says of itself against what was asked of it. */
static bool explain_sas(const struct azb_denial *denial, char *ret, size_t ret_bytes)
{
    const char *sas = denial->account->sas, *letters = letters_for(denial->row->access);
    char text[MAX_FIELD];

    if (explain_times(denial, ret, ret_bytes))
        return true;
    if (sas_field(sas, "ss", text) && strchr(text, 'b') == NULL)
        snprintf(ret, ret_bytes, "the SAS is for other services (ss=%.8s): it needs b", text);
    else if (sas_field(sas, "sr", text) && strcmp(text, "b") == 0 && !denial->is_blob)
        snprintf(
            ret, ret_bytes,
            "the SAS is for one blob (sr=b): this operation needs one for the container or "
            "the account");
    else if (sas_field(sas, "srt", text) && strchr(text, denial->is_blob ? 'o' : 'c') == NULL &&
             (denial->is_blob || strchr(text, 's') == NULL))
        snprintf(ret, ret_bytes,
                 "the SAS is for other types of resource (srt=%.8s): it needs %c", text,
                 denial->is_blob ? 'o' : 'c');
    else if (azb_denial_is_sure(denial->account, denial->row->access) &&
             sas_field(sas, "sp", text))
        snprintf(ret, ret_bytes, "the SAS allows '%.20s' (sp) and this operation needs '%c'",
                 text, letters[0]);
    else
        return false;
    return true;
}

/* When a token ends by its own account: a JWT's second part is JSON in base64 of another
 * alphabet, without padding. */
static bool token_end(const char *token, int64_t *ret)
{
    const char *dot = token != NULL ? strchr(token, '.') : NULL;
    size_t n = dot != NULL ? strcspn(dot + 1, ".") : 0, n_bytes = 0;
    json_int_t end = 0;
    char *text = NULL;
    json_t *claims = NULL;

    if (n == 0 || n > MAX_CLAIMS || (text = calloc(1, n + 4)) == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        text[i] = dot[1 + i] == '-' ? '+' : dot[1 + i] == '_' ? '/' : dot[1 + i];
    while (n % 4 != 0)
        text[n++] = '=';
    if (azb_base64_decode(text, n, text, &n_bytes) == 0)
        claims = json_loadb(text, n_bytes, 0, NULL);
    end = json_integer_value(json_object_get(claims, "exp"));
    json_decref(claims);
    free(text);
    *ret = end;
    return end > 0;
}

static bool explain_token(const struct azb_denial *denial, char *ret, size_t ret_bytes)
{
    char length[32];
    int64_t end;

    if (!token_end(denial->account->token, &end) || end > denial->now_unix_s)
        return false;
    words(denial->now_unix_s - end, length, sizeof(length));
    snprintf(ret, ret_bytes, "the token expired %s ago: get a new one", length);
    return true;
}

static bool explain_clock(const struct azb_denial *denial, char *ret, size_t ret_bytes)
{
    int64_t offset_s = denial->clock_offset_s;
    char length[32];

    if (offset_s > -SKEW_S && offset_s < SKEW_S)
        return false;
    words(offset_s < 0 ? -offset_s : offset_s, length, sizeof(length));
    snprintf(ret, ret_bytes, "this machine's clock is %s %s: set it", length,
             offset_s < 0 ? "ahead" : "behind");
    return true;
}

/* A code tells more than the kind of credential, unless the text is that of a wrong signature:
 * then the key is wrong, whatever the code (emulators have another one than the service). */
static bool explain_code(const struct azb_error *err, char *ret, size_t ret_bytes)
{
    if (strstr(err->message, "including the signature") != NULL)
        return false;
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
        if (strcmp(err->code, causes[i].code) == 0) {
            snprintf(ret, ret_bytes, "%s", causes[i].cause);
            return true;
        }
    return false;
}

/* When nothing else is known. */
static const char *const by_kind[] = {
    [AZB_CREDENTIAL_NONE] =
        "no credential was sent, and this needs one: configure an account key or a SAS",
    [AZB_CREDENTIAL_SHARED_KEY] =
        "the account key is not this account's, or has been rotated: look at the access keys",
    [AZB_CREDENTIAL_SAS] =
        ("the SAS is not whole, or the key or policy that it was made with has changed: get a "
         "new one"),
    [AZB_CREDENTIAL_TOKEN] =
        ("the token has expired, or is for another tenant or audience than "
         "https://storage.azure.com/"),
};

void azb_denial_explain(const struct azb_denial *denial, struct azb_error *err)
{
    enum azb_credential_kind kind = denial->account->kind;
    char cause[256], said[sizeof(err->message)];

    if (err->status != 401 && err->status != 403)
        return;
    if (!(kind == AZB_CREDENTIAL_SAS && explain_sas(denial, cause, sizeof(cause))) &&
        !(kind == AZB_CREDENTIAL_TOKEN && explain_token(denial, cause, sizeof(cause))) &&
        !(kind == AZB_CREDENTIAL_SHARED_KEY && explain_clock(denial, cause, sizeof(cause))) &&
        !(kind != AZB_CREDENTIAL_NONE && explain_code(err, cause, sizeof(cause))))
        snprintf(cause, sizeof(cause), "%s", by_kind[kind]);
    memcpy(said, err->message, sizeof(said));
    snprintf(err->message, sizeof(err->message), "%s. The service: %.*s", cause,
             (int)(sizeof(err->message) - sizeof(cause) - 32), said);
}
