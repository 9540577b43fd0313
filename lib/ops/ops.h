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
extern const struct azb_row azb_query_rows[];
extern const struct azb_row azb_page_rows[];
extern const struct azb_row azb_append_rows[];
extern const struct azb_row azb_lease_rows[];
extern const struct azb_row azb_copy_rows[];
extern const struct azb_row azb_by_url_rows[];

/* What every storage method takes besides its own parameters. */
extern const struct azb_param azb_common_params[];

/* What one takes that is told its blob by a URL (.by_url). */
extern const struct azb_param azb_by_url_params[];

/* What every answer of the service carries. */
#define COMMON_RESULTS                                                                         \
    {"request_id", AZB_STR, "x-ms-request-id", .doc = "what a support case asks for"},         \
    {"client_request_id", AZB_STR, "x-ms-client-request-id", .doc = "as it was sent"},         \
    {"version", AZB_STR, "x-ms-version", .doc = "service version that answered"},              \
    {"date", AZB_TIME, "Date", .doc = "the service's clock"}

/* Groups of parameters that many operations share; the words are the SDK's. */
#define CONTAINER_PARAM                                                                        \
    {"container", AZB_STR, AZB_IN_PATH, "container", .required = true, .max_bytes = 63,        \
     .doc = "container name"}
#define BLOB_PARAM                                                                             \
    {"blob", AZB_STR, AZB_IN_PATH, "blob", .required = true, .max_bytes = 4096,                \
     .doc = "blob name, never percent-encoded; 1 to 1024 characters"}
#define SNAPSHOT_PARAM                                                                         \
    {"snapshot", AZB_STAMP, AZB_IN_QUERY, "snapshot",                                          \
     .doc = "a snapshot's timestamp, as the service gave it"}
#define VERSION_PARAM                                                                          \
    {"version_id", AZB_STAMP, AZB_IN_QUERY, "versionid", .excludes = "snapshot",               \
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
#define ETAG_CONDITIONS                                                                        \
    {"etag", AZB_ETAG, AZB_IN_CALL, .with = "match_condition", .max_bytes = 256,               \
     .doc = "the ETag that match_condition speaks of, quotes included"},                       \
    {"match_condition", AZB_MATCH, AZB_IN_HEADER, "If-", .with = "etag",                       \
     .values = AZB_VALUES("IfNotModified", "IfModified", "IfPresent", "IfMissing"),            \
     .doc = "only if the blob has that ETag, has another, exists at all, is missing"}
#define TAGS_CONDITION                                                                         \
    {"if_tags_match_condition", AZB_STR, AZB_IN_HEADER, "x-ms-if-tags", .max_bytes = 2048,     \
     .doc = "only if the blob's tags match this SQL predicate"}
#define BLOB_CONDITIONS DATE_CONDITIONS, ETAG_CONDITIONS, TAGS_CONDITION
#define CPK_FIELDS(prefix)                                                                     \
    AZB_PARAMS(                                                                                \
        {"key_value", AZB_STR, AZB_IN_HEADER, prefix "key", .required = true,                  \
         .max_bytes = 64, .doc = "AES-256 key, base64"},                                       \
        {"key_hash", AZB_STR, AZB_IN_HEADER, prefix "key-sha256", .required = true,            \
         .max_bytes = 64, .doc = "SHA-256 of the key, base64"},                                \
        {"algorithm", AZB_ENUM, AZB_IN_HEADER, prefix "algorithm", .preset = "AES256",         \
         .values = AZB_VALUES("AES256"), .doc = "always AES256"})
#define CPK_PARAM                                                                              \
    {"cpk", AZB_MODEL, AZB_IN_HEADER, .fields = CPK_FIELDS("x-ms-encryption-"),                \
     .https_only = true, .doc = "customer-provided encryption key; https only"}
#define SCOPE_PARAM                                                                            \
    {"encryption_scope", AZB_STR, AZB_IN_HEADER, "x-ms-encryption-scope", .max_bytes = 256,    \
     .doc = "encryption scope to write with"}
#define CONTENT_SETTINGS_PARAM                                                                 \
    {"content_settings", AZB_MODEL, AZB_IN_HEADER,                                             \
     .fields = AZB_PARAMS(                                                                     \
         {"content_type", AZB_STR, AZB_IN_HEADER, "x-ms-blob-content-type",                    \
          .doc = "MIME type"},                                                                 \
         {"content_encoding", AZB_STR, AZB_IN_HEADER, "x-ms-blob-content-encoding",            \
          .doc = "how the bytes are packed: gzip, say"},                                       \
         {"content_language", AZB_STR, AZB_IN_HEADER, "x-ms-blob-content-language",            \
          .doc = "natural languages of the content"},                                          \
         {"content_md5", AZB_BYTES, AZB_IN_HEADER, "x-ms-blob-content-md5", .max_bytes = 16,   \
          .doc = "MD5 to store with the blob"},                                                \
         {"content_disposition", AZB_STR, AZB_IN_HEADER, "x-ms-blob-content-disposition",      \
          .doc = "what a browser does with it: attachment, under which name"},                 \
         {"cache_control", AZB_STR, AZB_IN_HEADER, "x-ms-blob-cache-control",                  \
          .doc = "how long caches may keep it"}),                                              \
     .doc = "the blob's HTTP headers; those left out are cleared"}
#define IMMUTABILITY_FIELDS                                                                    \
    AZB_PARAMS({"expiry_time", AZB_TIME, AZB_IN_HEADER, "x-ms-immutability-policy-until-date", \
                .doc = "when the policy ends"},                                                \
               {"policy_mode", AZB_ENUM, AZB_IN_HEADER, "x-ms-immutability-policy-mode",       \
                .values = AZB_VALUES("Unlocked", "Locked"),                                    \
                .doc = "Locked: can only be prolonged from then on"})
#define IMMUTABILITY_PARAM                                                                     \
    {"immutability_policy", AZB_MODEL, AZB_IN_HEADER, .fields = IMMUTABILITY_FIELDS,           \
     .doc = "until when the blob cannot be changed or deleted"}
#define LEGAL_HOLD_PARAM                                                                       \
    {"legal_hold", AZB_BOOL, AZB_IN_HEADER, "x-ms-legal-hold", .doc = "set a legal hold"}
#define TAGS_PARAM                                                                             \
    {"tags", AZB_TAGS, AZB_IN_HEADER, "x-ms-tags", .doc = "index tags, at most 10"}
#define TIER_VALUES AZB_VALUES("Hot", "Cool", "Cold", "Archive")
#define PAGE_TIER_VALUES                                                                       \
    AZB_VALUES("P4", "P6", "P10", "P15", "P20", "P30", "P40", "P50", "P60", "P70", "P80")
#define TIER_PARAM                                                                             \
    {"standard_blob_tier", AZB_ENUM, AZB_IN_HEADER, "x-ms-access-tier",                        \
     .values = TIER_VALUES, .doc = "access tier"}
#define PREFIX_PARAM                                                                           \
    {"name_starts_with", AZB_STR, AZB_IN_QUERY, "prefix", .max_bytes = 4096,                   \
     .doc = "only names that begin with this"}
#define PAGE_PARAMS                                                                            \
    {"continuation_token", AZB_STR, AZB_IN_QUERY, "marker", .max_bytes = 16384,                \
     .doc = "where the page before ended"},                                                    \
    {"results_per_page", AZB_INT, AZB_IN_QUERY, "maxresults", .min = 1, .max = 5000,           \
     .doc = "entries in one answer of the service"}
#define PAGING_PARAMS PREFIX_PARAM, PAGE_PARAMS
#define CONTINUATION                                                                           \
    {"continuation_token", AZB_STR, .xml = "NextMarker", .doc = "absent after the last page"}

#define PAGE_TIER_PARAM                                                                        \
    {"premium_page_blob_tier", AZB_ENUM, AZB_IN_HEADER, "x-ms-access-tier",                    \
     .values = PAGE_TIER_VALUES, .excludes = "standard_blob_tier",                             \
     .doc = "tier of a premium page blob"}
#define PRIORITY_PARAM                                                                         \
    {"rehydrate_priority", AZB_ENUM, AZB_IN_HEADER, "x-ms-rehydrate-priority",                 \
     .values = AZB_VALUES("High", "Standard"), .doc = "how soon an archived blob comes back"}

/* What goes with bytes that a single request brings: their number, and hashes of them. */
#define BODY_CHECKS                                                                            \
    {"validate_content", AZB_BOOL, AZB_IN_CALL,                                                \
     .doc = "send an MD5 of the body, for the service to check"},                              \
    {"transactional_content_crc64", AZB_BYTES, AZB_IN_HEADER, "x-ms-content-crc64",            \
     .max_bytes = 8, .excludes = "validate_content",                                           \
     .doc = "CRC-64 of the body, 8 bytes, for the service to check"}
#define STRUCTURED_PARAMS                                                                      \
    {"structured_body", AZB_STR, AZB_IN_HEADER, "x-ms-structured-body",                        \
     .with = "structured_content_length", .max_bytes = 256,                                    \
     .doc = "the data is a structured message of this kind, XSM/1.0; properties=crc64"},       \
    {"structured_content_length", AZB_INT, AZB_IN_HEADER, "x-ms-structured-content-length",    \
     .with = "structured_body", .min = 0, .max = INT64_MAX / 2, .unit = "bytes",               \
     .doc = "the content inside a structured message"}
#define DATA_PARAMS(max_)                                                                      \
    {"data", AZB_BIN, AZB_IN_BODY, .required = true, .length = "length", .max_bytes = max_,    \
     .doc = "the block's bytes"},                                                              \
    {"length", AZB_INT, AZB_IN_CALL, .min = 0, .max = INT64_MAX / 2, .unit = "bytes",          \
     .doc = "how many to send of data; default all"},                                             \
    BODY_CHECKS, STRUCTURED_PARAMS

/* Unless it is true, or another condition is given: only if there is no such blob. */
#define OVERWRITE_PARAM                                                                        \
    {"overwrite", AZB_OVERWRITE, AZB_IN_HEADER, "If-None-Match",                               \
     .doc = "default false: unless another condition is given, only if the blob does not exist"}

/* A copy's source, and the conditions on it. */
#define SOURCE_PARAM(name_)                                                                    \
    {name_, AZB_URL, AZB_IN_HEADER, "x-ms-copy-source", .required = true, .max_bytes = 2048,   \
     .doc = "URL of the source, with a SAS unless it may be read without; its path may be "    \
            "percent-encoded or not"}
#define COPY_SOURCE_DOC "URL of the source, without the signature of a SAS"
#define SOURCE_CONDITIONS                                                                      \
    {"source_if_modified_since", AZB_TIME, AZB_IN_HEADER, "x-ms-source-if-modified-since",     \
     .doc = "only if the source changed after this time"},                                     \
    {"source_if_unmodified_since", AZB_TIME, AZB_IN_HEADER, "x-ms-source-if-unmodified-since", \
     .doc = "only if the source has not changed after this time"},                             \
    {"source_etag", AZB_ETAG, AZB_IN_CALL, .with = "source_match_condition", .max_bytes = 256, \
     .doc = "the ETag that source_match_condition speaks of, quotes included"},                \
    {"source_match_condition", AZB_MATCH, AZB_IN_HEADER, "x-ms-source-if-", .with = "source_etag", \
     .values = AZB_VALUES("IfNotModified", "IfModified", "IfPresent", "IfMissing"),            \
     .doc = "only if the source has that ETag, has another, exists at all, is missing"}
#define SOURCE_TAGS_CONDITION                                                                  \
    {"source_if_tags_match_condition", AZB_STR, AZB_IN_HEADER, "x-ms-source-if-tags",          \
     .max_bytes = 2048, .doc = "only if the source's tags match this SQL predicate"}
#define SOURCE_AUTHORIZATION                                                                   \
    {"source_authorization", AZB_STR, AZB_IN_HEADER, "x-ms-copy-source-authorization",         \
     .max_bytes = 16384, .doc = "authorization for the source, with its scheme: \"Bearer ...\""}, \
    {"file_request_intent", AZB_ENUM, AZB_IN_HEADER, "x-ms-file-request-intent",               \
     .values = AZB_VALUES("backup"), .doc = "for a source in Azure Files, with a token"}
/* Tags, or what is to become of the source's. */
#define TAGS_OR_OPTION_PARAM                                                                   \
    {"tags", AZB_TAGS, AZB_IN_HEADER, "x-ms-tags",                                             \
     .text = AZB_PARAMS(                                                                       \
         {"tags", AZB_ENUM, AZB_IN_HEADER, "x-ms-copy-source-tag-option",                      \
          .values = AZB_VALUES("COPY", "REPLACE"), .doc = "take over the source's tags, or not"}), \
     .doc = "index tags, at most 10; or COPY or REPLACE"}
#define SOURCE_MD5                                                                             \
    {"source_content_md5", AZB_BYTES, AZB_IN_HEADER, "x-ms-source-content-md5",                \
     .max_bytes = 16, .doc = "MD5 that what comes from the source must have"}
#define SOURCE_HASHES                                                                          \
    SOURCE_MD5,                                                                                \
    {"source_content_crc64", AZB_BYTES, AZB_IN_HEADER, "x-ms-source-content-crc64",            \
     .max_bytes = 8, .excludes = "source_content_md5",                                         \
     .doc = "CRC-64 that what comes from the source must have, 8 bytes"}
#define SOURCE_CPK                                                                             \
    {"source_cpk", AZB_MODEL, AZB_IN_HEADER, .fields = CPK_FIELDS("x-ms-source-encryption-"),  \
     .https_only = true, .doc = "customer-provided key of the source; https only"}
/* From where, and how much; without both: the whole source. */
#define SOURCE_RANGE                                                                           \
    {"source_offset", AZB_OFFSET, AZB_IN_HEADER, "x-ms-source-range", .length = "source_length", \
     .min = 0, .max = INT64_MAX / 2, .unit = "bytes", .doc = "first byte of the source, from 0"}, \
    {"source_length", AZB_INT, AZB_IN_CALL, .with = "source_offset", .min = 1,                 \
     .max = INT64_MAX / 2, .unit = "bytes", .doc = "how many of the source; default up to its end"}


/* Blobs by their tags, in an account or a container. */
#define FILTER_PARAMS                                                                          \
    {"filter_expression", AZB_STR, AZB_IN_QUERY, "where", .required = true, .max_bytes = 4096, \
     .doc = "\"key\" = 'value' AND ...; also > >= < <=, and @container = 'name' in an account"}, \
    {"include", AZB_STR_LIST, AZB_IN_QUERY, "include", .values = AZB_VALUES("none", "versions"), \
     .doc = "what to find besides the blobs themselves; only older service versions know it"}, \
    PAGE_PARAMS
#define FIND_BY_TAGS(...)                                                                      \
    .kind = AZB_KIND_PAGER, .params = AZB_PARAMS(__VA_ARGS__),                                 \
    .success = {200}, .root = "EnumerationResults",                                            \
    .results = AZB_FIELDS(                                                                     \
        {"items", AZB_LIST, .xml = "Blobs/Blob", .is_stream = true, .fields = AZB_FIELDS(      \
            {"name", AZB_STR, .xml = "Name"},                                                  \
            {"container_name", AZB_STR, .xml = "ContainerName"},                               \
            {"version_id", AZB_STR, .xml = "VersionId"},                                       \
            {"is_current_version", AZB_BOOL, .xml = "IsCurrentVersion"},                       \
            {"tags", AZB_TAGS, .xml = "Tags/TagSet/Tag", .doc = "those that the expression names"})}, \
        CONTINUATION),                                                                         \
    .access = AZB_ACCESS_LIST, .retry = AZB_RETRY_READ

/* Groups of results. */
#define URL_RESULTS                                                                            \
    {"url", AZB_STR, .doc = "without credentials"},                                            \
    {"secondary_url", AZB_STR, .doc = "absent: no secondary host is known"},                   \
    {"account_name", AZB_STR}
#define WRITE_RESULTS                                                                          \
    {"etag", AZB_STR, "ETag", .doc = "with quotes; for match_condition"},                      \
    {"last_modified", AZB_TIME, "Last-Modified"},                                              \
    COMMON_RESULTS
#define HASH_RESULTS                                                                           \
    {"content_md5", AZB_BYTES, "Content-MD5", .doc = "of what was sent"},                      \
    {"content_crc64", AZB_BYTES, "x-ms-content-crc64", .doc = "of what was sent"}
#define ENCRYPTION_RESULTS                                                                     \
    {"request_server_encrypted", AZB_BOOL, "x-ms-request-server-encrypted",                    \
     .doc = "the service encrypted it"},                                                       \
    {"encryption_key_sha256", AZB_STR, "x-ms-encryption-key-sha256",                           \
     .doc = "of the customer-provided key"},                                                   \
    {"encryption_scope", AZB_STR, "x-ms-encryption-scope"}

/* The members of BlobProperties, by header and by listing element: models of the SDK. */
extern const struct azb_field azb_blob_listing_fields[];

#endif
