"""Writes the state diagrams into docs/life-of-a-call.md, from the tables themselves: `python -m runtime.diagrams`."""

from __future__ import annotations

import re
from pathlib import Path

import acd.agent
import calls.call
import casework.task
import core.interaction
import ivr.dialogue
from core.life import Life

PAGE = Path(__file__).resolve().parent.parent / "docs" / "life-of-a-call.md"
LIVES: tuple[Life, ...] = (
    core.interaction.LIFE,
    ivr.dialogue.LIFE,
    calls.call.LIFE,
    calls.call.AGENT_LEG,
    calls.call.CONSULT,
    acd.agent.LIFE,
    casework.task.LIFE,
)


def drawn(page: str) -> str:
    """The page with every diagram as its table has it."""
    for life in LIVES:
        mark = re.escape(f"<!-- diagram: {life.name} -->")
        picture = f"<!-- diagram: {life.name} -->\n```mermaid\n{life.diagram()}\n```"
        page = re.sub(rf"{mark}\n```mermaid\n.*?```", picture, page, flags=re.S)
    return page


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
