"""The files of a configuration's directory: which there are, and those that stand beside centre.yaml as one document.

A platform of several départements outgrows one file.  Every `.yaml` beside centre.yaml is therefore a part of it: its
fields are centre.yaml's, and a field with entries (services, agents…) may have some in each file.  Who edits one
organisation's hours need not open another's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from runtime.settings import values
from runtime.settings.faults import Faults, Mark
from runtime.settings.source import Mapping, Scalar, read

CENTRE: Final = "centre.yaml"
# Files of one kind in one folder; a platform of ten départements has some thirty scripts.
FILES: Final = 500


def read_centre(directory: Path, faults: Faults) -> Mapping | None:
    """centre.yaml with all that stands beside it; None with a fault added for each file that cannot be read.

    What an unreadable file holds is not missing: nothing is judged until it can be read.
    """
    root = read(directory, CENTRE, faults)
    whole = root is not None
    if root is not None:
        root = Mapping(root.mark, dict(root.entries), root.size)  # what was read is shared, and stays as it is
    for file in _beside(directory, faults):
        part = read(directory, file, faults)
        whole = whole and part is not None
        if root is not None and part is not None:
            _join(root, part, faults)
    return root if whole else None


def _beside(directory: Path, faults: Faults) -> list[str]:
    """The other YAML files of the directory itself, in the order of their names."""
    try:
        found = sorted(path.name for path in directory.iterdir() if not path.name.startswith("."))
    except OSError:
        return []  # told of centre.yaml
    for file in found:
        if file.endswith(".yml"):
            faults.add(Mark(file), "", f"renommez-le {file.removesuffix('.yml')}.yaml")
    return [file for file in found[:FILES] if file.endswith(".yaml") and file != CENTRE]


def _join(root: Mapping, part: Mapping, faults: Faults) -> None:
    for name, (key, node) in part.entries.items():
        before = root.entries.get(name)
        if before is None:
            root.entries[name] = (key, node)
        elif isinstance(before[1], Mapping) and isinstance(node, Mapping):
            root.entries[name] = (before[0], _both(name, before[1], node, faults))
        else:
            _twice(key, name, before[0].mark, faults)


def _both(name: str, one: Mapping, other: Mapping, faults: Faults) -> Mapping:
    """The entries of both, in the order of the files; neither node is changed, for an alias may share it."""
    joined = Mapping(one.mark, dict(one.entries), one.size + other.size)
    for inner, entry in other.entries.items():
        if inner in joined.entries:
            _twice(entry[0], f"{name}.{inner}", joined.entries[inner][0].mark, faults)
        else:
            joined.entries[inner] = entry
    return joined


def _twice(key: Scalar, field: str, first: Mark, faults: Faults) -> None:
    faults.add(key.mark, field, f"écrit deux fois (déjà {first.seen_from(key.mark)}), gardez-en un")


def files_of(directory: Path, folder: str, faults: Faults) -> list[tuple[str, str]]:
    """The YAML files of a folder as (name, path from `directory`), in the order of their names."""
    try:
        found = sorted(path.name for path in (directory / folder).iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        faults.add(Mark(folder), "", f"dossier absent de {directory}, créez-le")
        return []
    except OSError as error:
        faults.add(Mark(folder), "", f"dossier illisible ({error.strerror}), vérifiez ses droits")
        return []
    form, said = (values.LANGUAGE, values.LANGUAGE_SAID) if folder == "texts" else (values.NAME, values.NAME_SAID)
    files = []
    for file in found[:FILES]:
        name, dot, kind = file.partition(".")
        if dot + kind == ".yml":
            faults.add(Mark(f"{folder}/{file}"), "", f"renommez-le {name}.yaml")
        elif dot + kind == ".yaml" and not form.fullmatch(name):
            faults.add(Mark(f"{folder}/{file}"), "", f"nom de fichier incorrect, attendu : {said}")
        elif dot + kind == ".yaml":
            files.append((name, f"{folder}/{file}"))
    if not files and folder == "scripts" and not len(faults):
        faults.add(Mark(folder), "", "aucun fichier .yaml, créez-en un")
    return files
