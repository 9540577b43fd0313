// server.mjs: a Blob service that says yes to everything and keeps what it was asked. What it
// answers only has to let a client go on; what it was asked is the test.

import { createHash } from 'node:crypto';
import https from 'node:https';

const xml = (root, inside = '') => `<?xml version="1.0" encoding="utf-8"?><${root}>${inside}</${root}>`;
const md5 = (text) => createHash('md5').update(text).digest('base64');
const RULE = '<Enabled>false</Enabled>';
const ACCOUNT = {
    'x-ms-sku-name': 'Standard_LRS',
    'x-ms-account-kind': 'StorageV2',
    'x-ms-is-hns-enabled': 'false',
};
const BLOB = { 'x-ms-blob-type': 'BlockBlob', 'Content-Type': 'text/plain', 'x-ms-lease-status': 'unlocked' };
const COPY = { 'x-ms-copy-id': 'copy', 'x-ms-copy-status': 'success' };
const LEASE_STATUS = { acquire: 201, break: 202 };

// An Avro file as queries answer with: no data, and the record that says that it is the end.
function queryResult() {
    const number = (n) => Buffer.from([(n << 1) & 0x7f | (n > 63 ? 0x80 : 0), ...(n > 63 ? [n >> 6] : [])]);
    const text = (s) => Buffer.concat([number(s.length), Buffer.from(s)]);
    const record = (name, ...fields) => ({
        type: 'record',
        name: `com.microsoft.azure.storage.queryBlobContents.${name}`,
        fields: fields.map(([field, type]) => ({ name: field, type })),
    });
    const schema = JSON.stringify([
        record('resultData', ['data', 'bytes']),
        record('error', ['fatal', 'boolean'], ['name', 'string'], ['description', 'string'], ['position', 'long']),
        record('progress', ['bytesScanned', 'long'], ['totalBytes', 'long']),
        record('end', ['totalBytes', 'long']),
    ]);
    const sync = Buffer.alloc(16, 7);
    const end = Buffer.concat([number(3), number(0)]); // the fourth type: 0 bytes in all
    return Buffer.concat([
        Buffer.from('Obj\x01'), number(1), text('avro.schema'), text(schema), number(0), sync,
        number(1), number(end.length), end, sync,
    ]);
}

// As many parts as the request has.
function batchAnswer(request) {
    const ids = [...request.body.toString('latin1').matchAll(/^Content-ID: (\d+)/gm)];
    const parts = ids.map(([, id]) =>
        ['--answer', 'Content-Type: application/http', `Content-ID: ${id}`, '',
            'HTTP/1.1 202 Accepted', 'x-ms-request-id: part', '', ''].join('\r\n'));
    return {
        status: 202,
        headers: { 'Content-Type': 'multipart/mixed; boundary=answer' },
        body: `${parts.join('')}--answer--`,
    };
}

// Who asks for two entries a page gets a second page.
const nextMarker = (request) =>
    request.query.get('maxresults') === '2' && !request.query.has('marker')
        ? '<NextMarker>more+/=</NextMarker>' : '<NextMarker />';

const listing = (root, inside) => (request) => ({ status: 200, body: xml(root, inside + nextMarker(request)) });

// By verb, R for a container (restype=container), and comp: a status, or an answer.
const answers = {
    // the account, or anything asked for its account's kind
    'GET properties account': { status: 200, headers: ACCOUNT },
    'GET properties service': { status: 200, body: xml('StorageServiceProperties', `<Cors /><DeleteRetentionPolicy>${RULE}</DeleteRetentionPolicy>`) },
    'PUT properties service': 202,
    'GET stats service': { status: 200, body: xml('StorageServiceStats', '<GeoReplication><Status>live</Status></GeoReplication>') },
    'POST userdelegationkey service': { status: 200, body: xml('UserDelegationKey',
        ['SignedOid', 'SignedTid', 'SignedService', 'SignedVersion', 'Value'].map((name) => `<${name}>x</${name}>`).join('') +
        '<SignedStart>2030-01-01T00:00:00Z</SignedStart><SignedExpiry>2030-01-01T00:00:01Z</SignedExpiry>') },
    'GET list': listing('EnumerationResults', '<Containers></Containers>'),
    'GET blobs': listing('EnumerationResults', '<Where>w</Where><Blobs></Blobs>'),
    // a container
    'PUT container': 201,
    'GET container': 200,
    'DELETE container': 202,
    'GET list container': listing('EnumerationResults', '<Blobs></Blobs>'),
    'GET blobs container': listing('EnumerationResults', '<Where>w</Where><Blobs></Blobs>'),
    'PUT metadata container': 200,
    'GET acl container': { status: 200, body: xml('SignedIdentifiers') },
    'PUT acl container': 200,
    'PUT undelete container': 201,
    'PUT rename container': 200,
    'POST batch container': batchAnswer,
    'PUT lease container': (request) => LEASE_STATUS[request.header('x-ms-lease-action')] ?? 200,
    // a blob
    'HEAD': { status: 200, headers: BLOB },
    'GET': { status: 200, headers: BLOB, body: 'the content' },
    'PUT': (request) => (request.header('x-ms-blob-type') ? 201 : { status: 202, headers: COPY }),
    'DELETE': 202,
    'PUT metadata': 200,
    'PUT properties': 200,
    'PUT undelete': 200,
    'GET tags': { status: 200, body: xml('Tags', '<TagSet></TagSet>') },
    'PUT tags': 204,
    'PUT snapshot': { status: 201, headers: { 'x-ms-snapshot': '2030-01-01T00:00:00.0000000Z' } },
    'PUT tier': 200,
    'PUT immutabilityPolicies': 200,
    'DELETE immutabilityPolicies': 200,
    'PUT legalhold': 200,
    'PUT expiry': 200,
    'PUT block': 201,
    'PUT blocklist': 201,
    'GET blocklist': { status: 200, body: xml('BlockList', '<CommittedBlocks /><UncommittedBlocks />') },
    'PUT copy': 204,
    'PUT incrementalcopy': { status: 202, headers: COPY },
    'PUT page': 201,
    'GET pagelist': listing('PageList', ''),
    'PUT appendblock': 201,
    'PUT seal': 200,
    'PUT lease': (request) => LEASE_STATUS[request.header('x-ms-lease-action')] ?? 200,
    'POST query': { status: 200, headers: { 'Content-Type': 'avro/binary' }, body: queryResult() },
};

// The part of a blob that the request's range asks for.
function ranged(request, answer) {
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.header('x-ms-range') ?? '') ?? [];
    if (request.method !== 'GET' || request.query.has('comp') || request.query.has('restype') || first === undefined)
        return answer;
    const end = Math.min(last === '' ? Infinity : Number(last), answer.body.length - 1);
    const body = answer.body.slice(Number(first), end + 1);
    return {
        status: 206,
        headers: {
            ...answer.headers,
            'Content-Range': `bytes ${first}-${end}/${answer.body.length}`,
            ...(request.header('x-ms-range-get-content-md5') && { 'Content-MD5': md5(body) }),
        },
        body,
    };
}

function answerTo(request) {
    const key = [request.method, request.query.get('comp'), request.query.get('restype')].filter(Boolean).join(' ');
    let answer = answers[key];
    if (typeof answer === 'function') answer = answer(request);
    if (typeof answer === 'number') answer = { status: answer };
    return answer === undefined ? { status: 400, headers: { 'x-ms-error-code': 'NoSuchOperation' } } : ranged(request, answer);
}

/** One HTTP request; query: decoded. */
export class Request {
    constructor(method, target, pairs, body) {
        const [path, search = ''] = target.split(/\?(.*)/s);
        this.method = method;
        this.path = path;
        // A '+' is itself in what Azure decodes, and not a space.
        this.query = new URLSearchParams(search.replaceAll('+', '%2B'));
        this.headers = pairs; // [name, value], in order
        this.body = body;
    }
    header(name) {
        return this.headers.find(([key]) => key.toLowerCase() === name)?.[1];
    }
}

/**
 * Listens on a port of its own of 127.0.0.1, with this key and certificate. Returns {port, take(),
 * close()}; take() gives the requests since the last time.
 */
export async function startServer(tls) {
    let requests = [];
    const server = https.createServer(tls, async (req, res) => {
        const chunks = [];
        for await (const chunk of req) chunks.push(chunk);
        const pairs = req.rawHeaders.flatMap((name, i, all) => (i % 2 === 0 ? [[name, all[i + 1]]] : []));
        const request = new Request(req.method, req.url, pairs, Buffer.concat(chunks));
        requests.push(request);
        const { status, headers = {}, body } = answerTo(request);
        res.writeHead(status, {
            'x-ms-request-id': 'request',
            'x-ms-version': request.header('x-ms-version') ?? '',
            'x-ms-client-request-id': request.header('x-ms-client-request-id') ?? '',
            ETag: '"0x1"',
            'Last-Modified': 'Tue, 01 Jan 2030 00:00:00 GMT',
            ...(status !== 204 && { 'Content-Length': req.method === 'HEAD' ? 11 : Buffer.byteLength(body ?? '') }),
            ...(typeof body === 'string' && body.startsWith('<') && { 'Content-Type': 'application/xml' }),
            ...headers,
        });
        res.end(body);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
        port: server.address().port,
        take: () => requests.splice(0),
        close: () => {
            server.close();
            server.closeAllConnections();
        },
    };
}
