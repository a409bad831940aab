"""Raw rows made by the warehouse itself: the same customers and articles every day, and orders of the day."""

from __future__ import annotations

from datetime import date

from retail_platform.contracts import CONTRACTS, Contract
from retail_platform.settings import RetailSettings, starrocks_settings
from retail_platform.starrocks.connection import connect, execute, quote_table

_FIXED = {
    "currency": "'USD'", "usd_rate": "'1.0'", "quantity": "'2'", "line_number": "'1'", "unit_price": "'10.00'",
    "line_amount": "'20.00'", "discount_amount": "'0.00'", "shipping_amount": "'0.00'", "total_amount": "'20.00'",
    "returned_quantity": "'0'", "unit_cost": "'5.00'", "channel": "'web'", "category": "'toys'",
}  # fmt: skip


def insert_days(retail: RetailSettings, first: date, days: int, orders: int) -> None:
    """Add days to every raw table: `orders` rows a day, one of rates and promotions."""
    with connect(starrocks_settings()) as connection:
        for contract in CONTRACTS:
            names = ", ".join([*contract.column_names, "dt", "_load_id", "_loaded_at"])
            execute(
                connection,
                f"INSERT INTO {quote_table(retail.bronze, contract.table)} ({names}) SELECT "
                f"{', '.join(_value(contract, name) for name in contract.column_names)}, d.dt, 'bench', NOW() "
                f"FROM (SELECT DAYS_ADD(CAST('{first}' AS DATE), CAST(generate_series AS INT)) AS dt "
                f"FROM TABLE(generate_series(0, {days - 1}))) AS d "
                f"CROSS JOIN (SELECT generate_series AS n FROM TABLE(generate_series(0, {orders - 1}))) AS k"
                + (" WHERE k.n < 1" if contract.name in ("exchange_rates", "promotions") else ""),
            )


def _value(contract: Contract, name: str) -> str:
    if name == "order_id":
        return "CONCAT('O', DATE_FORMAT(d.dt, '%Y%m%d'), '-', LPAD(CAST(k.n AS STRING), 7, '0'))"
    if name.endswith("_id") and name != "promotion_id":
        return f"CONCAT('{name[0].upper()}', LPAD(CAST(k.n AS STRING), 6, '0'))"
    if name == "promotion_id":
        return "'R1'" if contract.name == "promotions" else "NULL"
    if name == "status":
        return "'placed'" if contract.name == "orders" else "'active'"
    return _FIXED.get(name, "NULL")
