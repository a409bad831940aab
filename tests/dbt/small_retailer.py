"""A retailer small enough that random loads collide: few customers, articles, stores and days.

Rows are functions of a handful of small numbers, so hypothesis can shrink a failing sequence to something readable.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

FIRST = date(2026, 1, 1)
DAYS = 3
LANE_DAYS = 10

Row = dict[str, Any]


def day(number: int, lane: int = 0) -> date:
    """The day with this number, from 0."""
    return FIRST + timedelta(days=number + lane * LANE_DAYS)


def stamp(number: int, hour: int = 12) -> str:
    """A moment on that day."""
    return f"{day(number)} {hour:02d}:00:00"


def customer(number: int, variant: int, on: int) -> Row:
    """A customer; `variant` is what can change about one. Variant 0 is never later than the first day."""
    return {
        "customer_id": f"C{number:09d}",
        "first_name": "Ada",
        "last_name": f"Number{number}",
        "email": f"c{number}@example.com",
        "street": "Main Street 1",
        "city": ["Lyon", "Turin", "Leeds"][variant],
        "postal_code": "1000",
        "country": "FR",
        "tier": ["basic", "silver", "gold"][variant],
        "marketing_opt_in": variant != 1,
        "status": "active",
        "signed_up_at": stamp(0, 1),
        "updated_at": stamp(on if variant else 0, 2),
    }


def product(number: int, variant: int, on: int) -> Row:
    """An article; its price, cost and category change."""
    return {
        "product_id": f"P{number:06d}",
        "sku": f"ABC-{number:04d}-A",
        "name": f"Thing {number}",
        "brand": "Acme",
        "category": ["toys", "games", "toys"][variant],
        "subcategory": "all",
        "unit_price": Decimal("19.99") + variant,
        "unit_cost": Decimal("7.01") + variant,
        "status": "active",
        "launched_on": FIRST,
        "updated_at": stamp(on if variant else 0, 2),
    }


def store(number: int, variant: int) -> Row:
    """A store; store 0 sells in dollars, store 1 in euros."""
    return {
        "store_id": f"S{number:04d}",
        "name": f"Store {number}",
        "store_type": ["standard", "outlet", "flagship"][variant],
        "city": "Lyon",
        "country": "FR",
        "currency": ["USD", "EUR"][number],
        "opened_on": FIRST,
        "updated_at": stamp(0),
    }


def rate(currency: str, variant: int, on: int) -> Row:
    """A day's exchange rate."""
    usd = Decimal(1) if currency == "USD" else Decimal("1.08123456") + Decimal(variant) / 100
    return {"currency": currency, "usd_rate": usd, "updated_at": stamp(on, 6)}


def order_id(placed: int, number: int) -> str:
    """Number of an order placed on that day."""
    return f"O{day(placed):%Y%m%d}-{number:07d}"


def lines(placed: int, number: int, variant: int, on: int, returned: int = 0) -> list[Row]:
    """The lines of an order: one to three, with awkward cents."""
    made = []
    for line in range(1, 2 + (number + variant) % 3):
        quantity = 1 + (line + variant) % 3
        price = Decimal("3.33") * line + variant
        discount = Decimal("0.10") * variant
        made.append(
            {
                "order_id": order_id(placed, number),
                "line_number": line,
                "product_id": f"P{(number + line) % 3:06d}",
                "quantity": quantity,
                "unit_price": price,
                "discount_amount": discount,
                "line_amount": quantity * price - discount,
                "returned_quantity": min(returned, quantity),
                "updated_at": stamp(on),
            }
        )
    return made


def order(placed: int, number: int, variant: int, on: int, status: str) -> Row:
    """An order's header as of a day."""
    goods = sum((line["line_amount"] for line in lines(placed, number, variant, placed)), Decimal(0))
    discount = Decimal("1.00") if number % 2 else Decimal("0.00")
    shipping = Decimal("4.95") if variant else Decimal("0.00")
    return {
        "order_id": order_id(placed, number),
        "customer_id": None if number == 3 else f"C{number % 3:09d}",
        "store_id": f"S{number % 2:04d}",
        "channel": ["store", "web", "app"][variant],
        "status": status,
        "currency": ["USD", "EUR"][number % 2],
        "promotion_id": None,
        "discount_amount": discount,
        "shipping_amount": shipping,
        "total_amount": goods - discount + shipping,
        "ordered_at": stamp(placed, 9),
        "updated_at": stamp(on),
    }


def in_lane(row: Row, lane: int) -> Row:
    """The same row for another set of days, orders, customers, articles and stores."""
    shifted = dict(row)
    for name, value in row.items():
        if name == "order_id":
            placed = date.fromisoformat(f"{value[1:5]}-{value[5:7]}-{value[7:9]}") + timedelta(days=lane * LANE_DAYS)
            shifted[name] = f"O{placed:%Y%m%d}{value[9:]}"
        elif name in ("customer_id", "product_id", "store_id") and value:
            shifted[name] = f"{value[0]}{int(value[1:]) + lane * 10:0{len(value) - 1}d}"
        elif name in ("ordered_at", "updated_at"):
            shifted[name] = f"{date.fromisoformat(value[:10]) + timedelta(days=lane * LANE_DAYS)}{value[10:]}"
    return shifted


def a_day(number: int) -> dict[str, list[Row]]:
    """What every feed delivers for a day on which four orders are placed, in the order of loading."""
    return {
        "customers": [customer(n, 0, number) for n in range(3)],
        "products": [product(n, 0, number) for n in range(3)],
        "stores": [store(n, 0) for n in range(2)],
        "exchange_rates": [rate(currency, number % 3, number) for currency in ("USD", "EUR")],
        "orders": [order(number, n, n % 3, number, "placed") for n in range(4)],
        "order_items": [line for n in range(4) for line in lines(number, n, n % 3, number)],
    }
