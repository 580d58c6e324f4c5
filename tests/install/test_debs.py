"""install/debs.py: what apt prints, and the private files made of it."""

from __future__ import annotations

from pathlib import Path

from debs import (
    COMPONENTS,
    Source,
    parse_os_release,
    parse_plan,
    parse_sources,
    private_configuration,
    sources_list,
    sources_of,
)

DEBIAN = """\
'http://mirror.example.invalid/debian/dists/bookworm/InRelease' mirror.example.invalid_debian_dists_bookworm_InRelease 0
'http://mirror.example.invalid/debian/dists/bookworm-updates/InRelease' mirror.example.invalid_debian_x_InRelease 0
'http://mirror.example.invalid/debian-security/dists/bookworm-security/InRelease' mirror.example.invalid_s_InRelease 0
'https://tools.example.invalid/apt/dists/nodistro/InRelease' tools.example.invalid_apt_dists_nodistro_InRelease 0
'http://mirror.example.invalid/debian/dists/bookworm/main/binary-amd64/Packages.xz' mirror_Packages 0
"""
UBUNTU = """\
'http://a.example.invalid/ubuntu/dists/noble/InRelease' a_InRelease 0
'http://a.example.invalid/ubuntu/dists/noble-updates/InRelease' a_u_InRelease 0
'http://a.example.invalid/ubuntu/dists/noble-backports/InRelease' a_b_InRelease 0
'http://s.example.invalid/ubuntu/dists/noble-security/InRelease' s_InRelease 0
"""
PLAN = """\
'http://m.example.invalid/debian/pool/main/g/libstdc%2b%2b6_16.2.0-3_amd64.deb' libstdc++6_16_amd64.deb 7 MD5Sum:4
'http://m.example.invalid/debian/pool/main/a/asterisk_1%3a22.deb' asterisk_1%3a22.10.1+dfsg_amd64.deb 25 SHA256:cf
"""


def test_every_archive_of_the_machine_is_read_and_its_files_are_not() -> None:
    suites = [source.suite for source in parse_sources(DEBIAN)]
    assert suites == ["bookworm", "bookworm-updates", "bookworm-security", "nodistro"]
    assert parse_sources(DEBIAN)[0].base == "http://mirror.example.invalid/debian"


def test_a_machine_without_sources_has_none() -> None:
    assert parse_sources("") == []
    assert sources_of("forky", [], "bookworm") == []


def test_a_foreign_suite_comes_from_the_main_archive_of_the_machine() -> None:
    found = sources_of("forky", parse_sources(DEBIAN), "bookworm")
    assert found == [Source("http://mirror.example.invalid/debian", "forky")]


def test_the_own_suite_comes_with_its_security_updates_and_without_backports() -> None:
    found = sources_of("noble", parse_sources(UBUNTU), "noble")
    assert [source.suite for source in found] == ["noble", "noble-updates", "noble-security"]
    assert found[2].base == "http://s.example.invalid/ubuntu"


def test_every_source_must_be_signed_and_none_is_merely_trusted() -> None:
    text = sources_list(parse_sources(UBUNTU), "amd64", Path("/usr/share/keyrings/k.gpg"), COMPONENTS["ubuntu"])
    assert len(text.splitlines()) == 4
    assert all("signed-by=/usr/share/keyrings/k.gpg" in line for line in text.splitlines())
    assert "trusted" not in text
    assert text.splitlines()[0].endswith("/ubuntu noble main universe")


def test_the_private_apt_writes_in_its_own_directory_only(tmp_path: Path) -> None:
    text = private_configuration(tmp_path)
    for place in ("Dir::State ", "Dir::State::status ", "Dir::Cache ", "Dir::Etc::sourcelist "):
        line = next(line for line in text.splitlines() if line.startswith(place))
        assert str(tmp_path) in line


def test_the_private_apt_does_not_weaken_any_check(tmp_path: Path) -> None:
    text = private_configuration(tmp_path).lower()
    for word in ("allowinsecure", "allowunauthenticated", "check-valid-until", "verify-peer", "trusted"):
        assert word not in text


def test_package_names_are_read_from_a_plan_whatever_their_escapes() -> None:
    assert parse_plan(PLAN) == ["libstdc++6", "asterisk"]


def test_os_release_is_read_with_or_without_quotes() -> None:
    fields = parse_os_release('ID=debian\nVERSION_CODENAME="bookworm"\n# nothing\n')
    assert fields == {"ID": "debian", "VERSION_CODENAME": "bookworm"}
