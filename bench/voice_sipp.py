"""The telephones of the voice bench: SIPp calls, and SIPp answers for every agent; the same for both sides."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.asterisk.ground import SIP_PORT, Site
from traffic.sound import encode_alaw, tone

SCENARIOS: Final = Path(__file__).parent / "sipp"
TALK_S: Final = 5.0
"""How long a caller stays after being answered; sipp/caller.xml says the same."""
# After the last call should have begun: it lasts TALK_S, and one that hangs is given up.
DRAIN_S: Final = TALK_S + 15
CALLER_PORT: Final = 5070
OFFICE_PORT: Final = 5070
SINK_PORT: Final = 4000
RTP_PORTS: Final = "-min_rtp_port 20000 -max_rtp_port 60000"
REGISTRATIONS_S: Final = 300
LOOK_S: Final = 0.25


def register(site: Site, secrets: Mapping[str, str]) -> None:
    """Registers the telephones at the office's address.  Raises SystemExit if not all of them are taken."""
    rows = [f"{phone};[authentication username={phone} password={secret}]" for phone, secret in secrets.items()]
    (site.directory / "phones.csv").write_text("\n".join(["SEQUENTIAL", *rows, ""]))
    where = f"{site.host}:{SIP_PORT} -i {site.office} -p {OFFICE_PORT} -inf phones.csv"
    many = f"-r {REGISTRATIONS_S} -m {len(rows)} -l {len(rows)} -recv_timeout 20000 -nostdin"
    if _start(site, "register.xml", f"{where} {many}").wait() != 0:
        raise SystemExit(f"telephones cannot register:\n{(site.directory / 'register.xml.log').read_text()[-2_000:]}")


@contextmanager
def office(site: Site) -> Iterator[None]:
    """The agents' telephones: one SIPp that answers for all, and a socket for what they hear, that nobody reads."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sink.bind((site.office, SINK_PORT))
        where = f"-i {site.office} -p {OFFICE_PORT} -mi {site.office} -mp {SINK_PORT + 2} -key sink {SINK_PORT}"
        telephones = _start(site, "agent.xml", f"{where} -nostdin")
        try:
            yield
        finally:
            telephones.kill()
            telephones.wait()


def call(site: Site, number: str, rate: int, offered: int, look: Callable[[], object]) -> None:
    """Places `offered` calls, `rate` a second, and waits until the last has ended; calls `look` meanwhile."""
    (site.directory / "sound.alaw").write_bytes(encode_alaw(tone(440, TALK_S)))
    where = f"{site.host}:{SIP_PORT} -i {site.trunk} -p {CALLER_PORT} -mi {site.trunk} {RTP_PORTS}"
    many = f"-s {number} -r {rate} -m {offered} -l {offered} -recv_timeout 10000 -nostdin"
    callers = _start(site, "caller.xml", f"{where} {many}")
    until = time.monotonic() + offered / rate + DRAIN_S
    try:
        while callers.poll() is None and time.monotonic() < until:
            look()
            time.sleep(LOOK_S)
    finally:
        callers.kill()
        callers.wait()


def _start(site: Site, scenario: str, options: str) -> subprocess.Popen[bytes]:
    command = [*shlex.split(os.environ["ALLO_SIPP"]), "-sf", str(SCENARIOS / scenario), *shlex.split(options)]
    with (site.directory / f"{scenario}.log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=site.directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log
        )
