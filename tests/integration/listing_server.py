#!/usr/bin/python3
"""A server whose listing has whatever names are on the command line; every blob is 5 bytes.

Prints its port and serves until it is killed.
"""

import http.server
import sys
from xml.sax.saxutils import escape

ENTRY = ("<Blob><Name>%s</Name><Properties><Last-Modified>Tue, 03 Mar 2026 08:15:30 GMT"
         "</Last-Modified><Etag>0x1</Etag><Content-Length>5</Content-Length>"
         "<BlobType>BlockBlob</BlobType></Properties></Blob>")
LISTING = ('<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="c"><Blobs>'
           + "".join(ENTRY % escape(name) for name in sys.argv[1:])
           + "</Blobs><NextMarker /></EnumerationResults>").encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = LISTING if "comp=list" in self.path else b"bytes"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Tue, 03 Mar 2026 08:15:30 GMT")
        self.send_header("ETag", '"0x1"')
        self.send_header("x-ms-blob-type", "BlockBlob")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
