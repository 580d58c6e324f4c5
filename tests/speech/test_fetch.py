"""Fetching a model from a real HTTP server on this machine that resumes, lies, cuts and hangs up."""

from __future__ import annotations

import hashlib
import io
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from speech.fetch import PUBLIC, FetchFault, Source, fetch, install
from speech.models import read_model
from speech.test_model.build import BUILT


def packed(top: str = "vosk-model-small-fr-0.22/", leave_out: str = "", more: dict[str, bytes] | None = None) -> bytes:
    """The test model as the public ones are packed."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(BUILT.rglob("*")):
            name = file.relative_to(BUILT).as_posix()
            if file.is_file() and name not in (leave_out, "allo-model.json"):
                archive.writestr(top + name, file.read_bytes())
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return made.getvalue()


class Server:
    """Serves `content`; `cuts` bytes after which the first answers break off; `ranges`: whether it can resume."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.cuts: list[int] = []
        self.ranges = True
        self.status = 200
        self.asked: list[str] = []
        outer = self

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/vosk/vosk-model-small-fr-0.22.zip"

    def source(self, sha256: str = "") -> Source:
        return Source(url=self.url, sha256=sha256 or hashlib.sha256(self.content).hexdigest())

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        span = request.headers.get("Range", "")
        self.asked.append(span)
        start = int(span[6:-1]) if span and self.ranges else 0
        if start >= len(self.content) and start:
            request.send_error(416)
            return
        body = self.content[start:]
        request.send_response(206 if start else self.status)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: self.cuts.pop(0)] if self.cuts else body)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server(packed())
    yield started
    started.stop()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "models" / "fr"


def left_behind(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.rglob("*") if path.name.startswith(".") or path.suffix == ".part")


def test_the_right_archive_is_installed_and_marked(server: Server, target: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    fetch(server.source(), target, tmp_path / "cache", lambda come, whole: told.append((come, whole)))
    found = read_model(target)
    assert (found.title, found.mark.test) == ("vosk-model-small-fr-0.22", False)
    assert found.mark.source == server.url
    assert told[-1] == (len(server.content), len(server.content))
    assert left_behind(tmp_path) == []


def test_another_archive_is_refused_and_nothing_changes(server: Server, target: Path, tmp_path: Path) -> None:
    target.mkdir(parents=True)
    (target / "kept").touch()
    with pytest.raises(FetchFault, match="ce n'est pas le modèle attendu"):
        fetch(server.source("0" * 64), target, tmp_path / "cache")
    assert [path.name for path in target.iterdir()] == ["kept"]
    assert left_behind(tmp_path) == []


def test_a_cut_line_goes_on_from_where_it_was_cut(server: Server, target: Path, tmp_path: Path) -> None:
    server.cuts = [100_000, 150_000]
    fetch(server.source(), target, tmp_path / "cache")
    assert server.asked == ["", "bytes=100000-", "bytes=250000-"]
    assert read_model(target).words


def test_a_line_that_is_cut_each_time_goes_on_at_the_next_try(server: Server, target: Path, tmp_path: Path) -> None:
    server.cuts = [50_000, 50_000, 50_000]
    with pytest.raises(FetchFault, match=r"0\.1 Mo|0\.2 Mo"):
        fetch(server.source(), target, tmp_path / "cache")
    assert not target.exists()
    fetch(server.source(), target, tmp_path / "cache")
    assert server.asked[-1] == "bytes=150000-"
    assert read_model(target).words


def test_a_server_that_cannot_resume_sends_it_all_again(server: Server, target: Path, tmp_path: Path) -> None:
    server.ranges, server.cuts = False, [100_000]
    fetch(server.source(), target, tmp_path / "cache")
    assert read_model(target).words


def test_what_was_begun_as_something_else_is_begun_anew(server: Server, target: Path, tmp_path: Path) -> None:
    source = server.source()
    begun = tmp_path / "cache" / f"{source.name}.{source.sha256[:12]}.part"
    begun.parent.mkdir()
    begun.write_bytes(b"PK\x03\x04 of another release" * 100)
    fetch(source, target, tmp_path / "cache")
    assert read_model(target).words


def test_what_came_whole_and_was_not_installed_is_not_fetched_again(
    server: Server, target: Path, tmp_path: Path
) -> None:
    source = server.source()
    whole = tmp_path / "cache" / f"{source.name}.{source.sha256[:12]}.part"
    whole.parent.mkdir()
    whole.write_bytes(server.content)
    fetch(source, target, tmp_path / "cache")
    assert server.asked == []
    assert read_model(target).words


def test_the_page_of_a_portal_is_no_archive(server: Server, target: Path, tmp_path: Path) -> None:
    server.content = b"<!DOCTYPE html><html><title>Connexion requise</title></html>" * 50
    with pytest.raises(FetchFault, match="rend autre chose qu'une archive"):
        fetch(server.source("0" * 64), target, tmp_path / "cache")
    assert left_behind(tmp_path) == []


def test_an_address_that_is_wrong_says_what_the_server_said(server: Server, target: Path, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(FetchFault, match="répond 404"):
        fetch(server.source(), target, tmp_path / "cache")


def test_offline_it_says_how_to_bring_the_file(server: Server, target: Path, tmp_path: Path) -> None:
    source = server.source()
    server.stop()
    server.stop = lambda: None  # type: ignore[method-assign]
    with pytest.raises(FetchFault, match=r"injoignable .* sur un autre poste, puis \./allo speech fetch --file"):
        fetch(source, target, tmp_path / "cache")


def link(archive: zipfile.ZipFile) -> None:
    entry = zipfile.ZipInfo("vosk/README")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(entry, "/etc/passwd")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (lambda: packed(more={"../../outside": b"x"}), "n'y a pas sa place"),
        (lambda: packed(more={"/etc/cron.d/x": b"x"}), "n'y a pas sa place"),
        (lambda: packed(more={"vosk-model-small-fr-0.22\\..\\x": b"x"}), "n'y a pas sa place"),
        (lambda: packed(leave_out="am/final.mdl"), "il manque"),
        (lambda: packed()[:200_000], "n'est pas un modèle de Vosk utilisable"),
        (lambda: packed(more={f"vosk/{n}": b"" for n in range(600)}), "trop de fichiers"),
        (lambda: b"PK\x03\x04 but nothing else", "n'est pas un modèle de Vosk utilisable"),
    ],
)
def test_an_archive_that_is_not_a_model_installs_nothing(
    target: Path, tmp_path: Path, content: Callable[[], bytes], told: str
) -> None:
    file = tmp_path / "brought.zip"
    file.write_bytes(content())
    source = Source(url="https://example.org/vosk.zip", sha256=hashlib.sha256(file.read_bytes()).hexdigest())
    with pytest.raises(FetchFault, match=told):
        install(file, source, target)
    assert not target.exists()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["brought.zip", "models"]


def test_a_link_in_an_archive_is_refused(target: Path, tmp_path: Path) -> None:
    file = tmp_path / "brought.zip"
    with zipfile.ZipFile(file, "w") as archive:
        link(archive)
    source = Source(url="https://example.org/vosk.zip", sha256=hashlib.sha256(file.read_bytes()).hexdigest())
    with pytest.raises(FetchFault, match="n'y a pas sa place"):
        install(file, source, target)


def test_a_file_that_was_brought_replaces_what_was_there(target: Path, tmp_path: Path) -> None:
    file = tmp_path / "brought.zip"
    file.write_bytes(packed(top=""))
    target.mkdir(parents=True)
    (target / "old").touch()
    install(file, Source(url=PUBLIC.url, sha256=hashlib.sha256(file.read_bytes()).hexdigest()), target)
    assert read_model(target).title == "vosk-model-small-fr-0.22"
    assert not (target / "old").exists()
    assert [path.name for path in target.parent.iterdir()] == ["fr"]


def test_a_file_that_is_not_there_is_told(target: Path, tmp_path: Path) -> None:
    with pytest.raises(FetchFault, match="vérifiez le chemin"):
        install(tmp_path / "nothing.zip", PUBLIC, target)


def test_a_disk_that_refuses_is_told(server: Server, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where a folder should be")
    with pytest.raises(FetchFault, match="écriture impossible"):
        fetch(server.source(), tmp_path / "models" / "fr", tmp_path / "cache")


def test_the_public_model_is_the_one_that_vosk_names() -> None:
    assert PUBLIC.name == "vosk-model-small-fr-0.22"
    assert len(PUBLIC.sha256) == 64
