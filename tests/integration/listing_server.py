#!/usr/bin/python3
"""A server whose listing has whatever names are on the command line; every blob is 5 bytes.

NAME@N stands for N names that begin so. Names are listed as the service does it, up to 5000 at a
time. Container "old" does not know startFrom. Batches are answered as if they were done. Prints its port and serves until it is killed.
"""

import http.server
import re
import sys
import urllib.parse
from xml.sax.saxutils import escape

ENTRY = ("<Blob><Name>%s</Name><Properties><Last-Modified>Tue, 03 Mar 2026 08:15:30 GMT"
         "</Last-Modified><Etag>0x1</Etag><Content-Length>5</Content-Length>"
         "<BlobType>BlockBlob</BlobType></Properties></Blob>")
PAGE = 5000
DONE = (b"--B\r\nContent-Type: application/http\r\nContent-ID: %s\r\n\r\n"
        b"HTTP/1.1 202 Accepted\r\n\r\n\r\n")


def names():
    for word in sys.argv[1:]:
        name, _, count = word.partition("@")
        if count:
            yield from (f"{name}{i:06}" for i in range(int(count)))
        else:
            yield word


NAMES = list(names())


def listing(url):
    query = dict(urllib.parse.parse_qsl(url.query))
    wanted = NAMES
    if "startFrom" in query and not url.path.endswith("/old"):
        wanted = [name for name in NAMES if name >= query["startFrom"]]
    first = int(query.get("marker", 0))
    last = first + PAGE
    marker = str(last) if last < len(wanted) else ""
    return ('<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="c"><Blobs>'
            + "".join(ENTRY % escape(name) for name in wanted[first:last])
            + f"</Blobs><NextMarker>{marker}</NextMarker></EnumerationResults>").encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        body = listing(url) if "comp=list" in url.query else b"bytes"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Tue, 03 Mar 2026 08:15:30 GMT")
        self.send_header("ETag", '"0x1"')
        self.send_header("x-ms-blob-type", "BlockBlob")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        """A batch: every part of it is done."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        parts = re.findall(rb"Content-ID: (\d+)", body)
        answer = b"".join(DONE % part for part in parts) + b"--B--\r\n"
        self.send_response(202)
        self.send_header("Content-Type", "multipart/mixed; boundary=B")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # who has read enough hangs up
            super().handle_error(request, client_address)


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
