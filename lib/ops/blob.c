/*
 * blob.c: rows of the blob client, for blobs of any type.
 */
/* clang-format off */
#include "lib/ops/ops.h"

#define MAX_PUT_BYTES (5000LL * 1024 * 1024)
#define MAX_BLOCK_BYTES (4000LL * 1024 * 1024)

/* A blob's properties as headers. `size` is the whole blob's, whatever range was asked for. */
#define BLOB_HEADER_FIELDS                                                                              \
    {"name", AZB_STR, .param = "blob"},                                                                 \
    {"container", AZB_STR, .param = "container"},                                                       \
    {"snapshot", AZB_STR, .param = "snapshot"},                                                         \
    {"version_id", AZB_STR, "x-ms-version-id"},                                                         \
    {"is_current_version", AZB_BOOL, "x-ms-is-current-version"},                                        \
    {"blob_type", AZB_STR, "x-ms-blob-type"},                                                           \
    {"metadata", AZB_STR_MAP, "x-ms-meta-*"},                                                           \
    {"last_modified", AZB_TIME, "Last-Modified"},                                                       \
    {"etag", AZB_STR, "ETag"},                                                                          \
    {"append_blob_committed_block_count", AZB_INT, "x-ms-blob-committed-block-count", .doc = "blocks"}, \
    {"is_append_blob_sealed", AZB_BOOL, "x-ms-blob-sealed"},                                            \
    {"page_blob_sequence_number", AZB_INT, "x-ms-blob-sequence-number", .doc = "the caller's own number"}, \
    {"server_encrypted", AZB_BOOL, "x-ms-server-encrypted"},                                            \
    {"copy", AZB_MODEL, .fields = AZB_FIELDS(                                                           \
        {"id", AZB_STR, "x-ms-copy-id"},                                                                \
        {"source", AZB_URL, "x-ms-copy-source", .doc = COPY_SOURCE_DOC},                                 \
        {"status", AZB_STR, "x-ms-copy-status"},                                                        \
        {"progress", AZB_STR, "x-ms-copy-progress", .doc = "bytes copied/bytes in all"},                \
        {"completion_time", AZB_TIME, "x-ms-copy-completion-time"},                                     \
        {"status_description", AZB_STR, "x-ms-copy-status-description"},                                \
        {"incremental_copy", AZB_BOOL, "x-ms-incremental-copy"},                                        \
        {"destination_snapshot", AZB_STR, "x-ms-copy-destination-snapshot"})},                          \
    {"lease", AZB_MODEL, .fields = AZB_FIELDS(                                                          \
        {"status", AZB_STR, "x-ms-lease-status"},                                                       \
        {"state", AZB_STR, "x-ms-lease-state"},                                                         \
        {"duration", AZB_STR, "x-ms-lease-duration"})},                                                 \
    {"blob_tier", AZB_STR, "x-ms-access-tier"},                                                         \
    {"rehydrate_priority", AZB_STR, "x-ms-rehydrate-priority"},                                         \
    {"blob_tier_change_time", AZB_TIME, "x-ms-access-tier-change-time"},                                \
    {"blob_tier_inferred", AZB_BOOL, "x-ms-access-tier-inferred"},                                      \
    {"creation_time", AZB_TIME, "x-ms-creation-time"},                                                  \
    {"archive_status", AZB_STR, "x-ms-archive-status"},                                                 \
    {"encryption_key_sha256", AZB_STR, "x-ms-encryption-key-sha256"},                                   \
    {"encryption_scope", AZB_STR, "x-ms-encryption-scope"},                                             \
    {"object_replication_source_properties", AZB_OR_POLICIES, "x-ms-or-*"},                             \
    {"object_replication_destination_policy", AZB_STR, "x-ms-or-policy-id"},                            \
    {"last_accessed_on", AZB_TIME, "x-ms-last-access-time"},                                            \
    {"tag_count", AZB_INT, "x-ms-tag-count", .doc = "index tags"},                                      \
    {"immutability_policy", AZB_MODEL, .fields = AZB_FIELDS(                                            \
        {"expiry_time", AZB_TIME, "x-ms-immutability-policy-until-date"},                               \
        {"policy_mode", AZB_STR, "x-ms-immutability-policy-mode"})},                                    \
    {"has_legal_hold", AZB_BOOL, "x-ms-legal-hold"},                                                    \
    {"expiry_time", AZB_TIME, "x-ms-expiry-time"},                                                      \
    {"accept_ranges", AZB_STR, "Accept-Ranges"}

#define CONTENT_SETTINGS_FIELDS(md5_header)                                                             \
    {"content_settings", AZB_MODEL, .fields = AZB_FIELDS(                                               \
        {"content_type", AZB_STR, "Content-Type"},                                                      \
        {"content_encoding", AZB_STR, "Content-Encoding"},                                              \
        {"content_language", AZB_STR, "Content-Language"},                                              \
        {"content_md5", AZB_BYTES, md5_header},                                                         \
        {"content_disposition", AZB_STR, "Content-Disposition"},                                        \
        {"cache_control", AZB_STR, "Cache-Control"})}

const struct azb_field azb_blob_listing_fields[] = {
    {"name", AZB_STR, .xml = "Name"},
    {"snapshot", AZB_STR, .xml = "Snapshot"},
    {"version_id", AZB_STR, .xml = "VersionId"},
    {"is_current_version", AZB_BOOL, .xml = "IsCurrentVersion"},
    {"blob_type", AZB_STR, .xml = "Properties/BlobType"},
    {"metadata", AZB_STR_MAP, .xml = "Metadata/*"},
    {"encrypted_metadata", AZB_STR, .xml = "Metadata/@Encrypted"},
    {"last_modified", AZB_TIME, .xml = "Properties/Last-Modified"},
    {"etag", AZB_STR, .xml = "Properties/Etag", .doc = "without quotes, as the service lists it"},
    {"size", AZB_INT, .xml = "Properties/Content-Length", .unit = "bytes"},
    {"is_append_blob_sealed", AZB_BOOL, .xml = "Properties/Sealed"},
    {"page_blob_sequence_number", AZB_INT, .xml = "Properties/x-ms-blob-sequence-number", .doc = "the caller's own number"},
    {"server_encrypted", AZB_BOOL, .xml = "Properties/ServerEncrypted"},
    {"copy", AZB_MODEL, .fields = AZB_FIELDS(
        {"id", AZB_STR, .xml = "Properties/CopyId"},
        {"source", AZB_URL, .xml = "Properties/CopySource", .doc = COPY_SOURCE_DOC},
        {"status", AZB_STR, .xml = "Properties/CopyStatus"},
        {"progress", AZB_STR, .xml = "Properties/CopyProgress"},
        {"completion_time", AZB_TIME, .xml = "Properties/CopyCompletionTime"},
        {"status_description", AZB_STR, .xml = "Properties/CopyStatusDescription"},
        {"incremental_copy", AZB_BOOL, .xml = "Properties/IncrementalCopy"},
        {"destination_snapshot", AZB_STR, .xml = "Properties/CopyDestinationSnapshot"})},
    {"content_settings", AZB_MODEL, .fields = AZB_FIELDS(
        {"content_type", AZB_STR, .xml = "Properties/Content-Type"},
        {"content_encoding", AZB_STR, .xml = "Properties/Content-Encoding"},
        {"content_language", AZB_STR, .xml = "Properties/Content-Language"},
        {"content_md5", AZB_BYTES, .xml = "Properties/Content-MD5"},
        {"content_disposition", AZB_STR, .xml = "Properties/Content-Disposition"},
        {"cache_control", AZB_STR, .xml = "Properties/Cache-Control"})},
    {"content_crc64", AZB_BYTES, .xml = "Properties/Content-CRC64"},
    {"lease", AZB_MODEL, .fields = AZB_FIELDS(
        {"status", AZB_STR, .xml = "Properties/LeaseStatus"},
        {"state", AZB_STR, .xml = "Properties/LeaseState"},
        {"duration", AZB_STR, .xml = "Properties/LeaseDuration"})},
    {"blob_tier", AZB_STR, .xml = "Properties/AccessTier"},
    {"rehydrate_priority", AZB_STR, .xml = "Properties/RehydratePriority"},
    {"blob_tier_change_time", AZB_TIME, .xml = "Properties/AccessTierChangeTime"},
    {"blob_tier_inferred", AZB_BOOL, .xml = "Properties/AccessTierInferred"},
    {"deleted", AZB_BOOL, .xml = "Deleted"},
    {"deleted_time", AZB_TIME, .xml = "Properties/DeletedTime"},
    {"remaining_retention_days", AZB_INT, .xml = "Properties/RemainingRetentionDays", .unit = "days", .doc = "until a deleted blob is gone for good"},
    {"creation_time", AZB_TIME, .xml = "Properties/Creation-Time"},
    {"archive_status", AZB_STR, .xml = "Properties/ArchiveStatus"},
    {"encryption_key_sha256", AZB_STR, .xml = "Properties/CustomerProvidedKeySha256"},
    {"encryption_scope", AZB_STR, .xml = "Properties/EncryptionScope"},
    {"object_replication_source_properties", AZB_OR_POLICIES, .xml = "OrMetadata/*"},
    {"last_accessed_on", AZB_TIME, .xml = "Properties/LastAccessTime"},
    {"tag_count", AZB_INT, .xml = "Properties/TagCount", .doc = "index tags"},
    {"tags", AZB_TAGS, .xml = "Tags/TagSet/Tag"},
    {"immutability_policy", AZB_MODEL, .fields = AZB_FIELDS(
        {"expiry_time", AZB_TIME, .xml = "Properties/ImmutabilityPolicyUntilDate"},
        {"policy_mode", AZB_STR, .xml = "Properties/ImmutabilityPolicyMode"})},
    {"has_legal_hold", AZB_BOOL, .xml = "Properties/LegalHold"},
    {"has_versions_only", AZB_BOOL, .xml = "HasVersionsOnly"},
    {"expiry_time", AZB_TIME, .xml = "Properties/Expiry-Time"},
    {"resource_type", AZB_STR, .xml = "Properties/ResourceType", .doc = "file or directory, with a hierarchical namespace"},
    {NULL},
};

/* Conditions on the blob, where the plain ones would be on its tags. */
#define CONDITIONS_BESIDE_TAGS                                                                          \
    {"blob_if_modified_since", AZB_TIME, AZB_IN_HEADER, "x-ms-blob-if-modified-since",                  \
     .doc = "only if the blob changed after this time"},                                                \
    {"blob_if_unmodified_since", AZB_TIME, AZB_IN_HEADER, "x-ms-blob-if-unmodified-since",              \
     .doc = "only if the blob has not changed after this time"},                                        \
    {"blob_etag", AZB_ETAG, AZB_IN_CALL, .with = "blob_match_condition", .max_bytes = 256,              \
     .doc = "the ETag that blob_match_condition speaks of, quotes included"},                           \
    {"blob_match_condition", AZB_MATCH, AZB_IN_HEADER, "x-ms-blob-if-", .with = "blob_etag",            \
     .values = AZB_VALUES("IfNotModified", "IfModified", "IfPresent", "IfMissing"),                     \
     .doc = "only if the blob has that ETag, has another, exists at all, is missing"}

#define SET_TIER(...)                                                                                   \
    .params = AZB_PARAMS(                                                                               \
        CONTAINER_PARAM, BLOB_PARAM, __VA_ARGS__, SNAPSHOT_PARAM, VERSION_PARAM, PRIORITY_PARAM,        \
        LEASE_PARAM, TAGS_CONDITION),                                                                   \
    .success = {200, 202},                                                                              \
    .results = AZB_FIELDS(COMMON_RESULTS),                                                              \
    .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE

const struct azb_row azb_blob_rows[] = {
    {
        .method = "blob.upload_blob",
        .doc = "Write a blob from data, from a stream of $/data, or from a passed descriptor.",
        .follows = "Put Blob",
        .verb = "PUT", .path = "/{container}/{blob}",
        .header = {"x-ms-blob-type", "BlockBlob"},
        .kind = AZB_KIND_UPLOAD,
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM,
            {"data", AZB_BIN, AZB_IN_BODY, .doc = "the bytes; instead: stream or fd"},
            {"blob_type", AZB_ENUM, AZB_IN_CALL, .values = AZB_VALUES("BlockBlob", "AppendBlob", "PageBlob"), .doc = "default BlockBlob; a PageBlob gets a random sequence number"},
            {"length", AZB_INT, AZB_IN_CALL, .min = 0, .max = INT64_MAX, .unit = "bytes",
             .doc = "how many to take from the source; default all; a PageBlob's must be known, and a multiple of 512"},
            {"max_single_put_size", AZB_INT, AZB_IN_CALL, .min = 0, .max = MAX_PUT_BYTES, .unit = "bytes",
             .doc = "no more than this goes in one request; default max_single_put_bytes of the configuration"},
            {"max_block_size", AZB_INT, AZB_IN_CALL, .min = 1, .max = MAX_BLOCK_BYTES, .unit = "bytes",
             .doc = "of a block; no more is used than 4 MiB for a PageBlob, 100 MiB for an AppendBlob, and memory_limit_bytes for what is held while it is sent, which a regular file is not unless its MD5 is wanted; default block_bytes of the configuration, and more for what would have more than 50,000 blocks"},
            {"max_concurrency", AZB_INT, AZB_IN_CALL, .min = 1, .max = 64,
             .doc = "requests at a time; default: as many as make it faster, up to 16"},
            {"resume", AZB_BOOL, AZB_IN_CALL,
             .doc = "for a regular file: leave the blocks there if it fails, and send only what an earlier such call did not"},
            {"progress", AZB_BOOL, AZB_IN_CALL, .doc = "tell how far it is, as $/progress {bytes, total}"},
            {"compute_md5", AZB_BOOL, AZB_IN_CALL,
             .doc = "store the MD5 of a block blob with it, unless content_settings has one"},
            {"maxsize_condition", AZB_INT, AZB_IN_CALL, .min = 0, .max = INT64_MAX, .unit = "bytes",
             .doc = "AppendBlob: only if the blob then has at most so many bytes"},
            {"premium_page_blob_tier", AZB_ENUM, AZB_IN_CALL, .values = PAGE_TIER_VALUES, .excludes = "standard_blob_tier",
             .doc = "tier of a premium page blob"},
            {"overwrite", AZB_BOOL, AZB_IN_CALL,
             .doc = "default false: unless another condition is given, only if the blob does not exist; an AppendBlob is appended to"},
            {"validate_content", AZB_BOOL, AZB_IN_CALL,
             .doc = "send an MD5 with each request, for the service to check; default: a CRC-64, sent with it or compared afterwards"},
            CONTENT_SETTINGS_PARAM, METADATA_PARAM, TAGS_PARAM, LEASE_PARAM, CPK_PARAM, SCOPE_PARAM, TIER_PARAM,
            IMMUTABILITY_PARAM, LEGAL_HOLD_PARAM, BLOB_CONDITIONS),
        .success = {201},
        .results = AZB_FIELDS(
            {"etag", AZB_STR, "ETag"},
            {"last_modified", AZB_TIME, "Last-Modified"},
            {"content_md5", AZB_BYTES, "Content-MD5"},
            {"content_crc64", AZB_BYTES, "x-ms-content-crc64", .doc = "of all that was taken from the source"},
            {"version_id", AZB_STR, "x-ms-version-id"},
            {"request_server_encrypted", AZB_BOOL, "x-ms-request-server-encrypted"},
            {"encryption_key_sha256", AZB_STR, "x-ms-encryption-key-sha256"},
            {"encryption_scope", AZB_STR, "x-ms-encryption-scope"},
            {"structured_body", AZB_STR, "x-ms-structured-body"},
            COMMON_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_RECOGNISE, .lookup = "blob.get_blob_properties",
    },
    {
        .method = "blob.download_blob",
        .doc = "Read a blob or a range of it: inline, as a stream of $/data, or into a passed descriptor.",
        .follows = "Get Blob",
        .verb = "GET", .path = "/{container}/{blob}",
        .kind = AZB_KIND_DOWNLOAD,
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM, SNAPSHOT_PARAM, VERSION_PARAM,
            {"offset", AZB_INT, AZB_IN_CALL, .min = 0, .max = INT64_MAX, .unit = "bytes", .doc = "first byte, from 0"},
            {"length", AZB_INT, AZB_IN_CALL, .min = 1, .max = INT64_MAX, .with = "offset", .unit = "bytes", .doc = "how many; default up to the end"},
            {"validate_content", AZB_BOOL, AZB_IN_CALL, .doc = "have the service send an MD5 with every 4 MiB, and pass nothing on before it is checked"},
            {"check_md5", AZB_BOOL, AZB_IN_CALL, .doc = "default true: a whole blob fails unless it has the MD5 that is stored with it, where one is"},
            {"max_concurrency", AZB_INT, AZB_IN_CALL, .min = 1, .max = 16, .doc = "ranges fetched side by side; default: as many as pay"},
            {"resume", AZB_BOOL, AZB_IN_CALL, .doc = "into a file: go on with what an earlier download left in it"},
            {"progress", AZB_BOOL, AZB_IN_CALL, .doc = "tell $/progress {bytes, total}, up to five times a second"},
            LEASE_PARAM, CPK_PARAM, BLOB_CONDITIONS),
        .success = {200, 206},
        .results = AZB_FIELDS(
            {"properties", AZB_MODEL, .fields = AZB_FIELDS(
                BLOB_HEADER_FIELDS,
                {"size", AZB_INT, .unit = "bytes", .doc = "of the whole blob"},
                {"content_range", AZB_STR, "Content-Range"},
                CONTENT_SETTINGS_FIELDS("x-ms-blob-content-md5"),
                {"content_crc64", AZB_BYTES, "x-ms-content-crc64"},
                {"structured_body", AZB_STR, "x-ms-structured-body"},
                {"structured_content_length", AZB_INT, "x-ms-structured-content-length", .unit = "bytes"},
                COMMON_RESULTS)},
            {"size", AZB_INT, .unit = "bytes", .doc = "of what was asked for"},
            {"data", AZB_BIN, .doc = "the bytes, when neither stream nor fd"},
            {"content_crc64", AZB_BYTES, .doc = "of the bytes asked for; without resume only where the service sent checksums"},
            {"resumed_bytes", AZB_INT, .unit = "bytes", .doc = "with resume: how many were in the file already"}),
        .access = AZB_ACCESS_READ, .retry = AZB_RETRY_READ,
    },
    {
        .method = "blob.get_blob_properties",
        .doc = "The blob's properties and metadata.",
        .follows = "Get Blob Properties",
        .verb = "HEAD", .path = "/{container}/{blob}",
        .params = AZB_PARAMS(CONTAINER_PARAM, BLOB_PARAM, SNAPSHOT_PARAM, VERSION_PARAM, LEASE_PARAM, CPK_PARAM, BLOB_CONDITIONS),
        .success = {200},
        .results = AZB_FIELDS(
            BLOB_HEADER_FIELDS,
            {"size", AZB_INT, "Content-Length", .unit = "bytes"},
            CONTENT_SETTINGS_FIELDS("Content-MD5"),
            COMMON_RESULTS),
        .access = AZB_ACCESS_READ, .retry = AZB_RETRY_READ,
    },
    {
        .method = "blob.set_blob_metadata",
        .doc = "Replace all of the blob's metadata; without metadata, remove it.",
        .follows = "Set Blob Metadata",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=metadata",
        .params = AZB_PARAMS(CONTAINER_PARAM, BLOB_PARAM, METADATA_PARAM, LEASE_PARAM, CPK_PARAM, SCOPE_PARAM, BLOB_CONDITIONS),
        .success = {200},
        .results = AZB_FIELDS(
            {"etag", AZB_STR, "ETag"},
            {"last_modified", AZB_TIME, "Last-Modified"},
            {"version_id", AZB_STR, "x-ms-version-id"},
            {"request_server_encrypted", AZB_BOOL, "x-ms-request-server-encrypted"},
            {"encryption_key_sha256", AZB_STR, "x-ms-encryption-key-sha256"},
            {"encryption_scope", AZB_STR, "x-ms-encryption-scope"},
            COMMON_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "blob.set_http_headers",
        .doc = "Replace the blob's content settings; those left out are cleared.",
        .follows = "Set Blob Properties",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=properties",
        .params = AZB_PARAMS(CONTAINER_PARAM, BLOB_PARAM, CONTENT_SETTINGS_PARAM, LEASE_PARAM, BLOB_CONDITIONS),
        .success = {200},
        .results = AZB_FIELDS(
            {"etag", AZB_STR, "ETag"},
            {"last_modified", AZB_TIME, "Last-Modified"},
            {"blob_sequence_number", AZB_INT, "x-ms-blob-sequence-number", .doc = "page blobs: the caller's own number"},
            COMMON_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "blob.exists",
        .doc = "Whether the blob exists: true or false.",
        .follows = "Get Blob Properties",
        .verb = "HEAD", .path = "/{container}/{blob}",
        .kind = AZB_KIND_EXISTS,
        .params = AZB_PARAMS(CONTAINER_PARAM, BLOB_PARAM, SNAPSHOT_PARAM, VERSION_PARAM),
        .success = {200},
        .access = AZB_ACCESS_READ, .retry = AZB_RETRY_READ,
    },
    {
        .method = "blob.delete_blob",
        .doc = "Delete a blob, a snapshot or a version.",
        .follows = "Delete Blob",
        .verb = "DELETE", .path = "/{container}/{blob}",
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM, SNAPSHOT_PARAM, VERSION_PARAM,
            {"delete_snapshots", AZB_ENUM, AZB_IN_HEADER, "x-ms-delete-snapshots", .values = AZB_VALUES("include", "only"),
             .excludes = "snapshot",
             .doc = "what to do with the blob's snapshots: delete them too, or only them"},
            {"blob_delete_type", AZB_ENUM, AZB_IN_QUERY, "deletetype", .values = AZB_VALUES("Permanent"),
             .doc = "end a soft-deleted snapshot or version for good"},
            LEASE_PARAM, BLOB_CONDITIONS,
            {"access_tier_if_modified_since", AZB_TIME, AZB_IN_HEADER, "x-ms-access-tier-if-modified-since",
             .doc = "only if its tier changed after this time"},
            {"access_tier_if_unmodified_since", AZB_TIME, AZB_IN_HEADER, "x-ms-access-tier-if-unmodified-since",
             .doc = "only if its tier has not changed after this time"}),
        .success = {202},
        .results = AZB_FIELDS(
            {"delete_type_permanent", AZB_BOOL, "x-ms-delete-type-permanent"},
            COMMON_RESULTS),
        .access = AZB_ACCESS_DELETE, .retry = AZB_RETRY_RECOGNISE,
    },
    {
        .method = "blob.undelete_blob",
        .doc = "Bring back a soft-deleted blob and its snapshots.",
        .follows = "Undelete Blob",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=undelete",
        .params = AZB_PARAMS(CONTAINER_PARAM, BLOB_PARAM),
        .success = {200},
        .results = AZB_FIELDS(COMMON_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "blob.set_blob_tags",
        .doc = "Replace all of the blob's index tags; without tags, remove them.",
        .follows = "Set Blob Tags",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=tags",
        .body = "Tags",
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM,
            {"tags", AZB_TAGS, AZB_IN_BODY, "TagSet/Tag", .key = "Key", .item = "Value", .preset = "", .doc = "at most 10"},
            VERSION_PARAM, BODY_CHECKS, LEASE_PARAM, TAGS_CONDITION, CONDITIONS_BESIDE_TAGS),
        .success = {204},
        .results = AZB_FIELDS(COMMON_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "blob.get_blob_tags",
        .doc = "The blob's index tags.",
        .follows = "Get Blob Tags",
        .verb = "GET", .path = "/{container}/{blob}", .query = "comp=tags",
        .params = AZB_PARAMS(CONTAINER_PARAM, BLOB_PARAM, SNAPSHOT_PARAM, VERSION_PARAM, LEASE_PARAM, TAGS_CONDITION, CONDITIONS_BESIDE_TAGS),
        .success = {200}, .root = "Tags",
        .results = AZB_FIELDS(
            {"tags", AZB_TAGS, .xml = "TagSet/Tag", .keep_empty = true},
            COMMON_RESULTS),
        .access = AZB_ACCESS_READ, .retry = AZB_RETRY_READ,
    },
    {
        .method = "blob.create_snapshot",
        .doc = "Keep the blob as it is now, under a timestamp.",
        .follows = "Snapshot Blob",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=snapshot",
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM,
            {"metadata", AZB_STR_MAP, AZB_IN_HEADER, "x-ms-meta-", .max_bytes = 8192, .doc = "name-value pairs; left out: those of the blob"},
            LEASE_PARAM, CPK_PARAM, SCOPE_PARAM, BLOB_CONDITIONS),
        .success = {201},
        .results = AZB_FIELDS(
            {"snapshot", AZB_STR, "x-ms-snapshot"},
            {"version_id", AZB_STR, "x-ms-version-id"},
            ENCRYPTION_RESULTS, WRITE_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_UNSAFE, /* a second one is another snapshot */
    },
    {
        .method = "blob.set_standard_blob_tier",
        .doc = "Change the access tier of a block blob.",
        .follows = "Set Blob Tier",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=tier",
        SET_TIER({"standard_blob_tier", AZB_ENUM, AZB_IN_HEADER, "x-ms-access-tier", .required = true, .values = TIER_VALUES, .doc = "access tier"}),
    },
    {
        .method = "blob.set_premium_page_blob_tier",
        .doc = "Change the tier of a premium page blob.",
        .follows = "Set Blob Tier",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=tier",
        SET_TIER({"premium_page_blob_tier", AZB_ENUM, AZB_IN_HEADER, "x-ms-access-tier", .required = true, .values = PAGE_TIER_VALUES, .doc = "tier"}),
    },
    {
        .method = "blob.set_immutability_policy",
        .doc = "Say until when the blob cannot be changed or deleted.",
        .follows = "Set Blob Immutability Policy",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=immutabilityPolicies",
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM,
            {"immutability_policy", AZB_MODEL, AZB_IN_HEADER, .required = true, .fields = IMMUTABILITY_FIELDS,
             .doc = "until when the blob cannot be changed or deleted"},
            SNAPSHOT_PARAM, VERSION_PARAM,
            {"if_unmodified_since", AZB_TIME, AZB_IN_HEADER, "If-Unmodified-Since", .doc = "only if not changed after this time"}),
        .success = {200},
        .results = AZB_FIELDS(
            {"immutability_policy_until_date", AZB_TIME, "x-ms-immutability-policy-until-date"},
            {"immutability_policy_mode", AZB_STR, "x-ms-immutability-policy-mode", .doc = "lower case, as the service says it"},
            COMMON_RESULTS),
        .access = AZB_ACCESS_ADMIN, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "blob.delete_immutability_policy",
        .doc = "Remove an immutability policy that is not locked.",
        .follows = "Delete Blob Immutability Policy",
        .verb = "DELETE", .path = "/{container}/{blob}", .query = "comp=immutabilityPolicies",
        .params = AZB_PARAMS(CONTAINER_PARAM, BLOB_PARAM, SNAPSHOT_PARAM, VERSION_PARAM),
        .success = {200},
        .results = AZB_FIELDS(COMMON_RESULTS),
        .access = AZB_ACCESS_ADMIN, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "blob.set_legal_hold",
        .doc = "Set or clear a legal hold.",
        .follows = "Set Blob Legal Hold",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=legalhold",
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM,
            {"legal_hold", AZB_BOOL, AZB_IN_HEADER, "x-ms-legal-hold", .required = true, .doc = "true: no change and no deletion until it is cleared"},
            SNAPSHOT_PARAM, VERSION_PARAM),
        .success = {200},
        .results = AZB_FIELDS({"legal_hold", AZB_BOOL, "x-ms-legal-hold"}, COMMON_RESULTS),
        .access = AZB_ACCESS_ADMIN, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "blob.set_expiry",
        .doc = "Let the blob delete itself; with a hierarchical namespace only.",
        .follows = "Set Blob Expiry",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=expiry",
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM,
            {"expiry_option", AZB_ENUM, AZB_IN_HEADER, "x-ms-expiry-option", .required = true,
             .values = AZB_VALUES("NeverExpire", "RelativeToCreation", "RelativeToNow", "Absolute"), .doc = "what expires_on is"},
            {"expires_on", AZB_INT, AZB_IN_HEADER, "x-ms-expiry-time", .min = 0, .max = INT64_MAX, .unit = "milliseconds",
             .text = AZB_PARAMS({"expires_on", AZB_TIME, AZB_IN_HEADER, "x-ms-expiry-time", .doc = "for Absolute"}),
             .doc = "for the relative options; or a time, as a string"}),
        .success = {200},
        .results = AZB_FIELDS(WRITE_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "blob.get_container_client",
        .doc = "The URL of the blob's container. Nothing is asked of the service.",
        .like = "service.get_container_client",
    },
    {
        .method = "blob.get_account_information",
        .doc = "SKU and kind of the storage account, asked at the blob.",
        .like = "service.get_account_information",
        .path = "/{container}/{blob}", .params = AZB_PARAMS(CONTAINER_PARAM, BLOB_PARAM),
    },
    {NULL},
};
