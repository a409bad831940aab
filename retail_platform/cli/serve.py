"""`serve`: the embedded StarRocks where the platform's settings expect it; every option given counts more."""

from __future__ import annotations

import copy

import click

from retail_platform.cli.errors import explained
from retail_platform.settings import retail_settings, starrocks_settings
from retail_platform.starrocks.embedded import cli as embedded

# Option: where its default is set, and what it is.
_DEFAULTS = {
    "data_dir": ("RETAIL_HOME/starrocks", lambda: retail_settings().home / "starrocks"),
    "mysql_port": ("STARROCKS_PORT", lambda: starrocks_settings().port),
    "fe_port": ("STARROCKS_HTTP_PORT", lambda: starrocks_settings().http_port),
    "be_port": ("STARROCKS_BE_PORT", lambda: starrocks_settings().be_port),
    "user": ("STARROCKS_USER", lambda: starrocks_settings().user),
    "password": ("STARROCKS_PASSWORD", lambda: starrocks_settings().password.get_secret_value()),  # noqa: PLW0108 - read when needed
}


def _told(option: click.Parameter) -> click.Parameter:
    if option.name in _DEFAULTS and isinstance(option, click.Option):
        option = copy.copy(option)
        option.show_default = _DEFAULTS[option.name][0]
    return option


serve = copy.copy(embedded.serve)  # the warehouse itself knows nothing of settings
serve.params = [_told(option) for option in embedded.serve.params]
serve.context_settings = {"default_map": {name: explained(read) for name, (_, read) in _DEFAULTS.items()}}
