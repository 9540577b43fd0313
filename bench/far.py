"""Two network namespaces and a slow link between them: the benchmarks run in one, the upstream in the
other. Needs root; touches no other interface.
"""

import os
import subprocess
import tempfile

from programs import BARE_ENV, Failed, build_helper, run

NEAR_ADDRESS = "10.99.0.1"
FAR_ADDRESS = "10.99.0.2"

# What a long way over shared lines leaves to one stream: about 50 MB/s at 10 ms.
WINDOW_BYTES = 512 * 1024

# In every kernel and free to be chosen in a namespace, and not paced: BBR, which some systems have by
# default, sends as little as two segments at a time when a link is full, and as many packets a second as
# that makes are more than far_link can pass on. That would be measured then.
CONGESTION_CONTROL = "reno"


class FarLink:
    """The link, as a context: it and the namespaces are gone when the context ends.

    near, far  prefixes of commands that are to run at either end
    """

    def __init__(self, round_trip_ms):
        self.delay_us = int(round_trip_ms * 1000 / 2)
        self.names = ["azblobd-bench-%d-%s" % (os.getpid(), end) for end in ("near", "far")]
        self.near, self.far = (["ip", "netns", "exec", name] for name in self.names)
        self.process = None

    def ip(self, *arguments):
        run(["ip", *arguments], BARE_ENV)

    def set_up(self, name, address):
        self.ip("-n", name, "link", "set", "lo", "up")
        self.ip("-n", name, "addr", "add", address + "/30", "dev", "far0")
        self.ip("-n", name, "link", "set", "far0", "up", "txqueuelen", "10000")
        settings = {"tcp_rmem": "4096 65536 %d" % WINDOW_BYTES,
                    "tcp_wmem": "4096 65536 %d" % WINDOW_BYTES,
                    "tcp_congestion_control": CONGESTION_CONTROL}
        for setting, value in settings.items():
            run(["ip", "netns", "exec", name, "sysctl", "-qw",
                 "net.ipv4.%s=%s" % (setting, value)], BARE_ENV)

    def __enter__(self):
        if os.geteuid() != 0:
            raise Failed("--rtt makes network namespaces: run it as root")
        with tempfile.TemporaryDirectory() as folder:
            try:
                for name in self.names:
                    self.ip("netns", "add", name)
                self.process = subprocess.Popen(
                    [build_helper(folder, "far_link"), *self.names, str(self.delay_us)],
                    stdout=subprocess.PIPE)
                if self.process.stdout.readline() != b"ready\n":
                    raise Failed("the slow link does not start")
                for name, address in zip(self.names, (NEAR_ADDRESS, FAR_ADDRESS)):
                    self.set_up(name, address)
            except BaseException:
                self.__exit__()
                raise
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process.stdout.close()
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)
