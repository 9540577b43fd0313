/*
 * sas.h: shared access signatures: a query that gives away some rights for some time, signed
 * with the account's key or with a user delegation key. Follows: "Create an account SAS",
 * "Create a service SAS" and "Create a user delegation SAS" of the REST reference, service
 * versions from 2015-04-05.
 *
 * A SAS is made of parts. Which of them are signed, in what order, and from which version on,
 * is a table for each scheme; the token has those parts that have a key.
 */
#ifndef AZB_LIB_AUTH_SAS_H
#define AZB_LIB_AUTH_SAS_H

#include "lib/auth/shared_key.h"

/* X(name, key in the token: NULL, if it is only signed; what it is given as) */
#define AZB_SAS_MAP(X)                                                                \
    X(VERSION, "sv", "api_version")                                                   \
    X(SERVICES, "ss", "services")                                                     \
    X(RESOURCE_TYPES, "srt", "resource_types")                                        \
    X(PROTOCOL, "spr", "protocol")                                                    \
    X(START, "st", "start")                                                           \
    X(EXPIRY, "se", "expiry")                                                         \
    X(IP, "sip", "ip")                                                                \
    X(POLICY, "si", "policy_id")                                                      \
    X(SCOPE, "ses", "encryption_scope")                                               \
    X(KEY_OID, "skoid", "user_delegation_key.signed_oid")                             \
    X(KEY_TID, "sktid", "user_delegation_key.signed_tid")                             \
    X(KEY_START, "skt", "user_delegation_key.signed_start")                           \
    X(KEY_EXPIRY, "ske", "user_delegation_key.signed_expiry")                         \
    X(KEY_SERVICE, "sks", "user_delegation_key.signed_service")                       \
    X(KEY_VERSION, "skv", "user_delegation_key.signed_version")                       \
    X(KEY_USER_TID, "skdutid", "user_delegation_key.signed_delegated_user_tid")       \
    X(USER_OID, "sduoid", "delegated_user_object_id")                                 \
    X(AUTHORIZED_OID, "saoid", "preauthorized_agent_object_id")                       \
    X(AGENT_OID, "suoid", "agent_object_id")                                          \
    X(CORRELATION_ID, "scid", "correlation_id")                                       \
    X(RESOURCE, "sr", "resource")                                                     \
    X(DEPTH, "sdd", "sdd")                                                            \
    X(PERMISSION, "sp", "permission")                                                 \
    X(HEADER_NAMES, "srh", "request_headers")                                         \
    X(QUERY_NAMES, "srq", "request_query_parameters")                                 \
    X(CACHE_CONTROL, "rscc", "cache_control")                                         \
    X(CONTENT_DISPOSITION, "rscd", "content_disposition")                             \
    X(CONTENT_ENCODING, "rsce", "content_encoding")                                   \
    X(CONTENT_LANGUAGE, "rscl", "content_language")                                   \
    X(CONTENT_TYPE, "rsct", "content_type")                                           \
    X(ACCOUNT, NULL, "account_name")                                                  \
    X(PATH, NULL, "container_name and blob_name") /* "/blob/acct/c/b", not encoded */ \
    X(TIMESTAMP, NULL, "snapshot or version_id")                                      \
    X(HEADERS, NULL, "request_headers")        /* "name:value\n" for each */          \
    X(QUERY, NULL, "request_query_parameters") /* "\nname:value" for each */

enum azb_sas_part {
#define X(name, key, given_as) AZB_SAS_##name,
    AZB_SAS_MAP(X)
#undef X
        AZB_SAS_N_PARTS,
};

enum azb_sas_scheme {
    AZB_SAS_OF_ACCOUNT,    /* signed with the account's key */
    AZB_SAS_OF_SERVICE,    /* the same */
    AZB_SAS_OF_DELEGATION, /* with a user delegation key */
};

struct azb_sas {
    enum azb_sas_scheme scheme;
    const char *values[AZB_SAS_N_PARTS]; /* borrowed; NULL or "": left out */
    char permission[24];                 /* of azb_sas_set_permission() */
};

/*
 * Letters in any order; they are put into the one that the service wants. RESOURCE and VERSION
 * are set before. Returns 0, or -1 with INVALID_ARG: a letter that such a SAS does not have,
 * not yet in that version, or twice.
 */
int azb_sas_set_permission(struct azb_sas *sas, const char *letters, size_t n,
                           struct azb_error *err);

/*
 * Append what is signed. Returns 0, or -1 with INVALID_ARG: a part that the scheme or its
 * version does not know, a control character in one (it would pass for another line), a version
 * that is none or too old.
 */
int azb_sas_string_to_sign(const struct azb_sas *sas, struct azb_buf *ret,
                           struct azb_error *err);

/*
 * Append the token, "sv=...&sig=...", signed with key: for a delegation a key made of the user
 * delegation key's value. Returns 0, or -1 as above, or with NO_MEMORY or BAD_CREDENTIAL.
 */
int azb_sas_token(const struct azb_sas *sas, struct azb_shared_key *key, struct azb_buf *ret,
                  struct azb_error *err);

#endif
