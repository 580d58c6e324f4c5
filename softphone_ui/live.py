"""What open pages are told: a desk at once when something of its agent's happens, tables at each tick.

A socket holds nothing back: it knows the version that it was sent last.  One that is slow misses versions and is then
sent the whole; nothing is ever buffered for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from core.centre import Agent
from softphone_ui.desk import desk
from softphone_ui.picture import Picture
from softphone_ui.table import difference, table

# Tables are redrawn this often at most: faster is unrest, slower looks dead.
TICK_S: Final = 0.1

Shown = dict[str, Any]
_encode = msgspec.json.Encoder().encode


class Watcher:
    """One open socket: `news` wakes its writer; `version` is that of its last table."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.version = -1
        self.news.set()


class Desks:
    """The open pages of agents."""

    def __init__(self, picture: Picture, card: Callable[[str], Shown | None], now_ms: Callable[[], int]) -> None:
        self._picture = picture
        self._card = card
        self._now_ms = now_ms
        self._open: dict[str, set[Watcher]] = {}

    def open(self, agent: str) -> tuple[Watcher, bool]:
        """A new page; whether it is the agent's first."""
        watcher = Watcher()
        pages = self._open.setdefault(agent, set())
        pages.add(watcher)
        return watcher, len(pages) == 1

    def close(self, agent: str, watcher: Watcher) -> bool:
        """Takes it away; whether it was the last."""
        pages = self._open.get(agent, set())
        pages.discard(watcher)
        if not pages:
            self._open.pop(agent, None)
        return not pages

    def here(self) -> list[str]:
        """Whose pages are open."""
        return list(self._open)

    def tell(self, agents: Iterable[str]) -> None:
        for agent in agents:
            if agent in self._open:
                self._card(agent)  # begins to read the record before the page is even told of the offer
                for watcher in self._open[agent]:
                    watcher.news.set()

    def message(self, agent: Agent) -> bytes:
        """The whole page as it is now: small, and always true."""
        shown = desk(self._picture, agent, self._card(agent.name))
        return _encode({**shown, "now_ms": self._now_ms()})


class Tables:
    """One view of the centre for each set of tenants that somebody watches, encoded once for all who watch it."""

    def __init__(self, picture: Picture, now_ms: Callable[[], int]) -> None:
        self._picture = picture
        self._now_ms = now_ms
        self._views: dict[tuple[str, ...], _View] = {}

    def open(self, tenants: tuple[str, ...]) -> Watcher:
        view = self._views.setdefault(tenants, _View())
        if not view.watchers:
            view.redraw(table(self._picture, tenants), self._now_ms())
        watcher = Watcher()
        view.watchers.add(watcher)
        return watcher

    def close(self, tenants: tuple[str, ...], watcher: Watcher) -> None:
        view = self._views.get(tenants)
        if view is not None:
            view.watchers.discard(watcher)
            if not view.watchers:
                del self._views[tenants]

    def tick(self) -> None:
        """Redraws what is watched, and wakes those for whom it changed."""
        for tenants, view in self._views.items():
            if view.drawn != self._picture.version:
                view.drawn = self._picture.version
                if view.redraw(table(self._picture, tenants), self._now_ms()):
                    for watcher in view.watchers:
                        watcher.news.set()

    def message(self, tenants: tuple[str, ...], watcher: Watcher) -> bytes | None:
        """What brings the watcher to the present: the last difference if no more is missing, else the whole."""
        view = self._views[tenants]
        if watcher.version == view.version:
            return None
        missing_one = watcher.version == view.version - 1
        watcher.version = view.version
        return view.delta if missing_one else view.full()


class _View:
    def __init__(self) -> None:
        self.watchers: set[Watcher] = set()
        self.version = 0
        self.drawn = -1
        self.delta = b""
        self._now: Shown = {}
        self._now_ms = 0
        self._full: bytes | None = None

    def redraw(self, new: Shown, now_ms: int) -> bool:
        changed = difference(self._now, new)
        if not changed and self.version:
            return False
        self.version += 1
        self._now, self._now_ms, self._full = new, now_ms, None
        self.delta = _encode({"view": "table", "whole": False, "now_ms": now_ms, **changed})
        return True

    def full(self) -> bytes:
        if self._full is None:
            self._full = _encode({"view": "table", "whole": True, "now_ms": self._now_ms, **self._now})
        return self._full
