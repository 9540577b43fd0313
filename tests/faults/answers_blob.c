/*
 * answers_blob.c: answers to reading a blob, and to changing what is around its content.
 */
/* clang-format off */
#include "tests/faults/answers.h"

#define BYTES "\nAccept-Ranges: bytes"
#define PLAIN_TYPE "\nContent-Type: application/octet-stream"
#define LOCK_FREE "\nx-ms-lease-state: available\nx-ms-lease-status: unlocked"
#define BORN "\nx-ms-creation-time: Thu, 09 May 2019 00:41:58 GMT\nx-ms-server-encrypted: true"
#define MD5 "XrY7u+Ae7tCTyyK7j1rNww=="
#define ALL_SETTINGS \
    "\nCache-Control: no-cache\nContent-Disposition: attachment\nContent-Encoding: identity\nContent-Language: en-US" \
    "\nContent-Type: application/x-binary"
#define STAMP "2021-12-16T22:04:19.6322135Z"
#define TAG(key, value) "<Tag><Key>" key "</Key><Value>" value "</Value></Tag>"
#define BLOCK(name, size) "<Block><Name>" name "</Name><Size>" size "</Size></Block>"
#define RANGE(kind, start, end) "<" kind "><Start>" start "</Start><End>" end "</End></" kind ">"
#define HEAD "HEAD /c/b"

#define IS_FREE "lease: {status: 'unlocked', state: 'available'}"
#define MD5_HEX "<5eb63bbbe01eeed093cb22bb8f5acdc3>"

const struct answer answers_blob[] = {
    {"a block blob", "blob.get_blob_properties", "{" CB "}",
     {{HEAD, BARE(200, WRITTEN BYTES BORN LOCK_FREE PLAIN_TYPE "\nContent-Length: 11\nContent-MD5: " MD5
                  "\nx-ms-blob-type: BlockBlob\nx-ms-access-tier: Hot\nx-ms-access-tier-inferred: true\nx-ms-tag-count: 2"
                  "\nx-ms-meta-a: b\nx-ms-last-access-time: Tue, 20 Oct 2020 04:57:19 GMT")}},
     "{name: 'b', container: 'c', blob_type: 'BlockBlob', metadata: {a: 'b'}, last_modified: '2019-05-09T00:42:01Z', "
     "etag: '\"0x8D1\"', server_encrypted: true, " IS_FREE ", blob_tier: 'Hot', blob_tier_inferred: true, "
     "creation_time: '2019-05-09T00:41:58Z', last_accessed_on: '2020-10-20T04:57:19Z', tag_count: 2, "
     "accept_ranges: 'bytes', size: 11, content_settings: {content_type: 'application/octet-stream', content_md5: "
     MD5_HEX "}, " COMMON "}"},
    {"a leased version with all settings, names in lower case", "blob.get_blob_properties",
     "{" CB ",'version_id':'" STAMP "'}",
     {{HEAD "?versionid=2021-12-16T22%3A04%3A19.6322135Z",
       BARE(200, "\naccept-ranges: bytes\ncache-control: no-cache\ncontent-disposition: attachment\ncontent-encoding: identity"
            "\ncontent-language: en-US\ncontent-length: 8388608\ncontent-md5: " MD5 "\ncontent-type: application/x-binary"
            "\netag: \"0x8D1\"\nlast-modified: Thu, 09 May 2019 00:42:01 GMT\nx-ms-access-tier: Cool"
            "\nx-ms-access-tier-change-time: Thu, 16 Dec 2021 22:04:20 GMT\nx-ms-blob-type: BlockBlob"
            "\nx-ms-creation-time: Thu, 09 May 2019 00:41:58 GMT\nx-ms-is-current-version: true\nx-ms-lease-duration: fixed"
            "\nx-ms-lease-state: leased\nx-ms-lease-status: locked\nx-ms-meta-key1: V1\nx-ms-meta-key2: Value2"
            "\nx-ms-server-encrypted: true\nx-ms-version-id: " STAMP)}},
     "{name: 'b', container: 'c', version_id: '2021-12-16T22:04:19.6322135Z', is_current_version: true, "
     "blob_type: 'BlockBlob', metadata: {key1: 'V1', key2: 'Value2'}, last_modified: '2019-05-09T00:42:01Z', "
     "etag: '\"0x8D1\"', server_encrypted: true, lease: {status: 'locked', state: 'leased', duration: 'fixed'}, "
     "blob_tier: 'Cool', blob_tier_change_time: '2021-12-16T22:04:20Z', creation_time: '2019-05-09T00:41:58Z', "
     "accept_ranges: 'bytes', size: 8388608, content_settings: {content_type: 'application/x-binary', "
     "content_encoding: 'identity', content_language: 'en-US', content_md5: " MD5_HEX ", "
     "content_disposition: 'attachment', cache_control: 'no-cache'}, " COMMON "}"},
    {"a sealed append blob that was copied, in an account with CORS rules", "blob.get_blob_properties", "{" CB "}",
     {{HEAD, BARE(200, WRITTEN BYTES BORN LOCK_FREE PLAIN_TYPE
                  "\nAccess-Control-Allow-Origin: *\nAccess-Control-Expose-Headers: x-ms-request-id,Server"
                  "\nContent-Length: 100\nx-ms-blob-committed-block-count: 1\nx-ms-blob-sealed: true\nx-ms-blob-type: AppendBlob"
                  "\nx-ms-copy-completion-time: Wed, 30 Nov 2022 22:26:50 GMT\nx-ms-copy-id: 2c170af1\nx-ms-copy-progress: 100/100"
                  "\nx-ms-copy-source: https://acct.blob.core.windows.net/c/a?se=2022\nx-ms-copy-status: success"
                  "\nx-ms-encryption-scope: scope1")}},
     "{name: 'b', container: 'c', blob_type: 'AppendBlob', last_modified: '2019-05-09T00:42:01Z', etag: '\"0x8D1\"', "
     "append_blob_committed_block_count: 1, is_append_blob_sealed: true, server_encrypted: true, copy: {"
     "id: '2c170af1', source: 'https://acct.blob.core.windows.net/c/a?se=2022', status: 'success', "
     "progress: '100/100', completion_time: '2022-11-30T22:26:50Z'}, " IS_FREE ", "
     "creation_time: '2019-05-09T00:41:58Z', encryption_scope: 'scope1', accept_ranges: 'bytes', size: 100, "
     "content_settings: {content_type: 'application/octet-stream'}, " COMMON "}"},
    {"a page blob, the target of incremental copies", "blob.get_blob_properties", "{" CB "}",
     {{HEAD, BARE(200, WRITTEN BYTES BORN LOCK_FREE ALL_SETTINGS "\nContent-Length: 1024\nx-ms-blob-sequence-number: 6"
                  "\nx-ms-blob-type: PageBlob\nx-ms-access-tier: P30\nx-ms-copy-id: 509c585e\nx-ms-copy-progress: 0/1024"
                  "\nx-ms-copy-source: https://acct.blob.core.windows.net/c/a?snapshot=2022\nx-ms-copy-status: pending"
                  "\nx-ms-incremental-copy: true\nx-ms-copy-destination-snapshot: 2022-11-30T22:41:10.8715176Z")}},
     "{name: 'b', container: 'c', blob_type: 'PageBlob', last_modified: '2019-05-09T00:42:01Z', etag: '\"0x8D1\"', "
     "page_blob_sequence_number: 6, server_encrypted: true, copy: {id: '509c585e', "
     "source: 'https://acct.blob.core.windows.net/c/a?snapshot=2022', status: 'pending', progress: '0/1024', "
     "incremental_copy: true, destination_snapshot: '2022-11-30T22:41:10.8715176Z'}, " IS_FREE ", blob_tier: 'P30', "
     "creation_time: '2019-05-09T00:41:58Z', accept_ranges: 'bytes', size: 1024, content_settings: {"
     "content_type: 'application/x-binary', content_encoding: 'identity', content_language: 'en-US', "
     "content_disposition: 'attachment', cache_control: 'no-cache'}, " COMMON "}"},
    {"an archived blob on its way back, with a policy, a legal hold, a key and replication", "blob.get_blob_properties",
     "{" CB "}",
     {{HEAD, BARE(200, WRITTEN BYTES BORN LOCK_FREE PLAIN_TYPE "\nContent-Length: 0\nx-ms-blob-type: BlockBlob"
                  "\nx-ms-access-tier: Archive\nx-ms-access-tier-change-time: Fri, 25 Oct 2019 18:42:43 GMT"
                  "\nx-ms-archive-status: rehydrate-pending-to-cool\nx-ms-rehydrate-priority: High"
                  "\nx-ms-immutability-policy-mode: unlocked\nx-ms-immutability-policy-until-date: Tue, 27 Jul 2021 04:24:31 GMT"
                  "\nx-ms-legal-hold: true\nx-ms-encryption-key-sha256: aW52ZW50ZWQ=\nx-ms-or-policy-id: fd2da1b9"
                  "\nx-ms-expiry-time: Sat, 19 Mar 2022 22:38:40 GMT")}},
     "{name: 'b', container: 'c', blob_type: 'BlockBlob', last_modified: '2019-05-09T00:42:01Z', etag: '\"0x8D1\"', "
     "server_encrypted: true, " IS_FREE ", blob_tier: 'Archive', rehydrate_priority: 'High', "
     "blob_tier_change_time: '2019-10-25T18:42:43Z', creation_time: '2019-05-09T00:41:58Z', "
     "archive_status: 'rehydrate-pending-to-cool', encryption_key_sha256: 'aW52ZW50ZWQ=', "
     "object_replication_destination_policy: 'fd2da1b9', immutability_policy: {expiry_time: '2021-07-27T04:24:31Z', "
     "policy_mode: 'unlocked'}, has_legal_hold: true, expiry_time: '2022-03-19T22:38:40Z', accept_ranges: 'bytes', "
     "size: 0, content_settings: {content_type: 'application/octet-stream'}, " COMMON "}"},
    {"is there", "blob.exists", "{" CB "}", {{HEAD, BARE(200, WRITTEN "\nContent-Length: 5")}}, "true"},
    /* a HEAD that fails says "chunked" and then sends nothing */
    {"is not there", "blob.exists", "{" CB "}", {{HEAD, .reply = 404, .error_code = "BlobNotFound"}}, "false"},
    {"is there, but not for those without the key", "blob.exists", "{" CB "}",
     {{HEAD, .reply = 409, .error_code = "BlobUsesCustomerSpecifiedEncryption"}}, "true"},

    {"bytes of a block blob", "blob.download_blob", "{" CB "}",
     {{"GET /c/b", .reply = 206, .body = "hello world",
       .header = SENT WRITTEN BYTES BORN LOCK_FREE PLAIN_TYPE "\nContent-Range: bytes 0-10/11\nx-ms-blob-content-md5: " MD5
                 "\nx-ms-blob-type: BlockBlob\nx-ms-tag-count: 0"}},
     "{properties: {name: 'b', container: 'c', blob_type: 'BlockBlob', last_modified: '2019-05-09T00:42:01Z', "
     "etag: '\"0x8D1\"', server_encrypted: true, " IS_FREE ", creation_time: '2019-05-09T00:41:58Z', tag_count: 0, "
     "accept_ranges: 'bytes', size: 11, content_range: 'bytes 0-10/11', content_settings: {"
     "content_type: 'application/octet-stream', content_md5: " MD5_HEX "}, " COMMON "}, size: 11, "
     "data: <68656c6c6f20776f726c64>}"},
    {"of a copied append blob, all at once", "container.download_blob", "{" CB "}",
     {{"GET /c/b", .reply = 200, .body = "AAABBBCCC",
       .header = SENT WRITTEN BYTES BORN LOCK_FREE ALL_SETTINGS "\nx-ms-blob-committed-block-count: 3\nx-ms-blob-type: AppendBlob"
                 "\nx-ms-encryption-key-sha256: aW52ZW50ZWQ=\nx-ms-copy-id: i\nx-ms-copy-status: success\nx-ms-meta-key1: V1"
                 "\nx-ms-is-current-version: true\nx-ms-version-id: " STAMP}},
     "{properties: {name: 'b', container: 'c', version_id: '2021-12-16T22:04:19.6322135Z', is_current_version: true, "
     "blob_type: 'AppendBlob', metadata: {key1: 'V1'}, last_modified: '2019-05-09T00:42:01Z', etag: '\"0x8D1\"', "
     "append_blob_committed_block_count: 3, server_encrypted: true, copy: {id: 'i', status: 'success'}, " IS_FREE ", "
     "creation_time: '2019-05-09T00:41:58Z', encryption_key_sha256: 'aW52ZW50ZWQ=', accept_ranges: 'bytes', size: 9, "
     "content_settings: {content_type: 'application/x-binary', content_encoding: 'identity', "
     "content_language: 'en-US', content_disposition: 'attachment', cache_control: 'no-cache'}, " COMMON "}, size: 9, "
     "data: <414141424242434343>}"},
    {"of an empty page blob's snapshot", "blob.download_blob", "{" CB ",'snapshot':'" STAMP "'}",
     {{"GET /c/b?snapshot=2021-12-16T22%3A04%3A19.6322135Z",
       BARE(200, WRITTEN BYTES BORN PLAIN_TYPE "\nx-ms-blob-type: PageBlob\nx-ms-blob-sequence-number: 0\nx-ms-snapshot: " STAMP)}},
     "{properties: {name: 'b', container: 'c', snapshot: '2021-12-16T22:04:19.6322135Z', blob_type: 'PageBlob', "
     "last_modified: '2019-05-09T00:42:01Z', etag: '\"0x8D1\"', page_blob_sequence_number: 0, server_encrypted: true, "
     "creation_time: '2019-05-09T00:41:58Z', accept_ranges: 'bytes', size: 0, content_settings: {"
     "content_type: 'application/octet-stream'}, " COMMON "}, size: 0, data: <>}"},

    /* line feeds after the declaration, Content-Length instead of chunks: only here */
    {"tags", "blob.get_blob_tags", "{" CB "}",
     {{"GET /c/b?comp=tags", .reply = 200, .header = SENT "\nContent-Type: application/xml",
       .body = FAKE_XML("\n<Tags><TagSet>" TAG("k", "v") TAG("a b", "") "</TagSet></Tags>")}},
     "{tags: {k: 'v', 'a b': ''}, " COMMON "}"},
    {"no tags", "blob.get_blob_tags", "{" CB "}",
     {{"GET /c/b?comp=tags", .reply = 200, .header = SENT "\nContent-Type: application/xml",
       .body = FAKE_XML("\n<Tags><TagSet/></Tags>")}},
     "{tags: {}, " COMMON "}"},
    /* 204, and so without a length */
    {"tags are set", "blob.set_blob_tags", "{" CB ",'tags':{'k':'v'}}", {{"PUT /c/b?comp=tags", BARE(204, "")}},
     "{" COMMON "}"},
    {"metadata is set", "blob.set_blob_metadata", "{" CB ",'metadata':{'k':'v'}}",
     {{"PUT /c/b?comp=metadata",
       BARE(200, WRITTEN "\nx-ms-encryption-scope: scope1\nx-ms-request-server-encrypted: true\nx-ms-version-id: " STAMP)}},
     "{etag: '\"0x8D1\"', last_modified: '2019-05-09T00:42:01Z', version_id: '2021-12-16T22:04:19.6322135Z', "
     "request_server_encrypted: true, encryption_scope: 'scope1', " COMMON "}"},
    {"settings are set", "blob.set_http_headers", "{" CB ",'content_settings':{'content_type':'a/b'}}",
     {{"PUT /c/b?comp=properties", BARE(200, WRITTEN "\nx-ms-blob-sequence-number: 100")}},
     "{etag: '\"0x8D1\"', last_modified: '2019-05-09T00:42:01Z', blob_sequence_number: 100, " COMMON "}"},
    {"a snapshot", "blob.create_snapshot", "{" CB "}",
     {{"PUT /c/b?comp=snapshot",
       BARE(201, WRITTEN "\nx-ms-request-server-encrypted: false\nx-ms-snapshot: 2021-12-16T22:04:19.6312135Z\nx-ms-version-id: " STAMP)}},
     "{snapshot: '2021-12-16T22:04:19.6312135Z', version_id: '2021-12-16T22:04:19.6322135Z', "
     "request_server_encrypted: false, " WAS_WRITTEN "}"},
    {"deleted", "blob.delete_blob", "{" CB "}", {{"DELETE /c/b", BARE(202, "\nx-ms-delete-type-permanent: false")}},
     "{delete_type_permanent: false, " COMMON "}"},
    {"deleted for good", "container.delete_blob", "{" CB "}",
     {{"DELETE /c/b", BARE(202, "\nx-ms-delete-type-permanent: true")}},
     "{delete_type_permanent: true, " COMMON "}"},
    {"brought back", "blob.undelete_blob", "{" CB "}",
     {{"PUT /c/b?comp=undelete",
       BARE(200, "\nx-ms-creation-time: Fri, 09 Apr 2021 04:57:52 GMT\nx-ms-resource-type: file")}},
     "{" COMMON "}"},
    {"a tier at once", "blob.set_standard_blob_tier", "{" CB ",'standard_blob_tier':'Cool'}",
     {{"PUT /c/b?comp=tier", BARE(200, "")}},
     "{" COMMON "}"},
    /* 202 as long as it takes to bring the blob back from the archive */
    {"a tier later", "blob.set_standard_blob_tier", "{" CB ",'standard_blob_tier':'Hot','rehydrate_priority':'High'}",
     {{"PUT /c/b?comp=tier", BARE(202, "")}},
     "{" COMMON "}"},
    {"a page blob's tier", "blob.set_premium_page_blob_tier", "{" CB ",'premium_page_blob_tier':'P30'}",
     {{"PUT /c/b?comp=tier", BARE(200, "")}},
     "{" COMMON "}"},
    /* the mode that was sent as Unlocked comes back in lower case */
    {"a policy", "blob.set_immutability_policy",
     "{" CB ",'immutability_policy':{'expiry_time':'2021-06-02T21:21:05Z','policy_mode':'Unlocked'}}",
     {{"PUT /c/b?comp=immutabilityPolicies",
       BARE(200, "\nx-ms-immutability-policy-mode: unlocked\nx-ms-immutability-policy-until-date: Wed, 02 Jun 2021 21:21:05 GMT")}},
     "{immutability_policy_until_date: '2021-06-02T21:21:05Z', immutability_policy_mode: 'unlocked', " COMMON "}"},
    {"no policy any more", "blob.delete_immutability_policy", "{" CB "}",
     {{"DELETE /c/b?comp=immutabilityPolicies", BARE(200, "")}},
     "{" COMMON "}"},
    {"a legal hold", "blob.set_legal_hold", "{" CB ",'legal_hold':true}",
     {{"PUT /c/b?comp=legalhold", BARE(200, "\nx-ms-legal-hold: true")}},
     "{legal_hold: true, " COMMON "}"},
    {"an end", "blob.set_expiry", "{" CB ",'expiry_option':'NeverExpire'}",
     {{"PUT /c/b?comp=expiry", BARE(200, WRITTEN)}},
     "{" WAS_WRITTEN "}"},

    {"committed blocks", "blob.get_block_list", "{" CB "}",
     {{"GET /c/b?comp=blocklist&blocklisttype=committed",
       XML(WRITTEN "\nx-ms-blob-content-length: 9",
           "<BlockList><CommittedBlocks>" BLOCK("MQ==", "3") BLOCK("Mg==", "6") "</CommittedBlocks></BlockList>")}},
     "{committed_blocks: [{id: '1', size: 3, state: 'Committed'}, {id: '2', size: 6, state: 'Committed'}], "
     "uncommitted_blocks: [], blob_content_length: 9, content_type: 'application/xml', " WAS_WRITTEN "}"},
    /* a blob that was never committed has no ETag, no time and no length */
    {"uncommitted blocks alone", "blob.get_block_list", "{" CB ",'block_list_type':'all'}",
     {{"GET /c/b?comp=blocklist&blocklisttype=all",
       XML("", "<BlockList><CommittedBlocks /><UncommittedBlocks>" BLOCK("MQ==", "8192") "</UncommittedBlocks></BlockList>")}},
     "{committed_blocks: [], uncommitted_blocks: [{id: '1', size: 8192, state: 'Uncommitted'}], "
     "content_type: 'application/xml', " COMMON "}"},
    {"page ranges", "blob.get_page_ranges", "{" CB "}",
     {{"GET /c/b?comp=pagelist",
       XML(WRITTEN "\nx-ms-blob-content-length: 2048",
           "<PageList>" RANGE("PageRange", "0", "511") RANGE("PageRange", "1024", "1535") "</PageList>")}},
     "{page_range: [{start: 0, end: 511}, {start: 1024, end: 1535}], clear_range: [], blob_content_length: 2048, "
     WAS_WRITTEN "}"},
    {"page ranges that changed, of a snapshot", "blob.get_page_ranges",
     "{" CB ",'previous_snapshot_diff':'" STAMP "'}",
     {{"GET /c/b?comp=pagelist&prevsnapshot=2021-12-16T22%3A04%3A19.6322135Z",
       XML(WRITTEN "\nx-ms-blob-content-length: 2048",
           "\n<PageList>" RANGE("PageRange", "0", "511") RANGE("ClearRange", "512", "1023") RANGE("PageRange", "1024", "1535")
           "<NextMarker/></PageList>")}},
     "{page_range: [{start: 0, end: 511}, {start: 1024, end: 1535}], clear_range: [{start: 512, end: 1023}], "
     "blob_content_length: 2048, " WAS_WRITTEN "}"},
    {"page ranges of a disk: only cleared ones", "blob.get_page_range_diff_for_managed_disk",
     "{" CB ",'previous_snapshot_url':'https://acct.blob.core.windows.net/c/b?snapshot=2021'}",
     {{"GET /c/b?comp=pagelist",
       XML(WRITTEN "\nx-ms-blob-content-length: 2048",
           "\n<PageList>" RANGE("ClearRange", "512", "1023") "<NextMarker/></PageList>")}},
     "{page_range: [], clear_range: [{start: 512, end: 1023}], blob_content_length: 2048, " WAS_WRITTEN "}"},
    {"a page of page ranges", "blob.list_page_ranges", "{" CB ",'results_per_page':1}",
     {{"GET /c/b?comp=pagelist&maxresults=1",
       XML(WRITTEN "\nx-ms-blob-content-length: 8192",
           "\n<PageList>" RANGE("PageRange", "0", "511") "<NextMarker>2!16!MDAw</NextMarker></PageList>")}},
     "{items: [{start: 0, end: 511, cleared: false}], continuation_token: '2!16!MDAw'}"},
    {0},
};
