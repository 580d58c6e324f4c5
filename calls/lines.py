"""Trunks as the minds see them: which are reachable, and how many of their channels are taken.

A trunk that is full gives busy at the operator, and we never see that caller.  So the last channels of each,
`reserved`, are left to transfers and callbacks, which are for people who have reached us already; and what we place
ourselves never takes a channel that the contract does not have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from core import events as e
from core.mind import Applies

if TYPE_CHECKING:
    from calls.call import State


class Trunk(msgspec.Struct, frozen=True, kw_only=True):
    """What was last told of a trunk."""

    reachable: bool
    reason: e.TrunkFault


def used(state: State, trunk: str) -> int:
    """The channels of `trunk` that calls hold now."""
    return sum(
        (call.trunk == trunk) + sum(party is not None and party.line == trunk for party in (call.handed, call.help))
        for call in state.calls.values()
    )


def reachable(state: State, trunk: str) -> bool:
    """Whether a call may be placed on it; a trunk of which nothing was told is tried."""
    row = state.trunks.get(trunk)
    return row is None or row.reachable


def free(state: State, trunk: str, *, reserved_use: bool) -> int:
    """How many calls of ours `trunk` takes now; `reserved_use`: for a transfer or a callback."""
    line = state.configurations.now.lines.get(trunk)
    if line is None or not line.outward or not reachable(state, trunk):
        return 0
    room = line.channels - used(state, trunk)
    return max(0, room if reserved_use else room - line.reserved)


def freest(state: State, *, reserved_use: bool) -> str | None:
    """The trunk with most room; None if there is no room on any.  The configuration's order breaks ties."""
    rooms = {trunk: free(state, trunk, reserved_use=reserved_use) for trunk in state.configurations.now.lines}
    best = max(rooms, key=lambda trunk: rooms[trunk], default=None)
    return best if best is not None and rooms[best] else None


def _changed(state: State, fact: e.TrunkChanged, _now_ms: int) -> None:
    state.trunks.put(fact.trunk, Trunk(reachable=fact.reachable, reason=fact.reason))


APPLIES: Final[Applies] = {e.TrunkChanged: _changed}
