/*
 * page.c: rows of page blobs: written and cleared in pages of 512 bytes.
 */
/* clang-format off */
#include "lib/ops/ops.h"

enum {
    PAGE_BYTES = 512,
    MAX_WRITE_BYTES = 4 * 1024 * 1024,
};

#define MAX_BLOB_BYTES (8LL * 1024 * 1024 * 1024 * 1024)

#define SIZE_PARAM                                                                             \
    {"size", AZB_INT, AZB_IN_HEADER, "x-ms-blob-content-length", .required = true, .min = 0,   \
     .max = MAX_BLOB_BYTES, .multiple_of = PAGE_BYTES, .unit = "bytes", .doc = "size of the blob"}
#define OFFSET_PARAM(required_)                                                                \
    {"offset", AZB_OFFSET, AZB_IN_HEADER, "x-ms-range", .length = "length", .required = required_, \
     .min = 0, .max = MAX_BLOB_BYTES, .multiple_of = PAGE_BYTES, .unit = "bytes",              \
     .doc = "first byte, from 0"}
#define LENGTH_PARAM(required_, max_, doc_)                                                    \
    {"length", AZB_INT, AZB_IN_CALL, .with = "offset", .required = required_, .min = PAGE_BYTES, \
     .max = max_, .multiple_of = PAGE_BYTES, .unit = "bytes", .doc = doc_}
#define SEQUENCE_CONDITIONS                                                                    \
    {"if_sequence_number_lte", AZB_INT, AZB_IN_HEADER, "x-ms-if-sequence-number-le", .min = 0, \
     .max = INT64_MAX, .doc = "only if the blob's sequence number is at most this"},           \
    {"if_sequence_number_lt", AZB_INT, AZB_IN_HEADER, "x-ms-if-sequence-number-lt", .min = 0,  \
     .max = INT64_MAX, .doc = "only if the blob's sequence number is less"},                   \
    {"if_sequence_number_eq", AZB_INT, AZB_IN_HEADER, "x-ms-if-sequence-number-eq", .min = 0,  \
     .max = INT64_MAX, .doc = "only if the blob's sequence number is this"}

#define SEQUENCE_RESULT                                                                        \
    {"blob_sequence_number", AZB_INT, "x-ms-blob-sequence-number", .doc = "the caller's own number"}
#define RANGE_FIELDS                                                                           \
    {"start", AZB_INT, .xml = "Start", .unit = "bytes", .doc = "first byte"},                                   \
    {"end", AZB_INT, .xml = "End", .unit = "bytes", .doc = "last byte, inclusive"}

/* The ranges that hold something, or that differ from an earlier snapshot. */
#define READ_RANGES(...)                                                                       \
    .verb = "GET", .path = "/{container}/{blob}", .query = "comp=pagelist",                    \
    .params = AZB_PARAMS(                                                                      \
        CONTAINER_PARAM, BLOB_PARAM, SNAPSHOT_PARAM, OFFSET_PARAM(false),                      \
        LENGTH_PARAM(false, MAX_BLOB_BYTES, "how many to look at; default up to the end"),        \
        LEASE_PARAM, BLOB_CONDITIONS, __VA_ARGS__),                                            \
    .success = {200}, .root = "PageList", .access = AZB_ACCESS_READ, .retry = AZB_RETRY_READ
#define RANGES_RESULTS                                                                         \
    AZB_FIELDS(                                                                                \
        {"page_range", AZB_LIST, .xml = "PageRange", .fields = AZB_FIELDS(RANGE_FIELDS)},      \
        {"clear_range", AZB_LIST, .xml = "ClearRange", .fields = AZB_FIELDS(RANGE_FIELDS),     \
         .doc = "only when compared with a snapshot: what was cleared since"},                 \
        {"continuation_token", AZB_STR, .xml = "NextMarker",                                   \
         .doc = "there are more ranges, which list_page_ranges gives"},                        \
        {"blob_content_length", AZB_INT, "x-ms-blob-content-length", .unit = "bytes",          \
         .doc = "size of the blob"},                                                            \
        WRITE_RESULTS)

const struct azb_row azb_page_rows[] = {
    {
        .method = "blob.create_page_blob",
        .doc = "Make an empty page blob of this size, in place of what has that name.",
        .follows = "Put Blob",
        .verb = "PUT", .path = "/{container}/{blob}", .header = {"x-ms-blob-type", "PageBlob"},
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM, SIZE_PARAM, CONTENT_SETTINGS_PARAM, METADATA_PARAM, PAGE_TIER_PARAM,
            {"sequence_number", AZB_INT, AZB_IN_HEADER, "x-ms-blob-sequence-number", .min = 0, .max = INT64_MAX,
             .doc = "a number for the caller's own use; default 0"},
            TAGS_PARAM, LEASE_PARAM, CPK_PARAM, SCOPE_PARAM, IMMUTABILITY_PARAM, LEGAL_HOLD_PARAM, BLOB_CONDITIONS),
        .success = {201},
        .results = AZB_FIELDS({"version_id", AZB_STR, "x-ms-version-id"}, HASH_RESULTS, ENCRYPTION_RESULTS, WRITE_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_RECOGNISE, .lookup = "blob.get_blob_properties",
    },
    {
        .method = "blob.upload_page",
        .doc = "Write pages.",
        .follows = "Put Page",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=page", .header = {"x-ms-page-write", "update"},
        .aliases = AZB_ALIASES({"data", "page"}),
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM,
            {"page", AZB_BIN, AZB_IN_BODY, .required = true, .length = "length", .multiple_of = PAGE_BYTES,
             .max_bytes = MAX_WRITE_BYTES, .doc = "the pages' bytes"},
            OFFSET_PARAM(true),
            LENGTH_PARAM(false, MAX_WRITE_BYTES, "how many to send of page; default all"),
            BODY_CHECKS, STRUCTURED_PARAMS, LEASE_PARAM, CPK_PARAM, SCOPE_PARAM, SEQUENCE_CONDITIONS, BLOB_CONDITIONS),
        .success = {201},
        .results = AZB_FIELDS(
            SEQUENCE_RESULT, HASH_RESULTS, ENCRYPTION_RESULTS,
            {"structured_body", AZB_STR, "x-ms-structured-body"},
            WRITE_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "blob.upload_pages_from_url",
        .doc = "Write pages with bytes that the service itself reads from a URL.",
        .follows = "Put Page From URL",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=page", .header = {"x-ms-page-write", "update"},
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM, SOURCE_PARAM("source_url"),
            OFFSET_PARAM(true), LENGTH_PARAM(true, MAX_WRITE_BYTES, "how many, of the source and here"),
            {"source_offset", AZB_OFFSET, AZB_IN_HEADER, "x-ms-source-range", .length = "length", .required = true,
             .min = 0, .max = INT64_MAX / 2, .multiple_of = PAGE_BYTES, .unit = "bytes", .doc = "first byte of the source, from 0"},
            SOURCE_HASHES, SOURCE_CONDITIONS, SOURCE_AUTHORIZATION, SOURCE_CPK,
            LEASE_PARAM, CPK_PARAM, SCOPE_PARAM, SEQUENCE_CONDITIONS, BLOB_CONDITIONS),
        .success = {201},
        .results = AZB_FIELDS(SEQUENCE_RESULT, HASH_RESULTS, ENCRYPTION_RESULTS, WRITE_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "blob.clear_page",
        .doc = "Clear pages: they are zeros again and take no space.",
        .follows = "Put Page",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=page", .header = {"x-ms-page-write", "clear"},
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM, OFFSET_PARAM(true), LENGTH_PARAM(true, MAX_BLOB_BYTES, "how many to clear"),
            LEASE_PARAM, CPK_PARAM, SCOPE_PARAM, SEQUENCE_CONDITIONS, BLOB_CONDITIONS),
        .success = {201},
        .results = AZB_FIELDS(SEQUENCE_RESULT, HASH_RESULTS, WRITE_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "blob.get_page_ranges",
        .doc = "The ranges that hold something; with previous_snapshot_diff, those that differ from it.",
        .follows = "Get Page Ranges",
        READ_RANGES({"previous_snapshot_diff", AZB_STAMP, AZB_IN_QUERY, "prevsnapshot", .doc = "an earlier snapshot's timestamp"}),
        .results = RANGES_RESULTS,
    },
    {
        .method = "blob.list_page_ranges",
        .doc = "The ranges that hold something, or that differ from an earlier snapshot: one page, or all as a stream.",
        .follows = "Get Page Ranges",
        .kind = AZB_KIND_PAGER,
        READ_RANGES(
            {"previous_snapshot", AZB_STAMP, AZB_IN_QUERY, "prevsnapshot", .doc = "an earlier snapshot's timestamp"},
            PAGE_PARAMS),
        .results = AZB_FIELDS(
            {"items", AZB_LIST, .xml = "PageRange", .is_stream = true, .fields = AZB_FIELDS(
                RANGE_FIELDS, {"cleared", AZB_BOOL, .constant = "false"})},
            {"items", AZB_LIST, .xml = "ClearRange", .is_stream = true, .fields = AZB_FIELDS(
                RANGE_FIELDS, {"cleared", AZB_BOOL, .constant = "true", .doc = "cleared since the earlier snapshot"})},
            CONTINUATION),
    },
    {
        .method = "blob.get_page_range_diff_for_managed_disk",
        .doc = "The ranges of a managed disk that differ from an earlier snapshot of it.",
        .follows = "Get Page Ranges",
        READ_RANGES(
            {"previous_snapshot_url", AZB_STR, AZB_IN_HEADER, "x-ms-previous-snapshot-url", .required = true,
             .max_bytes = 4096, .doc = "URL of the earlier snapshot, with its SAS"}),
        .results = RANGES_RESULTS,
    },
    {
        .method = "blob.resize_blob",
        .doc = "Change a page blob's size: pages beyond it are gone, new ones are zeros.",
        .follows = "Set Blob Properties",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=properties",
        .params = AZB_PARAMS(CONTAINER_PARAM, BLOB_PARAM, SIZE_PARAM, LEASE_PARAM, CPK_PARAM, SCOPE_PARAM, BLOB_CONDITIONS),
        .success = {200},
        .results = AZB_FIELDS(SEQUENCE_RESULT, WRITE_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "blob.set_sequence_number",
        .doc = "Change a page blob's sequence number.",
        .follows = "Set Blob Properties",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=properties",
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM,
            {"sequence_number_action", AZB_ENUM, AZB_IN_HEADER, "x-ms-sequence-number-action", .required = true,
             .values = AZB_VALUES("increment", "max", "update"),
             .doc = "add one; take the larger of the two; take the given one"},
            {"sequence_number", AZB_INT, AZB_IN_HEADER, "x-ms-blob-sequence-number", .min = 0, .max = INT64_MAX,
             .doc = "left out with increment"},
            LEASE_PARAM, BLOB_CONDITIONS),
        .success = {200},
        .results = AZB_FIELDS(SEQUENCE_RESULT, WRITE_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_UNSAFE, /* increment twice is two more */
        .safe_with = "sequence_number",
    },
    {NULL},
};
