"""docs/embedded-starrocks.md as a new user follows it: its commands run, its Python runs, its tables are true."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from retail_platform.starrocks.embedded import EmbeddedStarRocks
from retail_platform.starrocks.embedded.cli import serve
from tests.starrocks.embedded.dbt_adapter.cannot import REASONS

PAGE = (Path(__file__).parents[3] / "docs" / "embedded-starrocks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, flags=re.DOTALL)

ANSWERS = """
import pymysql

def test_answers(embedded_starrocks):
    with pymysql.connect(host=embedded_starrocks.host, port=embedded_starrocks.mysql_port, user="root") as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 + 1")
            assert cursor.fetchall() == ((2,),)
"""


def block(language, beginning):
    [found] = [text for kind, text in BLOCKS if kind == language and text.startswith(beginning)]
    return found


def at_ports(text, facts):
    for port, name in (("9030", "mysql_port"), ("8030", "fe_port"), ("8040", "be_port")):
        text = text.replace(port, str(facts[name]))
    return text


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The server of the page's own command: the line with ports that the system chooses."""
    directory = tmp_path_factory.mktemp("user")
    [line] = [line for line in block("sh", "retail-platform serve").splitlines() if "--ready-file" in line]
    command = [str(Path(sys.executable).parent / "retail-platform"), *shlex.split(line, comments=True)[1:]]
    process = subprocess.Popen(command, cwd=directory, stdout=subprocess.DEVNULL)
    ready = directory / "ready.json"
    deadline = time.monotonic() + 60
    while not ready.exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    yield directory, json.loads(ready.read_text())
    process.terminate()
    assert process.wait(30) == 0


@pytest.fixture(scope="module")
def shop(served):
    """What the shell commands of the page print, one after the other."""
    for tool in ("mariadb", "curl"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    directory, facts = served
    commands = at_ports(block("sh", "mariadb"), facts)
    shell = ["bash", "-e", "-o", "pipefail", "-c", commands]
    done = subprocess.run(shell, cwd=directory, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_mariadb_and_curl(shop):
    assert "current_version" in shop and '"Status": "Success"' in shop
    assert shop.endswith("order_id\ttotal\n1\t9.50\n2\t20.00\n")


def test_sqlalchemy_and_pandas(shop, served):
    names = {}
    exec(at_ports(block("python", "import pandas"), served[1]), names)
    assert names["frame"].to_dict("records") == [{"orders": 2, "total": 29.5}]
    assert names["columns"] == ["order_id", "placed_at", "total"]
    names["engine"].dispose()


def test_the_packaged_fixture(tmp_path):
    text = block("python", "# conftest.py")
    conftest, _, test = text.partition("# test_orders.py")
    (tmp_path / "conftest.py").write_text(conftest)
    (tmp_path / "test_orders.py").write_text(test)
    (tmp_path / "test_answers.py").write_text(ANSWERS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout


def test_python_and_failures_on_demand(capsys):
    exec(block("python", "from retail_platform"), {})
    assert len(capsys.readouterr().out.split()) == 2
    with EmbeddedStarRocks() as server:
        session = server.engine.background("root", "")
        session.execute("CREATE DATABASE shop; CREATE TABLE shop.orders (order_id INT)")
        session.close()
        exec(block("python", "server.faults"), {"server": server})
        assert server.faults.slow_backend == 2.0


def test_every_option_of_serve_on_the_page_exists():
    options = {option for parameter in serve.params for option in parameter.opts}
    assert set(re.findall(r"--[\w-]+", block("sh", "retail-platform serve"))) <= options


def test_the_table_of_what_dbt_cannot_do_is_complete():
    for name, reason in REASONS.items():
        assert f"| {name.replace('::', ': ')} | {reason} |" in PAGE
