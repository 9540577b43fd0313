/*
 * service.c: rows of the account itself, and the container rows that the service client has.
 */
/* clang-format off */
#include "lib/ops/ops.h"

#define LEASE_FIELDS                                                                    \
    AZB_FIELDS({"status", AZB_STR, "x-ms-lease-status", "Properties/LeaseStatus"},      \
               {"state", AZB_STR, "x-ms-lease-state", "Properties/LeaseState"},         \
               {"duration", AZB_STR, "x-ms-lease-duration", "Properties/LeaseDuration"})

static const struct azb_field container_listing_fields[] = {
    {"name", AZB_STR, .xml = "Name"},
    {"last_modified", AZB_TIME, .xml = "Properties/Last-Modified"},
    {"etag", AZB_STR, .xml = "Properties/Etag"},
    {"lease", AZB_MODEL, .fields = LEASE_FIELDS},
    {"public_access", AZB_STR, .xml = "Properties/PublicAccess"},
    {"has_immutability_policy", AZB_BOOL, .xml = "Properties/HasImmutabilityPolicy"},
    {"has_legal_hold", AZB_BOOL, .xml = "Properties/HasLegalHold"},
    {"immutable_storage_with_versioning_enabled", AZB_BOOL,
     .xml = "Properties/ImmutableStorageWithVersioningEnabled"},
    {"metadata", AZB_STR_MAP, .xml = "Metadata/*"},
    {"encryption_scope", AZB_MODEL, .fields = AZB_FIELDS(
        {"default_encryption_scope", AZB_STR, .xml = "Properties/DefaultEncryptionScope"},
        {"prevent_encryption_scope_override", AZB_BOOL, .xml = "Properties/DenyEncryptionScopeOverride"})},
    {"deleted", AZB_BOOL, .xml = "Deleted"},
    {"version", AZB_STR, .xml = "Version", .doc = "of a deleted container: what undelete_container asks for"},
    {"deleted_time", AZB_TIME, .xml = "Properties/DeletedTime"},
    {"remaining_retention_days", AZB_INT, .xml = "Properties/RemainingRetentionDays", .doc = "days"},
    {NULL},
};

const struct azb_row azb_service_rows[] = {
    {
        .method = "service.get_account_information",
        .doc = "SKU and kind of the storage account.",
        .follows = "Get Account Information",
        .verb = "GET", .path = "/", .query = "restype=account&comp=properties",
        .params = AZB_PARAMS({NULL}),
        .success = {200},
        .results = AZB_FIELDS(
            {"sku_name", AZB_STR, "x-ms-sku-name"},
            {"account_kind", AZB_STR, "x-ms-account-kind"},
            {"is_hns_enabled", AZB_BOOL, "x-ms-is-hns-enabled", .doc = "hierarchical namespace"},
            COMMON_RESULTS),
        .access = AZB_ACCESS_READ, .retry = AZB_RETRY_READ,
    },
    {
        .method = "service.list_containers",
        .doc = "The account's containers: one page, or all of them as a stream.",
        .follows = "List Containers",
        .verb = "GET", .path = "/", .query = "comp=list",
        .kind = AZB_KIND_PAGER,
        .params = AZB_PARAMS(
            PAGING_PARAMS,
            {"include_metadata", AZB_FLAG, AZB_IN_QUERY, "include", .item = "metadata", .doc = "with each container's metadata"},
            {"include_deleted", AZB_FLAG, AZB_IN_QUERY, "include", .item = "deleted", .doc = "soft-deleted containers too"},
            {"include_system", AZB_FLAG, AZB_IN_QUERY, "include", .item = "system", .doc = "$logs, $web and the like too"}),
        .success = {200}, .root = "EnumerationResults",
        .results = AZB_FIELDS(
            {"items", AZB_LIST, .xml = "Containers/Container", .fields = container_listing_fields, .is_stream = true},
            {"continuation_token", AZB_STR, .xml = "NextMarker", .doc = "absent after the last page"}),
        .access = AZB_ACCESS_LIST, .retry = AZB_RETRY_READ,
    },
    {
        .method = "service.create_container",
        .doc = "Create a container.",
        .follows = "Create Container",
        .verb = "PUT", .path = "/{name}", .query = "restype=container",
        .params = AZB_PARAMS(
            {"name", AZB_STR, AZB_IN_PATH, "name", .required = true, .max_bytes = 63, .doc = "container name"},
            METADATA_PARAM,
            {"public_access", AZB_ENUM, AZB_IN_HEADER, "x-ms-blob-public-access", .values = AZB_VALUES("container", "blob"),
             .doc = "what anonymous readers may see; left out: nothing"},
            {"container_encryption_scope", AZB_MODEL, AZB_IN_HEADER, .fields = AZB_PARAMS(
                {"default_encryption_scope", AZB_STR, AZB_IN_HEADER, "x-ms-default-encryption-scope"},
                {"prevent_encryption_scope_override", AZB_BOOL, AZB_IN_HEADER, "x-ms-deny-encryption-scope-override"}),
             .doc = "encryption scope of all blobs written here"}),
        .success = {201},
        .results = AZB_FIELDS(
            {"etag", AZB_STR, "ETag"},
            {"last_modified", AZB_TIME, "Last-Modified"},
            COMMON_RESULTS),
        .access = AZB_ACCESS_ADMIN, .retry = AZB_RETRY_RECOGNISE, .lookup = "container.get_container_properties",
    },
    {
        .method = "service.delete_container",
        .doc = "Delete a container and all that is in it.",
        .follows = "Delete Container",
        .verb = "DELETE", .path = "/{container}", .query = "restype=container",
        .params = AZB_PARAMS(CONTAINER_PARAM, LEASE_PARAM, DATE_CONDITIONS),
        .success = {202},
        .results = AZB_FIELDS(COMMON_RESULTS),
        .access = AZB_ACCESS_ADMIN, .retry = AZB_RETRY_RECOGNISE,
    },
    {NULL},
};
