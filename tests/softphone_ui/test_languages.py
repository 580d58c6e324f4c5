"""The language that a caller chose is shown to whoever takes them; an interpreter, to whoever does not speak it."""

from __future__ import annotations

import msgspec
import pytest

from softphone_ui.desk import desk
from tests.softphone_ui.house import House

INTERPRETER = "01 99 00 20 30"


@pytest.mark.parametrize(
    ("speaks", "chose", "shown"),
    [
        (("fr",), "en", ("en", INTERPRETER)),
        (("fr", "en"), "en", ("en", "")),
        ((), "en", ("en", "")),
        (("fr",), "fr", ("", "")),
    ],
)
async def test_the_language_and_an_interpreter_where_one_is_needed(
    house: House, speaks: tuple[str, ...], chose: str, shown: tuple[str, str]
) -> None:
    house.available("alice")
    interaction = house.arrives()
    picture = house.pages.picture
    contact = picture.contacts[interaction]
    assert contact.need is not None
    contact.need = msgspec.structs.replace(contact.need, language=chose)
    centre = house.centre
    known = {name: msgspec.structs.replace(one, interpreter=INTERPRETER) for name, one in centre.tenants.items()}
    picture.centre = msgspec.structs.replace(centre, tenants=known)
    alice = msgspec.structs.replace(centre.agents["alice"], languages=speaks)
    seen = desk(picture, alice, None)["contact"]
    assert (seen["language"], seen["interpreter"]) == shown
