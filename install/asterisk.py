"""Finds an Asterisk: $ASTERISK_BIN, then an installed one, then a private one made of Debian's packages."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from commands import Failure, Runner
from debs import Mirror
from home import Home, Record
from trees import Tree

RECIPE = "asterisk 1"  # raise it when a change here must make existing installations look again
VERSION_MIN = (20, 0)  # the oldest release whose modules and AMI events the product was tried with
PACKAGES = ("asterisk", "asterisk-modules", "asterisk-config")
PRIVATE_MODULES = "usr/lib/*/asterisk/modules"
# Modules that the product loads: an Asterisk without one of them will not do.
REQUIRED_NAMES = """
    app_audiosocket app_bridgeaddchan app_bridgewait app_chanspy app_dial app_echo app_mixmonitor app_originate
    app_playback app_queue app_read app_senddtmf app_stack app_transfer app_userevent app_verbose
    bridge_builtin_features bridge_holding bridge_native_rtp bridge_simple bridge_softmix
    cdr_csv cdr_manager chan_audiosocket chan_pjsip
    codec_alaw codec_g722 codec_gsm codec_resample codec_ulaw format_gsm format_pcm format_sln format_wav
    func_callerid func_channel func_global func_hangupcause func_logic func_pjsip_endpoint func_rand func_strings
    func_timeout pbx_config
    res_agi res_ari res_ari_bridges res_ari_channels res_ari_model res_audiosocket res_crypto res_http_websocket
    res_musiconhold res_mutestream res_pjproject res_pjsip res_pjsip_authenticator_digest res_pjsip_caller_id
    res_pjsip_dtmf_info res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user res_pjsip_header_funcs
    res_pjsip_logger res_pjsip_nat res_pjsip_outbound_authenticator_digest res_pjsip_pubsub res_pjsip_refer
    res_pjsip_registrar res_pjsip_rfc3326 res_pjsip_sdp_rtp res_pjsip_session res_pjsip_transport_websocket
    res_rtp_asterisk res_sorcery_astdb res_sorcery_config res_sorcery_memory res_speech res_srtp
    res_stasis res_stasis_answer res_stasis_device_state res_stasis_playback res_stasis_recording res_stasis_snoop
    res_timing_timerfd
"""
REQUIRED = tuple(REQUIRED_NAMES.split())
# Families whose every module is made to load; each rule is a whole name.  Some of theirs came late (func_uuid,
# res_websocket_client, without which a recent res_ari does not load): the product loads those if they are there.
WELCOME = re.compile(r"res_(websocket|pjsip|sorcery|ari|stasis).*|bridge_.*|func_.*|format_.*|codec_opus.*")
# Those of them left out: their libraries (ODBC, cURL, Vorbis…) weigh more than Asterisk and nothing of ours uses them.
HEAVY = {"func_curl", "func_odbc", "func_speex", "format_ogg_opus_open_source", "format_ogg_speex", "format_ogg_vorbis"}
CANDIDATES = ("asterisk", "/usr/sbin/asterisk", "/usr/local/sbin/asterisk")
OWN = (
    f"installez un Asterisk {VERSION_MIN[0]} ou plus récent et donnez son chemin dans la variable ASTERISK_BIN, "
    "ou lancez Allo dans un conteneur Debian."
)
UNSET = (
    "corrigez la variable ASTERISK_BIN, ou retirez-la (« unset ASTERISK_BIN ») : Allo cherchera un Asterisk lui-même."
)


@dataclass(frozen=True)
class Asterisk:
    """An Asterisk that runs: the words that start it, and where its modules and its documentation lie."""

    command: list[str]
    version: str
    modules: Path
    data: Path | None

    def record(self, key: str) -> Record:
        """What the product is told."""
        environment = {"ALLO_ASTERISK": shlex.join(self.command), "ALLO_ASTERISK_MODULES": str(self.modules)}
        if self.data is not None:
            environment["ALLO_ASTERISK_DATA"] = str(self.data)
        return Record(key, self.version, environment, [self.command[0], self.command[-1], str(self.modules)])


def parse_version(text: str) -> str | None:
    """`22.10.1` out of what `asterisk -V` prints (also `certified-20.7-cert3`, `GIT-22-…`), or None."""
    found = re.match(r"Asterisk (?:certified[-/]|GIT-)?(\d+(?:\.\d+)*)", text.strip())
    return found[1] if found else None


def recent(version: str) -> bool:
    """Whether this version is one that the product works with."""
    numbers = [int(number) for number in version.split(".")]
    return (numbers[0], *numbers[1:2]) >= VERSION_MIN[: len(numbers)]


def key() -> str:
    """Changes when the choice must be made anew: another $ASTERISK_BIN, an Asterisk installed or removed."""
    chosen = os.environ.get("ASTERISK_BIN")
    return " ".join([RECIPE, *map(identity, [chosen] if chosen else installed())])


def installed() -> list[str]:
    """Paths of the machine's own Asterisk; /usr/sbin is not in everybody's PATH."""
    return list(dict.fromkeys(path for path in map(shutil.which, CANDIDATES) if path))


def identity(path: str) -> str:
    """A file's name, size and date: another one after an upgrade."""
    try:
        stat = os.stat(path)
    except OSError:
        return f"{path}?"
    return f"{path}:{stat.st_size}:{stat.st_mtime_ns}"


def lacking(modules: Path, names: Sequence[str] = REQUIRED) -> list[str]:
    """Which of the modules `names` are not in the folder."""
    return [name for name in names if not (modules / f"{name}.so").is_file()]


def compiled_paths(program: bytes, ending: str) -> list[Path]:
    """Absolute paths with this ending that a program has compiled in."""
    pattern = rb"\0(/[\x21-\x7e]*" + re.escape(ending.encode()) + rb")\0"
    # Neighbouring strings share their NUL, hence the look-ahead.
    return [Path(found.decode()) for found in re.findall(pattern.replace(rb")\0", rb")(?=\0)"), program)]


def examine(runner: Runner, path: Path) -> Asterisk:
    """What is known of an installed Asterisk.  Raises Failure, which says why, if it will not do."""
    if not os.access(path, os.X_OK) or path.is_dir():
        raise Failure(f"{path} n'est pas un programme exécutable", "")
    printed = runner.run([path, "-V"], what=f"« {path} -V » échoue", remedy="")
    version = parse_version(printed)
    if version is None:
        raise Failure(f"{path} ne dit pas sa version d'Asterisk", "", printed)
    if not recent(version):
        raise Failure(f"{path} est un Asterisk {version} ; Allo demande {VERSION_MIN[0]} ou plus récent", "")
    program = path.read_bytes()
    # os.path rather than Path: a folder that may not be read (Asterisk's spool) is one that is not there.
    modules = [folder for folder in compiled_paths(program, "/asterisk/modules") if os.path.isdir(folder)]
    if not modules:
        raise Failure(f"le dossier des modules de {path} est introuvable", "")
    if missing := lacking(modules[0]):
        raise Failure(f"il manque à {path} des modules qu'Allo charge : {', '.join(missing)}", "")
    data = [folder for folder in compiled_paths(program, "/asterisk") if os.path.isdir(folder / "documentation")]
    return Asterisk([str(path)], version, modules[0], data[0] if data else None)


def examine_tree(runner: Runner, root: Path) -> Asterisk:
    """What is known of a private tree.  Raises Failure if it does not run or lacks a module."""
    command, remedy = Tree(root).command("usr/sbin/asterisk"), OWN
    printed = runner.run([*command, "-V"], what="l'Asterisk privé ne démarre pas", remedy=remedy)
    modules = next(iter(root.glob(PRIVATE_MODULES)), root / "modules")
    if missing := lacking(modules):
        raise Failure(f"il manque des modules à l'Asterisk privé : {', '.join(missing)}", remedy)
    return Asterisk(command, parse_version(printed) or "?", modules, root / "usr/share/asterisk")


def wanted_files(root: Path) -> list[Path]:
    """The program and the modules whose libraries must all be there."""
    modules = sorted(root.glob(f"{PRIVATE_MODULES}/*.so"))
    welcome = [file for file in modules if WELCOME.fullmatch(file.stem) and file.stem not in HEAVY]
    required = [file for file in modules if file.stem in REQUIRED]
    return [root / "usr/sbin/asterisk", *dict.fromkeys(required + welcome)]


def drop_unloadable(tree: Tree) -> list[str]:
    """Removes the modules whose libraries were left out, so that loading every module never trips over one."""
    gone = [file for file in tree.root.glob(f"{PRIVATE_MODULES}/*.so") if tree.missing(file)]
    for file in gone:
        file.unlink()
    return sorted(file.stem for file in gone)


def build(runner: Runner, home: Home, mirror: Mirror) -> Asterisk:
    """Fetches a private Asterisk, from the first suite that has one.  Raises Failure if none has."""
    last: Failure | None = None
    for suite in mirror.suites():
        tree = Tree(home.scratch("asterisk"))
        try:
            depot = mirror.depot(suite)
            missing = tree.grow(depot, PACKAGES, wanted_files)
            runner.note(f"libraries found nowhere: {sorted(missing)}; modules dropped: {drop_unloadable(tree)}")
            version = examine_tree(runner, tree.root).version
        except Failure as failure:
            runner.note(f"{suite}: {failure.text()}")
            last = last or failure
            continue
        place = home.tools / "asterisk" / version
        home.put(tree.root, place)
        return examine_tree(runner, place)
    assert last is not None
    raise last


def existing_tree(runner: Runner, home: Home) -> Asterisk | None:
    """A private tree of an earlier installation, the newest that still runs."""
    for place in sorted(home.tools.glob("asterisk/*"), key=os.path.getmtime, reverse=True):
        try:
            return examine_tree(runner, place)
        except Failure as failure:
            runner.note(f"{place}: {failure.text()}")
    return None


def find(runner: Runner, home: Home, mirror: Mirror) -> Asterisk:
    """The Asterisk to use.

    Raises Failure if $ASTERISK_BIN will not do: what somebody chose is not replaced in silence.
    """
    chosen = os.environ.get("ASTERISK_BIN")
    if chosen:
        try:
            return examine(runner, Path(chosen))
        except Failure as failure:
            raise Failure(f"ASTERISK_BIN : {failure.what}", UNSET, failure.output) from failure
    for path in installed():
        try:
            return examine(runner, Path(path))
        except Failure as failure:
            runner.note(f"not this one: {failure.text()}")
    return existing_tree(runner, home) or build(runner, home, mirror)
