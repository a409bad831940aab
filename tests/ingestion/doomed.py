"""A process that loads a day, to be killed while it does; tells on standard output how far it is."""

from __future__ import annotations

import sys

from retail_platform.contracts import contract_for
from retail_platform.ingestion.land import land_day
from retail_platform.ingestion.late import days_to_load
from retail_platform.ingestion.load import DayLoader
from retail_platform.ingestion.sending import Sender
from retail_platform.landing import LandingZone
from retail_platform.settings import StarRocksSettings
from retail_platform.starrocks.connection import connect
from tests.ingestion.convergence import DAYS, Cached, moment

FEEDS = ("orders", "stores")


def tell(text: str) -> None:
    sys.stdout.write(text.replace(" rows in ", " rows loaded in ") + "\n")
    sys.stdout.flush()


def main(port: int, http_port: int, root: str, together: bool) -> None:
    settings = StarRocksSettings(port=port, http_port=http_port)
    zone = LandingZone(root)
    land_day(zone, Cached("messy", FEEDS), DAYS[0], moment(DAYS[0], 24), tell)
    with connect(settings) as connection:
        loader = DayLoader(connection, Sender.to(settings, zone, "bronze"), "doomed", together)
        for manifest in days_to_load(zone, DAYS[0]):
            loader.load(manifest, [contract_for(feed) for feed in FEEDS], tell)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4] == "together")
