"""The edge of speech: it makes prompts (PreparePrompt in, PromptReady out, and never a hang), hears callers,
and understands what people write.

Who hears is in speech/hear.py, who reads in speech/reading.py.  Prompts are idempotent: preparing the same prompt again
finds it kept.  What cannot be made is told twice, as PromptReady without a path, so that the dialogue goes on without
those words, and as OrderFailed, so that people know.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from core.commands import Command, HearCaller, Order, PreparePrompt, StopHearing, UnderstandWriting
from core.events import OrderDone, OrderFailed, OrderRefused, PromptReady
from core.events.base import Event
from core.ports import Mint, Submit
from speech.hear import Hearing, HearSettings
from speech.prompts import Prompts
from speech.reading import Reading
from speech.speak import DEADLINE_S, SpeechFault, Voice

log = logging.getLogger("allo.speech")

# For one order, its wait for a free process included: a catalogue of 200 texts is spoken in less.  Of those that wait
# behind all others it counts from their turn on: each ends by its own process's deadline.
ORDER_DEADLINE_S: Final = 30.0


class Speech:
    """The edge `speech`; see Prompts for `cache`, `recordings`, `voices` and `command`."""

    name = "speech"
    performs: tuple[type[Command], ...] = (PreparePrompt, HearCaller, StopHearing, UnderstandWriting)

    def __init__(
        self,
        *,
        cache: Path,
        recordings: Path | None,
        voices: Mapping[str, Voice],
        command: Sequence[str] = ("espeak-ng",),
        process_deadline_s: float = DEADLINE_S,
        order_deadline_s: float = ORDER_DEADLINE_S,
        hearing: Hearing | None = None,
        reading: Reading | None = None,
    ) -> None:
        self.prompts: Final = Prompts(
            cache=cache, recordings=recordings, voices=voices, command=command, deadline_s=process_deadline_s
        )
        self.hearing: Final = hearing or Hearing(HearSettings())
        self.reading: Final = reading or Reading()
        self._order_deadline_s = order_deadline_s
        self._submit: Submit | None = None
        self._told: set[str] = set()

    async def start(self, submit: Submit, mint: Mint) -> None:
        """Ready at once: a synthesiser that is missing is told by the first order that needs it."""
        del mint  # no interaction begins here
        self._submit = submit
        self.hearing.start(submit)

    async def stop(self) -> None:
        """Ends those who hear; each order for a prompt ends its own process."""
        await self.hearing.stop()
        await self.reading.stop()
        self._submit = None

    async def perform(self, order: Order) -> Event:
        """Prepares one prompt; submits PromptReady before it returns how the order ended."""
        command = order.command
        if isinstance(command, HearCaller):
            self.hearing.hear(command)
            return OrderDone(cause=self.name, order=order.id)
        if isinstance(command, StopHearing):
            self.hearing.forget(command.listening)
            return OrderDone(cause=self.name, order=order.id)
        if isinstance(command, UnderstandWriting):
            return await self._understand(order, command)
        if not isinstance(command, PreparePrompt):
            kind = type(command).__name__
            return OrderRefused(cause=self.name, order=order.id, command=command, reason=f"{kind} n'est pas d'ici")
        try:
            async with self.prompts.turn(behind=command.behind), asyncio.timeout(self._order_deadline_s):
                prepared = await self.prompts.prepare(command.text, command.words, command.language)
        except SpeechFault as fault:
            return self._failed(order, command, str(fault), fault.retryable)
        except TimeoutError:
            return self._failed(order, command, f"pas prêt en {self._order_deadline_s:g} s", retryable=True)
        except OSError as error:
            return self._failed(order, command, f"écriture impossible ({error.strerror})", retryable=True)
        if prepared.fault:
            self._tell(f"enregistrement inutilisable, voix de synthèse à la place : {prepared.fault}")
        self._ready(command.prompt, str(prepared.path))
        return OrderDone(cause=self.name, order=order.id)

    async def _understand(self, order: Order, command: UnderstandWriting) -> Event:
        """Submits WritingUnderstood before it returns how the order ended."""
        try:
            understood = await self.reading.understand(command)
        except SpeechFault as fault:
            self._tell(str(fault))
            return OrderFailed(
                cause=self.name, order=order.id, command=command, reason=str(fault), retryable=fault.retryable
            )
        if self._submit is not None:
            self._submit(understood)
        return OrderDone(cause=self.name, order=order.id)

    def _failed(self, order: Order, command: PreparePrompt, reason: str, retryable: bool) -> Event:
        self._tell(f"{command.prompt} ne peut pas être dit : {reason}")
        self._ready(command.prompt, None)
        return OrderFailed(cause=self.name, order=order.id, command=command, reason=reason, retryable=retryable)

    def _ready(self, prompt: str, path: str | None) -> None:
        if self._submit is not None:
            self._submit(PromptReady(cause=self.name, prompt=prompt, path=path))

    def _tell(self, what: str) -> None:
        """Once each: the same prompt is asked for with every call."""
        if what not in self._told and len(self._told) < 1_000:
            self._told.add(what)
            log.warning("%s", what)
