#!/usr/bin/python3
"""stock_client.py: azblobd asked by a MessagePack-RPC client that nobody here wrote.

pynvim's msgpack_rpc, as Debian's python3-pynvim has it, unmodified: it knows requests, responses
and notifications of the published protocol and nothing of azblobd. $AZBLOBD_SOCKET says where;
the daemon's default profile must work.
"""
import os
import sys

from pynvim.msgpack_rpc import ErrorResponse, socket_session

session = socket_session(os.environ["AZBLOBD_SOCKET"])
session.error_wrapper = ErrorResponse  # its hook for what to raise
container = "stock-client"


def call(method, /, **params):
    """One request: its result, or an ErrorResponse that carries azblobd's error map."""
    return session.request(method, params)


def expect(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r} is not {wanted!r}")


expect("rpc.ping", call("rpc.ping"), {"pong": True})
expect("rpc.hello", call("rpc.hello", client_name="pynvim")["protocol"], 1)

schema = call("rpc.describe", method="blob.get_blob_properties")
expect("rpc.describe", "container" in repr(schema) and "blob" in repr(schema), True)

opened = call("service.open", name="mine", environment={
    name: value for name, value in os.environ.items() if name.startswith("AZURE_STORAGE_")})
expect("service.open", opened["client"], "mine")

call("container.create_container", client="mine", container=container)
written = call("blob.upload_blob", client="mine", container=container, blob="a b%/ü", data=b"hello")
properties = call("blob.get_blob_properties", client="mine", container=container, blob="a b%/ü")
expect("blob.get_blob_properties", properties["size"], 5)
expect("the ETag", properties["etag"], written["etag"])

page = call("container.list_blobs", client="mine", container=container)
expect("container.list_blobs", [item["name"] for item in page["items"]], ["a b%/ü"])

got = call("blob.download_blob", client="mine", container=container, blob="a b%/ü")
expect("blob.download_blob", got["data"], b"hello")

try:
    call("blob.get_blob_properties", client="mine", container=container, blob="nothing")
    sys.exit("a missing blob has properties")
except ErrorResponse as error:
    details = error.args[0]
    expect("the error's code", details["code"], "BlobNotFound")
    expect("the error's kind", details["kind"], "ResourceNotFoundError")
    expect("the error's status", details["status"], 404)

call("container.delete_container", client="mine", container=container)
call("service.close", client="mine")
session.close()
print("stock client: all as expected")
