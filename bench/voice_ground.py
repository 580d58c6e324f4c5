"""Where the two sides of the voice bench meet: one Asterisk with one configuration, and two numbers to call.

The number of Allo's service leads into the dialplan that Allo drives; the number `QUEUE` leads into Asterisk's own
`Queue()`.  Telephones, music, codecs, timers and events are the same file for both, written by telephony/conf.py as for
any node of ours.  What is added to it here: app_queue with its queue, and an AMI account for the witness.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.voice_sipp import register
from runtime import tools
from speech.music import write_music
from telephony import process
from telephony.conf import NodeSettings, PhoneAccount, render, write
from telephony.conf_trunks import TrunkAccount
from tests.asterisk.ground import AMI_PORT, SIP_PORT, Site, end_asterisk, gone
from tests.asterisk.small_centre import DIRECT, SmallCentre, phone_of

ROOT: Final = Path(__file__).resolve().parents[1]
QUEUE: Final = "0199009999"
"""The number that app_queue answers."""
WITNESS: Final = "witness"
SECRET: Final = "BENCH_AMI_SECRET"
WEBHOOK_SECRET: Final = "BENCH_WEBHOOK_SECRET"
START_S: Final = 30.0

QUEUES: Final = """\
[general]
persistentmembers=no
autofill=yes
shared_lastcall=no
log_membername_as_agent=no
[bench]
musicclass=default
strategy=rrmemory
ringinuse=no
timeout=15
retry=1
wrapuptime=0
autopause=no
"""
DIALPLAN: Final = f"""
[from-trunk](+)
exten => {QUEUE},1,Answer()
 same => n,Queue(bench)
 same => n,Hangup()
"""


def agents_for(rate: int) -> int:
    """A fifth more agents than calls of five and a half seconds have at once: who waits, waits for the machine."""
    return round(rate * 5.5 * 1.2) + 4


class Asterisk:
    """The Asterisk of a site, running; `pid` is its process."""

    def __init__(self, site: Site, agents: int) -> None:
        self.site = site
        self.secret, self.witness_secret = secrets.token_hex(12), secrets.token_hex(12)
        self.phones = [phone_of(number) for number in range(1, agents + 1)]
        self._settings = NodeSettings(
            name="banc",
            command=tools.command("asterisk"),
            directory=site.run / "asterisk",
            ami_secret=self.secret,
            address=site.host,
            sip_port=SIP_PORT,
            ami_address=site.host,
            ami_port=AMI_PORT,
            trunks=(TrunkAccount(name="operateur", match=(site.trunk,)),),
            trunks_first=True,
            phones=tuple(PhoneAccount(account=phone, secret=self.secret) for phone in self.phones),
            qualify_s=0,  # a thousand telephones that are asked every half minute are not what is measured
            music=write_music(site.run / "music").parent,
            modules=tools.place("asterisk_modules"),
            data=tools.place("asterisk_data"),
        )
        self.pid = 0

    def start(self) -> None:
        """Writes its configuration, starts it and waits until it takes calls."""
        write(self._settings)
        for name, text in {**render(self._settings), "queues.conf": ""}.items():
            (self._settings.etc / name).write_text(text + self._added(name), encoding="utf-8")
        child = process.spawn(self._settings)
        self.pid = child.pid
        until = time.monotonic() + START_S
        while not asyncio.run(process.booted(self._settings)):
            if child.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"Asterisk does not start:\n{process.last_words(self._settings)}")
            time.sleep(0.05)

    def _added(self, name: str) -> str:
        """What the bench adds to one of the node's files."""
        return {
            "queues.conf": QUEUES + "".join(f"member => PJSIP/{phone}\n" for phone in self.phones),
            "extensions.conf": DIALPLAN,
            "modules.conf": "load=app_queue.so\n",
            "manager.conf": _witness(self.witness_secret),
        }.get(name, "")

    def end(self) -> None:
        end_asterisk(self.site)


def _witness(secret: str) -> str:
    lines = [f"[{WITNESS}]", f"secret = {secret}", "deny = 0.0.0.0/0.0.0.0", "permit = 127.0.0.0/255.0.0.0"]
    lines += ["read = call", "write = system", "writetimeout = 5000"]
    lines += [f"eventfilter(action(include),name({name})) =" for name in ("Newchannel", "BridgeEnter")]
    return "\n".join(lines) + "\n"


class Allo:
    """`python -m runtime up`, in a process of its own, attached to the Asterisk; its journal, keys and outbox are on: a
    receiver on this machine is told of every call, six webhooks each.

    Its script does what `Queue()` does: answer at once, say nothing, hand over.
    """

    def __init__(self, asterisk: Asterisk, agents: int) -> None:
        site = asterisk.site
        centre = SmallCentre(
            # the last agent is of another team, which nobody calls
            agents=agents + 1,
            max_waiting=500,
            offer="15s",
            ami={"secret_env": SECRET},
            telephony={"mode": "attach"},
        )
        centre.write(site)
        port = _free_port()
        told = {"url": f"http://127.0.0.1:{port}/allo", "secret_env": WEBHOOK_SECRET}
        (site.config / "crm.yaml").write_text(json.dumps({"webhooks": {"endpoints": {"banc": told}}}))
        receiver = [sys.executable, str(ROOT / "bench" / "voice_receiver.py"), str(port)]
        self.receiver = subprocess.Popen(receiver, stdin=subprocess.DEVNULL)
        self._log = site.directory / "allo.log"
        environment = {**os.environ, "ALLO_HOME": str(site.home), "PYTHONPATH": str(ROOT), SECRET: asterisk.secret}
        environment[WEBHOOK_SECRET] = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        with self._log.open("wb") as log:
            self.child = subprocess.Popen(
                [sys.executable, "-P", "-m", "runtime", "up", "--config", str(site.config)],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + START_S
        while "est ouvert" not in self.said:
            if self.child.poll() is not None or time.monotonic() > until:
                self.end()
                raise SystemExit(f"Allo does not start:\n{self.said[-2_000:]}")
            time.sleep(0.05)

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def end(self) -> None:
        """By its pid; its journal is of no more use."""
        self.receiver.kill()
        self.receiver.wait()
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                self.child.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(15)
                return


def _free_port() -> int:
    """Where the receiver listens: http is for this machine's own address alone."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


NUMBERS: Final = {"app_queue": QUEUE, "allo": DIRECT}


@contextlib.contextmanager
def centre(side: str, site: Site, agents: int) -> Iterator[tuple[Asterisk, Allo | None]]:
    """A fresh Asterisk, and for Allo's side a fresh Allo with an empty journal; both are ended afterwards."""
    site.forget_journal()
    asterisk = Asterisk(site, agents)
    allo = None
    try:
        asterisk.start()
        register(site, dict.fromkeys(asterisk.phones, asterisk.secret))
        allo = Allo(asterisk, agents) if side == "allo" else None
        yield asterisk, allo
    finally:
        if allo is not None:
            allo.end()
        asterisk.end()
        assert not asterisk.pid or gone(asterisk.pid)
