"""Request bodies on disk: received without holding the event loop, unpacked, removed when done."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import shutil
import zlib
from pathlib import Path
from typing import IO, Any

import lz4.frame
import zstandard
from starlette.requests import Request

from retail_platform.starrocks.embedded.errors import StarRocksError
from retail_platform.starrocks.embedded.http import uploads

_FLUSH = 1 << 20


async def receive(request: Request, path: Path) -> None:
    """Write a body to a file."""
    loop = asyncio.get_running_loop()
    protocol, left = uploads.protocol_of(request), uploads.announced(request)
    with path.open("wb") as target:
        held: list[bytes] = []
        size = 0
        async for chunk in request.stream():
            held.append(chunk)
            size += len(chunk)
            left -= len(chunk)
            if protocol is not None and left >= uploads.WORTH_IT:
                target.writelines(held)
                await protocol.rest(target, left)
                held, size, left = [], 0, 0
            elif size >= _FLUSH:
                await loop.run_in_executor(None, target.writelines, held)
                held, size = [], 0
        target.writelines(held)


def unpack(path: Path, compression: str | None) -> Path:
    """Decompress a spooled body in place; a body that is not what its header says is refused."""
    if compression is None:
        return path
    plain = path.with_suffix(".plain")
    try:
        with path.open("rb") as packed, plain.open("wb") as target:
            _decompress(packed, target, compression)
    except (OSError, EOFError, zlib.error, zstandard.ZstdError, RuntimeError) as error:
        plain.unlink(missing_ok=True)
        raise StarRocksError(f"Fail to decompress data, compression={compression}: {error}") from error
    plain.replace(path)
    return path


def _decompress(packed: IO[bytes], target: IO[bytes], compression: str) -> None:
    if compression == "zstd":
        zstandard.ZstdDecompressor().copy_stream(packed, target)
        return
    if compression == "deflate":
        target.write(zlib.decompress(packed.read()))
        return
    openers: dict[str, Any] = {"gzip": gzip.GzipFile, "bzip2": bz2.BZ2File, "lz4": lz4.frame.LZ4FrameFile}
    stream = openers[compression](fileobj=packed) if compression == "gzip" else openers[compression](packed)
    with stream:
        shutil.copyfileobj(stream, target, 1 << 20)
