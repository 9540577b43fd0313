#!/usr/bin/python3
"""A server that copies every blob half, and the other half as soon as the file named on the command
line is there.

Prints its port and serves until it is killed.
"""

import http.server
import os
import sys

SIZE = 1 << 30


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, headers):
        self.send_response(status)
        for name, value in {"ETag": '"0x1"', "Last-Modified": "Tue, 03 Mar 2026 08:15:30 GMT",
                            "x-ms-blob-type": "BlockBlob", "x-ms-copy-id": "a-copy", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def do_PUT(self):
        self.answer(202, {"Content-Length": "0", "x-ms-copy-status": "pending"})

    def do_HEAD(self):
        is_done = os.path.exists(sys.argv[1])
        self.answer(200, {"Content-Length": str(SIZE),
                          "x-ms-copy-status": "success" if is_done else "pending",
                          "x-ms-copy-progress": "%d/%d" % (SIZE if is_done else SIZE // 2, SIZE)})

    def log_message(self, format, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
