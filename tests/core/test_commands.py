"""Every order there is."""

from __future__ import annotations

import typing

import msgspec

from core import commands
from core.commands import AnyCommand, Command, Order
from core.step import EVENTS

KNOWN: tuple[type[Command], ...] = typing.get_args(AnyCommand)


def test_every_command_can_be_ordered() -> None:
    defined = {
        kind
        for kind in vars(commands).values()
        if isinstance(kind, type) and issubclass(kind, Command) and kind is not Command
    }
    assert set(KNOWN) == defined


OF_NO_CALL = (commands.PreparePrompt, commands.LookAgain)


def test_no_command_is_called_like_a_fact() -> None:
    assert {kind.__name__ for kind in KNOWN} & set(EVENTS) == set()


def test_a_command_is_frozen_whole_and_says_why() -> None:
    for kind in KNOWN:
        assert kind.__struct_config__.frozen
        assert all(field.required for field in msgspec.structs.fields(kind)), kind.__name__
        assert "cause" in kind.__struct_fields__


def test_whatever_acts_on_a_leg_names_its_interaction_so_that_a_lane_keeps_its_order() -> None:
    for kind in KNOWN:
        assert "interaction" in kind.__struct_fields__ or kind in OF_NO_CALL
    assert Order.__struct_fields__ == ("id", "lane", "command")
