"""What a mind is, and which configuration it reads."""

from __future__ import annotations

import pytest

from core.mind import Configurations
from tests import centres


def test_a_configuration_is_known_before_it_holds() -> None:
    known = Configurations(centres.small())
    known.add(centres.narrow())
    assert known.now.digest == "petit"
    known.use("étroit")
    assert known.now.digest == "étroit"
    assert known.by_digest["petit"] == centres.small()


def test_a_configuration_that_nobody_knows_cannot_hold() -> None:
    known = Configurations(centres.small())
    with pytest.raises(KeyError):
        known.use("inconnue")
    assert known.now.digest == "petit"


def test_every_mind_names_its_state_its_tables_and_its_orders() -> None:
    minds = centres.kernel().minds
    assert [mind.name for mind in minds] == ["ledger", "ivr", "acd", "calls", "casework"]
    for mind in minds:
        assert not hasattr(mind, "__dict__")
        assert all(len(table) == 0 for table, _ in mind.tables.values())
