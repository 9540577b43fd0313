/*
 * query.c: rows of queries over a blob's content.
 */
/* clang-format off */
#include "lib/ops/ops.h"

#define SEPARATOR(name_, doc_) {name_, AZB_STR, AZB_IN_BODY, .max_bytes = 64, .doc = doc_}

#define TEXT_FORMAT_PARAMS                                                                          \
    SEPARATOR("delimiter", "delimited: between columns, default \",\"; json: between records, default line feed"), \
    SEPARATOR("lineterminator", "delimited: between records, default line feed"),                   \
    SEPARATOR("quotechar", "delimited: around a value, default \""),                                \
    SEPARATOR("escapechar", "delimited: before a character that means itself, default none"),       \
    {"has_header", AZB_BOOL, AZB_IN_BODY, .doc = "delimited: the first record names the columns, default false"}

const struct azb_row azb_query_rows[] = {
    {
        .method = "blob.query_blob",
        .doc = "Select from a blob's content: inline, as a stream of $/data, or into a passed descriptor.",
        .follows = "Query Blob Contents",
        .verb = "POST", .path = "/{container}/{blob}", .query = "comp=query",
        .kind = AZB_KIND_QUERY,
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM, SNAPSHOT_PARAM, VERSION_PARAM,
            {"query_expression", AZB_STR, AZB_IN_BODY, .required = true, .max_bytes = 256 * 1024,
             .doc = "SQL, with BlobStorage as the table: SELECT _2 FROM BlobStorage WHERE _1 > 250"},
            {"blob_format", AZB_MODEL, AZB_IN_BODY, .fields = AZB_PARAMS(
                {"type", AZB_ENUM, AZB_IN_BODY, .required = true, .values = AZB_VALUES("delimited", "json", "parquet"),
                 .doc = "how records are written"},
                TEXT_FORMAT_PARAMS),
             .doc = "what the blob holds; default delimited, without a header"},
            {"output_format", AZB_MODEL, AZB_IN_BODY, .fields = AZB_PARAMS(
                {"type", AZB_ENUM, AZB_IN_BODY, .required = true, .values = AZB_VALUES("delimited", "json", "arrow"),
                 .doc = "how records are written"},
                TEXT_FORMAT_PARAMS,
                {"schema", AZB_LIST, AZB_IN_BODY, .fields = AZB_PARAMS(
                    {"type", AZB_STR, AZB_IN_BODY, .required = true, .max_bytes = 64, .doc = "int64, bool, timestamp[ms], string, double or decimal"},
                    {"name", AZB_STR, AZB_IN_BODY, .max_bytes = 4096, .doc = "name of the column"},
                    {"precision", AZB_INT, AZB_IN_BODY, .min = 0, .max = INT32_MAX, .doc = "decimal: digits in all"},
                    {"scale", AZB_INT, AZB_IN_BODY, .min = 0, .max = INT32_MAX, .doc = "decimal: digits behind the point"}),
                 .doc = "arrow: the columns"}),
             .doc = "what comes out; default as blob_format, delimited for parquet"},
            LEASE_PARAM, CPK_PARAM, BLOB_CONDITIONS),
        .success = {200, 206},
        .results = AZB_FIELDS(
            {"properties", AZB_MODEL, .fields = AZB_FIELDS(
                {"last_modified", AZB_TIME, "Last-Modified"},
                {"metadata", AZB_STR_MAP, "x-ms-meta-*"},
                {"content_length", AZB_INT, "Content-Length", .unit = "bytes"},
                {"content_type", AZB_STR, "Content-Type"},
                {"content_range", AZB_STR, "Content-Range"},
                {"etag", AZB_STR, "ETag"},
                {"content_md5", AZB_BYTES, "Content-MD5"},
                {"content_encoding", AZB_STR, "Content-Encoding"},
                {"cache_control", AZB_STR, "Cache-Control"},
                {"content_disposition", AZB_STR, "Content-Disposition"},
                {"content_language", AZB_STR, "Content-Language"},
                {"blob_sequence_number", AZB_INT, "x-ms-blob-sequence-number", .doc = "page blobs: the caller's own number"},
                {"blob_type", AZB_STR, "x-ms-blob-type"},
                {"copy_completion_time", AZB_TIME, "x-ms-copy-completion-time"},
                {"copy_status_description", AZB_STR, "x-ms-copy-status-description"},
                {"copy_id", AZB_STR, "x-ms-copy-id"},
                {"copy_progress", AZB_STR, "x-ms-copy-progress"},
                {"copy_source", AZB_URL, "x-ms-copy-source", .doc = COPY_SOURCE_DOC},
                {"copy_status", AZB_STR, "x-ms-copy-status"},
                {"lease_duration", AZB_STR, "x-ms-lease-duration"},
                {"lease_state", AZB_STR, "x-ms-lease-state"},
                {"lease_status", AZB_STR, "x-ms-lease-status"},
                {"accept_ranges", AZB_STR, "Accept-Ranges"},
                {"blob_committed_block_count", AZB_INT, "x-ms-blob-committed-block-count", .doc = "append blobs: blocks"},
                {"server_encrypted", AZB_BOOL, "x-ms-server-encrypted"},
                {"encryption_key_sha256", AZB_STR, "x-ms-encryption-key-sha256"},
                {"encryption_scope", AZB_STR, "x-ms-encryption-scope"},
                {"blob_content_md5", AZB_BYTES, "x-ms-blob-content-md5"},
                {"content_crc64", AZB_BYTES, "x-ms-content-crc64"},
                COMMON_RESULTS)},
            {"data", AZB_BIN, .doc = "the result, when neither stream nor fd"},
            {"size", AZB_INT, .unit = "bytes", .doc = "size of the result"},
            {"total_bytes", AZB_INT, .unit = "bytes", .doc = "what was read of the blob"},
            {"error_count", AZB_INT, .doc = "records that the query passed over because of an error"},
            {"errors", AZB_LIST, .fields = AZB_FIELDS(
                {"error", AZB_STR, .doc = "its name"},
                {"is_fatal", AZB_BOOL, .doc = "always false: a fatal one is the call's error"},
                {"description", AZB_STR},
                {"position", AZB_INT, .unit = "bytes", .doc = "where in the blob"}),
             .doc = "the first 1000 of them; in a stream they came as items, {error: {...}}"}),
        .access = AZB_ACCESS_READ, .retry = AZB_RETRY_READ,
    },
    {NULL},
};
