"""A real PostgreSQL and a real Valkey for the tests of one process, started when the first test asks for them.

Each xdist worker has its own, on sockets in a directory of its own; whoever stops one starts it again.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import shutil
import tempfile
from pathlib import Path

from runtime.servers import PrivatePostgres, PrivateValkey

_numbers = itertools.count(1)


@functools.cache
def _directory() -> Path:
    made = Path(tempfile.mkdtemp(prefix="allo-", dir="/tmp"))
    os.chmod(made, 0o755)  # PostgreSQL runs as another account when the tests run as root
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


@functools.cache
def postgres() -> PrivatePostgres:
    """This process's PostgreSQL.  It does not wait for the disk: no test cuts the power."""
    server = PrivatePostgres(_directory() / "pg", "fsync=off")
    server.start()
    atexit.register(server.stop)
    return server


def database() -> str:
    """The URL of a new, empty database."""
    return postgres().make_database(f"test{next(_numbers)}")


@functools.cache
def valkey() -> PrivateValkey:
    """This process's Valkey."""
    server = PrivateValkey(_directory() / "vk")
    server.start()
    atexit.register(server.kill)
    return server
