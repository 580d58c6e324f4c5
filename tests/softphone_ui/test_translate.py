"""What a page asks, as a fact."""

from __future__ import annotations

from softphone_ui import translate


def test_a_note_is_personal_and_an_empty_one_is_none() -> None:
    fact = translate.wrap_up_noted("alice", "i", "rsa", "Rappeler demain", "r")
    assert fact.note is not None
    assert (fact.note.of, fact.note.purpose, fact.note.text) == ("i", "note", "Rappeler demain")
    assert translate.wrap_up_noted("alice", "i", "rsa", "  \n", "r").note is None


def test_every_request_says_who_asks_and_where_it_comes_from() -> None:
    facts = [
        translate.state_asked("alice", "pause", "dejeuner", "r"),
        translate.page_seen("alice", open=True),
        translate.record_shown("alice", "i", "o"),
        translate.task_asked("alice", "t", "claim", "r"),
    ]
    assert {(fact.agent, fact.cause) for fact in facts} == {("alice", "pages")}
