"""config: the sectors that agents know, and the communes of each; config/communes.csv says which communes there are.

A commune is written by its name or its INSEE code, and found by either, however a record spells it.  Without the file,
what is written is believed.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Final

from core.communes import folded
from core.script import BY_COMMUNE
from runtime.settings import values
from runtime.settings.faults import Faults, Mark
from runtime.settings.reading import Fields, Named
from runtime.settings.source import Mapping

FILE: Final = "communes.csv"
# All of France has 35,000.
COMMUNES_MOST: Final = 50_000
_COMMUNE: Final = re.compile(r"[0-9][0-9AB][0-9]{3}|[^\W\d_][\w '’-]{0,79}")
_SAID: Final = "le nom d'une commune ou son code INSEE à cinq chiffres"


class Sectors:
    """The block `sectors`: `titles` by name, and the communes that each lists."""

    def __init__(self, root: Fields) -> None:
        self.titles: dict[str, str] = {}
        self._listed: list[tuple[str, Named]] = []
        node = root.node("sectors", required=False)
        declared = root.mapping("sectors", values.NAME, values.NAME_SAID) if node is not None else {}
        for name, (named, inner) in declared.items():
            if name == BY_COMMUNE:
                root.faults.add(
                    named.mark, named.field, "mot réservé à la commune de l'usager, choisissez un autre nom"
                )
            elif isinstance(inner, Mapping):
                fields = Fields(root.faults, inner, f"sectors.{name}")
                self.titles[name] = fields.label("title")
                self._listed += [(name, one) for one in fields.names("communes", _COMMUNE, _SAID, required=False)]
                fields.close()
            elif isinstance(node, Mapping):
                self.titles[name] = Fields(root.faults, node, "sectors").label(name)

    def communes(self, directory: Path, faults: Faults) -> dict[str, str]:
        """The sector of each commune, by its folded name and by its code; faults for those that are nowhere, or in two
        sectors."""
        names, codes = _known(directory, faults)
        found: dict[str, str] = {}
        for sector, one in self._listed:
            key = folded(one.text)
            if names and key not in names and one.text not in codes:
                Named(one.text, one.mark, one.field).check(faults, [*codes.values()], "la commune")
                continue
            code = one.text if one.text in codes else names.get(key, "")
            for way in filter(None, (key, code, folded(codes.get(code, "")))):
                if found.setdefault(way, sector) != sector:
                    what = f"« {one.text} » est déjà dans le secteur « {found[way]} », gardez-en un"
                    faults.add(one.mark, one.field, what)
                    break
        return found


def names_of(directory: Path) -> dict[str, str]:
    """The communes of the file by their codes; its faults were told when the configuration was read."""
    return _known(directory, Faults())[1]


def _known(directory: Path, faults: Faults) -> tuple[dict[str, str], dict[str, str]]:
    """The communes of the file: codes by folded name, names by code; none without a file."""
    try:
        lines = (directory / FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}, {}
    except (OSError, UnicodeDecodeError):
        faults.add(Mark(FILE), "", "illisible, enregistrez-le en UTF-8 et vérifiez ses droits")
        return {}, {}
    names, codes = {}, {}
    for number, line in enumerate(lines[:COMMUNES_MOST], 1):
        if line.startswith("#") or not line.strip() or line.startswith("code_insee"):
            continue
        cells = next(csv.reader([line]), [])
        if len(cells) != 2 or not re.fullmatch(r"[0-9][0-9AB][0-9]{3}", cells[0]) or not folded(cells[1]):
            faults.add(Mark(FILE, number), "", "attendu : code_insee,nom, comme 78646,Versailles")
            return {}, {}
        codes[cells[0]] = cells[1]
        names[folded(cells[1])] = cells[0]
    return names, codes
