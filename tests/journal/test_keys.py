"""journal/keys: a text opens for its own interaction and purpose, until its key is erased, and then never again."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from core.errors import InvariantBroken
from core.personal import PURPOSES, Purpose
from journal.key_file import KeyFile
from journal.keys import KeyStore
from journal.shelf import Found, Name
from tests.journal.steps import Place, interaction_of, number_of, steps


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keys.sqlite"


def saved_key(path: Path, interaction: str, purpose: Purpose) -> bytes:
    with sqlite3.connect(path) as raw:
        found = raw.execute("SELECT key FROM keys WHERE interaction = ? AND purpose = ?", (interaction, purpose))
        key: bytes = found.fetchone()[0]
        return key


@pytest.mark.parametrize("text", ["+33639980078", "", "Zoé Łukasiewicz", "half \udcff a pair", "x" * 5_000])
def test_a_sealed_text_opens_in_this_process_and_in_the_next(path: Path, text: str) -> None:
    keys = KeyStore(path)
    sealed = keys.seal("i1", "number", text)
    assert keys.open("i1", "number", sealed) == text
    keys.close()
    assert KeyStore(path).open("i1", "number", sealed) == text


def test_the_same_text_is_never_sealed_to_the_same_bytes(path: Path) -> None:
    keys = KeyStore(path)
    assert len({keys.seal("i1", "number", "+33639980078") for _ in range(100)}) == 100


def test_a_sealed_text_opens_for_no_other_interaction_or_purpose(path: Path) -> None:
    keys = KeyStore(path)
    sealed = keys.seal("i1", "number", "+33639980078")
    for of, purpose in (("i2", "number"), ("i1", "name")):
        assert keys.open(of, purpose, sealed) is None  # type: ignore[arg-type]
        keys.seal(of, purpose, "another")  # type: ignore[arg-type]
        assert keys.open(of, purpose, sealed) is None  # type: ignore[arg-type]
    assert keys.unreadable == 2


@pytest.mark.parametrize("at", [0, 1, 12, 13, 20, -1])
def test_an_altered_text_is_none_and_counted(path: Path, at: int) -> None:
    keys = KeyStore(path)
    sealed = bytearray(keys.seal("i1", "number", "+33639980078"))
    sealed[at] ^= 1
    assert keys.open("i1", "number", bytes(sealed)) is None
    assert keys.open("i1", "number", b"") is None
    assert keys.unreadable == 2


def test_an_erased_key_is_in_no_byte_of_the_files(path: Path) -> None:
    keys = KeyStore(path)
    sealed = {number: keys.seal(f"i{number}", "number", "+33639980078") for number in range(300)}
    keys.save()
    key = saved_key(path, "i7", "number")
    other = saved_key(path, "i8", "number")
    files = [file for file in path.parent.iterdir() if file.is_file()]
    assert any(key in file.read_bytes() for file in files)
    keys.erase("i7", "number")
    everything = b"".join(file.read_bytes() for file in files)
    assert key not in everything
    assert other in everything
    assert keys.open("i7", "number", sealed[7]) is None
    assert keys.open("i8", "number", sealed[8]) == "+33639980078"
    assert KeyStore(path).open("i7", "number", sealed[7]) is None


def test_one_purpose_or_all_of_them_can_be_erased(path: Path) -> None:
    keys = KeyStore(path)
    sealed = {purpose: keys.seal("i1", purpose, "said") for purpose in PURPOSES}

    def readable() -> set[Purpose]:
        return {purpose for purpose, text in sealed.items() if keys.open("i1", purpose, text)}

    keys.erase("i1", "words")
    assert readable() == set(PURPOSES) - {"words"}
    keys.erase("i1")
    assert readable() == set()


@pytest.mark.parametrize("saved", [False, True])
def test_what_is_sealed_after_an_erasure_opens_for_nobody(path: Path, saved: bool) -> None:
    """A snapshot of a state that still holds the text must not bring it back."""
    keys = KeyStore(path)
    keys.seal("i1", "number", "+33639980078")
    if saved:
        keys.save()
    keys.erase("i1")
    again = keys.seal("i1", "number", "+33639980078")
    assert keys.open("i1", "number", again) is None
    keys.close()
    later = KeyStore(path)
    assert later.open("i1", "number", again) is None
    assert later.open("i1", "number", later.seal("i1", "number", "+33639980078")) is None


def test_a_reader_in_the_way_only_puts_the_scrubbing_off(path: Path) -> None:
    keys = KeyStore(path)
    keys.seal("i1", "number", "+33639980078")
    keys.save()
    key = saved_key(path, "i1", "number")
    reading = sqlite3.connect(path, isolation_level=None)
    reading.execute("BEGIN")
    reading.execute("SELECT * FROM keys").fetchall()
    keys.erase("i1")
    assert KeyStore(path).open("i1", "number", b"") is None
    reading.execute("COMMIT")
    reading.close()
    keys.save()
    assert not [file for file in path.parent.iterdir() if key in file.read_bytes()]


def test_a_store_opened_for_reading_sees_what_another_saves_and_erases(path: Path) -> None:
    keys = KeyStore(path)
    sealed = keys.seal("i1", "number", "+33639980078")
    keys.save()
    reading = KeyStore(path, writing=False)
    assert reading.open("i1", "number", sealed) == "+33639980078"
    with pytest.raises(InvariantBroken):
        reading.seal("i2", "number", "x")
    with pytest.raises(InvariantBroken):
        reading.erase("i1")
    keys.erase("i1")
    assert reading.open("i1", "number", sealed) is None


def test_a_key_that_another_process_erases_is_soon_forgotten_and_not_made_anew(path: Path) -> None:
    keys = KeyStore(path, remembered_s=0.0)
    sealed = keys.seal("i1", "note", "rappeler mardi")
    keys.save()
    assert keys.open("i1", "note", sealed) == "rappeler mardi"
    KeyFile(path, writing=False).erase([("i1", "note")])
    assert keys.open("i1", "note", sealed) is None
    again = keys.seal("i1", "note", "encore")
    keys.save()
    assert keys.open("i1", "note", again) is None


@pytest.mark.parametrize("purpose", ["number", "note"])
def test_what_stands_is_told_by_age_and_purpose(path: Path, purpose: Purpose) -> None:
    keys = KeyStore(path)
    for of in ("i1", "i2", "i3", "i4"):
        keys.seal(of, purpose, "x")
    keys.seal("i2", "keys", "1")
    keys.save()
    keys.erase("i3", purpose)
    shelf = KeyFile(path, writing=False)
    assert shelf.standing(purpose, "i4", "", 10) == ["i1", "i2"]
    assert shelf.standing(purpose, "i4", "i1", 10) == ["i2"]
    assert shelf.standing(purpose, "i9", "", 2) == ["i1", "i2"]


def test_the_files_are_for_us_alone(path: Path) -> None:
    keys = KeyStore(path)
    keys.seal("i1", "number", "x")
    keys.save()
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_threads_may_seal_save_and_erase_at_once(path: Path) -> None:
    keys = KeyStore(path)
    ended = threading.Event()
    faults: list[str] = []

    def save() -> None:
        while not ended.is_set():
            keys.save()

    def work(name: str) -> None:
        for number in range(150):
            of = f"{name}{number}"
            sealed = keys.seal(of, "number", of)
            if keys.open(of, "number", sealed) != of:
                faults.append(f"{of} does not open")
            if number % 10 == 0:
                keys.erase(of)
                if keys.open(of, "number", sealed) is not None:
                    faults.append(f"{of} opens after its erasure")

    saving = threading.Thread(target=save)
    working = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in (saving, *working):
        thread.start()
    for thread in working:
        thread.join()
    ended.set()
    saving.join()
    assert not faults


@pytest.mark.parametrize("damage", ["empty", "no database", "torn", "bytes"])
def test_a_damaged_store_is_put_aside_and_gives_what_can_be_read(path: Path, damage: str) -> None:
    keys = KeyStore(path)
    sealed = [keys.seal(f"i{number:04}", "number", "+33639980078") for number in range(2_000)]
    keys.close()
    whole = path.read_bytes()
    damaged = {
        "empty": b"",
        "no database": b"hello" * 100,
        "torn": whole[: len(whole) * 3 // 4],
        "bytes": whole[:40_000] + bytes(8_192) + whole[48_192:],
    }[damage]
    path.write_bytes(damaged)
    again = KeyStore(path)
    assert again.salvage is not None
    aside = path.parent / "keys.damaged-1.sqlite"
    assert aside.read_bytes() == damaged
    assert str(aside) in again.salvage
    readable = sum(again.open(f"i{number:04}", "number", text) is not None for number, text in enumerate(sealed))
    assert f"{readable} clés" in again.salvage
    fresh = again.seal("new", "number", "x")
    again.close()
    assert KeyStore(path).open("new", "number", fresh) == "x"


async def test_the_fold_goes_on_without_keys(place: Place) -> None:
    await place.write(1, 40)
    with place.opened():
        place.store.erase(interaction_of(12))
    found = {step.seq: step.input.caller.text for step in place.loaded()}  # type: ignore[attr-defined]
    assert [seq for seq, text in found.items() if text is None] == [12, 13, 14, 15]
    assert found[16] == number_of(16)
    for file in place.keys.parent.iterdir():
        file.unlink()
    assert {step.input.caller.text for step in place.loaded()} == {None}  # type: ignore[attr-defined]
    with place.opened() as log:
        assert log.salvage is None
        without = place.loaded()
    assert [step.seq for step in without] == [step.seq for step in steps(1, 40)]
    assert {step.input.caller.text for step in without} == {None}  # type: ignore[attr-defined]


class CountedKeys(KeyFile):
    """Keys in a file, and how often one was looked for there."""

    looks = 0

    def find(self, name: Name) -> Found:
        self.looks += 1
        return super().find(name)


def test_a_new_interactions_key_is_not_looked_for_and_an_old_ones_is_found_though_forgotten(path: Path) -> None:
    sealed = {}
    before = KeyStore(path)
    sealed["i3"] = before.seal("i3", "number", "+33639980003")
    before.close()
    shelf = CountedKeys(path)
    keys = KeyStore(shelf, cached=2)
    for interaction in ("i4", "i5", "i6", "i7"):
        sealed[interaction] = keys.seal(interaction, "number", f"+3363998000{interaction[1]}")
        keys.save()
    assert shelf.looks == 0
    for interaction, one in sealed.items():
        keys.seal(interaction, "number", "said again")  # under the same key, or the first would not open
        assert keys.open(interaction, "number", one) == f"+3363998000{interaction[1]}"
    assert shelf.looks > 0
    keys.close()
    again = KeyStore(path)
    assert all(again.open(one, "number", text) for one, text in sealed.items())
