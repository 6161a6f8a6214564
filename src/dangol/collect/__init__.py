"""Files to staged facts: `read` says what a file is, a `Mapping` what its columns mean, `take` stages what it tells."""

from dangol.collect.aside import Rejected
from dangol.collect.choosing import Choice, choose, chosen, meanings
from dangol.collect.facts import new_only
from dangol.collect.limits import Limits
from dangol.collect.mapping import FIELDS, GRAINS, Mapping
from dangol.collect.mapping_yaml import mapping_body, mapping_from_body, mapping_from_yaml, mapping_to_yaml
from dangol.collect.order import in_order
from dangol.collect.plan import TakeSettings
from dangol.collect.presets import preset, presets, recognise
from dangol.collect.preview import preview
from dangol.collect.propose import propose
from dangol.collect.reading import Reading, read, read_rows
from dangol.collect.reasons import REASONS, reason_words
from dangol.collect.take import take
from dangol.collect.taken import Counts, Taken
from dangol.collect.ways import LookAgain, Way

__all__ = [
    "FIELDS",
    "GRAINS",
    "REASONS",
    "Choice",
    "Counts",
    "Limits",
    "LookAgain",
    "Mapping",
    "Reading",
    "Rejected",
    "TakeSettings",
    "Taken",
    "Way",
    "choose",
    "chosen",
    "in_order",
    "mapping_body",
    "mapping_from_body",
    "mapping_from_yaml",
    "mapping_to_yaml",
    "meanings",
    "new_only",
    "preset",
    "presets",
    "preview",
    "propose",
    "read",
    "read_rows",
    "reason_words",
    "recognise",
    "take",
]
