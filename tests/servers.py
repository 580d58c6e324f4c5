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

from sqlalchemy import URL, text

from journal.postgres import JOURNAL_SCHEMA, engine_for
from runtime.scaled.servers import PrivatePostgres, PrivateValkey

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


def cut_leader(url: URL) -> None:
    """Ends the session that leads a journal, as a network or an operator would."""
    leader = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid IN (SELECT pid FROM pg_locks "
        "WHERE locktype = 'advisory') AND datname = current_database()"
    )
    with engine_for(url, JOURNAL_SCHEMA).begin() as connection:
        connection.execute(leader)


@functools.cache
def valkey() -> PrivateValkey:
    """This process's Valkey."""
    server = PrivateValkey(_directory() / "vk")
    server.start()
    atexit.register(server.kill)
    return server
