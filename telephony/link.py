"""One guarded login to Asterisk's manager interface, for ever reconnecting.

panoramisk gives the protocol; what it gets wrong under faults, and what a thousand actions a second cost too much in
it (writing one, waiting for one), is done here:

* an answer is matched by its ActionID alone, and `act` (one message) is not `ask` (a list of them): no guessing;
* a callback that raises is logged and does not end the connection;
* nothing is written unless logged in, and nothing is ever replayed: a stale Originate would ring a stranger;
* a silent peer is pinged, and cut when it does not answer in time (a half-open link is noticed within five seconds);
* characters cut in two by TCP are put together again;
* every field is checked for line breaks before anything is written, and Asterisk's own are not trusted: it writes
  callers' numbers and names raw, so that one with a line break in it can forge fields and whole events.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from panoramisk.ami_protocol import AMIProtocol

from core import limits
from core.errors import AlloError, LinkDown
from telephony.wire import Fields, Message, NotAmi, Reader, event_name, is_torn, parse, safe_action

_log = logging.getLogger("allo.telephony")

DOWN: Final = "liaison AMI coupée"

# A connection of this length forgives the failures before it.
STEADY_S: Final = 5.0


class ActionRefused(AlloError):
    """Asterisk understood and said no; the message is Asterisk's own words."""


class AnswerMissing(AlloError):
    """The action was sent and no answer came: it may have been done."""


@dataclass(frozen=True, slots=True)
class AmiAddress:
    """Where AMI listens and who we are there."""

    host: str
    port: int
    user: str
    secret: str = field(repr=False)


Actions = Sequence[tuple[str, Fields]]
"""What is written in one go: names of actions with their fields."""


class _Pending:
    """An action on its way: `future` holds its answer, or for a list (`rows` collects it) all its messages."""

    __slots__ = ("action", "future", "rows", "timer")

    def __init__(self, action: str, future: asyncio.Future[list[Message]], as_list: bool) -> None:
        self.action = action
        self.future = future
        self.rows: list[Message] | None = [] if as_list else None
        self.timer: asyncio.TimerHandle | None = None

    def overdue(self, limit_ms: int) -> None:
        if not self.future.done():
            self.future.set_exception(AnswerMissing(f"{self.action} : pas de réponse en {limit_ms} ms"))
            self.future.exception()  # whoever waits still gets it; nobody waiting is no fault


class _Wire(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    """panoramisk's protocol with our reader, our matching of answers and none of its replays."""

    def __init__(self, wanted: frozenset[str], on_event: Callable[[Message], None]) -> None:
        self.system = ""
        self.pending: dict[str, _Pending] = {}
        self.lost: asyncio.Event = asyncio.Event()
        self.heard_at_s = 0.0
        self._forgery_told = False
        self._wanted = wanted
        self._on_event = on_event
        self._reader = Reader()
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.encoding = "utf-8"
        self.heard_at_s = self._loop.time()

    def send(self, data: bytes, named: Sequence[tuple[str, str]], as_list: bool, limit_ms: int) -> list[_Pending]:
        """Writes actions, `named` by their ids and names; each is pending until answered or `limit_ms` are over."""
        sent = []
        for identity, action in named:
            pending = _Pending(action, self._loop.create_future(), as_list)
            pending.timer = self._loop.call_later(limit_ms / 1000, pending.overdue, limit_ms)
            self.pending[identity] = pending
            sent.append(pending)
        self.transport.write(data)
        return sent

    def forget(self, identity: str) -> None:
        """Nobody waits for this action any more."""
        pending = self.pending.pop(identity, None)
        if pending is not None and pending.timer is not None:
            pending.timer.cancel()

    def data_received(self, data: bytes) -> None:
        self.heard_at_s = self._loop.time()
        try:
            blocks = self._reader.feed(data)
        except NotAmi:
            self.transport.abort()
            return
        for block in blocks:
            try:
                self._take(block)
            except Exception as error:  # a bug of ours must not end the connection
                _log.error("message AMI non traité : %s", _where(error))

    def _take(self, block: str) -> None:
        name = event_name(block)
        if name is not None and name not in self._wanted and "\r\nActionID: " not in block:
            return
        message = parse(block)
        pending = self.pending.get(message.get("ActionID", ""))
        if name is None:
            if "Response" in message and pending is not None:
                self._answered(message, pending)
        elif is_torn(message, block):
            self._forged("un champ y est deux fois")
        elif pending is not None and pending.rows is not None:
            pending.rows.append(message)
            if message.get("EventList") in ("Complete", "Cancelled"):
                self._settle(pending, pending.rows)
        elif name in self._wanted and self._is_asterisks(name, message):
            self._on_event(message)

    def _is_asterisks(self, name: str, message: Message) -> bool:
        """Whether the event carries the system name, once we know it; the one at the login never does."""
        if not self.system or name == "FullyBooted" or message.get("SystemName") == self.system:
            return True
        self._forged("il n'est pas signé par cet Asterisk")
        return False

    def _forged(self, why: str) -> None:
        """Said once for a connection: whoever sends such things sends many."""
        if not self._forgery_told:
            self._forgery_told = True
            _log.warning("message AMI écarté : %s (numéro ou nom d'appelant piégé ?)", why)

    def _answered(self, message: Message, pending: _Pending) -> None:
        listed = pending.rows is not None and message.get("Response") == "Success"
        if pending.rows is not None:
            pending.rows.append(message)
        if not listed or message.get("EventList") != "start":
            self._settle(pending, pending.rows or [message])

    @staticmethod
    def _settle(pending: _Pending, messages: list[Message]) -> None:
        if not pending.future.done():
            pending.future.set_result(messages)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self.lost.set()
        for pending in self.pending.values():
            if pending.timer is not None:
                pending.timer.cancel()
            if not pending.future.done():
                pending.future.set_exception(AnswerMissing(DOWN))
                pending.future.exception()  # whoever waits still gets it; nobody waiting is no fault
        self.pending.clear()

    def close(self) -> None:
        self.transport.close()


class AmiLink:
    """The link to one Asterisk.  `on_up`, `on_down(reason)` and `on_event(message)` are called in the loop's thread.

    `on_event` hears only the events named in `wanted`, from the login on; `on_up` comes after the login, when
    Asterisk has started fully; `on_down` only after an `on_up`.  `fault` says in French why it is not up, and `denied`
    is set while Asterisk refuses our name, our password or a question.
    """

    def __init__(
        self,
        address: AmiAddress,
        *,
        wanted: frozenset[str],
        on_up: Callable[[], None],
        on_down: Callable[[str], None],
        on_event: Callable[[Message], None],
    ) -> None:
        self.address = address
        self.fault = ""
        self.denied = asyncio.Event()
        self._dropped_for = ""
        self._on_up = on_up
        self._on_down = on_down
        self._on_event = on_event
        self._wanted = wanted | {"FullyBooted"}
        self._wire: _Wire | None = None
        self._logged_in = False
        self._booted = asyncio.Event()
        self._count = 0
        self._mark = secrets.token_hex(8)  # what follows from an action cannot be forged without it
        self._running: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """Whether actions can be sent now."""
        return self._logged_in

    def start(self) -> None:
        """Connects, and goes on connecting until `stop`."""
        if self._running is None:
            self._running = asyncio.get_running_loop().create_task(self._run(), name="telephony-link")

    async def stop(self) -> None:
        """Says good-bye and stays away; `on_down` is not called."""
        running, self._running = self._running, None
        self._logged_in = False
        if running is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def drop(self, fault: str) -> None:
        """Cuts the connection because of `fault` (French); a new one follows, later if this one did not last."""
        self._dropped_for = fault
        self._say(fault)
        if self._wire is not None:
            self._wire.transport.abort()

    async def act(self, action: str, fields: Fields = (), *, action_id: str | None = None) -> Message:
        """Sends one action and gives its answer.

        Raises UnsafeValue (nothing sent), LinkDown (nothing sent), ActionRefused (Asterisk said no) or AnswerMissing
        (sent, outcome unknown).  `action_id` is echoed by Asterisk in the events that follow from the action.
        """
        return (await self._exchange([(action, fields)], False, action_id))[0][0]

    async def act_in_turn(self, *actions: tuple[str, Fields]) -> None:
        """Sends several actions in one go; Asterisk carries them out in this order, whatever becomes of each.

        Raises as `act`, for the first that goes wrong.
        """
        await self._exchange(actions)

    async def ask(self, action: str, fields: Fields = ()) -> list[Message]:
        """Sends one action that answers with a list, and gives the list's events.  Raises as `act`."""
        rows = (await self._exchange([(action, fields)], True))[0]
        return [row for row in rows if "Event" in row and row.get("EventList") not in ("Complete", "Cancelled")]

    async def _exchange(
        self, actions: Actions, as_list: bool = False, action_id: str | None = None
    ) -> list[list[Message]]:
        if not self._logged_in:
            for action, fields in actions:
                safe_action(action, fields, "0")  # a value that is unsafe is so at any time
            raise LinkDown(DOWN)
        return await self._send(actions, as_list=as_list, action_id=action_id)

    async def _send(
        self,
        actions: Actions,
        *,
        as_list: bool = False,
        action_id: str | None = None,
        limit_ms: int = limits.AMI_ANSWER_MS,
    ) -> list[list[Message]]:
        """Sends without asking whether we are logged in; the messages that answer each action."""
        named = [(action_id or self._identity(), action) for action, _ in actions]
        data = b"".join(
            [
                safe_action(action, fields, identity)
                for (identity, action), (_, fields) in zip(named, actions, strict=True)
            ]
        )
        wire = self._wire
        if wire is None or wire.transport.is_closing():
            raise LinkDown(DOWN)
        sent = wire.send(data, named, as_list, limit_ms)
        answers: list[list[Message]] = []
        fault: AlloError | None = None
        try:
            for pending in sent:
                try:
                    answers.append(_accepted(await pending.future))
                except AlloError as error:
                    fault = fault or error
        finally:
            for identity, _ in named:
                wire.forget(identity)
        if fault is not None:
            raise fault
        return answers

    def _identity(self) -> str:
        self._count += 1
        return f"{self._mark}-{self._count}"

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        wait_ms = limits.RECONNECT_FIRST_MS
        while True:
            since = loop.time()
            try:
                refused = await self._session()
            finally:
                self._logged_in = False
                if self._wire is not None:
                    self._wire.transport.abort()
            if loop.time() - since > STEADY_S:
                wait_ms = limits.RECONNECT_FIRST_MS
            await asyncio.sleep((limits.RECONNECT_LAST_MS if refused else wait_ms) / 1000)
            wait_ms = min(wait_ms * 2, limits.RECONNECT_LAST_MS)

    async def _session(self) -> bool:
        """One connection from beginning to end; True if our password is wrong.  Leaves the reason in `fault`."""
        try:
            wire = await self._connect()
            await self._log_in(wire)
        except (AlloError, OSError, TimeoutError) as error:
            if isinstance(error, ActionRefused):
                self.denied.set()
            self._say(self._reason(error))
            return isinstance(error, ActionRefused)
        self.denied.clear()
        self._say("")
        self._dropped_for = ""
        self._guarded(self._on_up)
        try:
            await self._keep(wire)
        finally:
            was_up, self._logged_in = self._logged_in, False
        self._say(self._dropped_for or DOWN)
        if was_up:
            self._guarded(lambda: self._on_down(self.fault))
        return False

    async def _connect(self) -> _Wire:
        self._booted.clear()
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(limits.AMI_ANSWER_MS / 1000):
            _, wire = await loop.create_connection(
                lambda: _Wire(self._wanted, self._heard), self.address.host, self.address.port
            )
        self._wire = wire
        return wire

    async def _log_in(self, wire: _Wire) -> None:
        who = [("Username", self.address.user), ("Secret", self.address.secret), ("Events", "on")]
        await self._send([("Login", who)])
        with contextlib.suppress(TimeoutError):  # an attached Asterisk may filter this event out
            async with asyncio.timeout(limits.AMI_ANSWER_MS / 1000):
                await either(self._booted, wire.lost)
        if wire.lost.is_set():
            raise LinkDown(DOWN)
        with contextlib.suppress(ActionRefused):  # an attached Asterisk may not let us ask
            told = await self._send([("CoreSettings", ())])
            wire.system = told[0][0].get("SystemName", "")
        self._logged_in = True

    async def _keep(self, wire: _Wire) -> None:
        """Returns when the connection is lost, by the peer or by us because the peer is silent."""
        loop = asyncio.get_running_loop()
        while not wire.lost.is_set():
            silent_ms = (loop.time() - wire.heard_at_s) * 1000
            if silent_ms >= limits.AMI_PING_EVERY_MS:
                try:
                    await self._send([("Ping", ())], limit_ms=limits.AMI_PING_ANSWER_MS)
                except AlloError:
                    wire.transport.abort()
                    return
                silent_ms = 0.0
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout((limits.AMI_PING_EVERY_MS - silent_ms) / 1000):
                    await wire.lost.wait()

    def _heard(self, message: Message) -> None:
        if message.get("Event") == "FullyBooted":
            self._booted.set()
        elif self._logged_in:  # before that nobody knows yet what is true
            self._on_event(message)

    def _guarded(self, callback: Callable[[], None]) -> None:
        try:
            callback()
        except Exception as error:  # ours, and the link goes on
            _log.error("liaison AMI : %s", _where(error))

    def _reason(self, error: Exception) -> str:
        at = f"{self.address.host}:{self.address.port}"
        if isinstance(error, ActionRefused):
            return (
                f"accès refusé par Asterisk ({at}) : nom « {self.address.user} » ou mot de passe AMI faux ; "
                "corriger le secret des deux côtés"
            )
        return f"Asterisk ne répond pas à {at} ({type(error).__name__})"

    def _say(self, fault: str) -> None:
        if fault and fault != self.fault:
            _log.warning("%s", fault)
        elif self.fault and not fault:
            _log.warning("liaison AMI rétablie")
        self.fault = fault


def _accepted(messages: list[Message]) -> list[Message]:
    answer = next((message for message in messages if "Response" in message), {})
    if answer.get("Response") not in ("Success", "Goodbye"):
        raise ActionRefused(answer.get("Message", ""))
    return messages


def _where(error: Exception) -> str:
    """The kind of an exception and where it was raised; never its text, which may hold personal data."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return f"{type(error).__name__}, {at.tb_frame.f_code.co_qualname}:{at.tb_lineno}" if at else type(error).__name__


async def either(one: asyncio.Event, other: asyncio.Event) -> None:
    """Waits until one of two things has happened."""
    waits = [asyncio.ensure_future(one.wait()), asyncio.ensure_future(other.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
