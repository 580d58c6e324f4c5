"""A house with pages: a real kernel, the real server on loopback, and people who speak HTTP with it.

Two organisations, `nord` and `sud`, share the agents; the telephony is what a test tells.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
from argon2 import PasswordHasher

from acd.turn import place_in_queue
from core import events as e
from core import ids
from core.centre import Agent, Centre, Code, Entry, Line, Queue, Service, Tenant, Topic, Verified, WrapUpCode
from core.citizen import CitizenFile, CitizenRecord, Number
from core.events.base import Event
from core.mind import Configurations
from core.personal import Personal
from core.step import Step
from runtime.kernel import Kernel
from runtime.telling.explained import Explanations
from softphone_ui.hall import Where
from softphone_ui.passwords import PasswordFile, Passwords
from softphone_ui.perform import Pages
from softphone_ui.tokens import Door, Tokens
from speech.understand.nir import masked
from tests import centres
from tests.fakes.recordings import FakeRecordings
from tests.fakes.records import FakeRecords
from tests.softphone_ui.journals import Kept

HOST: Final = "127.0.0.1"
PASSWORD: Final = "quatre mots sans lien"
NORTH: Final = "+33199001000"
SOUTH: Final = "+33199001001"
CALLER: Final = "+33639980000"

PEOPLE: Final = {
    "alice": ("agent", ("nord", "sud"), ("rsa", "generaliste")),
    "bruno": ("agent", ("nord",), ("rsa", "generaliste")),
    "chloé": ("agent", ("sud",), ("generaliste",)),
    "odile": ("supervisor", ("nord",), ("generaliste",)),
    "paule": ("supervisor", ("nord", "sud"), ("generaliste",)),
    "rémi": ("administrator", ("sud",), ("generaliste",)),
}
RECORD: Final = CitizenRecord(
    id="c-1",
    tenant="nord",
    civility="Mme",
    last_name="Lefèvre",
    first_name="Jeanne",
    birth_date="1958-03-02",
    numbers=(Number(e164=CALLER),),
    commune="Vernouillet-sur-Aure",
    files=(
        CitizenFile(service="solidarites", title="RSA", status="Droits ouverts", referent="Mme Petit", summary="Suivi"),
        CitizenFile(service="pmi", title="PMI", status="Ouvert", referent="M. Roy", summary="Confidentiel"),
        CitizenFile(service="refuge", title="Hébergement", discreet=True),
    ),
    source="registre",
    updated_at_ms=centres.START_MS,
)


def two_tenants() -> Centre:
    """petit, for two organisations, with people of every role."""
    petit = centres.small()
    north = msgspec.structs.replace(
        petit.services["solidarites"], tenant="nord", greeting="Allo Solidarités Nord, bonjour."
    )
    south = Service(
        name="pmi",
        title="Allo PMI",
        numbers=(SOUTH,),
        script="accueil",
        safe_queue="generaliste",
        tenant="sud",
        greeting="Allo PMI Sud, bonjour.",
    )
    agents = {
        name: Agent(
            name=name,
            display=name.capitalize(),
            phone=str(1001 + at),
            skills={"accueil": 2, "rsa": 2},
            queues=queues,
            tenants=tenants,
            role=role,  # type: ignore[arg-type]
            wrap_up_ms=60_000,
        )
        for at, (name, (role, tenants, queues)) in enumerate(PEOPLE.items())
    }
    return msgspec.structs.replace(
        petit,
        digest="deux",
        services={"solidarites": north, "pmi": south},
        agents=agents,
        queues={
            "rsa": Queue(name="rsa", title="RSA", target_ms=20_000),
            "generaliste": Queue(name="generaliste", title="Accueil généraliste"),
        },
        lines={"operateur": Line(name="operateur", channels=30, reserved=3)},
        codes={
            "*20": Code(dial="*20", wish="pause", reason="dejeuner"),
            "*24": Code(dial="*24", wish="pause", reason="appel_difficile"),
        },
        tenants={"nord": Tenant(name="nord", title="Département du Nord"), "sud": Tenant(name="sud", title="Sud")},
        topics={
            "rsa": Topic(name="rsa", title="Revenu de solidarité active", spoken="le RSA"),
            "apa": Topic(name="apa", title="Allocation personnalisée d'autonomie", spoken="l'APA"),
        },
        wrap_up_codes={
            "rsa": WrapUpCode(name="rsa", title="RSA"),
            "rsa_demande": WrapUpCode(name="rsa_demande", title="Demande de RSA", under="rsa"),
            "autre": WrapUpCode(name="autre", title="Autre demande"),
        },
    )


DIRECTORY: Final = {
    "mdph": Entry(name="mdph", title="MDPH", number="01 99 00 20 00", deputy="standard", words=("handicap",)),
    "standard": Entry(name="standard", title="Standard", number="4501"),
    "chef": Entry(name="chef", title="Cadre d'astreinte", number="4502", roles=("supervisor",)),
    "sud": Entry(name="sud", title="Accueil du Sud", number="4503", tenants=("sud",)),
    "secours": Entry(
        name="secours", title="SAMU", number="01 99 00 15 15", verified=Verified(on="2026-11-02", by="Mme Morel")
    ),
}


def with_directory() -> Centre:
    """two_tenants, whose conversations may be handed on."""
    return msgspec.structs.replace(two_tenants(), directory=dict(DIRECTORY))


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    body: Any
    headers: dict[str, str]


class Person:
    """Somebody's browser, without the browser: a cookie jar, the origin and the token."""

    def __init__(self, origin: str, client: aiohttp.ClientSession) -> None:
        self.origin = origin
        self.client = client
        self.headers = {"Origin": origin}

    async def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        told = {**self.headers, **(headers or {})}
        async with self.client.request(
            method, self.origin + path, json=body, headers={k: v for k, v in told.items() if v}
        ) as response:
            text = await response.text()
            parsed = json.loads(text) if "json" in response.headers.get("Content-Type", "") else text
            return Answer(
                status=response.status, body=parsed, headers={k.lower(): v for k, v in response.headers.items()}
            )

    async def log_in(self, name: str, password: str = PASSWORD) -> Answer:
        answer = await self.ask("POST", "/api/session", {"name": name, "password": password})
        if answer.status == 200:
            self.headers["X-Allo-Token"] = answer.body["token"]
        return answer

    @contextlib.asynccontextmanager
    async def socket(self, view: str, headers: dict[str, str] | None = None) -> AsyncIterator[Socket]:
        told = {**self.headers, **(headers or {})}
        async with self.client.ws_connect(f"{self.origin}/api/{view}", headers=told) as opened:
            yield Socket(opened)


class Socket:
    """An open page's news."""

    def __init__(self, opened: aiohttp.ClientWebSocketResponse) -> None:
        self.opened = opened
        self.shown: dict[str, Any] = {}

    async def next(self, within_s: float = 10.0) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await self.opened.receive_str(timeout=within_s))
        if message["view"] == "table" and not message["whole"]:
            for section in [name for name, rows in message.items() if isinstance(rows, dict)]:
                for name, row in message[section].items():
                    if row is None:
                        del self.shown[section][name]
                    else:
                        self.shown[section][name] = row
        else:
            self.shown = message
        return self.shown

    async def until(self, look: Any) -> dict[str, Any]:
        """The first picture of which `look` is true; the socket ends the wait if there is none."""
        while not (self.shown and look(self.shown)):
            await self.next()
        return self.shown


class House:
    """The pages and a kernel behind them."""

    def __init__(self, directory: Path, centre: Centre | None = None, *records: CitizenRecord) -> None:
        self.centre = centre or two_tenants()
        self.kernel = Kernel(Configurations(self.centre))
        self.records = FakeRecords(*(records or (RECORD,)))
        # The cheapest hash there is: what it costs is not what these tests are about.
        self.passwords = Passwords(directory / "passwords.json", PasswordHasher(1, 8, 1))
        self.where = Where(port=_free_port())
        self.recordings = FakeRecordings()
        self.door = Door(Tokens(PasswordFile(directory / "tokens.json")), masked)
        self.sessions = directory / "sessions.db"
        self.pages = self._pages()
        self.busy = False
        self.steps: list[Step] = []
        self._calls = 0
        self._news = asyncio.Event()
        self._clients: list[aiohttp.ClientSession] = []

    def _pages(self) -> Pages:
        told = (self.records, self.recordings, place_in_queue, known_by, self.sessions, self.door)
        return Pages(self.where, self.centre, self.passwords, *told)

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.where.port}"

    async def start(self) -> None:
        for name in self.centre.agents:
            self.passwords.set(name, PASSWORD)
        await self._open()

    async def _open(self) -> None:
        explains = Explanations(Kept(self.steps), lambda: self.pages.picture.centre)
        self.pages.use(offer=self.offer, explains=explains)
        await self.pages.start(self.tell, self.mint)
        await self.pages.opened.wait()
        self.tell(e.CentreStarted(cause="start", release="0"))
        self.tell(e.NodeSeen(cause="telephony", node="nord", legs=(), phones=()))

    async def stop(self) -> None:
        for client in self._clients:
            await client.close()
        await self.pages.stop()

    async def restart(self, centre: Centre | None = None) -> None:
        """The pages stop and start, with another configuration perhaps; browsers keep what they have."""
        await self.pages.stop()
        self.centre = centre or self.centre
        self.pages = self._pages()
        await self._open()

    def person(self) -> Person:
        client = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._clients.append(client)
        return Person(self.origin, client)

    async def logged_in(self, name: str) -> Person:
        person = self.person()
        assert (await person.log_in(name)).status == 200
        return person

    def mint(self) -> str:
        self._calls += 1
        return ids.mint(int(time.time() * 1000), self._calls.to_bytes(10, "big"))

    def offer(self, event: Event) -> bool:
        if not self.busy:
            self.tell(event)
        return not self.busy

    def tell(self, *events: Event) -> None:
        """The kernel decides, and the pages hear of it."""
        for event in events:
            step = self.kernel.receive(event, max(int(time.time() * 1000), self.kernel.now_ms))
            assert not isinstance(step.input, e.Broken), step
            self.steps.append(step)
            self.pages.hear(step)
        self._news.set()

    async def until(self, look: Callable[[], Any], within_s: float = 10.0) -> None:
        """Waits until `look` is true, which only what is told can change."""
        async with asyncio.timeout(within_s):
            while not look():
                self._news.clear()
                await self._news.wait()

    def said(self, kind: type[Event]) -> list[Any]:
        """What was told and decided of that kind."""
        return [fact for step in self.steps for fact in (step.input, *step.facts) if isinstance(fact, kind)]

    def cut_lines(self) -> None:
        """Every connection of every browser is cut."""
        assert self.pages._server is not None
        for connection in list(self.pages._server.server_state.connections):
            connection.transport.abort()  # type: ignore[union-attr]

    # -- the telephony, as a test tells it --------------------------------------------------------------------------

    def available(self, agent: str) -> None:
        self.tell(e.PhoneSeen(cause="telephony", phone=self.centre.agents[agent].phone, reachable=True))

    def arrives(
        self,
        dialled: str = NORTH,
        *,
        record: str = "c-1",
        queue: str = "rsa",
        caller: str = CALLER,
        topic: str = "rsa",
        tenant: str = "",
        language: str = "fr",
    ) -> str:
        """Somebody calls, is known to the records, and is heard: they wait in the queue, for anybody or for the people
        of `tenant`."""
        interaction = self.mint()
        leg = ids.caller_leg(interaction)
        of: dict[str, Any] = {"cause": "telephony", "interaction": interaction}
        self.tell(
            e.CallArrived(
                **of,
                leg=leg,
                node="nord",
                channel="PJSIP/ligne",
                dialled=dialled,
                caller=Personal(interaction, "number", caller),
                caller_key=known_by(caller),
                caller_name=None,
                answered=True,
                trunk=next(iter(self.centre.lines), ""),
            )
        )
        self.tell(
            e.CitizenFound(
                cause="records",
                interaction=interaction,
                how="one" if record else "none",
                record=Personal(interaction, "record", record) if record else None,
            )
        )
        need = e.Need(queue=queue, skills=(), priority=5, topic=topic, language=language, tenant=tenant)
        self.tell(e.NeedStated(cause="test", interaction=interaction, need=need))
        return interaction

    def offered(self, interaction: str) -> e.AgentChosen:
        """The offer of that interaction that stands."""
        chosen: list[e.AgentChosen] = [fact for fact in self.said(e.AgentChosen) if fact.interaction == interaction]
        return chosen[-1]

    def answers(self, interaction: str) -> None:
        chosen = self.offered(interaction)
        of: dict[str, Any] = {"cause": "telephony", "interaction": interaction, "leg": chosen.leg}
        self.tell(e.LegAnswered(**of, channel="PJSIP/poste"), e.LegsBridged(**of))

    def waits_until(self, until_ms: int) -> None:
        """Timers ring until then."""
        while (due := self.kernel.next_deadline_ms()) is not None and due <= until_ms:
            for step in self.kernel.reach(due):
                self.steps.append(step)
                self.pages.hear(step)

    def misses(self, interaction: str) -> None:
        """The telephone rings, nobody answers, and the breath that follows is over."""
        chosen = self.offered(interaction)
        of: dict[str, Any] = {"cause": "telephony", "interaction": interaction, "leg": chosen.leg}
        self.tell(e.LegRinging(**of, channel="PJSIP/poste"), e.LegEnded(**of, reason="no_answer", code=0))
        self.tell(e.DeadlineReached(cause="clock", kind="agent", key=chosen.agent, at_ms=self.kernel.now_ms))

    def hangs_up(self, interaction: str) -> None:
        of: dict[str, Any] = {"cause": "telephony", "interaction": interaction}
        self.tell(e.LegEnded(**of, leg=ids.caller_leg(interaction), reason="hung_up", code=16))

    def leaves_a_message(self, dialled: str = NORTH, sound: bytes = b"RIFF and so on") -> e.TaskOpened:
        """Somebody calls, leaves a message for the people of rsa, and hangs up."""
        interaction = self.arrives(dialled)
        message = ids.message(interaction, 1)
        self.recordings.keep(message, sound)
        of: dict[str, Any] = {"cause": "telephony", "interaction": interaction}
        self.tell(e.MessageRecorded(**of, message=message, path=f"/messages/{message}.wav", duration_ms=8_000))
        self.hangs_up(interaction)
        opened: e.TaskOpened = self.said(e.TaskOpened)[-1]
        return opened


def known_by(number: str) -> str:
    """The pseudonym of a number."""
    return f"key of {number}" if number else ""


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind((HOST, 0))
        return int(trial.getsockname()[1])
