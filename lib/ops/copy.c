/*
 * copy.c: rows of copies that the service itself makes. One method stands for three operations:
 * a copy in the background, one that is done when it answers, and one of a page blob's changes.
 */
/* clang-format off */
#include "lib/ops/ops.h"

#define WAIT_PARAMS                                                                            \
    {"wait", AZB_BOOL, AZB_IN_CALL,                                                            \
     .doc = "answer when a copy in the background has ended; a call that ends before aborts it"}, \
    {"progress", AZB_BOOL, AZB_IN_CALL, .with = "wait",                                        \
     .doc = "tell how far it is, as $/progress {bytes, total}"}
#define TARGET_PARAMS                                                                          \
    CONTAINER_PARAM, BLOB_PARAM, SOURCE_PARAM("source_url"),                                   \
    {"metadata", AZB_STR_MAP, AZB_IN_HEADER, "x-ms-meta-", .max_bytes = 8192,                  \
     .doc = "name-value pairs; left out: those of the source"},                                \
    {"requires_sync", AZB_BOOL, AZB_IN_CALL, .doc = "answer when the copy is done"},           \
    WAIT_PARAMS,                                                                               \
    BLOB_CONDITIONS
#define LEASE_PARAMS                                                                           \
    {"destination_lease", AZB_STR, AZB_IN_HEADER, "x-ms-lease-id", .max_bytes = 64,            \
     .doc = "id of the active lease of the copy's target"},                                    \
    {"source_lease", AZB_STR, AZB_IN_HEADER, "x-ms-source-lease-id", .max_bytes = 64,          \
     .doc = "id of the active lease of the source"}
#define INCREMENTAL_PARAM                                                                      \
    {"incremental_copy", AZB_BOOL, AZB_IN_CALL,                                                \
     .doc = "copy what changed in a page blob since the last such copy; the source is a snapshot"}
#define COPY_RESULTS                                                                           \
    {"copy_id", AZB_STR, "x-ms-copy-id"},                                                      \
    {"copy_status", AZB_STR, "x-ms-copy-status", .doc = "success or pending"},                 \
    {"version_id", AZB_STR, "x-ms-version-id"},                                                \
    WRITE_RESULTS

static const struct azb_row copy_forms[] = {
    {
        .when = "requires_sync",
        .doc = "Copy a blob from a URL, at most 256 MiB, and answer when that is done; tags may also be COPY or REPLACE.",
        .follows = "Copy Blob From URL",
        .verb = "PUT", .path = "/{container}/{blob}", .header = {"x-ms-requires-sync", "true"},
        .params = AZB_PARAMS(
            TARGET_PARAMS, LEASE_PARAMS, TIER_PARAM, PAGE_TIER_PARAM, SOURCE_CONDITIONS, SOURCE_MD5, SOURCE_AUTHORIZATION,
            SCOPE_PARAM, TAGS_OR_OPTION_PARAM, IMMUTABILITY_PARAM, LEGAL_HOLD_PARAM),
        .success = {202},
        .results = AZB_FIELDS(
            HASH_RESULTS,
            {"encryption_scope", AZB_STR, "x-ms-encryption-scope"},
            COPY_RESULTS),
        .retry = AZB_RETRY_SAFE,
    },
    {
        .when = "incremental_copy",
        .doc = "Copy what changed in a page blob since the last such copy, in the background.",
        .follows = "Incremental Copy Blob",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=incrementalcopy",
        .params = AZB_PARAMS(TARGET_PARAMS, INCREMENTAL_PARAM),
        .success = {202},
        .results = AZB_FIELDS(COPY_RESULTS),
    },
    {.when = NULL},
};

const struct azb_row azb_copy_rows[] = {
    {
        .method = "blob.copy_blob",
        .doc = "Copy a blob of any size inside the service, with its properties, and answer when that is done: within an "
               "account by Copy Blob, between accounts by Put Blob From URL or blocks from the URL; the source is opened "
               "with its own client's credential.",
        .follows = "Copy Blob",
        .kind = AZB_KIND_COPY,
        .verb = "PUT", .path = "/{container}/{blob}",
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM,
            {"source_client", AZB_STR, AZB_IN_CALL, .max_bytes = 255, .doc = "whose account has the source; default that of client"},
            {"source_container", AZB_STR, AZB_IN_CALL, .required = true, .max_bytes = 63, .doc = "container of the source"},
            {"source_blob", AZB_STR, AZB_IN_CALL, .required = true, .max_bytes = 4096, .doc = "name of the source"},
            {"source_snapshot", AZB_STAMP, AZB_IN_CALL, .doc = "of the source, as the service gave it"},
            {"source_version_id", AZB_STAMP, AZB_IN_CALL, .excludes = "source_snapshot", .doc = "of the source, as the service gave it"},
            {"overwrite", AZB_BOOL, AZB_IN_CALL, .doc = "default false: unless another condition is given, only if the blob does not exist"},
            {"metadata", AZB_STR_MAP, AZB_IN_CALL, .max_bytes = 8192, .doc = "name-value pairs; left out: those of the source"},
            {"tags", AZB_TAGS, AZB_IN_CALL, .doc = "index tags, at most 10; left out: none, whatever the source has"},
            {"standard_blob_tier", AZB_ENUM, AZB_IN_CALL, .values = TIER_VALUES, .doc = "access tier"},
            {"destination_lease", AZB_STR, AZB_IN_CALL, .max_bytes = 64, .doc = "id of the blob's active lease"},
            {"max_concurrency", AZB_INT, AZB_IN_CALL, .min = 1, .max = 64, .doc = "blocks at a time, default 8"},
            {"progress", AZB_BOOL, AZB_IN_CALL, .doc = "tell how far it is, as $/progress {bytes, total}"},
            BLOB_CONDITIONS),
        .results = AZB_FIELDS(
            {"version_id", AZB_STR, "x-ms-version-id"},
            {"copy_id", AZB_STR, "x-ms-copy-id"},
            {"copy_status", AZB_STR, "x-ms-copy-status", .doc = "success"},
            WRITE_RESULTS),
        .success = {202, 201},
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_RECOGNISE,
    },
    {
        .method = "blob.start_copy_from_url",
        .doc = "Copy a blob from a URL, in the background; get_blob_properties tells how far it is.",
        .follows = "Copy Blob",
        .verb = "PUT", .path = "/{container}/{blob}",
        .params = AZB_PARAMS(
            TARGET_PARAMS, INCREMENTAL_PARAM, LEASE_PARAMS, TIER_PARAM, PAGE_TIER_PARAM, PRIORITY_PARAM,
            SOURCE_CONDITIONS, SOURCE_TAGS_CONDITION, TAGS_PARAM,
            {"seal_destination_blob", AZB_BOOL, AZB_IN_HEADER, "x-ms-seal-blob", .doc = "make the copy of an append blob read-only"},
            IMMUTABILITY_PARAM, LEGAL_HOLD_PARAM),
        .success = {202},
        .results = AZB_FIELDS(COPY_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_RECOGNISE, .lookup = "blob.get_blob_properties",
        .forms = copy_forms,
    },
    {
        .method = "blob.abort_copy",
        .doc = "End a copy that is under way; its target stays, empty.",
        .follows = "Abort Copy Blob",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=copy", .header = {"x-ms-copy-action", "abort"},
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM,
            {"copy_id", AZB_STR, AZB_IN_QUERY, "copyid", .required = true, .max_bytes = 64, .doc = "as start_copy_from_url gave it"},
            LEASE_PARAM),
        .success = {204},
        .results = AZB_FIELDS(COMMON_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "blob.upload_blob_from_url",
        .doc = "Make a block blob of at most 5000 MiB that the service itself reads from a URL.",
        .follows = "Put Blob From URL",
        .verb = "PUT", .path = "/{container}/{blob}", .header = {"x-ms-blob-type", "BlockBlob"},
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM, SOURCE_PARAM("source_url"), OVERWRITE_PARAM,
            {"include_source_blob_properties", AZB_BOOL, AZB_IN_HEADER, "x-ms-copy-source-blob-properties",
             .doc = "default true: with the source's HTTP headers and metadata"},
            CONTENT_SETTINGS_PARAM, METADATA_PARAM, TAGS_OR_OPTION_PARAM,
            {"transactional_content_md5", AZB_BYTES, AZB_IN_HEADER, "Content-MD5", .max_bytes = 16, .doc = "MD5 of the blob"},
            SOURCE_MD5, SOURCE_CONDITIONS, SOURCE_TAGS_CONDITION, SOURCE_AUTHORIZATION, SOURCE_CPK,
            {"destination_lease", AZB_STR, AZB_IN_HEADER, "x-ms-lease-id", .max_bytes = 64, .doc = "id of the blob's active lease"},
            CPK_PARAM, SCOPE_PARAM, TIER_PARAM, BLOB_CONDITIONS),
        .success = {201},
        .results = AZB_FIELDS({"version_id", AZB_STR, "x-ms-version-id"}, HASH_RESULTS, ENCRYPTION_RESULTS, WRITE_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_RECOGNISE, .lookup = "blob.get_blob_properties",
    },
    {NULL},
};
