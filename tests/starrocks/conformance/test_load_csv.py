"""CSV bodies."""


def test_csv(t):
    answer = t.load("t", "1\ta\t1.5\n2\t\\N\t\n", columns="k, v, n")
    assert answer["NumberLoadedRows"] == 2, answer
    assert t.run("SELECT k, v FROM t ORDER BY k") == [(1, "a"), (2, None)]


def test_csv_options(t):
    body = 'head\n1,"a,b"\n'
    answer = t.load("t", body, column_separator=",", skip_header="1", enclose='"', columns="k, v")
    assert answer["Status"] == "Success", answer
    assert t.run("SELECT v FROM t") == [("a,b",)]


def test_an_empty_csv_field_is_empty_text(t):
    t.load("t", "1,\n", column_separator=",", columns="k, v")
    assert t.run("SELECT v FROM t") == [("",)]


def test_a_csv_number_with_a_fraction_is_no_whole_number(warehouse):
    warehouse.table("CREATE TABLE t (k INT, n INT) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)")
    assert warehouse.load("t", "1\t1.7\n", columns="k, n")["Status"] == "Success"
    assert warehouse.run("SELECT k, n FROM t") == [(1, None)]
    assert warehouse.load("t", "1\t1.7\n", columns="k, n", strict_mode="true")["Status"] == "Fail"


def test_what_is_said_of_json_means_nothing_to_csv(t):
    headers = {"strip_outer_array": "true", "jsonpaths": '["$.k"]', "json_root": "$.rows"}
    answer = t.load("t", "1\ta\n", columns="k, v", **headers)
    assert answer["Status"] == "Success", answer
    assert t.run("SELECT k, v FROM t") == [(1, "a")]


def test_a_line_of_many_megabytes(warehouse):
    warehouse.table("CREATE TABLE t (k INT, v STRING, n INT) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)")
    long = "x" * 6_000_000
    answer = warehouse.load("t", f"1\ta\t1\n2\t{long}\t2\n3\tc\t3\n", columns="k, skipped, n")
    assert answer["NumberLoadedRows"] == 3, answer
    assert warehouse.run("SELECT k, n FROM t ORDER BY k") == [(1, 1), (2, 2), (3, 3)]
