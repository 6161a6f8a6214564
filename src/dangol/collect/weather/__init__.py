"""Weather by place and hour: from the forecasts of the Korea Meteorological Administration, or from a file."""

from dangol.collect.weather.file import Unread, read_hours
from dangol.collect.weather.grid import cell_of, spot
from dangol.collect.weather.hours import CONDITIONS, Hour, merged
from dangol.collect.weather.kma import CALLS, KmaError, address, base, page_of, read_items

__all__ = [
    "CALLS",
    "CONDITIONS",
    "Hour",
    "KmaError",
    "Unread",
    "address",
    "base",
    "cell_of",
    "merged",
    "page_of",
    "read_hours",
    "read_items",
    "spot",
]
