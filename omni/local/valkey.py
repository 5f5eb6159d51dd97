"""The embedded Valkey: broker and cache of one machine, on a Unix socket."""

import contextlib
import socket
from pathlib import Path

from omni.local.binaries import valkey_binary
from omni.local.paths import Places


def command(where: Places) -> list[str]:
    """Appends every write to a file, so that queued work outlives the process."""
    return [
        str(valkey_binary()),
        *("--port", "0"),
        *("--unixsocket", str(where.valkey_socket)),
        *("--unixsocketperm", "700"),
        *("--dir", str(where.valkey)),
        *("--appendonly", "yes"),
        *("--aof-load-truncated", "yes"),
        *("--save", ""),
        *("--maxmemory-policy", "noeviction"),
        *("--daemonize", "no"),
        *("--loglevel", "warning"),
    ]


def answers(path: Path) -> bool:
    """Whether a server on that socket says PONG; one that still loads its data does not."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.settimeout(0.5)
        client.connect(str(path))
        client.sendall(b"PING\r\n")
        return client.recv(16).startswith(b"+PONG")
    return False
