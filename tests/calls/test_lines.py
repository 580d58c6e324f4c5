"""Channels counted, and those kept for people who have reached us already."""

from __future__ import annotations

import msgspec

from calls import lines
from calls.decide import mind
from core import events as e
from core import ids
from core.centre import Centre, Line
from tests import centres
from tests.alone import Alone


def centre() -> Centre:
    two = {
        "operateur": Line(name="operateur", channels=4, reserved=2),
        "secours": Line(name="secours", channels=2, reserved=0),
    }
    return msgspec.structs.replace(centres.small(), digest="lignes", lines=two)


def comes(alone: Alone, number: int, trunk: str = "operateur") -> str:
    interaction = centres.interaction(number)
    alone.tell(
        e.CallArrived(
            cause="telephony",
            interaction=interaction,
            leg=ids.caller_leg(interaction),
            node="nord",
            channel=f"PJSIP/trunk-{trunk}-{number:08x}",
            dialled=centres.NUMBER,
            caller=None,
            caller_name=None,
            answered=False,
            trunk=trunk,
        )
    )
    return interaction


def changed(trunk: str, *, reachable: bool) -> e.TrunkChanged:
    reason: e.TrunkFault = "" if reachable else "proxies_silent"
    return e.TrunkChanged(cause="telephony", node="nord", trunk=trunk, reachable=reachable, reason=reason)


def room(alone: Alone, trunk: str) -> tuple[int, int]:
    """What an ordinary outgoing call finds, and what a transfer or a callback finds."""
    return tuple(lines.free(alone.state, trunk, reserved_use=use) for use in (False, True))  # type: ignore[return-value]


def test_the_last_channels_are_for_transfers_and_callbacks() -> None:
    alone = Alone(mind, centre())
    assert room(alone, "operateur") == (2, 4)
    for number in (1, 2, 3):
        comes(alone, number)
    assert lines.used(alone.state, "operateur") == 3
    assert room(alone, "operateur") == (0, 1)
    comes(alone, 4)
    comes(alone, 5)  # the operator let one more in: no room is no debt
    assert room(alone, "operateur") == (0, 0)
    assert room(alone, "secours") == (2, 2)


def test_a_channel_is_free_again_when_its_call_has_ended() -> None:
    alone = Alone(mind, centre())
    interaction = comes(alone, 1, "secours")
    assert room(alone, "secours") == (1, 1)
    leg = ids.caller_leg(interaction)
    alone.tell(e.LegEnded(cause="telephony", interaction=interaction, leg=leg, reason="hung_up", code=16))
    assert room(alone, "secours") == (2, 2)


def test_nothing_is_placed_on_a_trunk_that_is_away_or_unknown() -> None:
    alone = Alone(mind, centre())
    alone.tell(changed("operateur", reachable=False))
    assert room(alone, "operateur") == (0, 0)
    assert alone.state.trunks["operateur"].reason == "proxies_silent"
    alone.tell(changed("operateur", reachable=True))
    assert room(alone, "operateur") == (2, 4)
    assert room(alone, "inconnue") == (0, 0)


def test_the_freest_line_is_taken_and_none_if_all_are_full() -> None:
    alone = Alone(mind, centre())
    assert lines.freest(alone.state, reserved_use=False) == "operateur"
    comes(alone, 1)
    assert lines.freest(alone.state, reserved_use=False) == "secours"
    alone.tell(changed("secours", reachable=False))
    assert lines.freest(alone.state, reserved_use=False) == "operateur"
    comes(alone, 2)
    assert lines.freest(alone.state, reserved_use=False) is None
    assert lines.freest(alone.state, reserved_use=True) == "operateur"
