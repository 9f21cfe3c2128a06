"""Runs a command in a pseudo terminal until it has shown all the texts given, then interrupts it as Ctrl-C does.

Arguments: seconds at most, texts (a JSON list), then the command. Prints what the terminal got. Exits with 1 where the
command ended, or time ran out, before that.
"""

import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from fcntl import ioctl

deadline = time.monotonic() + float(sys.argv[1])
wanted = json.loads(sys.argv[2])
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[3], sys.argv[3:])
ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 250, 0, 0))

seen = b""


def is_complete():
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode("utf-8", "replace"))
    return all(part in text for part in wanted)


while not is_complete() and time.monotonic() < deadline:
    if select.select([terminal], [], [], 0.1)[0]:
        try:
            seen += os.read(terminal, 65536)
        except OSError:
            break  # The command has ended.

complete = is_complete()
os.kill(child, signal.SIGINT if complete else signal.SIGKILL)
limit = time.monotonic() + 5
while os.waitpid(child, os.WNOHANG) == (0, 0):
    if time.monotonic() > limit:
        os.kill(child, signal.SIGKILL)
    # What is written meanwhile must be taken, or the command can't end.
    if select.select([terminal], [], [], 0.05)[0]:
        try:
            seen += os.read(terminal, 65536)
        except OSError:
            pass
sys.stdout.buffer.write(seen)
sys.exit(0 if complete else 1)
