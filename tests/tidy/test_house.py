"""What taste can be written down: lengths, names, words, personal fields, and nothing that belongs to one machine."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
import itertools
import os
import re
import subprocess
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

import core.commands
import core.limits
from core.commands import AnyCommand, Command
from core.deadlines import Deadlines
from core.events.base import Event
from core.mind import Configurations
from core.personal import Personal
from core.step import EVENTS
from core.table import Undo
from runtime import diagrams, wiring
from runtime.settings import load
from runtime.telling import story
from tests.tidy.packages import PACKAGES, ROOT

LINES_AT_MOST = 500
COMMANDS: tuple[type[Command], ...] = typing.get_args(AnyCommand)


REFUSED_NAMES = re.compile(r"(Manager|Handler|Helper|Helpers|Utils?)$|^Base[A-Z]|^(utils|helpers|common|misc|manager)$")
# Words of a field's name that speak of a person; such a field is Personal, or says here why it is not.
SPEAKS_OF_A_PERSON = re.compile(r"(^|_)(caller|number|name|key|words|digits|said)(_|$)")
NOT_OF_A_PERSON = {
    ("DeadlineReached", "key"): "the key of a row",
    ("Broken", "key"): "the key of a row",
    ("CallArrived", "caller_key"): "a keyed pseudonym: equal for equal numbers, and no way back without the key",
    ("TaskOpened", "caller_key"): "the same",
    ("CallbackWished", "caller_key"): "the same",
    ("WritingArrived", "key"): "a digest of what a system calls its message",
    ("RingAgent", "caller_channel"): "Asterisk's name of a channel",
    ("RingAgent", "show_name"): "the service's title",
    ("PreparePrompt", "words"): "a text of the catalogue",
}
# Addresses that may stand in a tracked file: licences, standards, examples that lead nowhere.
ADDRESS = re.compile(r"https?://([A-Za-z0-9.-]+)")
KNOWN_HOSTS = re.compile(
    r"(^|\.)(w3\.org|json-schema\.org|sqlite\.org|alphacephei\.com|europa\.eu|example\.(org|com|net)|invalid|localhost)$|^127\.|^192\.0\.2\."
)


def tracked() -> list[Path]:
    """Every file of the project: what git has, and what it does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def texts() -> Iterator[tuple[Path, str]]:
    for path in tracked():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_files_are_short() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked()
        if path.suffix in (".py", ".sh", ".ts", ".tsx") or path.name == "allo"
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LINES_AT_MOST
    }
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(path.relative_to(ROOT)) for path in modules() if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_nothing_is_called_manager_handler_utils_or_base() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules()
        for name in [
            path.stem,
            *(node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)),
        ]
        if REFUSED_NAMES.search(name)
    ]
    assert found == []


def test_our_packages_have_names_that_no_installed_distribution_takes() -> None:
    owners = importlib.metadata.packages_distributions()
    assert {name: owners[name] for name in PACKAGES if name in owners and owners[name] != ["allo"]} == {}


def test_every_fact_and_order_has_its_words() -> None:
    said = {*EVENTS, *(command.__name__ for command in COMMANDS)}
    assert said == set(story.PHRASES)


@pytest.mark.parametrize("word", [*EVENTS.values(), *COMMANDS], ids=lambda word: word.__name__)
def test_every_fact_and_order_is_documented_frozen_and_says_its_cause(word: type[Event] | type[Command]) -> None:
    assert inspect.getdoc(word) not in (None, inspect.getdoc(Event), inspect.getdoc(Command))
    assert word.__struct_config__.frozen
    assert word.__struct_config__.kw_only if hasattr(word.__struct_config__, "kw_only") else True
    assert "cause" in word.__struct_fields__


@pytest.mark.parametrize("word", [*EVENTS.values(), *COMMANDS], ids=lambda word: word.__name__)
def test_fields_that_speak_of_a_person_are_personal(word: type[Event] | type[Command]) -> None:
    hints = typing.get_type_hints(word)
    bare = [
        field
        for field in word.__struct_fields__
        if SPEAKS_OF_A_PERSON.search(field)
        and (word.__name__, field) not in NOT_OF_A_PERSON
        and Personal not in (hints[field], *typing.get_args(hints[field]))
    ]
    assert bare == []


def test_every_command_has_one_owner_and_one_performer() -> None:
    centre = load(ROOT / "config").centre
    owners = wiring.owners(wiring.minds(Undo(), Deadlines(), Configurations(centre)))
    assert set(owners) == set(COMMANDS)
    from crm_bridge.perform import CitizenRecords
    from speech.perform import Speech
    from telephony.perform import Telephony

    performed = [*Telephony.performs, *Speech.performs, *CitizenRecords.performs]
    assert sorted(command.__name__ for command in performed) == sorted(command.__name__ for command in COMMANDS)


def test_every_limit_has_its_reason_beside_it() -> None:
    lines = (ROOT / "core" / "limits.py").read_text().splitlines()
    bare = [
        line
        for above, line in itertools.pairwise(lines)
        if re.match(r"[A-Z_]+: Final", line) and not re.match(r"#|[A-Z_]+: Final", above) and "#" not in line
    ]
    assert bare == []
    assert {name for name in vars(core.limits) if name.isupper()}


def test_the_diagrams_in_the_docs_are_those_of_the_tables() -> None:
    page = diagrams.PAGE.read_text(encoding="utf-8")
    assert diagrams.drawn(page) == page
    for life in diagrams.LIVES:
        assert f"<!-- diagram: {life.name} -->" in page


def test_no_file_names_a_registry_or_a_path_of_somebodys_machine() -> None:
    foreign = [
        f"{path.relative_to(ROOT)}: {host}"
        for path, text in texts()
        for host in ADDRESS.findall(text)
        if not KNOWN_HOSTS.search(host)
    ]
    assert foreign == []
    homes = [str(path.relative_to(ROOT)) for path, text in texts() if re.search(rf"{re.escape(str(ROOT))}/", text)]
    assert homes == []


def test_every_command_of_the_readme_exists() -> None:
    named = set(re.findall(r"\./allo ([a-z]+)", (ROOT / "README.md").read_text() + (ROOT / "LISEZMOI.md").read_text()))
    from runtime.__main__ import app

    offered = {command.callback.__name__ for command in app.registered_commands if command.callback is not None}
    groups = {group.name for group in app.registered_groups}
    assert named <= offered | groups | {"lock"}


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path, text in texts()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert broken == []


def test_telephone_numbers_are_fictitious() -> None:
    """Ranges that the regulator keeps for fiction; formats with letters and emergency numbers are not numbers."""
    number = re.compile(r"(?<![\d.])(?:\+33|0033|0)[ .]?([1-79])(?:[ .]?\d\d){4}(?![\d.])")
    fiction = re.compile(r"^(?:\+33|0033|0)(19900|26191|35301|46571|53649|63998)")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path, text in texts()
        if path.suffix in (".py", ".yaml", ".md", ".xml", ".txt", ".json", ".jsonl")
        if not path.name.startswith("requirements")  # hashes are full of digits
        for match in number.finditer(text)
        if not fiction.match(re.sub(r"[ .]", "", match[0])) and match[0] != "0123456789"  # a keypad
    ]
    assert found == []


def test_no_skip_hides_the_main_path() -> None:
    """Tests of calls skip where their tool is missing; under `./allo test`, which sets ALLO_HOME, none may be."""
    tools = {"ALLO_ASTERISK", "ALLO_SIPP", "ALLO_ESPEAK"} if "ALLO_HOME" in os.environ else set()
    assert sorted(tools - set(os.environ)) == []
