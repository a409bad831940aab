"""The checks against a warehouse that is there, one that lies, and none at all."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from retail_platform.deployment import local_checks, privilege_checks, warehouse_checks
from retail_platform.deployment.examination import Ailment, Subject
from retail_platform.settings import RetailSettings, StarRocksSettings
from retail_platform.starrocks.connection import WarehouseAccessDenied
from tests.conftest import Platform


@pytest.fixture
def subject(platform: Platform) -> Subject:
    return Subject(platform.starrocks, platform.retail)


def _retail(**values: Any) -> RetailSettings:
    return RetailSettings(_env_file=None, **values)


def test_a_warehouse_that_is_there_is_well(subject: Subject) -> None:
    assert "1 backend(s) alive" in warehouse_checks.answers(subject)
    assert "StarRocks 3." in warehouse_checks.login(subject)
    assert "which answers" in warehouse_checks.redirect(subject)
    assert "agree within" in warehouse_checks.clock_skew(subject)


def test_privileges_of_a_user_who_may_everything(subject: Subject) -> None:
    assert "load 10 raw tables" in privilege_checks.loader(subject)
    assert "build in" in privilege_checks.transformer(subject)
    assert "marts" in privilege_checks.reader(subject)


def test_privileges_missing_are_named(subject: Subject) -> None:
    elsewhere = Subject(subject.starrocks, _retail(db_prefix="nobody_"))
    with pytest.raises(Ailment, match=r"can't read nobody_bronze\.") as caught:
        privilege_checks.loader(elsewhere)
    assert "init-db --grants" in caught.value.remedy
    with pytest.raises(Ailment, match="can't"):
        privilege_checks.transformer(elsewhere)
    with pytest.raises(Ailment, match="can't see nobody_gold"):
        privilege_checks.reader(elsewhere)


def test_a_wrong_password_is_told_without_it(subject: Subject) -> None:
    wrong = subject.starrocks.model_copy(update={"user": "somebody", "password": "marker-1a2b"})
    settings = StarRocksSettings(_env_file=None, **{**wrong.model_dump(), "password": "marker-1a2b"})
    with pytest.raises(WarehouseAccessDenied) as caught:
        warehouse_checks.login(Subject(settings, subject.retail))
    assert "marker-1a2b" not in str(caught.value)


@contextmanager
def _server(routes: dict[str, tuple[int, dict[str, str], Any]]) -> Iterator[int]:
    """An HTTP server that answers what it is told."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            status, headers, body = routes[self.path.split("?")[0]]
            data = body.encode() if self.path == "/metrics" else json.dumps(body).encode()
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = _answer

        def log_message(self, *_args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def _lying(port: int) -> Subject:
    settings = StarRocksSettings(_env_file=None, host="127.0.0.1", port=port, http_port=port)
    return Subject(settings, _retail())


def test_a_frontend_without_backends_is_ill() -> None:
    health = {"status": "OK", "online_backend_num": 0, "total_backend_num": 1}
    nothing = {"/api/health": (200, {}, health), "/metrics": (404, {}, "")}
    with _server(nothing) as port, pytest.raises(Ailment, match="no backend and no compute node that is alive"):
        warehouse_checks.answers(_lying(port))


@pytest.mark.parametrize(("alive", "well"), [(2, True), (0, False)])
def test_compute_nodes_of_a_shared_data_cluster_count(alive: int, *, well: bool) -> None:
    """There the frontend's health says that there are no backends."""
    nodes = (
        f'node_info{{type="be_node_num", state="alive"}} 0\nnode_info{{type="cn_node_num", state="alive"}} {alive}\n'
    )
    health = {"status": "OK", "online_backend_num": 0, "total_backend_num": 0}
    with _server({"/api/health": (200, {}, health), "/metrics": (200, {}, nodes)}) as port:
        if well:
            assert "2 compute node(s) alive" in warehouse_checks.answers(_lying(port))
        else:
            with pytest.raises(Ailment, match="no backend and no compute node"):
                warehouse_checks.answers(_lying(port))


def test_a_port_that_is_no_frontend_is_named() -> None:
    with _server({"/api/health": (200, {}, "hello")}) as port:
        assert "answers" in warehouse_checks.answers(_lying(port)), "older versions tell less"


def test_a_redirect_to_a_dead_backend_explains_the_map() -> None:
    path = "/api/bronze/raw_load_audit/_stream_load"
    target = {"Location": f"http://127.0.0.1:1{path}"}
    with _server({path: (307, target, None)}) as port, pytest.raises(Ailment, match=r"127\.0\.0\.1:1") as caught:
        warehouse_checks.redirect(_lying(port))
    assert 'STARROCKS_REDIRECT_MAP={"127.0.0.1:1": "host:port"}' in caught.value.remedy


@pytest.mark.parametrize(("scheme", "port"), [("http", 80), ("https", 443)])
def test_a_redirect_without_a_port_means_that_of_its_scheme(
    scheme: str, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []

    def unreachable(address: tuple[str, int], _timeout: float) -> None:
        asked.append(address)
        raise ConnectionRefusedError

    where = f"{scheme}://be.example.com/api/x"
    monkeypatch.setattr(warehouse_checks.StarRocksHttp, "ask_frontend", lambda *_: where)
    monkeypatch.setattr(warehouse_checks.socket, "create_connection", unreachable)
    with pytest.raises(Ailment, match=f"be.example.com:{port}"):
        warehouse_checks.redirect(_lying(1))
    assert asked == [("be.example.com", port)]


def test_a_host_without_address_is_named() -> None:
    settings = StarRocksSettings(_env_file=None, host="no-such-host.invalid")
    with pytest.raises(Ailment, match=r"'no-such-host\.invalid' has no address"):
        warehouse_checks.answers(Subject(settings, _retail()))


def _workspace(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"workspaceOrError": {"__typename": "Workspace", "locationEntries": list(entries)}}}


def _located(answer: dict[str, Any]) -> str:
    with _server({"/graphql": (200, {}, answer)}) as port:
        where = f"http://127.0.0.1:{port}"
        subject = Subject(StarRocksSettings(_env_file=None), _retail(), where)
        return local_checks.code_locations(subject)


def test_code_locations() -> None:
    good = [
        {"name": name, "locationOrLoadError": {"__typename": "RepositoryLocation"}}
        for name in ("ingestion", "transformation")
    ]
    assert _located(_workspace(*good)) == "ingestion, transformation loaded"
    with pytest.raises(Ailment, match="no code location 'transformation', only ingestion"):
        _located(_workspace(good[0]))
    broken = {
        "name": "transformation",
        "locationOrLoadError": {"__typename": "PythonError", "message": "No module x\n"},
    }
    with pytest.raises(Ailment, match="transformation isn't loaded: No module x"):
        _located(_workspace(good[0], broken))
    for nothing in ({"hello": 1}, {"data": None, "errors": [{"message": "no"}]}, {"data": {}}):
        with pytest.raises(Ailment, match="no answer of a Dagster webserver"):
            _located(nothing)


def test_landing_zone(tmp_path: Path) -> None:
    starrocks = StarRocksSettings(_env_file=None)
    good = Subject(starrocks, _retail(landing_url=str(tmp_path / "landing")))
    assert "is writable" in local_checks.landing_zone(good)
    assert not list((tmp_path / "landing").iterdir()), "the probe is removed"
    (tmp_path / "file").write_text("")
    bad = Subject(starrocks, _retail(landing_url=str(tmp_path / "file" / "landing")))
    with pytest.raises(Ailment, match="can't be written") as caught:
        local_checks.landing_zone(bad)
    assert "RETAIL_LANDING_URL" in caught.value.remedy


@pytest.mark.parametrize("url", ["nonsense://user:hidden@bucket/zone", "memory://user:hidden@bucket/zone"])
def test_secrets_in_the_landing_zones_url_are_not_shown(url: str) -> None:
    subject = Subject(StarRocksSettings(_env_file=None), _retail(landing_url=url))
    try:
        said = local_checks.landing_zone(subject)
    except Ailment as ailment:
        said = str(ailment)
    assert "://bucket/zone" in said
    assert "hidden" not in said


def test_dbt_profile(tmp_path: Path) -> None:
    starrocks = StarRocksSettings(_env_file=None)
    (tmp_path / "dbt_project.yml").write_text("name: x\nprofile: shop\n")
    with pytest.raises(Ailment, match="has no profile 'shop'"):
        local_checks.dbt_profile(Subject(starrocks, _retail(dbt_project_dir=tmp_path)))
    (tmp_path / "profiles.yml").write_text("shop: {target: a}\n")
    assert "will be parsed" in local_checks.dbt_profile(Subject(starrocks, _retail(dbt_project_dir=tmp_path)))


def test_versions_and_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = Subject(StarRocksSettings(_env_file=None), _retail())
    assert "requirements met" in local_checks.versions(subject)
    monkeypatch.setattr("importlib.metadata.version", lambda _name: "0.0.1")
    with pytest.raises(Ailment, match=r"dagster 0\.0\.1 is not") as caught:
        local_checks.versions(subject)
    assert "constraints.txt" in caught.value.remedy
    monkeypatch.setenv("DAGSTER_HOME", "relative/path")
    with pytest.raises(Ailment, match="no absolute path"):
        local_checks.dagster_instance(subject)


def test_a_database_that_does_not_answer_is_told_in_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = {"username": "d", "password": {"env": "DAGSTER_PG_PASSWORD"}, "hostname": "127.0.0.1", "port": 1}
    postgres = {"postgres_db": {"scheme": "postgresql+psycopg2", "db_name": "d", **database}}
    (tmp_path / "dagster.yaml").write_text(json.dumps({"storage": {"postgres": postgres}}))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setenv("DAGSTER_PG_PASSWORD", "marker-5d2e")
    with pytest.raises(Ailment, match=r"port 1 failed: Connection refused") as caught:
        local_checks.dagster_instance(Subject(StarRocksSettings(_env_file=None), _retail()))
    assert "marker-5d2e" not in str(caught.value)
