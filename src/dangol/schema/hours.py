"""Times of day as a new shop calls them. Here, so that the settings need not load the rules."""

BANDS: dict[str, str] = {
    "dawn": "0-6", "morning": "6-11", "lunch": "11-14", "afternoon": "14-18", "evening": "18-22", "night": "22-24",
}  # fmt: skip
"""Hour bands of a new shop: name → first hour, and the hour it ends before."""
