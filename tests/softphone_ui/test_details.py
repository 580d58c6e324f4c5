"""Details as people read and write them."""

from __future__ import annotations

import pytest

from softphone_ui.details import read, shown
from tests import centres

CENTRE = centres.inquiring()


@pytest.mark.parametrize(
    ("kind", "value", "seen"),
    [
        ("commune", "78646", "Versailles"),
        ("commune", "99999", "99999"),
        ("birth_date", "1946-03-14", "14/03/1946"),
        ("birth_date", "mars", "mars"),
        ("file_number", "78646", "78646"),
    ],
)
def test_what_is_seen(kind: str, value: str, seen: str) -> None:
    assert shown(CENTRE, kind, value) == seen
    assert read(CENTRE, kind, seen) == value, "what was only looked at stays what it is"


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("commune", " mantes la jolie ", "78361"),
        ("commune", "Paris", "Paris"),
        ("birth_date", "4.3.1946", "1946-03-04"),
        ("birth_date", "vers 1946", "vers 1946"),
        ("telephone", " 06 39 98 00 18", "06 39 98 00 18"),
    ],
)
def test_what_is_written_is_read_where_it_can_be(kind: str, written: str, value: str) -> None:
    assert read(CENTRE, kind, written) == value
