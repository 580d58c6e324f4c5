"""What was learnt, kept and read again."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from speech.understand.kept import KEPT, digest, keep, recall
from speech.understand.ridge import Model

EXAMPLES = [["place", "en", "creche"], ["aide", "a", "domicile"]]


def test_what_was_learnt_is_read_again_to_the_bit(tmp_path: Path) -> None:
    learnt = Model(EXAMPLES, ["a", "b"], kept=tmp_path / "kept")
    again = Model(EXAMPLES, ["a", "b"], kept=tmp_path / "kept")
    said = learnt.likeness(["creche"])
    assert again.scores(said).tobytes() == learnt.scores(said).tobytes()
    assert again.left_out.tobytes() == learnt.left_out.tobytes()
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_other_examples_have_another_name() -> None:
    assert digest(EXAMPLES, ["a", "b"]) != digest(EXAMPLES, ["b", "a"])
    assert digest(EXAMPLES, ["a", "b"]) == digest(EXAMPLES, ["a", "b"])


def test_a_damaged_file_is_learnt_anew(tmp_path: Path) -> None:
    for damage in (b"", b"nonsense", b"PK\x03\x04" + b"\x00" * 50):
        (tmp_path / f"{digest(EXAMPLES, ['a', 'b'])}.npz").write_bytes(damage)
        assert recall(tmp_path, digest(EXAMPLES, ["a", "b"]), ("weights",)) is None
        assert Model(EXAMPLES, ["a", "b"], kept=tmp_path).labels == ("a", "b")


def test_a_file_of_another_shape_is_learnt_anew(tmp_path: Path) -> None:
    wrong = np.zeros((7, 7), np.float32)
    keep(tmp_path, digest(EXAMPLES, ["a", "b"]), weights=wrong, left_out=wrong)
    assert Model(EXAMPLES, ["a", "b"], kept=tmp_path).left_out.shape == (2, 2)


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert Model(EXAMPLES, ["a", "b"], kept=tmp_path / "file").labels == ("a", "b")


def test_only_the_last_few_stay(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        keep(tmp_path, f"n{number}", weights=np.zeros((1, 1), np.float32))
    assert len(list(tmp_path.iterdir())) == KEPT
