"""config: the sectors that agents know, and the communes of each; config/communes.csv says which communes there are.

A commune is written by its name or its INSEE code, and found by either, however a record spells it.  Without the file,
what is written is believed.  Its postcodes, where it has any, let callers type where they live.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Final

from core.centre import Commune
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
_CODE: Final = re.compile(r"[0-9][0-9AB][0-9]{3}")
_POSTCODE: Final = re.compile(r"[0-9]{5}")
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
        codes = {code: commune.name for code, commune in gazetteer_of(directory, faults).items()}
        names = {folded(name): code for code, name in codes.items()}
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
    return {code: commune.name for code, commune in gazetteer_of(directory).items()}


def gazetteer_of(directory: Path, faults: Faults | None = None) -> dict[str, Commune]:
    """The communes of the file by their codes; none without a file."""
    faults = faults if faults is not None else Faults()
    try:
        lines = (directory / FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        faults.add(Mark(FILE), "", "illisible, enregistrez-le en UTF-8 et vérifiez ses droits")
        return {}
    found: dict[str, Commune] = {}
    for number, line in enumerate(lines[:COMMUNES_MOST], 1):
        if line.startswith("#") or not line.strip() or line.startswith("code_insee"):
            continue
        cells = next(csv.reader([line]), [])
        postcodes = tuple(cells[2].split()) if len(cells) == 3 else ()
        named = len(cells) in (2, 3) and _CODE.fullmatch(cells[0]) and folded(cells[1])
        if not named or not all(_POSTCODE.fullmatch(one) for one in postcodes):
            faults.add(Mark(FILE, number), "", "attendu : code_insee,nom,codes_postaux, comme 78646,Versailles,78000")
            return {}
        found[cells[0]] = Commune(name=cells[1], postcodes=postcodes)
    return found
