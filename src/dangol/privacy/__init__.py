"""Keys, vault, pseudonyms, normalising, scrubbing, derived demographics: where personal data is looked after."""

from dangol.privacy.normal import Normal, NormaliseSettings
from dangol.privacy.normalise import normalise, normalise_many
from dangol.privacy.pseudonym import Pseudonymiser
from dangol.privacy.reasons import BLOCKED, PROBLEMS, TAKEN, Reason, words
from dangol.privacy.scrub import FREE_TEXT, PERSONAL_SQL, RESIDENT, RESIDENT_SQL, has_resident, scrub

__all__ = [
    "BLOCKED",
    "FREE_TEXT",
    "PERSONAL_SQL",
    "PROBLEMS",
    "RESIDENT",
    "RESIDENT_SQL",
    "TAKEN",
    "Normal",
    "NormaliseSettings",
    "Pseudonymiser",
    "Reason",
    "has_resident",
    "normalise",
    "normalise_many",
    "scrub",
    "words",
]
