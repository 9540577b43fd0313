// differences.mjs: where the daemon's requests may differ from the SDK's, and what no case shows.
// An entry that nothing needs fails the run.

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const BOUNDARY = /^multipart\/mixed; boundary=batch_[0-9a-f-]{36}$/;

// method: one, or '*'. fact: as compare.mjs names it; of a batch's parts, without the number.
// sdk, daemon: what each has: a text, a pattern, or null for nothing; left out: anything.
export const differences = [
    // what every request has
    { method: '*', fact: 'header x-ms-client-request-id', sdk: UUID, daemon: UUID, reason: 'made up for each request' },
    { method: '*', fact: 'header x-ms-date', sdk: null, daemon: 'now', reason: 'the daemon sends it without a shared key too' },
    { method: '*', fact: 'header x-ms-version', sdk: '2026-10-06', daemon: '2026-04-06', reason: "the daemon's default, which its configuration can change" },
    { method: '*', fact: 'header user-agent', sdk: /^azsdk-js-/, daemon: /^azblobd\/[0-9.]+$/, reason: 'each names itself' },
    { method: '*', fact: 'header accept', sdk: /^application\/(xml|octet-stream)$/, daemon: '*/*', reason: 'the service answers in its one format' },
    { method: '*', fact: 'header connection', sdk: 'keep-alive', daemon: null, reason: 'the default of HTTP/1.1' },

    // documents, spelled otherwise
    ...['service.set_service_properties', 'service.get_user_delegation_key', 'container.set_container_access_policy',
        'blob.set_blob_tags', 'blob.commit_block_list', 'blob.upload_blob', 'blob.query_blob'].map((method) => ({
        method, fact: 'header content-length', sdk: /^[1-9]/, daemon: /^[1-9]/, reason: 'another XML declaration, and how empty elements are written',
    })),
    ...['blob.set_blob_tags', 'blob.commit_block_list'].map((method) => ({
        method, fact: 'header content-md5', sdk: 'MDEyMzQ1Njc4OWFiY2RlZg==', daemon: "the body's", reason: 'the SDK leaves the MD5 of its XML to the caller, who cannot know it',
    })),
    ...['DeleteRetentionPolicy[1]', 'Logging[1]/RetentionPolicy[1]', 'HourMetrics[1]/RetentionPolicy[1]', 'MinuteMetrics[1]/RetentionPolicy[1]'].map((element) => ({
        method: 'service.set_service_properties', fact: `xml StorageServiceProperties/${element}/AllowPermanentDelete[1]`,
        sdk: null, daemon: /^(true|false)$/, reason: 'in the REST description of a retention policy, after Days; the SDK drops it',
    })),
    { method: 'service.set_service_properties', fact: 'xml order', daemon: / Days AllowPermanentDelete/, reason: 'the same' },
    ...['1', '2'].flatMap((i) => ['Start', 'Expiry'].map((element) => ({
        method: 'container.set_container_access_policy', fact: `xml SignedIdentifiers/SignedIdentifier[${i}]/AccessPolicy[1]/${element}[1]`,
        sdk: /^[^.]*T[^.]*\.0000000Z$/, daemon: /^[^.]*T[^.]*[0-9]Z$/, reason: 'the service takes seconds with and without a fraction',
    }))),
    ...[['header content-type', 'application/xml', null], ['header content-length', /./, '0'], ['xml SignedIdentifiers', '', null],
        ['xml order', 'SignedIdentifiers', null], ['body', null, '']].map(([fact, sdk, daemon]) => ({
        method: 'container.set_container_access_policy', fact, sdk, daemon, reason: 'without policies the SDK sends an empty document, the daemon nothing: both remove all',
    })),
    ...['InputSerialization[1]/Format[1]/DelimitedTextConfiguration[1]', 'InputSerialization[1]/Format[1]/JsonTextConfiguration[1]'].map((element) => ({
        method: 'blob.query_blob', fact: `xml QueryRequest/${element}/RecordSeparator[1]`, sdk: '', daemon: '\n', reason: 'the SDK removes line feeds from what it sends',
    })),
    { method: 'blob.query_blob', fact: 'xml QueryRequest/InputSerialization[1]/Format[1]/ParquetTextConfiguration[1]', sdk: null, daemon: ' ', reason: "the Python SDK's way to say parquet" },
    { method: 'blob.query_blob', fact: 'xml order', daemon: / Type ParquetTextConfiguration /, reason: 'the same' },

    // order and choice
    { method: 'service.list_containers', fact: 'query include', sdk: 'deleted,metadata,system', daemon: 'metadata,deleted,system', reason: 'a set: order says nothing' },
    { method: 'lease.acquire', fact: 'header x-ms-proposed-lease-id', sdk: UUID, daemon: UUID, reason: 'made up when none is given' },

    // an upload in blocks
    ...['key', 'key-sha256', 'algorithm'].map((name) => ({
        method: 'blob.upload_blob', fact: `header x-ms-encryption-${name}`, sdk: null, daemon: /./, reason: "the SDK's uploadData sends the key with the list only, which the service refuses",
    })),
    ...['blob.upload_blob', 'container.upload_blob'].map((method) => ({
        method, fact: 'header x-ms-content-crc64', sdk: null, daemon: /^[A-Za-z0-9+/]{11}=$/, reason: 'the daemon sends a checksum with all content',
    })),

    // a copy between accounts
    {
        method: 'blob.copy_blob', fact: 'header x-ms-copy-source', sdk: /:\d+\/wire2\/c\/s$/, daemon: /:\d+\/wire2\/c\/s\?sv=[^&]+&spr=https&st=[^&]+&se=[^&]+&sr=b&sp=r&sig=[^&]+$/,
        reason: "the daemon opens the source with a SAS of its own making; the SDK's caller has to",
    },

    // a download
    ...['container.download_blob', 'blob.download_blob'].flatMap((method) => [
        { method, fact: 'header x-ms-structured-body', sdk: null, daemon: 'XSM/1.0; properties=crc64', reason: 'the daemon asks for checksums of all content' },
        { method, fact: 'header x-ms-range', sdk: null, daemon: 'bytes=0-8388607', reason: 'the first of the ranges that a transfer is split into' },
    ]),
    { method: 'blob.download_blob', fact: 'header x-ms-range', sdk: 'bytes=4-', daemon: 'bytes=4-8388611', reason: 'the same' },

    // batches
    ...['container.delete_blobs', 'container.set_standard_blob_tier_blobs', 'container.set_premium_page_blob_tier_blobs'].flatMap((method) => [
        { method, fact: 'header content-type', sdk: BOUNDARY, daemon: BOUNDARY, reason: 'made up for each request' },
        { method, fact: 'header content-length', reason: 'what the parts differ in' },
        { method, fact: 'part header content-length', sdk: null, daemon: '0', reason: 'the REST reference has it in each part' },
        { method, fact: 'part header x-ms-client-request-id', sdk: null, daemon: UUID, reason: 'each part can be found in the logs of the service' },
        { method, fact: 'part header accept', sdk: 'application/xml', daemon: null, reason: 'the service answers in its one format' },
    ]),
    { method: 'container.delete_blobs', fact: 'part header x-ms-date', sdk: null, daemon: 'now', reason: 'the daemon sends it without a shared key too' },

    // names
    { method: 'blob.get_blob_properties', fact: 'path', sdk: /^\/wire(\/[abc])*\/?$/, daemon: /^\/wire\/c(\/.*)?\/\.\.?(\/|$)/, reason: 'the SDK resolves dot segments, even out of the container; the daemon sends the name as it is' },
    ...['container.get_blob_service_client', 'util.generate_account_sas'].map((method) => ({
        method, fact: 'path', sdk: '/wire', daemon: '/wire/', reason: 'the same resource',
    })),
];

// method: which ones; param: which of their parameters; without: no case has the method at all.
export const unproven = [
    ...['max_single_put_size', 'max_block_size', 'max_concurrency', 'resume', 'progress', 'compute_md5'].map((param) => ({
        method: /\.upload_blob$/, param, reason: 'how, not what is sent',
    })),
    ...['maxsize_condition', 'premium_page_blob_tier'].map((param) => ({
        method: /\.upload_blob$/, param, reason: 'of append and page blobs, whose own methods have cases',
    })),
    ...['max_concurrency', 'resume', 'progress', 'check_md5'].map((param) => ({
        method: /\.download_blob$/, param, reason: 'how, not what is asked for',
    })),
    { method: /^lease\.acquire$|\.acquire_lease$/, param: 'bind', reason: 'says when the daemon lets go of it' },
    { method: /^(rpc|daemon)\./, reason: 'the daemon answers by itself' },
    { method: /^service\.(open|close)$/, reason: 'nothing is sent' },
    { method: /^util\.parse_connection_string$|\.from_(blob|container)_url$/, reason: 'nothing is sent' },
    { method: /^util\.(upload_blob_to|download_blob_from)_url$/, reason: 'the requests of blob.upload_blob and blob.download_blob, which have cases' },
    { method: /^util\.generate_/, param: 'account_name', reason: 'given with the client' },
    { method: /^util\.generate_/, param: 'account_key', reason: 'given with the client' },
    { method: /^util\.generate_/, param: 'agent_object_id', reason: 'not in the SDK' },
    ...['deadline_ms', 'bwlimit', 'priority', 'retry_total', 'window', 'fd'].map((param) => ({
        method: /^\*$/, param, reason: 'says when a request is sent, or how bytes travel between client and daemon',
    })),
];
