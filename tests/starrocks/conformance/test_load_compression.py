"""Compressed bodies."""

import gzip

import lz4.frame
import pytest
import zstandard


@pytest.mark.parametrize(
    ("name", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress), ("lz4_frame", lz4.frame.compress)]
)
def test_compression(t, name, pack):
    assert t.load("t", pack(b'{"k": 1}\n{"k": 2}'), format="json", compression=name)["NumberLoadedRows"] == 2
    broken = t.load("t", b"not compressed", format="json", compression=name)
    assert broken["Status"] == "Fail"
