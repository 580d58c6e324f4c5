"""A card for each way in which operators and PABXs send calls: SIPp plays them, word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import events as e
from runtime.callers import recogniser
from tests import centres
from tests.telephony.real import Caller, Desk
from tests.trunks.operators import operator
from tests.trunks.places import Places

SERVICE = centres.NUMBER
CALLER = "+33639980012"
OTHER = "0639981234"

NOTATIONS = ["+33199001000", "33199001000", "0199001000", "1000", "+33199001000;npdi=yes"]

HEADERS = {
    "to": {"uri": "allo", "to": "0199001000"},
    "no-user-at-all": {"uri": "0199008888", "to": "+33199001000"},
    "diversion": {"uri": "0199008888", "headers": "Diversion: <sip:+33199001000@x>;reason=unconditional"},
    "second-diversion": {
        "uri": "0199008888",
        "headers": f"Diversion: <sip:{OTHER}@x>;reason=no-answer\nDiversion: <sip:0199001000@x>;reason=user-busy",
    },
    "history-info": {
        "uri": "0199008888",
        "headers": "History-Info: <sip:+33199001000@x;user=phone?Reason=SIP%3Bcause%3D302>;index=1, "
        "<sip:0199008888@x>;index=1.1",
    },
}


async def card(desk: Desk, places: Places, tmp_path: Path, name: str = "appel", **words: str) -> e.CallArrived:
    """The whole card: they call, hear it ring, are answered, and leave."""
    host = words.pop("host", places.operator)
    async with operator(name, host, places.node_sip, tmp_path, **words) as sipp:
        arrival = await desk.next(e.CallArrived)
        await Caller(desk, arrival).answer()
        if name == "info":
            key = await desk.next(e.KeyPressed)
            assert key.key.text == "5"
        await desk.next(e.LegEnded)
        await sipp.content()
    return arrival


@pytest.mark.parametrize("written", NOTATIONS)
async def test_a_fixed_address_over_udp_in_each_notation(
    desk: Desk, shared_places: Places, tmp_path: Path, written: str
) -> None:
    arrival = await card(desk, shared_places, tmp_path, uri=written)
    assert (arrival.trunk, arrival.dialled) == ("fixe", SERVICE)
    assert arrival.caller is not None
    assert arrival.caller.text == CALLER
    assert arrival.caller_key == recogniser("clé d'essai")(CALLER)


@pytest.mark.parametrize("where", HEADERS)
async def test_the_service_is_read_where_the_operator_writes_it(
    desk: Desk, shared_places: Places, tmp_path: Path, where: str
) -> None:
    assert (await card(desk, shared_places, tmp_path, **HEADERS[where])).dialled == SERVICE


async def test_a_pabx_writes_its_own_numbers(desk: Desk, shared_places: Places, tmp_path: Path) -> None:
    arrival = await card(desk, shared_places, tmp_path, host=shared_places.pabx, uri="5001", to="5001")
    assert (arrival.trunk, arrival.dialled) == ("pabx", SERVICE)


async def test_a_number_of_no_service_is_told_as_it_is(desk: Desk, shared_places: Places, tmp_path: Path) -> None:
    arrival = await card(desk, shared_places, tmp_path, uri="0199008888", to="0199008888")
    assert arrival.dialled == "+33199008888"


@pytest.mark.parametrize("privacy", ["Privacy: id\n", "Privacy: id;critical\n", "Privacy: user;id\n"])
async def test_who_withholds_the_number_is_nobody_whatever_the_network_asserts(
    desk: Desk, shared_places: Places, tmp_path: Path, privacy: str
) -> None:
    asserted = privacy + f"P-Asserted-Identity: <sip:{CALLER}@operateur>"
    anonymous = '"Anonymous" <sip:anonymous@anonymous.invalid>'
    arrival = await card(desk, shared_places, tmp_path, headers=asserted, **{"from": anonymous})
    assert (arrival.caller, arrival.caller_name, arrival.caller_key) == (None, None, "")


async def test_an_asserted_identity_is_believed_of_an_operator(
    desk: Desk, shared_places: Places, tmp_path: Path
) -> None:
    asserted = f"P-Asserted-Identity: <sip:{CALLER}@operateur>"
    arrival = await card(desk, shared_places, tmp_path, headers=asserted, **{"from": "<sip:0199009999@[local_ip]>"})
    assert arrival.caller is not None
    assert arrival.caller.text == CALLER


async def test_a_caller_whose_number_is_a_telephone_of_ours_is_a_caller(
    desk: Desk, shared_places: Places, tmp_path: Path
) -> None:
    """Trunks and telephones have different addresses here: nobody is asked for the password of telephone 1001."""
    arrival = await card(desk, shared_places, tmp_path, **{"from": "<sip:1001@[local_ip]>"})
    assert arrival.trunk == "fixe"


@pytest.mark.parametrize("profile", ["operator", "pabx"])
async def test_ringing_that_must_be_acknowledged(
    desk: Desk, shared_places: Places, tmp_path: Path, profile: str
) -> None:
    await card(desk, shared_places, tmp_path, "prack", host=getattr(shared_places, profile))


async def test_a_session_that_the_operator_refreshes(desk: Desk, shared_places: Places, tmp_path: Path) -> None:
    await card(desk, shared_places, tmp_path, "session")


async def test_keys_that_come_by_info(desk: Desk, shared_places: Places, tmp_path: Path) -> None:
    await card(desk, shared_places, tmp_path, "info", host=shared_places.pabx)
