"""What is told of trunks, the operators and PABXs by which calls come and go, and of machines that call."""

from __future__ import annotations

from typing import Literal

from core.events.base import Event
from core.ids import InteractionId, LegId

TrunkFault = Literal["", "not_registered", "proxies_silent"]
"""None; the operator has no registration of ours; none of its proxies answers."""


class TrunkChanged(Event, frozen=True, kw_only=True):
    """Calls can be placed on the trunk (`reachable`), or cannot, for `reason`.  Told again after each reconnection."""

    node: str
    trunk: str
    reachable: bool
    reason: TrunkFault


class MachineHeard(Event, frozen=True, kw_only=True):
    """It is a machine that called: a fax (its tone was heard), or an automatic dialler (by its habits).  It never
    reaches an agent, and is counted apart."""

    interaction: InteractionId
    leg: LegId
    what: Literal["fax", "robot"]
