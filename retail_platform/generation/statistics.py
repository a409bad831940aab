"""Statistics that tell real retail data from made-up data, as pure functions over columns.

Each takes plain arrays or small frames and returns a number; which of them are expected where stands in
:mod:`retail_platform.generation.realism`. Logarithms are fine here: nothing measured is fed back into the data.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import polars as pl

Counts = npt.NDArray[np.int64] | npt.NDArray[np.float64]
_BENFORD = [math.log10(1 + 1 / digit) for digit in range(1, 10)]


def gini(values: Counts) -> float:
    """Gini coefficient of non-negative values: 0 if all are equal, towards 1 if one has everything."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    ranks = np.arange(1, len(ordered) + 1)
    return float((2 * (ranks * ordered).sum() / ordered.sum() - (len(ordered) + 1)) / len(ordered))


def top_share(values: Counts, share: float = 0.2) -> float:
    """What part of the total the largest ``share`` of the values has."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))[::-1]
    return float(ordered[: max(round(len(ordered) * share), 1)].sum() / ordered.sum())


def rank_frequency_slope(counts: Counts) -> float:
    """Exponent of the power law through the upper half of the ranked counts."""
    ordered = np.sort(np.asarray(counts, dtype=np.float64))[::-1]
    upper = ordered[: max(len(ordered) // 2, 2)]
    return float(-np.polyfit(np.log(np.arange(1, len(upper) + 1)), np.log(upper), 1)[0])


def dispersion(counts: Counts) -> float:
    """Variance over mean: 1 for a Poisson count."""
    values = np.asarray(counts, dtype=np.float64)
    return float(values.var(ddof=1) / values.mean())


def skewness(values: npt.NDArray[np.float64]) -> float:
    """Third standardised moment."""
    centred = values - values.mean()
    return float((centred**3).mean() / (centred**2).mean() ** 1.5)


def inter_purchase_variation(customer: pl.Series, day: pl.Series) -> float:
    """Coefficient of variation of the days between a customer's purchases, all customers pooled; 1 for pure chance."""
    visits = pl.DataFrame({"customer": customer, "day": day}).unique().sort("customer", "day")
    gaps = visits.select(pl.col("day").diff().over("customer").dt.total_days()).to_series().drop_nulls().to_numpy()
    return float(gaps.std() / gaps.mean())


def month_retention(customer: pl.Series, day: pl.Series) -> float:
    """Share of customers first seen in a calendar month who buy again in the next one; the first month is left out."""
    month = day.dt.year().cast(pl.Int64) * 12 + day.dt.month()
    visits = pl.DataFrame({"customer": customer, "month": month}).unique()
    cohort = visits.group_by("customer").agg(first=pl.col("month").min())
    cohort = cohort.filter((pl.col("first") < visits["month"].max()) & (pl.col("first") > visits["month"].min()))
    back = visits.with_columns(pl.col("month") - 1).join(
        cohort, left_on=["customer", "month"], right_on=["customer", "first"]
    )
    return back.height / cohort.height if cohort.height else math.nan


def weekday_ratio(day: pl.Series, count: pl.Series) -> float:
    """Orders of the strongest weekday over those of the weakest, on average."""
    daily = pl.DataFrame({"weekday": day.dt.weekday(), "count": count}).group_by("weekday").agg(pl.col("count").mean())
    return float(daily["count"].max() / daily["count"].min())  # type: ignore[operator, arg-type]


def weekly_autocorrelation(count: Counts) -> float:
    """Autocorrelation at seven days of the daily counts relative to their four-week average."""
    values = np.asarray(count, dtype=np.float64)
    trend = np.convolve(values, np.ones(28) / 28, mode="valid")
    relative = values[14 : 14 + len(trend)] / trend - 1.0
    centred = relative - relative.mean()
    return float((centred[7:] * centred[:-7]).sum() / (centred**2).sum())


def pair_lifts(order: pl.Series, product: pl.Series, top: int = 200, expected: float = 5.0) -> npt.NDArray[np.float64]:
    """Lift of the pairs among the ``top`` most frequent products that chance alone would put together often enough."""
    lines = pl.DataFrame({"order": order, "product": product}).unique()
    orders = lines["order"].n_unique()
    counts = lines.group_by("product").len().sort("len", "product", descending=True).head(top).with_row_index("rank")
    kept = lines.join(counts, on="product").select("order", "rank")
    pairs = (
        kept.join(kept, on="order").filter(pl.col("rank") < pl.col("rank_right")).group_by("rank", "rank_right").len()
    )
    share = counts["len"].to_numpy() / orders
    together = np.zeros((len(share), len(share)))
    together[pairs["rank"].to_numpy(), pairs["rank_right"].to_numpy()] = pairs["len"].to_numpy()
    chance = np.outer(share, share) * orders
    enough = np.triu(chance >= expected, k=1)
    return np.asarray(together[enough] / chance[enough], dtype=np.float64)


def benford_deviation(values: npt.NDArray[np.float64]) -> float:
    """Mean absolute deviation of the first digits from Benford's law."""
    positive = values[values > 0]
    first = (positive / 10.0 ** np.floor(np.log10(positive))).astype(np.int64).clip(1, 9)
    found = np.bincount(first, minlength=10)[1:10] / len(first)
    return float(np.abs(found - np.array(_BENFORD)).mean())
