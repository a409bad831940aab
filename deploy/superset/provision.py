"""Prepare Superset: its own tables, an administrator, and the bundle in assets/. Safe to repeat.

    SUPERSET_CONFIG_PATH=superset_config.py SUPERSET_ADMIN_PASSWORD_FILE=... python provision.py

Runs with the Python Superset is installed for, and calls its command: `superset db upgrade`, `fab create-admin`,
`init`, `import-dashboards`. The marts' database is `gold`, behind RETAIL_DB_PREFIX.
"""

import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ASSETS = Path(__file__).resolve().parent / "assets"
SUPERSET = Path(sys.executable).parent / "superset"


def bundle(target: Path, prefix: str) -> None:
    """Write the bundle as a ZIP, its datasets pointing to the marts' database."""
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(ASSETS.rglob("*.yaml")):
            text = re.sub(r"(?m)(schema: |FROM |JOIN |default_catalog\.)gold\b", rf"\1{prefix}gold", file.read_text())
            archive.writestr(f"retail/{file.relative_to(ASSETS)}", text)


def superset(*arguments: str) -> None:
    """Run a command of Superset; its failure is ours."""
    subprocess.run([str(SUPERSET), *arguments], check=True)  # noqa: S603 - our own command


def main() -> None:
    """Prepare everything."""
    name = os.environ.get("SUPERSET_ADMIN_USER", "admin")
    file = os.environ.get("SUPERSET_ADMIN_PASSWORD_FILE")
    password = Path(file).read_text().strip() if file else os.environ["SUPERSET_ADMIN_PASSWORD"]
    superset("db", "upgrade")
    who = ["--username", name, "--firstname", "Retail", "--lastname", "Admin", "--email", "admin@localhost"]
    # Asked for on standard input, so that it isn't in the list of processes.
    subprocess.run(  # noqa: S603 - our own command
        [str(SUPERSET), "fab", "create-admin", *who], input=f"{password}\n{password}\n", text=True, check=True,
        start_new_session=True,  # without a terminal, or it would ask there
    )  # fmt: skip
    superset("init")
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "retail.zip"
        bundle(target, os.environ.get("RETAIL_DB_PREFIX", ""))
        superset("import-dashboards", "--path", str(target), "--username", name)


if __name__ == "__main__":
    main()
