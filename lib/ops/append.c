/*
 * append.c: rows of append blobs: blocks go to the end, and stay as they are.
 */
/* clang-format off */
#include "lib/ops/ops.h"

enum {
    MAX_APPEND_BYTES = 100 * 1024 * 1024,
};

#define POSITION_PARAM                                                                         \
    {"appendpos_condition", AZB_INT, AZB_IN_HEADER, "x-ms-blob-condition-appendpos", .min = 0, \
     .max = INT64_MAX, .unit = "bytes",                                                        \
     .doc = "only if the blob has so many; makes a repeat harmless"}
#define APPEND_CONDITIONS                                                                      \
    POSITION_PARAM,                                                                            \
    {"maxsize_condition", AZB_INT, AZB_IN_HEADER, "x-ms-blob-condition-maxsize", .min = 0,     \
     .max = INT64_MAX, .unit = "bytes", .doc = "only if the blob then has at most so many"},   \
    BLOB_CONDITIONS
#define APPEND_RESULTS                                                                         \
    {"blob_append_offset", AZB_STR, "x-ms-blob-append-offset",                                 \
     .doc = "where the block begins, bytes"},                                                  \
    {"blob_committed_block_count", AZB_INT, "x-ms-blob-committed-block-count",                 \
     .doc = "blocks that the blob has now"},                                                   \
    HASH_RESULTS, ENCRYPTION_RESULTS

const struct azb_row azb_append_rows[] = {
    {
        .method = "blob.create_append_blob",
        .doc = "Make an empty append blob, in place of what has that name.",
        .follows = "Put Blob",
        .verb = "PUT", .path = "/{container}/{blob}", .header = {"x-ms-blob-type", "AppendBlob"},
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM, CONTENT_SETTINGS_PARAM, METADATA_PARAM, TAGS_PARAM, LEASE_PARAM, CPK_PARAM,
            SCOPE_PARAM, IMMUTABILITY_PARAM, LEGAL_HOLD_PARAM, BLOB_CONDITIONS),
        .success = {201},
        .results = AZB_FIELDS({"version_id", AZB_STR, "x-ms-version-id"}, HASH_RESULTS, ENCRYPTION_RESULTS, WRITE_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_RECOGNISE, .lookup = "blob.get_blob_properties",
    },
    {
        .method = "blob.append_block",
        .doc = "Append one block.",
        .follows = "Append Block",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=appendblock",
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM, DATA_PARAMS(MAX_APPEND_BYTES), LEASE_PARAM, CPK_PARAM, SCOPE_PARAM, APPEND_CONDITIONS),
        .success = {201},
        .results = AZB_FIELDS(
            APPEND_RESULTS,
            {"structured_body", AZB_STR, "x-ms-structured-body"},
            WRITE_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_UNSAFE, .safe_with = "appendpos_condition",
        .lookup = "blob.download_blob",
    },
    {
        .method = "blob.append_block_from_url",
        .doc = "Append one block of bytes that the service itself reads from a URL.",
        .follows = "Append Block From URL",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=appendblock",
        .aliases = AZB_ALIASES({"source_url", "copy_source_url"}),
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM, SOURCE_PARAM("copy_source_url"), SOURCE_RANGE, SOURCE_HASHES,
            {"transactional_content_md5", AZB_BYTES, AZB_IN_HEADER, "Content-MD5", .max_bytes = 16, .doc = "MD5 of the block"},
            SOURCE_CONDITIONS, SOURCE_AUTHORIZATION, SOURCE_CPK, LEASE_PARAM, CPK_PARAM, SCOPE_PARAM, APPEND_CONDITIONS),
        .success = {201},
        .results = AZB_FIELDS(APPEND_RESULTS, WRITE_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_UNSAFE, .safe_with = "appendpos_condition",
        .lookup = "blob.download_blob",
    },
    {
        .method = "blob.seal_append_blob",
        .doc = "Make an append blob read-only.",
        .follows = "Append Blob Seal",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=seal",
        .params = AZB_PARAMS(CONTAINER_PARAM, BLOB_PARAM, LEASE_PARAM, POSITION_PARAM, DATE_CONDITIONS, ETAG_CONDITIONS),
        .success = {200},
        .results = AZB_FIELDS({"blob_sealed", AZB_BOOL, "x-ms-blob-sealed"}, WRITE_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {NULL},
};
