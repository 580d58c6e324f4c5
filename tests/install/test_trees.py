"""install/trees.py: from a missing library to the Debian package that holds it."""

from __future__ import annotations

from pathlib import Path

import pytest
from trees import owner, package_stem, parse_missing

PLAN = [
    *("libssl3t64", "libxml2", "libxslt1.1", "libicu74", "libpcap0.8t64", "libpugixml1v5", "libvorbis0a"),
    *("libvorbisenc2", "zlib1g", "libgcc-s1", "libsqlite3-0", "libgssapi-krb5-2", "libxml2-16-extra", "libgsl28"),
]


@pytest.mark.parametrize(
    ("soname", "stem"),
    [
        ("libjansson.so.4", "libjansson4"),
        ("libsqlite3.so.0", "libsqlite3-0"),
        ("libgcc_s.so.1", "libgcc-s1"),
        ("libpcap.so.0.8", "libpcap0.8"),
        ("libX11.so.6", "libx11-6"),
        ("libpulsecommon-17.0.so", "libpulsecommon-17.0"),
    ],
)
def test_the_policy_names_the_package(soname: str, stem: str) -> None:
    assert package_stem(soname) == stem


@pytest.mark.parametrize(
    ("soname", "package"),
    [
        ("libssl.so.3", "libssl3t64"),
        ("libcrypto.so.3", "libssl3t64"),
        ("libicuuc.so.74", "libicu74"),
        ("libz.so.1", "zlib1g"),
        ("libxml2.so.2", "libxml2"),
        ("libxslt.so.1", "libxslt1.1"),
        ("libpcap.so.0.8", "libpcap0.8t64"),
        ("libpugixml.so.1", "libpugixml1v5"),
        ("libvorbis.so.0", "libvorbis0a"),
        ("libgssapi_krb5.so.2", "libgssapi-krb5-2"),
        ("libnowhere.so.1", None),
        ("libgsl.so.27", None),
    ],
)
def test_the_package_of_the_plan_is_found_or_none(soname: str, package: str | None) -> None:
    assert owner(soname, PLAN) == package


def test_a_library_of_the_system_does_not_count_as_found() -> None:
    listing = (
        "\tlinux-vdso.so.1 (0x00007ffd)\n"
        "\tlibc.so.6 => /tree/usr/lib/x/libc.so.6 (0x00007f)\n"
        "\tlibedit.so.2 => /usr/lib/x/libedit.so.2 (0x00007f)\n"
        "\tlibuuid.so.1 => not found\n"
    )
    assert parse_missing(listing, Path("/tree")) == {"libedit.so.2", "libuuid.so.1"}


def test_the_error_of_a_program_that_does_not_start_names_its_library() -> None:
    listing = "sipp: error while loading shared libraries: libgsl.so.28: cannot open shared object file"
    assert parse_missing(listing, Path("/tree")) == {"libgsl.so.28"}
