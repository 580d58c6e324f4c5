"""The edge of the pages: performs no order, hears every step, serves browsers (serving.py, in this process's loop)."""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from core import events as e
from core.centre import Centre
from core.commands import Command, Order
from core.errors import AlloError
from core.events.base import Event
from core.ports import Explains, Mint, Recognise, Recordings, Records, Submit, Turns
from core.step import Step
from softphone_ui.asking import Asking
from softphone_ui.cards import Cards
from softphone_ui.hall import Hall, Where
from softphone_ui.kept_sessions import Kept, KeptSessions
from softphone_ui.live import TICK_S
from softphone_ui.passwords import Passwords
from softphone_ui.picture import Picture, count_day
from softphone_ui.rows import Past
from softphone_ui.searches import Searches
from softphone_ui.tokens import Door

if TYPE_CHECKING:
    from softphone_ui.serving import Server

log = logging.getLogger("allo.pages")

# Browsers are told to come back; those who do not listen are left.
STOP_S: Final = 2.0
# Steps that are counted in one go, and the longest rest after them: half of one core at most.
GENTLY_STEPS: Final = 50
GENTLY_MOST_S: Final = 0.1
# How late a server may know who came and who left, in seconds; and every how many of these passwords are looked at.
SAVE_S: Final = 1.0
LOOK_BEATS: Final = 5


class FirstPicture(NamedTuple):
    """What was, the steps of what is still here, and those of the day, which only figures need; both read when asked.

    `counted_since_ms`: since when the day's steps are there; None: since midnight.
    """

    past: Past
    live: Iterable[Step]
    day: Iterable[Step]
    counted_since_ms: int | None


class PagesFault(AlloError):
    """The pages cannot be served; the message is the remedy."""


class Pages:
    """Implements core.ports.Edge and Hearer.  `use` before `start`; pages open once the first picture is there.

    `recognise` gives a number's pseudonym.  `sessions`: where those who are logged in are kept, or that file's path;
    None: a restart sends everybody to the door.
    """

    name = "pages"
    performs: tuple[type[Command], ...] = ()

    def __init__(
        self,
        where: Where,
        centre: Centre,
        passwords: Passwords,
        records: Records,
        recordings: Recordings,
        turns: Turns,
        recognise: Recognise,
        sessions: Path | Kept | None = None,
        door: Door | None = None,
    ) -> None:
        self.where = where
        self.picture = Picture(centre, turns=turns)
        self._passwords = passwords
        self._records = records
        self._recordings = recordings
        self._recognise = recognise
        self._sessions = sessions
        self._door = door
        self._kept: Kept | None = None
        self._offer: Callable[[Event], bool] | None = None
        self._first: Callable[[], FirstPicture] | None = None
        self._explains: Explains | None = None
        self._early: list[Step] | None = []
        self._server: Server | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._heard = (0, 0.0)
        self.hall: Hall | None = None
        self.opened = asyncio.Event()

    def use(
        self,
        first: Callable[[], FirstPicture] | None = None,
        offer: Callable[[Event], bool] | None = None,
        explains: Explains | None = None,
    ) -> None:
        """`first` gives the first picture, and is called in a thread; `offer` hands facts to a loop that is here, and
        without it they are submitted: `refused` says later what calls left no room for.  `explains` reads the journal.
        """
        self._first, self._offer, self._explains = first, offer, explains

    def refused(self, request: str) -> None:
        """What was asked so must be asked again later."""
        self.asking.refused(request)

    def now_ms(self) -> int:
        """The kernel's time: that of the last step, and what has passed since."""
        at_ms, heard_s = self._heard
        return at_ms + int((time.monotonic() - heard_s) * 1000) if at_ms else int(time.time() * 1000)

    async def start(self, submit: Submit, mint: Mint) -> None:
        """Takes the address; raises PagesFault with the remedy if it cannot be had.  Pages open a moment later."""
        from softphone_ui.serving import server  # a fifth of the start: nobody waits for it who serves no pages

        def always(event: Event) -> bool:
            submit(event)
            return True

        listening = _listen(self.where)
        offer = self._offer or always
        self.asking = Asking(offer)
        self._kept = KeptSessions(self._sessions) if isinstance(self._sessions, Path) else self._sessions
        cards = Cards(self.picture, self._records, lambda agent: self._tell([agent]))
        self.hall = Hall(
            where=self.where,
            picture=self.picture,
            passwords=self._passwords,
            asking=self.asking,
            offer=offer,
            cards=cards,
            searches=Searches(self._records),
            now_ms=self.now_ms,
            recordings=self._recordings,
            recognise=self._recognise,
            mint=mint,
            explains=self._explains,
            door=self._door,
            kept=self._kept,
        )
        await asyncio.to_thread(self._passwords.look)  # or those who are kept would seem to have another password
        self.hall.sessions.begin(self.hall.clock_s(), time.time())
        self._server = server(self.hall)
        self._tasks = [asyncio.create_task(self._run(self._server, listening), name="pages")]

    async def _run(self, server: Server, listening: socket.socket) -> None:
        try:
            if self._first is not None:
                first = await asyncio.to_thread(self._first)
                await asyncio.to_thread(self.picture.begin, first.past, first.live)
                self._tasks.append(asyncio.create_task(self._count(first), name="pages-figures"))
        except AlloError as fault:
            log.error("pages begin without a past: %s", fault)
        early, self._early = self._early or [], None
        for step in early:
            self._take(step)
        self._tasks.append(asyncio.create_task(self._tick(), name="pages-tick"))
        self._tasks.append(asyncio.create_task(self._keep(), name="pages-keep"))
        self.opened.set()
        await server._serve([listening])

    async def _count(self, first: FirstPicture) -> None:
        """A long day takes a while to count: pages are open meanwhile, and say since when their figures are."""
        try:
            figures = await asyncio.to_thread(
                count_day, self.picture.centre, first.past, gently(first.day), first.counted_since_ms
            )
        except AlloError as fault:
            log.error("figures of the day begin now: %s", fault)
        else:
            self.picture.add(figures)

    async def _tick(self) -> None:
        assert self.hall is not None
        while True:
            await asyncio.sleep(TICK_S)
            self.hall.tables.tick()

    async def _keep(self) -> None:
        """Writes sessions and reads passwords, where that must not be waited for."""
        for beat in itertools.count(1):
            await asyncio.sleep(SAVE_S)
            if self._kept is not None:
                await asyncio.to_thread(self._kept.save)
            if beat % LOOK_BEATS == 0:
                try:
                    await asyncio.to_thread(self._passwords.look)
                    if self._door is not None:
                        await asyncio.to_thread(self._door.tokens.look)
                except AlloError as fault:
                    log.warning("%s", fault)

    def hear(self, step: Step) -> None:
        """Folds one kept step; what came before the first picture waits for it."""
        if self._early is not None:
            self._early.append(step)
        else:
            self._take(step)

    def _take(self, step: Step) -> None:
        self._heard = (step.now_ms, time.monotonic())
        self.picture.fold(step)
        for fact in (step.input, *step.facts):
            if isinstance(fact, e.RequestAnswered):
                self.asking.answered(fact)
            elif isinstance(fact, e.WaitExplained):
                self.asking.explained(fact)
            elif isinstance(fact, e.CentreStarted):
                self.say_who_is_here()
        touched, self.picture.touched = self.picture.touched, set()
        self._tell(touched)

    def say_who_is_here(self) -> None:
        """A kernel that starts anew, or did not reach us for a while, does not know which pages are open."""
        if self.hall is not None:
            for agent in self.hall.desks.here():
                self.hall.offer(e.PageSeen(cause=self.name, agent=agent, open=True))

    def _tell(self, agents: Iterable[str]) -> None:
        if self.hall is not None:
            self.hall.desks.tell(agents)

    async def stop(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        server.should_exit = True
        serving, *others = self._tasks
        for task in others:
            task.cancel()
        await asyncio.wait([serving], timeout=STOP_S + 1.0)
        serving.cancel()
        await asyncio.gather(serving, *others, return_exceptions=True)
        if self._kept is not None:
            self._kept.close()

    async def perform(self, order: Order) -> Event:
        return e.OrderRefused(cause=self.name, order=order.id, command=order.command, reason="pages perform nothing")


def gently(steps: Iterable[Step]) -> Iterator[Step]:
    """Gives way after each few: whoever decides about calls may be in this process."""
    began_s = time.monotonic()
    for count, step in enumerate(steps, start=1):
        yield step
        if count % GENTLY_STEPS == 0:
            time.sleep(min(GENTLY_MOST_S, time.monotonic() - began_s))
            began_s = time.monotonic()


def _listen(where: Where) -> socket.socket:
    family = socket.AF_INET6 if ":" in where.bind else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((where.bind, where.port))
    except OSError as error:
        listening.close()
        raise PagesFault(
            f"Les pages ne peuvent pas être servies en {where.bind}:{where.port} ({error.strerror}). Donnez une autre "
            "adresse ou un autre port dans le bloc pages de centre.yaml, ou arrêtez le programme qui l'occupe."
        ) from error
    listening.setblocking(False)
    return listening
