/*
 * block.c: rows of block blobs: what an upload of more than one request is made of.
 */
/* clang-format off */
#include "lib/ops/ops.h"

#define BLOCK_ID_PARAM                                                                         \
    {"block_id", AZB_BYTES, AZB_IN_QUERY, "blockid", .required = true, .max_bytes = 64,        \
     .doc = "all ids of a blob have the same length; base64 on the wire"}
#define BLOCK_FIELDS                                                                           \
    {"id", AZB_TEXT64, .xml = "Name"},                                                         \
    {"size", AZB_INT, .xml = "Size", .unit = "bytes"}

const struct azb_row azb_block_rows[] = {
    {
        .method = "blob.stage_block",
        .doc = "Stage one block. It stays invisible until commit_block_list names it.",
        .follows = "Put Block",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=block",
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM,
            BLOCK_ID_PARAM,
            DATA_PARAMS(0), LEASE_PARAM, CPK_PARAM, SCOPE_PARAM),
        .success = {201},
        .results = AZB_FIELDS(
            HASH_RESULTS, ENCRYPTION_RESULTS,
            {"structured_body", AZB_STR, "x-ms-structured-body"},
            COMMON_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "blob.stage_block_from_url",
        .doc = "Stage one block of bytes that the service itself reads from a URL.",
        .follows = "Put Block From URL",
        .verb = "PUT", .path = "/{container}/{blob}", .query = "comp=block",
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM, BLOCK_ID_PARAM, SOURCE_PARAM("source_url"), SOURCE_RANGE, SOURCE_HASHES,
            SOURCE_CONDITIONS, SOURCE_AUTHORIZATION, SOURCE_CPK, LEASE_PARAM, CPK_PARAM, SCOPE_PARAM),
        .success = {201},
        .results = AZB_FIELDS(HASH_RESULTS, ENCRYPTION_RESULTS, COMMON_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "blob.get_block_list",
        .doc = "The blocks that a blob is made of, or those that wait for commit_block_list.",
        .follows = "Get Block List",
        .verb = "GET", .path = "/{container}/{blob}", .query = "comp=blocklist",
        .params = AZB_PARAMS(
            CONTAINER_PARAM, BLOB_PARAM, SNAPSHOT_PARAM,
            {"block_list_type", AZB_ENUM, AZB_IN_QUERY, "blocklisttype", .preset = "committed",
             .values = AZB_VALUES("committed", "uncommitted", "all"), .doc = "which of them"},
            LEASE_PARAM, TAGS_CONDITION),
        .success = {200}, .root = "BlockList",
        .results = AZB_FIELDS(
            {"committed_blocks", AZB_LIST, .xml = "CommittedBlocks/Block", .fields = AZB_FIELDS(
                BLOCK_FIELDS, {"state", AZB_STR, .constant = "Committed"})},
            {"uncommitted_blocks", AZB_LIST, .xml = "UncommittedBlocks/Block", .fields = AZB_FIELDS(
                BLOCK_FIELDS, {"state", AZB_STR, .constant = "Uncommitted"})},
            {"blob_content_length", AZB_INT, "x-ms-blob-content-length", .unit = "bytes", .doc = "size of the blob"},
            {"content_type", AZB_STR, "Content-Type"},
            WRITE_RESULTS),
        .access = AZB_ACCESS_READ, .retry = AZB_RETRY_READ,
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
            BODY_CHECKS, CONTENT_SETTINGS_PARAM, METADATA_PARAM, TAGS_PARAM, LEASE_PARAM, CPK_PARAM, SCOPE_PARAM, TIER_PARAM,
            IMMUTABILITY_PARAM, LEGAL_HOLD_PARAM, BLOB_CONDITIONS),
        .success = {201},
        .results = AZB_FIELDS({"version_id", AZB_STR, "x-ms-version-id"}, HASH_RESULTS, ENCRYPTION_RESULTS, WRITE_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_RECOGNISE, .lookup = "blob.get_blob_properties",
    },
    {NULL},
};
