"""The demo's table in the terminal: who waits, who talks, what agents do, and the figures."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.box import ROUNDED
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from runtime.telling.view import View, percentile

STATES = {
    "logged_out": "déconnecté",
    "available": "disponible",
    "offered": "sonne",
    "on_interaction": "en conversation",
    "wrap_up": "post-appel",
    "paused": "en pause",
    "missed": "sans réponse",
    "on_task": "demande écrite",
}
STAGES = {"arrived": "arrive", "guided": "accueil", "queued": "attend", "offered": "sonne", "connected": "parle"}
# Words carry the meaning; colours only repeat it.
COLOURS = {
    "guided": "cyan",
    "queued": "yellow",
    "offered": "magenta",
    "connected": "green",
    "available": "cyan",
    "on_interaction": "green",
    "wrap_up": "blue",
    "paused": "yellow",
    "missed": "red",
}
ROWS = 15


class Busiest:
    """Keeps the table of the busiest moment in `file`, as SVG that loads nothing from elsewhere."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._most = 0

    def look(self, drawn: RenderableType, calls: int) -> None:
        if calls <= self._most:
            return
        self._most = calls
        console = Console(record=True, width=130, file=io.StringIO())
        console.print(drawn)
        self._file.write_text(console.export_svg(title="./allo demo", code_format=_SVG), encoding="utf-8")


_FONTS = re.compile(r"@font-face \{\{.*?\}\}", re.S)
_SVG = re.sub(r"<!--.*?-->", "", _FONTS.sub("", CONSOLE_SVG_FORMAT))


def board(view: View, now_ms: int) -> RenderableType:
    """The whole picture at `now_ms`; redrawn a few times a second."""
    return Group(_figures(view), Columns([_calls(view, now_ms), _agents(view, now_ms)], padding=(0, 3)))


def _figures(view: View) -> Table:
    table = Table.grid(padding=(0, 3))
    wait = percentile(view.answer_ms, 0.5)
    table.add_row(
        f"[bold]{view.centre.name}[/bold]",
        f"arrivés {view.arrived}",
        f"attendent {len(view.waiting())}",
        f"mis en relation {view.connected}",
        f"abandonnés {view.abandoned}",
        f"perdus {view.lost}",
        f"attente médiane {'—' if wait is None else f'{wait / 1000:.1f} s'}",
    )
    return table


def _calls(view: View, now_ms: int) -> Table:
    table = Table("appel", "étape", "depuis", "file", "agent", title="Appels", title_justify="left", box=ROUNDED)
    lines = sorted(view.lines.values(), key=lambda line: line.arrived_at_ms)
    for line in lines[:ROWS]:
        table.add_row(
            "…" + line.interaction[-6:],
            _coloured(line.state, STAGES.get(line.state, line.state)),
            f"{max(0, now_ms - line.since_ms) // 1000} s",
            view.centre.queues[line.queue].title if line.queue in view.centre.queues else "",
            view.centre.agents[line.agent].display if line.agent in view.centre.agents else "",
        )
    if len(lines) > ROWS:
        table.add_row(f"et {len(lines) - ROWS} autres", "", "", "", "")
    return table


def _agents(view: View, now_ms: int) -> Table:
    table = Table("agent", "état", "depuis", title="Agents", title_justify="left", box=ROUNDED)
    for name, line in view.agents.items():
        if line.state == "logged_out":
            continue
        table.add_row(
            view.centre.agents[name].display if name in view.centre.agents else name,
            _coloured(line.state, STATES[line.state] + (f" ({line.reason})" if line.reason else "")),
            f"{max(0, now_ms - line.since_ms) // 1000} s",
        )
    return table


def _coloured(state: str, words: str) -> Text:
    return Text(words, style=COLOURS.get(state, ""))
