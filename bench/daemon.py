"""The azblobd that is measured: started with a configuration of its own, and looked at from outside."""

import base64
import os
import re
import select
import subprocess
import time

from programs import BARE_ENV, Failed

START_SECONDS = 10
STOP_SECONDS = 10

CONFIG = """\
[daemon]

[profile plain]
account_url = {plain}
account_key = {key}

[profile tls]
account_url = {tls}
account_key = {key}
ca_file = {ca_file}
"""


class Daemon:
    """A running azblobd, as a context: it stops when the context ends. Its profiles are "plain" and
    "tls".

    socket  where it listens
    """

    def __init__(self, build, folder, upstream):
        self.binary = os.path.join(build, "azblobd")
        self.socket = os.path.join(folder, "azblobd.sock")
        self.config = os.path.join(folder, "azblobd.conf")
        self.log = os.path.join(folder, "azblobd.log")
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(CONFIG.format(**upstream.urls, ca_file=upstream.ca_file,
                                    key=base64.b64encode(bytes(64)).decode()))

    def __enter__(self):
        ready, ready_far_end = os.pipe()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [self.binary, "--config", self.config, "--socket", self.socket],
                env={**BARE_ENV, "AZBLOBD_READY_FD": str(ready_far_end)},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[ready_far_end])
        os.close(ready_far_end)
        is_answered = select.select([ready], [], [], START_SECONDS)[0]
        answer = os.read(ready, 4096) if is_answered else b"no answer"
        os.close(ready)
        if answer != b"1":
            self.process.kill()
            self.process.wait()
            with open(self.log, encoding="utf-8") as log:
                raise Failed("azblobd does not start: %s %s" % (answer.decode(), log.read()))
        return self

    def __exit__(self, failure, *_):
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if failure is None and self.process.returncode != 0:
            raise Failed("azblobd ended with %d" % self.process.returncode)

    def cpu_s(self):
        """User and system time of all its threads, ended ones included, to the nanosecond."""
        return time.clock_gettime(~self.process.pid << 3 | 2)  # what clock_getcpuclockid(3) gives

    def memory_mib(self, field):
        """VmRSS (now) or VmHWM (peak since reset_peak())."""
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as status:
            return int(re.search(field + r":\s+(\d+) kB", status.read())[1]) / 1024

    def reset_peak(self):
        with open("/proc/%d/clear_refs" % self.process.pid, "w", encoding="ascii") as out:
            out.write("5")
