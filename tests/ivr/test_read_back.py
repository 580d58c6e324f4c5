"""What is read back, piece by piece."""

from __future__ import annotations

from core.text import say
from ivr import read_back
from tests import centres
from tests.ivr.test_details import spelt


def test_a_date_is_read_back_in_words() -> None:
    centre = centres.inquiring()
    for value, words in (
        ("1946-03-14", ["renseignement.nombre-14", "mois.3", "siecle.19", "renseignement.nombre-46"]),
        ("1901-12-01", ["renseignement.premier", "mois.12", "siecle.19", "chiffre.1"]),
        ("2000-01-02", ["chiffre.2", "mois.1", "siecle.20"]),
    ):
        assert [spelt(text) for text in read_back.pieces(centre, "birth_date", value)] == words
    assert read_back.pieces(centre, "birth_date", "1846-03-14") == []


def test_every_kind_is_read_in_its_own_way() -> None:
    centre = centres.inquiring()
    for kind, value, words in (
        ("telephone", "+33199000005", ["9", "0", "1", "5"]),
        ("commune", "78646", ["Versailles"]),
        ("commune", "99999", []),
        ("caf_number", "0123456", ["0", "1"]),
        ("file_number", "78-123", ["7", "8"]),
        ("telephone", "", []),
        ("name", "", []),
    ):
        pieces = [spelt(text) for text in read_back.pieces(centre, kind, value)]
        assert bool(pieces) == bool(words), (kind, value)
        assert all(any(word in piece for piece in pieces) for word in words), (kind, pieces)


def test_what_is_prepared_is_all_that_is_ever_read() -> None:
    """A piece that was not spoken before would be a prompt made for one caller, and kept."""
    centre = centres.inquiring()
    prepared = {text.prompt("fr") for text in read_back.pieces_to_prepare(centre)}
    prepared |= {say(key).prompt("fr") for key in centre.texts["fr"]}
    values = [("telephone", f"+336{n:02}{n:02}{n:02}{n:02}") for n in range(100)]
    values += [("birth_date", f"{1930 + n}-{n % 12 + 1:02}-{n % 28 + 1:02}") for n in range(95)]
    values += [("commune", code) for code in centre.gazetteer]
    values += [("file_number", f"{n * 111:08}") for n in range(100)]
    for kind, value in values:
        pieces = read_back.pieces(centre, kind, value)
        assert pieces, (kind, value)
        assert {text.prompt("fr") for text in pieces} <= prepared, (kind, value)
