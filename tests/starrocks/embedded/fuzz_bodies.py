"""Bodies and headers of Stream Loads, from right over nearly right to random bytes."""

import json

COLUMNS = ("k", "v", "s")
HEADERS = {
    "format": ["json", "csv", "JSON", "xml", "", "gzip", "parquet", "json; charset=utf8"],
    "columns": [
        "k,v,s",
        "k,v",
        "k, v, s, x = k + 1",
        "k,,v",
        "(",
        "s = now(), k, v",
        "k,v,__op='delete'",
        "'",
        "k=",
        ";",
    ],
    "where": ["k > 3", "k >", "nothing = 1", "1 = 1; DROP TABLE t", "(SELECT 1)", "'"],
    "jsonpaths": ['["$.k","$.v","$.s"]', "[]", "{", '["$"]', '["$..k"]', "[1]", '["$.k[*]"]'],
    "json_root": ["$", "$.a", "$.a[0]", "x", "$[", "'"],
    "strip_outer_array": ["true", "false", "maybe", ""],
    "strict_mode": ["true", "false", "2"],
    "max_filter_ratio": ["0", "0.5", "1", "nan", "-1", "x", "1e400"],
    "column_separator": [",", "\\t", "\\x01", "", "||", "'", "\\xZZ", "very long separator"],
    "row_delimiter": ["\\n", "\\r\\n", ";", ""],
    "enclose": ['"', "'", "ab", ""],
    "escape": ["\\", "ab", ""],
    "skip_header": ["0", "1", "-1", "x", "99999999999999999999", "\u00b3"],
    "timeout": ["60", "0", "x", "259201", "\u00b2"],
    "compression": ["gzip", "zstd", "lz4_frame", "bzip2", "deflate", "nonsense"],
    "partial_update": ["true", "no"],
    "merge_condition": ["v", "k", "none"],
    "partitions": ["t", "p1,p2", "'"],
    "timezone": ["UTC", "Mars/Base", "+08:00", "'"],
    "label": ["a b", "x" * 200, "ä", "'", "../up", ""],
    "log_rejected_record_num": ["-1", "-2", "x"],
    "load_mem_limit": ["x", "1"],
    "transaction_type": ["multi", "other"],
    "Content-Encoding": ["gzip", "br"],
}
VALUES = [
    1,
    -1,
    0,
    2**31,
    2**70,
    1.5,
    1e400,
    True,
    None,
    "",
    "7",
    " 8 ",
    "text",
    "ä" * 40,
    "\0",
    [1],
    {"a": 1},
    "\\N",
    "a,b",
]


def fine(random):
    """Rows that fit, as JSON."""
    count = random.choice([1, 2, 20])
    return [{"k": number, "v": number, "s": "fine"} for number in range(count)]


def as_lines(rows):
    return "\n".join(json.dumps(row) for row in rows).encode()


def load(random):
    """The headers and the body of a load."""
    headers = {"format": random.choice(["json", "json", "csv"])}
    if random.random() < 0.4:  # as it should be, but for at most one thing
        rows = fine(random)
        separated = "\n".join("\t".join(str(value) for value in row.values()) for row in rows).encode()
        body = as_lines(rows) if headers["format"] == "json" else separated
        most, body = random.choice([(1, body), (0, damaged(random, body))])
    else:
        most, body = 5, any_body(random)
    for name in random.sample(sorted(HEADERS), min(most, random.choice([0, 0, 1, 1, 2, 5]))):
        headers[name] = random.choice(HEADERS[name]).encode("utf-8", "replace")
    return headers, body


def any_body(random):
    kind = random.random()
    count = random.choice([0, 1, 2, 20])
    rows = [{name: random.choice(VALUES) for name in COLUMNS} for _ in range(count)]
    if kind < 0.4:
        text = "\n".join(json.dumps(row) for row in rows)
    elif kind < 0.5:
        text = json.dumps(rows)
    elif kind < 0.8:
        text = "\n".join(random.choice(["\t", ","]).join(str(v) for v in row.values()) for row in rows)
    else:
        return random.randbytes(random.choice([0, 1, 10, 500]))
    return damaged(random, text.encode("utf-8", "surrogatepass"))


def damaged(random, data):
    change = random.random()
    if not data or change < 0.4:
        return data
    place = random.randrange(len(data))
    if change < 0.6:
        return data[:place]
    if change < 0.8:
        return data[:place] + random.randbytes(random.choice([1, 4])) + data[place:]
    return data[:place] + data[place + 1 :] + data[: random.randrange(len(data))]
