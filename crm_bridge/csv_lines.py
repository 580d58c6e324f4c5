"""Citizen records out of a CSV file, line by line: what each column holds, and what is wrong where.

A fault names line, column, what kind of value was expected and the remedy; it never repeats the value, for it is one
of a person.  Several lines with the same `id`, one after the other, are one person with several files.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from core.citizen import AGENT, CitizenFile, CitizenRecord, Number
from crm_bridge.keys import RecordsFault
from crm_bridge.numbers import NotANumber, e164

COLUMNS: Final[dict[str, str]] = {
    "id": "l'identifiant de la personne dans votre logiciel",
    "nom": "le nom d'usage",
    "nom_naissance": "le nom de naissance",
    "prenom": "le prénom",
    "civilite": "Madame, Monsieur, ou rien",
    "date_naissance": "une date : 12/03/1982 ou 1982-03-12",
    "telephone": "un numéro : 06 39 98 00 01",
    "telephone_2": "un autre numéro",
    "telephone_partage": "oui si d'autres personnes sont jointes à ces numéros (foyer, CCAS, hôpital)",
    "telephone_confirme_le": "la date à laquelle la personne a confirmé ces numéros",
    "commune": "la commune",
    "langue": "un code de langue : fr, en, ar",
    "adresse_protegee": "oui si l'adresse ne doit être dite à personne",
    "referent_agent": "l'agent qui suit la personne, par son nom dans agents.yaml",
    "service": "le nom du service dans la configuration",
    "dossier": "ce que le service suit : RSA, APA",
    "theme": "le thème du dossier",
    "statut": "où en est le dossier",
    "referent": "la personne qui suit le dossier",
    "prochain_rdv": "une date et une heure : 12/03/2027 14:30",
    "resume": "le contenu, pour le service lui-même",
    "discret": "oui si les autres services ne doivent pas savoir qu'il y a un dossier",
}
REQUIRED: Final = ("id", "nom")
# A million persons is more than any département follows; the names of those seen are kept in memory meanwhile.
PEOPLE_AT_MOST: Final = 1_000_000
FILES_PER_PERSON: Final = 50
FIELD_CHARACTERS: Final = 2_000
FILE_BYTES: Final = 1_000_000_000
# Enough to see how a file is wrong; nobody reads beyond these.
FAULTS_TOLD: Final = 200

_ZONE: Final = ZoneInfo("Europe/Paris")
_YES: Final = frozenset({"oui", "o", "1", "true", "vrai", "x", "yes"})
_NO: Final = frozenset({"", "non", "n", "0", "false", "faux", "no"})
_PERSON: Final = tuple(list(COLUMNS)[1:14])


class LineFault(NamedTuple):
    """One fault of a file: where, and what is to be done."""

    file: str
    line: int
    column: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.column}: {self.what}"


class Person(NamedTuple):
    """A person as the file tells, with the first of their lines; `dated` if it says when the numbers were confirmed."""

    line: int
    record: CitizenRecord
    dated: bool


class _Unfit(ValueError):
    pass


class CsvFile:
    """A file to be read once, from the beginning; `faults` and `refused` fill while it is read."""

    def __init__(self, path: Path, tenant: str) -> None:
        """Raises RecordsFault for a file that cannot be read at all, or whose header is not ours."""
        self.path = path
        self.tenant = tenant
        self.faults: list[LineFault] = []
        self.faults_beyond = 0
        self.refused = 0
        self.encoding = _encoding(path)
        self.delimiter, self.columns = self._header()

    def people(self) -> Iterator[Person]:
        """Every person that the file tells without a fault, in its order."""
        seen: set[str] = set()
        for rows in self._groups():
            line, first = rows[0]
            name = first.get("id", "").strip()
            before = len(self.faults) + self.faults_beyond
            if name in seen:
                self._fault(line, "id", "déjà vu plus haut, mettez les lignes d'une même personne l'une après l'autre")
            if len(seen) >= PEOPLE_AT_MOST:
                self._fault(line, "id", f"plus de {PEOPLE_AT_MOST} personnes, découpez le fichier")
                return
            seen.add(name)
            record = self._record(rows)
            if len(self.faults) + self.faults_beyond > before:
                self.refused += 1
            else:
                yield Person(line, record, bool(first.get("telephone_confirme_le", "").strip()))

    def _header(self) -> tuple[str, list[str]]:
        with self._open() as file:
            head = file.readline(FIELD_CHARACTERS * 2)
        delimiter = ";" if head.count(";") >= head.count(",") else ","
        columns = [name.strip().casefold() for name in next(csv.reader([head], delimiter=delimiter), [])]
        unknown = [number for number, name in enumerate(columns, 1) if name not in COLUMNS]
        missing = [name for name in REQUIRED if name not in columns]
        twice = sorted({name for name in columns if columns.count(name) > 1 and name in COLUMNS})
        told = []
        if unknown:
            told.append(
                f"colonne(s) inconnue(s), rang {', '.join(map(str, unknown[:10]))} ; possibles : {', '.join(COLUMNS)}"
            )
        if missing:
            told.append(f"colonne(s) absente(s) : {', '.join(missing)}, ajoutez-les")
        if twice:
            told.append(f"colonne(s) écrite(s) deux fois : {', '.join(twice)}, gardez-en une")
        if told:
            raise RecordsFault(f"{self.path.name}:1: en-tête : " + " ; ".join(told))
        return delimiter, columns

    def _open(self) -> IO[str]:
        return self.path.open(encoding=self.encoding, errors="replace", newline="")

    def _groups(self) -> Iterator[list[tuple[int, dict[str, str]]]]:
        """The lines of one id after the other, with their numbers."""
        group: list[tuple[int, dict[str, str]]] = []
        for line, row in self._rows():
            if group and row["id"].strip() != group[0][1]["id"].strip():
                yield group
                group = []
            if len(group) >= FILES_PER_PERSON:
                self._fault(line, "id", f"plus de {FILES_PER_PERSON} dossiers pour une personne")
                continue
            group.append((line, row))
        if group:
            yield group

    def _rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        with self._open() as file:
            reader = csv.reader(_bounded(file), delimiter=self.delimiter, strict=True)
            next(reader, None)
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader, None)
                except csv.Error:
                    self.refused += 1
                    self._fault(line, "ligne", "guillemets mal fermés ou ligne trop longue, corrigez-la")
                    return
                if cells is None:
                    return
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != len(self.columns):
                    self.refused += 1
                    what = f"{len(cells)} valeurs pour {len(self.columns)} colonnes, vérifiez « {self.delimiter} » et "
                    self._fault(line, "ligne", what + "les guillemets")
                    continue
                yield line, dict(zip(self.columns, cells, strict=True))

    def _record(self, rows: list[tuple[int, dict[str, str]]]) -> CitizenRecord:
        line, first = rows[0]
        read = _Cells(self, line, first)
        confirmed = read.cell("telephone_confirme_le", _moment)
        shared = bool(read.cell("telephone_partage", _flag))
        numbers = [number for column in ("telephone", "telephone_2") if (number := read.cell(column, _number))]
        record = CitizenRecord(
            id=read.required("id"),
            tenant=self.tenant,
            last_name=read.required("nom"),
            birth_name=read.text("nom_naissance"),
            first_name=read.text("prenom"),
            civility=read.text("civilite"),
            birth_date=read.cell("date_naissance", _day) or "",
            numbers=tuple(
                Number(e164=number, shared=shared, confirmed_at_ms=confirmed) for number in dict.fromkeys(numbers)
            ),
            commune=read.text("commune"),
            language=read.cell("langue", _language) or "fr",
            protected_address=bool(read.cell("adresse_protegee", _flag)),
            referent_agent=read.cell("referent_agent", _agent) or "",
            source="local",
        )
        files = []
        for at, row in rows:
            further = _Cells(self, at, row)
            if at != line:
                further.same_as(first)
            file = further.file()
            if file is not None:
                files.append(file)
        return msgspec.structs.replace(record, files=tuple(files))

    def _fault(self, line: int, column: str, what: str) -> None:
        if len(self.faults) < FAULTS_TOLD:
            self.faults.append(LineFault(self.path.name, line, column, what))
        else:
            self.faults_beyond += 1


class _Cells:
    """One line's cells, by column; what is wrong goes to the file's faults."""

    def __init__(self, file: CsvFile, line: int, row: dict[str, str]) -> None:
        self._file = file
        self._line = line
        self._row = row

    def cell(self, column: str, make: Callable[[str], Any]) -> Any:
        """What `make` reads; None for an empty cell, an absent column, or a fault."""
        written = self._row.get(column, "").strip()
        try:
            if len(written) > FIELD_CHARACTERS or "\ufffd" in written:
                raise _Unfit
            return make(written) if written else None
        except _Unfit:
            self._file._fault(self._line, column, f"valeur illisible, attendu : {COLUMNS[column]}")
            return None

    def text(self, column: str) -> str:
        return self.cell(column, _words) or ""

    def required(self, column: str) -> str:
        text = self.text(column)
        if not self._row[column].strip():
            self._file._fault(self._line, column, f"manque, attendu : {COLUMNS[column]}")
        return text

    def same_as(self, first: dict[str, str]) -> None:
        """A further line of the person may leave out who it is, and may not say otherwise."""
        for column in _PERSON:
            again = self._row.get(column, "").strip()
            if again and again != first.get(column, "").strip():
                self._file._fault(self._line, column, "diffère de la première ligne de cette personne, corrigez l'une")

    def file(self) -> CitizenFile | None:
        told = [column for column in list(COLUMNS)[14:] if self._row.get(column, "").strip()]
        if not told:
            return None
        service = self.text("service")
        if not service:
            self._file._fault(self._line, "service", f"manque, attendu : {COLUMNS['service']}")
        return CitizenFile(
            service=service,
            title=self.text("dossier"),
            topic=self.text("theme"),
            status=self.text("statut"),
            referent=self.text("referent"),
            next_appointment_at_ms=self.cell("prochain_rdv", _moment),
            summary=self.text("resume"),
            discreet=bool(self.cell("discret", _flag)),
        )


def _encoding(path: Path) -> str:
    """UTF-8 (with or without its mark) or Windows-1252, told by the bytes alone; the whole file is looked at."""
    try:
        if path.stat().st_size > FILE_BYTES:
            raise RecordsFault(f"{path.name} dépasse {FILE_BYTES // 1_000_000} Mo, découpez-le.")
        with path.open("rb") as file:
            start = file.read(4)
        if not start:
            raise RecordsFault(f"{path.name} est vide, exportez-le de nouveau.")
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise RecordsFault(f"{path.name} est en UTF-16 : enregistrez-le en « CSV UTF-8 ».")
        if start == b"PK\x03\x04":
            raise RecordsFault(f"{path.name} est un classeur, pas un CSV : enregistrez-le en « CSV UTF-8 ».")
        with path.open(encoding="utf-8") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    except OSError as error:
        raise RecordsFault(f"{path.name} ne peut pas être lu ({error.strerror}). Vérifiez le chemin.") from None
    return "utf-8-sig"


def _bounded(file: IO[str]) -> Iterator[str]:
    """Lines of the file; one without an end is cut, so that a file of another kind does not fill the memory."""
    assert isinstance(file, io.TextIOWrapper)
    while line := file.readline(FIELD_CHARACTERS * len(COLUMNS)):
        yield line


def _words(written: str) -> str:
    if not written.isprintable() and not all(letter.isprintable() or letter in "\n\r\t" for letter in written):
        raise _Unfit
    return " ".join(written.split())


def _agent(written: str) -> str:
    if not AGENT.fullmatch(written):
        raise _Unfit
    return written


def _flag(written: str) -> bool:
    word = written.casefold()
    if word not in _YES | _NO:
        raise _Unfit
    return word in _YES


def _number(written: str) -> str:
    try:
        return e164(written)
    except NotANumber:
        raise _Unfit from None


def _language(written: str) -> str:
    if not (2 <= len(written) <= 6 and written.replace("-", "").isalpha()):
        raise _Unfit
    return written


def _when(written: str, forms: tuple[str, ...]) -> datetime:
    for form in forms:
        try:
            found = datetime.strptime(written, form)
        except ValueError:
            continue
        if 1900 <= found.year <= 2200:
            return found
    raise _Unfit


def _day(written: str) -> str:
    day: date = _when(written, ("%d/%m/%Y", "%Y-%m-%d")).date()
    return day.isoformat()


def _moment(written: str) -> int:
    forms = ("%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y", "%Y-%m-%d")
    local = _when(written, forms).replace(tzinfo=_ZONE)
    return int(local.astimezone(UTC).timestamp() * 1000)
