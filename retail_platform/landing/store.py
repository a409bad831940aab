"""Reading and writing the landing zone on any file system fsspec knows.

Owns: paths → bytes, atomic publication, manifests. Leaves what the rows mean to contracts and generation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import IO, cast

import fsspec
from pydantic import ValidationError

from retail_platform.landing import layout, local
from retail_platform.landing.manifest import DayManifest

_DRIVERS = ("botocore", "aiobotocore", "aiohttp", "s3fs", "gcsfs", "google")
_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs"}


class LandingZoneError(RuntimeError):
    """The landing zone can't be read or written; the message says where, why and what to do."""


@dataclass(frozen=True)
class WrittenFile:
    """A published file: its path relative to the root, its bytes and the SHA-256 of its content."""

    path: str
    size: int
    sha256: str


class LandingZone:
    """A landing zone at a URL: a local directory, ``s3://bucket/prefix``, ``gs://bucket/prefix``, ..."""

    def __init__(self, url: str) -> None:
        """
        Args:
            url: The root.

        Raises:
            LandingZoneError: The URL's protocol is unknown or its driver isn't installed.
        """
        self.url = without_secrets(url.rstrip("/"))
        try:
            self._fs, self._root = fsspec.core.url_to_fs(url.rstrip("/"))
        except (ImportError, ValueError) as error:
            raise LandingZoneError(f"the landing zone {self.url} can't be opened: {error}. {_driver(url)}") from error
        protocols = self._fs.protocol if isinstance(self._fs.protocol, tuple) else (self._fs.protocol,)
        self.is_local = "file" in protocols

    def write(self, path: str, data: bytes) -> None:
        """Publish a file whole: a reader sees the old one, the new one or none, never a part.

        Raises:
            LandingZoneError: The file can't be written; nothing is published.
        """
        with self._explained("write", path):
            if self.is_local:
                with local.published(f"{self._root}/{path}") as file:
                    file.write(data)
            else:
                # Object stores publish an object when its upload is complete.
                self._fs.pipe_file(f"{self._root}/{path}", data)

    def write_digested(self, blocks: Iterable[bytes], path_for: Callable[[str], str]) -> WrittenFile:
        """Publish a file whose name tells its digest; on a local disk one block at a time is in memory.

        Args:
            blocks: The content.
            path_for: SHA-256 of the content → path; only the last part of a path may depend on it.

        Raises:
            LandingZoneError: The file can't be written; nothing is published.
        """
        digest, size = hashlib.sha256(), 0
        if not self.is_local:
            data = b"".join(blocks)
            digest.update(data)
            self.write(path_for(digest.hexdigest()), data)
            return WrittenFile(path_for(digest.hexdigest()), len(data), digest.hexdigest())
        path = path_for("")
        with self._explained("write", path), local.published(f"{self._root}/{path}") as file:
            for block in blocks:
                digest.update(block)
                size += len(block)
                file.write(block)
            path = path_for(digest.hexdigest())
            file.target = f"{self._root}/{path}"
        return WrittenFile(path, size, digest.hexdigest())

    @contextmanager
    def open(self, path: str) -> Iterator[IO[bytes]]:
        """A file for reading, seekable.

        Raises:
            LandingZoneError: There is no such file, or it can't be read.
        """
        with self._explained("read", path):
            stream = self._fs.open(f"{self._root}/{path}", "rb")
        with stream:
            yield cast("IO[bytes]", stream)

    def read(self, path: str) -> bytes:
        """A file's content.

        Raises:
            LandingZoneError: There is no such file, or it can't be read.
        """
        with self._explained("read", path):
            return self._content(path)

    def _content(self, path: str) -> bytes:
        if self.is_local:
            return local.read(f"{self._root}/{path}")  # a day looks at a dozen files; fsspec takes four times as long
        return cast("bytes", self._fs.cat_file(f"{self._root}/{path}"))

    def list_day(self, feed: str, day: date) -> list[str]:
        """Paths of the data files in a feed's day, sorted; empty if nothing has landed."""
        return self.list_directory(layout.day_directory(feed, day))

    def list_directory(self, directory: str) -> list[str]:
        """Paths of the data files in a directory, sorted; empty if there is none."""
        return [f"{directory}/{name}" for name in self._names(directory) if not name.startswith((".", "_"))]

    def _names(self, directory: str) -> list[str]:
        """Whatever lies in a directory, sorted."""
        path = f"{self._root}/{directory}"
        with self._explained("list", directory):
            try:
                if self.is_local:
                    return sorted(entry.name for entry in Path(path).iterdir())
                # The listing is asked for anew: an object store's client would answer from its cache.
                self._fs.invalidate_cache(path)
                return sorted(str(entry).rsplit("/", 1)[-1] for entry in self._fs.ls(path, detail=False))
            except FileNotFoundError:
                return []

    def manifest(self, day: date) -> DayManifest | None:
        """What a day consists of; None if it never landed.

        Raises:
            LandingZoneError: There is a manifest but it can't be understood.
        """
        path = layout.manifest_path(day)
        with self._explained("read", path):
            try:
                text = self._content(path)
            except FileNotFoundError:
                return None
        try:
            return _understood(text)
        except ValidationError as error:
            raise LandingZoneError(
                f"{self.url}/{path} is damaged ({error.error_count()} errors); remove it and land the day again"
            ) from error

    def publish(self, manifest: DayManifest) -> None:
        """Make a manifest the day's truth and remove those of our files it doesn't name, and what killed runs left.

        Raises:
            LandingZoneError: The manifest can't be written; the day is as it was.
        """
        former = self.manifest(manifest.day)
        self.write(layout.manifest_path(manifest.day), manifest.model_dump_json(indent=1).encode())
        kept = manifest.all_paths()
        feeds = {feed for known in (manifest, former) if known for unit in known.units for feed in unit.files}
        directories = [layout.day_directory(feed, manifest.day) for feed in sorted(feeds)]
        for directory in (*directories, layout.rejected_directory(manifest.day)):
            for name in self._names(directory):
                path = f"{directory}/{name}"
                with self._explained("remove", path):
                    if self.is_local and local.is_unpublished(name):
                        local.remove_abandoned(f"{self._root}/{path}")
                    elif path not in kept and layout.is_ours(path):
                        self._fs.rm_file(f"{self._root}/{path}")

    @contextmanager
    def _explained(self, verb: str, path: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            # Drivers of object stores raise their own errors too, and none of them need be installed.
            if not isinstance(error, OSError) and not type(error).__module__.startswith(_DRIVERS):
                raise
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
            raise LandingZoneError(f"can't {verb} {self.url}/{path}: {reason}. {self._remedy(error)}") from error

    def _remedy(self, error: Exception) -> str:
        if self.is_local:
            return "Check that the place exists, has room and may be written (RETAIL_LANDING_URL)."
        if isinstance(error, FileNotFoundError):
            return "Check that the bucket exists (RETAIL_LANDING_URL)."
        return (
            "Check the address (RETAIL_LANDING_URL, AWS_ENDPOINT_URL) and the credentials (AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or the platform's own for gs://), and that they may read and write there."
        )


@lru_cache(maxsize=64)
def _understood(text: bytes) -> DayManifest:
    """The manifest that a file holds; a backfill reads those of the days before again with every day."""
    return DayManifest.model_validate_json(text)


def without_secrets(url: str) -> str:
    """A URL as it may be shown: without user, password and query."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    netloc, slash, path = rest.partition("/")
    return f"{scheme}://{netloc.rpartition('@')[2]}{slash}{path.partition('?')[0]}"


def _driver(url: str) -> str:
    extra = _EXTRAS.get(url.partition("://")[0].lower())
    if extra:
        return f"Install the driver: pip install 'retail-platform[{extra}]'."
    return "Set RETAIL_LANDING_URL to a directory, s3://bucket/prefix or gs://bucket/prefix."
