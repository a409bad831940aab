"""Days that another system delivers: files it puts into ``<root>/<feed>/dt=YYYY-MM-DD/``.

JSON Lines, CSV and Parquet, the first two also gzipped. Everything is read as text and typed by the contract, so a file
is judged as a simulated delivery is. The sender's files are only read: what passes lands beside them under our names.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from retail_platform.contracts import CONTRACTS
from retail_platform.ingestion.delivery import Delivery
from retail_platform.landing import LandingZone, LandingZoneError
from retail_platform.landing.layout import day_directory, is_ours

FORMATS = (".jsonl", ".ndjson", ".json", ".csv", ".parquet")
_KEYS_SAMPLED = 1_000  # lines in which a column the contract doesn't know is looked for


class UnreadableFile(LandingZoneError):
    """A file isn't what its name says, or its format is unknown; reading it again won't help."""


@dataclass(frozen=True)
class Files:
    """A landing zone others put files into."""

    zone: LandingZone

    def fingerprint(self, day: date) -> str:
        """Digest of everything that decides what the day's rows are: the files and the contracts.

        Raises:
            LandingZoneError: There are no files for the day, or one can't be read.
        """
        digest = hashlib.sha256("".join(contract.fingerprint for contract in CONTRACTS).encode())
        for feed, path in self._files(day):
            digest.update(f"{feed}\n{path}\n{hashlib.sha256(self.zone.read(path)).hexdigest()}\n".encode())
        return digest.hexdigest()[:16]

    def deliveries(self, day: date, as_of: datetime, since: datetime | None) -> Iterator[Delivery]:  # noqa: ARG002
        """The day's rows, feed by feed; files have no moments, so a day always comes whole."""
        by_feed: dict[str, list[pl.DataFrame]] = {}
        text = set()
        for feed, path in self._files(day):
            if ".parquet" not in path:
                text.add(feed)
            by_feed.setdefault(feed, []).append(read_table(self.zone, path))
        for feed, frames in by_feed.items():
            together = pl.concat(frames, how="diagonal_relaxed") if len(frames) > 1 else frames[0]
            if together.height:
                yield Delivery({feed: together}, {}, None, untyped=frozenset(text))

    def _files(self, day: date) -> list[tuple[str, str]]:
        found = [(c.name, path) for c in CONTRACTS for path in self.zone.list_day(c.name, day) if not is_ours(path)]
        if not found:
            raise LandingZoneError(
                f"nobody has put files for {day} into {self.zone.url}: expected, for instance, "
                f"{self.zone.url}/{day_directory('orders', day)}/orders.csv. Deliver them, choose another day, or set "
                "source to simulator."
            )
        return found


def read_table(zone: LandingZone, path: str) -> pl.DataFrame:
    """A file's rows: text, except from Parquet, which has types.

    Raises:
        LandingZoneError: The file can't be read.
        UnreadableFile: It isn't what its name says.
    """
    data = zone.read(path)
    plain = path.removesuffix(".gz")
    try:
        if path.endswith(".gz"):
            data = gzip.decompress(data)
        if plain.endswith(".parquet"):
            return pl.read_parquet(io.BytesIO(data))
        if plain.endswith(".csv"):
            return pl.read_csv(data, infer_schema=False) if data.strip() else pl.DataFrame()
        if plain.endswith((".jsonl", ".ndjson", ".json")):
            return _json_lines(data)
    except (pl.exceptions.PolarsError, ValueError, OSError, EOFError, zlib.error) as error:
        raise UnreadableFile(
            f"{zone.url}/{path} can't be read as its name says: {str(error).splitlines()[0]}. Have the sender deliver "
            "it again, or remove it; nothing of the day was landed."
        ) from error
    raise UnreadableFile(f"{zone.url}/{path} has an unknown format; known are {', '.join(FORMATS)}, plain or .gz")


def _json_lines(data: bytes) -> pl.DataFrame:
    keys: dict[str, None] = {}
    for line in io.BytesIO(data).readlines()[:_KEYS_SAMPLED]:
        if line.strip():
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError("a line isn't a JSON object")
            keys.update(dict.fromkeys(row))
    return pl.read_ndjson(data, schema=dict.fromkeys(keys, pl.String())) if keys else pl.DataFrame()
