#!/usr/bin/python3
"""transfers.py: bytes up and down, of every length at which something changes, from and to every kind
of place: what arrives must be what was sent. $AZBLOBD_SOCKET says where the daemon is; its default
profile must work. Prints a line for each case; ends with 1 if any failed.
"""
import hashlib
import os
import random
import socket
import sys
import tempfile
import threading

import msgpack

KIB = 1 << 10
MIB = 1 << 20
BLOCK = 64 * KIB
CONTAINER = "transfers"
RIVALS = 4


class RpcError(Exception):
    pass


class Rpc:
    """One connection to the daemon."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(os.environ["AZBLOBD_SOCKET"])
        self.unpacker = msgpack.Unpacker(max_buffer_size=1 << 30)
        self.last_id = 0

    def send(self, method, params, fd=None):
        self.last_id += 1
        message = msgpack.packb([0, self.last_id, method, [params]])
        sent = socket.send_fds(self.socket, [message], [fd] if fd is not None else [])
        self.socket.sendall(message[sent:])
        return self.last_id

    def notify(self, method, *args):
        self.socket.sendall(msgpack.packb([2, method, list(args)]))

    def messages(self):
        while True:
            yield from self.unpacker
            self.unpacker.feed(self.socket.recv(1 << 20))

    def wait(self, msgid, on_note=lambda name, args: None):
        for message in self.messages():
            if message[0] == 2:
                on_note(message[1], message[2])
            elif message[1] == msgid:
                if message[2]:
                    raise RpcError("%s: %s" % (message[2]["code"], message[2]["message"]))
                return message[3]

    def call(self, method, fd=None, **params):
        if fd is not None:
            params["fd"] = True
        return self.wait(self.send(method, params, fd))


rpc = Rpc()
rng = random.Random(1)
n_cases = n_failed = 0


def case(label, problem):
    """Report one case; problem: None or what is wrong."""
    global n_cases, n_failed
    n_cases += 1
    n_failed += problem is not None
    print("%s %d - %s%s" % ("not ok" if problem else "ok", n_cases, label, ": " + problem if problem else ""))


def attempt(label, check, *args, **more):
    try:
        case(label, check(*args, **more))
    except (RpcError, OSError) as error:
        case(label, str(error))


def crc64_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x9A6C9329AC4BC9B5 if byte & 1 else 0)
        table.append(byte)
    return table


CRC64_TABLE = crc64_table()


def crc64(data):
    crc = (1 << 64) - 1
    for byte in data:
        crc = CRC64_TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return (crc ^ (1 << 64) - 1).to_bytes(8, "little")


def file_of(data):
    file = tempfile.TemporaryFile()
    file.write(data)
    file.seek(0)
    return file


def read_back(blob):
    return download_file(container=CONTAINER, blob=blob)


def differ(want, got):
    if hashlib.sha256(want).digest() == hashlib.sha256(got).digest():
        return None
    return "%d bytes came back otherwise (%d)" % (len(want), len(got))


# ---- uploads ----


def upload_data(data, **params):
    return rpc.call("blob.upload_blob", data=data, **params)


def upload_file(data, **params):
    with file_of(data) as file:
        return rpc.call("blob.upload_blob", fd=file.fileno(), **params)


def upload_pipe(data, **params):
    reader, writer = os.pipe()

    def write():
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(data)
    thread = threading.Thread(target=write)
    thread.start()
    try:
        return rpc.call("blob.upload_blob", fd=reader, **params)
    finally:
        os.close(reader)
        thread.join()


def upload_stream(data, **params):
    msgid = rpc.send("blob.upload_blob", dict(params, stream=True))
    window = limits["upload_window_bytes"]
    at = 0
    messages = rpc.messages()
    while at < len(data):
        while window == 0:
            message = next(messages)
            if message[0] == 1:
                raise RpcError(message[2]["message"])
            if message[1] == "$/credit":
                window += message[2][1]
        piece = data[at:at + min(window, 50000)]
        rpc.notify("$/data", msgid, at, piece)
        window -= len(piece)
        at += len(piece)
    rpc.notify("$/end", msgid)
    return rpc.wait(msgid)


SOURCES = {"data": upload_data, "a file": upload_file, "a pipe": upload_pipe, "a stream": upload_stream}
SIZES = (0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 1, 17 * BLOCK + 5)


def check_upload(source, size, **params):
    data = rng.randbytes(size)
    result = SOURCES[source](data, container=CONTAINER, blob="b", **params)
    if result["content_crc64"] != crc64(data):
        return "content_crc64 is not the data's"
    if params.get("compute_md5") and result["content_md5"] != hashlib.md5(data).digest():
        return "content_md5 is not the data's"
    return differ(data, read_back("b"))


def check_stored_md5(source):
    data = rng.randbytes(5 * BLOCK)
    SOURCES[source](data, container=CONTAINER, blob="md5", overwrite=True, max_block_size=BLOCK,
                    max_single_put_size=BLOCK, compute_md5=True)
    properties = rpc.call("blob.get_blob_properties", container=CONTAINER, blob="md5")
    if properties["content_settings"]["content_md5"] != hashlib.md5(data).digest():
        return "another MD5 is stored"
    return None


def check_append(source):
    pieces = [rng.randbytes(n) for n in (0, 3 * BLOCK + 7, 1, BLOCK)]
    for i, piece in enumerate(pieces):
        SOURCES[source](piece, container=CONTAINER, blob="log-" + source, blob_type="AppendBlob",
                        max_block_size=BLOCK, overwrite=i == 0)
    return differ(b"".join(pieces), read_back("log-" + source))


def check_pages(source, size):
    data = b"".join(bytes(4 * KIB) if rng.random() < 0.5 else rng.randbytes(4 * KIB)
                    for _ in range(size // (4 * KIB) + 1))[:size]
    SOURCES[source](data, container=CONTAINER, blob="pages", blob_type="PageBlob", length=size,
                    max_block_size=4 * KIB, overwrite=True)
    return differ(data, read_back("pages"))


def check_refused(blob):
    try:
        upload_file(rng.randbytes(3 * BLOCK), container=CONTAINER, blob=blob, max_single_put_size=BLOCK)
    except RpcError as error:
        return None if "BlobAlreadyExists" in str(error) else str(error)
    return "it was written over"


def check_race(size, **params):
    """Several upload to one name at once, each its own bytes: it is one of them that is there then."""
    candidates = [rng.randbytes(size) for _ in range(RIVALS)]
    begin = threading.Barrier(RIVALS)
    problems = []

    def upload(data):
        own = Rpc()
        with file_of(data) as file:
            begin.wait()
            try:
                own.call("blob.upload_blob", fd=file.fileno(), container=CONTAINER, blob="race", **params)
            except RpcError as error:
                problems.append(str(error))
        own.socket.close()
    threads = [threading.Thread(target=upload, args=(data,)) for data in candidates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    there = hashlib.sha256(read_back("race")).digest()
    if there not in [hashlib.sha256(data).digest() for data in candidates]:
        return "what is there is nobody's: " + "; ".join(problems)
    if params.get("overwrite"):
        # the commit of one takes the blocks of the others away, who are told so
        problems = [problem for problem in problems if "InvalidBlockList" not in problem]
    elif len(problems) == RIVALS - 1:
        problems = [problem for problem in problems if "BlobAlreadyExists" not in problem]
    else:
        return "%d of %d could write: %s" % (RIVALS - len(problems), RIVALS, "; ".join(problems))
    return "; ".join(problems) or None


def test_races():
    for _ in range(3):
        attempt("rivals, one request each", check_race, BLOCK, overwrite=True)
        attempt("rivals, blocks", check_race, 20 * BLOCK + 3, overwrite=True, max_block_size=BLOCK,
                max_single_put_size=0)
        for size in (BLOCK, 20 * BLOCK + 3):
            rpc.call("blob.delete_blob", container=CONTAINER, blob="race")
            attempt("rivals for a new blob, %d bytes" % size, check_race, size, max_block_size=BLOCK,
                    max_single_put_size=2 * BLOCK)


def test_uploads():
    for source in SOURCES:
        for size in SIZES:
            attempt("upload of %s, %d bytes" % (source, size), check_upload, source, size, overwrite=True,
                    max_block_size=BLOCK, max_single_put_size=BLOCK)
        attempt("upload of %s, with MD5" % source, check_upload, source, 7 * BLOCK, overwrite=True,
                max_block_size=BLOCK, max_single_put_size=0, validate_content=True, compute_md5=True)
        attempt("upload of %s, many blocks" % source, check_upload, source, 300 * KIB, overwrite=True,
                max_block_size=KIB, max_single_put_size=0, max_concurrency=16)
        attempt("upload of %s: its MD5 is stored" % source, check_stored_md5, source)
        attempt("append blob from %s" % source, check_append, source)
        for size in (0, 512, 4 * KIB, 100 * KIB + 512):
            attempt("page blob from %s, %d bytes" % (source, size), check_pages, source, size)
    attempt("upload with the sizes that it chooses", check_upload, "a file", 9 * MIB, overwrite=True)
    attempt("upload of a pipe with the sizes that it chooses", check_upload, "a pipe", 9 * MIB, overwrite=True)
    attempt("no overwriting", check_refused, "b")


# ---- downloads ----


def download_data(**params):
    return rpc.call("blob.download_blob", **params)["data"]


def download_file(**params):
    with tempfile.TemporaryFile() as file:
        rpc.call("blob.download_blob", fd=file.fileno(), **params)
        file.seek(0)
        return file.read()


def download_pipe(**params):
    reader, writer = os.pipe()
    pieces = []

    def read():
        with os.fdopen(reader, "rb") as pipe:
            pieces.append(pipe.read())
    thread = threading.Thread(target=read)
    thread.start()
    try:
        rpc.call("blob.download_blob", fd=writer, **params)
    finally:
        os.close(writer)
        thread.join()
    return pieces[0]


def download_stream(**params):
    pieces = []
    msgid = rpc.send("blob.download_blob", dict(params, stream=True))

    def on_note(name, args):
        if name == "$/data":
            if args[1] != sum(map(len, pieces)):
                raise RpcError("$/data at %d" % args[1])
            pieces.append(args[2])
            rpc.notify("$/credit", msgid, len(args[2]))
    rpc.wait(msgid, on_note)
    return b"".join(pieces)


DESTINATIONS = {"the result": download_data, "a file": download_file, "a pipe": download_pipe,
                "a stream": download_stream}
# what the first request asks for, what a range has that may have to be held, and one with an MD5
FIRST = 8 * MIB
HELD = 2 * MIB
CHECKED = 4 * MIB


def check_download(destination, data, **params):
    first = params.get("offset", 0)
    want = data[first:first + params.get("length", len(data))]
    try:
        got = DESTINATIONS[destination](container=CONTAINER, blob="down", **params)
    except RpcError as error:
        is_too_large = destination == "the result" and len(want) > limits["max_inline_bytes"]
        return None if is_too_large and "TooLargeForInline" in str(error) else str(error)
    return differ(want, got)


def put_down(size):
    data = rng.randbytes(size)
    upload_file(data, container=CONTAINER, blob="down", overwrite=True)
    return data


def check_resumed(data):
    """A file that has another blob's bytes is made anew; what follows the data goes."""
    with file_of(rng.randbytes(len(data) + 100)) as file:
        rpc.call("blob.download_blob", fd=file.fileno(), container=CONTAINER, blob="down", resume=True)
        file.seek(0)
        return differ(data, file.read())


def put_sparse():
    """A page blob with an island in 40 MiB of nothing, and with more of them after each snapshot."""
    def add(offset, page):
        snapshot = rpc.call("blob.create_snapshot", container=CONTAINER, blob="sparse")["snapshot"]
        before = bytes(data)
        data[offset:offset + len(page)] = page
        rpc.call("blob.upload_page", container=CONTAINER, blob="sparse", offset=offset, page=page)
        return before, {"snapshot": snapshot}

    data = bytearray(40 * MIB)
    data[20 * MIB:20 * MIB + 64 * KIB] = rng.randbytes(64 * KIB)
    upload_file(bytes(data), container=CONTAINER, blob="sparse", blob_type="PageBlob", overwrite=True)
    return {"with one island": add(39 * MIB + 512, rng.randbytes(512)), "with two": add(30 * MIB, b"x" * 512),
            "as it is": (bytes(data), {}), "with MD5": (bytes(data), {"validate_content": True})}


def check_sparse(destination, data, **params):
    return differ(data, DESTINATIONS[destination](container=CONTAINER, blob="sparse", **params))


def check_holes(data, **params):
    """The file takes room for what the blob holds."""
    with tempfile.TemporaryFile() as file:
        rpc.call("blob.download_blob", fd=file.fileno(), container=CONTAINER, blob="sparse", **params)
        taken = os.fstat(file.fileno()).st_blocks * 512
        file.seek(0)
        if taken > MIB:
            return "the file takes %d bytes" % taken
        return differ(data, file.read())


def check_missing(destination):
    try:
        DESTINATIONS[destination](container=CONTAINER, blob="nothing")
    except RpcError as error:
        return None if "BlobNotFound" in str(error) else str(error)
    return "it was found"


def test_downloads():
    for size in (0, 1, HELD - 1, HELD, HELD + 1, CHECKED - 1, CHECKED, CHECKED + 1, FIRST - 1, FIRST, FIRST + 1,
                 FIRST + HELD, FIRST + HELD + 1, 2 * FIRST + 1):
        data = put_down(size)
        for destination in DESTINATIONS:
            attempt("download to %s, %d bytes" % (destination, size), check_download, destination, data)
    for destination in DESTINATIONS:
        for first, length in ((1, 1), (511, 513), (0, FIRST), (1, FIRST), (FIRST - 1, 2), (HELD - 3, FIRST + 7),
                              (2 * FIRST, 1), (2 * FIRST, 100), (13, 3 * FIRST)):
            attempt("download to %s, %d bytes at %d" % (destination, length, first), check_download, destination,
                    data, offset=first, length=length)
        attempt("download to %s, with MD5" % destination, check_download, destination, data, validate_content=True)
        attempt("download to %s, one range at a time" % destination, check_download, destination, data,
                max_concurrency=1)
        attempt("download to %s of what is not there" % destination, check_missing, destination)
    attempt("download over another file", check_resumed, data)
    for label, (data, params) in put_sparse().items():
        for destination in ("a file", "a pipe", "a stream"):
            attempt("page blob, %s, to %s" % (label, destination), check_sparse, destination, data, **params)
        attempt("page blob, %s: the file has holes" % label, check_holes, data, **params)
    attempt("page blob, resumable: the file has holes", check_holes, data, resume=True)


limits = rpc.call("rpc.hello")["limits"]
rpc.call("container.create_container", container=CONTAINER)
test_uploads()
test_races()
test_downloads()
print("%d passed, %d failed" % (n_cases - n_failed, n_failed))
sys.exit(n_failed > 0)
