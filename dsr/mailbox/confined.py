"""Large mails are taken apart in a child process, whose time and memory the kernel limits.

Run as `python -m dsr.mailbox.confined`, this module is that child: a request on the standard input, the result on the
standard output, both in MessagePack. It is started afresh, never forked from a process with threads, and its imports
are done before the limits count.
"""

import os
import resource
import subprocess
import sys
from typing import Final

import msgspec

from dsr.mailbox.errors import MessageTooCostly, UndecodableMessage
from dsr.mailbox.limits import MailLimits
from dsr.mailbox.own_servers import OwnServers
from dsr.mailbox.taking_apart import MailApart, refused, take_apart

_WALL_SECONDS: Final = 60
"""Generous, since the machine may be busy with other work."""
_OUT_OF_MEMORY: Final = 3
"""Exit status of the child."""


class _Task(msgspec.Struct):
    raw: bytes
    own: OwnServers
    limits: MailLimits


def take_apart_safely(raw: bytes, *, own: OwnServers, limits: MailLimits) -> MailApart:
    """Take the mail apart, in a child process if it is large. Raises nothing, for any bytes.

    A mail that takes more than the child may have is refused as `message-too-costly`.
    """
    if len(raw) <= limits.max_in_process_bytes or len(raw) > limits.max_bytes:
        return take_apart(raw, own=own, limits=limits)
    try:
        child = subprocess.run(  # noqa: S603 - this program itself, with nothing of the mail on its command line
            [sys.executable, "-m", __name__],
            input=msgspec.msgpack.encode(_Task(raw, own, limits)),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback would quote the letter
            env={name: value for name, value in os.environ.items() if not name.startswith("DSR_")},
            timeout=_WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return refused(MessageTooCostly(exceeded="seconds", most=_WALL_SECONDS))
    if child.returncode == 0:
        return msgspec.msgpack.decode(child.stdout, type=MailApart)
    if child.returncode == _OUT_OF_MEMORY:
        return refused(MessageTooCostly(exceeded="bytes of memory", most=limits.max_memory_bytes))
    if child.returncode < 0:
        return refused(MessageTooCostly(exceeded="seconds of CPU", most=limits.max_cpu_seconds))
    return refused(UndecodableMessage())


def _serve() -> int:
    """The child: one message, then the end."""
    task = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=_Task)
    memory, seconds = task.limits.max_memory_bytes, task.limits.max_cpu_seconds
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    try:
        apart = take_apart(task.raw, own=task.own, limits=task.limits)
        sys.stdout.buffer.write(msgspec.msgpack.encode(apart))
    except MemoryError:
        return _OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(_serve())
