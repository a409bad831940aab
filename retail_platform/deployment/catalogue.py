"""The checks there are, in the order in which one explains the next."""

from __future__ import annotations

from retail_platform.deployment import local_checks, privilege_checks, transport_checks, warehouse_checks
from retail_platform.deployment.examination import Check

CHECKS = {
    check.name: check
    for check in (
        Check("versions", local_checks.versions, "packages are those the platform was made for"),
        Check(
            "warehouse-answers",
            warehouse_checks.answers,
            "both ports answer, a backend or compute node is alive; no login",
        ),
        Check("warehouse-login", warehouse_checks.login, "the user gets in, the version is supported"),
        Check("transport-encryption", transport_checks.encryption, "TLS is as the settings say, certificates are good"),
        Check("stream-load-redirect", warehouse_checks.redirect, "loads go to a backend that can be reached"),
        Check("clock-skew", warehouse_checks.clock_skew, "the warehouse's clock and ours agree"),
        Check("landing-zone", local_checks.landing_zone, "files can be written and read back"),
        Check("dbt-profile", local_checks.dbt_profile, "project, profile and manifest are there"),
        Check("dagster-instance", local_checks.dagster_instance, "the instance opens"),
        Check("code-locations", local_checks.code_locations, "Dagster has loaded them (--webserver-url)"),
        Check("loader-privileges", privilege_checks.loader, "the user may read and load the raw tables"),
        Check("transformer-privileges", privilege_checks.transformer, "the user may build models"),
        Check("reader-privileges", privilege_checks.reader, "the user may read the marts"),
    )
}

# Asked for by name only: they belong to one user or need an address.
ON_REQUEST = {"code-locations", "loader-privileges", "transformer-privileges", "reader-privileges"}
DEFAULT = [name for name in CHECKS if name not in ON_REQUEST]
