"""The image: the search for secrets finds what it should, and (marked `docker`) the whole proof with an engine."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "image"))

import scan_secrets  # noqa: E402 - a script, found by its directory

MARKER = "planted-7f3a91"


def _tar(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _zip(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        f"password={MARKER}".encode(),
        gzip.compress(MARKER.encode()),
        _tar(config=MARKER.encode()),
        _tar(layer=gzip.compress(_tar(wheel=_zip("settings.py", MARKER.encode())))),
        _tar(**{MARKER: b""}),
    ],
    ids=["file", "gzip", "layer", "a wheel in a compressed layer", "a name"],
)
def test_secrets_are_found_and_not_repeated(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text(f"another-secret\n{MARKER}\n")
    (tmp_path / "image").mkdir()
    (tmp_path / "image" / "blob").write_bytes(content)
    arguments = ["--secrets", str(tmp_path / "secrets"), "--path", str(tmp_path / "image")]
    result = CliRunner().invoke(scan_secrets.main, arguments)
    assert result.exit_code == 1
    assert "secret 2" in result.output
    (tmp_path / "image" / "blob").write_bytes(b"nothing")
    assert CliRunner().invoke(scan_secrets.main, arguments).exit_code == 0


def test_a_search_that_could_find_nothing_is_refused(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.write_text("")
    empty = CliRunner().invoke(scan_secrets.main, ["--secrets", str(secrets), "--stdin", "logs"], input="x")
    secrets.write_text("root\n")
    short = CliRunner().invoke(scan_secrets.main, ["--secrets", str(secrets), "--stdin", "logs"], input="x")
    secrets.write_text(MARKER)
    silent = CliRunner().invoke(scan_secrets.main, ["--secrets", str(secrets), "--stdin", "logs"], input="")
    for result, word in ((empty, "holds no secret"), (short, "shorter than"), (silent, "logs is empty")):
        assert result.exit_code == 1
        assert word in result.output


@pytest.mark.docker
@pytest.mark.timeout(5400)
def test_image_and_compose_are_proved() -> None:
    """Needs root, a Docker engine with compose, and debootstrap unless base images are there."""
    done = subprocess.run(
        [str(ROOT / "deploy" / "image" / "prove.sh")],
        env={"PYTHON": sys.executable, **os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "proved: " in done.stdout
