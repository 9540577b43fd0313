/*
 * container.c: rows of the container client.
 */
/* clang-format off */
#include "lib/ops/ops.h"

#define INCLUDE_PARAM                                                                          \
    {"include", AZB_STR_LIST, AZB_IN_QUERY, "include",                                         \
     .values = AZB_VALUES("copy", "deleted", "metadata", "snapshots", "uncommittedblobs",      \
                          "versions", "tags", "immutabilitypolicy", "legalhold",               \
                          "deletedwithversions"),                                              \
     .doc = "what to list besides the blobs and their plain properties"}
#define START_FROM_PARAM                                                                       \
    {"start_from", AZB_STR, AZB_IN_QUERY, "startFrom", .max_bytes = 4096,                      \
     .doc = "first name to list"}
#define PUBLIC_ACCESS_PARAM                                                                    \
    {"public_access", AZB_ENUM, AZB_IN_HEADER, "x-ms-blob-public-access",                      \
     .values = AZB_VALUES("container", "blob"),                                                \
     .doc = "what anonymous readers may see; left out: nothing"}

/* Many sub-requests of one method. Entries have the SDK's names for its parameters. */
#define BATCH(sub_, ...)                                                                       \
    .follows = "Blob Batch",                                                                   \
    .verb = "POST", .path = "/{container}", .query = "restype=container&comp=batch",           \
    .kind = AZB_KIND_BATCH, .sub = sub_,                                                       \
    .aliases = AZB_ALIASES({"name", "blob"}, {"lease_id", "lease"}, ##__VA_ARGS__),            \
    .success = {202},                                                                          \
    .results = AZB_FIELDS(                                                                     \
        {"parts", AZB_LIST, .is_stream = true, .fields = AZB_FIELDS(                           \
            {"index", AZB_INT, .doc = "place in blobs, from 0"},                               \
            {"name", AZB_STR},                                                                 \
            {"status", AZB_INT, .doc = "HTTP status of this blob"},                            \
            {"request_id", AZB_STR},                                                           \
            {"error", AZB_MODEL, .doc = "as in Errors; absent on success"})})
#define BLOBS_PARAM(doc_) {"blobs", AZB_BLOB_LIST, AZB_IN_BODY, .required = true, .doc = doc_}
#define RAISE_PARAM                                                                            \
    {"raise_on_any_failure", AZB_BOOL, AZB_IN_CALL,                                            \
     .doc = "default true: the call fails with PartialBatchFailure when it failed for one blob"}

static const struct azb_field container_properties[] = {
    {"name", AZB_STR, .param = "container"},
    {"last_modified", AZB_TIME, "Last-Modified"},
    {"etag", AZB_STR, "ETag"},
    {"lease", AZB_MODEL, .fields = AZB_FIELDS(
        {"status", AZB_STR, "x-ms-lease-status"},
        {"state", AZB_STR, "x-ms-lease-state"},
        {"duration", AZB_STR, "x-ms-lease-duration"})},
    {"public_access", AZB_STR, "x-ms-blob-public-access", .doc = "absent: private"},
    {"has_immutability_policy", AZB_BOOL, "x-ms-has-immutability-policy"},
    {"has_legal_hold", AZB_BOOL, "x-ms-has-legal-hold"},
    {"immutable_storage_with_versioning_enabled", AZB_BOOL, "x-ms-immutable-storage-with-versioning-enabled"},
    {"metadata", AZB_STR_MAP, "x-ms-meta-*"},
    {"encryption_scope", AZB_MODEL, .fields = AZB_FIELDS(
        {"default_encryption_scope", AZB_STR, "x-ms-default-encryption-scope"},
        {"prevent_encryption_scope_override", AZB_BOOL, "x-ms-deny-encryption-scope-override"})},
    COMMON_RESULTS,
    {NULL},
};

const struct azb_row azb_container_rows[] = {
    {
        .method = "container.create_container",
        .doc = "Create the container.",
        .follows = "Create Container",
        .verb = "PUT", .path = "/{container}", .query = "restype=container",
        .params = AZB_PARAMS(
            CONTAINER_PARAM,
            METADATA_PARAM,
            PUBLIC_ACCESS_PARAM,
            {"container_encryption_scope", AZB_MODEL, AZB_IN_HEADER, .fields = AZB_PARAMS(
                {"default_encryption_scope", AZB_STR, AZB_IN_HEADER, "x-ms-default-encryption-scope", .doc = "its name"},
                {"prevent_encryption_scope_override", AZB_BOOL, AZB_IN_HEADER, "x-ms-deny-encryption-scope-override",
                 .doc = "refuse writes that name another scope"}),
             .doc = "encryption scope of all blobs written here"}),
        .success = {201},
        .results = AZB_FIELDS(
            {"etag", AZB_STR, "ETag"},
            {"last_modified", AZB_TIME, "Last-Modified"},
            COMMON_RESULTS),
        .access = AZB_ACCESS_ADMIN, .retry = AZB_RETRY_RECOGNISE, .lookup = "container.get_container_properties",
    },
    {
        .method = "container.delete_container",
        .doc = "Delete the container and all that is in it.",
        .follows = "Delete Container",
        .verb = "DELETE", .path = "/{container}", .query = "restype=container",
        .params = AZB_PARAMS(CONTAINER_PARAM, LEASE_PARAM, DATE_CONDITIONS),
        .success = {202},
        .results = AZB_FIELDS(COMMON_RESULTS),
        .access = AZB_ACCESS_ADMIN, .retry = AZB_RETRY_RECOGNISE,
    },
    {
        .method = "container.exists",
        .doc = "Whether the container exists: true or false.",
        .follows = "Get Container Properties",
        .verb = "GET", .path = "/{container}", .query = "restype=container",
        .kind = AZB_KIND_EXISTS,
        .params = AZB_PARAMS(CONTAINER_PARAM),
        .success = {200},
        .access = AZB_ACCESS_READ, .retry = AZB_RETRY_READ,
    },
    {
        .method = "container.get_container_properties",
        .doc = "The container's properties and metadata.",
        .follows = "Get Container Properties",
        .verb = "GET", .path = "/{container}", .query = "restype=container",
        .params = AZB_PARAMS(CONTAINER_PARAM, LEASE_PARAM),
        .success = {200},
        .results = container_properties,
        .access = AZB_ACCESS_READ, .retry = AZB_RETRY_READ,
    },
    {
        .method = "container.get_account_information",
        .doc = "SKU and kind of the storage account, asked at the container.",
        .like = "service.get_account_information",
        .path = "/{container}", .params = AZB_PARAMS(CONTAINER_PARAM),
    },
    {
        .method = "container.list_blobs",
        .doc = "The container's blobs in order of name: one page, or all of them as a stream.",
        .follows = "List Blobs",
        .verb = "GET", .path = "/{container}", .query = "restype=container&comp=list",
        .kind = AZB_KIND_PAGER,
        .params = AZB_PARAMS(CONTAINER_PARAM, PAGING_PARAMS, INCLUDE_PARAM, START_FROM_PARAM),
        .success = {200}, .root = "EnumerationResults",
        .results = AZB_FIELDS(
            {"items", AZB_LIST, .xml = "Blobs/Blob", .fields = azb_blob_listing_fields, .is_stream = true},
            CONTINUATION),
        .access = AZB_ACCESS_LIST, .retry = AZB_RETRY_READ,
    },
    {
        .method = "container.list_blob_names",
        .doc = "Only the names of the container's blobs: one page, or all of them as a stream.",
        .follows = "List Blobs",
        .verb = "GET", .path = "/{container}", .query = "restype=container&comp=list",
        .kind = AZB_KIND_PAGER,
        .params = AZB_PARAMS(CONTAINER_PARAM, PAGING_PARAMS, START_FROM_PARAM),
        .success = {200}, .root = "EnumerationResults",
        .results = AZB_FIELDS(
            {"items", AZB_LIST, .xml = "Blobs/Blob/Name", .of = AZB_STR, .is_stream = true},
            CONTINUATION),
        .access = AZB_ACCESS_LIST, .retry = AZB_RETRY_READ,
    },
    {
        .method = "container.walk_blobs",
        .doc = "One level of a hierarchy: blobs, and {name, prefix} for what lies deeper, in order of name.",
        .follows = "List Blobs",
        .verb = "GET", .path = "/{container}", .query = "restype=container&comp=list",
        .kind = AZB_KIND_PAGER,
        .params = AZB_PARAMS(
            CONTAINER_PARAM, PAGING_PARAMS,
            {"delimiter", AZB_STR, AZB_IN_QUERY, "delimiter", .preset = "/", .max_bytes = 1024, .doc = "what ends a level"},
            INCLUDE_PARAM, START_FROM_PARAM),
        .success = {200}, .root = "EnumerationResults",
        .results = AZB_FIELDS(
            {"items", AZB_LIST, .xml = "Blobs/Blob", .fields = azb_blob_listing_fields, .is_stream = true},
            {"items", AZB_LIST, .xml = "Blobs/BlobPrefix", .is_stream = true, .fields = AZB_FIELDS(
                {"name", AZB_STR, .xml = "Name"},
                {"prefix", AZB_STR, .xml = "Name"})},
            CONTINUATION),
        .access = AZB_ACCESS_LIST, .retry = AZB_RETRY_READ,
    },
    {
        .method = "container.find_blobs_by_tags",
        .doc = "The container's blobs whose tags match: one page, or all of them as a stream.",
        .follows = "Find Blobs by Tags in Container",
        .verb = "GET", .path = "/{container}", .query = "restype=container&comp=blobs",
        FIND_BY_TAGS(CONTAINER_PARAM, FILTER_PARAMS),
    },
    {
        .method = "container.set_container_metadata",
        .doc = "Replace all of the container's metadata; without metadata, remove it.",
        .follows = "Set Container Metadata",
        .verb = "PUT", .path = "/{container}", .query = "restype=container&comp=metadata",
        .params = AZB_PARAMS(
            CONTAINER_PARAM, METADATA_PARAM, LEASE_PARAM,
            {"if_modified_since", AZB_TIME, AZB_IN_HEADER, "If-Modified-Since", .doc = "only if changed after this time"}),
        .success = {200},
        .results = AZB_FIELDS(WRITE_RESULTS),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "container.get_container_access_policy",
        .doc = "Who may read anonymously, and the stored access policies.",
        .follows = "Get Container ACL",
        .verb = "GET", .path = "/{container}", .query = "restype=container&comp=acl",
        .params = AZB_PARAMS(CONTAINER_PARAM, LEASE_PARAM),
        .success = {200}, .root = "SignedIdentifiers",
        .results = AZB_FIELDS(
            {"public_access", AZB_STR, "x-ms-blob-public-access", .doc = "container or blob; absent: private"},
            {"signed_identifiers", AZB_LIST, .xml = "SignedIdentifier", .fields = AZB_FIELDS(
                {"id", AZB_STR, .xml = "Id"},
                {"access_policy", AZB_MODEL, .fields = AZB_FIELDS(
                    {"start", AZB_STR, .xml = "AccessPolicy/Start", .doc = "as it was stored"},
                    {"expiry", AZB_STR, .xml = "AccessPolicy/Expiry", .doc = "as it was stored"},
                    {"permission", AZB_STR, .xml = "AccessPolicy/Permission"})})},
            WRITE_RESULTS),
        .access = AZB_ACCESS_ADMIN, .retry = AZB_RETRY_READ,
    },
    {
        .method = "container.set_container_access_policy",
        .doc = "Say who may read anonymously, and replace all stored access policies; what is left out is removed.",
        .follows = "Set Container ACL",
        .verb = "PUT", .path = "/{container}", .query = "restype=container&comp=acl",
        .body = "SignedIdentifiers",
        .params = AZB_PARAMS(
            CONTAINER_PARAM,
            {"signed_identifiers", AZB_MODEL_MAP, AZB_IN_BODY, "SignedIdentifier", .key = "Id", .item = "AccessPolicy",
             .max_items = 5, .max_bytes = 64, .fields = AZB_PARAMS(
                {"start", AZB_TIME, AZB_IN_BODY, "Start", .doc = "valid from"},
                {"expiry", AZB_TIME, AZB_IN_BODY, "Expiry", .doc = "valid until"},
                {"permission", AZB_STR, AZB_IN_BODY, "Permission", .max_bytes = 64, .doc = "letters of racwdxyltfmei"}),
             .doc = "policies by their ids; nil: an id that the service gives no rights"},
            PUBLIC_ACCESS_PARAM, LEASE_PARAM, DATE_CONDITIONS),
        .success = {200},
        .results = AZB_FIELDS(WRITE_RESULTS),
        .access = AZB_ACCESS_ADMIN, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "container.rename_container",
        .doc = "Give the container another name, where the account supports that.",
        .follows = "Rename Container",
        .verb = "PUT", .path = "/{new_name}", .query = "restype=container&comp=rename",
        .params = AZB_PARAMS(
            {"container", AZB_STR, AZB_IN_HEADER, "x-ms-source-container-name", .required = true, .max_bytes = 63,
             .doc = "container name as it is"},
            {"new_name", AZB_STR, AZB_IN_PATH, "new_name", .required = true, .max_bytes = 63, .doc = "its name from now on"},
            {"lease", AZB_STR, AZB_IN_HEADER, "x-ms-source-lease-id", .max_bytes = 64, .doc = "id of its active lease"}),
        .success = {200},
        .results = AZB_FIELDS({"name", AZB_STR, .param = "new_name"}, COMMON_RESULTS),
        .access = AZB_ACCESS_ADMIN, .retry = AZB_RETRY_UNSAFE,
    },
    {
        .method = "container.get_blob_client",
        .doc = "The URL of a blob, a snapshot or a version. Nothing is asked of the service.",
        .like = "service.get_blob_client",
    },
    {
        .method = "container.get_blob_service_client",
        .doc = "The URL of the account. Nothing is asked of the service.",
        .verb = "GET", .path = "/", .kind = AZB_KIND_URL,
        .params = AZB_PARAMS({NULL}),
        .results = AZB_FIELDS(URL_RESULTS),
    },
    {
        .method = "container.upload_blob",
        .doc = "blob.upload_blob, with the blob's name under `name` as well.",
        .like = "blob.upload_blob", .aliases = AZB_ALIASES({"name", "blob"}),
    },
    {
        .method = "container.download_blob",
        .doc = "blob.download_blob.",
        .like = "blob.download_blob",
    },
    {
        .method = "container.delete_blob",
        .doc = "blob.delete_blob.",
        .like = "blob.delete_blob",
    },
    {
        .method = "container.set_standard_blob_tier_blobs",
        .doc = "Set the access tier of many blobs: 256 in each request, an answer for each.",
        BATCH("blob.set_standard_blob_tier", {"blob_tier", "standard_blob_tier"}),
        .params = AZB_PARAMS(
            CONTAINER_PARAM,
            BLOBS_PARAM("names, or maps of name, blob_tier and parameters of blob.set_standard_blob_tier, which the call's own win over"),
            {"standard_blob_tier", AZB_ENUM, AZB_IN_CALL, .values = TIER_VALUES, .doc = "for each blob; else each has its blob_tier"},
            {"rehydrate_priority", AZB_ENUM, AZB_IN_CALL, .values = AZB_VALUES("High", "Standard"), .doc = "for each blob"},
            {"if_tags_match_condition", AZB_STR, AZB_IN_CALL, .doc = "for each blob"},
            RAISE_PARAM),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "container.set_premium_page_blob_tier_blobs",
        .doc = "Set the tier of many premium page blobs: 256 in each request, an answer for each.",
        BATCH("blob.set_premium_page_blob_tier", {"blob_tier", "premium_page_blob_tier"}),
        .params = AZB_PARAMS(
            CONTAINER_PARAM,
            BLOBS_PARAM("names, or maps of name, blob_tier and parameters of blob.set_premium_page_blob_tier, which the call's own win over"),
            {"premium_page_blob_tier", AZB_ENUM, AZB_IN_CALL, .values = PAGE_TIER_VALUES,
             .doc = "for each blob; else each has its blob_tier"},
            {"rehydrate_priority", AZB_ENUM, AZB_IN_CALL, .values = AZB_VALUES("High", "Standard"), .doc = "for each blob"},
            {"if_tags_match_condition", AZB_STR, AZB_IN_CALL, .doc = "for each blob"},
            RAISE_PARAM),
        .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "container.delete_blobs",
        .doc = "Delete many blobs: 256 in each request, an answer for each.",
        BATCH("blob.delete_blob"),
        .params = AZB_PARAMS(
            CONTAINER_PARAM,
            BLOBS_PARAM("names, or maps of name and parameters of blob.delete_blob, which the call's own win over"),
            {"delete_snapshots", AZB_ENUM, AZB_IN_CALL, .values = AZB_VALUES("include", "only"), .doc = "for each blob"},
            {"if_modified_since", AZB_TIME, AZB_IN_CALL, .doc = "for each blob"},
            {"if_unmodified_since", AZB_TIME, AZB_IN_CALL, .doc = "for each blob"},
            {"if_tags_match_condition", AZB_STR, AZB_IN_CALL, .doc = "for each blob"},
            RAISE_PARAM),
        .access = AZB_ACCESS_DELETE, .retry = AZB_RETRY_SAFE,
    },
    {NULL},
};
