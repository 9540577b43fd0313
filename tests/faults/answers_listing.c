/*
 * answers_listing.c: blobs in listings: every element that the service has been seen to put
 * there. Etag has no quotes in it, Content-CRC64 and OrMetadata are mostly empty, and what does
 * not apply to a blob is missing.
 */
/* clang-format off */
#include "tests/faults/answers.h"

#define LIST "GET /c?restype=container&comp=list"
#define PAGE(inside) \
    XML("", "<EnumerationResults ServiceEndpoint=\"https://acct.blob.core.windows.net/\" ContainerName=\"c\">" inside \
        "</EnumerationResults>")
#define BLOBS(inside) PAGE("<MaxResults>5000</MaxResults><Blobs>" inside "</Blobs><NextMarker />")
#define TIMES \
    "<Creation-Time>Thu, 09 May 2019 00:41:58 GMT</Creation-Time><Last-Modified>Thu, 09 May 2019 00:42:01 GMT</Last-Modified>" \
    "<Etag>0x8D1</Etag>"
#define PLAIN_CONTENT(size) \
    "<Content-Length>" size "</Content-Length><Content-Type>application/octet-stream</Content-Type><Content-Encoding />" \
    "<Content-Language /><Content-CRC64 />"
#define NO_MORE_CONTENT "<Cache-Control /><Content-Disposition />"
#define MD5 "<Content-MD5>XrY7u+Ae7tCTyyK7j1rNww==</Content-MD5>"
#define HOT "<AccessTier>Hot</AccessTier><AccessTierInferred>true</AccessTierInferred>"
#define FREE "<LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>"
#define ENCRYPTED "<ServerEncrypted>true</ServerEncrypted>"
#define BLOCK_BLOB TIMES PLAIN_CONTENT("11") MD5 NO_MORE_CONTENT "<BlobType>BlockBlob</BlobType>" HOT
#define PLAIN "<Properties>" BLOCK_BLOB FREE ENCRYPTED "</Properties>"
#define BLOB(name, more) "<Blob><Name>" name "</Name>" more "</Blob>"

#define IS_CONTENT \
    "last_modified: '2019-05-09T00:42:01Z', etag: '0x8D1', size: 11, server_encrypted: true, " \
    "content_settings: {content_type: 'application/octet-stream', content_md5: <5eb63bbbe01eeed093cb22bb8f5acdc3>}"
#define IS_FREE "lease: {status: 'unlocked', state: 'available'}"
#define IS_PLAIN \
    "blob_type: 'BlockBlob', " IS_CONTENT ", " IS_FREE ", blob_tier: 'Hot', blob_tier_inferred: true, " \
    "creation_time: '2019-05-09T00:41:58Z'"

const struct answer answers_listing[] = {
    {"a snapshot and its blob", "container.list_blobs", "{'container':'c','include':['snapshots']}",
     {{LIST "&include=snapshots",
       BLOBS(BLOB("dir/b", "<Snapshot>2021-03-01T03:40:31.9939406Z</Snapshot><Properties>" BLOCK_BLOB ENCRYPTED
                  "</Properties><OrMetadata />")
             BLOB("dir/b", PLAIN "<OrMetadata />"))}},
     "{items: [{name: 'dir/b', snapshot: '2021-03-01T03:40:31.9939406Z', blob_type: 'BlockBlob', " IS_CONTENT ", "
     "blob_tier: 'Hot', blob_tier_inferred: true, creation_time: '2019-05-09T00:41:58Z'}, {name: 'dir/b', " IS_PLAIN
     "}]}"},
    {"metadata and tags", "container.list_blobs", "{'container':'c','include':['metadata','tags']}",
     {{LIST "&include=metadata%2Ctags",
       BLOBS(BLOB("b", "<Properties>" BLOCK_BLOB FREE ENCRYPTED "<TagCount>2</TagCount></Properties>"
                  "<Metadata><number>1</number><Name>bob</Name></Metadata>"
                  "<Tags><TagSet><Tag><Key>category</Key><Value>test</Value></Tag><Tag><Key>date</Key><Value>2020-01-01</Value>"
                  "</Tag></TagSet></Tags><OrMetadata />")
             BLOB("d", PLAIN "<Metadata /><OrMetadata />"))}},
     "{items: [{name: 'b', blob_type: 'BlockBlob', metadata: {number: '1', Name: 'bob'}, " IS_CONTENT ", " IS_FREE ", "
     "blob_tier: 'Hot', blob_tier_inferred: true, creation_time: '2019-05-09T00:41:58Z', tag_count: 2, tags: {"
     "category: 'test', date: '2020-01-01'}}, {name: 'd', " IS_PLAIN "}]}"},
    {"a page with a token, of names with a prefix", "container.list_blobs",
     "{'container':'c','name_starts_with':'d','results_per_page':1,'continuation_token':'2!96!MDAw'}",
     {{LIST "&prefix=d&marker=2%2196%21MDAw&maxresults=1",
       PAGE("<Prefix>d</Prefix><Marker>2!96!MDAw</Marker><MaxResults>1</MaxResults><Blobs>" BLOB("d1", PLAIN "<OrMetadata />")
            "</Blobs><NextMarker>2!96!MDAx</NextMarker>")}},
     "{items: [{name: 'd1', " IS_PLAIN "}], continuation_token: '2!96!MDAx'}"},
    {"nothing", "container.list_blobs", "{'container':'c'}",
     {{LIST, PAGE("<MaxResults>5000</MaxResults><Blobs /><NextMarker />")}},
     "{items: []}"},
    /* deleted: no lease state, and an empty status or none */
    {"deleted blobs and snapshots", "container.list_blobs", "{'container':'c','include':['snapshots','deleted']}",
     {{LIST "&include=snapshots%2Cdeleted",
       BLOBS(BLOB("b", "<Snapshot>2019-05-09T00:54:22.2341366Z</Snapshot><Deleted>true</Deleted><Properties>" TIMES
                  PLAIN_CONTENT("11") MD5 NO_MORE_CONTENT "<BlobType>BlockBlob</BlobType>" ENCRYPTED
                  "<DeletedTime>Thu, 09 May 2019 00:54:22 GMT</DeletedTime><RemainingRetentionDays>1</RemainingRetentionDays>"
                  "<TagCount>0</TagCount></Properties>")
             BLOB("b", "<Deleted>true</Deleted><Properties>" BLOCK_BLOB "<LeaseStatus />" ENCRYPTED
                  "<DeletedTime>Thu, 09 May 2019 00:54:23 GMT</DeletedTime><RemainingRetentionDays>2</RemainingRetentionDays>"
                  "</Properties>"))}},
     "{items: [{name: 'b', snapshot: '2019-05-09T00:54:22.2341366Z', blob_type: 'BlockBlob', " IS_CONTENT ", "
     "deleted: true, deleted_time: '2019-05-09T00:54:22Z', remaining_retention_days: 1, "
     "creation_time: '2019-05-09T00:41:58Z', tag_count: 0}, {name: 'b', blob_type: 'BlockBlob', " IS_CONTENT ", "
     "blob_tier: 'Hot', blob_tier_inferred: true, deleted: true, deleted_time: '2019-05-09T00:54:23Z', "
     "remaining_retention_days: 2, creation_time: '2019-05-09T00:41:58Z'}]}"},
    {"a blob of which only uncommitted blocks are there", "container.list_blobs",
     "{'container':'c','include':['uncommittedblobs']}",
     {{LIST "&include=uncommittedblobs",
       BLOBS(BLOB("b", "<Properties><Content-Length>0</Content-Length><BlobType>BlockBlob</BlobType>" HOT FREE
                  "<ServerEncrypted>false</ServerEncrypted></Properties>"))}},
     "{items: [{name: 'b', blob_type: 'BlockBlob', size: 0, server_encrypted: false, " IS_FREE ", blob_tier: 'Hot', "
     "blob_tier_inferred: true}]}"},
    {"versions, of one blob that is sealed and of one that is gone", "container.list_blobs",
     "{'container':'c','include':['versions','deletedwithversions']}",
     {{LIST "&include=versions%2Cdeletedwithversions",
       BLOBS(BLOB("a", "<VersionId>2022-11-30T22:26:49.7317337Z</VersionId><IsCurrentVersion>true</IsCurrentVersion><Properties>"
                  TIMES PLAIN_CONTENT("100") "<Content-MD5 />" NO_MORE_CONTENT "<BlobType>AppendBlob</BlobType>" FREE ENCRYPTED
                  "<EncryptionScope>scope1</EncryptionScope><Sealed>true</Sealed></Properties><OrMetadata />")
             BLOB("b", "<HasVersionsOnly>true</HasVersionsOnly>" PLAIN "<OrMetadata />"))}},
     "{items: [{name: 'a', version_id: '2022-11-30T22:26:49.7317337Z', is_current_version: true, "
     "blob_type: 'AppendBlob', last_modified: '2019-05-09T00:42:01Z', etag: '0x8D1', size: 100, "
     "is_append_blob_sealed: true, server_encrypted: true, content_settings: {"
     "content_type: 'application/octet-stream'}, " IS_FREE ", creation_time: '2019-05-09T00:41:58Z', "
     "encryption_scope: 'scope1'}, {name: 'b', " IS_PLAIN ", has_versions_only: true}]}"},
    {"a copied page blob with all content settings", "container.list_blobs", "{'container':'c','include':['copy']}",
     {{LIST "&include=copy",
       BLOBS(BLOB("b", "<Properties>" TIMES "<Content-Length>1024</Content-Length><Content-Type>application/x-binary</Content-Type>"
                  "<Content-Encoding>identity</Content-Encoding><Content-Language>en-US</Content-Language>"
                  "<Content-CRC64>n+cZD5pSOz0=</Content-CRC64><Content-MD5 /><Cache-Control>no-cache</Cache-Control>"
                  "<Content-Disposition>attachment</Content-Disposition><x-ms-blob-sequence-number>7</x-ms-blob-sequence-number>"
                  "<BlobType>PageBlob</BlobType><AccessTier>P30</AccessTier>" FREE "<CopyId>509c585e</CopyId>"
                  "<CopySource>https://acct.blob.core.windows.net/c/a?snapshot=2022&amp;sr=c</CopySource><CopyStatus>success</CopyStatus>"
                  "<CopyProgress>1024/1024</CopyProgress><CopyCompletionTime>Wed, 30 Nov 2022 22:41:10 GMT</CopyCompletionTime>"
                  "<IncrementalCopy>true</IncrementalCopy><CopyDestinationSnapshot>2022-11-30T22:41:10.8715176Z"
                  "</CopyDestinationSnapshot>" ENCRYPTED "</Properties><OrMetadata />"))}},
     "{items: [{name: 'b', blob_type: 'PageBlob', last_modified: '2019-05-09T00:42:01Z', etag: '0x8D1', size: 1024, "
     "page_blob_sequence_number: 7, server_encrypted: true, copy: {id: '509c585e', "
     "source: 'https://acct.blob.core.windows.net/c/a?snapshot=2022&sr=c', status: 'success', progress: '1024/1024', "
     "completion_time: '2022-11-30T22:41:10Z', incremental_copy: true, "
     "destination_snapshot: '2022-11-30T22:41:10.8715176Z'}, content_settings: {content_type: 'application/x-binary', "
     "content_encoding: 'identity', content_language: 'en-US', content_disposition: 'attachment', "
     "cache_control: 'no-cache'}, content_crc64: <9fe7190f9a523b3d>, " IS_FREE ", blob_tier: 'P30', "
     "creation_time: '2019-05-09T00:41:58Z'}]}"},
    {"archived blobs on their way back, and one that is leased and was read", "container.list_blobs", "{'container':'c'}",
     {{LIST,
       BLOBS(BLOB("a", "<Properties>" TIMES PLAIN_CONTENT("11") MD5 NO_MORE_CONTENT "<BlobType>BlockBlob</BlobType>"
                  "<AccessTier>Archive</AccessTier><ArchiveStatus>rehydrate-pending-to-hot</ArchiveStatus>"
                  "<RehydratePriority>Standard</RehydratePriority><AccessTierChangeTime>Tue, 28 Jul 2020 22:14:15 GMT"
                  "</AccessTierChangeTime>" FREE ENCRYPTED "</Properties><OrMetadata />")
             BLOB("b", "<Properties>" TIMES PLAIN_CONTENT("11") MD5 NO_MORE_CONTENT
                  "<LastAccessTime>Mon, 28 Sep 2020 14:59:47 GMT</LastAccessTime><BlobType>BlockBlob</BlobType>" HOT
                  "<LeaseStatus>locked</LeaseStatus><LeaseState>leased</LeaseState><LeaseDuration>infinite</LeaseDuration>"
                  ENCRYPTED "</Properties><OrMetadata />"))}},
     "{items: [{name: 'a', blob_type: 'BlockBlob', " IS_CONTENT ", " IS_FREE ", blob_tier: 'Archive', "
     "rehydrate_priority: 'Standard', blob_tier_change_time: '2020-07-28T22:14:15Z', "
     "creation_time: '2019-05-09T00:41:58Z', archive_status: 'rehydrate-pending-to-hot'}, {name: 'b', "
     "blob_type: 'BlockBlob', " IS_CONTENT ", lease: {status: 'locked', state: 'leased', duration: 'infinite'}, "
     "blob_tier: 'Hot', blob_tier_inferred: true, creation_time: '2019-05-09T00:41:58Z', "
     "last_accessed_on: '2020-09-28T14:59:47Z'}]}"},
    {"what is kept from change, and where it was replicated to", "container.list_blobs",
     "{'container':'c','include':['immutabilitypolicy','legalhold']}",
     {{LIST "&include=immutabilitypolicy%2Clegalhold",
       BLOBS(BLOB("b", "<Properties>" BLOCK_BLOB FREE ENCRYPTED
                  "<ImmutabilityPolicyUntilDate>Wed, 02 Jun 2021 21:21:05 GMT</ImmutabilityPolicyUntilDate>"
                  "<ImmutabilityPolicyMode>unlocked</ImmutabilityPolicyMode><LegalHold>true</LegalHold></Properties>"
                  "<OrMetadata><or-fd2da1b9_105f9aad>complete</or-fd2da1b9_105f9aad></OrMetadata>"))}},
     "{items: [{name: 'b', " IS_PLAIN ", object_replication_source_properties: [{policy_id: 'fd2da1b9', rules: [{"
     "rule_id: '105f9aad', status: 'complete'}]}], immutability_policy: {expiry_time: '2021-06-02T21:21:05Z', "
     "policy_mode: 'unlocked'}, has_legal_hold: true}]}"},
    /* names that no XML can hold come percent-encoded, with the slash too, and an attribute says so */
    {"names of all kinds", "container.list_blobs", "{'container':'c'}",
     {{LIST,
       BLOBS("<Blob><Name Encoded=\"true\">aaaaa%EF%BF%BFbbb%2Fccc</Name>" PLAIN "<OrMetadata /></Blob>"
             BLOB("a b / !@#$%^&amp;*(?/&lt;&gt;,.;:\"[]{}|`~) def\xe6\xb5\x8b", PLAIN "<OrMetadata />"))}},
     "{items: [{name: 'aaaaa￿bbb/ccc', " IS_PLAIN "}, {name: 'a b / !@#$%^&*(?/<>,.;:\"[]{}|`~) def测', " IS_PLAIN "}]}"},
    {"only their names", "container.list_blob_names", "{'container':'c'}",
     {{LIST,
       BLOBS("<Blob><Name Encoded=\"true\">aaaaa%EF%BF%BFbbb%2Fccc</Name>" PLAIN "<OrMetadata /></Blob>"
             BLOB("b &amp; c", PLAIN "<OrMetadata />"))}},
     "{items: ['aaaaa￿bbb/ccc', 'b & c']}"},
    {"one level", "container.walk_blobs", "{'container':'c'}",
     {{LIST "&delimiter=%2F",
       PAGE("<Delimiter>/</Delimiter><Blobs><BlobPrefix><Name>a b c /</Name></BlobPrefix>"
            "<BlobPrefix><Name Encoded=\"true\">aaaaa%EF%BF%BFbbb%2F</Name></BlobPrefix>" BLOB("b", PLAIN "<OrMetadata />")
            "</Blobs><NextMarker />")}},
     "{items: [{name: 'a b c /', prefix: 'a b c /'}, {name: 'aaaaa￿bbb/', prefix: 'aaaaa￿bbb/'}, {name: 'b', " IS_PLAIN
     "}]}"},
    {0},
};
