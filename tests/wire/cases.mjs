// cases.mjs: the same call twice, a line each: what the daemon is asked, and the expression that
// asks the SDK for it. Where the SDK's public methods do not pass an option on, the expression
// goes one layer down, to the SDK's generated operations (`...Context`).
//
// A case: [method, parameters, (az) => promise of anything, or a URL, added?]
// az     the SDK's clients, see sdk.mjs
// added  {headers?, query?}: what the SDK lacks and rest.mjs has; put into its request. {data}: the
//        bytes that a streamed upload of the daemon gets

import { createHash } from 'node:crypto';

import { AccountSASPermissions, BlobSASPermissions, ContainerSASPermissions } from '@azure/storage-blob';

const WHEN = '2030-01-01T00:00:00Z';
const LATER = '2030-01-02T03:04:05Z';
const DATE = new Date(WHEN);
const LATER_DATE = new Date(LATER);
const STAMP = '2030-01-01T00:00:00.0000000Z';
const HASH = Buffer.from('0123456789abcdef'); // 16 bytes, as an MD5
const CRC = Buffer.from('01234567'); // 8 bytes, as a CRC-64
const PAGE = Buffer.alloc(512, 'p');
const BLOCKS = Buffer.concat([Buffer.alloc(4096, 'a'), Buffer.alloc(4096, 'b'), Buffer.alloc(10, 'c')]);
const KEY = Buffer.alloc(32, 'k').toString('base64');
const KEY_HASH = Buffer.alloc(32, 'h').toString('base64');
const SOURCE = 'https://source.example/c/b?sv=2020&sig=a%2Fb%3D';
const STRUCTURED = 'XSM/1.0; properties=crc64';

const C = { container: 'c' };
const CB = { container: 'c', blob: 'b' };

// Groups of parameters: as the daemon takes them, and as the SDK does.
const dates = { if_modified_since: WHEN, if_unmodified_since: 1893553445 };
const sdkDates = { ifModifiedSince: DATE, ifUnmodifiedSince: LATER_DATE };
const conditions = { ...dates, etag: '"0x1"', match_condition: 'IfNotModified', if_tags_match_condition: "\"a b\" = 'c'" };
const sdkConditions = { ...sdkDates, ifMatch: '"0x1"', tagConditions: "\"a b\" = 'c'" };
const lease = { lease: 'lease-id' };
const sdkLease = { leaseId: 'lease-id' };
const allConditions = { ...conditions, ...lease };
const sdkAllConditions = { ...sdkConditions, ...sdkLease };
// for the generated operations
const rawConditions = {
    leaseAccessConditions: sdkLease,
    modifiedAccessConditions: { ...sdkDates, ifMatch: '"0x1"', ifTags: "\"a b\" = 'c'" },
};
const cpk = { cpk: { key_value: KEY, key_hash: KEY_HASH, algorithm: 'AES256' } };
const sdkKey = { encryptionKey: KEY, encryptionKeySha256: KEY_HASH, encryptionAlgorithm: 'AES256' };
const sdkCpk = { customerProvidedKey: sdkKey };
const rawCpk = { cpkInfo: sdkKey };
const scope = { encryption_scope: 'scope' };
const sdkScope = { encryptionScope: 'scope' };
const metadata = { metadata: { k: 'v', second_1: 'a, b; =%' } };
const sdkMetadata = { metadata: { k: 'v', second_1: 'a, b; =%' } };
const tags = { tags: { 'a b': 'c=d', e: '', 'x+:/._-=': 'z' } };
const sdkTags = { tags: { 'a b': 'c=d', e: '', 'x+:/._-=': 'z' } };
const settings = {
    content_settings: {
        content_type: 'text/plain; charset=utf-8', content_encoding: 'gzip', content_language: 'en, de',
        content_md5: HASH, content_disposition: 'attachment; filename="f"', cache_control: 'no-cache',
    },
};
const sdkHeaders = {
    blobContentType: 'text/plain; charset=utf-8', blobContentEncoding: 'gzip', blobContentLanguage: 'en, de',
    blobContentMD5: HASH, blobContentDisposition: 'attachment; filename="f"', blobCacheControl: 'no-cache',
};
const sdkSettings = { blobHTTPHeaders: sdkHeaders };
const immutability = { immutability_policy: { expiry_time: LATER, policy_mode: 'Unlocked' } };
const sdkImmutability = { immutabilityPolicy: { expiriesOn: LATER_DATE, policyMode: 'Unlocked' } };
const hold = { legal_hold: true };
const sdkHold = { legalHold: true };
const written = { ...settings, ...metadata, ...tags, ...cpk, ...scope, ...immutability, ...hold, ...allConditions };
const sdkWritten = {
    ...sdkSettings, ...sdkMetadata, ...sdkTags, ...sdkCpk, ...sdkScope, ...sdkImmutability, ...sdkHold,
    conditions: sdkAllConditions,
};
const sourceIf = {
    source_if_modified_since: WHEN, source_if_unmodified_since: LATER,
    source_etag: '"0x2"', source_match_condition: 'IfModified',
};
const sdkSourceIf = { ifModifiedSince: DATE, ifUnmodifiedSince: LATER_DATE, ifNoneMatch: '"0x2"' };
const rawSourceIf = { sourceIfModifiedSince: DATE, sourceIfUnmodifiedSince: LATER_DATE, sourceIfNoneMatch: '"0x2"' };
const sourceAuth = { source_authorization: 'Bearer t', file_request_intent: 'backup' };
const sdkSourceAuth = { sourceAuthorization: { scheme: 'Bearer', value: 't' }, sourceShareTokenIntent: 'backup' };
const sourceCpk = { source_cpk: { key_value: KEY, key_hash: KEY_HASH, algorithm: 'AES256' } };
const sdkSourceCpk = { sourceCustomerProvidedKey: sdkKey };
const rawSourceKey = { sourceEncryptionKey: KEY, sourceEncryptionKeySha256: KEY_HASH, sourceEncryptionAlgorithm: 'AES256' };
const sourceTags = { source_if_tags_match_condition: "s = 't'" };
const crc = { transactional_content_crc64: CRC };
const sdkCrc = { transactionalContentCrc64: CRC };
const structured = { structured_body: STRUCTURED, structured_content_length: 3 };
const rawStructured = { structuredBodyType: STRUCTURED, structuredContentLength: 3 };
const sequenceIf = { if_sequence_number_lte: 3, if_sequence_number_lt: 4, if_sequence_number_eq: 2 };
const sdkSequenceIf = { ifSequenceNumberLessThanOrEqualTo: 3, ifSequenceNumberLessThan: 4, ifSequenceNumberEqualTo: 2 };
const appendIf = { appendpos_condition: 7, maxsize_condition: 9 };
const sdkAppendIf = { appendPosition: 7, maxSize: 9 };
const besideTags = {
    blob_if_modified_since: WHEN, blob_if_unmodified_since: LATER,
    blob_etag: '"0x1"', blob_match_condition: 'IfNotModified', if_tags_match_condition: "t = 'u'", ...lease,
};
const rawBesideTags = {
    leaseAccessConditions: sdkLease,
    modifiedAccessConditions: { ifTags: "t = 'u'" },
    blobModifiedAccessConditions: { ifModifiedSince: DATE, ifUnmodifiedSince: LATER_DATE, ifMatch: '"0x1"' },
};
const sas = { start: WHEN, ip: '10.0.0.1-10.0.0.9', protocol: 'https', encryption_scope: 'scope', api_version: '2026-04-06' };
const sdkSas = {
    startsOn: DATE, ipRange: { start: '10.0.0.1', end: '10.0.0.9' }, protocol: 'https', encryptionScope: 'scope', version: '2026-04-06',
};
const sasHeaders = {
    cache_control: 'no-cache', content_disposition: 'attachment; filename="ü"', content_encoding: 'gzip', content_language: 'de', content_type: 'text/plain',
};
const sdkSasHeaders = {
    cacheControl: 'no-cache', contentDisposition: 'attachment; filename="ü"', contentEncoding: 'gzip', contentLanguage: 'de', contentType: 'text/plain',
};
const delegated = {
    user_delegation_key: {
        signed_oid: 'oid', signed_tid: 'tid', signed_start: WHEN, signed_expiry: LATER, signed_service: 'b', signed_version: '2026-04-06',
        signed_delegated_user_tid: 'user-tid', value: KEY,
    },
    preauthorized_agent_object_id: 'saoid', correlation_id: 'scid', delegated_user_object_id: 'sduoid',
    request_headers: { 'x-ms-h': 'v 1', 'x-ms-i': 'w' }, request_query_parameters: { q: 'a&b', r: '' },
};
const sdkDelegationKey = {
    signedObjectId: 'oid', signedTenantId: 'tid', signedStartsOn: DATE, signedExpiresOn: LATER_DATE, signedService: 'b', signedVersion: '2026-04-06',
    signedDelegatedUserTenantId: 'user-tid', value: KEY,
};
const sdkDelegated = {
    preauthorizedAgentObjectId: 'saoid', correlationId: 'scid', delegatedUserObjectId: 'sduoid',
    requestHeaders: { 'x-ms-h': 'v 1', 'x-ms-i': 'w' }, requestQueryParameters: { q: 'a&b', r: '' },
};
const md5 = (bytes) => createHash('md5').update(bytes).digest();

// Names whose characters mean something in a URL. The SDK's own names are as literal as ours.
const NAMES = [
    'plain.txt', 'two words', 'per%cent', '100%25', 'hash#mark', 'what?', 'a+b', 'a&b=c', 'ünï/ço∂é', '日本/語',
    'a/b/c', 'a//b', 'end/', "quote'\"(1)*!", '$@:,;[]|^`{}<>\\~', '\u{1f600}', 'tab\there', '...', '.hidden', '-',
    '/a', '//a', 'a/./b', 'a/../b', './a', '../a', 'a/..',
];

export const cases = [
    // ---- service ----
    ['service.get_account_information', {}, (az) => az.service.getAccountInfo()],
    ['service.get_account_information', { timeout: 30, client_request_id: 'mine' },
        (az) => az.service.serviceContext.getAccountInfo({ timeoutInSeconds: 30, requestId: 'mine' })],
    ['service.get_account_information', { use_location: 'secondary' }, (az) => az.secondary.service.getAccountInfo()],
    ['service.get_service_properties', {}, (az) => az.service.getProperties()],
    ['service.get_service_stats', {}, (az) => az.secondary.service.getStatistics()],
    ['service.set_service_properties', {
        analytics_logging: { version: '1.0', delete: true, read: false, write: true, retention_policy: { enabled: true, days: 5 } },
        hour_metrics: { version: '1.0', enabled: true, include_apis: false, retention_policy: { enabled: false } },
        minute_metrics: { version: '1.0', enabled: false, retention_policy: { enabled: true, days: 7 } },
        cors: [{
            allowed_origins: ['https://a', '*'], allowed_methods: ['GET', 'PUT'], allowed_headers: ['x-ms-*', 'y'],
            exposed_headers: ['<&>"'], max_age_in_seconds: 5,
        }, {
            allowed_origins: 'b', allowed_methods: 'HEAD', allowed_headers: '', exposed_headers: '', max_age_in_seconds: 0,
        }],
        target_version: '2021-12-02',
        delete_retention_policy: { enabled: true, days: 3, allow_permanent_delete: true },
        static_website: { enabled: true, index_document: 'i.html', error_document404_path: 'e.html', default_index_document_path: 'd.html' },
    }, (az) => az.service.setProperties({
        blobAnalyticsLogging: { version: '1.0', deleteProperty: true, read: false, write: true, retentionPolicy: { enabled: true, days: 5 } },
        hourMetrics: { version: '1.0', enabled: true, includeAPIs: false, retentionPolicy: { enabled: false } },
        minuteMetrics: { version: '1.0', enabled: false, retentionPolicy: { enabled: true, days: 7 } },
        cors: [{
            allowedOrigins: 'https://a,*', allowedMethods: 'GET,PUT', allowedHeaders: 'x-ms-*,y',
            exposedHeaders: '<&>"', maxAgeInSeconds: 5,
        }, { allowedOrigins: 'b', allowedMethods: 'HEAD', allowedHeaders: '', exposedHeaders: '', maxAgeInSeconds: 0 }],
        defaultServiceVersion: '2021-12-02',
        deleteRetentionPolicy: { enabled: true, days: 3, allowPermanentDelete: true },
        staticWebsite: { enabled: true, indexDocument: 'i.html', errorDocument404Path: 'e.html', defaultIndexDocumentPath: 'd.html' },
    })],
    ['service.set_service_properties', {
        hour_metrics: { retention_policy: { enabled: true, days: 1, allow_permanent_delete: false } },
        minute_metrics: { enabled: true, include_apis: true, retention_policy: { enabled: true, days: 1, allow_permanent_delete: false } },
        analytics_logging: { retention_policy: { enabled: true, days: 1, allow_permanent_delete: false } },
    }, (az) => az.service.setProperties({
        hourMetrics: { version: '1.0', enabled: false, retentionPolicy: { enabled: true, days: 1, allowPermanentDelete: false } },
        minuteMetrics: { version: '1.0', enabled: true, includeAPIs: true, retentionPolicy: { enabled: true, days: 1, allowPermanentDelete: false } },
        blobAnalyticsLogging: {
            version: '1.0', deleteProperty: false, read: false, write: false,
            retentionPolicy: { enabled: true, days: 1, allowPermanentDelete: false },
        },
    })],
    ['service.set_service_properties', { cors: [] }, (az) => az.service.setProperties({ cors: [] })],
    ['service.get_user_delegation_key', { client: 'token', key_start_time: WHEN, key_expiry_time: 1893553445, delegated_user_tid: 'tenant' },
        (az) => az.token.service.getUserDelegationKey({ startsOn: DATE, expiresOn: LATER_DATE, delegatedUserTenantId: 'tenant' })],
    ['service.get_user_delegation_key', { client: 'token', key_start_time: WHEN, key_expiry_time: LATER },
        (az) => az.token.service.getUserDelegationKey(DATE, LATER_DATE)],
    ['service.list_containers', {}, (az) => az.first(az.service.listContainers())],
    ['service.list_containers', {
        name_starts_with: 'p/ü &', continuation_token: '/acct/c!?=', results_per_page: 9,
        include_metadata: true, include_deleted: true, include_system: true,
    }, (az) => az.first(az.service.listContainers({
        prefix: 'p/ü &', includeMetadata: true, includeDeleted: true, includeSystem: true,
    }), { continuationToken: '/acct/c!?=', maxPageSize: 9 })],
    ['service.list_containers', { include_deleted: true, include_metadata: false },
        (az) => az.first(az.service.listContainers({ includeDeleted: true }))],
    ['service.create_container', {
        name: 'c', public_access: 'blob', ...metadata,
        container_encryption_scope: { default_encryption_scope: 's', prevent_encryption_scope_override: true },
    }, (az) => az.service.createContainer('c', {
        access: 'blob', ...sdkMetadata,
        containerEncryptionScope: { defaultEncryptionScope: 's', preventEncryptionScopeOverride: true },
    })],
    ['service.delete_container', { ...C, ...dates, ...lease },
        (az) => az.service.deleteContainer('c', { conditions: { ...sdkDates, ...sdkLease } })],
    ['service.undelete_container', { deleted_container_name: 'c', deleted_container_version: '01D' },
        (az) => az.service.undeleteContainer('c', '01D')],
    ['service.undelete_container', { deleted_container_name: 'c', deleted_container_version: '01D', new_name: 'd' },
        (az) => az.service.undeleteContainer('c', '01D', { destinationContainerName: 'd' })],
    ['service.rename_container', { name: 'c', new_name: 'd', ...lease },
        (az) => az.container('d').containerContext.rename('c', { sourceLeaseId: 'lease-id' })],
    ['service.find_blobs_by_tags', {
        filter_expression: "@container = 'c' AND \"k&\" >= 'v+ ü'", continuation_token: 'a+b/=', results_per_page: 9, include: ['versions'],
    }, (az) => az.first(az.service.findBlobsByTags("@container = 'c' AND \"k&\" >= 'v+ ü'"), { continuationToken: 'a+b/=', maxPageSize: 9 }),
        { query: { include: 'versions' } }],

    // ---- container ----
    ['container.create_container', { ...C }, (az) => az.container().create()],
    ['container.create_container', { container: '$root' }, (az) => az.container('$root').create()],
    ['container.create_container', {
        ...C, public_access: 'container', ...metadata,
        container_encryption_scope: { default_encryption_scope: 's', prevent_encryption_scope_override: false },
    }, (az) => az.container().create({
        access: 'container', ...sdkMetadata,
        containerEncryptionScope: { defaultEncryptionScope: 's', preventEncryptionScopeOverride: false },
    })],
    ['container.delete_container', { ...C, ...dates, ...lease },
        (az) => az.container().delete({ conditions: { ...sdkDates, ...sdkLease } })],
    ['container.exists', { ...C }, (az) => az.container().exists()],
    ['container.get_container_properties', { ...C, ...lease }, 
        (az) => az.container().containerContext.getProperties({ leaseAccessConditions: sdkLease })],
    ['container.get_account_information', { ...C }, (az) => az.container().getAccountInfo()],
    ['container.list_blobs', { ...C }, (az) => az.first(az.container().listBlobsFlat())],
    ['container.list_blobs', {
        ...C, name_starts_with: 'a b/ü%', continuation_token: '2!72!MDAw+/=', results_per_page: 9, start_from: 'm n',
        include: ['copy', 'deleted', 'metadata', 'snapshots', 'versions', 'uncommittedblobs', 'tags', 'deletedwithversions', 'immutabilitypolicy', 'legalhold'],
    }, (az) => az.first(az.container().listBlobsFlat({
        prefix: 'a b/ü%', startFrom: 'm n', includeCopy: true, includeDeleted: true, includeMetadata: true, includeSnapshots: true,
        includeUncommitedBlobs: true, includeVersions: true, includeTags: true, includeImmutabilityPolicy: true,
        includeLegalHold: true, includeDeletedWithVersions: true,
    }), { continuationToken: '2!72!MDAw+/=', maxPageSize: 9 })],
    ['container.list_blob_names', {
        ...C, name_starts_with: 'p', continuation_token: 'm', results_per_page: 5000, start_from: 'f',
    }, (az) => az.first(az.container().listBlobsFlat({ prefix: 'p', startFrom: 'f' }), { continuationToken: 'm', maxPageSize: 5000 })],
    ['container.walk_blobs', { ...C }, (az) => az.first(az.container().listBlobsByHierarchy('/'))],
    ['container.walk_blobs', {
        ...C, name_starts_with: 'p', continuation_token: 'm', results_per_page: 1, delimiter: '|&', include: 'metadata', start_from: 'f',
    }, (az) => az.first(az.container().listBlobsByHierarchy('|&', { prefix: 'p', includeMetadata: true, startFrom: 'f' }),
        { continuationToken: 'm', maxPageSize: 1 })],
    ['container.find_blobs_by_tags', {
        ...C, filter_expression: "k = 'v'", continuation_token: 'm', results_per_page: 9, include: 'none',
    }, (az) => az.first(az.container().findBlobsByTags("k = 'v'"), { continuationToken: 'm', maxPageSize: 9 }),
        { query: { include: 'none' } }],
    ['container.set_container_metadata', { ...C, ...metadata, ...lease, if_modified_since: WHEN },
        (az) => az.container().setMetadata({ k: 'v', second_1: 'a, b; =%' }, { conditions: { ...sdkLease, ifModifiedSince: DATE } })],
    ['container.set_container_metadata', { ...C }, (az) => az.container().setMetadata()],
    ['container.get_container_access_policy', { ...C, ...lease }, (az) => az.container().getAccessPolicy({ conditions: sdkLease })],
    ['container.set_container_access_policy', {
        ...C, public_access: 'blob', ...lease, ...dates,
        signed_identifiers: {
            'a<&': { start: WHEN, expiry: 1893553445, permission: 'rl' },
            'b': { start: WHEN, expiry: LATER, permission: 'racwdxyltfmei' },
        },
    }, (az) => az.container().setAccessPolicy('blob', [
        { id: 'a<&', accessPolicy: { startsOn: DATE, expiresOn: LATER_DATE, permissions: 'rl' } },
        { id: 'b', accessPolicy: { startsOn: DATE, expiresOn: LATER_DATE, permissions: 'racwdxyltfmei' } },
    ], { conditions: { ...sdkLease, ...sdkDates } })],
    ['container.set_container_access_policy', { ...C, signed_identifiers: {} }, (az) => az.container().setAccessPolicy(undefined, [])],
    ['container.set_container_access_policy', { ...C }, (az) => az.container().setAccessPolicy()],
    ['container.rename_container', { ...C, new_name: 'd', ...lease },
        (az) => az.container('d').containerContext.rename('c', { sourceLeaseId: 'lease-id' })],
    ['container.upload_blob', { ...CB, data: 'abc', overwrite: true, ...written, standard_blob_tier: 'Cool' },
        (az) => az.block().upload('abc', 3, { ...sdkWritten, tier: 'Cool' })],
    ['container.upload_blob', { ...CB, name: undefined, data: 'abcdef', blob_type: 'BlockBlob', length: 3, validate_content: true },
        (az) => az.block().upload('abc', 3, { conditions: { ifNoneMatch: '*' }, transactionalContentMD5: md5('abc') })],
    ['container.download_blob', { ...CB, version_id: STAMP, offset: 4, length: 3, validate_content: true, ...cpk, ...allConditions },
        (az) => az.blob().withVersion(STAMP).download(4, 3, { rangeGetContentMD5: true, ...sdkCpk, conditions: sdkAllConditions })],
    ['container.download_blob', { ...CB, snapshot: STAMP },
        (az) => az.blob().withSnapshot(STAMP).download()],
    ['container.delete_blob', { ...CB, delete_snapshots: 'only', blob_delete_type: 'Permanent', ...allConditions,
        access_tier_if_modified_since: WHEN, access_tier_if_unmodified_since: LATER },
    (az) => az.blob().blobContext.delete({ ...rawConditions, deleteSnapshots: 'only', blobDeleteType: 'Permanent',
        accessTierIfModifiedSince: DATE, accessTierIfUnmodifiedSince: LATER_DATE })],
    ['container.delete_blob', { ...CB, snapshot: STAMP }, (az) => az.blob().withSnapshot(STAMP).delete()],
    ['container.delete_blob', { ...CB, version_id: STAMP }, (az) => az.blob().withVersion(STAMP).delete()],

    // ---- what takes several requests: the pages of a listing, the blocks of an upload ----
    ['service.list_containers', { stream: true, name_starts_with: 'p', results_per_page: 2, include_metadata: true },
        (az) => az.all(az.service.listContainers({ prefix: 'p', includeMetadata: true }), 2)],
    ['service.find_blobs_by_tags', { stream: true, filter_expression: "k = 'v'", results_per_page: 2 },
        (az) => az.all(az.service.findBlobsByTags("k = 'v'"), 2)],
    ['container.find_blobs_by_tags', { ...C, stream: true, filter_expression: "k = 'v'", results_per_page: 2 },
        (az) => az.all(az.container().findBlobsByTags("k = 'v'"), 2)],
    ['container.list_blobs', { ...C, stream: true, name_starts_with: 'p', results_per_page: 2, include: ['metadata'] },
        (az) => az.all(az.container().listBlobsFlat({ prefix: 'p', includeMetadata: true }), 2)],
    ['container.walk_blobs', { ...C, stream: true, name_starts_with: 'p', results_per_page: 2, include: ['metadata'] },
        (az) => az.all(az.container().listBlobsByHierarchy('/', { prefix: 'p', includeMetadata: true }), 2)],
    ['container.list_blob_names', { ...C, stream: true, name_starts_with: 'p', results_per_page: 2 },
        (az) => az.all(az.container().listBlobsFlat({ prefix: 'p' }), 2)],
    ['blob.list_page_ranges', { ...CB, stream: true, snapshot: STAMP, offset: 0, length: 512, results_per_page: 2, ...allConditions },
        (az) => az.all(az.page().withSnapshot(STAMP).listPageRanges(0, 512, { conditions: sdkAllConditions }), 2)],
    ['blob.upload_blob', { ...CB, stream: true, overwrite: true, ...written, standard_blob_tier: 'Cool' },
        (az) => az.block().uploadData(BLOCKS, { ...sdkWritten, tier: 'Cool', blockSize: 4096, maxSingleShotSize: 4096 }),
        { data: BLOCKS }],
    ['blob.upload_blob', { ...CB, stream: true, etag: '*', match_condition: 'IfMissing' },
        (az) => az.block().uploadData(BLOCKS, { conditions: { ifNoneMatch: '*' }, blockSize: 4096, maxSingleShotSize: 4096 }),
        { data: BLOCKS }],

    // ---- batches ----
    ['container.delete_blobs', { ...C, blobs: ['a b', 'ü/#'], delete_snapshots: 'include', ...dates, if_tags_match_condition: "t = 'u'", raise_on_any_failure: false },
        (az) => az.batch((batch) => ['a b', 'ü/#'].map((name) => batch.deleteBlob(az.blob(name),
            { deleteSnapshots: 'include', conditions: { ...sdkDates, tagConditions: "t = 'u'" } })))],
    ['container.delete_blobs', { ...C, blobs: ['x', { name: 'y', snapshot: STAMP, lease_id: 'lease-id', etag: '"0x1"' }] },
        (az) => az.batch((batch) => [
            batch.deleteBlob(az.blob('x')),
            batch.deleteBlob(az.blob('y').withSnapshot(STAMP), { conditions: { ...sdkLease, ifMatch: '"0x1"' } })])],
    ['container.set_standard_blob_tier_blobs', { ...C, blobs: ['x', { name: 'y', lease_id: 'lease-id' }], standard_blob_tier: 'Cool',
        rehydrate_priority: 'High', if_tags_match_condition: "t = 'u'", raise_on_any_failure: true },
    (az) => az.batch((batch) => [
        batch.setBlobAccessTier(az.blob('x'), 'Cool', { rehydratePriority: 'High', conditions: { tagConditions: "t = 'u'" } }),
        batch.setBlobAccessTier(az.blob('y'), 'Cool', { rehydratePriority: 'High', conditions: { tagConditions: "t = 'u'", ...sdkLease } })])],
    ['container.set_standard_blob_tier_blobs', { ...C, blobs: [{ name: 'x', blob_tier: 'Archive' }, { name: 'y', blob_tier: 'Hot', version_id: STAMP }] },
        (az) => az.batch((batch) => [
            batch.setBlobAccessTier(az.blob('x'), 'Archive'),
            batch.setBlobAccessTier(az.blob('y').withVersion(STAMP), 'Hot')])],
    ['container.set_premium_page_blob_tier_blobs', { ...C, blobs: ['x', 'y'], premium_page_blob_tier: 'P10',
        rehydrate_priority: 'Standard', if_tags_match_condition: "t = 'u'", raise_on_any_failure: true },
    (az) => az.batch((batch) => ['x', 'y'].map((name) =>
        batch.setBlobAccessTier(az.blob(name), 'P10', { rehydratePriority: 'Standard', conditions: { tagConditions: "t = 'u'" } })))],
    ['container.delete_blobs', { client: 'sas', ...C, blobs: ['x'] },
        (az) => az.sas.batch((batch) => [batch.deleteBlob(az.sas.blob('x'))])],

    // ---- blob ----
    ...NAMES.map((name) => ['blob.get_blob_properties', { container: 'c', blob: name }, (az) => az.blob(name).getProperties()]),
    ['blob.get_blob_properties', { ...CB, snapshot: STAMP, ...cpk, ...allConditions },
        (az) => az.blob().withSnapshot(STAMP).getProperties({ ...sdkCpk, conditions: sdkAllConditions })],
    ['blob.get_blob_properties', { ...CB, version_id: STAMP, match_condition: 'IfMissing' },
        (az) => az.blob().withVersion(STAMP).getProperties({ conditions: { ifNoneMatch: '*' } })],
    ['blob.get_blob_properties', { ...CB, match_condition: 'IfPresent' },
        (az) => az.blob().getProperties({ conditions: { ifMatch: '*' } })],
    ['blob.get_blob_properties', { ...CB, match_condition: 'IfModified', etag: '"0x3"' },
        (az) => az.blob().getProperties({ conditions: { ifNoneMatch: '"0x3"' } })],
    ['blob.get_blob_properties', { client: 'sas', container: 'c', blob: 'a b' }, (az) => az.sas.blob('a b').getProperties()],
    ['blob.get_blob_properties', { client: 'token', ...CB }, (az) => az.token.blob().getProperties()],
    ['blob.get_blob_properties', { client: 'anonymous', ...CB }, (az) => az.anonymous.blob().getProperties()],
    ['blob.exists', { ...CB, snapshot: STAMP }, (az) => az.blob().withSnapshot(STAMP).exists()],
    ['blob.exists', { ...CB, version_id: STAMP }, (az) => az.blob().withVersion(STAMP).exists()],
    ['blob.upload_blob', { ...CB, data: Buffer.from([0, 255, 13, 10]), overwrite: true, standard_blob_tier: 'Cold', ...written },
        (az) => az.block().upload(Buffer.from([0, 255, 13, 10]), 4, { ...sdkWritten, tier: 'Cold' })],
    ['blob.upload_blob', { ...CB, data: '' }, (az) => az.block().upload('', 0, { conditions: { ifNoneMatch: '*' } })],
    ['blob.upload_blob', { ...CB, data: 'abcdef', blob_type: 'BlockBlob', length: 3, validate_content: true, overwrite: false },
        (az) => az.block().upload('abc', 3, { conditions: { ifNoneMatch: '*' }, transactionalContentMD5: md5('abc') })],
    ['blob.download_blob', { ...CB }, (az) => az.blob().download()],
    ['blob.download_blob', { ...CB, snapshot: STAMP, offset: 4 }, (az) => az.blob().withSnapshot(STAMP).download(4)],
    ['blob.download_blob', { ...CB, version_id: STAMP, offset: 4, length: 3, validate_content: true, ...cpk, ...allConditions },
        (az) => az.blob().withVersion(STAMP).download(4, 3, { rangeGetContentMD5: true, ...sdkCpk, conditions: sdkAllConditions })],
    ['blob.set_blob_metadata', { ...CB, ...metadata, ...cpk, ...scope, ...allConditions },
        (az) => az.blob().setMetadata({ k: 'v', second_1: 'a, b; =%' }, { ...sdkCpk, ...sdkScope, conditions: sdkAllConditions })],
    ['blob.set_blob_metadata', { ...CB }, (az) => az.blob().setMetadata()],
    ['blob.set_blob_metadata', { ...CB, metadata: [['a', '1'], ['B_c', 'x']] }, (az) => az.blob().setMetadata({ a: '1', B_c: 'x' })],
    ['blob.set_http_headers', { ...CB, ...settings, ...allConditions },
        (az) => az.blob().setHTTPHeaders(sdkHeaders, { conditions: sdkAllConditions })],
    ['blob.set_http_headers', { ...CB }, (az) => az.blob().setHTTPHeaders()],
    ['blob.delete_blob', { ...CB }, (az) => az.blob().delete()],
    ['blob.delete_blob', { ...CB, delete_snapshots: 'include', blob_delete_type: 'Permanent', ...allConditions,
        access_tier_if_modified_since: WHEN, access_tier_if_unmodified_since: LATER },
    (az) => az.blob().blobContext.delete({ ...rawConditions, deleteSnapshots: 'include', blobDeleteType: 'Permanent',
        accessTierIfModifiedSince: DATE, accessTierIfUnmodifiedSince: LATER_DATE })],
    ['blob.delete_blob', { ...CB, snapshot: STAMP }, (az) => az.blob().withSnapshot(STAMP).delete()],
    ['blob.delete_blob', { ...CB, version_id: STAMP }, (az) => az.blob().withVersion(STAMP).delete()],
    ['blob.undelete_blob', { ...CB }, (az) => az.blob().undelete()],
    ['blob.set_blob_tags', { ...CB, ...tags, version_id: STAMP, ...crc, ...besideTags },
        (az) => az.blob().withVersion(STAMP).blobContext.setTags({ ...rawBesideTags, ...sdkCrc,
            tags: { blobTagSet: Object.entries(sdkTags.tags).map(([key, value]) => ({ key, value })) } })],
    ['blob.set_blob_tags', { ...CB, tags: { k: 'v' } }, (az) => az.blob().setTags({ k: 'v' })],
    ['blob.set_blob_tags', { ...CB, validate_content: true },
        (az) => az.blob().blobContext.setTags({ tags: { blobTagSet: [] }, transactionalContentMD5: HASH })],
    ['blob.get_blob_tags', { ...CB, snapshot: STAMP, ...besideTags },
        (az) => az.blob().withSnapshot(STAMP).blobContext.getTags(rawBesideTags)],
    ['blob.get_blob_tags', { ...CB, version_id: STAMP }, (az) => az.blob().withVersion(STAMP).getTags()],
    ['blob.create_snapshot', { ...CB, ...metadata, ...cpk, ...scope, ...allConditions },
        (az) => az.blob().createSnapshot({ ...sdkMetadata, ...sdkCpk, ...sdkScope, conditions: sdkAllConditions })],
    ['blob.set_standard_blob_tier', { ...CB, standard_blob_tier: 'Archive', rehydrate_priority: 'High', snapshot: STAMP, ...lease, if_tags_match_condition: "t = 'u'" },
        (az) => az.blob().withSnapshot(STAMP).setAccessTier('Archive', { rehydratePriority: 'High', conditions: { ...sdkLease, tagConditions: "t = 'u'" } })],
    ['blob.set_standard_blob_tier', { ...CB, standard_blob_tier: 'Hot', version_id: STAMP },
        (az) => az.blob().withVersion(STAMP).setAccessTier('Hot')],
    ['blob.set_premium_page_blob_tier', { ...CB, premium_page_blob_tier: 'P80', rehydrate_priority: 'Standard', snapshot: STAMP, ...lease, if_tags_match_condition: "t = 'u'" },
        (az) => az.blob().withSnapshot(STAMP).setAccessTier('P80', { rehydratePriority: 'Standard', conditions: { ...sdkLease, tagConditions: "t = 'u'" } })],
    ['blob.set_premium_page_blob_tier', { ...CB, premium_page_blob_tier: 'P4', version_id: STAMP },
        (az) => az.blob().withVersion(STAMP).setAccessTier('P4')],
    ['blob.set_immutability_policy', { ...CB, ...immutability, if_unmodified_since: WHEN, snapshot: STAMP },
        (az) => az.blob().withSnapshot(STAMP).blobContext.setImmutabilityPolicy({
            immutabilityPolicyExpiry: LATER_DATE, immutabilityPolicyMode: 'Unlocked', modifiedAccessConditions: { ifUnmodifiedSince: DATE },
        })],
    ['blob.set_immutability_policy', { ...CB, version_id: STAMP, immutability_policy: { expiry_time: LATER, policy_mode: 'Locked' } },
        (az) => az.blob().withVersion(STAMP).setImmutabilityPolicy({ expiriesOn: LATER_DATE, policyMode: 'Locked' })],
    ['blob.delete_immutability_policy', { ...CB, snapshot: STAMP }, (az) => az.blob().withSnapshot(STAMP).deleteImmutabilityPolicy()],
    ['blob.delete_immutability_policy', { ...CB, version_id: STAMP }, (az) => az.blob().withVersion(STAMP).deleteImmutabilityPolicy()],
    ['blob.set_legal_hold', { ...CB, legal_hold: true, snapshot: STAMP }, (az) => az.blob().withSnapshot(STAMP).setLegalHold(true)],
    ['blob.set_legal_hold', { ...CB, legal_hold: false, version_id: STAMP }, (az) => az.blob().withVersion(STAMP).setLegalHold(false)],
    ['blob.set_expiry', { ...CB, expiry_option: 'NeverExpire' }, (az) => az.blob().blobContext.setExpiry('NeverExpire')],
    ['blob.set_expiry', { ...CB, expiry_option: 'RelativeToNow', expires_on: 60000 },
        (az) => az.blob().blobContext.setExpiry('RelativeToNow', { expiresOn: '60000' })],
    ['blob.set_expiry', { ...CB, expiry_option: 'Absolute', expires_on: LATER },
        (az) => az.blob().blobContext.setExpiry('Absolute', { expiresOn: LATER_DATE.toUTCString() })],
    ['blob.get_account_information', { ...CB }, (az) => az.blob().getAccountInfo()],

    // ---- blocks ----
    ['blob.stage_block', { ...CB, block_id: 'id+?', data: 'abcdef', length: 3, ...crc, ...structured, ...cpk, ...scope, ...lease },
        (az) => az.block().blockBlobContext.stageBlock(Buffer.from('id+?').toString('base64'), 3, 'abc',
            { ...sdkCrc, ...rawStructured, ...rawCpk, ...sdkScope, leaseAccessConditions: sdkLease })],
    ['blob.stage_block', { ...CB, block_id: 'id', data: 'abc', validate_content: true },
        (az) => az.block().stageBlock('aWQ=', 'abc', 3, { transactionalContentMD5: md5('abc') })],
    ['blob.stage_block_from_url', { ...CB, block_id: 'id', source_url: SOURCE, source_offset: 5, source_length: 3, source_content_md5: HASH,
        ...sourceIf, ...sourceAuth, ...sourceCpk, ...cpk, ...scope, ...lease },
    (az) => az.block().blockBlobContext.stageBlockFromURL('aWQ=', 0, SOURCE, {
        sourceRange: 'bytes=5-7', sourceContentMD5: HASH, sourceModifiedAccessConditions: rawSourceIf,
        copySourceAuthorization: 'Bearer t', fileRequestIntent: 'backup', sourceCpkInfo: rawSourceKey,
        ...rawCpk, ...sdkScope, leaseAccessConditions: sdkLease,
    })],
    ['blob.stage_block_from_url', { ...CB, block_id: 'id', source_url: SOURCE, source_offset: 5, source_length: 3, ...sourceCpk, ...sourceAuth, ...cpk, ...scope, ...lease },
        (az) => az.block().stageBlockFromURL('aWQ=', SOURCE, 5, 3, { ...sdkSourceCpk, ...sdkSourceAuth, ...sdkCpk, ...sdkScope, conditions: sdkLease })],
    ['blob.stage_block_from_url', { ...CB, block_id: 'id', source_url: SOURCE, source_content_crc64: CRC },
        (az) => az.block().stageBlockFromURL('aWQ=', SOURCE, 0, undefined, { sourceContentCrc64: CRC })],
    ['blob.get_block_list', { ...CB, block_list_type: 'all', snapshot: STAMP, ...lease, if_tags_match_condition: "t = 'u'" },
        (az) => az.block().withSnapshot(STAMP).getBlockList('all', { conditions: { ...sdkLease, tagConditions: "t = 'u'" } })],
    ['blob.get_block_list', { ...CB }, (az) => az.block().getBlockList('committed')],
    ['blob.commit_block_list', { ...CB, block_list: ['a', 'b+'], ...written, standard_blob_tier: 'Cool', ...crc },
        (az) => az.block().blockBlobContext.commitBlockList({ latest: ['YQ==', 'Yis='] }, {
            ...rawConditions, ...sdkMetadata, blobTagsString: 'a%20b=c%3Dd&e=&x%2B%3A%2F._-%3D=z', ...rawCpk, ...sdkScope, ...sdkHold, tier: 'Cool',
            blobHttpHeaders: sdkHeaders, immutabilityPolicyExpiry: LATER_DATE, immutabilityPolicyMode: 'Unlocked', ...sdkCrc,
        })],
    ['blob.commit_block_list', { ...CB, block_list: ['a', 'b+'], ...written, standard_blob_tier: 'Cool' },
        (az) => az.block().commitBlockList(['YQ==', 'Yis='], { ...sdkWritten, tier: 'Cool' })],
    ['blob.commit_block_list', { ...CB, block_list: [{ id: 'a', state: 'Committed' }, { id: 'b', state: 'Uncommitted' }, { id: 'c', state: 'Latest' }], validate_content: true },
        (az) => az.block().blockBlobContext.commitBlockList({ committed: ['YQ=='], uncommitted: ['Yg=='], latest: ['Yw=='] }, { transactionalContentMD5: HASH })],
    ['blob.commit_block_list', { ...CB, block_list: [] }, (az) => az.block().commitBlockList([])],

    // ---- copies ----
    ['blob.start_copy_from_url', { ...CB, source_url: SOURCE, requires_sync: false, incremental_copy: false, wait: true, progress: true, destination_lease: 'lease-id', source_lease: 'other',
        standard_blob_tier: 'Hot', rehydrate_priority: 'High', seal_destination_blob: true, ...metadata, ...tags, ...sourceIf, ...sourceTags,
        ...immutability, ...hold, ...conditions },
    (az) => az.blob().startCopyFromURL(SOURCE, {
        tier: 'Hot', rehydratePriority: 'High', sealBlob: true, ...sdkMetadata, ...sdkTags,
        sourceConditions: { ...sdkSourceIf, tagConditions: "s = 't'" }, ...sdkImmutability, ...sdkHold, conditions: sdkAllConditions,
    }), { headers: { 'x-ms-source-lease-id': 'other' } }],
    ['blob.start_copy_from_url', { ...CB, source_url: 'https://source.example/c/a%20b%2Bc/%C3%BC?snapshot=2030', premium_page_blob_tier: 'P10' },
        (az) => az.blob().startCopyFromURL('https://source.example/c/a%20b%2Bc/%C3%BC?snapshot=2030', { tier: 'P10' })],
    ['blob.start_copy_from_url', { ...CB, source_url: SOURCE, requires_sync: true, wait: true, progress: true, destination_lease: 'lease-id', source_lease: 'other', standard_blob_tier: 'Hot',
        ...metadata, ...tags, ...sourceIf, source_content_md5: HASH, ...sourceAuth, ...scope, ...immutability, ...hold, ...conditions },
    (az) => az.blob().syncCopyFromURL(SOURCE, {
        tier: 'Hot', ...sdkMetadata, ...sdkTags, sourceConditions: sdkSourceIf, sourceContentMD5: HASH, ...sdkSourceAuth, ...sdkScope,
        ...sdkImmutability, ...sdkHold, conditions: sdkAllConditions,
    }), { headers: { 'x-ms-source-lease-id': 'other' } }],
    ['blob.start_copy_from_url', { ...CB, source_url: SOURCE, requires_sync: true, tags: 'REPLACE', premium_page_blob_tier: 'P4' },
        (az) => az.blob().syncCopyFromURL(SOURCE, { copySourceTags: 'REPLACE', tier: 'P4' })],
    ['blob.start_copy_from_url', { ...CB, source_url: SOURCE, requires_sync: false, incremental_copy: true, wait: true, progress: true, metadata: { k: 'v' }, ...conditions },
        (az) => az.page().startCopyIncremental(SOURCE, { conditions: sdkConditions }), { headers: { 'x-ms-meta-k': 'v' } }],
    ['blob.start_copy_from_url', { ...CB, source_url: 'https://source.example/c/a b/ü?sig=1%20%2B' },
        (az) => az.blob().startCopyFromURL('https://source.example/c/a%20b/%C3%BC?sig=1%20%2B')],
    ['blob.copy_blob', { ...CB, source_container: 'c', source_blob: 'ü s/#1', source_snapshot: STAMP, source_client: 'key', overwrite: true,
        ...metadata, ...tags, standard_blob_tier: 'Cool', destination_lease: 'lease-id', max_concurrency: 2, progress: true, ...conditions },
    (az) => az.blob().startCopyFromURL(az.blob('ü s/#1').withSnapshot(STAMP).url,
        { ...sdkMetadata, ...sdkTags, tier: 'Cool', conditions: sdkAllConditions })],
    ['blob.copy_blob', { ...CB, source_container: 'c', source_blob: 's', source_version_id: STAMP },
        (az) => az.blob().startCopyFromURL(az.blob('s').withVersion(STAMP).url, { conditions: { ifNoneMatch: '*' } })],
    ['blob.copy_blob', { ...CB, source_client: 'sas', source_container: 'c', source_blob: 's', overwrite: true },
        (az) => az.blob().startCopyFromURL(az.sas.blob('s').url)],
    ['blob.copy_blob', { ...CB, source_client: 'other', source_container: 'c', source_blob: 's', overwrite: true, ...metadata, ...tags,
        standard_blob_tier: 'Cool', destination_lease: 'lease-id', ...conditions },
    async (az) => {
        const { etag } = await az.other.blob('s').getProperties();
        await az.block().syncUploadFromURL(az.other.blob('s').url,
            { ...sdkMetadata, ...sdkTags, tier: 'Cool', sourceConditions: { ifMatch: etag }, conditions: sdkAllConditions });
    }],
    ['blob.abort_copy', { ...CB, copy_id: 'c1-d2', ...lease }, (az) => az.blob().abortCopyFromURL('c1-d2', { conditions: sdkLease })],
    ['blob.upload_blob_from_url', { ...CB, source_url: SOURCE, overwrite: true, include_source_blob_properties: false, destination_lease: 'lease-id',
        standard_blob_tier: 'Cool', transactional_content_md5: HASH, source_content_md5: HASH, ...sourceIf, ...sourceTags, ...sourceAuth, ...sourceCpk,
        ...settings, ...metadata, ...tags, ...cpk, ...scope, ...conditions },
    (az) => az.block().syncUploadFromURL(SOURCE, {
        copySourceBlobProperties: false, tier: 'Cool', transactionalContentMD5: HASH, sourceContentMD5: HASH,
        sourceConditions: { ...sdkSourceIf, tagConditions: "s = 't'" }, ...sdkSourceAuth, ...sdkSourceCpk,
        ...sdkSettings, ...sdkMetadata, ...sdkTags, ...sdkCpk, ...sdkScope, conditions: sdkAllConditions,
    })],
    ['blob.upload_blob_from_url', { ...CB, source_url: SOURCE, tags: 'COPY' },
        (az) => az.block().syncUploadFromURL(SOURCE, { copySourceTags: 'COPY', conditions: { ifNoneMatch: '*' } })],

    // ---- pages ----
    ['blob.create_page_blob', { ...CB, size: 1024, sequence_number: 7, premium_page_blob_tier: 'P80', ...written },
        (az) => az.page().create(1024, { blobSequenceNumber: 7, tier: 'P80', ...sdkWritten })],
    ['blob.create_page_blob', { ...CB, size: 0 }, (az) => az.page().create(0)],
    ['blob.upload_page', { ...CB, page: Buffer.concat([PAGE, PAGE]), offset: 1024, length: 512, ...crc, ...structured, ...sequenceIf, ...cpk, ...scope, ...allConditions },
        (az) => az.page().pageBlobContext.uploadPages(512, PAGE, { range: 'bytes=1024-1535', ...sdkCrc, ...rawStructured, ...rawConditions,
            sequenceNumberAccessConditions: sdkSequenceIf, ...rawCpk, ...sdkScope })],
    ['blob.upload_page', { ...CB, page: PAGE, offset: 0, validate_content: true },
        (az) => az.page().uploadPages(PAGE, 0, 512, { transactionalContentMD5: md5(PAGE) })],
    ['blob.upload_pages_from_url', { ...CB, source_url: SOURCE, offset: 512, length: 1024, source_offset: 2048, source_content_md5: HASH, ...sourceIf, ...sourceAuth,
        ...sourceCpk, ...sequenceIf, ...cpk, ...scope, ...allConditions },
    (az) => az.page().uploadPagesFromURL(SOURCE, 2048, 512, 1024, { sourceContentMD5: HASH, sourceConditions: sdkSourceIf, ...sdkSourceAuth, ...sdkSourceCpk,
        ...sdkCpk, ...sdkScope, conditions: { ...sdkAllConditions, ...sdkSequenceIf } })],
    ['blob.upload_pages_from_url', { ...CB, source_url: SOURCE, offset: 0, length: 512, source_offset: 0, source_content_crc64: CRC },
        (az) => az.page().uploadPagesFromURL(SOURCE, 0, 0, 512, { sourceContentCrc64: CRC })],
    ['blob.clear_page', { ...CB, offset: 512, length: 1024, ...sequenceIf, ...cpk, ...scope, ...allConditions },
        (az) => az.page().clearPages(512, 1024, { ...sdkCpk, ...sdkScope, conditions: { ...sdkAllConditions, ...sdkSequenceIf } })],
    ['blob.get_page_ranges', { ...CB }, (az) => az.page().pageBlobContext.getPageRanges({})],
    ['blob.get_page_ranges', { ...CB, snapshot: STAMP, offset: 512, length: 1024, ...allConditions },
        (az) => az.page().withSnapshot(STAMP).getPageRanges(512, 1024, { conditions: sdkAllConditions })],
    ['blob.get_page_ranges', { ...CB, snapshot: STAMP, previous_snapshot_diff: STAMP, offset: 0, length: 512, ...allConditions },
        (az) => az.page().withSnapshot(STAMP).getPageRangesDiff(0, 512, STAMP, { conditions: sdkAllConditions })],
    ['blob.list_page_ranges', { ...CB, snapshot: STAMP, offset: 0, length: 512, continuation_token: 'm', results_per_page: 9, ...allConditions },
        (az) => az.first(az.page().withSnapshot(STAMP).listPageRanges(0, 512, { conditions: sdkAllConditions }), { continuationToken: 'm', maxPageSize: 9 })],
    ['blob.list_page_ranges', { ...CB, previous_snapshot: STAMP, offset: 0, length: 512, results_per_page: 9 },
        (az) => az.first(az.page().listPageRangesDiff(0, 512, STAMP), { maxPageSize: 9 })],
    ['blob.get_page_range_diff_for_managed_disk', { ...CB, snapshot: STAMP, offset: 0, length: 512, previous_snapshot_url: 'https://disk.example/c/b?snapshot=1&sig=a%2Bb', ...allConditions },
        (az) => az.page().withSnapshot(STAMP).getPageRangesDiffForManagedDisks(0, 512, 'https://disk.example/c/b?snapshot=1&sig=a%2Bb', { conditions: sdkAllConditions })],
    ['blob.resize_blob', { ...CB, size: 512, ...cpk, ...scope, ...allConditions },
        (az) => az.page().pageBlobContext.resize(512, { ...rawCpk, ...sdkScope, ...rawConditions })],
    ['blob.set_sequence_number', { ...CB, sequence_number_action: 'max', sequence_number: 9007199254740991, ...allConditions },
        (az) => az.page().updateSequenceNumber('max', 9007199254740991, { conditions: sdkAllConditions })],
    ['blob.set_sequence_number', { ...CB, sequence_number_action: 'increment' }, (az) => az.page().updateSequenceNumber('increment')],

    // ---- appends ----
    ['blob.create_append_blob', { ...CB, ...written }, (az) => az.append().appendBlobContext.create(0, {
        ...rawConditions, ...sdkMetadata, blobTagsString: 'a%20b=c%3Dd&e=&x%2B%3A%2F._-%3D=z', ...rawCpk, ...sdkScope, ...sdkHold,
        blobHttpHeaders: sdkHeaders, immutabilityPolicyExpiry: LATER_DATE, immutabilityPolicyMode: 'Unlocked',
    })],
    ['blob.create_append_blob', { ...CB }, (az) => az.append().create()],
    ['blob.append_block', { ...CB, data: 'abcd', length: 3, ...crc, ...structured, ...appendIf, ...cpk, ...scope, ...allConditions },
        (az) => az.append().appendBlobContext.appendBlock(3, 'abc', { ...sdkCrc, ...rawStructured, appendPositionAccessConditions: sdkAppendIf, ...rawCpk, ...sdkScope, ...rawConditions })],
    ['blob.append_block', { ...CB, data: 'abc', validate_content: true },
        (az) => az.append().appendBlock('abc', 3, { transactionalContentMD5: md5('abc') })],
    ['blob.append_block_from_url', { ...CB, copy_source_url: SOURCE, source_offset: 5, source_length: 3, transactional_content_md5: HASH, source_content_md5: HASH,
        ...sourceIf, ...sourceAuth, ...sourceCpk, ...appendIf, ...cpk, ...scope, ...allConditions },
    (az) => az.append().appendBlobContext.appendBlockFromUrl(SOURCE, 0, {
        sourceRange: 'bytes=5-7', transactionalContentMD5: HASH, sourceContentMD5: HASH, sourceModifiedAccessConditions: rawSourceIf,
        copySourceAuthorization: 'Bearer t', fileRequestIntent: 'backup', sourceCpkInfo: rawSourceKey,
        appendPositionAccessConditions: sdkAppendIf, ...rawCpk, ...sdkScope, ...rawConditions,
    })],
    ['blob.append_block_from_url', { ...CB, source_url: SOURCE, source_offset: 0, source_length: 1, source_content_crc64: CRC },
        (az) => az.append().appendBlockFromURL(SOURCE, 0, 1, { sourceContentCrc64: CRC })],
    ['blob.seal_append_blob', { ...CB, appendpos_condition: 7, ...lease, ...dates, etag: '"0x1"', match_condition: 'IfNotModified' },
        (az) => az.append().seal({ conditions: { appendPosition: 7, ...sdkLease, ...sdkDates, ifMatch: '"0x1"' } })],

    // ---- leases ----
    ['lease.acquire', { ...C, lease_duration: 15, lease_id: 'i', ...dates },
        (az) => az.container().getBlobLeaseClient('i').acquireLease(15, { conditions: sdkDates })],
    ['lease.acquire', { ...CB, lease_duration: 60, id: 'i', ...conditions },
        (az) => az.blob().getBlobLeaseClient('i').acquireLease(60, { conditions: sdkConditions })],
    ['lease.acquire', { ...CB, lease_id: 'i' }, (az) => az.blob().getBlobLeaseClient('i').acquireLease(-1)],
    ['lease.acquire', { ...CB }, (az) => az.blob().getBlobLeaseClient().acquireLease(-1)],
    ['lease.renew', { ...C, ...lease, ...dates }, (az) => az.container().getBlobLeaseClient('lease-id').renewLease({ conditions: sdkDates })],
    ['lease.renew', { ...CB, ...lease, ...conditions }, (az) => az.blob().getBlobLeaseClient('lease-id').renewLease({ conditions: sdkConditions })],
    ['lease.release', { ...C, ...lease, ...dates }, (az) => az.container().getBlobLeaseClient('lease-id').releaseLease({ conditions: sdkDates })],
    ['lease.release', { ...CB, ...lease, ...conditions }, (az) => az.blob().getBlobLeaseClient('lease-id').releaseLease({ conditions: sdkConditions })],
    ['lease.change', { ...C, ...lease, proposed_lease_id: 'p', ...dates },
        (az) => az.container().getBlobLeaseClient('lease-id').changeLease('p', { conditions: sdkDates })],
    ['lease.change', { ...CB, ...lease, proposed_lease_id: 'p', ...conditions },
        (az) => az.blob().getBlobLeaseClient('lease-id').changeLease('p', { conditions: sdkConditions })],
    ['lease.break_lease', { ...C, lease_break_period: 0, ...dates }, (az) => az.container().getBlobLeaseClient('i').breakLease(0, { conditions: sdkDates })],
    ['lease.break_lease', { ...CB, lease_break_period: 60, ...conditions }, (az) => az.blob().getBlobLeaseClient('i').breakLease(60, { conditions: sdkConditions })],
    ['lease.break_lease', { ...CB }, (az) => az.blob().blobContext.breakLease({})],
    ['container.acquire_lease', { ...C, lease_duration: -1, lease_id: 'i', ...dates },
        (az) => az.container().getBlobLeaseClient('i').acquireLease(-1, { conditions: sdkDates })],
    ['blob.acquire_lease', { ...CB, lease_duration: 15, lease_id: 'i', ...conditions },
        (az) => az.blob().getBlobLeaseClient('i').acquireLease(15, { conditions: sdkConditions })],

    // ---- clients: nothing is sent, and the URL is the same ----
    ['service.get_container_client', { container: '$root' }, (az) => az.container('$root').url],
    ['service.get_blob_client', { ...CB, snapshot: STAMP }, (az) => az.blob().withSnapshot(STAMP).url],
    ['service.get_blob_client', { ...CB, version_id: STAMP }, (az) => az.blob().withVersion(STAMP).url],
    ['container.get_blob_client', { container: 'c', blob: 'ü b/#1' }, (az) => az.blob('ü b/#1').url],
    ['container.get_blob_client', { ...CB, snapshot: STAMP }, (az) => az.blob().withSnapshot(STAMP).url],
    ['container.get_blob_client', { ...CB, version_id: STAMP }, (az) => az.blob().withVersion(STAMP).url],
    ['container.get_blob_service_client', {}, (az) => az.service.url],
    ['blob.get_container_client', { ...C }, (az) => az.container().url],

    // ---- shared access signatures: nothing is sent, and the URL is the same, its signature too ----
    ['util.generate_account_sas', { resource_types: 'sco', permission: 'rwdxylacuptfi', expiry: LATER, services: 'b', ...sas },
        (az) => az.service.generateAccountSasUrl(LATER_DATE, AccountSASPermissions.parse('rwdxylacuptfi'), 'sco', sdkSas)],
    ['util.generate_container_sas', { container_name: 'c', permission: 'racwdxyltfmei', expiry: LATER, ...sas, ...sasHeaders },
        (az) => az.container().generateSasUrl({ permissions: ContainerSASPermissions.parse('racwdxyltfmei'), expiresOn: LATER_DATE, ...sdkSas, ...sdkSasHeaders })],
    ['util.generate_container_sas', { container_name: 'c', policy_id: 'policy', api_version: sas.api_version },
        (az) => az.container().generateSasUrl({ identifier: 'policy', version: sas.api_version })],
    ['util.generate_container_sas', { container_name: 'c', permission: 'rl', expiry: LATER, ...sas, ...sasHeaders, ...delegated },
        (az) => az.container().generateUserDelegationSasUrl({ permissions: ContainerSASPermissions.parse('rl'), expiresOn: LATER_DATE,
            ...sdkSas, ...sdkSasHeaders, ...sdkDelegated }, sdkDelegationKey)],
    ['util.generate_blob_sas', { container_name: 'c', blob_name: 'ü b/#1', permission: 'racwdxytmei', expiry: LATER, ...sas, ...sasHeaders },
        (az) => az.blob('ü b/#1').generateSasUrl({ permissions: BlobSASPermissions.parse('racwdxytmei'), expiresOn: LATER_DATE, ...sdkSas, ...sdkSasHeaders })],
    ['util.generate_blob_sas', { container_name: 'c', blob_name: 'b', snapshot: STAMP, policy_id: 'policy', api_version: sas.api_version },
        (az) => az.blob().withSnapshot(STAMP).generateSasUrl({ identifier: 'policy', version: sas.api_version })],
    ['util.generate_blob_sas', { container_name: 'c', blob_name: 'b', version_id: STAMP, permission: 'r', expiry: LATER, ...sas, ...delegated },
        (az) => az.blob().withVersion(STAMP).generateUserDelegationSasUrl({ permissions: BlobSASPermissions.parse('r'), expiresOn: LATER_DATE,
            ...sdkSas, ...sdkDelegated }, sdkDelegationKey)],
    ['util.generate_blob_sas', { container_name: 'c', blob_name: 'd/e', is_directory: true, sdd: 2, permission: 'r', expiry: LATER, ...sas, ...delegated },
        (az) => az.blob('d/e').generateUserDelegationSasUrl({ isDirectory: true, permissions: BlobSASPermissions.parse('r'), expiresOn: LATER_DATE,
            ...sdkSas, ...sdkDelegated }, sdkDelegationKey)],

    // ---- queries ----
    ['blob.query_blob', { ...CB, query_expression: 'SELECT * FROM BlobStorage' }, (az) => az.block().query('SELECT * FROM BlobStorage')],
    ['blob.query_blob', {
        ...CB, snapshot: STAMP, query_expression: "SELECT _1 FROM BlobStorage WHERE _2 < '&' AND _3 > \"x\"", ...cpk, ...allConditions,
        blob_format: { type: 'delimited', delimiter: ';', lineterminator: '\n', quotechar: "'", escapechar: '\\', has_header: true },
        output_format: { type: 'delimited', delimiter: '|', lineterminator: '.', quotechar: '"', escapechar: '!', has_header: false },
    }, (az) => az.block().withSnapshot(STAMP).query("SELECT _1 FROM BlobStorage WHERE _2 < '&' AND _3 > \"x\"", {
        ...sdkCpk, conditions: sdkAllConditions,
        inputTextConfiguration: { kind: 'csv', columnSeparator: ';', recordSeparator: '\n', fieldQuote: "'", escapeCharacter: '\\', hasHeaders: true },
        outputTextConfiguration: { kind: 'csv', columnSeparator: '|', recordSeparator: '.', fieldQuote: '"', escapeCharacter: '!', hasHeaders: false },
    })],
    ['blob.query_blob', {
        ...CB, query_expression: 'SELECT 1', blob_format: { type: 'json', delimiter: '\n' },
        output_format: { type: 'arrow', schema: [{ type: 'decimal', name: 'n', precision: 4, scale: 2 }, { type: 'int64', name: 'm' }] },
    }, (az) => az.block().query('SELECT 1', {
        inputTextConfiguration: { kind: 'json', recordSeparator: '\n' },
        outputTextConfiguration: { kind: 'arrow', schema: [{ type: 'decimal', name: 'n', precision: 4, scale: 2 }, { type: 'int64', name: 'm' }] },
    })],
    ['blob.query_blob', { ...CB, version_id: STAMP, query_expression: 'SELECT 1', blob_format: { type: 'parquet' }, output_format: { type: 'json', delimiter: ',' } },
        (az) => az.block().query('SELECT 1', { inputTextConfiguration: { kind: 'parquet' }, outputTextConfiguration: { kind: 'json', recordSeparator: ',' } }),
        { query: { versionid: STAMP } }],
];
