"""install/home.py: records are whole or absent, the lock waits, an odd path is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from commands import Failure
from home import Home, Record

INSTALL = Path(__file__).resolve().parents[2] / "install"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path, tmp_path / "private")
    made.prepare()
    made.empty_tmp()
    return made


def test_a_record_is_recalled_for_its_own_key_only(home: Home) -> None:
    record = Record("k1", "22.1", {"ALLO_X": "a b"}, [str(home.directory)])
    home.remember("asterisk", record)
    assert home.recall("asterisk", "k1") == record
    assert home.recall("asterisk", "k2") is None
    assert home.recall("sipp", "k1") is None


def test_a_record_whose_files_have_vanished_is_forgotten(home: Home) -> None:
    tree = home.tools / "asterisk"
    tree.mkdir()
    home.remember("asterisk", Record("k", "", {}, [str(tree)]))
    assert home.recall("asterisk", "k") is not None
    tree.rmdir()
    assert home.recall("asterisk", "k") is None


@pytest.mark.parametrize("text", ["", "{", '{"key": "k"}', '{"key": "k", "version": "", "unknown": 1}', "[]"])
def test_a_damaged_record_means_not_installed(home: Home, text: str) -> None:
    (home.ready / "asterisk.json").write_text(text, encoding="utf-8")
    assert home.recall("asterisk", "k") is None


def test_a_tree_put_in_place_replaces_the_former_one(home: Home) -> None:
    place = home.tools / "asterisk" / "22"
    for content in ("old", "new"):
        built = home.scratch("asterisk")
        (built / "file").write_text(content, encoding="utf-8")
        home.put(built, place)
    assert (place / "file").read_text(encoding="utf-8") == "new"


def test_what_an_interrupted_installation_left_is_removed(home: Home) -> None:
    (home.scratch("half") / "file").touch()
    home.empty_tmp()
    assert list(home.tmp.iterdir()) == []


def test_a_path_that_no_search_path_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        Home(tmp_path, tmp_path / "a:b")
    assert "ALLO_HOME" in caught.value.remedy


HOLDER = """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from home import Home
from progress import Progress
home = Home(Path(sys.argv[2]), Path(sys.argv[2]))
with home.lock(Progress()):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_the_second_of_two_installations_says_that_it_waits_and_goes_on_when_the_first_dies(tmp_path: Path) -> None:
    def start() -> subprocess.Popen[str]:
        words = [sys.executable, "-c", HOLDER, str(INSTALL), str(tmp_path)]
        pipe = subprocess.PIPE
        return subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    with start() as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with start() as second:
            assert second.stdout is not None
            assert second.stderr is not None
            assert "j'attends" in second.stderr.readline()
            first.kill()
            assert second.stdout.readline() == "held\n"
            second.communicate("\n")
