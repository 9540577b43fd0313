// run.mjs: the same calls by the official SDK and by the daemon, against one server, compared
// request by request. cases.mjs has the calls, differences.mjs what may differ and what no case
// can show; everything else is a failure, and so is an entry of either that nothing needs.
//
// Environment: AZBLOBD_SOCKET; WIRE_TLS, a folder with key.pem and cert.pem of 127.0.0.1;
// COVERAGE_DIR, a folder that gets wire.txt: the methods that are proven, one a line.

import fs from 'node:fs';
import path from 'node:path';

import { cases } from './cases.mjs';
import { differencesOf, factsOfAll } from './compare.mjs';
import { differences, unproven } from './differences.mjs';
import { rest } from './rest.mjs';
import { Rpc } from './rpc.mjs';
import { accounts } from './sdk.mjs';
import { Request, startServer } from './server.mjs';

const LIMIT_MS = 300e3; // a call without an answer
const ACCOUNT = 'wire';
const ACCOUNT_KEY = Buffer.alloc(32, 'w').toString('base64');
const SAS = 'sv=2026-04-06&ss=b&srt=sco&sp=rwdl&se=2030-01-01T00%3A00%3A00Z&spr=https&sig=a%2Fb%2Bc%3D';

const counts = { passed: 0, failed: 0 };

function report(label, problems) {
    const failed = problems.length > 0;
    counts[failed ? 'failed' : 'passed']++;
    console.log(`${failed ? 'not ok' : 'ok'} ${counts.passed + counts.failed} - ${label}`);
    for (const problem of problems) console.log(`#   ${problem}`);
}

const show = (value) => (value === undefined ? 'nothing' : JSON.stringify(value));

// ---- one case ----

// undefined in the table: any value; null: none.
const fits = (pattern, value) =>
    pattern === undefined || (pattern === null ? value === undefined :
        pattern instanceof RegExp ? value !== undefined && pattern.test(value) : pattern === value);

/** The table's line that allows a difference, marked as used. */
function allowance(method, { fact, sdk, daemon }) {
    const name = fact.replace(/^part \d+ /, 'part ');
    const found = differences.find((entry) =>
        (entry.method === '*' || entry.method === method) && entry.fact === name &&
        fits(entry.sdk, sdk) && fits(entry.daemon, daemon));
    if (found) found.isUsed = true;
    return found;
}

/** Put what the SDK has no option for into its facts, if the REST interface has it. */
function addRest(facts, follows, { headers = {}, query = {} }) {
    for (const [name, value] of Object.entries(headers)) {
        if (!rest[follows]?.headers?.some((known) => name.startsWith(known))) throw new Error(`no header ${name} in ${follows}`);
        facts.set(`header ${name}`, value);
    }
    for (const [name, value] of Object.entries(query)) {
        if (!rest[follows]?.query?.includes(name)) throw new Error(`no query ${name} in ${follows}`);
        facts.set(`query ${name}`, value);
    }
}

/** The requests that a call makes; of one that makes none, the URL that it gives. */
async function requestsOf(server, call) {
    const result = await call();
    const requests = server.take();
    const url = typeof result === 'string' ? result : result?.url;
    return requests.length === 0 && url ? [urlRequest(url)] : requests;
}

function urlRequest(url) {
    const { pathname, search } = new URL(url);
    return new Request('URL', pathname + search, [], Buffer.alloc(0));
}

async function compareCase(world, [method, params, sdkCall, added = {}]) {
    const { server, rpc, az } = world;
    const sdk = await requestsOf(server, () => sdkCall(az));
    const daemon = await requestsOf(server, () => rpc.call(method, { client: 'key', ...params }, added.data));
    if (sdk.length === 0 || sdk.length !== daemon.length)
        return [`the SDK sent ${sdk.length} requests, the daemon ${daemon.length}`];
    const sdkFacts = factsOfAll(sdk);
    addRest(sdkFacts[0], formOf(world.methods.get(method), params).follows, added);
    return factsOfAll(daemon).flatMap((facts, i) => differencesOf(sdkFacts[i], facts)
        .filter((difference) => !allowance(method, difference))
        .map(({ fact, sdk: a, daemon: b }) => `request ${i + 1}, ${fact}: the SDK has ${show(a)}, the daemon ${show(b)}`));
}

async function runCase(world, entry) {
    const [method, params] = entry;
    const label = `${method} ${Object.keys(params).filter((name) => !['container', 'blob'].includes(name)).join(' ')}`.trim();
    let problems;
    try {
        problems = await compareCase(world, entry);
    } catch (error) {
        world.server.take();
        problems = [String(error.message ?? error)];
    }
    report(label, problems);
    if (problems.length > 0) world.failedMethods.add(method);
}

// ---- what the cases show ----

const isGiven = (value) => value !== undefined && value !== null && value !== false;

/** The form that these parameters ask for, or the method itself. */
const formOf = (method, params) => method.forms?.find((form) => isGiven(params[form.when])) ?? method;

/** Names of parameters, and of what is inside of them: "cors.max_age_in_seconds". */
function pathsOf(params, prefix = '') {
    return params.flatMap((param) => [prefix + param.name, ...pathsOf(param.fields ?? [], `${prefix}${param.name}.`)]);
}

/** The same of a case's parameters. byName: those that are maps of a name and such a map each. */
function givenPaths(value, byName, prefix = '') {
    if (Array.isArray(value)) return value.flatMap((item) => givenPaths(item, byName, prefix));
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
    return Object.entries(value).filter(([, inner]) => inner !== undefined).flatMap(([name, inner]) => [
        prefix + name,
        ...givenPaths(byName.has(prefix + name) ? Object.values(inner ?? {}) : inner, byName, `${prefix}${name}.`)]);
}

const isRemote = (method) => method.params.some((param) => param.name === 'timeout');

/**
 * Each form of a method by itself, with the parameters that it takes. rpc.describe has the method's
 * own first, then those of all methods, then those that only its forms have.
 */
function formsOf(method, ofAll) {
    const nOwn = method.params.findIndex((param) => ofAll.has(param.name));
    const own = isRemote(method) ? method.params.slice(0, nOwn) : method.params;
    const ofForms = method.params.filter((param) => !ofAll.has(param.name));
    return [
        { method, form: method, params: own },
        ...(method.forms ?? []).map((form) =>
            ({ method, form, params: ofForms.filter((param) => form.params.includes(param.name)) })),
    ];
}

/** Parameters of a form that no case has given. */
function missingOf({ method, form, params }) {
    const byName = new Set(params.filter((param) => param.type === 'map of maps').map((param) => param.name));
    const alias = Object.fromEntries(params.flatMap((param) => (param.also ?? []).map((name) => [name, param.name])));
    const given = new Set(cases
        .filter(([name, values]) => name === method.method && formOf(method, values) === form)
        .flatMap(([, values]) => ['client', ...givenPaths(values, byName)])
        .map((name) => alias[name] ?? name));
    return pathsOf(params).filter((name) => !given.has(name));
}

/** Why no case has this: the reason of unproven's entry, which is then used. */
function excused(method, param) {
    const found = unproven.find((entry) => entry.method.test(method) && (entry.param ?? null) === param);
    if (found) found.isUsed = true;
    return found !== undefined;
}

/** The parameters that every method takes which asks something of the service. */
function paramsOfAll(methods) {
    const remote = [...methods.values()].filter(isRemote);
    return new Set(remote[0].params.map((param) => param.name).filter((name) =>
        remote.every((method) => method.params.some((param) => param.name === name))));
}

function checkCoverage(methods, failedMethods) {
    const ofAll = paramsOfAll(methods);
    const proven = [];
    for (const method of methods.values()) {
        const hasCase = cases.some(([name]) => name === method.method);
        if (!hasCase && excused(method.method, null)) continue;
        const missing = formsOf(method, ofAll).flatMap((form) => missingOf(form)).filter((name) => !excused(method.method, name));
        const problems = hasCase ? missing.map((name) => `no case with '${name}'`) : ['no case'];
        report(`every parameter of ${method.method}`, problems);
        if (problems.length === 0 && !failedMethods.has(method.method)) proven.push(method.method);
    }
    const given = new Set(cases.flatMap(([, params]) => Object.keys(params)));
    report('every parameter that all methods take',
        [...ofAll].filter((name) => !given.has(name) && !excused('*', name)).map((name) => `no case with '${name}'`));
    return proven;
}

function checkTables() {
    const stale = [...differences, ...unproven].filter((entry) => !entry.isUsed);
    report('every exception is needed',
        stale.map(({ method, fact, param, reason }) => `${method} ${fact ?? param ?? ''}: ${reason}`));
}

// ---- all of them ----

async function main() {
    const tls = (name) => fs.readFileSync(path.join(process.env.WIRE_TLS, name));
    const server = await startServer({ key: tls('key.pem'), cert: tls('cert.pem') });
    const { az, opened } = accounts(`https://127.0.0.1:${server.port}/${ACCOUNT}`, ACCOUNT, ACCOUNT_KEY, SAS, 'bearer');
    const rpc = await Rpc.connect(process.env.AZBLOBD_SOCKET);
    for (const [name, params] of Object.entries(opened)) await rpc.call('service.open', { name, ...params });
    const { methods } = await rpc.call('rpc.describe', {});
    const world = { server, rpc, az, methods: new Map(methods.map((m) => [m.method, m])), failedMethods: new Set() };

    for (const entry of cases) await runCase(world, entry);
    const proven = checkCoverage(world.methods, world.failedMethods);
    checkTables();
    fs.mkdirSync(process.env.COVERAGE_DIR, { recursive: true });
    fs.writeFileSync(path.join(process.env.COVERAGE_DIR, 'wire.txt'), proven.map((name) => `${name}\n`).join(''));
    rpc.close();
    server.close();
    console.log(`${counts.passed} passed, ${counts.failed} failed`);
    process.exitCode = counts.failed === 0 ? 0 : 1;
}

setTimeout(() => {
    console.log(`not ok - no end after ${LIMIT_MS / 1000} s`);
    process.exit(1);
}, LIMIT_MS).unref();
await main();
