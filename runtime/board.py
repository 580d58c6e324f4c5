"""The demo's table in the terminal: who waits, who talks, what agents do, and the figures."""

from __future__ import annotations

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table

from runtime.view import View, percentile

STATES = {
    "logged_out": "déconnecté",
    "available": "disponible",
    "offered": "sonne",
    "on_interaction": "en conversation",
    "wrap_up": "post-appel",
    "paused": "en pause",
}
STAGES = {"arrived": "arrive", "guided": "accueil", "queued": "attend", "offered": "sonne", "connected": "parle"}
ROWS = 15


def board(view: View, two_way: int) -> RenderableType:
    """The whole picture; redrawn a few times a second."""
    return Group(_figures(view, two_way), Columns([_calls(view), _agents(view)], padding=(0, 3)))


def _figures(view: View, two_way: int) -> Table:
    table = Table.grid(padding=(0, 3))
    wait = percentile(view.answer_ms, 0.5)
    table.add_row(
        f"[bold]{view.centre.name}[/bold]",
        f"arrivés {view.arrived}",
        f"en file {view.offered}",
        f"mis en relation {view.connected}",
        f"abandonnés {view.abandoned}",
        f"perdus {view.lost}",
        f"attente médiane {'—' if wait is None else f'{wait / 1000:.1f} s'}",
        f"son vérifié {two_way}" if two_way else "",
    )
    return table


def _calls(view: View) -> Table:
    table = Table("appel", "étape", "depuis", "file", "agent", title="Appels", title_justify="left")
    lines = sorted(view.lines.values(), key=lambda line: line.arrived_at_ms)
    for line in lines[:ROWS]:
        table.add_row(
            "…" + line.interaction[-6:],
            STAGES.get(line.state, line.state),
            f"{max(0, view.now_ms - line.since_ms) // 1000} s",
            line.queue,
            view.centre.agents[line.agent].display if line.agent in view.centre.agents else "",
        )
    if len(lines) > ROWS:
        table.add_row(f"et {len(lines) - ROWS} autres", "", "", "", "")
    return table


def _agents(view: View) -> Table:
    table = Table("agent", "état", "depuis", title="Agents", title_justify="left")
    for name, line in view.agents.items():
        if line.state == "logged_out":
            continue
        table.add_row(
            view.centre.agents[name].display if name in view.centre.agents else name,
            STATES[line.state] + (f" ({line.reason})" if line.reason else ""),
            f"{max(0, view.now_ms - line.since_ms) // 1000} s",
        )
    return table
