"""The files of a model: a few bytes by hand; whether Vosk reads the whole is in test_build.py."""

from __future__ import annotations

import struct

import numpy as np

from speech.test_model.build import BUILT
from speech.test_model.graph import Automaton, Phones
from speech.test_model.kaldi import _matrix, automaton


def test_a_matrix_of_two_bytes_a_value_is_as_good_as_its_range_allows() -> None:
    values = np.random.default_rng(1).normal(0, 1, (7, 5)).astype(np.float32)
    content = _matrix(values)
    assert content.startswith(b"CM2 ")
    low, span, rows, columns = struct.unpack_from("<ffii", content, 4)
    codes = np.frombuffer(content[20:], "<u2").reshape(rows, columns)
    assert np.abs(low + span * codes / 65_535 - values).max() <= span / 65_535


def test_an_automaton_says_how_many_states_and_arcs_follow() -> None:
    made = Automaton()
    first, last = made.state(), made.state()
    made.arc(first, last, 3, 4, 0.5)
    made.ends[last] = 0.25
    content = automaton(made, ["<eps>", "é"])
    assert struct.unpack_from("<i", content) == (2_125_659_606,)
    assert content[4:26] == b"\x06\0\0\0vector\x08\0\0\0standard"
    assert struct.unpack_from("<iiQqqq", content, 26) == (2, 2, 3, 0, 2, 1)
    states = content[-(12 + 16 + 12) :]
    assert struct.unpack_from("<fqiifi", states) == (float("inf"), 1, 3, 4, 0.5, 1)
    assert struct.unpack_from("<fq", states, 28) == (0.25, 0)
    assert "é".encode() in content


def test_every_phone_has_a_state_of_its_own_in_the_kept_model() -> None:
    content = (BUILT / "am/final.mdl").read_bytes()
    boundaries = (BUILT / "graph/phones/word_boundary.int").read_text(encoding="utf-8").splitlines()
    at = content.index(b"<Triples> ") + len(b"<Triples> ")
    assert struct.unpack_from("<i", content, at + 1) == (len(boundaries),)
    names = (len(boundaries) - 1) // 4 + 1
    assert Phones([str(name) for name in range(names)]).count == len(boundaries)
