/*
 * answers_service.c: answers of the account, and of the containers as the service client has
 * them.
 */
/* clang-format off */
#include "tests/faults/answers.h"

#define OFF(name) \
    "<" name "><Version>1.0</Version><Enabled>false</Enabled>" \
    "<RetentionPolicy><Enabled>false</Enabled></RetentionPolicy></" name ">"
#define FIVE_DAYS(name) \
    "<" name "><Version>1.0</Version><Enabled>true</Enabled><IncludeAPIs>true</IncludeAPIs>" \
    "<RetentionPolicy><Enabled>true</Enabled><Days>5</Days></RetentionPolicy></" name ">"
#define ENUMERATION "<EnumerationResults ServiceEndpoint=\"https://acct.blob.core.windows.net/\">"
#define PRIVATE \
    "<DefaultEncryptionScope>$account-encryption-key</DefaultEncryptionScope>" \
    "<DenyEncryptionScopeOverride>false</DenyEncryptionScopeOverride>" \
    "<HasImmutabilityPolicy>false</HasImmutabilityPolicy><HasLegalHold>false</HasLegalHold>"
#define FOUND(name, tags) \
    "<Blob><Name>" name "</Name><ContainerName>c1</ContainerName>" tags "</Blob>"
#define TAG(key, value) "<Tag><Key>" key "</Key><Value>" value "</Value></Tag>"

const struct answer answers_service[] = {
    {"kind of account, to a HEAD or GET without a body", "service.get_account_information", "{}",
     {{"GET /?restype=account&comp=properties",
       BARE(200, "\nx-ms-sku-name: Standard_RAGRS\nx-ms-account-kind: StorageV2")}},
     "{sku_name: 'Standard_RAGRS', account_kind: 'StorageV2', " COMMON "}"},
    {"and what newer versions add", "container.get_account_information", "{'container':'c'}",
     {{"GET /c?restype=account&comp=properties",
       BARE(200, "\nx-ms-sku-name: Premium_LRS\nx-ms-account-kind: BlockBlobStorage\nx-ms-is-hns-enabled: true")}},
     "{sku_name: 'Premium_LRS', account_kind: 'BlockBlobStorage', is_hns_enabled: true, " COMMON "}"},
    {"asked at a blob", "blob.get_account_information", "{" CB "}",
     {{"GET /c/b?restype=account&comp=properties",
       BARE(200, "\nx-ms-sku-name: Standard_LRS\nx-ms-account-kind: Storage\nx-ms-is-hns-enabled: false")}},
     "{sku_name: 'Standard_LRS', account_kind: 'Storage', is_hns_enabled: false, " COMMON "}"},

    {"settings: everything off", "service.get_service_properties", "{}",
     {{"GET /?restype=service&comp=properties",
       XML("", "<StorageServiceProperties><Logging><Version>1.0</Version><Read>false</Read><Write>false</Write>"
           "<Delete>false</Delete><RetentionPolicy><Enabled>false</Enabled></RetentionPolicy></Logging>"
           OFF("HourMetrics") OFF("MinuteMetrics") "<Cors />"
           "<DeleteRetentionPolicy><Enabled>false</Enabled><AllowPermanentDelete>false</AllowPermanentDelete>"
           "</DeleteRetentionPolicy><StaticWebsite><Enabled>false</Enabled></StaticWebsite>"
           "</StorageServiceProperties>")}},
     "{analytics_logging: {version: '1.0', delete: false, read: false, write: false, retention_policy: {"
     "enabled: false}}, hour_metrics: {version: '1.0', enabled: false, retention_policy: {enabled: false}}, "
     "minute_metrics: {version: '1.0', enabled: false, retention_policy: {enabled: false}}, cors: [], "
     "delete_retention_policy: {enabled: false, allow_permanent_delete: false}, static_website: {enabled: false}, " COMMON
     "}"},
    /* with CORS rules set, a read without an Origin has CORS headers all the same */
    {"settings: everything on", "service.get_service_properties", "{}",
     {{"GET /?restype=service&comp=properties",
       XML("\nAccess-Control-Allow-Origin: *\nAccess-Control-Expose-Headers: x-ms-request-id,Server",
           "<StorageServiceProperties><Logging><Version>1.0</Version><Read>true</Read><Write>true</Write>"
           "<Delete>true</Delete><RetentionPolicy><Enabled>true</Enabled><Days>5</Days></RetentionPolicy></Logging>"
           FIVE_DAYS("HourMetrics") FIVE_DAYS("MinuteMetrics")
           "<Cors><CorsRule><AllowedMethods>GET</AllowedMethods><AllowedOrigins>www.a.example</AllowedOrigins>"
           "<AllowedHeaders /><ExposedHeaders /><MaxAgeInSeconds>0</MaxAgeInSeconds></CorsRule>"
           "<CorsRule><AllowedMethods>GET,PUT</AllowedMethods><AllowedOrigins>www.a.example,www.b.example</AllowedOrigins>"
           "<AllowedHeaders>x-ms-meta-data*</AllowedHeaders><ExposedHeaders>x-ms-meta-source*</ExposedHeaders>"
           "<MaxAgeInSeconds>500</MaxAgeInSeconds></CorsRule></Cors>"
           "<DeleteRetentionPolicy><Enabled>true</Enabled><Days>7</Days><AllowPermanentDelete>false</AllowPermanentDelete>"
           "</DeleteRetentionPolicy><StaticWebsite><Enabled>true</Enabled><IndexDocument>index.html</IndexDocument>"
           "<ErrorDocument404Path>errors/404.html</ErrorDocument404Path></StaticWebsite>"
           "<DefaultServiceVersion>2014-02-14</DefaultServiceVersion></StorageServiceProperties>")}},
     "{analytics_logging: {version: '1.0', delete: true, read: true, write: true, retention_policy: {enabled: true, "
     "days: 5}}, hour_metrics: {version: '1.0', enabled: true, include_apis: true, retention_policy: {enabled: true, "
     "days: 5}}, minute_metrics: {version: '1.0', enabled: true, include_apis: true, retention_policy: {"
     "enabled: true, days: 5}}, cors: [{allowed_origins: 'www.a.example', allowed_methods: 'GET', "
     "max_age_in_seconds: 0}, {allowed_origins: 'www.a.example,www.b.example', allowed_methods: 'GET,PUT', "
     "allowed_headers: 'x-ms-meta-data*', exposed_headers: 'x-ms-meta-source*', max_age_in_seconds: 500}], "
     "target_version: '2014-02-14', delete_retention_policy: {enabled: true, days: 7, allow_permanent_delete: false}, "
     "static_website: {enabled: true, index_document: 'index.html', error_document404_path: 'errors/404.html'}, " COMMON
     "}"},
    {"settings are taken", "service.set_service_properties", "{'target_version':'2014-02-14'}",
     {{"PUT /?restype=service&comp=properties", BARE(202, "")}},
     "{" COMMON "}"},
    {"a delegation key", "service.get_user_delegation_key", "{'key_start_time':0,'key_expiry_time':1}",
     {{"POST /?restype=service&comp=userdelegationkey",
       XML("", "<UserDelegationKey><SignedOid>00000000-0000-0000-0000-00000000000a</SignedOid>"
           "<SignedTid>00000000-0000-0000-0000-00000000000b</SignedTid><SignedStart>2025-07-02T09:53:52Z</SignedStart>"
           "<SignedExpiry>2025-07-02T10:53:00.0000000Z</SignedExpiry><SignedService>b</SignedService>"
           "<SignedVersion>2021-12-02</SignedVersion><Value>aW52ZW50ZWQ=</Value></UserDelegationKey>")}},
     "{signed_oid: '00000000-0000-0000-0000-00000000000a', signed_tid: '00000000-0000-0000-0000-00000000000b', "
     "signed_start: '2025-07-02T09:53:52Z', signed_expiry: '2025-07-02T10:53:00Z', signed_service: 'b', "
     "signed_version: '2021-12-02', value: 'aW52ZW50ZWQ=', " COMMON "}"},

    {"blobs by tags: an old version names no tags, but the value of one", "service.find_blobs_by_tags",
     "{'filter_expression':'k=1'}",
     {{"GET /?comp=blobs&where=k%3D1",
       XML("", "\n" ENUMERATION "<Where>k=&apos;1&apos;</Where><Blobs>" FOUND("n1", "<TagValue>1</TagValue>")
           "</Blobs><NextMarker/></EnumerationResults>")}},
     "{items: [{name: 'n1', container_name: 'c1'}]}"},
    {"blobs by tags: a page", "service.find_blobs_by_tags", "{'filter_expression':'k=1','results_per_page':2}",
     {{"GET /?comp=blobs&where=k%3D1&maxresults=2",
       XML("", "\n" ENUMERATION "<Where>k=&apos;1&apos; and l&gt;=&apos;2&apos;</Where><MaxResults>2</MaxResults><Blobs>"
           FOUND("n1", "<Tags><TagSet>" TAG("k", "1") TAG("l", "2") "</TagSet></Tags>")
           FOUND("n2", "<VersionId>2021-12-16T22:04:19.6042269Z</VersionId><IsCurrentVersion>true</IsCurrentVersion>"
                 "<Tags><TagSet>" TAG("k", "1") "</TagSet></Tags>")
           "</Blobs><NextMarker>2!244!MDAw</NextMarker></EnumerationResults>")}},
     "{items: [{name: 'n1', container_name: 'c1', tags: {k: '1', l: '2'}}, {name: 'n2', container_name: 'c1', "
     "version_id: '2021-12-16T22:04:19.6042269Z', is_current_version: true, tags: {k: '1'}}], "
     "continuation_token: '2!244!MDAw'}"},
    {"blobs by tags in a container: none", "container.find_blobs_by_tags", "{'container':'c1','filter_expression':'k=1'}",
     {{"GET /c1?restype=container&comp=blobs&where=k%3D1",
       XML("", "\n" ENUMERATION "<Where>k=&apos;1&apos;</Where><Blobs/><NextMarker/></EnumerationResults>")}},
     "{items: []}"},

    {"containers", "service.list_containers", "{'include_metadata':true}",
     {{"GET /?comp=list&include=metadata",
       XML("", ENUMERATION "<MaxResults>5000</MaxResults><Containers>"
           "<Container><Name>$web</Name><Properties><Last-Modified>Fri, 15 Feb 2019 23:52:30 GMT</Last-Modified>"
           /* quoted here, unlike that of a blob in a listing */
           "<Etag>\"0x8D6\"</Etag><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>"
           "<HasImmutabilityPolicy>false</HasImmutabilityPolicy><HasLegalHold>false</HasLegalHold></Properties></Container>"
           "<Container><Name>c1</Name><Properties><Last-Modified>Thu, 09 May 2019 00:53:46 GMT</Last-Modified>"
           "<Etag>\"0x8D7\"</Etag><LeaseStatus>locked</LeaseStatus><LeaseState>leased</LeaseState>"
           "<LeaseDuration>infinite</LeaseDuration><PublicAccess>blob</PublicAccess>" PRIVATE
           "<ImmutableStorageWithVersioningEnabled>false</ImmutableStorageWithVersioningEnabled></Properties>"
           "<Metadata><test>1</test><Hello>world</Hello></Metadata></Container>"
           "</Containers><NextMarker>/acct/c2</NextMarker></EnumerationResults>")}},
     "{items: [{name: '$web', last_modified: '2019-02-15T23:52:30Z', etag: '\"0x8D6\"', lease: {status: 'unlocked', "
     "state: 'available'}, has_immutability_policy: false, has_legal_hold: false}, {name: 'c1', "
     "last_modified: '2019-05-09T00:53:46Z', etag: '\"0x8D7\"', lease: {status: 'locked', state: 'leased', "
     "duration: 'infinite'}, public_access: 'blob', has_immutability_policy: false, has_legal_hold: false, "
     "immutable_storage_with_versioning_enabled: false, metadata: {test: '1', Hello: 'world'}, encryption_scope: {"
     "default_encryption_scope: '$account-encryption-key', prevent_encryption_scope_override: false}}], "
     "continuation_token: '/acct/c2'}"},
    {"deleted containers, one of them while leased", "service.list_containers",
     "{'include_deleted':true,'name_starts_with':'c'}",
     {{"GET /?comp=list&prefix=c&include=deleted",
       XML("", ENUMERATION "<Prefix>c</Prefix><Containers>"
           "<Container><Name>c1</Name><Deleted>true</Deleted><Version>01D9050CD6230BB7</Version><Properties>"
           "<Last-Modified>Wed, 30 Nov 2022 22:41:07 GMT</Last-Modified><Etag>\"0x8D1\"</Etag>"
           "<LeaseStatus>unlocked</LeaseStatus><LeaseState>expired</LeaseState>" PRIVATE
           "<DeletedTime>Wed, 30 Nov 2022 22:41:08 GMT</DeletedTime><RemainingRetentionDays>7</RemainingRetentionDays>"
           "</Properties></Container>"
           "<Container><Name>c1</Name><Deleted>true</Deleted><Version>01D9050E0F66C3F0</Version><Properties>"
           "<Last-Modified>Wed, 30 Nov 2022 22:49:53 GMT</Last-Modified><Etag>\"0x8D2\"</Etag>"
           "<LeaseStatus>locked</LeaseStatus><LeaseState>leased</LeaseState><LeaseDuration>fixed</LeaseDuration>" PRIVATE
           "<DeletedTime>Wed, 30 Nov 2022 22:49:54 GMT</DeletedTime><RemainingRetentionDays>6</RemainingRetentionDays>"
           "</Properties></Container>"
           "</Containers><NextMarker /></EnumerationResults>")}},
     "{items: [{name: 'c1', last_modified: '2022-11-30T22:41:07Z', etag: '\"0x8D1\"', lease: {status: 'unlocked', "
     "state: 'expired'}, has_immutability_policy: false, has_legal_hold: false, encryption_scope: {"
     "default_encryption_scope: '$account-encryption-key', prevent_encryption_scope_override: false}, deleted: true, "
     "version: '01D9050CD6230BB7', deleted_time: '2022-11-30T22:41:08Z', remaining_retention_days: 7}, {name: 'c1', "
     "last_modified: '2022-11-30T22:49:53Z', etag: '\"0x8D2\"', lease: {status: 'locked', state: 'leased', "
     "duration: 'fixed'}, has_immutability_policy: false, has_legal_hold: false, encryption_scope: {"
     "default_encryption_scope: '$account-encryption-key', prevent_encryption_scope_override: false}, deleted: true, "
     "version: '01D9050E0F66C3F0', deleted_time: '2022-11-30T22:49:54Z', remaining_retention_days: 6}]}"},
    {"no containers", "service.list_containers", "{}",
     {{"GET /?comp=list",
       XML("", ENUMERATION "<MaxResults>5000</MaxResults><Containers /><NextMarker /></EnumerationResults>")}},
     "{items: []}"},
    {"a new container", "service.create_container", "{'name':'c'}",
     {{"PUT /c?restype=container", BARE(201, WRITTEN)}},
     "{" WAS_WRITTEN "}"},
    {"a deleted one", "service.delete_container", "{'container':'c'}",
     {{"DELETE /c?restype=container", BARE(202, "")}},
     "{" COMMON "}"},
    /* 201, where most changes of what is there already answer 200 */
    {"a restored one", "service.undelete_container",
     "{'deleted_container_name':'c','deleted_container_version':'01D70E5C0B0DC56C'}",
     {{"PUT /c?restype=container&comp=undelete", BARE(201, "")}},
     "{name: 'c', " COMMON "}"},
    {"a restored one under another name", "service.undelete_container",
     "{'deleted_container_name':'c','deleted_container_version':'01D70E5C0B0DC56C','new_name':'d'}",
     {{"PUT /d?restype=container&comp=undelete", BARE(201, "")}},
     "{name: 'd', " COMMON "}"},
    {"a renamed one", "service.rename_container", "{'name':'c','new_name':'d'}",
     {{"PUT /d?restype=container&comp=rename", BARE(200, "")}},
     "{name: 'd', " COMMON "}"},
    {0},
};
