/*
 * service.c: rows of the account itself, and the container rows that the service client has.
 */
/* clang-format off */
#include "lib/ops/ops.h"

#define LEASE_FIELDS                                                                    \
    AZB_FIELDS({"status", AZB_STR, "x-ms-lease-status", "Properties/LeaseStatus"},      \
               {"state", AZB_STR, "x-ms-lease-state", "Properties/LeaseState"},         \
               {"duration", AZB_STR, "x-ms-lease-duration", "Properties/LeaseDuration"})

/* The deleted container's name is in the path unless it gets a new one, and always in a header. */
#define DELETED_PARAMS                                                                  \
    {"deleted_container_name", AZB_STR, AZB_IN_HEADER, "x-ms-deleted-container-name",   \
     .required = true, .max_bytes = 63, .doc = "name that it had"},                     \
    {"deleted_container_version", AZB_STR, AZB_IN_HEADER, "x-ms-deleted-container-version", \
     .required = true, .max_bytes = 64, .doc = "`version` of a listing with include_deleted"}

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
    {"remaining_retention_days", AZB_INT, .xml = "Properties/RemainingRetentionDays", .unit = "days",
     .doc = "until a deleted container is gone for good"},
    {NULL},
};

/* Settings of the account, as the request has them. Their order is the service's. */
#define RETENTION_PARAMS                                                                       \
    AZB_PARAMS(                                                                                \
        {"enabled", AZB_BOOL, AZB_IN_BODY, "Enabled", .preset = "false", .with = "days",       \
         .doc = "keep it for days, then delete it"},                                           \
        {"days", AZB_INT, AZB_IN_BODY, "Days", .min = 1, .max = 365, .unit = "days",           \
         .doc = "how long to keep it"},                                                        \
        {"allow_permanent_delete", AZB_BOOL, AZB_IN_BODY, "AllowPermanentDelete",              \
         .doc = "let snapshots and versions be deleted for good"})
#define RETENTION_PARAM                                                                        \
    {"retention_policy", AZB_MODEL, AZB_IN_BODY, "RetentionPolicy", .preset = "",              \
     .fields = RETENTION_PARAMS, .doc = "how long the data is kept; left out: until deleted"}
#define SETTINGS_VERSION_PARAM                                                                 \
    {"version", AZB_STR, AZB_IN_BODY, "Version", .preset = "1.0", .max_bytes = 16,             \
     .doc = "version of the statistics or the log"}
#define METRICS_PARAMS                                                                         \
    AZB_PARAMS(                                                                                \
        SETTINGS_VERSION_PARAM,                                                                \
        {"enabled", AZB_BOOL, AZB_IN_BODY, "Enabled", .preset = "false", .with = "include_apis", \
         .doc = "keep statistics"},                                                            \
        {"include_apis", AZB_BOOL, AZB_IN_BODY, "IncludeAPIs", .doc = "for each operation too; only when enabled"}, \
        RETENTION_PARAM)
#define SWITCH_PARAM(name_, wire_, doc_)                                                       \
    {name_, AZB_BOOL, AZB_IN_BODY, wire_, .preset = "false", .doc = doc_}

/* The same as the answer has them. */
#define RETENTION_FIELDS(prefix)                                                               \
    AZB_FIELDS({"enabled", AZB_BOOL, .xml = prefix "Enabled"},                                 \
               {"days", AZB_INT, .xml = prefix "Days", .unit = "days"},                        \
               {"allow_permanent_delete", AZB_BOOL, .xml = prefix "AllowPermanentDelete"})
#define METRICS_FIELDS(prefix)                                                                 \
    AZB_FIELDS({"version", AZB_STR, .xml = prefix "Version"},                                  \
               {"enabled", AZB_BOOL, .xml = prefix "Enabled"},                                 \
               {"include_apis", AZB_BOOL, .xml = prefix "IncludeAPIs"},                        \
               {"retention_policy", AZB_MODEL, .fields = RETENTION_FIELDS(prefix "RetentionPolicy/")})

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
        .method = "service.get_service_properties",
        .doc = "The account's settings: logging, metrics, CORS, soft delete, static website.",
        .follows = "Get Blob Service Properties",
        .verb = "GET", .path = "/", .query = "restype=service&comp=properties",
        .params = AZB_PARAMS({NULL}),
        .success = {200}, .root = "StorageServiceProperties",
        .results = AZB_FIELDS(
            {"analytics_logging", AZB_MODEL, .fields = AZB_FIELDS(
                {"version", AZB_STR, .xml = "Logging/Version"},
                {"delete", AZB_BOOL, .xml = "Logging/Delete"},
                {"read", AZB_BOOL, .xml = "Logging/Read"},
                {"write", AZB_BOOL, .xml = "Logging/Write"},
                {"retention_policy", AZB_MODEL, .fields = RETENTION_FIELDS("Logging/RetentionPolicy/")})},
            {"hour_metrics", AZB_MODEL, .fields = METRICS_FIELDS("HourMetrics/")},
            {"minute_metrics", AZB_MODEL, .fields = METRICS_FIELDS("MinuteMetrics/")},
            {"cors", AZB_LIST, .xml = "Cors/CorsRule", .fields = AZB_FIELDS(
                {"allowed_origins", AZB_STR, .xml = "AllowedOrigins", .doc = "comma between"},
                {"allowed_methods", AZB_STR, .xml = "AllowedMethods", .doc = "comma between"},
                {"allowed_headers", AZB_STR, .xml = "AllowedHeaders", .doc = "comma between"},
                {"exposed_headers", AZB_STR, .xml = "ExposedHeaders", .doc = "comma between"},
                {"max_age_in_seconds", AZB_INT, .xml = "MaxAgeInSeconds", .unit = "seconds"})},
            {"target_version", AZB_STR, .xml = "DefaultServiceVersion"},
            {"delete_retention_policy", AZB_MODEL, .fields = RETENTION_FIELDS("DeleteRetentionPolicy/")},
            {"static_website", AZB_MODEL, .fields = AZB_FIELDS(
                {"enabled", AZB_BOOL, .xml = "StaticWebsite/Enabled"},
                {"index_document", AZB_STR, .xml = "StaticWebsite/IndexDocument"},
                {"error_document404_path", AZB_STR, .xml = "StaticWebsite/ErrorDocument404Path"},
                {"default_index_document_path", AZB_STR, .xml = "StaticWebsite/DefaultIndexDocumentPath"})},
            COMMON_RESULTS),
        .access = AZB_ACCESS_ADMIN, .retry = AZB_RETRY_READ,
    },
    {
        .method = "service.set_service_properties",
        .doc = "Change settings of the account; those left out stay as they are.",
        .follows = "Set Blob Service Properties",
        .verb = "PUT", .path = "/", .query = "restype=service&comp=properties",
        .body = "StorageServiceProperties", .needs_body = true,
        .params = AZB_PARAMS(
            {"analytics_logging", AZB_MODEL, AZB_IN_BODY, "Logging", .fields = AZB_PARAMS(
                SETTINGS_VERSION_PARAM,
                SWITCH_PARAM("delete", "Delete", "log deletes"),
                SWITCH_PARAM("read", "Read", "log reads"),
                SWITCH_PARAM("write", "Write", "log writes"),
                RETENTION_PARAM),
             .doc = "what is logged"},
            {"hour_metrics", AZB_MODEL, AZB_IN_BODY, "HourMetrics", .fields = METRICS_PARAMS, .doc = "statistics by the hour"},
            {"minute_metrics", AZB_MODEL, AZB_IN_BODY, "MinuteMetrics", .fields = METRICS_PARAMS, .doc = "statistics by the minute"},
            {"cors", AZB_LIST, AZB_IN_BODY, "Cors/CorsRule", .max_items = 5, .fields = AZB_PARAMS(
                {"allowed_origins", AZB_STR_LIST, AZB_IN_BODY, "AllowedOrigins", .required = true, .doc = "sites, or *"},
                {"allowed_methods", AZB_STR_LIST, AZB_IN_BODY, "AllowedMethods", .required = true, .doc = "HTTP verbs"},
                {"allowed_headers", AZB_STR_LIST, AZB_IN_BODY, "AllowedHeaders", .preset = "", .doc = "that a request may have"},
                {"exposed_headers", AZB_STR_LIST, AZB_IN_BODY, "ExposedHeaders", .preset = "", .doc = "of an answer, that a page may see"},
                {"max_age_in_seconds", AZB_INT, AZB_IN_BODY, "MaxAgeInSeconds", .preset = "0", .min = 0, .max = INT32_MAX,
                 .unit = "seconds", .doc = "how long a browser may keep the answer"}),
             .doc = "which other sites' pages may call; an empty list: none"},
            {"target_version", AZB_STR, AZB_IN_BODY, "DefaultServiceVersion", .max_bytes = 16,
             .doc = "service version for requests that name none"},
            {"delete_retention_policy", AZB_MODEL, AZB_IN_BODY, "DeleteRetentionPolicy", .fields = RETENTION_PARAMS,
             .doc = "soft delete of blobs"},
            {"static_website", AZB_MODEL, AZB_IN_BODY, "StaticWebsite", .fields = AZB_PARAMS(
                SWITCH_PARAM("enabled", "Enabled", "serve $web"),
                {"index_document", AZB_STR, AZB_IN_BODY, "IndexDocument", .max_bytes = 1024, .doc = "name of the page in each folder"},
                {"error_document404_path", AZB_STR, AZB_IN_BODY, "ErrorDocument404Path", .max_bytes = 1024, .doc = "page for what is not there"},
                {"default_index_document_path", AZB_STR, AZB_IN_BODY, "DefaultIndexDocumentPath", .max_bytes = 1024,
                 .doc = "the one page for every folder, in place of index_document"}),
             .doc = "the account as a web site"}),
        .success = {202},
        .results = AZB_FIELDS(COMMON_RESULTS),
        .access = AZB_ACCESS_ADMIN, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "service.get_service_stats",
        .doc = "How far the secondary host is behind; asked there, whatever use_location says.",
        .follows = "Get Blob Service Stats",
        .verb = "GET", .path = "/", .query = "restype=service&comp=stats",
        .on_secondary = true,
        .params = AZB_PARAMS({NULL}),
        .success = {200}, .root = "StorageServiceStats",
        .results = AZB_FIELDS(
            {"geo_replication", AZB_MODEL, .fields = AZB_FIELDS(
                {"status", AZB_STR, .xml = "GeoReplication/Status", .doc = "live, bootstrap or unavailable"},
                {"last_sync_time", AZB_TIME, .xml = "GeoReplication/LastSyncTime", .doc = "writes before it can be read there"})},
            COMMON_RESULTS),
        .access = AZB_ACCESS_READ, .retry = AZB_RETRY_READ,
    },
    {
        .method = "service.get_user_delegation_key",
        .doc = "A key to sign SAS tokens with in the name of an Entra user; needs a bearer token.",
        .follows = "Get User Delegation Key",
        .verb = "POST", .path = "/", .query = "restype=service&comp=userdelegationkey",
        .body = "KeyInfo",
        .params = AZB_PARAMS(
            {"key_start_time", AZB_TIME, AZB_IN_BODY, "Start", .required = true, .doc = "valid from"},
            {"key_expiry_time", AZB_TIME, AZB_IN_BODY, "Expiry", .required = true, .doc = "valid until, at most 7 days later"},
            {"delegated_user_tid", AZB_STR, AZB_IN_BODY, "DelegatedUserTid", .max_bytes = 64, .doc = "tenant of the user who gets the SAS"}),
        .success = {200}, .root = "UserDelegationKey",
        .results = AZB_FIELDS(
            {"signed_oid", AZB_STR, .xml = "SignedOid"},
            {"signed_tid", AZB_STR, .xml = "SignedTid"},
            {"signed_start", AZB_TIME, .xml = "SignedStart"},
            {"signed_expiry", AZB_TIME, .xml = "SignedExpiry"},
            {"signed_service", AZB_STR, .xml = "SignedService"},
            {"signed_version", AZB_STR, .xml = "SignedVersion"},
            {"signed_delegated_user_tid", AZB_STR, .xml = "SignedDelegatedUserTid"},
            {"value", AZB_STR, .xml = "Value", .doc = "the key, base64"},
            COMMON_RESULTS),
        .access = AZB_ACCESS_ADMIN, .retry = AZB_RETRY_SAFE,
    },
    {
        .method = "service.find_blobs_by_tags",
        .doc = "The account's blobs whose tags match: one page, or all of them as a stream.",
        .follows = "Find Blobs by Tags",
        .verb = "GET", .path = "/", .query = "comp=blobs",
        FIND_BY_TAGS(FILTER_PARAMS),
    },
    {
        .method = "service.undelete_container",
        .doc = "Bring back a soft-deleted container.",
        .follows = "Restore Container",
        .verb = "PUT", .path = "/{deleted_container_name}", .query = "restype=container&comp=undelete",
        .params = AZB_PARAMS(DELETED_PARAMS),
        .success = {201},
        .results = AZB_FIELDS({"name", AZB_STR, .param = "deleted_container_name"}, COMMON_RESULTS),
        .access = AZB_ACCESS_ADMIN, .retry = AZB_RETRY_SAFE,
        .forms = AZB_FORMS({
            .when = "new_name",
            .doc = "Bring back a soft-deleted container under another name.",
            .follows = "Restore Container",
            .verb = "PUT", .path = "/{new_name}", .query = "restype=container&comp=undelete",
            .params = AZB_PARAMS(
                DELETED_PARAMS,
                {"new_name", AZB_STR, AZB_IN_PATH, "new_name", .required = true, .max_bytes = 63, .doc = "its name from now on"}),
            .success = {201},
            .results = AZB_FIELDS({"name", AZB_STR, .param = "new_name"}, COMMON_RESULTS),
        }),
    },
    {
        .method = "service.rename_container",
        .doc = "Give a container another name, where the account supports that.",
        .like = "container.rename_container", .aliases = AZB_ALIASES({"name", "container"}),
    },
    {
        .method = "service.get_container_client",
        .doc = "The URL of a container. Nothing is asked of the service.",
        .verb = "GET", .path = "/{container}", .kind = AZB_KIND_URL,
        .params = AZB_PARAMS(CONTAINER_PARAM),
        .results = AZB_FIELDS(URL_RESULTS, {"container_name", AZB_STR, .param = "container"}),
    },
    {
        .method = "service.get_blob_client",
        .doc = "The URL of a blob, a snapshot or a version. Nothing is asked of the service.",
        .verb = "GET", .path = "/{container}/{blob}", .kind = AZB_KIND_URL,
        .params = AZB_PARAMS(CONTAINER_PARAM, BLOB_PARAM, SNAPSHOT_PARAM, VERSION_PARAM),
        .results = AZB_FIELDS(
            URL_RESULTS,
            {"container_name", AZB_STR, .param = "container"},
            {"blob_name", AZB_STR, .param = "blob"},
            {"snapshot", AZB_STR, .param = "snapshot"},
            {"version_id", AZB_STR, .param = "version_id"}),
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
        .like = "container.create_container", .aliases = AZB_ALIASES({"name", "container"}),
    },
    {
        .method = "service.delete_container",
        .doc = "Delete a container and all that is in it.",
        .like = "container.delete_container",
    },
    {NULL},
};
