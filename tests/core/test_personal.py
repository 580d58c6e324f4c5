"""Personal data in a box that does not leak."""

from __future__ import annotations

import logging

import pytest

from core.personal import PURPOSES, Personal

NUMBER = Personal("i", "number", "+33639980042")


@pytest.mark.parametrize("form", [str, repr, "{}".format, "{!r:>60}".format, lambda box: f"{[box]} { ({1: box}) }"])
def test_it_prints_as_personal_in_every_form(form: object) -> None:
    assert callable(form)
    assert "0042" not in form(NUMBER)
    assert "personal number" in form(NUMBER)


def test_a_log_line_and_an_exception_hold_no_content(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("caller %s, %r", NUMBER, {"caller": NUMBER})
    assert "0042" not in caplog.text + str(ValueError(NUMBER)) + repr(ValueError(NUMBER))


def test_boxes_are_equal_by_whose_what_for_and_what() -> None:
    assert Personal("i", "number", "+33639980042") == NUMBER
    assert hash(Personal("i", "number", "+33639980042")) == hash(NUMBER)
    for other in (
        Personal("j", "number", "+33639980042"),
        Personal("i", "name", "+33639980042"),
        Personal("i", "number", None),
        "+33639980042",
    ):
        assert other != NUMBER


def test_it_holds_nothing_but_its_three_fields() -> None:
    assert not hasattr(NUMBER, "__dict__")
    assert set(PURPOSES) == {"number", "name", "keys", "words", "record", "note"}
