// compare.mjs: what two requests differ in. A request becomes a flat map of facts ("query comp",
// "header x-ms-date", "xml BlockList/Latest[1]"), so that a difference is a fact with two values
// and an allowed one is a line of a table.

import { createHash } from 'node:crypto';

import { Request } from './server.mjs';

const decode = (text) => {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
};

// Whether a character that needs no escape has one makes no difference, except for a slash.
const pathFact = (path) => path.split('/').map((segment) => decode(segment).replaceAll('/', '%2F')).join('/');

// The signature depends on the date, which differs; who signs, and how, does not.
const authorizationFact = (value) => value.replace(/^(SharedKey [^:]*):.*$/, '$1');

// That a hash is the body's own says more than its value: two spellings of a document have two.
const md5Fact = (value, body) =>
    body.length > 0 && value === createHash('md5').update(body).digest('base64') ? "the body's" : value;

const entities = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const unescapeXml = (text) =>
    text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (_, hex, decimal, name) =>
        name ? entities[name] : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal)));

/** Facts of a document: the text of each element without elements inside, and the order of all. */
function xmlFacts(text) {
    const facts = new Map();
    const order = [];
    const open = [{ path: 'xml ', counts: new Map(), text: '', hasChildren: false }];
    for (const [, close, name, attributes, empty, chars] of text.matchAll(
        /<(?:\?[^>]*\?>|(\/?)([\w.:-]+)([^>]*?)(\/?)>)|([^<]+)/g)) {
        const parent = open.at(-1);
        if (chars !== undefined) {
            parent.text += chars;
        } else if (name !== undefined && !close) {
            const n = (parent.counts.get(name) ?? 0) + 1;
            parent.counts.set(name, n);
            parent.hasChildren = true;
            order.push(name);
            const path = `${parent.path}${open.length > 1 ? '/' : ''}${name}${open.length > 1 ? `[${n}]` : ''}`;
            if (attributes.trim() !== '') facts.set(`${path}@`, attributes.trim());
            open.push({ path, counts: new Map(), text: '', hasChildren: false });
        }
        if (name !== undefined && (close || empty)) {
            const element = open.pop();
            if (!element.hasChildren) facts.set(element.path, unescapeXml(element.text));
        }
    }
    facts.set('xml order', order.join(' '));
    return facts;
}

// Each part of a batch is a request itself, below headers of its own.
function multipartFacts(body, boundary) {
    const facts = new Map();
    const parts = body.split(`--${boundary}`);
    facts.set('last boundary', JSON.stringify(parts.at(-1).trimEnd()));
    parts.slice(1, -1).forEach((part, i) => {
        const [outer, inner, ...rest] = part.trimStart().split('\r\n\r\n');
        const [line, ...lines] = inner.split('\r\n');
        const [method, target, version] = line.split(' ');
        const pairs = (all) => all.filter(Boolean).map((header) => header.split(/: ?(.*)/s).slice(0, 2));
        const request = new Request(method, target, pairs(lines), Buffer.from(rest.join('\r\n\r\n').trim()));
        facts.set(`part ${i} version`, version);
        for (const [name, value] of pairs(outer.split('\r\n'))) facts.set(`part ${i} outer ${name.toLowerCase()}`, value);
        for (const [name, value] of factsOf(request)) facts.set(`part ${i} ${name}`, value);
    });
    return facts;
}

function bodyFacts(request) {
    const [, boundary] = /^multipart\/mixed; ?boundary=(.*)$/.exec(request.header('content-type') ?? '') ?? [];
    if (boundary !== undefined) return multipartFacts(request.body.toString(), boundary);
    if (/^application\/xml/.test(request.header('content-type') ?? '')) return xmlFacts(request.body.toString());
    return new Map([['body', request.body.toString('latin1')]]);
}

// Seconds may pass between the two requests.
const dateFact = (value) =>
    new Date(value).toUTCString() === value && Math.abs(new Date(value) - Date.now()) < 60e3 ? 'now' : value;

const headerFacts = { 'header authorization': authorizationFact, 'header content-md5': md5Fact, 'header x-ms-date': dateFact };

/** What a request says: fact -> value. */
function factsOf(request) {
    const facts = new Map([['method', request.method], ['path', pathFact(request.path)]]);
    const add = (fact, value) => facts.set(fact, facts.has(fact) ? `${facts.get(fact)} & ${value}` : value);
    for (const [name, value] of request.query) add(`query ${name}`, value);
    for (const [name, value] of request.headers) {
        const fact = `header ${name.toLowerCase()}`;
        add(fact, headerFacts[fact]?.(value, request.body) ?? value);
    }
    for (const [fact, value] of bodyFacts(request)) facts.set(fact, value);
    return facts;
}

// Ids of blocks are made up for each upload. That the list names those that were sent, in the order
// of what is in them, is what counts.
function nameBlocks(all) {
    const ids = all.map((facts) => facts.get('query blockid')).filter(Boolean);
    const named = (id) => (ids.includes(id) ? `block ${ids.indexOf(id)}` : id);
    for (const facts of all)
        for (const [fact, value] of facts)
            if (fact === 'query blockid' || fact.startsWith('xml BlockList/')) facts.set(fact, named(value));
}

/** The facts of a call's requests. Blocks, which may arrive in any order, come by their bytes. */
export function factsOfAll(requests) {
    const isBlock = (request) => request.query.get('comp') === 'block';
    const blocks = requests.filter(isBlock).sort((a, b) => Buffer.compare(a.body, b.body));
    const all = [...blocks, ...requests.filter((request) => !isBlock(request))].map(factsOf);
    if (blocks.length > 1) nameBlocks(all);
    return all;
}

/** [{fact, sdk, daemon}], undefined where one says nothing. */
export function differencesOf(sdk, daemon) {
    return [...new Set([...sdk.keys(), ...daemon.keys()])]
        .map((fact) => ({ fact, sdk: sdk.get(fact), daemon: daemon.get(fact) }))
        .filter(({ sdk: a, daemon: b }) => a !== b);
}
