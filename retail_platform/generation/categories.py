"""What is on the shelves: categories with their subcategories, price levels and return behaviour.

Data for :mod:`retail_platform.generation.assortment`; no logic.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Category:
    """A category.

    Attributes:
        name: As in the products feed.
        code: First part of its SKUs.
        subcategories: Four subcategories; the first two and the last two are bought together.
        median_price: Median list price in US cents.
        spread: Standard deviation of the logarithm of list prices.
        cost_share: Purchase cost as a percentage of the opening list price.
        returns: Percentage of lines sent back when the buyer considers it: within a week, within two, later.
        bulk: How many percent of its lines have more than one unit.
    """

    name: str
    code: str
    subcategories: tuple[str, str, str, str]
    median_price: int
    spread: float
    cost_share: int
    returns: tuple[int, int, int]
    bulk: int


_ALL = (
    Category("Bakery", "BAK", ("Bread", "Rolls", "Cakes", "Cookies"), 349, 0.45, 55, (12, 1, 0), 30),
    Category("Beverages", "BEV", ("Water", "Juice", "Coffee", "Tea"), 449, 0.65, 62, (8, 4, 2), 48),
    Category("Dairy", "DAI", ("Milk", "Yogurt", "Cheese", "Butter"), 379, 0.5, 66, (14, 1, 0), 42),
    Category("Frozen", "FRZ", ("Vegetables", "Pizza", "Ice Cream", "Ready Meals"), 529, 0.45, 60, (10, 2, 0), 25),
    Category("Household", "HOU", ("Detergent", "Paper Goods", "Cleaners", "Candles"), 699, 0.6, 58, (20, 18, 12), 22),
    Category("Meat and Fish", "MEA", ("Poultry", "Beef", "Fish", "Cold Cuts"), 899, 0.55, 70, (14, 1, 0), 20),
    Category("Pantry", "PAN", ("Pasta", "Rice", "Sauces", "Canned Food"), 329, 0.55, 60, (9, 6, 3), 44),
    Category("Personal Care", "PER", ("Soap", "Shampoo", "Toothpaste", "Skin Care"), 599, 0.6, 52, (22, 18, 10), 18),
    Category("Produce", "PRD", ("Fruit", "Salads", "Potatoes", "Herbs"), 299, 0.5, 58, (12, 1, 0), 50),
    Category("Snacks", "SNK", ("Chips", "Nuts", "Chocolate", "Sweets"), 349, 0.5, 54, (8, 4, 2), 38),
    Category("Apparel", "APP", ("Shirts", "Trousers", "Dresses", "Jackets"), 3499, 0.7, 44, (72, 66, 45), 16),
    Category("Beauty", "BEA", ("Make-up", "Fragrances", "Hair Care", "Creams"), 1899, 0.75, 42, (22, 18, 10), 18),
    Category("Books", "BOO", ("Novels", "Cookbooks", "Travel Guides", "Textbooks"), 1499, 0.5, 60, (10, 10, 6), 14),
    Category("Electronics", "ELE", ("Headphones", "Chargers", "Cameras", "Speakers"), 5999, 1.0, 68, (38, 34, 30), 10),
    Category("Footwear", "FOO", ("Sneakers", "Boots", "Sandals", "Slippers"), 5499, 0.6, 46, (76, 68, 42), 6),
    Category("Garden", "GAR", ("Planters", "Hoses", "Seeds", "Lanterns"), 1999, 0.85, 52, (20, 20, 16), 30),
    Category("Home", "HOM", ("Lamps", "Cushions", "Rugs", "Mirrors"), 2999, 0.9, 48, (32, 30, 22), 24),
    Category("Kitchen", "KIT", ("Pans", "Knives", "Storage Jars", "Mugs"), 2299, 0.8, 50, (22, 20, 16), 30),
    Category("Office", "OFF", ("Notebooks", "Pens", "Desk Lamps", "Folders"), 1099, 0.85, 50, (14, 14, 10), 42),
    Category("Sports", "SPO", ("Yoga Mats", "Weights", "Bottles", "Backpacks"), 3299, 0.8, 52, (34, 30, 20), 12),
    Category("Tools", "TOO", ("Drills", "Screwdrivers", "Saws", "Toolboxes"), 3599, 0.9, 58, (18, 18, 16), 12),
    Category("Toys", "TOY", ("Puzzles", "Board Games", "Building Sets", "Dolls"), 1999, 0.7, 50, (16, 16, 12), 18),
)

CATEGORIES: dict[str, Category] = {category.name: category for category in _ALL}
