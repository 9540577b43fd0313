/*
 * block.c: rows of block blobs: what an upload of more than one request is made of.
 */
/* clang-format off */
#include "lib/ops/ops.h"

const struct azb_row azb_block_rows[] = {
    {
        .method = "blob.stage_block",
        .doc = "Stage one block. It stays invisible until commit_block_list names it.",
        .follows = "Put Block",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=block",
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM,
            {"block_id", AZB_BYTES, AZB_IN_QUERY, "blockid", .required = true, .max_bytes = 64,
             .doc = "all ids of a blob have the same length; base64 on the wire"},
            {"data", AZB_BIN, AZB_IN_BODY, .required = true, .doc = "the block's bytes"},
            LEASE_PARAM, CPK_PARAM, SCOPE_PARAM),
        .success = {201},
        .results = AZB_FIELDS(
            {"content_md5", AZB_BYTES, "Content-MD5"},
            {"content_crc64", AZB_BYTES, "x-ms-content-crc64"},
            {"request_server_encrypted", AZB_BOOL, "x-ms-request-server-encrypted"},
            {"encryption_key_sha256", AZB_STR, "x-ms-encryption-key-sha256"},
            {"encryption_scope", AZB_STR, "x-ms-encryption-scope"},
            {"structured_body", AZB_STR, "x-ms-structured-body"},
            COMMON_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "blob.commit_block_list",
        .doc = "Make the blob of these blocks, in this order.",
        .follows = "Put Block List",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=blocklist",
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM,
            {"block_list", AZB_BLOCK_LIST, AZB_IN_BODY, .required = true,
             .doc = "block ids, or maps {id, state}; state: Latest (default), Committed or Uncommitted"},
            CONTENT_SETTINGS_PARAM, METADATA_PARAM, TAGS_PARAM, LEASE_PARAM, CPK_PARAM, SCOPE_PARAM, TIER_PARAM,
            IMMUTABILITY_PARAM, LEGAL_HOLD_PARAM, BLOB_CONDITIONS),
        .success = {201},
        .results = AZB_FIELDS(
            {"etag", AZB_STR, "ETag"},
            {"last_modified", AZB_TIME, "Last-Modified"},
            {"content_md5", AZB_BYTES, "Content-MD5"},
            {"content_crc64", AZB_BYTES, "x-ms-content-crc64"},
            {"version_id", AZB_STR, "x-ms-version-id"},
            {"request_server_encrypted", AZB_BOOL, "x-ms-request-server-encrypted"},
            {"encryption_key_sha256", AZB_STR, "x-ms-encryption-key-sha256"},
            {"encryption_scope", AZB_STR, "x-ms-encryption-scope"},
            COMMON_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_RECOGNISE, .lookup = "blob.get_blob_properties",
    },
    {NULL},
};
