#!/usr/bin/python3
"""operations.py: every operation that Azurite has, through the daemon, in an order in which each
change is followed by the read that shows it.

$AZBLOBD_SOCKET says where the daemon is, $AZURE_STORAGE_CONNECTION_STRING where Azurite. Says on
standard error what went wrong, and at the end `N passed, N failed`. With $COVERAGE_DIR, the methods
whose steps have all passed go to azurite.txt there.
"""
import hashlib
import os
import re
import socket
import sys

import msgpack


class Client:
    """Just enough MessagePack-RPC: one request, its answer."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.unpacker = msgpack.Unpacker(max_buffer_size=0)
        self.last_id = 0

    def call(self, method, params):
        """The error, or None, and the result."""
        self.last_id += 1
        self.socket.sendall(msgpack.packb([0, self.last_id, method, [params]]))
        while True:
            for _, msgid, error, result in self.unpacker:
                if msgid == self.last_id:
                    return error, result
            received = self.socket.recv(65536)
            if not received:
                sys.exit("the daemon has closed the connection")
            self.unpacker.feed(received)


class Refused:
    """What a step wants that is to fail."""

    def __init__(self, code, kind):
        self.code, self.kind = code, kind


class Matches:
    """A string of this form."""

    def __init__(self, pattern):
        self.pattern = re.compile(pattern)

    def __eq__(self, other):
        return isinstance(other, str) and self.pattern.fullmatch(other) is not None

    def __repr__(self):
        return self.pattern.pattern


class Kept:
    """A value of an earlier answer, or of one parameter: its path, from the name of that step."""

    def __init__(self, name):
        self.name = name


ABSENT = object()


def differences(where, got, wanted):
    """How got differs from what is wanted of it: a map's other members do not matter."""
    if wanted is ABSENT:
        return [] if got is None else [f"{where} is {got!r}, and should not be there"]
    if isinstance(wanted, dict) and isinstance(got, dict):
        return [found for name, value in wanted.items()
                for found in differences(f"{where}.{name}", got.get(name), value)]
    if isinstance(wanted, list) and isinstance(got, list) and len(got) == len(wanted):
        return [found for i, value in enumerate(wanted)
                for found in differences(f"{where}[{i}]", got[i], value)]
    return [] if wanted == got else [f"{where} is {got!r}, not {wanted!r}"]


C, B = "operations", "dir/a b%/ü"
BLOB = {"container": C, "blob": B}
COPY = {"container": C, "blob": "copy"}
APPEND = {"container": C, "blob": "append"}
PAGES = {"container": C, "blob": "pages"}
BLOCKS = {"container": C, "blob": "blocks"}
SETTINGS = {"content_type": "text/plain", "content_encoding": "identity", "content_language": "en",
            "content_disposition": "inline", "cache_control": "no-cache"}
TEXT = b"hello world"
MD5 = hashlib.md5(TEXT).digest()
PAGE = bytes(range(256)) * 2
ETAG = Matches('"[^"]+"')
TIME = Matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
STAMP = Matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")
WRITTEN = {"etag": ETAG, "last_modified": TIME}
ID = "11111111-1111-1111-1111-111111111111"
OTHER_ID = "22222222-2222-2222-2222-222222222222"
NOT_MET = Refused("ConditionNotMet", "ResourceModifiedError")

# What is done, with what, and what must come of it; a fourth member keeps the result under a name.
STEPS = [
    ("service.get_account_information", {}, {"sku_name": "Standard_RAGRS", "account_kind": "StorageV2"}),
    ("service.set_service_properties",
     {"cors": [{"allowed_origins": ["a.example"], "allowed_methods": ["GET", "PUT"], "max_age_in_seconds": 5}],
      "target_version": "2021-12-02"}, {"request_id": Matches(".+")}),
    ("service.get_service_properties", {},
     {"target_version": "2021-12-02",
      "cors": [{"allowed_origins": "a.example", "allowed_methods": "GET,PUT", "max_age_in_seconds": 5}]}),
    ("service.set_service_properties", {"cors": []}, {}),
    ("service.get_service_properties", {}, {"cors": []}),
    ("service.get_service_stats", {}, {"geo_replication": {"status": "live", "last_sync_time": TIME}}),

    # containers
    ("container.exists", {"container": C}, False),
    ("container.create_container", {"container": C, "metadata": {"a": "b"}, "public_access": "blob"}, WRITTEN),
    ("container.exists", {"container": C}, True),
    ("container.create_container", {"container": C}, Refused("ContainerAlreadyExists", "ResourceExistsError")),
    ("container.get_container_properties", {"container": C},
     {"metadata": {"a": "b"}, "public_access": "blob", "lease": {"state": "available"}, **WRITTEN}),
    ("container.set_container_metadata", {"container": C, "metadata": {"c": "d"}}, WRITTEN),
    ("container.get_container_properties", {"container": C}, {"metadata": {"c": "d"}}),
    ("container.set_container_access_policy",
     {"container": C, "signed_identifiers": {"p": {"permission": "r", "expiry": "2030-01-01T00:00:00Z"}}}, WRITTEN),
    ("container.get_container_access_policy", {"container": C},
     {"public_access": ABSENT, "signed_identifiers": [
         {"id": "p", "access_policy": {"permission": "r", "expiry": Matches("2030-01-01T00:00:00.*Z")}}]}),
    ("container.get_account_information", {"container": C}, {"account_kind": "StorageV2"}),
    ("service.create_container", {"name": C + "-2"}, WRITTEN),
    ("service.list_containers", {"name_starts_with": C, "include_metadata": True},
     {"items": [{"name": C, "metadata": {"c": "d"}, **WRITTEN}, {"name": C + "-2", "metadata": ABSENT}]}),
    ("service.list_containers", {"name_starts_with": C, "results_per_page": 1},
     {"items": [{"name": C}], "continuation_token": Matches(".+")}, "page"),
    ("service.list_containers",
     {"name_starts_with": C, "results_per_page": 1, "continuation_token": Kept("page.continuation_token")},
     {"items": [{"name": C + "-2"}], "continuation_token": ABSENT}),
    ("service.delete_container", {"container": C + "-2"}, {}),
    ("container.exists", {"container": C + "-2"}, False),

    # leases of a container
    ("lease.acquire", {"container": C, "lease_id": ID, "lease_duration": 60}, {"lease_id": ID, **WRITTEN}),
    ("container.get_container_properties", {"container": C},
     {"lease": {"status": "locked", "state": "leased", "duration": "fixed"}}),
    ("lease.renew", {"container": C, "lease": ID}, {"lease_id": ID}),
    ("lease.change", {"container": C, "lease": ID, "proposed_lease_id": OTHER_ID}, {"lease_id": OTHER_ID}),
    ("container.delete_container", {"container": C}, Refused("LeaseIdMissing", "HttpResponseError")),
    ("lease.release", {"container": C, "lease": OTHER_ID}, WRITTEN),
    ("container.get_container_properties", {"container": C}, {"lease": {"status": "unlocked", "state": "available"}}),
    ("container.acquire_lease", {"container": C, "lease_id": ID}, {"lease_id": ID}),
    ("lease.break_lease", {"container": C, "lease_break_period": 0}, {"lease_time": 0}),
    ("container.get_container_properties", {"container": C}, {"lease": {"state": "broken"}}),

    # a block blob in one request
    ("blob.exists", BLOB, False),
    ("blob.upload_blob", {**BLOB, "data": TEXT, "content_settings": SETTINGS, "metadata": {"k": "v"},
                          "tags": {"color": "red", "n": "1"}, "standard_blob_tier": "Cool"},
     {"content_md5": MD5, "request_server_encrypted": True, **WRITTEN}, "upload"),
    ("blob.exists", BLOB, True),
    ("blob.get_blob_properties", BLOB,
     {"size": 11, "blob_type": "BlockBlob", "metadata": {"k": "v"}, "blob_tier": "Cool", "etag": Kept("upload.etag"),
      "content_settings": {**SETTINGS, "content_md5": MD5}, "tag_count": 2, "creation_time": TIME}),
    ("blob.download_blob", BLOB,
     {"data": TEXT, "size": 11, "properties": {"etag": Kept("upload.etag"), "metadata": {"k": "v"}}}),
    ("blob.download_blob", {**BLOB, "offset": 6, "length": 3}, {"data": b"wor", "properties": {"size": 11}}),
    ("blob.upload_blob", {**BLOB, "data": b"x"}, Refused("BlobAlreadyExists", "ResourceExistsError")),
    ("blob.upload_blob", {**BLOB, "data": b"x", "etag": '"0x1"', "match_condition": "IfNotModified"}, NOT_MET),
    ("blob.get_account_information", BLOB, {"account_kind": "StorageV2"}),
    ("blob.set_blob_metadata", {**BLOB, "metadata": {"m": "n"}}, WRITTEN),
    ("blob.get_blob_properties", BLOB, {"metadata": {"m": "n"}}),
    ("blob.set_http_headers", {**BLOB, "content_settings": {"content_type": "a/b"}}, WRITTEN),
    ("blob.get_blob_properties", BLOB,
     {"content_settings": {"content_type": "a/b", "cache_control": ABSENT, "content_language": ABSENT}}),
    ("blob.get_blob_tags", BLOB, {"tags": {"color": "red", "n": "1"}}),
    ("blob.set_blob_tags", {**BLOB, "tags": {"color": "blue"}}, {}),
    ("blob.get_blob_tags", BLOB, {"tags": {"color": "blue"}}),
    ("service.find_blobs_by_tags", {"filter_expression": "\"color\" = 'blue'"},
     {"items": [{"name": B, "container_name": C, "tags": {"color": "blue"}}]}),
    ("container.find_blobs_by_tags", {"container": C, "filter_expression": "\"color\" = 'blue'"},
     {"items": [{"name": B, "container_name": C}]}),
    ("container.find_blobs_by_tags", {"container": C, "filter_expression": "\"color\" = 'red'"}, {"items": []}),
    ("blob.set_standard_blob_tier", {**BLOB, "standard_blob_tier": "Hot"}, {}),
    ("blob.get_blob_properties", BLOB, {"blob_tier": "Hot", "blob_tier_change_time": TIME}),
    ("blob.create_snapshot", {**BLOB, "metadata": {"s": "t"}}, {"snapshot": STAMP, **WRITTEN}, "snapshot"),
    ("blob.get_blob_properties", {**BLOB, "snapshot": Kept("snapshot.snapshot")},
     {"metadata": {"s": "t"}, "size": 11, "snapshot": Kept("snapshot.snapshot")}),
    ("blob.delete_blob", BLOB, Refused("SnapshotsPresent", "ResourceExistsError")),

    # leases of a blob
    ("blob.acquire_lease", {**BLOB, "lease_id": ID}, {"lease_id": ID, **WRITTEN}),
    ("blob.get_blob_properties", BLOB, {"lease": {"status": "locked", "state": "leased", "duration": "infinite"}}),
    ("blob.set_blob_metadata", BLOB, Refused("LeaseIdMissing", "HttpResponseError")),
    ("blob.set_blob_metadata", {**BLOB, "lease": ID}, WRITTEN),
    ("lease.renew", {**BLOB, "lease": ID}, {"lease_id": ID}),
    ("lease.change", {**BLOB, "lease": ID, "proposed_lease_id": OTHER_ID}, {"lease_id": OTHER_ID}),
    ("lease.break_lease", {**BLOB, "lease_break_period": 0}, {"lease_time": 0}),
    ("lease.release", {**BLOB, "lease": OTHER_ID}, WRITTEN),
    ("lease.acquire", {**BLOB, "lease_id": ID, "lease_duration": 15}, {"lease_id": ID}),
    ("lease.release", {**BLOB, "lease": ID}, WRITTEN),
    ("blob.get_blob_properties", BLOB, {"lease": {"status": "unlocked", "state": "available"}}),

    # blocks
    ("blob.stage_block", {**BLOCKS, "block_id": "1", "data": b"abc", "validate_content": True}, {}),
    ("blob.stage_block", {**BLOCKS, "block_id": "2", "data": b"defg"}, {}),
    ("blob.get_block_list", {**BLOCKS, "block_list_type": "all"},
     {"committed_blocks": [], "uncommitted_blocks": [{"id": "1", "size": 3}, {"id": "2", "size": 4}]}),
    ("blob.commit_block_list", {**BLOCKS, "block_list": ["2", "1"], "metadata": {"k": "v"}}, WRITTEN),
    ("blob.get_block_list", BLOCKS,
     {"committed_blocks": [{"id": "2", "size": 4}, {"id": "1", "size": 3}], "blob_content_length": 7}),
    ("container.download_blob", BLOCKS, {"data": b"defgabc", "properties": {"metadata": {"k": "v"}}}),
    ("blob.commit_block_list", {**BLOCKS, "block_list": ["3"]}, Refused("InvalidBlockList", "HttpResponseError")),

    # an append blob
    ("blob.create_append_blob", APPEND, WRITTEN),
    ("blob.append_block", {**APPEND, "data": b"abc"}, {"blob_append_offset": "0", "blob_committed_block_count": 1}),
    ("blob.append_block", {**APPEND, "data": b"de", "appendpos_condition": 3},
     {"blob_append_offset": "3", "blob_committed_block_count": 2}),
    ("blob.append_block", {**APPEND, "data": b"f", "appendpos_condition": 3},
     Refused("AppendPositionConditionNotMet", "HttpResponseError")),
    ("blob.download_blob", APPEND, {"data": b"abcde", "properties": {"blob_type": "AppendBlob"}}),
    ("blob.seal_append_blob", APPEND, {"blob_sealed": True}),
    ("blob.get_blob_properties", APPEND, {"is_append_blob_sealed": True, "append_blob_committed_block_count": 2}),
    ("blob.append_block", {**APPEND, "data": b"f"}, Refused("BlobIsSealed", "ResourceExistsError")),

    # a page blob
    ("blob.create_page_blob", {**PAGES, "size": 2048, "sequence_number": 3}, WRITTEN),
    ("blob.upload_page", {**PAGES, "page": PAGE + PAGE, "offset": 512}, {"blob_sequence_number": 3, **WRITTEN}),
    ("blob.get_page_ranges", PAGES,
     {"page_range": [{"start": 512, "end": 1535}], "clear_range": [], "blob_content_length": 2048}),
    ("blob.clear_page", {**PAGES, "offset": 1024, "length": 512}, WRITTEN),
    ("blob.list_page_ranges", PAGES, {"items": [{"start": 512, "end": 1023, "cleared": False}]}),
    ("blob.resize_blob", {**PAGES, "size": 1024}, {"blob_sequence_number": 3}),
    ("blob.download_blob", PAGES, {"data": bytes(512) + PAGE, "properties": {"blob_type": "PageBlob"}}),
    ("blob.set_sequence_number", {**PAGES, "sequence_number_action": "update", "sequence_number": 7},
     {"blob_sequence_number": 7}),
    ("blob.set_sequence_number", {**PAGES, "sequence_number_action": "increment"}, {"blob_sequence_number": 8}),
    ("blob.get_blob_properties", PAGES, {"size": 1024, "page_blob_sequence_number": 8}),
    ("blob.upload_page", {**PAGES, "page": PAGE, "offset": 0, "if_sequence_number_lt": 8},
     Refused("SequenceNumberConditionNotMet", "HttpResponseError")),

    # copies, which Azurite makes at once
    ("service.get_blob_client", BLOB, {"container_name": C, "blob_name": B, "url": Matches("http://.*")}, "client"),
    ("blob.start_copy_from_url", {**COPY, "source_url": Kept("client.url"), "metadata": {"q": "r"}},
     {"copy_status": "success", "copy_id": Matches(".+"), **WRITTEN}, "copy"),
    ("blob.get_blob_properties", COPY,
     {"size": 11, "metadata": {"q": "r"}, "copy": {"id": Kept("copy.copy_id"), "status": "success"}}),
    ("blob.abort_copy", {**COPY, "copy_id": Kept("copy.copy_id")},
     Refused("NoPendingCopyOperation", "ResourceExistsError")),
    ("blob.start_copy_from_url", {**COPY, "source_url": Kept("client.url"), "requires_sync": True},
     {"copy_status": "success", **WRITTEN}),
    ("blob.download_blob", COPY, {"data": TEXT}),

    # listings; Azurite has a blob before its snapshots and prefixes before blobs, the service each by its name
    ("container.list_blobs", {"container": C, "include": ["metadata", "snapshots", "tags", "copy"]},
     {"items": [{"name": "append", "size": 5}, {"name": "blocks", "size": 7, "metadata": {"k": "v"}},
                {"name": "copy", "copy": {"status": "success"}},
                {"name": B, "tags": {"color": "blue"}, "snapshot": ABSENT},
                {"name": B, "snapshot": Kept("snapshot.snapshot"), "metadata": {"s": "t"}},
                {"name": "pages", "size": 1024, "page_blob_sequence_number": 8}],
      "continuation_token": ABSENT}),
    ("container.list_blobs", {"container": C, "results_per_page": 2},
     {"items": [{"name": "append"}, {"name": "blocks"}], "continuation_token": Matches(".+")}, "page"),
    ("container.list_blob_names", {"container": C, "continuation_token": Kept("page.continuation_token")},
     {"items": ["copy", B, "pages"], "continuation_token": ABSENT}),
    ("container.list_blob_names", {"container": C, "name_starts_with": "dir/"}, {"items": [B]}),
    ("container.walk_blobs", {"container": C, "delimiter": "/"},
     {"items": [{"name": "dir/", "prefix": "dir/"}, {"name": "append"}, {"name": "blocks"}, {"name": "copy"},
                {"name": "pages"}]}),
    ("container.walk_blobs", {"container": C, "name_starts_with": "dir/"}, {"items": [{"name": "dir/a b%/"}]}),

    # many at once, and what is left of it all
    ("container.upload_blob", {"container": C, "name": "other", "data": TEXT}, WRITTEN),
    ("container.set_standard_blob_tier_blobs",
     {"container": C, "blobs": ["other", "copy"], "standard_blob_tier": "Cool"},
     {"parts": [{"index": 0, "name": "other", "status": 200}, {"index": 1, "name": "copy", "status": 200}]}),
    ("blob.get_blob_properties", {"container": C, "blob": "other"}, {"blob_tier": "Cool"}),
    ("container.delete_blobs",
     {"container": C, "blobs": ["other", "nothing", {"name": B, "delete_snapshots": "include"}],
      "raise_on_any_failure": False},
     {"parts": [{"name": "other", "status": 202, "error": ABSENT},
                {"name": "nothing", "status": 404, "error": {"code": "BlobNotFound"}},
                {"name": B, "status": 202}]}),
    ("container.delete_blobs", {"container": C, "blobs": ["nothing"]},
     Refused("PartialBatchFailure", "PartialBatchErrorException")),
    ("blob.delete_blob", APPEND, {}),
    ("container.delete_blob", PAGES, {}),
    ("container.list_blob_names", {"container": C}, {"items": ["blocks", "copy"]}),
    ("blob.download_blob", PAGES, Refused("BlobNotFound", "ResourceNotFoundError")),

    # names, of which nothing is asked
    ("container.get_blob_client", BLOB, {"url": Kept("client.url")}),
    ("service.get_container_client", {"container": C}, {"container_name": C, "url": Matches(f"http://.*/{C}")}, "client"),
    ("blob.get_container_client", {"container": C}, {"url": Kept("client.url")}),
    ("container.get_blob_service_client", {}, {"account_name": "devstoreaccount1", "url": Matches("http://.*")}),

    ("container.delete_container", {"container": C}, {}),
    ("container.exists", {"container": C}, False),
]


def fill_in(value, kept):
    """The value, with what was kept in place of each Kept."""
    if isinstance(value, Kept):
        name, path = value.name.split(".", 1)
        return kept[name][path]
    if isinstance(value, dict):
        return {name: fill_in(inside, kept) for name, inside in value.items()}
    if isinstance(value, list):
        return [fill_in(inside, kept) for inside in value]
    return value


def play(client, step, kept):
    """Take one step; returns what was wrong with it, in lines."""
    method, params, wanted, *name = step
    try:
        params, wanted = fill_in(params, kept), fill_in(wanted, kept)
    except KeyError as missing:
        return [f"nothing was kept of {missing}"]
    error, result = client.call(method, {"client": "azurite", "retry_total": 0, **params})
    if isinstance(wanted, Refused):
        return differences("the error", error, {"code": wanted.code, "kind": wanted.kind})
    if error is not None:
        return [f"{error['code']}: {error['message']}"]
    if name:
        kept[name[0]] = result
    return differences("the result", result, wanted)


def main():
    connection = os.environ["AZURE_STORAGE_CONNECTION_STRING"]
    endpoint = re.search("BlobEndpoint=([^;]*)", connection).group(1)
    client = Client(os.environ["AZBLOBD_SOCKET"])
    error, _ = client.call("service.open", {
        "name": "azurite", "connection_string": f"{connection};BlobSecondaryEndpoint={endpoint}-secondary"})
    if error is not None:
        sys.exit(f"service.open: {error['message']}")
    kept, n_failed, proven, unproven = {}, 0, set(), set()
    for i, step in enumerate(STEPS):
        wrong = play(client, step, kept)
        if wrong:
            n_failed += 1
            print(f"step {i}, {step[0]}: " + "\n    ".join(wrong), file=sys.stderr)
        if wrong:
            unproven.add(step[0])
        elif not isinstance(step[2], Refused):
            proven.add(step[0])
    if "COVERAGE_DIR" in os.environ:
        with open(os.path.join(os.environ["COVERAGE_DIR"], "azurite.txt"), "a", encoding="utf-8") as file:
            file.writelines(f"{method}\n" for method in sorted(proven - unproven))
    print(f"{len(STEPS) - n_failed} passed, {n_failed} failed")
    sys.exit(1 if n_failed else 0)


if __name__ == "__main__":
    main()
