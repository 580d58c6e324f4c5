"""Whether trunks can be used."""

from __future__ import annotations

from core import events as e
from telephony.trunks import Trunks, trunk_of_aor


def contact(proxy: int, status: str) -> dict[str, str]:
    return {"Event": "ContactStatus", "AOR": f"trunk-operateur.{proxy}", "URI": "sip:x", "ContactStatus": status}


def row(proxy: int, status: str) -> dict[str, str]:
    return {"AOR": f"trunk-operateur.{proxy}", "Status": status}


def registration(status: str) -> dict[str, str]:
    return {"ObjectName": "trunk-operateur", "ClientUri": "sip:moi@operateur", "Status": status}


def registry(status: str, account: str = "sip:moi@operateur") -> dict[str, str]:
    return {"Event": "Registry", "ChannelType": "PJSIP", "Username": account, "Status": status}


def told(facts: object) -> list[tuple[str, bool, str]]:
    return [(fact.trunk, fact.reachable, fact.reason) for fact in list(facts)]  # type: ignore[call-overload]


def test_a_trunk_is_reachable_while_one_of_its_proxies_answers() -> None:
    trunks = Trunks("nord")
    assert told(trunks.seen([row(1, "Reachable"), row(2, "Unknown")], [])) == [("operateur", True, "")]
    assert told(trunks.contact(contact(1, "Unreachable"))) == []
    assert told(trunks.contact(contact(2, "Unreachable"))) == [("operateur", False, "proxies_silent")]
    assert told(trunks.contact(contact(2, "Unreachable"))) == []
    assert told(trunks.contact(contact(1, "Reachable"))) == [("operateur", True, "")]


def test_a_trunk_that_registers_is_away_until_it_has() -> None:
    trunks = Trunks("nord")
    first = trunks.seen([row(1, "Reachable")], [registration("Unregistered")])
    assert told(first) == [("operateur", False, "not_registered")]
    assert told(trunks.registry(registry("Registered"))) == [("operateur", True, "")]
    assert told(trunks.registry(registry("Rejected"))) == [("operateur", False, "not_registered")]
    assert told(trunks.registry(registry("Registered", "sip:autre@operateur"))) == []


def test_the_truth_asked_is_told_again() -> None:
    trunks = Trunks("nord")
    for _ in range(2):
        assert told(trunks.seen([row(1, "Unreachable")], [])) == [("operateur", False, "proxies_silent")]
    assert told(trunks.seen([], [])) == []


def test_telephones_and_strangers_are_no_trunks() -> None:
    trunks = Trunks("nord")
    assert trunk_of_aor("1001") == ""
    assert trunk_of_aor("trunk-operateur.2") == "operateur"
    assert told(trunks.contact({"AOR": "1001", "ContactStatus": "Reachable"})) == []
    assert told(trunks.registry({})) == []
    assert trunks.seen([{"AOR": "1001", "Status": "Reachable"}], [{"ObjectName": "autre"}]) == []
    assert all(isinstance(fact, e.TrunkChanged) for fact in trunks.seen([row(1, "Reachable")], []))
