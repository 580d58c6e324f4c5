"""`./allo backup`, `restore`, `upgrade` and `systemd`: what they say and with which code they end."""

from __future__ import annotations

import getpass
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from core.errors import AlloError
from core.mind import Configurations
from runtime.memory import Memory, reading
from runtime.places import ROOT, Places, home
from runtime.platform import release
from runtime.scaled.roles import check_roles
from runtime.settings import Loaded, load
from runtime.upkeep import unit
from runtime.upkeep.backup import BackupFault, Made, back_up, keys_of, outside, unpack
from runtime.upkeep.restore import restore, running, version
from runtime.upkeep.server_copy import APART, FOLDER, bring_back, copy_out, servers


def _stamp() -> str:
    return time.strftime("%Y%m%d-%H%M%S")


def _fail(fault: Exception) -> int:
    print(fault, file=sys.stderr)
    return 1


def _json(result: Any) -> None:
    print(msgspec.json.encode(result, enc_hook=str).decode())


def run_backup(config: Path, target: Path, *, as_json: bool) -> int:
    """0 with the two files made; 1 with the remedy."""
    try:
        loaded, made = _backed_up(config, target)
    except AlloError as fault:
        return _fail(fault)
    if as_json:
        _json(made)
        return 0
    print(f"Sauvegarde faite et vérifiée : {made.data} ({made.files} fichiers, {made.bytes / 1e6:.1f} Mo).")
    print(f"Clés et mots de passe : {made.keys}.")
    print("Rangez ce second fichier ailleurs : qui a les deux lit tout ce qui nous a été confié.")
    for line in _not_included(loaded):
        print(line)
    return 0


def _backed_up(config: Path, target: Path) -> tuple[Loaded, Made]:
    loaded = load(config)
    places = servers(loaded)

    def copy(data: Path, keys: Path) -> None:
        for server in places:  # keys come last
            copy_out(server, (keys if server.what in APART else data) / FOLDER / server.what)

    where = {"release": release(), "now_ms": int(time.time() * 1000), "stamp": _stamp()}
    return loaded, back_up(home() / "run", config, target, **where, from_servers=copy)  # type: ignore[arg-type]


def _not_included(loaded: Loaded) -> list[str]:
    """What the administrators of other machines, or of other folders, must save themselves."""
    journal, run = loaded.settings.journal, home() / "run"
    if journal.url:
        return []
    return [f"{place} est hors de {run} : sauvegardez-le à part." for place in outside(run, [run / journal.path])]


def run_restore(file: Path, keys: Path | None, *, without_keys: bool, force: bool, config: Path | None = None) -> int:
    """0 with everything in its place; 1 with the remedy, and nothing changed.

    What was in PostgreSQL goes back to where `config` says, or the backup's own configuration.
    """
    if keys is None and not without_keys:
        keys = keys_of(file)
        if not keys.exists():
            print(
                f"Les clés ne sont pas là ({keys}) : donnez-les par --keys. Sans elles (--without-keys) le "
                "centre repart, mais numéros, noms et notes restent illisibles pour toujours.",
                file=sys.stderr,
            )
            return 1
    stamp = _stamp()

    def to_servers(data: Path, sealed: Path | None) -> None:
        for aside in _to_servers(data, sealed, config, force=force, stamp=stamp):
            print(f"Ce qui était dans PostgreSQL est dans {aside}.")

    try:
        home().mkdir(mode=0o700, parents=True, exist_ok=True)
        done = restore(
            file,
            None if without_keys else keys,
            home(),
            release=release(),
            force=force,
            stamp=stamp,
            to_servers=to_servers,
        )
    except AlloError as fault:
        return _fail(fault)
    print(f"Restauré dans {done.run} ({done.files} fichiers, sommes vérifiées).")
    if done.aside is not None:
        print(f"Ce qui était là est dans {done.aside}.")
    print(f"Configuration sauvegardée : {done.config}. Pour repartir : ./allo up --config {done.config}")
    return 0


def _to_servers(data: Path, keys: Path | None, config: Path | None, *, force: bool, stamp: str) -> list[str]:
    """Brings journal, records and keys back to PostgreSQL; what was put aside.  Raises AlloError, nothing changed."""
    with tempfile.TemporaryDirectory(dir=home(), prefix=".restauration-") as folder:
        copied, its_config = Path(folder, FOLDER), Path(folder, "config")
        its_config.mkdir()
        for file in (data, keys):
            if file is not None:
                unpack(file, {FOLDER: copied, "config": its_config})
        places = {server.what: server for server in servers(load(config or its_config))}
        there = {entry.name for entry in copied.iterdir()} if copied.is_dir() else set()
        homeless = sorted(there - places.keys())
        if homeless:
            raise BackupFault(
                f"Cette sauvegarde vient de PostgreSQL ({', '.join(homeless)}), et rien ne dit où le remettre : "
                "donnez par --config la configuration qui le dit (journal.url, records.url)."
            )
        brought = [
            (server, copied / what if what in there else None)
            for what, server in places.items()
            if what in there or what in APART
        ]
        return bring_back(brought, force=force, stamp=stamp)


def run_upgrade(config: Path, target: Path) -> int:
    """Checks, backs up, reads the whole journal with this release's code, and says what changed.

    0 when the centre can be started; 1 with the remedy, and the centre can still be started as it was.
    """
    run, ours = home() / "run", release()
    try:
        loaded = load(config)
        if not loaded.settings.journal.url and (holder := running(run)) is not None:
            raise BackupFault(f"Un centre fonctionne ici ({holder}) : arrêtez-le, ses appels continuent.")
        before = last_release(loaded)
        if version(before) > version(ours):
            raise BackupFault(
                f"Le journal vient de la version {before}, plus récente que {ours} : gardez-la, ou restaurez."
            )
        if run.is_dir():
            _, made = _backed_up(config, target)
            print(f"Sauvegarde : {made.data} et {made.keys}.")
        seq = _folded(loaded)
    except AlloError as fault:
        return _fail(fault)
    what = f"{before}, devient {ours}" if before not in ("", ours) else ours
    print(f"Version : {what}. Journal relu en entier : {seq} pas. Le centre peut démarrer : ./allo up")
    return 0


def last_release(loaded: Loaded) -> str:
    """The release that wrote last to the journal; empty if there is none."""
    from core import events as e
    from core.errors import JournalFault

    try:
        journal = reading(loaded.settings.journal, Places(run=home() / "run"))
    except JournalFault:
        return ""
    found = ""
    for step in journal.steps():
        if isinstance(step.input, e.CentreStarted):
            found = step.input.release
    return found


def _folded(loaded: Loaded) -> int:
    """Opens the journal for writing, which migrates its tables, and folds it: what the next start would do."""
    memory = Memory.configured(loaded.settings.journal, Places(run=home() / "run"))
    try:
        return memory.recover(Configurations(loaded.centre)).seq
    finally:
        memory.log.close()
        memory.keys.close()


def run_systemd(config: Path, user: str, role: str = "", prune: str = "") -> int:
    """Prints the unit of this installation, of one role of it, or of its nightly `prune`; 0, or 1 with the remedy."""
    try:
        if role:
            check_roles([role], load(config))
        user = user or getpass.getuser()
        if prune:
            written = unit.render_prune(prune, user=user, root=ROOT, config=config.absolute(), home=home())
        else:
            written = unit.render(user=user, root=ROOT, config=config.absolute(), home=home(), role=role)
        print(written, end="")
    except AlloError as fault:
        return _fail(fault)
    return 0
