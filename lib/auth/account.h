/*
 * account.h: where a storage account is and what opens it: what a profile, a connection string,
 * an account URL with a credential or the usual environment variables all come down to.
 */
#ifndef AZB_LIB_AUTH_ACCOUNT_H
#define AZB_LIB_AUTH_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <msgpack.h>
#include "lib/auth/shared_key.h"
#include "proto/error.h"

enum azb_credential_kind {
    AZB_CREDENTIAL_NONE, /* anonymous */
    AZB_CREDENTIAL_SHARED_KEY,
    AZB_CREDENTIAL_SAS,
    AZB_CREDENTIAL_TOKEN, /* a bearer token, given as a string */
};

/* "anonymous", "shared_key", "sas", "token". */
const char *azb_credential_kind_name(enum azb_credential_kind kind);

struct azb_location {
    char *origin;    /* "https://host" or "http://127.0.0.1:10000": also the pool's key */
    char *base_path; /* "" or "/devstoreaccount1": what comes before the container, encoded */
};

/* Reference counted, not changed after it was made. One thread. */
struct azb_account {
    unsigned refs;
    char *name; /* the account's name; "" when it cannot be known */
    struct azb_location primary;
    struct azb_location secondary; /* origin NULL: none known */
    bool is_https;
    enum azb_credential_kind kind;
    struct azb_shared_key *key; /* SHARED_KEY */
    char *sas;                  /* SAS: the query, without "?", as given */
    char *token;                /* TOKEN */
    char *ca_file; /* trusted for this account besides nothing else; NULL: the usual */
};

/* Trust this PEM file for the account's host; copied. Returns 0, or -1 without memory. */
int azb_account_set_ca_file(struct azb_account *account, const char *path);

struct azb_account *azb_account_ref(struct azb_account *account);
void azb_account_unref(struct azb_account *account); /* NULL is allowed; zeroes the secrets */

/*
 * A connection string: keys in any letter case, `;` between pairs, the value from the first
 * `=`. Takes DefaultEndpointsProtocol, AccountName, AccountKey, EndpointSuffix, BlobEndpoint,
 * BlobSecondaryEndpoint, SharedAccessSignature, UseDevelopmentStorage,
 * DevelopmentStorageProxyUri; other services' endpoints are ignored, any other key is an error
 * that names it.
 */
int azb_account_from_connection_string(const char *text, size_t n, struct azb_account **ret,
                                       struct azb_error *err);

/*
 * An account URL and a credential as service.open takes them (PROTOCOL.md, "Clients").
 *
 * url         "https://acct.blob.core.windows.net[/?sas]", path style for an IP address or
 *             localhost (".../devstoreaccount1"), or a bare account name ("acct")
 * credential  NULL: the URL's SAS, or anonymous; a str; or a map
 * secondary_url  NULL: derived ("acct-secondary.blob....", "/acct-secondary" in path style)
 */
int azb_account_from_url(const char *url, size_t n, const msgpack_object *credential,
                         const char *secondary_url, struct azb_account **ret,
                         struct azb_error *err);

/* The value of an environment variable, or NULL. */
typedef const char *azb_getenv_cb(const char *name, void *arg);

/*
 * From AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_ACCOUNT (or _ACCOUNT_NAME) with
 * AZURE_STORAGE_SAS_TOKEN or AZURE_STORAGE_KEY (or _ACCOUNT_KEY, _ACCESS_KEY), and
 * AZURE_STORAGE_SERVICE_ENDPOINT: the first wins over all, a SAS over a key.
 * AZURE_STORAGE_AUTH_MODE `login` asks for Entra credentials, which this program does not have
 * yet: NO_CREDENTIAL.
 *
 * Returns 0, or -1 with NO_CREDENTIAL when no variable is set, or the error that is in them.
 */
int azb_account_from_environment(azb_getenv_cb *get, void *arg, struct azb_account **ret,
                                 struct azb_error *err);

/* The variables that azb_account_from_environment() looks at, NULL at the end. */
extern const char *const azb_account_variables[];

#endif
