"""TLS for dbt: dbt-starrocks has no option for it, so its MySQL driver is told before dbt connects.

Left alone, the driver encrypts if the server offers it and believes any certificate (`preferred`); the other values
of STARROCKS_SSL_MODE are its business.
"""

from __future__ import annotations

import mysql.connector
from mysql.connector.abstracts import MySQLConnectionAbstract

from retail_platform.settings import StarRocksSettings
from retail_platform.starrocks.tls import connector_options

_connect = mysql.connector.connect


def secure_connections(settings: StarRocksSettings) -> None:
    """From now on every connection of this process' MySQL driver follows STARROCKS_SSL_MODE.

    Raises:
        SettingsError: The CA file can't be read or holds no certificate.
    """
    options = connector_options(settings)
    encrypted = settings.ssl_mode not in ("disabled", "preferred")

    def connect(**arguments: object) -> MySQLConnectionAbstract:
        connection = _connect(**(arguments | options))
        assert isinstance(connection, MySQLConnectionAbstract)  # noqa: S101 - only pools, unused here, differ
        # The driver refuses a server without TLS only where it verifies; `required` is to refuse it, too.
        if encrypted and not connection.is_secure:
            connection.close()
            raise mysql.connector.InterfaceError(
                f"the warehouse offers no TLS, but STARROCKS_SSL_MODE={settings.ssl_mode} asks for it"
            )
        return connection

    mysql.connector.connect = connect
