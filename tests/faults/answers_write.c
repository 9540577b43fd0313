/*
 * answers_write.c: answers to writing a blob's content, and to copies that the service makes.
 * A block blob in one request is answered with both hashes; other writes with a CRC-64, or with
 * an MD5 when one was sent.
 */
/* clang-format off */
#include "tests/faults/answers.h"

#define MD5 "\nContent-MD5: XrY7u+Ae7tCTyyK7j1rNww=="
#define CRC64 "\nx-ms-content-crc64: iknlm7CyG2k="
#define ENCRYPTED "\nx-ms-request-server-encrypted: true"
#define SCOPE "\nx-ms-encryption-scope: scope1"
#define KEY "\nx-ms-encryption-key-sha256: aW52ZW50ZWQ="
#define VERSIONED "\nx-ms-version-id: 2022-11-30T22:26:48.2406402Z"
#define SOURCE ",'source_url':'https://acct.blob.core.windows.net/c/a'"
#define BLOB "PUT /c/b"
#define SIXTY_FOUR "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define MD5_HEX "<5eb63bbbe01eeed093cb22bb8f5acdc3>"
#define CRC64_HEX "<8a49e59bb0b21b69>"

/* of the data 'x', which an upload compares */
#define CRC64_OF_X "\nx-ms-content-crc64: seRUZAJnvS0="
#define CRC64_OF_X_HEX "<b1e454640267bd2d>"

const struct answer answers_write[] = {
    {"a block blob", "blob.upload_blob", "{" CB ",'data':'x'}",
     {{BLOB, BARE(201, WRITTEN MD5 CRC64_OF_X ENCRYPTED VERSIONED)}},
     "{etag: '\"0x8D1\"', last_modified: '2019-05-09T00:42:01Z', content_md5: " MD5_HEX ", content_crc64: " CRC64_OF_X_HEX
     ", version_id: '2022-11-30T22:26:48.2406402Z', request_server_encrypted: true, " COMMON "}"},
    {"a block blob by an older version, in a scope", "container.upload_blob", "{'container':'c','name':'b','data':'x'}",
     {{BLOB, BARE(201, WRITTEN MD5 ENCRYPTED SCOPE)}},
     "{etag: '\"0x8D1\"', last_modified: '2019-05-09T00:42:01Z', content_md5: " MD5_HEX ", content_crc64: " CRC64_OF_X_HEX ", "
     "request_server_encrypted: true, encryption_scope: 'scope1', " COMMON "}"},
    {"a block blob from a URL", "blob.upload_blob_from_url", "{" CB SOURCE "}",
     {{BLOB, BARE(201, WRITTEN CRC64 ENCRYPTED VERSIONED)}},
     "{version_id: '2022-11-30T22:26:48.2406402Z', content_crc64: " CRC64_HEX ", request_server_encrypted: true, "
     WAS_WRITTEN "}"},
    {"a block blob from a URL, with an MD5", "blob.upload_blob_from_url", "{" CB SOURCE "}",
     {{BLOB, BARE(201, WRITTEN MD5 ENCRYPTED)}},
     "{content_md5: " MD5_HEX ", request_server_encrypted: true, " WAS_WRITTEN "}"},
    {"a block", "blob.stage_block", "{" CB ",'block_id':'1','data':'x'}",
     {{BLOB "?comp=block&blockid=MQ%3D%3D", BARE(201, CRC64 ENCRYPTED KEY)}},
     "{content_crc64: " CRC64_HEX ", request_server_encrypted: true, encryption_key_sha256: 'aW52ZW50ZWQ=', " COMMON "}"},
    {"a block, with an MD5", "blob.stage_block", "{" CB ",'block_id':'1','data':'x','validate_content':true}",
     {{BLOB "?comp=block&blockid=MQ%3D%3D", BARE(201, MD5 ENCRYPTED)}},
     "{content_md5: " MD5_HEX ", request_server_encrypted: true, " COMMON "}"},
    {"a block from a URL", "blob.stage_block_from_url", "{" CB SOURCE ",'block_id':'1'}",
     {{BLOB "?comp=block&blockid=MQ%3D%3D", BARE(201, CRC64 ENCRYPTED SCOPE)}},
     "{content_crc64: " CRC64_HEX ", request_server_encrypted: true, encryption_scope: 'scope1', " COMMON "}"},
    {"committed blocks", "blob.commit_block_list", "{" CB ",'block_list':['1']}",
     {{BLOB "?comp=blocklist", BARE(201, WRITTEN CRC64 ENCRYPTED VERSIONED)}},
     "{version_id: '2022-11-30T22:26:48.2406402Z', content_crc64: " CRC64_HEX ", request_server_encrypted: true, "
     WAS_WRITTEN "}"},

    {"an append blob", "blob.create_append_blob", "{" CB "}", {{BLOB, BARE(201, WRITTEN ENCRYPTED VERSIONED)}},
     "{version_id: '2022-11-30T22:26:48.2406402Z', request_server_encrypted: true, " WAS_WRITTEN "}"},
    {"a block at its end", "blob.append_block", "{" CB ",'data':'x'}",
     {{BLOB "?comp=appendblock",
       BARE(201, WRITTEN CRC64 ENCRYPTED "\nx-ms-blob-append-offset: 20\nx-ms-blob-committed-block-count: 3")}},
     "{blob_append_offset: '20', blob_committed_block_count: 3, content_crc64: " CRC64_HEX ", "
     "request_server_encrypted: true, " WAS_WRITTEN "}"},
    {"a block from a URL at its end", "blob.append_block_from_url", "{" CB ",'copy_source_url':'https://acct.blob.core.windows.net/c/a'}",
     {{BLOB "?comp=appendblock",
       BARE(201, WRITTEN MD5 ENCRYPTED "\nx-ms-blob-append-offset: 0\nx-ms-blob-committed-block-count: 1")}},
     "{blob_append_offset: '0', blob_committed_block_count: 1, content_md5: " MD5_HEX ", "
     "request_server_encrypted: true, " WAS_WRITTEN "}"},
    {"sealed", "blob.seal_append_blob", "{" CB "}",
     {{BLOB "?comp=seal", BARE(200, WRITTEN "\nx-ms-blob-sealed: true")}},
     "{blob_sealed: true, " WAS_WRITTEN "}"},

    {"a page blob", "blob.create_page_blob", "{" CB ",'size':512}", {{BLOB, BARE(201, WRITTEN ENCRYPTED KEY)}},
     "{request_server_encrypted: true, encryption_key_sha256: 'aW52ZW50ZWQ=', " WAS_WRITTEN "}"},
    {"pages", "blob.upload_page", "{" CB ",'page':'" SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR "','offset':0}",
     {{BLOB "?comp=page", BARE(201, WRITTEN CRC64 ENCRYPTED "\nx-ms-blob-sequence-number: 100")}},
     "{blob_sequence_number: 100, content_crc64: " CRC64_HEX ", request_server_encrypted: true, " WAS_WRITTEN "}"},
    {"pages from a URL", "blob.upload_pages_from_url", "{" CB SOURCE ",'offset':0,'length':512,'source_offset':0}",
     {{BLOB "?comp=page", BARE(201, WRITTEN MD5 ENCRYPTED "\nx-ms-blob-sequence-number: 0")}},
     "{blob_sequence_number: 0, content_md5: " MD5_HEX ", request_server_encrypted: true, " WAS_WRITTEN "}"},
    /* nothing was written that could have a hash, or be encrypted */
    {"cleared pages", "blob.clear_page", "{" CB ",'offset':0,'length':512}",
     {{BLOB "?comp=page", BARE(201, WRITTEN "\nx-ms-blob-sequence-number: 100")}},
     "{blob_sequence_number: 100, " WAS_WRITTEN "}"},
    {"another size", "blob.resize_blob", "{" CB ",'size':1024}",
     {{BLOB "?comp=properties", BARE(200, WRITTEN "\nx-ms-blob-sequence-number: 0")}},
     "{blob_sequence_number: 0, " WAS_WRITTEN "}"},
    {"another number", "blob.set_sequence_number", "{" CB ",'sequence_number_action':'update','sequence_number':6}",
     {{BLOB "?comp=properties", BARE(200, WRITTEN "\nx-ms-blob-sequence-number: 6")}},
     "{blob_sequence_number: 6, " WAS_WRITTEN "}"},

    {"a copy that is done already", "blob.start_copy_from_url", "{" CB SOURCE "}",
     {{BLOB, BARE(202, WRITTEN "\nx-ms-copy-id: e8349009\nx-ms-copy-status: success" VERSIONED)}},
     "{copy_id: 'e8349009', copy_status: 'success', version_id: '2022-11-30T22:26:48.2406402Z', " WAS_WRITTEN "}"},
    {"a copy that goes on", "blob.start_copy_from_url", "{" CB SOURCE "}",
     {{BLOB, .is_chunked = true, BARE(202, WRITTEN "\nx-ms-copy-id: e8349009\nx-ms-copy-status: pending")}},
     "{copy_id: 'e8349009', copy_status: 'pending', " WAS_WRITTEN "}"},
    /* 202 as well, though nothing is left to be done */
    {"a copy while one waits", "blob.start_copy_from_url", "{" CB SOURCE ",'requires_sync':true}",
     {{BLOB, BARE(202, WRITTEN CRC64 ENCRYPTED "\nx-ms-copy-id: eca9a555\nx-ms-copy-status: success")}},
     "{content_crc64: " CRC64_HEX ", copy_id: 'eca9a555', copy_status: 'success', " WAS_WRITTEN "}"},
    {"a copy while one waits, by an older version", "blob.start_copy_from_url", "{" CB SOURCE ",'requires_sync':true}",
     {{BLOB, BARE(202, WRITTEN MD5 "\nx-ms-copy-id: eca9a555\nx-ms-copy-status: success")}},
     "{content_md5: " MD5_HEX ", copy_id: 'eca9a555', copy_status: 'success', " WAS_WRITTEN "}"},
    {"a copy of what changed", "blob.start_copy_from_url",
     "{" CB ",'source_url':'https://acct.blob.core.windows.net/c/a?snapshot=2021','incremental_copy':true}",
     {{BLOB "?comp=incrementalcopy", BARE(202, WRITTEN "\nx-ms-copy-id: 509c585e\nx-ms-copy-status: pending" VERSIONED)}},
     "{copy_id: '509c585e', copy_status: 'pending', version_id: '2022-11-30T22:26:48.2406402Z', " WAS_WRITTEN "}"},
    {"a copy that was ended", "blob.abort_copy", "{" CB ",'copy_id':'e8349009'}",
     {{BLOB "?comp=copy&copyid=e8349009", BARE(204, "")}},
     "{" COMMON "}"},
    {0},
};
