"""The telephony edge of one node: what is there when the link comes up, then AMI events as facts.

Orders are carried out (telephony/orders.py) while Asterisk is seen, and only then.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from core import commands as c
from core import events as e
from core.centre import Centre
from core.errors import AlloError, LinkDown, UnsafeValue
from core.events.base import Event
from core.ids import InteractionId, caller_leg, interaction_of, is_caller
from core.ports import Mint, Recognise, Recordings, Submit
from telephony import snapshot
from telephony.link import ActionRefused, AmiLink, AnswerMissing, either
from telephony.messages import Messages, erase, put_away, said_ms
from telephony.nodes import Node
from telephony.numbers import international
from telephony.orders import Orders
from telephony.process import NodeFault
from telephony.translate import CAUSE, WANTED, Translator
from telephony.wire import Message

log = logging.getLogger("allo.telephony")

Recovery = Literal["idempotent", "at_most_once", "ask_the_peer"]

RECOVERY: Final[dict[type[c.Command], Recovery]] = {
    c.AnswerCall: "idempotent",  # a call that is up stays up
    c.PlayPrompt: "at_most_once",  # words said twice are worse than words left out
    c.HoldCaller: "ask_the_peer",  # NodeSeen says whether they are held; while we see, held twice is held once
    c.ReturnCaller: "ask_the_peer",
    c.RingAgent: "ask_the_peer",  # NodeSeen says whether the leg is there
    c.DialNumber: "ask_the_peer",
    c.PartLegs: "ask_the_peer",
    c.JoinLegs: "ask_the_peer",  # NodeSeen says who hears whom
    c.HangUpLeg: "idempotent",  # a leg that is gone stays gone
    c.LookAgain: "idempotent",
    c.RecordMessage: "ask_the_peer",  # the file says what was recorded
    c.EraseMessage: "idempotent",
    c.OpenSpeech: "at_most_once",  # after a crash the question is put anew
}
"""What may be done with an order whose end nobody knows, after a crash."""

# Events kept back while a snapshot is taken: it takes milliseconds, and Asterisk sends a few thousand a second at most.
KEPT_BACK: Final = 20_000
START_S: Final = 10.0
# Between two looks that the kernel asks for: a bug on every call must not keep us looking.
LOOK_AGAIN_S: Final = 5.0


class Telephony:
    """One node's telephony.  Tell it the centre (`use`) before it starts, and again when the configuration changes.

    `recognise` gives the pseudonym by which a number's calls are known to be of one number; what callers have said is
    put away in `recordings`.
    """

    name = "telephony"
    performs: tuple[type[c.Command], ...] = tuple(RECOVERY)

    def __init__(self, node: Node, recognise: Recognise, recordings: Recordings) -> None:
        self.node = node
        self._recordings = recordings
        self._putting: dict[str, asyncio.Task[None]] = {}
        self.link = AmiLink(node.ami, wanted=WANTED, on_up=self._on_up, on_down=self._on_down, on_event=self._on_event)
        self._translator = Translator(node.name, _no_mint, international, recognise)
        self._messages = Messages(node.messages)
        self._submit: Submit = _nowhere
        self._seen = asyncio.Event()
        self._kept_back: list[Message] | None = []
        self._asking: asyncio.Task[None] | None = None
        self._orders = Orders(self.link, self._translator, self._messages, lambda fact: self._submit(fact))
        self._perform: Final[dict[type[c.Command], Callable[[Any], Awaitable[None]]]] = {
            **self._orders.carries_out,
            c.LookAgain: self._look_again,
            c.EraseMessage: self._erase,
        }
        self._looked_again_s = -LOOK_AGAIN_S
        self._looking_again: asyncio.TimerHandle | None = None

    def use(self, centre: Centre) -> None:
        """Whose telephones are whose, what star codes mean and which numbers are ours, from now on."""
        self._translator.use(centre)

    def remember(self, interactions: frozenset[InteractionId]) -> None:
        """Which interactions the journal knows: a caller of another one, found at the start, is let in anew."""
        self._translator.remembered = interactions
        self._messages.wait_for_those_of(interactions)

    async def start(self, submit: Submit, mint: Mint) -> None:
        """Starts the node, logs in and tells what is there (NodeSeen).  Raises NodeFault with the remedy in French."""
        self._submit = submit
        self._translator.mint = mint
        self._messages.sweep()
        await self.node.start()
        self.link.start()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                await either(self._seen, self.link.denied)
        if not self._seen.is_set():
            fault = self.link.fault or "Asterisk ne dit pas son état"
            await self.stop()
            raise NodeFault(f"Téléphonie « {self.node.name} » : {fault}.")

    async def stop(self) -> None:
        """Logs out and stops watching: calls go on in Asterisk."""
        asking, self._asking = self._asking, None
        if asking is not None:
            asking.cancel()
        if self._looking_again is not None:
            self._looking_again.cancel()
        await self.link.stop()
        await asyncio.gather(*self._putting.values(), return_exceptions=True)
        await self.node.leave()

    @property
    def ready(self) -> bool:
        """Whether Asterisk is reached and has told its state: orders can be carried out."""
        return self._seen.is_set()

    async def perform(self, order: c.Order) -> Event:
        """Carries one order out; never raises for what a peer or a value does."""
        command = order.command
        try:
            if not self._seen.is_set():
                raise LinkDown("liaison AMI coupée")
            await self._perform[type(command)](command)
        except UnsafeValue as error:
            return e.OrderRefused(cause=CAUSE, order=order.id, command=command, reason=str(error))
        except AlloError as error:
            # NodeSeen follows a lost answer, and settles what is asked of the peer: the minds need not give it up.
            retryable = isinstance(error, LinkDown) or (
                isinstance(error, AnswerMissing) and RECOVERY[type(command)] != "at_most_once"
            )
            return e.OrderFailed(cause=CAUSE, order=order.id, command=command, reason=str(error), retryable=retryable)
        return e.OrderDone(cause=CAUSE, order=order.id)

    async def _erase(self, command: c.EraseMessage) -> None:
        file = self._messages.of(command.path)
        if command.message in self._putting:
            await asyncio.wait([self._putting[command.message]])
        await asyncio.to_thread(self._recordings.erase, command.message)
        await asyncio.to_thread(erase, file)
        self._messages.told(command.message)
        self._submit(e.MessageErased(cause=CAUSE, interaction=command.interaction, message=command.message))

    async def _look_again(self, command: c.LookAgain) -> None:
        if command.node not in ("", self.node.name) or self._looking_again is not None:
            return
        loop = asyncio.get_running_loop()
        self._looking_again = loop.call_at(max(loop.time(), self._looked_again_s + LOOK_AGAIN_S), self._drop_to_look)

    def _drop_to_look(self) -> None:
        self._looking_again = None
        self._looked_again_s = asyncio.get_running_loop().time()
        self.link.drop("état du nœud redemandé")

    # -- the link -------------------------------------------------------------------------------------------------

    def _on_up(self) -> None:
        self._kept_back = []
        self._asking = asyncio.get_running_loop().create_task(self._look(), name="telephony-snapshot")

    async def _look(self) -> None:
        """Tells what is true, then what came meanwhile, then lets events through as they come."""
        try:
            facts = await snapshot.take(self.link, self._translator)
            await self._let_in_anew(facts)
        except Exception as error:  # a bug of ours too: without NodeSeen nothing may go on
            if isinstance(error, ActionRefused):
                self.link.denied.set()
            why = str(error) if isinstance(error, AlloError) else type(error).__name__
            self.link.drop(f"Asterisk n'a pas dit son état ({why})")
            return
        kept_back, self._kept_back = self._kept_back or [], None
        self._hear_what_was_left(facts)
        for fact in facts:
            self._submit(fact)
        for message in kept_back:
            self._tell(message)
        self._seen.set()

    def _hear_what_was_left(self, facts: list[Event]) -> None:
        """Messages that ended unheard, before it is told that their callers are gone; the others are still awaited."""
        seen = next(fact for fact in facts if isinstance(fact, e.NodeSeen))
        living = {interaction_of(leg.leg) for leg in seen.legs if is_caller(leg.leg)}
        for message, file in self._messages.ended_unheard(living):
            interaction = interaction_of(message) or ""
            self._hear(
                e.MessageRecorded(cause=CAUSE, interaction=interaction, message=message, path=str(file), duration_ms=0)
            )
        for message, file in self._messages.awaited():
            self._translator.recording(caller_leg(interaction_of(message) or ""), message, str(file))
        for message, file in self._messages.left():
            self._put_away(message, file)

    async def _let_in_anew(self, facts: list[Event]) -> None:
        """Takes callers whom the journal forgot out of the music or the words, under their new name."""
        for fact in facts:
            if isinstance(fact, e.CallArrived) and fact.answered:
                with contextlib.suppress(ActionRefused):  # gone meanwhile, which is told by its own event
                    await self._orders.let_in(fact)

    def _on_down(self, reason: str) -> None:
        asking, self._asking = self._asking, None
        if asking is not None:
            asking.cancel()
        self._kept_back = []
        if self._seen.is_set():
            self._seen.clear()
            self._submit(e.NodeLost(cause=CAUSE, node=self.node.name, reason=reason))

    def _on_event(self, message: Message) -> None:
        if self._kept_back is None:
            self._tell(message)
        elif len(self._kept_back) < KEPT_BACK:
            self._kept_back.append(message)
        else:
            self.link.drop("Asterisk parle plus vite que nous ne lisons")

    def _tell(self, message: Message) -> None:
        for fact in self._translator.facts(message):
            if isinstance(fact, e.MessageRecorded):
                self._hear(fact)
            else:
                self._submit(fact)

    def _hear(self, fact: e.MessageRecorded) -> None:
        """Tells how much was said: before anything else of the caller, who may be gone already."""
        file = Path(fact.path)
        self._messages.told(fact.message)
        duration_ms = said_ms(file)
        self._submit(msgspec.structs.replace(fact, duration_ms=duration_ms))
        if duration_ms:
            self._put_away(fact.message, file)

    def _put_away(self, message: str, file: Path) -> None:
        """Seals what was said, off the loop; what cannot be sealed now lies there until the link comes up again."""

        async def put() -> None:
            try:
                await asyncio.to_thread(put_away, self._recordings, message, file)
            except FileNotFoundError:
                pass  # erased meanwhile
            except (AlloError, OSError) as fault:
                log.error("un message ne peut pas être scellé : %s", fault)
            finally:
                self._putting.pop(message, None)

        if message not in self._putting:
            self._putting[message] = asyncio.get_running_loop().create_task(put(), name=f"put-away-{message}")


def _nowhere(_fact: Event) -> None:
    """Before the start nobody listens."""


def _no_mint() -> str:
    raise RuntimeError("the loop has not given its mint yet")
