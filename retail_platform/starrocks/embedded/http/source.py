"""A request body as a relation: SQL that reads the spooled file into named text (or JSON) fields.

DuckDB parses; the fields are converted later. What DuckDB cannot parse is reported as StarRocks reports it: a row that
was filtered, with the reason in the error log.
"""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from retail_platform.starrocks.embedded.engine import literal, quote
from retail_platform.starrocks.embedded.http.options import LoadOptions
from retail_platform.starrocks.embedded.model import Column
from retail_platform.starrocks.embedded.types import STRING, StarRocksType

JSON = StarRocksType("JSON")
# Text made of a JSON value; STRING is what DuckDB's reader makes of it.
TEXT, WHOLE = StarRocksType("VARCHAR"), StarRocksType("VARCHAR", length=40)
_WHOLE_NUMBERS = ("TINYINT", "SMALLINT", "INT", "BIGINT")
NUMBERS = (*_WHOLE_NUMBERS, "FLOAT", "DOUBLE")  # those that StarRocks reads as such, and refuses booleans for
_READ_ITSELF = {**dict.fromkeys(_WHOLE_NUMBERS, WHOLE), **dict.fromkeys(("BOOLEAN", "FLOAT", "DOUBLE"), STRING)}
_ARRAY_WITHOUT_STRIP = (
    "The value is array type in json document stream, you can set strip_outer_array=true to parse each element of the"
    " array as individual rows"
)
_NOT_ARRAY = "The value should be array type in json document stream when strip_outer_array=true"
_MAX_OBJECT = 1 << 30
_MAX_LINE = 1 << 24  # DuckDB keeps several of them in memory; what is longer is read as one document
_MAX_CSV_LINE, _QUICK_LINE = 1 << 26, 1 << 22
_PIECE = 1 << 17  # stays in a core's cache while it is searched for the second word
_SHARE = 1 << 22  # of a body, searched in one go
_WORDS = (b"true", b"false")
# The C library's search; Python's own takes three times as long. Without it, booleans are taken for granted.
_find = getattr(ctypes.CDLL(None), "memmem", None)
if _find is not None:
    _find.restype = ctypes.c_void_p
    _find.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t)


class BadBody(Exception):
    """The body as a whole is unreadable; the message goes to the error log."""


def first_byte(path: Path) -> bytes:
    """The first byte of a body that is not white space."""
    with path.open("rb") as body:
        while chunk := body.read(4096):
            stripped = chunk.lstrip(b" \t\r\n\xef\xbb\xbf")
            if stripped:
                return stripped[:1]
    return b""


def may_have_booleans(path: Path) -> bool:
    """Whether a JSON body has the words true or false anywhere. Without them, no value in it is a boolean.

    DuckDB's reader makes 1 and 0 of booleans in numbers, without a trace. The search costs a third of what reading
    numbers as text does, which is the other way to know; a large body is searched with every core.
    """
    if _find is None:
        return True
    search = partial(_has_words, _find)
    size = path.stat().st_size
    with path.open("rb", buffering=0) as body:
        if search(body.fileno(), range(0, min(size, _SHARE), _PIECE)):
            return True
        shares = [range(start, min(size, start + _SHARE), _PIECE) for start in range(_SHARE, size, _SHARE)]
        if not shares:
            return False
        with ThreadPoolExecutor(min(len(shares), os.cpu_count() or 1)) as pool:
            found = any(pool.map(partial(search, body.fileno()), shares))
            pool.shutdown(cancel_futures=True)
    return found


def _has_words(find: Callable[..., int | None], file: int, pieces: range) -> bool:
    overlap = max(map(len, _WORDS)) - 1
    for start in pieces:
        piece = os.pread(file, _PIECE + overlap, start)
        if any(find(piece, len(piece), word, len(word)) for word in _WORDS):
            return True
    return False


def read_as(column: Column | None, options: LoadOptions) -> StarRocksType:
    """The type in which the field of a column is read: JSON keeps what it is, everything else begins as text.

    StarRocks reads JSON into whole numbers and floats itself: it cuts fractions off, those of texts too, and refuses
    booleans. What it reads as text, for all other columns, has 1 and 0 for booleans, and objects and arrays compact
    (be/src/exec/json_scanner.cpp, be/src/formats/json). Numbers stay as they are written there; here DuckDB writes
    those with a fraction or an exponent as doubles (1.10: 1.1, 1e3: 1000.0).
    """
    if options.format != "json":
        return STRING
    if column is None:
        return TEXT
    if column.type.name == "JSON" or column.type.is_nested:
        return JSON
    return _READ_ITSELF.get(column.type.name, TEXT)


def _read(field: str, kind: StarRocksType) -> str:
    """SQL of a field as it is made of what DuckDB's reader gives."""
    macro = {TEXT: "json_flat", WHOLE: "json_whole", JSON: "json_checked"}.get(kind)
    return f"{macro}({field})" if macro else field


def json_relation(path: Path, options: LoadOptions, fields: dict[str, StarRocksType], *, lines: bool) -> str:
    """SQL that yields the fields of every object of a JSON body."""
    start = first_byte(path)
    if not options.json_root:
        if start == b"[" and not options.strip_outer_array:
            raise BadBody(_ARRAY_WITHOUT_STRIP)
        if start not in (b"[", b"") and options.strip_outer_array:
            raise BadBody(_NOT_ARRAY)
    if options.jsonpaths or options.json_root or not fields:
        return _by_path(path, options, fields, lines=lines)
    kinds = {name: JSON if kind == TEXT else kind for name, kind in fields.items()}
    listed = ", ".join(f"{literal(name)}: '{kind.duckdb()}'" for name, kind in kinds.items())
    made = ", ".join(f"{_read(quote(name), kind)} AS {quote(name)}" for name, kind in fields.items())
    return (
        f"SELECT {made} FROM read_json({literal(str(path))}, columns = {{{listed}}},"
        f" format = '{_format(options, lines)}', records = true,"
        f" maximum_object_size = {_MAX_LINE if lines else _MAX_OBJECT}, compression = 'none')"
    )


def _format(options: LoadOptions, lines: bool) -> str:
    if options.strip_outer_array:
        return "array"
    return "newline_delimited" if lines else "unstructured"


def _by_path(path: Path, options: LoadOptions, fields: dict[str, StarRocksType], *, lines: bool) -> str:
    kind = "unstructured" if options.json_root else _format(options, lines)
    body = (
        f"SELECT json AS j FROM read_json_objects({literal(str(path))}, format = '{kind}',"
        f" maximum_object_size = {_MAX_OBJECT}, compression = 'none')"
    )
    if options.json_root:
        root = literal(options.json_root)
        body = (
            f"SELECT unnest(CASE json_type(r) WHEN 'ARRAY' THEN from_json(r, '[\"JSON\"]') ELSE [r] END) AS j"
            f" FROM (SELECT json_extract(j, {root}) AS r FROM ({body}))"
        )
    items = []
    for index, (name, column) in enumerate(fields.items()):
        where = options.jsonpaths[index] if options.jsonpaths else f'$."{name}"'
        function = "json_extract" if column in (JSON, TEXT) else "json_extract_string"
        value = "j" if where == "$" else f"{function}(j, {literal(where)})"
        items.append(f"{_read(value, column)} AS {quote(name)}")
    return f"SELECT {', '.join(items) or '1 AS nothing'} FROM ({body})"


def csv_relation(path: Path, options: LoadOptions, fields: dict[str, StarRocksType], *, quick: bool = False) -> str:
    r"""SQL that yields the fields of every line of a CSV body; `\\N` is NULL, an empty field is empty text.

    DuckDB gives a thread no less than the longest line there may be. A `quick` reader fails at lines of more than a few
    megabytes, and reads with every core.
    """
    listed = ", ".join(f"{literal(name)}: '{kind.duckdb()}'" for name, kind in fields.items())
    arguments = [
        literal(str(path)),
        f"columns = {{{listed}}}",
        f"delim = {literal(options.column_separator)}",
        "header = false",
        "auto_detect = false",
        f"skip = {options.skip_header}",
        f"quote = {literal(options.enclose)}",
        f"escape = {literal(options.escape if options.escape and options.enclose else '')}",
        "nullstr = '\\N'",
        "allow_quoted_nulls = false",
        "null_padding = false",
        f"max_line_size = {_QUICK_LINE if quick else _MAX_CSV_LINE}",
        "compression = 'none'",
        "strict_mode = true",
    ]
    if options.row_delimiter not in ("\n", "\r\n"):
        raise BadBody(f"row delimiter {options.row_delimiter!r} is not supported by embedded StarRocks")
    read = f"SELECT * FROM read_csv({', '.join(arguments)})"
    if options.trim_space:
        trimmed = ", ".join(f"trim({quote(name)}) AS {quote(name)}" for name in fields)
        read = f"SELECT {trimmed} FROM ({read})"
    return read


def explain(message: str) -> str:
    """The reader's complaint in one line without the file's name."""
    first = message.split("\n\n", maxsplit=1)[0].splitlines()[0]
    return re.sub(r' in file "[^"]*"', "", re.sub(r"^[\w ]+ Error: ", "", first))
