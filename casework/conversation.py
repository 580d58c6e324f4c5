"""Which conversations an agent may still write a code and a note for: the one at hand and the last few.

Wrap-up time runs out, and the next caller may be there before the last word is typed: what is sent a moment later is
taken all the same.  The kernel keeps no note; whoever reads the journal does.
"""

from __future__ import annotations

from typing import Final

import msgspec

from core import events as e
from core.ids import InteractionId
from core.table import Table

BEHIND: Final = 3
"""As many conversations back an agent may write: more is work for the record, not a wrap-up."""


class Conversations(msgspec.Struct, frozen=True, kw_only=True):
    """An agent's last conversations, newest last."""

    interactions: tuple[InteractionId, ...]


Talks = Table[str, Conversations]


def connected(talks: Talks, fact: e.CallConnected) -> None:
    row = talks.get(fact.agent)
    before = tuple(one for one in row.interactions if one != fact.interaction) if row is not None else ()
    talks.put(fact.agent, Conversations(interactions=(*before, fact.interaction)[-BEHIND:]))


def may_note(talks: Talks, agent: str, interaction: InteractionId) -> bool:
    row = talks.get(agent)
    return row is not None and interaction in row.interactions
