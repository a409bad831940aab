"""The straight way of a load and the long one come to the same rows, or the same refusal, whatever the value."""

import json
import random

import pytest
import requests

from retail_platform.starrocks.embedded.http import source
from retail_platform.starrocks.embedded.http.load import Loader

TEXTS = [
    "1", "1.7", "1.0", " 7 ", "1e3", "-0", "+5", "", "0.1", ".5", "1.005", "99999999999", "12345678901234567890",
    "true", "x", "2026-01-02", "2026-1-2", "20260102", "20260102030405", "2026-01-02 03:04:05",
    "2026-01-02 03:04:05.123456",
    "2026-01-02T03:04:05Z", "2026-01-02 03:04:05+02:00", "2026/01/02", " 2026-01-02", "2026-02-30", "2026-01-02 10",
    "äöü", "0", "-1.5", "1e400", "abcdefgh",
    "0x10", " 0x10", "1_000", "1_0.5", "infinity", "-inf", "nan", "epoch", "2026-01-02 (BC)",
    "007", "1.", "15e-1", "1e-3", "0.005", "-2.675", "9999999999.994", "9999999999.995", "false", "-",
    "0000-01-01", "0001-01-01", "9999-12-31 23:59:59.999999", "10000-01-01", "12026-01-02 03:04:05", "1970-01-01",
]  # fmt: skip
NUMBERS = [
    1,
    1.7,
    1.0,
    0.1,
    1.005,
    2.675,
    1e3,
    1e300,
    -0.0,
    15e-1,
    0.005,
    0.00499999999999999,
    1234567890.125,
    9999999999.994,
    9999999999.995,
    2**31,
    2**63,
    10**30,
    20260102,
    20260102030405,
    True,
    False,
    None,
]
STRUCTURES = [[1], {"a": 1}, [], {}]
TYPES = [
    "BOOLEAN", "TINYINT", "INT", "BIGINT", "LARGEINT", "FLOAT", "DOUBLE", "DECIMAL(12, 2)", "DECIMAL(38, 10)", "DATE",
    "DATETIME", "CHAR(4)", "VARCHAR(5)", "STRING", "JSON", "ARRAY<INT>",
]  # fmt: skip


@pytest.fixture(scope="module")
def load(server, shared):
    session = requests.Session()
    session.auth = ("root", "")

    def put(body, **headers):
        """What a body comes to, read the straight way, and the long way because a condition has to be looked at."""
        found = []
        for where in ({}, {"where": "k = 1"}):
            shared("TRUNCATE TABLE d.same")
            url = f"http://{server.host}:{server.be_port}/api/d/same/_stream_load"
            answer = session.put(url, data=body, headers={**headers, **where}, timeout=30).json()
            message = answer["Message"] if answer["Status"] == "Fail" else ""
            log = session.get(answer["ErrorURL"], timeout=30).text if "ErrorURL" in answer else ""
            counts = [answer[f"Number{name}Rows"] for name in ("Total", "Loaded", "Filtered", "Unselected")]
            found.append((answer["Status"], message, counts, log, shared("SELECT * FROM d.same")))
        return found

    with session:
        yield put


def compare(load, shared, kind, null, strict):
    shared("DROP TABLE IF EXISTS d.same FORCE")
    shared(f"CREATE TABLE d.same (k INT, v {kind} {null}) DUPLICATE KEY (k)")
    for value in [*TEXTS, *NUMBERS, *STRUCTURES]:
        straight, long = load(json.dumps({"k": 1, "v": value}), format="json", strict_mode=strict)
        assert straight == long, (value, strict)
    for value in [*TEXTS, "\\N", "[1,2]"]:
        straight, long = load(f"1\t{value}\n".encode(), format="csv", strict_mode=strict)
        assert straight == long, (value, strict)


def test_both_ways_agree(load, shared):
    """The type with the most ways to be written; the others are among the slow ones."""
    compare(load, shared, "DATETIME", "NOT NULL", "true")


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("strict", ["true", "false"])
@pytest.mark.parametrize("null", ["NULL", "NOT NULL"])
@pytest.mark.parametrize("kind", TYPES)
def test_both_ways_agree_on_every_type(load, shared, kind, null, strict):
    compare(load, shared, kind, null, strict)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("STRING", [1e300, 1e-7, "1e300", "1e-7", "-1e5", [1e-7], {"a": 1e300}]),
        ("DATE", ["67-01-08", "0067-01-08", "999-12-31", "1000-01-01"]),
        ("DATETIME", ["67-01-08", "0067-01-08 00:00:01", "999-12-31", "1000-01-01"]),
    ],
)
def test_both_ways_agree_on_what_the_slow_ones_came_upon(load, shared, kind, values):
    shared("DROP TABLE IF EXISTS d.same FORCE")
    shared(f"CREATE TABLE d.same (k INT, v {kind}) DUPLICATE KEY (k)")
    for value in values:
        for more in ("", ', "b": true'):  # without booleans, and with one
            straight, long = load(f'{{"k": 1, "v": {json.dumps(value)}{more}}}', format="json")
            assert straight == long, value
        straight, long = load(f"1\t{value}\n".encode(), format="csv")
        assert straight == long, value


def drawn(seed, count):
    """Texts near numbers and times: pieces of such, put together at random."""
    chance = random.Random(seed)
    pieces = [*"0123456789", *"0123456789", *".-+_eExb: TZ(", "2026", "-01-0", "00", "999999999", "0x", "1e", "005"]
    return ["".join(chance.choices(pieces, k=chance.randint(1, 6))) for _ in range(count)]


def as_number(text):
    """The text as JSON writes it, without quotes where it is a number."""
    try:
        json.loads(text)
    except ValueError:
        return json.dumps(text)
    return text


def compare_drawn(load, shared, kind, seed, count):
    shared("DROP TABLE IF EXISTS d.same FORCE")
    shared(f"CREATE TABLE d.same (k INT, v {kind}) DUPLICATE KEY (k)")
    for text in drawn(seed, count):
        for body, options in (
            (f"1\t{text}\n", {"format": "csv"}),
            (f'{{"k": 1, "v": {as_number(text)}}}', {"format": "json"}),
        ):
            straight, long = load(body.encode(), strict_mode="true", **options)
            assert straight == long, (text, options)


@pytest.mark.parametrize("kind", ["INT", "DECIMAL(12, 2)", "DATETIME"])
def test_both_ways_agree_on_drawn_values(load, shared, kind):
    compare_drawn(load, shared, kind, seed=f"fast {kind}", count=8)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", ["INT", "BIGINT", "DOUBLE", "DECIMAL(12, 2)", "DATE", "DATETIME", "VARCHAR(5)"])
def test_both_ways_agree_on_many_drawn_values(load, shared, kind):
    compare_drawn(load, shared, kind, seed=f"slow {kind}", count=300)


@pytest.mark.parametrize("kind", ["INT", "DECIMAL(12, 2)", "DATE"])
@pytest.mark.parametrize("value", ["ä" * 60, "x" + "ä" * 60, ["ä" * 60]])
def test_both_ways_agree_on_what_duckdb_cuts_in_its_message(load, shared, kind, value):
    shared("DROP TABLE IF EXISTS d.same FORCE")
    shared(f"CREATE TABLE d.same (k INT, v {kind}) DUPLICATE KEY (k)")
    for strict in ("true", "false"):
        straight, long = load(
            json.dumps({"k": 1, "v": value}, ensure_ascii=False).encode(), format="json", strict_mode=strict
        )
        assert straight == long


def test_clean_rows_go_the_straight_way(load, shared, monkeypatch):
    """Else the cases above compare the long way with itself."""
    monkeypatch.setattr(Loader, "_staged", refuse)
    shared("DROP TABLE IF EXISTS d.same FORCE")
    columns = ["k INT", "b BIGINT", "d DECIMAL(12, 2)", "f DOUBLE", "s VARCHAR(5)", "a DATE", "t DATETIME", "x BOOLEAN"]
    shared(f"CREATE TABLE d.same ({', '.join(columns)}) DUPLICATE KEY (k)")
    values = ["1", "-2", "3.25", "1e3", "ab", "2026-01-02", "2026-01-02 03:04:05", "true"]
    names = [column.split()[0] for column in columns]
    numbers = dict(zip(names, values, strict=True)) | {"k": 1, "b": -2, "d": 3.25, "f": 1e3, "x": True}
    for body, kind in ((json.dumps(numbers), "json"), ("\t".join(values) + "\n", "csv")):
        status, message, *_ = load(body, format=kind)[0]
        assert status == "Success", (kind, message)


def refuse(*_arguments, **_options):
    raise AssertionError("the long way")


@pytest.mark.parametrize(
    "kind", ["BIGINT", "DOUBLE", *(pytest.param(k, marks=pytest.mark.slow) for k in ("INT", "LARGEINT", "FLOAT"))]
)
def test_both_ways_agree_on_numbers_that_a_double_does_not_hold(load, shared, kind):
    """Without booleans in the body numbers are read as doubles; with one they are read as text."""
    shared("DROP TABLE IF EXISTS d.same FORCE")
    shared(f"CREATE TABLE d.same (k INT, v {kind}, b BOOLEAN) DUPLICATE KEY (k)")
    numbers = [
        "2147483647",
        "2147483647.4",
        "9007199254740991",
        "9007199254740991.9",
        "9007199254740993",
        "-0.0",
        "1e-400",
    ]
    for value in [*numbers, '"9007199254740993"', '"1.0"', '"1."', '"-0"', "1.7", "true", "false"]:
        found = [
            load(f'{{"k": 1, "v": {value}{more}}}', format="json", strict_mode="true") for more in ("", ', "b": true')
        ]
        for straight, long in found:
            assert straight == long, value
        if found[0][0][-1]:
            assert [row[:2] for row in found[0][0][-1]] == [row[:2] for row in found[1][0][-1]], value


def test_a_boolean_is_found_wherever_it_is(tmp_path):
    body = tmp_path / "body"
    for text in ("", "1" * 5, "tru", "fals" * 100_000):
        body.write_text(text)
        assert not source.may_have_booleans(body)
    for word in ("true", "false"):
        edges = (source._PIECE, 3 * source._PIECE, source._SHARE, 3 * source._SHARE)
        for place in (0, 5 * source._SHARE, *(edge + near for edge in edges for near in (-3, -2, -1, 0))):
            body.write_text("x" * place + word)
            assert source.may_have_booleans(body), (word, place)


def test_both_ways_agree_on_computed_columns(load, shared):
    shared("DROP TABLE IF EXISTS d.same FORCE")
    shared("CREATE TABLE d.same (k INT, v DATE, w VARCHAR(20)) DUPLICATE KEY (k)")
    for value in ("2026-01-02", "2026-1-2", "x"):
        straight, long = load(json.dumps({"k": 1, "v": value}), format="json", columns="k, v, w = concat(v, '!')")
        assert straight == long, value


WRITTEN = [
    ("1.10", "1.1"),
    ("1e3", "1000.0"),
    ("12345678901234567890123", "12345678901234567890123"),
    ('{"a": 1.10, "b": [true]}', '{"a":1.1,"b":[true]}'),
]


@pytest.mark.parametrize(("value", "text"), WRITTEN)
def test_the_text_of_a_json_number_is_as_documented(load, shared, value, text):
    shared("DROP TABLE IF EXISTS d.same FORCE")
    shared("CREATE TABLE d.same (k INT, v STRING) DUPLICATE KEY (k)")
    body = f'{{"k": 1, "v": {value}}}'
    for paths in ({}, {"jsonpaths": '["$.k", "$.v"]'}):
        for answer in load(body, format="json", **paths):
            assert answer[-1] == [(1, text)]


def test_text_columns_with_booleans_go_straight_too(load, shared, monkeypatch):
    monkeypatch.setattr(Loader, "_staged", refuse)
    shared("DROP TABLE IF EXISTS d.same FORCE")
    shared("CREATE TABLE d.same (k INT, v STRING, w STRING) DUPLICATE KEY (k)")
    status, *_, rows = load('{"k": 1, "v": true, "w": "true"}', format="json")[0]
    assert (status, rows) == ("Success", [(1, "1", "true")])
