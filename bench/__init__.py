"""Benches: what is promised in numbers, measured as ratios in one run. `python -m bench` runs them."""
