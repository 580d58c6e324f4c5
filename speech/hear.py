"""Those who hear: worker processes, the room they have for callers, and what becomes of a caller whose worker dies.

A caller has a place in one worker, or none: then they are asked by keys at once.  How many places there are is measured
by each worker at its start, with its model loaded.  A worker that dies, or says nothing any more, fails its callers in
that moment, and is started again, ever more slowly while it keeps dying.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from core import events as e
from core import ids, limits
from core.commands import HearCaller
from core.events.speech import Detail, HearingOver, SecondOpinion, Understanding
from core.personal import Personal
from core.ports import Submit
from speech import between
from speech.meaning import UNTAUGHT, Lessons
from speech.second import Second
from speech.understand.asked import Asked

log = logging.getLogger("allo.speech")

CAUSE: Final = "speech"
ROOT: Final = Path(__file__).parents[1]
AGAIN_FIRST_S: Final = 0.2
AGAIN_LAST_S: Final = 30.0
STEADY_S: Final = 60.0
STOP_S: Final = 3.0
LINE_BYTES: Final = 1 << 20


class HearSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`models`: the directory of a model, by language; without any, nobody is heard.  Workers listen on `host`, the
    first on `port` and each other on the next; 0: on any that is free."""

    models: dict[str, Path] = {}
    workers: int = 1
    host: str = "127.0.0.1"
    port: int = 0
    most: int = limits.STREAMS_PER_WORKER
    pause_ms: int = 500
    open_pause_ms: int = 1_300


class Hearing:
    """Everybody who is heard, and what their words mean after `lessons`.

    `wanted`: whether any dialogue listens, so that having no model is worth a word.  `second` gives second opinions.
    """

    def __init__(
        self,
        settings: HearSettings,
        lessons: Lessons = UNTAUGHT,
        *,
        wanted: bool = False,
        second: Second | None = None,
    ) -> None:
        self.settings = settings
        self.lessons = lessons
        self.second = second or Second()
        self._wanted = wanted
        self._workers: list[Worker] = []
        self._tell: Submit = lambda _fact: None
        self._capacity: e.SpeechCapacity | None = None

    def start(self, tell: Submit) -> None:
        """Workers load their models beside us; until one is ready, callers are asked by keys."""
        self._tell, self._capacity = tell, None
        models = self.settings.models
        self._workers = [Worker(number, self) for number in range(self.settings.workers if models else 0)]
        for worker in self._workers:
            worker.start()
        if not models:
            why = "aucun modèle de reconnaissance : ./allo speech fetch en installe un"
            self._tell_capacity(e.SpeechCapacity(cause=CAUSE, streams=0, model="", why=why))
            if self._wanted:
                log.warning("personne ne peut être entendu, les appelants répondent par les touches (%s)", why)

    async def stop(self) -> None:
        """Ends the workers; their callers are back with Asterisk."""
        workers, self._workers = self._workers, []
        await asyncio.gather(*(worker.stop() for worker in workers), self.second.stop())
        self._tell = lambda _fact: None

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(worker.pid for worker in self._workers if worker.pid is not None)

    def hear(self, command: HearCaller) -> None:
        """Makes room for a caller in the worker that has least to do; HearingPlaced or HearingEnded follows."""
        free = [worker for worker in self._workers if worker.room > 0]
        if command.language not in self.settings.models or not free:
            self.ended(command, "refused")
        else:
            min(free, key=lambda worker: (worker.load, worker.number)).hear(command)

    def forget(self, listening: str) -> None:
        """Hears no more; what is not heard already is no fault."""
        self.second.forget(listening)
        for worker in self._workers:
            worker.forget(listening)

    def ended(self, command: HearCaller, why: HearingOver) -> None:
        self.tell(e.HearingEnded(cause=CAUSE, interaction=command.interaction, listening=command.listening, why=why))

    def tell(self, fact: e.HearingEnded | e.HearingPlaced | e.WordsHeard | e.DangerHeard | e.SpeechUnderstood) -> None:
        self._tell(fact)

    def changed(self) -> None:
        """A worker is ready, unfit or dead: told if there is another number of places now, once all have said."""
        if any(not worker.said for worker in self._workers):
            return
        ready = [worker for worker in self._workers if worker.ready is not None]
        streams = sum(worker.ready.streams for worker in ready if worker.ready is not None)
        first = ready[0].ready if ready else None
        why = ""
        if not streams:
            why = next((worker.why for worker in self._workers if worker.why), "")
            why = why or ("cette machine est trop lente" if ready else "la reconnaissance redémarre")
        told = e.SpeechCapacity(
            cause=CAUSE,
            streams=streams,
            model=first.title if first is not None else "",
            why=why,
            trial=first.trial if first is not None else False,
        )
        self._tell_capacity(told)

    def _tell_capacity(self, told: e.SpeechCapacity) -> None:
        if told == self._capacity:
            return
        self._capacity = told
        if told.streams:
            log.info("%d appelants peuvent parler à la fois (%s)", told.streams, told.model)
        elif told.why and self.settings.models:
            log.error("personne ne peut être entendu, les appelants répondent par les touches : %s", told.why)
        self._tell(told)


class Worker:
    """One process (speech/worker.py), as long as the centre lives: started, watched, started again."""

    def __init__(self, number: int, hearing: Hearing) -> None:
        self.number = number
        self.ready: between.Ready | None = None
        self.why = ""
        self.said = False
        self._hearing = hearing
        self._heard: dict[str, HearCaller] = {}
        self._placing: dict[str, asyncio.TimerHandle] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._seen_s = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def room(self) -> int:
        """How many more callers it can hear."""
        return self.ready.streams - len(self._heard) if self.ready is not None else 0

    @property
    def load(self) -> float:
        """The share of its places that is taken."""
        return len(self._heard) / self.ready.streams if self.ready is not None and self.ready.streams else 1.0

    def start(self) -> None:
        self._keeping = asyncio.get_running_loop().create_task(self._keep(), name=f"speech-worker-{self.number}")

    async def stop(self) -> None:
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    def hear(self, command: HearCaller) -> None:
        self._heard[command.listening] = command
        loop = asyncio.get_running_loop()
        self._placing[command.listening] = loop.call_later(
            limits.ROOM_MADE_MS / 1_000, self._end, command.listening, "failed"
        )
        self._send(
            between.Hear(
                listening=command.listening,
                socket=ids.socket_of(command.listening),
                language=command.language,
                prompts=_played(command),
                only=command.only,
                silence_ms=command.silence_ms,
                longest_ms=command.longest_ms,
                asked=_asked(command),
            )
        )

    def forget(self, listening: str) -> None:
        if self._drop(listening) is not None:
            self._send(between.Stop(listening=listening))

    def _drop(self, listening: str) -> HearCaller | None:
        placing = self._placing.pop(listening, None)
        if placing is not None:
            placing.cancel()
        return self._heard.pop(listening, None)

    def _end(self, listening: str, why: HearingOver) -> None:
        command = self._drop(listening)
        if command is not None:
            self._hearing.ended(command, why)

    def _send(self, message: between.Order) -> None:
        process = self._process
        if process is not None and process.stdin is not None:
            with contextlib.suppress(OSError, RuntimeError):  # it is dying: whoever keeps it tells its callers
                process.stdin.write(between.line(message))

    # -- its life -------------------------------------------------------------------------------------------------

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        again_s = AGAIN_FIRST_S
        while True:
            began_s = loop.time()
            try:
                await self._live()
            except OSError as error:
                self.why = f"le processus de reconnaissance ne démarre pas ({error.strerror})"
            except (ValueError, msgspec.MsgspecError):
                self.why = "le processus de reconnaissance parle de travers"
            finally:
                self._lost()
            if loop.time() - began_s > STEADY_S:
                again_s = AGAIN_FIRST_S
            log.error("la reconnaissance s'est arrêtée : elle repart dans %.1f s", again_s)
            await asyncio.sleep(again_s)
            again_s = min(2 * again_s, AGAIN_LAST_S)

    async def _live(self) -> None:
        """From its start to its death; what it says is told."""
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "speech.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_BYTES,
            start_new_session=True,  # what is sent to the centre's group is for the centre, which then ends us
            env=_environment(),
        )
        loop = asyncio.get_running_loop()
        try:
            self._send(self._setup())
            self._seen_s = loop.time() + (limits.WORKER_STARTS_MS - limits.WORKER_SILENT_MS) / 1_000
            assert process.stdout is not None
            while True:
                until_s = self._seen_s + limits.WORKER_SILENT_MS / 1_000
                async with asyncio.timeout_at(until_s):
                    written = await process.stdout.readline()
                if not written:
                    return
                self._take(between.told(written))
        except TimeoutError:
            log.error("la reconnaissance ne répond plus")
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_S):
                    await process.wait()

    def _setup(self) -> between.Setup:
        settings = self._hearing.settings
        return between.Setup(
            models={language: str(path) for language, path in settings.models.items()},
            host=settings.host,
            port=settings.port + self.number if settings.port else 0,
            most=settings.most,
            pause_ms=settings.pause_ms,
            open_pause_ms=settings.open_pause_ms,
            lessons=self._hearing.lessons,
        )

    def _lost(self) -> None:
        """Its callers are told at once: their sound is back with Asterisk already."""
        self._process = self.ready = None
        self.said = True
        for listening in list(self._heard):
            self._end(listening, "failed")
        if self._keeping is not None:
            self._hearing.changed()

    def _take(self, message: between.Told) -> None:
        if not isinstance(message, between.Unfit):
            self._seen_s = asyncio.get_running_loop().time()
        if isinstance(message, between.Ready):
            self.ready, self.why, self.said = message, "", True
            self._hearing.changed()
        elif isinstance(message, between.Unfit):
            self.why = message.why
        elif not isinstance(message, between.Beat):
            command = self._heard.get(message.listening)
            if command is not None:
                self._take_heard(command, message)

    def _take_heard(
        self,
        command: HearCaller,
        message: between.Placed | between.Words | between.Danger | between.Understood | between.Over,
    ) -> None:
        of: dict[str, Any] = {
            "cause": CAUSE,
            "interaction": command.interaction,
            "listening": command.listening,
        }
        if isinstance(message, between.Placed):
            self._placing.pop(command.listening).cancel()
            port = self.ready.port if self.ready is not None else 0
            self._hearing.tell(e.HearingPlaced(**of, address=f"{self._hearing.settings.host}:{port}"))
        elif isinstance(message, between.Words):
            self._hearing.tell(e.WordsHeard(**of, words=_said(command, message.words)))
        elif isinstance(message, between.Danger):
            self._hearing.second.feared(command.interaction)
            self._hearing.tell(
                e.DangerHeard(**of, urgency=message.urgency, danger=message.danger, confidence=message.confidence)
            )
        elif isinstance(message, between.Understood):
            self._drop(command.listening)
            self._understood(command, message)
        else:
            self._end(command.listening, cast("HearingOver", message.why))

    def _understood(self, command: HearCaller, message: between.Understood) -> None:
        def told(reading: Understanding, why: tuple[str, ...], second: SecondOpinion) -> None:
            details = tuple(_owned(command, detail) for detail in reading.details)
            self._hearing.tell(
                e.SpeechUnderstood(
                    cause=CAUSE,
                    interaction=command.interaction,
                    listening=command.listening,
                    words=_said(command, message.words),
                    reading=msgspec.structs.replace(reading, details=details),
                    why=_said(command, " ; ".join(why)) if why else None,
                    second=second,
                )
            )

        self._hearing.second.ask(command, message.words, message.reading, message.why, told)


def _played(command: HearCaller) -> tuple[str, ...]:
    """The files in their order, those that read a value back where they belong."""
    read = ((command.read.text if command.read is not None else None) or "").split("\n")
    return tuple(path for prompt in command.prompts for path in ((prompt,) if prompt else read) if path)


def _asked(command: HearCaller) -> Asked | None:
    so_far = (command.so_far.text if command.so_far is not None else None) or ""
    return Asked(about=command.about, so_far=so_far) if command.about else None


def _said(command: HearCaller, words: str) -> Personal:
    return Personal(command.interaction, "words", words)


def _owned(command: HearCaller, detail: Detail) -> Detail:
    """A worker knows no interaction: whose words they are is known here."""
    value, said = _said(command, detail.value.text or ""), _said(command, detail.said.text or "")
    return msgspec.structs.replace(detail, value=value, said=said)


def _environment(known: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Ours without its secrets; modules are found where we are."""
    kept = {name: value for name, value in known.items() if "SECRET" not in name}
    return kept | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
