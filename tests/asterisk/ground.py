"""Where these tests run: loopback addresses and directories that nobody else has, and the end of what was started.

A test process claims a network 127.N.0.0/16 by holding a socket in it, so that xdist's workers, and two runs at the
same time, never meet.  Each `Site` in it has an address for its Asterisk, one for callers and one for desk phones.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SIP_PORT: Final = 5060
AMI_PORT: Final = 5038
_CLAIM_PORT: Final = 4009
_NETWORKS: Final = range(20, 250)
_GONE_S: Final = 15.0


@dataclass(frozen=True, kw_only=True)
class Site:
    """A place for one centre.  `directory` is short: a path to Asterisk's control socket has 108 characters at most."""

    network: int
    number: int
    directory: Path

    @property
    def host(self) -> str:
        """Asterisk's address."""
        return f"127.{self.network}.{self.number}.1"

    @property
    def trunk(self) -> str:
        """The address that citizens call from."""
        return f"127.{self.network}.{self.number}.2"

    @property
    def office(self) -> str:
        """The address of the agents' telephones."""
        return f"127.{self.network}.{self.number}.3"

    @property
    def config(self) -> Path:
        return self.directory / "config"

    @property
    def home(self) -> Path:
        """What ALLO_HOME is for a centre in a process of its own."""
        return self.directory / "home"

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def asterisk_pid(self) -> int | None:
        """The pid of this site's Asterisk; None if it does not run."""
        main_file = self.run / "asterisk" / "etc" / "asterisk.conf"
        try:
            pid = int((self.run / "asterisk" / "run" / "asterisk.pid").read_text())
            ours = os.fsencode(main_file) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if ours else None

    def forget_journal(self) -> None:
        """The next centre here starts with no past, beside the Asterisk that may run."""
        for name in ("journal", "keys", "records", "messages"):
            shutil.rmtree(self.run / name, ignore_errors=True)

    def journal_bytes(self) -> bytes:
        """Everything that stands in the journal's files."""
        return b"".join(file.read_bytes() for file in (self.run / "journal").iterdir() if file.is_file())

    def asterisk_log(self, lines: int = 40) -> str:
        """The last words of Asterisk."""
        try:
            return "\n".join((self.run / "asterisk/log/messages").read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


class Ground:
    """The network and the directories of one test process; `clear` in the end."""

    def __init__(self) -> None:
        self._claim, self.network = _claimed()
        self._base = Path(tempfile.mkdtemp(prefix="allo-", dir="/tmp"))
        self._sites: list[Site] = []
        self._number = 0

    def site(self) -> Site:
        """A new site whose ports are free."""
        while True:
            self._number += 1
            directory = self._base / str(self._number)
            site = Site(network=self.network, number=self._number, directory=directory)
            if _free(site.host, SIP_PORT, socket.SOCK_DGRAM) and _free(site.host, AMI_PORT, socket.SOCK_STREAM):
                directory.mkdir()
                self._sites.append(site)
                return site

    def clear(self) -> None:
        """Ends every Asterisk of these sites, and removes their directories."""
        for site in self._sites:
            end_asterisk(site)
        shutil.rmtree(self._base, ignore_errors=True)
        self._claim.close()


def end_asterisk(site: Site) -> None:
    """Ends the site's Asterisk, by its pid, if it runs.  At once: after a hundred calls it would take its time."""
    pid = site.asterisk_pid
    if pid is None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + _GONE_S
    while not gone(pid) and time.monotonic() < until:
        time.sleep(0.02)


def gone(pid: int) -> bool:
    """Whether the process has ended; one that nobody collected yet has."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _claimed() -> tuple[socket.socket, int]:
    for network in _NETWORKS:
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind((f"127.{network}.0.1", _CLAIM_PORT))
        except OSError:
            claim.close()
            continue
        return claim, network
    raise AssertionError("no loopback network is free, were 230")


def _free(host: str, port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as trial:
        if kind == socket.SOCK_STREAM:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError:
            return False
    return True
