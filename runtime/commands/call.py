"""`./allo call`: one real SIP call to the running centre, as a citizen, with its timeline as it happens.

The call is made from outside, through Asterisk; the timeline is read from the journal while the centre writes it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from core import events as e
from core.errors import AlloError
from core.step import Step
from runtime.memory import Reading, reading
from runtime.places import Places, home
from runtime.settings import load
from runtime.telling import story
from telephony.numbers import international, kept
from traffic.call import State
from traffic.errors import NoSpeech, NotAnswered, TooLong
from traffic.phone import Phone
from traffic.placed import PlacedCall
from traffic.sound import frames_of, level_dbfs, silence_frames
from traffic.speech import speak

FROM: Final = "0639980100"  # 06 39 98 XX XX: reserved for fiction
ANSWER_S: Final = 15.0
# Between the answer and the first key, and between keys: somebody who knows the menu.
KEY_EVERY_S: Final = 2.0
# Between the beginning of a question and the answer: somebody who knows it, and does not hear it to its end.
BREATH_S: Final = 0.5
LOOK_EVERY_S: Final = 0.2
SILENT_DBFS: Final = -60.0


def run_call(config: Path, *, number: str, keys: str, say: Sequence[str], seconds: float, as_json: bool) -> int:
    """0 if the call was answered; 1 with a message if not.  Each of `say` answers a question, the rest an agent."""
    if number and not kept(number).strip("+"):
        print(f"« {number} » n'est pas un numéro : écrivez 01 99 00 10 00, +33 1 99 00 10 00 ou 3939.", file=sys.stderr)
        return 1
    try:
        result = asyncio.run(_call(config, number, keys, say, seconds, quiet=as_json))
    except (AlloError, NoSpeech, OSError) as fault:
        print(fault, file=sys.stderr)
        return 1
    if as_json:
        print(json.dumps(result))
    return 0 if result["answered"] else 1


async def _call(
    config: Path, number: str, keys: str, say: Sequence[str], seconds: float, *, quiet: bool
) -> dict[str, Any]:
    loaded = load(config)
    places = Places(run=home() / "run")
    journal = reading(loaded.settings.journal, places)
    words = [await speak(one) for one in say]
    sip = loaded.settings.telephony.sip
    dialled = international(number) or next(iter(loaded.centre.services.values())).numbers[0]
    phone = await Phone.open("operateur", host=sip.bind, server=(sip.bind, sip.port), keep_s=5.0)
    follower = _Follower(journal, quiet=quiet)
    try:
        call = phone.call(dialled, from_number=FROM, display_name="Allo call")
        return await _live(call, follower, keys, words, seconds, quiet=quiet)
    finally:
        await phone.close()


async def _live(
    call: PlacedCall, follower: _Follower, keys: str, words: Sequence[bytes], seconds: float, *, quiet: bool
) -> dict[str, Any]:
    following = asyncio.create_task(follower.follow())
    answered = False
    try:
        await call.answered(ANSWER_S)
        answered = True
        call.play(silence_frames(seconds))
        talking = asyncio.create_task(_talk(call, follower, keys, words))
        with contextlib.suppress(TooLong):
            await call.ended(seconds)
        talking.cancel()
    except (NotAnswered, TooLong) as fault:
        hint = "" if quiet else " Le centre tourne-t-il ? ./allo up"
        why = f"code {fault.code}" if isinstance(fault, NotAnswered) else f"rien en {ANSWER_S:.0f} s"
        print(f"Sans réponse : {why}.{hint}", file=sys.stderr)
    level = level_dbfs(call.heard.last(3.0).samples)
    end = await call.hang_up()
    await follower.until_ended()
    following.cancel()
    if not quiet:
        heard = "silence" if level < SILENT_DBFS else f"{level:.0f} dBFS"
        print(f"Fin : code {end.code} ; son entendu dans les 3 dernières secondes : {heard}.")
        if follower.interaction:
            print(f"./allo trace {follower.interaction}")
    return {
        "answered": answered,
        "interaction": follower.interaction,
        "connected": follower.connected.is_set(),
        "heard_dbfs": round(level, 1),
        "code": end.code,
    }


async def _talk(call: PlacedCall, follower: _Follower, keys: str, words: Sequence[bytes]) -> None:
    """Presses the keys, then speaks when it is heard: by the centre, one sentence a question, or by an agent."""
    for key in keys:
        await asyncio.sleep(KEY_EVERY_S)
        if call.state is State.CONNECTED:
            await call.press(key)
    for sentence in words:
        await follower.heard()
        await asyncio.sleep(BREATH_S)
        await call.play(frames_of(sentence))
        call.play(silence_frames(3600))


class _Follower:
    """Reads the journal as it grows, and prints what concerns our call."""

    def __init__(self, journal: Reading, *, quiet: bool) -> None:
        self._journal = journal
        self._next_seq = journal.last_seq() + 1
        self._quiet = quiet
        self._began_ms = int(time.time() * 1000)
        self.interaction = ""
        self.connected = asyncio.Event()
        self.ended = asyncio.Event()
        self._questions: asyncio.Queue[str] = asyncio.Queue()

    async def heard(self) -> None:
        """Until the centre hears what we say, for a question that we have not answered yet, or an agent does."""
        if not self.connected.is_set():
            await self._questions.get()

    async def follow(self) -> None:
        while not self.ended.is_set():
            for step in await asyncio.to_thread(self._new_steps):
                self._take(step)
            await asyncio.sleep(LOOK_EVERY_S)

    async def until_ended(self) -> None:
        """The end of our interaction is written a moment after we hang up."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5.0):
                await self.ended.wait()

    def _new_steps(self) -> list[Step]:
        return list(self._journal.steps(since_seq=self._next_seq))

    def _take(self, step: Step) -> None:
        self._next_seq = step.seq + 1
        for fact in (step.input, *step.facts):
            if isinstance(fact, e.CallArrived) and not self.interaction and _is_ours(fact):
                self.interaction = fact.interaction
                self._began_ms = step.now_ms
            if self.interaction and getattr(fact, "interaction", None) == self.interaction:
                self._tell(fact, step.now_ms)

    def _tell(self, fact: e.Event, now_ms: int) -> None:
        if isinstance(fact, e.HearingPlaced):
            self._questions.put_nowait(fact.listening)
        elif isinstance(fact, e.CallConnected):
            self.connected.set()
            self._questions.put_nowait("")  # whoever waits for a question speaks to the agent now
        elif isinstance(fact, e.InteractionEnded):
            self.ended.set()
        if not self._quiet:
            print(f"{(now_ms - self._began_ms) / 1000:8.2f} s  {story.phrase(fact)}", flush=True)


def _is_ours(fact: e.CallArrived) -> bool:
    digits = fact.caller.text if fact.caller is not None else None
    return digits is not None and digits.endswith(FROM[1:])
