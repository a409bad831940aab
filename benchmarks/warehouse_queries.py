"""The analytic questions of the warehouse benchmark: name, StarRocks SQL, and DuckDB's wording where it differs."""

from __future__ import annotations

QUERIES: tuple[tuple[str, str, str], ...] = (
    ("count", "SELECT count(*) FROM orders_duplicate", ""),
    ("sum", "SELECT sum(amount), sum(quantity), min(amount), max(amount) FROM orders_duplicate", ""),
    ("by day", "SELECT order_date, count(*), sum(amount) FROM orders_duplicate GROUP BY order_date ORDER BY 1", ""),
    (
        "by month and channel",
        (
            "SELECT date_trunc('month', created_at) AS m, channel, sum(amount) AS revenue FROM orders_duplicate"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        "",
    ),
    (
        "top customers",
        (
            "SELECT customer_id, sum(amount) AS revenue FROM orders_duplicate GROUP BY customer_id"
            " ORDER BY revenue DESC, customer_id LIMIT 20"
        ),
        "",
    ),
    ("distinct customers", "SELECT store_id, count(DISTINCT customer_id) FROM orders_duplicate GROUP BY 1", ""),
    (
        "return rate",
        (
            "SELECT store_id, sum(if(status = 'returned', 1, 0)) / count(*) AS rate FROM orders_duplicate"
            " GROUP BY store_id ORDER BY rate DESC LIMIT 10"
        ),
        (
            "SELECT store_id, sum(if(status = 'returned', 1, 0)) / count(*) AS rate FROM orders_duplicate"
            " GROUP BY store_id ORDER BY rate DESC LIMIT 10"
        ),
    ),
    (
        "moving average",
        (
            "SELECT d, avg(revenue) OVER (ORDER BY d ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) FROM"
            " (SELECT order_date AS d, sum(amount) AS revenue FROM orders_duplicate GROUP BY order_date) AS t"
            " ORDER BY d"
        ),
        "",
    ),
    (
        "best stores of a day",
        (
            "SELECT * FROM (SELECT order_date, store_id, sum(amount) AS revenue, row_number() OVER"
            " (PARTITION BY order_date ORDER BY sum(amount) DESC) AS place"
            " FROM orders_duplicate GROUP BY order_date, store_id) AS t"
            " WHERE place <= 3 ORDER BY order_date, place"
        ),
        "",
    ),
    (
        "self join",
        (
            "SELECT a.channel, count(*) FROM orders_duplicate AS a JOIN (SELECT customer_id, max(amount) AS best FROM"
            " orders_duplicate GROUP BY customer_id) AS b ON a.customer_id = b.customer_id AND a.amount = b.best"
            " GROUP BY a.channel ORDER BY 1"
        ),
        "",
    ),
    (
        "basket classes",
        (
            "SELECT CASE WHEN amount < 100 THEN 'small' WHEN amount < 500 THEN 'middle' ELSE 'large' END AS class,"
            " count(*), avg(quantity) FROM orders_duplicate WHERE order_date >= '2026-02-01' GROUP BY 1 ORDER BY 1"
        ),
        "",
    ),
    (
        "hours of a weekday",
        (
            "SELECT dayofweek(created_at) AS d, hour(created_at) AS h, count(*) FROM orders_duplicate"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        (
            "SELECT dayofweek(created_at) AS d, hour(created_at) AS h, count(*) FROM orders_duplicate"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        ),
    ),
)
