"""The feeds of the retailer, one contract each.

Amounts are decimals with two places in the row's own currency, times are UTC without a zone, ids are text. Every feed
has ``updated_at``: the moment of the change the row reports, which is never later than the day it belongs to.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import dataframely as dy
import polars as pl

from retail_platform.contracts.model import Action, Contract

TIERS = ("basic", "silver", "gold", "platinum")
CUSTOMER_STATUSES = ("active", "closed")
PRODUCT_STATUSES = ("active", "discontinued")
STORE_TYPES = ("flagship", "standard", "express", "outlet", "online")
CHANNELS = ("store", "web", "app")
ORDER_STATUSES = ("placed", "paid", "shipped", "delivered", "cancelled", "returned")
CURRENCIES = ("USD", "EUR", "GBP", "CAD", "MXN", "JPY")

CUSTOMER_ID = r"^C[0-9]{9}$"
PRODUCT_ID = r"^P[0-9]{6}$"
STORE_ID = r"^S[0-9]{4}$"
PROMOTION_ID = r"^PR[0-9]{6}$"
ORDER_ID = r"^O[0-9]{8}-[0-9]{7}$"


def _one_of(values: tuple[str, ...], description: str, *, primary_key: bool = False) -> dy.String:
    return dy.String(
        primary_key=primary_key,
        check={"allowed": lambda column: column.is_in(list(values))},
        description=description,
        metadata={"allowed": list(values)},
    )


def _money(description: str) -> dy.Decimal:
    return dy.Decimal(14, 2, min=Decimal(0), description=description)


def _moment(description: str) -> dy.Datetime:
    return dy.Datetime(time_unit="us", description=description)


class Customers(dy.Schema):
    """A person with an account."""

    customer_id = dy.String(primary_key=True, regex=CUSTOMER_ID, description="Account number.")
    first_name = dy.String(min_length=1, max_length=120, description="Given name.")
    last_name = dy.String(min_length=1, max_length=120, description="Family name.")
    email = dy.String(regex=r"^[^@\s]+@[^@\s]+\.[a-z]+$", max_length=254, description="Address used to sign in.")
    phone = dy.String(nullable=True, max_length=40, description="Telephone number, if given.")
    street = dy.String(min_length=1, max_length=200, description="Street and house number.")
    city = dy.String(min_length=1, max_length=120, description="City.")
    region = dy.String(nullable=True, max_length=120, description="State or province.")
    postal_code = dy.String(min_length=1, max_length=20, description="Postal code.")
    country = dy.String(regex=r"^[A-Z]{2}$", description="Country, ISO 3166-1 alpha-2.")
    tier = _one_of(TIERS, "Loyalty tier.")
    marketing_opt_in = dy.Bool(description="Whether the customer agreed to marketing messages.")
    status = _one_of(CUSTOMER_STATUSES, "Whether the account is open.")
    signed_up_at = _moment("When the account was opened (UTC).")
    updated_at = _moment("When the account last changed (UTC).")

    @dy.rule()
    def updated_after_sign_up(cls) -> pl.Expr:
        """An account can't change before it exists."""
        return pl.col("updated_at") >= pl.col("signed_up_at")


class Products(dy.Schema):
    """An article on sale."""

    product_id = dy.String(primary_key=True, regex=PRODUCT_ID, description="Article number.")
    sku = dy.String(regex=r"^[A-Z0-9]{3,6}-[0-9]{3,6}-[A-Z0-9]{1,4}$", description="Stock keeping unit.")
    name = dy.String(min_length=1, max_length=200, description="Name on the shelf.")
    brand = dy.String(min_length=1, max_length=120, description="Brand.")
    category = dy.String(min_length=1, max_length=60, description="Category.")
    subcategory = dy.String(min_length=1, max_length=60, description="Subcategory.")
    unit_price = dy.Decimal(14, 2, min_exclusive=Decimal(0), description="List price in USD.")
    unit_cost = _money("Purchase cost in USD.")
    status = _one_of(PRODUCT_STATUSES, "Whether the article is on sale.")
    launched_on = dy.Date(description="First day on sale.")
    updated_at = _moment("When the article last changed (UTC).")


class Stores(dy.Schema):
    """A place that sells: a shop or the online store of a country."""

    store_id = dy.String(primary_key=True, regex=STORE_ID, description="Store number.")
    name = dy.String(min_length=1, max_length=120, description="Name.")
    store_type = _one_of(STORE_TYPES, "Format of the store.")
    city = dy.String(min_length=1, max_length=120, description="City.")
    region = dy.String(nullable=True, max_length=120, description="State or province.")
    country = dy.String(regex=r"^[A-Z]{2}$", description="Country, ISO 3166-1 alpha-2.")
    currency = _one_of(CURRENCIES, "Currency of the till, ISO 4217.")
    opened_on = dy.Date(description="First trading day.")
    closed_on = dy.Date(nullable=True, description="Last trading day, if the store was closed.")
    updated_at = _moment("When the store last changed (UTC).")


class Promotions(dy.Schema):
    """A price reduction that runs for some days."""

    promotion_id = dy.String(primary_key=True, regex=PROMOTION_ID, description="Promotion number.")
    name = dy.String(min_length=1, max_length=120, description="Name of the campaign.")
    category = dy.String(nullable=True, max_length=60, description="Category it applies to; empty for all.")
    discount_rate = dy.Decimal(5, 4, min=Decimal(0), max=Decimal("0.9"), description="Share taken off the price.")
    starts_on = dy.Date(description="First day.")
    ends_on = dy.Date(description="Last day, inclusive.")
    updated_at = _moment("When the promotion was last changed (UTC).")

    @dy.rule()
    def ends_after_start(cls) -> pl.Expr:
        """A promotion runs for at least a day."""
        return pl.col("ends_on") >= pl.col("starts_on")


class ExchangeRates(dy.Schema):
    """The rate of a currency on a day."""

    currency = _one_of(CURRENCIES, "Currency, ISO 4217.", primary_key=True)
    usd_rate = dy.Decimal(18, 8, min_exclusive=Decimal(0), description="US dollars for one unit of the currency.")
    updated_at = _moment("When the rate was fixed (UTC).")


class Orders(dy.Schema):
    """An order's header as it stood at the end of the day, or of the slice."""

    order_id = dy.String(primary_key=True, regex=ORDER_ID, description="Order number; contains the day it was placed.")
    customer_id = dy.String(nullable=True, regex=CUSTOMER_ID, description="Buyer; empty for a guest at the till.")
    store_id = dy.String(regex=STORE_ID, description="Store that sold.")
    channel = _one_of(CHANNELS, "How the order came in.")
    status = _one_of(ORDER_STATUSES, "State of the order.")
    currency = _one_of(CURRENCIES, "Currency of every amount of the order, ISO 4217.")
    promotion_id = dy.String(nullable=True, regex=PROMOTION_ID, description="Promotion the order used, if any.")
    discount_amount = _money("Discount on the whole order, beyond those on its lines.")
    shipping_amount = _money("Shipping charged.")
    total_amount = _money("Lines less the order's discount plus shipping.")
    ordered_at = _moment("When the order was placed (UTC).")
    updated_at = _moment("When the order last changed (UTC).")

    @dy.rule()
    def updated_after_order(cls) -> pl.Expr:
        """An order can't change before it was placed."""
        return pl.col("updated_at") >= pl.col("ordered_at")


class OrderItems(dy.Schema):
    """A line of an order; it comes again when something of it is returned."""

    order_id = dy.String(primary_key=True, regex=ORDER_ID, description="Order the line belongs to.")
    line_number = dy.Int32(primary_key=True, min=1, description="Position in the order, from 1.")
    product_id = dy.String(regex=PRODUCT_ID, description="Article sold.")
    quantity = dy.Int32(min=1, description="Units sold.")
    unit_price = _money("Price of one unit.")
    discount_amount = _money("Discount on the line.")
    line_amount = _money("Units times price, less the line's discount.")
    returned_quantity = dy.Int32(min=0, description="Units brought back so far.")
    updated_at = _moment("When the line last changed (UTC).")

    @dy.rule()
    def line_amount_adds_up(cls) -> pl.Expr:
        """The line's amount is exactly what its parts say, to the cent."""
        # The integers behind the decimals, which have the same places: decimal arithmetic takes ten times as long.
        cents = {c: pl.col(c).to_physical() for c in ("unit_price", "discount_amount", "line_amount")}
        expected = pl.col("quantity").cast(pl.Int128) * cents["unit_price"] - cents["discount_amount"]
        return cents["line_amount"] == expected

    @dy.rule()
    def returned_at_most_sold(cls) -> pl.Expr:
        """No more can come back than went out."""
        return pl.col("returned_quantity") <= pl.col("quantity")


CONTRACTS: tuple[Contract, ...] = (
    Contract("stores", Stores, "Stores, a row per store and day.", "team:store-operations"),
    Contract(
        "products",
        Products,
        "Articles with their list price and cost.",
        "team:merchandising",
        amount="unit_price",
        # An odd stock number is a nuisance; an article that is missing would take its sales with it.
        actions={"sku|regex": Action.WARN},
    ),
    Contract("promotions", Promotions, "Promotions running on the day.", "team:merchandising"),
    Contract("exchange_rates", ExchangeRates, "Daily exchange rates to the US dollar.", "team:finance"),
    Contract("customers", Customers, "Customer accounts.", "team:crm"),
    Contract(
        "orders",
        Orders,
        "Order headers, a row for each day on which an order was placed or changed.",
        "team:commerce",
        freshness=timedelta(hours=25),
        references={
            "customer_id": ("customers", "customer_id"),
            "store_id": ("stores", "store_id"),
            "promotion_id": ("promotions", "promotion_id"),
        },
        amount="total_amount",
    ),
    Contract(
        "order_items",
        OrderItems,
        "Order lines, a row for each day on which a line was sold or returned.",
        "team:commerce",
        freshness=timedelta(hours=25),
        references={"order_id": ("orders", "order_id"), "product_id": ("products", "product_id")},
        amount="line_amount",
    ),
)

_BY_NAME = {contract.name: contract for contract in CONTRACTS}


def contract_for(name: str) -> Contract:
    """The contract of a feed.

    Raises:
        KeyError: No feed has this name; the message lists those that exist.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        raise KeyError(f"unknown feed {name!r}; the feeds are: {', '.join(_BY_NAME)}") from None
