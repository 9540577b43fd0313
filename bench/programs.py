"""Running other programs: building the helpers, taking time and CPU, reading what they print."""

import os
import re
import subprocess
import tempfile
import time
from typing import NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)

# What is measured sees nothing of the user's settings: no proxies, no accounts, no locale.
BARE_ENV = {"PATH": os.environ["PATH"]}

RPC = ["bench/rpc_client.c", "bench/usage.c", "proto/frame.c", "proto/buf.c", "proto/value.c",
       "proto/error.c", "proto/utf8.c"]
MSGPACK = "msgpack-c|msgpack"
HELPERS = {  # name: (sources, pkg-config modules; of a|b the first that exists)
    "uds_roundtrip": (["bench/uds_roundtrip.c"], ()),
    "exec_time": (["bench/exec_time.c"], ()),
    "far_link": (["bench/far_link.c"], ()),
    "sax_limit": (["bench/sax_limit.c", "bench/usage.c"], ("libxml-2.0",)),
    "multi_limit": (["bench/multi_limit.c", "bench/usage.c"], ("libcurl", "libevent")),
    "rpc_load": (["bench/rpc_load.c", *RPC], (MSGPACK,)),
    "rpc_list": (["bench/rpc_list.c", *RPC], (MSGPACK,)),
}


class Failed(Exception):
    """A program did not do what was asked; the text says what it said."""


class Outcome(NamedTuple):
    text: str     # what it printed
    wall_s: float
    cpu_s: float  # user and system, of the program and the children that it waited for


def run(command, env=BARE_ENV, stdout=None):
    """Run a program to its end. stdout: a file name instead of Outcome.text."""
    with tempfile.TemporaryFile() as errors, open(stdout or os.devnull, "wb") as sink:
        start_s = time.monotonic()
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stderr=errors,
                                   stdout=sink if stdout else subprocess.PIPE)
        try:
            text = b"" if stdout else process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            wall_s = time.monotonic() - start_s
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()
        if process.returncode != 0:
            errors.seek(0)
            said = (text + errors.read()).decode(errors="replace").strip()
            raise Failed("%s: exit status %d: %s" % (" ".join(command), process.returncode, said))
    return Outcome(text.decode(errors="replace"), wall_s, usage.ru_utime + usage.ru_stime)


def run_for_values(command, env=BARE_ENV):
    """Run a program that prints name=number pairs; the numbers by their names."""
    pairs = re.findall(r"(\w+)=([\d.]+)", run(command, env).text)
    return {name: float(number) for name, number in pairs}


def compiler_flags(module):
    for name in module.split("|"):
        if subprocess.run(["pkg-config", "--exists", name], check=False).returncode == 0:
            return run(["pkg-config", "--cflags", "--libs", name], os.environ).text.split()
    raise Failed("the development files of %s are missing" % name)


def build_helper(folder, name):
    """Compile a measuring program into a folder; its path."""
    sources, modules = HELPERS[name]
    path = os.path.join(folder, name)
    run([os.environ.get("CC", "cc"), "-std=gnu11", "-O2", "-I" + TOP,
         "-o", path, *(os.path.join(TOP, source) for source in sources),
         *(flag for module in modules for flag in compiler_flags(module))],
        os.environ)
    return path


def build_helpers(folder):
    """All of them; their paths by their names."""
    return {name: build_helper(folder, name) for name in HELPERS}
