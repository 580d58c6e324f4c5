"""The counter: where whoever has this machine asks the running centre for something, by a local socket.

One line of JSON in (a Wish), one line out (an Answer).  The socket stands in the run directory, which is its owner's
alone; who asks is told by the operating system, not by them.  Pages have their own way in (softphone_ui).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pwd
import secrets
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import msgspec

from core import events as e
from core.centre import UNKNOWN_NUMBER
from core.errors import AlloError
from core.events.base import Event
from core.events.hours import OpeningState, ServiceWish
from core.step import Step
from core.text import Text, say, typed
from runtime.places import OWNER_ONLY, Places
from runtime.telling.floor import OneAgent, OneQueue, OneWaiting, Show, on_the_floor, why_waiting

log = logging.getLogger("allo.counter")

CAUSE: Final = "counter"
# A wish is a few hundred bytes; more is nobody of ours.
LINE_BYTES: Final = 16_384
# What a centre of ten thousand agents answers when it is asked who does what.
ANSWER_BYTES: Final = 8 * 1024 * 1024
# An answer comes within milliseconds; a kernel that takes longer is busy with calls.
ANSWER_S: Final = 5.0
# The path of a socket: 104 bytes on some systems, 108 on others.
PATH_BYTES: Final = 100


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: see core.events.ServiceAsked; without `services` all are meant.

    Or an `instruction`, whose `reason` is obligatory; a queue is shut for `for_ms`.  Or who and what is there (`show`),
    or `why` somebody still waits.
    """

    wish: ServiceWish | None = None
    services: tuple[str, ...] = ()
    text: str = ""
    words: str = ""
    for_ms: int = 0
    reason: str = ""
    reload: Literal["", "check", "apply"] = ""
    instruction: e.Instruction | None = None
    anyway: bool = False
    show: Show | Literal[""] = ""
    why: str = ""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A service as it stands now."""

    service: str
    title: str
    state: OpeningState
    until_at_ms: int | None
    notice: str = ""
    notice_until_at_ms: int | None = None
    notice_by: str = ""
    closed_until_at_ms: int | None = None
    closed_by: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`done` or the `reason` why not (a key of runtime/commands/services.py); `services` as they stand then.

    Of another configuration: `changes` that hold at once, what only a restart brings `later`, or its `faults`.
    """

    done: bool
    reason: str = ""
    services: tuple[Standing, ...] = ()
    changes: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    floor: tuple[OneWaiting | OneAgent | OneQueue, ...] = ()
    wait: e.Wait | None = None


class Reloads(Protocol):
    """Reads the configuration again, and makes it hold if `apply`; `by` whom is kept (runtime/reload.py)."""

    async def __call__(self, by: str, *, apply: bool) -> Answer: ...


class CounterClosed(AlloError):
    """No centre runs here; the message is the remedy."""


@contextlib.contextmanager
def _reachable(path: Path) -> Iterator[str]:
    """A name of `path` that is short enough for a socket."""
    if len(os.fsencode(path)) <= PATH_BYTES:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)


class Counter:
    """`start` once the loop runs; `offer` hands facts to it, `hear` is told every kept step."""

    def __init__(
        self,
        places: Places,
        kernel: Any,
        offer: Callable[[Event], bool],
        now_ms: Callable[[], int],
        reloads: Reloads | None = None,
    ) -> None:
        self._reloads = reloads
        self._path = places.counter
        self._kernel = kernel
        self._offer = offer
        self._now_ms = now_ms
        self._waiting: dict[str, asyncio.Future[e.RequestAnswered]] = {}
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listens.  A socket that cannot be had is told and no more: calls matter more than this."""
        try:
            self._path.unlink(missing_ok=True)
            listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            with _reachable(self._path) as name:
                listening.bind(name)
            self._path.chmod(OWNER_ONLY)
            self._server = await asyncio.start_unix_server(self._serve, sock=listening, limit=LINE_BYTES)
        except OSError as error:
            log.error("commandes locales impossibles : %s ne s'ouvre pas (%s)", self._path, error.strerror)

    async def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
            await server.wait_closed()
            self._path.unlink(missing_ok=True)

    def hear(self, step: Step) -> None:
        for fact in (step.input, *step.facts):
            if isinstance(fact, e.RequestAnswered):
                future = self._waiting.get(fact.request)
                if future is not None and not future.done():
                    future.set_result(fact)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            wish = msgspec.json.decode(await reader.readline(), type=Wish)
            answer = await self._answer(wish, _account(writer))
        except (msgspec.DecodeError, ValueError):
            answer = Answer(done=False, reason="malformed")
        try:
            writer.write(msgspec.json.encode(answer) + b"\n")
            await writer.drain()
        except ConnectionError:
            log.info("a command left before its answer")
        finally:
            writer.close()

    async def _answer(self, wish: Wish, by: str) -> Answer:
        if wish.reload and self._reloads is not None:
            return await self._reloads(by, apply=wish.reload == "apply")
        if wish.show:
            return Answer(done=True, floor=on_the_floor(self._kernel, wish.show, self._now_ms()))
        if wish.why:
            wait = why_waiting(self._kernel, wish.why, self._now_ms())
            return Answer(done=wait is not None, reason="" if wait is not None else "contact_unknown", wait=wait)
        if wish.wish is None and wish.instruction is None:
            return Answer(done=True, services=self._standing())
        request = secrets.token_hex(8)
        future = self._waiting[request] = asyncio.get_running_loop().create_future()
        try:
            if not self._offer(self._asked(wish, by, request)):
                return Answer(done=False, reason="busy")
            told = await asyncio.wait_for(future, ANSWER_S)
        except TimeoutError:
            return Answer(done=False, reason="busy")
        finally:
            self._waiting.pop(request, None)
        return Answer(done=told.done, reason=told.reason, services=self._standing())

    def _asked(self, wish: Wish, by: str, request: str) -> Event:
        if wish.instruction is not None:
            return self._instructed(wish, wish.instruction, by, request)
        assert wish.wish is not None
        what: ServiceWish = wish.wish
        services = self._kernel.configurations.now.services
        every = [name for name, one in services.items() if what != "shut" or one.closed_script]
        return e.ServiceAsked(
            cause=CAUSE,
            request=request,
            by=by,
            wish=what,
            services=wish.services or tuple(name for name in every if name != UNKNOWN_NUMBER),
            text=_text(wish) if what == "announce" else None,
            until_at_ms=self._now_ms() + wish.for_ms,
            reason=wish.reason,
        )

    def _instructed(self, wish: Wish, what: e.Instruction, by: str, request: str) -> e.InstructionGiven:
        if isinstance(what, e.Shut):
            what = msgspec.structs.replace(what, until_at_ms=self._now_ms() + wish.for_ms)
        return e.InstructionGiven(
            cause=CAUSE, request=request, by=by, what=what, reason=wish.reason.strip(), anyway=wish.anyway
        )

    def _standing(self) -> tuple[Standing, ...]:
        centre, state = self._kernel.configurations.now, self._kernel.mind("ivr")
        return tuple(
            _standing_of(name, service.title, state, centre.texts.get(service.language, {}))
            for name, service in centre.services.items()
            if name != UNKNOWN_NUMBER
        )


def _standing_of(name: str, title: str, state: Any, texts: dict[str, str]) -> Standing:
    opening, notice, closing = (rows.get(name) for rows in (state.openings, state.notices, state.closings))
    return Standing(
        service=name,
        title=title,
        state=opening.state if opening is not None else "open",
        until_at_ms=opening.until_at_ms if opening is not None else None,
        notice=(notice.text.values.get("words") or texts.get(notice.text.key, "")) if notice is not None else "",
        notice_until_at_ms=notice.until_at_ms if notice is not None else None,
        notice_by=notice.by if notice is not None else "",
        closed_until_at_ms=closing.until_at_ms if closing is not None else None,
        closed_by=closing.by if closing is not None else "",
    )


def _text(wish: Wish) -> Text:
    return typed(wish.words) if wish.words.strip() else say(wish.text)


def _account(writer: asyncio.StreamWriter) -> str:
    """`@root`: who is on the other end, as the operating system knows them; where it does not tell, our own account,
    for nobody else may open the socket."""
    user = os.getuid()
    if hasattr(socket, "SO_PEERCRED"):
        peer = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        _, user, _ = struct.unpack("3i", peer)
    try:
        return f"@{pwd.getpwuid(user).pw_name}"
    except KeyError:
        return f"@{user}"


async def ask(places: Places, wish: Wish) -> Answer:
    """What the running centre answers; raises CounterClosed if none runs here."""
    try:
        with _reachable(places.counter) as name:
            reader, writer = await asyncio.open_unix_connection(name, limit=ANSWER_BYTES)
        writer.write(msgspec.json.encode(wish) + b"\n")
        line = await reader.readline()
        writer.close()
        return msgspec.json.decode(line, type=Answer)
    except (OSError, msgspec.DecodeError):
        raise CounterClosed(
            "Aucun centre ne fonctionne ici : lancez-le (./allo up), ou tapez cette commande sur la machine du kernel, "
            "avec le compte qui le fait tourner."
        ) from None
