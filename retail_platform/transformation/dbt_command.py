"""`retail-dbt`: dbt with the platform's connections, encrypted as STARROCKS_SSL_MODE says and kept between nodes.

It takes dbt's arguments and is dbt otherwise. The platform runs it wherever dbt isn't forked.
"""

from __future__ import annotations

from retail_platform.settings import StarRocksSettings, starrocks_settings
from retail_platform.transformation.dbt_tls import secure_connections


def prepare_connections(settings: StarRocksSettings) -> None:
    """From now on dbt in this process connects as the platform does.

    Raises:
        SettingsError: The CA file can't be read or holds no certificate.
    """
    secure_connections(settings)
    # Imported late: a wrong setting is told before dbt's seconds of start-up.
    from retail_platform.transformation.dbt_connections import keep_connections  # noqa: PLC0415

    keep_connections()


def main() -> None:
    """The command `retail-dbt`."""
    prepare_connections(starrocks_settings())
    from dbt.cli.main import cli  # noqa: PLC0415

    cli()
