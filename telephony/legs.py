"""What `translate` remembers of our legs in Asterisk: its names for them, and who stands in which bridge.  Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from core.ids import InteractionId, LegId, interaction_of, is_agent, is_caller

# Ended legs whose late messages must not make them alive again: an hour of a platform's legs, 200 bytes each.
ENDED_LEGS_KEPT: Final = 20_000


@dataclass(slots=True)
class Leg:
    """`unique` and `channel` are Asterisk's names of `leg`.

    `with_us`: a citizen in the AsyncAGI loop; `held`: one in the holding bridge; `bridge`: the bridge's unique id;
    `joined`: it was told to hear another leg, and `met` if it ever was; `exists`: Asterisk has made the channel;
    `playbacks`: words ordered and not ended, in order; `messages` recordings of the caller, likewise, with their files.
    `held_for`: the telephone that rang when this caller was last ordered into the music; `mark`: the one that their
    channel names.
    """

    unique: str
    leg: LegId
    interaction: InteractionId
    channel: str
    with_us: bool = False
    held: bool = False
    up: bool = False
    exists: bool = False
    joined: bool = False
    met: bool = False
    held_for: LegId = ""
    mark: LegId = ""
    bridge: str = ""
    playbacks: dict[str, None] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)

    @property
    def is_caller(self) -> bool:
        return is_caller(self.leg)

    @property
    def is_agent(self) -> bool:
        return is_agent(self.leg)


class Legs:
    """The legs that live, by both their names, and the bridges that they stand in."""

    __slots__ = ("_bridges", "_ended", "_expected", "_of", "_unique")

    def __init__(self) -> None:
        self._unique: dict[str, Leg] = {}
        self._of: dict[LegId, Leg] = {}
        self._bridges: dict[str, dict[str, Leg]] = {}
        self._ended: OrderedDict[LegId, None] = OrderedDict()
        self._expected: set[LegId] = set()

    def __len__(self) -> int:
        return len(self._unique)

    def of(self, leg: LegId) -> Leg | None:
        return self._of.get(leg)

    def has_ended(self, leg: LegId) -> bool:
        return leg in self._ended

    def expect(self, leg: LegId) -> None:
        """Asterisk is told to make it."""
        if leg not in self._of and leg not in self._ended:
            self._expected.add(leg)

    def expects(self, leg: LegId) -> bool:
        return leg in self._expected

    def add(self, leg: Leg) -> Leg:
        self._expected.discard(leg.leg)
        self._unique[leg.unique] = leg
        self._of[leg.leg] = leg
        return leg

    def about(self, message: Mapping[str, str]) -> Leg | None:
        """The leg that a message is about; an agent's is noted at first sight, an ended one is none."""
        unique = message.get("Uniqueid", "")
        known = self._unique.get(unique)
        if known is None and unique not in self._ended and not is_caller(unique):
            interaction = interaction_of(unique)
            if interaction is not None:
                return self.add(Leg(unique, unique, interaction, message.get("Channel", "")))
        return known

    def end(self, leg: Leg) -> None:
        """The leg is gone and never comes back."""
        self.leave(leg)
        self._unique.pop(leg.unique, None)
        self._of.pop(leg.leg, None)
        self._ended[leg.leg] = None
        if len(self._ended) > ENDED_LEGS_KEPT:
            self._ended.popitem(last=False)

    def keep_only(self, unique: frozenset[str]) -> None:
        """Forgets the legs that Asterisk no longer has; how they ended nobody can say."""
        self._expected.clear()
        for leg in [leg for name, leg in self._unique.items() if name not in unique]:
            self.end(leg)

    def enter(self, leg: Leg, bridge: str) -> list[Leg]:
        """Moves the leg into a bridge and gives the others of ours in it."""
        self.leave(leg)
        leg.bridge = bridge
        members = self._bridges.setdefault(bridge, {})
        others = list(members.values())
        members[leg.unique] = leg
        return others

    def leave(self, leg: Leg) -> None:
        """Takes the leg out of the bridge it is in, if any."""
        members = self._bridges.get(leg.bridge)
        if members is not None:
            members.pop(leg.unique, None)
            if not members:
                del self._bridges[leg.bridge]
        leg.bridge = ""
        leg.held = leg.joined = False

    def beside(self, leg: Leg) -> list[Leg]:
        """The other legs of ours in its bridge."""
        return [other for other in self._bridges.get(leg.bridge, {}).values() if other is not leg]
