"""Other programs that move blobs: how each is told to do what azblob does."""

import os
import shutil

from programs import BARE_ENV, TOP

# The upstream believes it.
SAS = ("sv=2021-12-02&ss=b&srt=sco&sp=rwdlacx&se=2030-01-01T00:00:00Z&st=2024-01-01T00:00:00Z"
       "&spr=https,http&sig=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D")
BLOCK_MIB = 8


class Rclone:
    name = "rclone"

    def __init__(self, upstream, folder):
        self.folder = folder
        self.upstream = upstream

    def env(self, scheme):
        return {**BARE_ENV, "HOME": self.folder, "RCLONE_CONFIG": "/dev/null",
                "SSL_CERT_FILE": self.upstream.ca_file, "RCLONE_CONFIG_AZ_TYPE": "azureblob",
                "RCLONE_CONFIG_AZ_SAS_URL": self.upstream.urls[scheme] + "?" + SAS}

    def stat(self, _scheme, blob):
        return ["rclone", "lsjson", "--stat", "az:bench/" + blob]

    def down(self, _scheme, blob, path):
        return ["rclone", "copyto", "az:bench/" + blob, path, "--ignore-times"]

    def up(self, _scheme, path, blob):
        return ["rclone", "copyto", path, "az:bench/" + blob, "--ignore-times",
                "--azureblob-chunk-size", "%dM" % BLOCK_MIB]

    def tree_down(self, _scheme, container, folder):
        return self.tree("az:" + container, folder)

    def tree_up(self, _scheme, folder, container):
        return self.tree(folder, "az:" + container)

    def tree(self, source, target):
        """Copy a tree without asking for anything twice. The container is listed as a whole: the
        upstream's listing knows no folders, and rclone drops what lies in one.
        """
        return ["rclone", "copy", source, target, "--fast-list", "--transfers", "64",
                "--checkers", "64", "--no-check-dest", "--no-traverse", "--ignore-checksum",
                "--retries", "1", "--azureblob-chunk-size", "%dM" % BLOCK_MIB]


class Azcopy:
    name = "azcopy"

    def __init__(self, upstream, folder, program):
        self.upstream = upstream
        self.folder = folder
        self.program = program

    def env(self, _scheme):
        return {**BARE_ENV, "HOME": self.folder, "SSL_CERT_FILE": self.upstream.ca_file,
                "AZCOPY_LOG_LOCATION": self.folder, "AZCOPY_JOB_PLAN_LOCATION": self.folder,
                "AZCOPY_DISABLE_SYSLOG": "true"}

    def copy(self, source, target, way):
        return [self.program, "copy", source, target, "--from-to", way, "--overwrite", "true",
                "--block-size-mb", str(BLOCK_MIB), "--log-level", "NONE", "--output-level",
                "essential"]

    def url(self, scheme, name):
        return "%s/%s?%s" % (self.upstream.urls[scheme], name, SAS)

    def down(self, scheme, blob, path):
        return self.copy(self.url(scheme, "bench/" + blob), path, "BlobLocal")

    def nowhere(self, scheme, blob):
        return self.down(scheme, blob, os.devnull)

    def up(self, scheme, path, blob):
        return self.copy(path, self.url(scheme, "bench/" + blob), "LocalBlob")

    def tree_down(self, scheme, container, folder):
        """Without the check against the listing's MD5s, which are made up."""
        return [*self.copy(self.url(scheme, container), folder, "BlobLocal"), "--recursive",
                "--check-md5", "NoCheck"]

    def tree_up(self, scheme, folder, container):
        return [*self.copy(folder, self.url(scheme, container), "LocalBlob"), "--recursive"]


class Az:
    name = "az storage"

    def __init__(self, upstream, folder):
        self.upstream = upstream
        self.folder = folder

    def env(self, _scheme):
        return {**BARE_ENV, "HOME": self.folder, "REQUESTS_CA_BUNDLE": self.upstream.ca_file,
                "AZURE_CORE_COLLECT_TELEMETRY": "false"}

    def stat(self, scheme, blob):
        return ["az", "storage", "blob", "show", "--blob-endpoint", self.upstream.urls[scheme],
                "--sas-token", SAS, "-c", "bench", "-n", blob]


class JsSdk:
    """A script for node, with the SDK that the wire tests have installed."""

    name = "JS SDK script"
    folder = os.path.join(TOP, "tests", "wire", "node_modules")
    script = """
        const { BlobClient } = require("@azure/storage-blob");
        new BlobClient(process.argv[1]).getProperties().then(
            (properties) => console.log(properties.contentLength, properties.etag));
    """

    def __init__(self, upstream):
        self.upstream = upstream

    def env(self, _scheme):
        return {**BARE_ENV, "NODE_PATH": self.folder, "NODE_EXTRA_CA_CERTS": self.upstream.ca_file}

    def stat(self, scheme, blob):
        url = "%s/bench/%s?%s" % (self.upstream.urls[scheme], blob, SAS)
        return ["node", "-e", self.script, url]


def find_peers(upstream, folder):
    """Those that are installed: rclone, az, azcopy in PATH or where $AZCOPY says, a JS SDK."""
    peers = [Rclone(upstream, folder)] if shutil.which("rclone") else []
    azcopy = shutil.which(os.environ.get("AZCOPY", "azcopy"))
    if azcopy:
        peers.append(Azcopy(upstream, folder, azcopy))
    if shutil.which("az"):
        peers.append(Az(upstream, folder))
    if shutil.which("node") and os.path.isdir(JsSdk.folder):
        peers.append(JsSdk(upstream))
    return peers


def which_can(peers, what):
    """Those that have a way to do it."""
    return [peer for peer in peers if hasattr(peer, what)]
