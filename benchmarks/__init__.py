"""Measurements, side by side in one run: ratios are to be trusted, absolute figures belong to the machine."""
