"""Search for secrets where none may be: in all layers of an image, in directories, in what is piped in.

    python deploy/image/scan_secrets.py --secrets FILE [--image NAME] [--path DIR] [--stdin NAME]

FILE holds a secret a line. Every file of every layer is read, also those a later layer removed; archives inside
archives (wheels, compressed layers) are opened. Ends with status 1 and the places, never the secret itself.
"""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import click

SHORTEST = 8  # a shorter secret would be found everywhere


def secrets_in(file: Path) -> list[bytes]:
    """The secrets of a file.

    Raises:
        click.ClickException: There is none, or one is too short to be searched for.
    """
    found = [line.strip().encode() for line in file.read_text().splitlines() if line.strip()]
    if not found:
        raise click.ClickException(f"{file} holds no secret: nothing would be searched for")
    if any(len(secret) < SHORTEST for secret in found):
        raise click.ClickException(f"a secret in {file} is shorter than {SHORTEST} characters: it is found everywhere")
    return found


def places(name: str, content: bytes, secrets: list[bytes]) -> Iterator[str]:
    """Where secrets are in a file, archives opened; a line for each secret, by its number."""
    for number, secret in enumerate(secrets, 1):
        if secret in content or secret in name.encode():
            yield f"{name}: secret {number}"
    for member, inner in _members(content):
        yield from places(f"{name}!{member}", inner, secrets)


def _members(content: bytes) -> Iterator[tuple[str, bytes]]:
    if content[:2] == b"\x1f\x8b":
        yield "gunzip", gzip.decompress(content)
    elif content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from ((name, archive.read(name)) for name in archive.namelist())
    elif content[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(content)) as layer:
            yield from _files(layer)


def _files(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for member in archive:
        file = archive.extractfile(member) if member.isfile() else None
        if file is not None:
            yield member.name, file.read()


def in_image(image: str, secrets: list[bytes]) -> Iterator[str]:
    """Where secrets are in an image: its configuration, and every layer."""
    with tempfile.TemporaryDirectory() as scratch:
        saved = Path(scratch) / "image.tar"
        subprocess.run(["docker", "save", "--output", str(saved), image], check=True)  # noqa: S603, S607 - the engine
        with tarfile.open(saved) as outer:
            for name, content in _files(outer):
                yield from places(f"{image}:{name}", content, secrets)


def in_directory(directory: Path, secrets: list[bytes]) -> Iterator[str]:
    """Where secrets are in the files below a directory."""
    for folder, _, files in os.walk(directory):
        for file in files:
            path = Path(folder) / file
            if path.is_file():
                yield from places(str(path), path.read_bytes(), secrets)


@click.command()
@click.option("--secrets", "secrets_file", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--image", "images", multiple=True, help="Image of the Docker engine.")
@click.option("--path", "paths", multiple=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--stdin", "piped", default="", help="Read standard input, too, and call it so.")
def main(secrets_file: Path, images: tuple[str, ...], paths: tuple[Path, ...], piped: str) -> None:
    """Search images, directories and standard input for secrets."""
    secrets = secrets_in(secrets_file)
    found = [place for image in images for place in in_image(image, secrets)]
    found += [place for path in paths for place in in_directory(path, secrets)]
    if piped:
        content = sys.stdin.buffer.read()
        if not content:
            raise click.ClickException(f"{piped} is empty: nothing was searched")
        found += places(piped, content, secrets)
    for place in found:
        click.echo(place, err=True)
    if found:
        raise SystemExit(1)
    click.echo(f"no secret in {', '.join([*images, *map(str, paths), *([piped] if piped else [])])}")


if __name__ == "__main__":
    main()
