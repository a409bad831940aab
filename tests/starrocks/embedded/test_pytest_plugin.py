"""The packaged fixture, used as another project would."""

import subprocess
import sys

PROJECT = """
import pymysql

def test_answers(embedded_starrocks):
    with pymysql.connect(host=embedded_starrocks.host, port=embedded_starrocks.mysql_port, user="root") as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 + 1")
            assert cursor.fetchall() == ((2,),)
"""


def test_the_fixture_serves_a_project(tmp_path):
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["retail_platform.starrocks.embedded.pytest_plugin"]')
    (tmp_path / "test_project.py").write_text(PROJECT)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
