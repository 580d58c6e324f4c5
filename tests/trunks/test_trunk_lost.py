"""The neighbour that breaks here is the operator: its proxies fall silent, and come back.

Nobody is lost by it: who talks goes on talking, for sound has its own way; what we would place is not placed, and a
trunk that is back takes calls again.
"""

from __future__ import annotations

from calls.decide import mind
from calls.lines import free
from core import events as e
from core.events.base import Event
from telephony.conf_trunks import TrunkAccount
from tests.alone import Alone
from tests.asterisk.ground import SIP_PORT
from tests.telephony.real import Caller
from tests.trunks.conftest import CENTRE, node_settings
from tests.trunks.places import Places
from tests.trunks.test_calls_go import node, proxy, trunk_is
from traffic.call import State
from traffic.offered import OfferedCall
from traffic.phone import Phone


def room(facts: list[Event]) -> int:
    """What a transfer finds on the trunk, by these facts."""
    alone = Alone(mind, CENTRE)
    alone.tell(*(fact for fact in facts if isinstance(fact, e.TrunkChanged | e.CallArrived | e.LegAnswered)))
    return free(alone.state, "fixe", reserved_use=True)


async def test_a_trunk_that_falls_silent_takes_no_call_of_ours_and_comes_back(places: Places) -> None:
    trunk = TrunkAccount(name="fixe", match=(places.operator,), proxies=(places.operator,), qualify_s=1)
    taken: list[tuple[str, OfferedCall]] = []
    server = (places.node, SIP_PORT)
    async with (
        await Phone.open("citoyen", host=places.operator, server=server) as citizen,
        proxy(places.operator, "operator", taken) as phone,
        node(node_settings(places, trunk)) as desk,
    ):
        await trunk_is(desk, reachable=True)
        call = citizen.call("0199001000", from_number="0639980012")
        await Caller(desk, await desk.next(e.CallArrived)).answer()
        assert room(desk.facts) == 3
        await phone.close()
        assert (await trunk_is(desk, reachable=False)).reason == "proxies_silent"
        assert room(desk.facts) == 0
        assert call.state is State.CONNECTED
        async with proxy(places.operator, "operator", taken):
            await trunk_is(desk, reachable=True)
            assert room(desk.facts) == 3
        await call.hang_up()
        await desk.next(e.LegEnded)
