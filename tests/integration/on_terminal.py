#!/usr/bin/python3
"""Run a command whose standard error is a terminal of 100 columns, and exit as it does.

    on_terminal.py FILE COMMAND [ARGUMENT...]

What the terminal shows goes to FILE, as it was sent. Standard input and output are the caller's.
"""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios


def main():
    terminal, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, 100, 0, 0))
    process = subprocess.Popen(sys.argv[2:], stderr=slave,
                               env={**os.environ, "TERM": "xterm"})
    os.close(slave)
    with open(sys.argv[1], "wb", buffering=0) as shown:
        while True:
            try:
                shown.write(os.read(terminal, 4096))
            except OSError:  # EIO: nobody has the other end any more
                break
    status = process.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
