"""The automata: what they accept, and that their chances add up."""

from __future__ import annotations

import math

import pytest

from speech.test_model.graph import UNKNOWN, Automaton, Phones, pronunciations, word_pairs

NAMES = ("SIL", "a", "n", "o", "SPN")
WORDS = {UNKNOWN: 1, "non": 2, "a": 3}


def accepted(made: Automaton, read: list[int]) -> list[list[int]]:
    """What is written on each way through `made` that reads `read`; silent arcs are free."""
    found: list[list[int]] = []
    ways: list[tuple[int, int, list[int]]] = [(made.start, 0, [])]
    while ways:
        state, at, written = ways.pop()
        if at == len(read) and state in made.ends:
            found.append(written)
        for arc in made.arcs[state]:
            more = [*written, arc.output] if arc.output else written
            if arc.input == 0:
                ways.append((arc.next, at, more))
            elif at < len(read) and arc.input == read[at]:
                ways.append((arc.next, at + 1, more))
    return found


def test_phones_are_numbered_by_their_place_in_a_word() -> None:
    phones = Phones(NAMES)
    assert phones.count == 1 + 4 * 4
    assert [phones.number("a", "begin"), phones.number("SPN", "singleton")] == [2, 17]
    assert [phones.score(number) for number in (1, 2, 5, 6, 17)] == [0, 1, 1, 2, 4]


def test_phones_in_words_out() -> None:
    phones = Phones(NAMES)
    made = pronunciations({"non": {("n", "o"): 1.0}, "a": {("a",): 1.0}}, WORDS, phones)
    begin, end, alone = phones.number("n", "begin"), phones.number("o", "end"), phones.number("a", "singleton")
    said = [phones.leaving(begin), phones.staying(begin), phones.leaving(end), phones.leaving(1), phones.leaving(alone)]
    assert accepted(made, said) == [[2, 3]]
    assert accepted(made, said[:2]) == []


def test_a_sound_that_is_no_word_is_unknown() -> None:
    phones = Phones(NAMES)
    made = pronunciations({"a": {("a",): 1.0}}, WORDS, phones)
    places = ("begin", "internal", "internal", "end")
    assert accepted(made, [phones.leaving(phones.number("SPN", place)) for place in places]) == [[1]]


def test_a_rarer_way_costs_more() -> None:
    phones = Phones(NAMES)
    made = pronunciations({"a": {("a",): 1.0, ("o",): 0.25}}, WORDS, phones)
    costs = {arc.input: arc.weight for arcs in made.arcs for arc in arcs if arc.output == WORDS["a"]}
    often, rarely = (phones.leaving(phones.number(name, "singleton")) for name in ("a", "o"))
    assert costs[rarely] - costs[often] == pytest.approx(math.log(4))


def test_arcs_are_sorted_as_the_decoder_wants_them() -> None:
    phones = Phones(NAMES)
    made = pronunciations({"non": {("n", "o"): 1.0}, "a": {("a",): 1.0}}, WORDS, phones)
    assert all([arc.output for arc in arcs] == sorted(arc.output for arc in arcs) for arcs in made.arcs)
    pairs = word_pairs(["non a", "a non"], WORDS)
    assert all([arc.input for arc in arcs] == sorted(arc.input for arc in arcs) for arcs in pairs.arcs)


def test_what_follows_a_word_adds_up_to_one() -> None:
    made = word_pairs(["non a", "non non a", "a", ""], WORDS)
    anywhere = 0

    def chance(state: int, word: int) -> float:
        """By the pair where there is one, else through the word by itself."""
        direct = [arc.weight for arc in made.arcs[state] if arc.input == word]
        if direct:
            return math.exp(-direct[0])
        back = next(arc.weight for arc in made.arcs[state] if arc.input == 0)
        return math.exp(-back - next(arc.weight for arc in made.arcs[anywhere] if arc.input == word))

    total = sum(chance(made.start, word) for word in (2, 3)) + math.exp(-made.ends[made.start])
    assert total == pytest.approx(1)
    single = sum(math.exp(-arc.weight) for arc in made.arcs[anywhere]) + math.exp(-made.ends[anywhere])
    assert single == pytest.approx(1)


def test_a_sentence_never_heard_is_accepted() -> None:
    made = word_pairs(["non", "a"], WORDS)
    assert [2, 3, 3] in accepted(made, [2, 3, 3])
