"""The headers of a Stream Load, read and checked once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from retail_platform.starrocks.embedded.errors import StarRocksError
from retail_platform.starrocks.embedded.lexer import TokenCursor, split_commas, split_statements

COMPRESSIONS = {
    "gzip": "gzip",
    "bzip2": "bzip2",
    "lz4": "lz4",
    "lz4_frame": "lz4",
    "zstd": "zstd",
    "deflate": "deflate",
}
MAX_JSON_BYTES = 100 * 1024 * 1024
MAX_BODY_MB = 10240
MAX_SKIP = (1 << 31) - 1  # more lines than a body can have


@dataclass(frozen=True)
class LoadColumn:
    """One entry of the `columns` header: a source field, or a computed column."""

    name: str
    expression: str | None = None


@dataclass
class LoadOptions:
    """What the headers ask for."""

    format: str = "csv"
    label: str | None = None
    columns: list[LoadColumn] = field(default_factory=list)
    where: str | None = None
    column_separator: str = "\t"
    row_delimiter: str = "\n"
    skip_header: int = 0
    trim_space: bool = False
    enclose: str = ""
    escape: str = ""
    partitions: list[str] = field(default_factory=list)
    strict: bool = False
    timezone: str = "Asia/Shanghai"
    jsonpaths: list[str] = field(default_factory=list)
    json_root: str = ""
    strip_outer_array: bool = False
    partial_update: bool = False
    merge_condition: str | None = None
    max_filter_ratio: float = 0.0
    timeout: int = 600
    compression: str | None = None


def _boolean(headers: Mapping[str, str], name: str, message: str) -> bool:
    value = headers.get(name)
    if value is None:
        return False
    if value.lower() not in ("true", "false"):
        raise StarRocksError(message)
    return value.lower() == "true"


def _number(text: str) -> float:
    """strtod: garbage is zero."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def _digits(text: str) -> bool:
    """Whether a text is a number in plain digits; Unicode knows others that int() does not read."""
    return text.isascii() and text.isdigit()


def parse_options(headers: Mapping[str, str]) -> LoadOptions:
    """Read the headers in the order in which the backend complains about them."""
    options = LoadOptions(label=headers.get("label"))
    _format(headers, options)
    _sizes(headers, options)
    timeout = headers.get("timeout", "600")
    if not _digits(timeout):
        raise StarRocksError("Invalid timeout format")
    options.timeout = int(timeout)
    if not 1 <= options.timeout <= 259200:
        raise StarRocksError(f"Invalid timeout: {timeout}. timeout must between 1 and 259200 seconds")
    options.strict = _boolean(headers, "strict_mode", "Invalid strict mode format. Must be bool type")
    options.partial_update = _boolean(
        headers, "partial_update", "Invalid partial update flag format. Must be bool type"
    )
    rejected = headers.get("log_rejected_record_num")
    if rejected is not None and (not _digits(rejected.removeprefix("-")) or int(rejected) < -1):
        raise StarRocksError("Invalid log_rejected_record_num format")
    if headers.get("partitions") and headers.get("temporary_partitions"):
        raise StarRocksError("Can not specify both partitions and temporary partitions")
    _refuse_unsupported(headers)
    options.columns = parse_columns(headers.get("columns", ""))
    options.where = headers.get("where") or None
    options.partitions = [name.strip() for name in headers.get("partitions", "").split(",") if name.strip()]
    options.timezone = headers.get("timezone", "Asia/Shanghai")
    options.merge_condition = headers.get("merge_condition") or None
    options.max_filter_ratio = _number(headers.get("max_filter_ratio", "0"))
    _csv(headers, options)
    if options.format == "json":  # a CSV load may say these things; they mean nothing to it
        _json(headers, options)
    return options


def _format(headers: Mapping[str, str], options: LoadOptions) -> None:
    if headers.get("content-encoding") and headers.get("compression"):
        raise StarRocksError("Only one of http header content-encoding and compression can be set")
    name = headers.get("format", "csv").lower()
    compression = (headers.get("content-encoding") or headers.get("compression") or "").lower()
    if name in COMPRESSIONS:
        name, compression = "csv", name
    if name not in ("csv", "json"):
        raise StarRocksError(f"unknown data format, format={headers.get('format')}")
    if compression and compression not in COMPRESSIONS and compression != "identity":
        raise StarRocksError(f"unknown compression, compression={compression}")
    options.format = name
    options.compression = COMPRESSIONS.get(compression)


def _sizes(headers: Mapping[str, str], options: LoadOptions) -> None:
    length = headers.get("content-length", "")
    if not _digits(length):
        return
    size = int(length)
    if size > MAX_BODY_MB * 1024 * 1024:
        raise StarRocksError(
            f"body size {size} exceed limit: {MAX_BODY_MB * 1024 * 1024}, The default limit is {MAX_BODY_MB} MB."
            " You can increase the limit by setting streaming_load_max_mb in be.conf."
        )
    if options.format == "json" and size > MAX_JSON_BYTES and headers.get("ignore_json_size", "").lower() != "true":
        raise StarRocksError(
            f"The size of this batch exceed the max size [{MAX_JSON_BYTES}]  of json type data  data [ {size} ]."
            " Set ignore_json_size to skip the check, although it may lead huge memory consuming."
        )


def _refuse_unsupported(headers: Mapping[str, str]) -> None:
    if headers.get("temporary_partitions"):
        raise StarRocksError("temporary partitions are not supported by embedded StarRocks")
    if headers.get("enable_merge_commit", "").lower() == "true":
        raise StarRocksError("merge commit is not supported by embedded StarRocks")
    if headers.get("envelope"):
        raise StarRocksError("envelope is not supported by embedded StarRocks")


def parse_columns(text: str) -> list[LoadColumn]:
    """The `columns` header: names, and `name = expression`."""
    if not text.strip():
        return []
    statements = split_statements(text)
    if len(statements) != 1:
        raise StarRocksError(f"Getting syntax error in columns header: {text}")
    found = []
    for part in split_commas(statements[0].tokens):
        cursor = TokenCursor(part, text)
        name = cursor.identifier("a column name")
        if cursor.done:
            found.append(LoadColumn(name))
            continue
        cursor.expect("=")
        rest = cursor.rest()
        if not rest:
            raise cursor.refuse("an expression")
        found.append(LoadColumn(name, text[rest[0].start : rest[-1].end + 1]))
    return found


def _separator(text: str) -> str:
    """A separator as it is, or in one of the two ways to write what a header cannot hold."""
    try:
        if text.lower().startswith(("\\x", "0x")):
            return bytes.fromhex(text[2:]).decode("latin-1")
        return text.encode("latin-1", "backslashreplace").decode("unicode_escape") if "\\" in text else text
    except ValueError as error:
        raise StarRocksError(f"Invalid delimiter '{text}': invalid hex format or escape") from error


def _csv(headers: Mapping[str, str], options: LoadOptions) -> None:
    options.column_separator = _separator(headers.get("column_separator", "\t")) or "\t"
    options.row_delimiter = _separator(headers.get("row_delimiter", "\n")) or "\n"
    skip = headers.get("skip_header", "0")
    options.skip_header = min(int(skip), MAX_SKIP) if _digits(skip) else 0
    options.trim_space = headers.get("trim_space", "").lower() == "true"
    options.enclose = headers.get("enclose", "")
    options.escape = headers.get("escape", "")


def _json(headers: Mapping[str, str], options: LoadOptions) -> None:
    options.strip_outer_array = headers.get("strip_outer_array", "").lower() == "true"
    options.json_root = headers.get("json_root", "")
    paths = headers.get("jsonpaths", "")
    if paths:
        try:
            found = json.loads(paths)
        except json.JSONDecodeError as error:
            raise StarRocksError(f"Invalid json path: {paths}") from error
        if not isinstance(found, list) or not all(isinstance(path, str) for path in found):
            raise StarRocksError(f"Invalid json path: {paths}")
        options.jsonpaths = found
