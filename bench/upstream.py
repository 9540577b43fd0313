"""The benchmarks' upstream: an nginx of our own that answers like the Blob service.

Everything it serves is made here, in one folder of a memory file system: the pages of a listing, a
large file, a certificate. What it answers to what is in nginx.conf.in.
"""

import base64
import datetime
import hashlib
import os
import random
import socket
import subprocess
import time

from programs import BARE_ENV, HERE, Failed, run

MODULE_FOLDERS = ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules")
START_SECONDS = 10

PAGES = 20
PAGE_ENTRIES = 5000
LISTED = PAGES * PAGE_ENTRIES
TREE_FILES = 5000
SEVERAL = 16  # blobs, together as large as the large one
FIRST_WRITTEN = datetime.datetime(2026, 3, 3, 8, 15, 30)

BLOB_HEADERS = {
    "Vary": "Origin",
    "x-ms-access-tier": "Hot",
    "x-ms-access-tier-inferred": "true",
    "x-ms-blob-type": "BlockBlob",
    "x-ms-creation-time": "Tue, 03 Mar 2026 08:15:30 GMT",
    "x-ms-lease-state": "available",
    "x-ms-lease-status": "unlocked",
    "x-ms-server-encrypted": "true",
}

NAME = ("backup/volume-{volume:02d}/{day}/snapshot-{snapshot:04d}"
        "/segment-{number:08d}-{digest}.zst")
ENTRY = (
    "<Blob><Name>{name}</Name><Properties>"
    "<Creation-Time>{time}</Creation-Time><Last-Modified>{time}</Last-Modified>"
    "<Etag>0x8DE{etag:012X}</Etag><Content-Length>{size}</Content-Length>"
    "<Content-Type>application/octet-stream</Content-Type><Content-Encoding />"
    "<Content-Language /><Content-CRC64 /><Content-MD5>{md5}</Content-MD5><Cache-Control />"
    "<Content-Disposition /><LastAccessTime>{time}</LastAccessTime>"
    "<BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier>"
    "<AccessTierInferred>true</AccessTierInferred><LeaseStatus>unlocked</LeaseStatus>"
    "<LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted></Properties>"
    "<OrMetadata /></Blob>")


def list_entry(number, rng, name=None, size=None):
    """One <Blob> of the listing: names in order, everything else different for each."""
    written = FIRST_WRITTEN + datetime.timedelta(seconds=13 * number)
    made_up = NAME.format(volume=number // 10000, day=written.date(), snapshot=number // 100,
                          number=number, digest=rng.randbytes(12).hex())
    return ENTRY.format(
        name=name or made_up, time=written.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        etag=rng.getrandbits(48), size=size or rng.randrange(1 << 26),
        md5=base64.b64encode(rng.randbytes(16)).decode())


def write_pages(folder):
    """The pages of one List Blobs, and their paths in order."""
    rng = random.Random(2026)
    paths = []
    os.mkdir(folder)
    for page in range(PAGES):
        first = page * PAGE_ENTRIES
        marker = "<Marker>page-%02d</Marker>" % page if page > 0 else ""
        following = ("<NextMarker>page-%02d</NextMarker>" % (page + 1) if page + 1 < PAGES
                     else "<NextMarker />")
        paths.append(os.path.join(folder, "%02d.xml" % page))
        with open(paths[-1], "w", encoding="utf-8-sig") as out:  # -sig: the byte order mark
            out.write('<?xml version="1.0" encoding="utf-8"?><EnumerationResults '
                      'ServiceEndpoint="https://account.blob.core.windows.net/" '
                      'ContainerName="listing">' + marker + "<Blobs>")
            out.writelines(list_entry(number, rng)
                           for number in range(first, first + PAGE_ENTRIES))
            out.write("</Blobs>" + following + "</EnumerationResults>")
    return paths


def tree_names():
    """The names of a tree of small files, in order."""
    return ["tree/folder-%02d/file-%04d.dat" % (number // 100, number)
            for number in range(TREE_FILES)]


def several_names():
    """The names of a few blobs of some size, in order."""
    return ["part-%02d" % number for number in range(SEVERAL)]


def write_one_page(path, container, names, size):
    """Blobs of one size as the only page of a container's listing."""
    rng = random.Random(2027)
    with open(path, "w", encoding="utf-8-sig") as out:
        out.write('<?xml version="1.0" encoding="utf-8"?><EnumerationResults '
                  'ContainerName="%s"><Blobs>' % container)
        out.writelines(list_entry(number, rng, name, size) for number, name in enumerate(names))
        out.write("</Blobs><NextMarker /></EnumerationResults>")


def write_large(path, n_bytes):
    """A file in which no two blocks are alike, so that a misplaced one would be noticed."""
    filling = os.urandom((1 << 20) - 8)
    with open(path, "wb") as out:
        for block in range(n_bytes >> 20):
            out.write(block.to_bytes(8, "big") + filling)


def write_certificate(folder, address):
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-noenc", "-days", "2", "-subj", "/CN=azblobd benchmark",
         "-addext", "subjectAltName=IP:" + address,
         "-keyout", os.path.join(folder, "key.pem"), "-out", os.path.join(folder, "cert.pem")])


def free_ports(n):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Upstream:
    """A running nginx, as a context: it stops when the context ends.

    urls      "plain" and "tls" to the account's URL
    ca_file   what a client has to trust
    pages     the files of the listing, in order
    large     the file behind the blob bench/large, of large_bytes bytes
    several   a folder with the files of several_names() behind the blobs of the container several
    """

    def __init__(self, folder, large_bytes, address="127.0.0.1", prefix=()):
        """prefix: of the command that starts it, where it is to run somewhere else."""
        self.folder = folder
        self.address = address
        self.prefix = prefix
        self.large_bytes = large_bytes
        self.large = os.path.join(folder, "large")
        self.ca_file = os.path.join(folder, "cert.pem")
        self.ports = dict(zip(("plain", "tls"), free_ports(2)))
        self.urls = {"plain": "http://%s:%d/account" % (address, self.ports["plain"]),
                     "tls": "https://%s:%d/account" % (address, self.ports["tls"])}
        self.pages = write_pages(os.path.join(folder, "pages"))
        write_one_page(os.path.join(folder, "pages", "tree.xml"), "bench", tree_names(), 1024)
        write_large(self.large, large_bytes)
        self.several = os.path.join(folder, "several")
        self.write_several(large_bytes // SEVERAL)
        write_certificate(folder, address)

    def write_several(self, n_bytes):
        """One file under all the names: to read it is all that is done with it."""
        names = several_names()
        os.mkdir(self.several)
        write_large(os.path.join(self.several, names[0]), n_bytes)
        for name in names[1:]:
            os.link(os.path.join(self.several, names[0]), os.path.join(self.several, name))
        write_one_page(os.path.join(self.folder, "pages", "several.xml"), "several", names,
                       n_bytes)

    def write_config(self):
        body = base64.b32encode(os.urandom(640))  # 1024 letters and digits
        fill_in = {
            "MODULES": next(filter(os.path.isdir, MODULE_FOLDERS), MODULE_FOLDERS[0]),
            "USER": "user root;" if os.getuid() == 0 else "",  # else nginx reads as nobody
            "DIR": self.folder,
            "ADDRESS": self.address,
            "PLAIN_PORT": str(self.ports["plain"]),
            "TLS_PORT": str(self.ports["tls"]),
            "REQUEST_ID_TAIL": "701e-0012-34a6-b8c9d0000000",
            "BLOB_HEADERS": " ".join('"%s: %s"' % header for header in BLOB_HEADERS.items()),
            "SMALL_BODY": body.decode(),
            "SMALL_MD5": base64.b64encode(hashlib.md5(body).digest()).decode(),
        }
        with open(os.path.join(HERE, "nginx.conf.in"), encoding="utf-8") as template:
            text = template.read()
        for name, value in fill_in.items():
            text = text.replace("@%s@" % name, value)
        path = os.path.join(self.folder, "nginx.conf")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def is_listening(self):
        try:
            for port in self.ports.values():
                socket.create_connection((self.address, port), timeout=1).close()
        except ConnectionRefusedError:
            return False
        return True

    def __enter__(self):
        log = os.path.join(self.folder, "nginx.log")
        with open(log, "wb") as stderr:
            self.process = subprocess.Popen(
                [*self.prefix, "nginx", "-p", self.folder, "-c", self.write_config(), "-e", log],
                env=BARE_ENV, stdin=subprocess.DEVNULL, stderr=stderr)
        give_up = time.monotonic() + START_SECONDS
        while not self.is_listening():
            if self.process.poll() is not None or time.monotonic() > give_up:
                self.__exit__()
                with open(log, encoding="utf-8") as text:
                    raise Failed("nginx does not start: " + text.read())
            time.sleep(0.01)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
