/*
 * ops.h: the tables of operations, one for each resource. registry.c reads them all.
 */
/* clang-format off */
#ifndef AZB_LIB_OPS_H
#define AZB_LIB_OPS_H

#include "proto/descriptor.h"

extern const struct azb_row azb_service_rows[];
extern const struct azb_row azb_container_rows[];
extern const struct azb_row azb_blob_rows[];
extern const struct azb_row azb_block_rows[];

/* What every storage method takes besides its own parameters. */
extern const struct azb_param azb_common_params[];

/* What every answer of the service carries. */
#define COMMON_RESULTS                                                                         \
    {"request_id", AZB_STR, "x-ms-request-id", .doc = "what a support case asks for"},         \
    {"client_request_id", AZB_STR, "x-ms-client-request-id"},                                  \
    {"version", AZB_STR, "x-ms-version", .doc = "service version that answered"},              \
    {"date", AZB_TIME, "Date"}

/* Groups of parameters that many operations share; the words are the SDK's. */
#define CONTAINER_PARAM                                                                        \
    {"container", AZB_STR, AZB_IN_PATH, "container", .required = true, .max_bytes = 63,        \
     .doc = "container name"}
#define BLOB_PARAM                                                                             \
    {"blob", AZB_STR, AZB_IN_PATH, "blob", .required = true, .max_bytes = 4096,                \
     .doc = "blob name, never percent-encoded; 1 to 1024 characters"}
#define SNAPSHOT_PARAM                                                                         \
    {"snapshot", AZB_STR, AZB_IN_QUERY, "snapshot", .max_bytes = 64,                           \
     .doc = "a snapshot's timestamp, as the service gave it"}
#define VERSION_PARAM                                                                          \
    {"version_id", AZB_STR, AZB_IN_QUERY, "versionid", .max_bytes = 64,                        \
     .doc = "a version's timestamp, as the service gave it"}
#define LEASE_PARAM                                                                            \
    {"lease", AZB_STR, AZB_IN_HEADER, "x-ms-lease-id", .max_bytes = 64,                        \
     .doc = "id of the active lease"}
#define METADATA_PARAM                                                                         \
    {"metadata", AZB_STR_MAP, AZB_IN_HEADER, "x-ms-meta-", .max_bytes = 8192,                  \
     .doc = "name-value pairs; replaces all that are there"}
#define DATE_CONDITIONS                                                                        \
    {"if_modified_since", AZB_TIME, AZB_IN_HEADER, "If-Modified-Since",                        \
     .doc = "only if changed after this time"},                                                \
    {"if_unmodified_since", AZB_TIME, AZB_IN_HEADER, "If-Unmodified-Since",                    \
     .doc = "only if not changed after this time"}
#define BLOB_CONDITIONS                                                                        \
    DATE_CONDITIONS,                                                                           \
    {"etag", AZB_ETAG, AZB_IN_CALL, .with = "match_condition", .max_bytes = 256,               \
     .doc = "the ETag that match_condition speaks of, quotes included"},                       \
    {"match_condition", AZB_MATCH, AZB_IN_HEADER, "If-", .with = "etag",                       \
     .values = AZB_VALUES("IfNotModified", "IfModified", "IfPresent", "IfMissing"),            \
     .doc = "only if the blob has that ETag, has another, exists at all, is missing"},         \
    {"if_tags_match_condition", AZB_STR, AZB_IN_HEADER, "x-ms-if-tags", .max_bytes = 2048,     \
     .doc = "only if the blob's tags match this SQL predicate"}
#define CPK_PARAM                                                                              \
    {"cpk", AZB_MODEL, AZB_IN_HEADER,                                                          \
     .fields = AZB_PARAMS(                                                                     \
         {"key_value", AZB_STR, AZB_IN_HEADER, "x-ms-encryption-key", .required = true,        \
          .max_bytes = 64, .doc = "AES-256 key, base64"},                                      \
         {"key_hash", AZB_STR, AZB_IN_HEADER, "x-ms-encryption-key-sha256", .required = true,  \
          .max_bytes = 64, .doc = "SHA-256 of the key, base64"},                               \
         {"algorithm", AZB_ENUM, AZB_IN_HEADER, "x-ms-encryption-algorithm", .preset = "AES256", \
          .values = AZB_VALUES("AES256"), .doc = "always AES256"}),                            \
     .doc = "customer-provided encryption key; https only"}
#define SCOPE_PARAM                                                                            \
    {"encryption_scope", AZB_STR, AZB_IN_HEADER, "x-ms-encryption-scope", .max_bytes = 256,    \
     .doc = "encryption scope to write with"}
#define CONTENT_SETTINGS_PARAM                                                                 \
    {"content_settings", AZB_MODEL, AZB_IN_HEADER,                                             \
     .fields = AZB_PARAMS(                                                                     \
         {"content_type", AZB_STR, AZB_IN_HEADER, "x-ms-blob-content-type"},                   \
         {"content_encoding", AZB_STR, AZB_IN_HEADER, "x-ms-blob-content-encoding"},           \
         {"content_language", AZB_STR, AZB_IN_HEADER, "x-ms-blob-content-language"},           \
         {"content_md5", AZB_BYTES, AZB_IN_HEADER, "x-ms-blob-content-md5", .max_bytes = 16,   \
          .doc = "MD5 to store with the blob"},                                                \
         {"content_disposition", AZB_STR, AZB_IN_HEADER, "x-ms-blob-content-disposition"},     \
         {"cache_control", AZB_STR, AZB_IN_HEADER, "x-ms-blob-cache-control"}),                \
     .doc = "the blob's HTTP headers; those left out are cleared"}
#define IMMUTABILITY_PARAM                                                                     \
    {"immutability_policy", AZB_MODEL, AZB_IN_HEADER,                                          \
     .fields = AZB_PARAMS(                                                                     \
         {"expiry_time", AZB_TIME, AZB_IN_HEADER, "x-ms-immutability-policy-until-date"},      \
         {"policy_mode", AZB_ENUM, AZB_IN_HEADER, "x-ms-immutability-policy-mode",             \
          .values = AZB_VALUES("Unlocked", "Locked")}),                                        \
     .doc = "until when the blob cannot be changed or deleted"}
#define LEGAL_HOLD_PARAM                                                                       \
    {"legal_hold", AZB_BOOL, AZB_IN_HEADER, "x-ms-legal-hold", .doc = "set a legal hold"}
#define TAGS_PARAM                                                                             \
    {"tags", AZB_TAGS, AZB_IN_HEADER, "x-ms-tags", .doc = "index tags, at most 10"}
#define TIER_PARAM                                                                             \
    {"standard_blob_tier", AZB_ENUM, AZB_IN_HEADER, "x-ms-access-tier",                        \
     .values = AZB_VALUES("Hot", "Cool", "Cold", "Archive"), .doc = "access tier"}
#define PAGING_PARAMS                                                                          \
    {"name_starts_with", AZB_STR, AZB_IN_QUERY, "prefix", .max_bytes = 4096,                   \
     .doc = "only names that begin with this"},                                                \
    {"continuation_token", AZB_STR, AZB_IN_QUERY, "marker", .max_bytes = 16384,                \
     .doc = "where the page before ended"},                                                    \
    {"results_per_page", AZB_INT, AZB_IN_QUERY, "maxresults", .min = 1, .max = 5000,           \
     .doc = "entries in one answer of the service"}

/* The members of BlobProperties, by header and by listing element: models of the SDK. */
extern const struct azb_field azb_blob_listing_fields[];

#endif
