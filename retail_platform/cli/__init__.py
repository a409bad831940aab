"""The `retail-platform` command.

Commands are imported when they are called, so that `--help` and the light ones answer at once. Errors the platform
knows end as one line with the remedy; anything else is a bug and shows its stack.
"""

from __future__ import annotations

import importlib

import click

_COMMANDS = {
    "serve": ("retail_platform.cli.serve", "serve"),
    "init-db": ("retail_platform.cli.database", "init_db"),
    "reset-db": ("retail_platform.cli.database", "reset_db"),
    "doctor": ("retail_platform.cli.doctor", "doctor"),
    "inspect": ("retail_platform.cli.inspect", "inspect"),
    "checks": ("retail_platform.cli.checks", "checks"),
    "ingest": ("retail_platform.cli.ingest", "ingest"),
    "demo": ("retail_platform.cli.demo", "demo"),
    "dev": ("retail_platform.cli.dev", "dev"),
    "quarantine": ("retail_platform.cli.quarantine", "quarantine"),
    "generate": ("retail_platform.cli.generate", "generate"),
    "realism": ("retail_platform.cli.realism", "realism"),
    "contracts": ("retail_platform.cli.contracts", "contracts"),
    "limit-pools": ("retail_platform.cli.pools", "limit_pools_command"),
    "code-server": ("retail_platform.cli.code_server", "code_server"),
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}.{attribute} is no click command")
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="retail-platform")
def main() -> None:
    """A retail data platform on Dagster, dbt and StarRocks."""
