// rpc.mjs: a client of the daemon: MessagePack-RPC over its Unix socket, as proto/PROTOCOL.md
// has it. Only what the cases need: no floats, no extension types, no credit.

import net from 'node:net';

function packLength(short, shortMax, wide, n) {
    if (n <= shortMax) return Buffer.from([short | n]);
    const head = Buffer.alloc(5);
    head[0] = wide;
    head.writeUInt32BE(n, 1);
    return head;
}

function packInteger(number) {
    const buf = Buffer.alloc(9);
    if (number >= 0 && number <= 127) return Buffer.from([Number(number)]);
    buf[0] = number < 0 ? 0xd3 : 0xcf;
    if (number < 0) buf.writeBigInt64BE(BigInt(number), 1);
    else buf.writeBigUInt64BE(BigInt(number), 1);
    return buf;
}

/** Bytes of a value: null, booleans, integers (bigint too), strings, bytes, arrays and plain objects. */
export function pack(value) {
    if (value === null || value === undefined) return Buffer.from([0xc0]);
    if (typeof value === 'boolean') return Buffer.from([value ? 0xc3 : 0xc2]);
    if (typeof value === 'number' || typeof value === 'bigint') return packInteger(value);
    if (typeof value === 'string')
        return Buffer.concat([packLength(0xa0, 31, 0xdb, Buffer.byteLength(value)), Buffer.from(value)]);
    if (value instanceof Uint8Array) return Buffer.concat([packLength(0, -1, 0xc6, value.length), value]);
    if (Array.isArray(value)) return Buffer.concat([packLength(0x90, 15, 0xdd, value.length), ...value.map(pack)]);
    const pairs = Object.entries(value);
    return Buffer.concat([packLength(0x80, 15, 0xdf, pairs.length), ...pairs.flat().map(pack)]);
}

// Reads one value after the other. Past the end, Buffer's own readers throw a RangeError; take()
// does as they do.
class Unpacker {
    constructor(buf) {
        this.buf = buf;
        this.at = 0;
    }
    take(n) {
        if (this.at + n > this.buf.length) throw new RangeError('incomplete');
        return this.buf.subarray(this.at, (this.at += n));
    }
    uint(bytes) {
        const number = bytes === 8 ? this.take(8).readBigUInt64BE() : this.take(bytes).readUIntBE(0, bytes);
        return typeof number === 'bigint' && number <= Number.MAX_SAFE_INTEGER ? Number(number) : number;
    }
    int(bytes) {
        return bytes === 8 ? Number(this.take(8).readBigInt64BE()) : this.take(bytes).readIntBE(0, bytes);
    }
    list(n) {
        return Array.from({ length: n }, () => this.value());
    }
    map(n) {
        return Object.fromEntries(Array.from({ length: n }, () => [this.value(), this.value()]));
    }
    text(n) {
        return this.take(n).toString();
    }
    value() {
        const tag = this.uint(1);
        if (tag < 0x80) return tag;
        if (tag < 0x90) return this.map(tag & 15);
        if (tag < 0xa0) return this.list(tag & 15);
        if (tag < 0xc0) return this.text(tag & 31);
        if (tag >= 0xe0) return tag - 0x100;
        if (tag >= 0xc4 && tag <= 0xc6) return this.take(this.uint(1 << (tag - 0xc4)));
        if (tag >= 0xcc && tag <= 0xcf) return this.uint(1 << (tag - 0xcc));
        if (tag >= 0xd0 && tag <= 0xd3) return this.int(1 << (tag - 0xd0));
        if (tag >= 0xd9 && tag <= 0xdb) return this.text(this.uint(1 << (tag - 0xd9)));
        if (tag === 0xdc || tag === 0xdd) return this.list(this.uint(2 << (tag - 0xdc)));
        if (tag === 0xde || tag === 0xdf) return this.map(this.uint(2 << (tag - 0xde)));
        if (tag === 0xc0) return null;
        if (tag === 0xc2 || tag === 0xc3) return tag === 0xc3;
        throw new Error(`no MessagePack value begins with 0x${tag.toString(16)}`);
    }
}

export class Rpc {
    /** Connects to the daemon. A connection that ends fails the calls in flight. */
    static connect(path) {
        return new Promise((resolve, reject) => {
            const socket = net.connect(path, () => resolve(new Rpc(socket)));
            socket.once('error', reject);
        });
    }

    constructor(socket) {
        this.socket = socket;
        this.waiting = new Map(); // msgid -> {resolve, reject}
        this.nextId = 1;
        this.rest = Buffer.alloc(0);
        socket.on('data', (bytes) => this.#take(bytes));
        socket.on('close', () => {
            for (const call of this.waiting.values()) call.reject(new Error('the daemon closed the connection'));
        });
    }

    /** The result; an error response is thrown, with what it says. data: what a streamed upload sends. */
    call(method, params, data) {
        const id = this.nextId++;
        this.socket.write(pack([0, id, method, [params]]));
        if (data !== undefined) this.socket.write(Buffer.concat([pack([2, '$/data', [id, 0, data]]), pack([2, '$/end', [id]])]));
        return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    }

    close() {
        this.socket.end();
    }

    #take(bytes) {
        this.rest = Buffer.concat([this.rest, bytes]);
        for (;;) {
            const unpacker = new Unpacker(this.rest);
            let message;
            try {
                message = unpacker.value();
            } catch (error) {
                if (error instanceof RangeError) return;
                this.socket.destroy(error);
                return;
            }
            this.rest = this.rest.subarray(unpacker.at);
            if (message[0] === 1) this.#settle(message);
        }
    }

    #settle([, id, error, result]) {
        const call = this.waiting.get(id);
        this.waiting.delete(id);
        if (error) call.reject(new Error(`${error.code}: ${error.message}`));
        else call.resolve(result);
    }
}
