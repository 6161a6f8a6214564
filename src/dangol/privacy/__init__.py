"""Keys, vault, pseudonyms, normalising, scrubbing, derived demographics: where personal data is looked after."""

from dangol.privacy.birth import Birth, read_birth
from dangol.privacy.derive import age, derive, gender
from dangol.privacy.emails import suggest_email
from dangol.privacy.erasing import Receipt
from dangol.privacy.intake import Sealer
from dangol.privacy.keys import Keys, WorkspaceKey, open_keys, rewrap
from dangol.privacy.mask import mask
from dangol.privacy.normal import Normal, NormaliseSettings
from dangol.privacy.normalise import normalise, normalise_many
from dangol.privacy.places import Place, place_of, region_of_postcode
from dangol.privacy.pseudonym import Pseudonymiser
from dangol.privacy.quarantine import Quarantine, QuarantinedRow
from dangol.privacy.reasons import BLOCKED, PROBLEMS, REACHABLE, TAKEN, Reason, words
from dangol.privacy.replays import ReplaySealer
from dangol.privacy.rights import MAY, RIGHT_WORDS, ROLE_WORDS, Right, Role, may
from dangol.privacy.room import Privacy, open_privacy
from dangol.privacy.scrub import FREE_TEXT, PERSONAL_SQL, RESIDENT, RESIDENT_SQL, has_resident, scrub
from dangol.privacy.staff import Colleague, StaffSealer
from dangol.privacy.vault import Vault, VaultRow

__all__ = [
    "BLOCKED",
    "FREE_TEXT",
    "MAY",
    "PERSONAL_SQL",
    "PROBLEMS",
    "REACHABLE",
    "RESIDENT",
    "RESIDENT_SQL",
    "RIGHT_WORDS",
    "ROLE_WORDS",
    "TAKEN",
    "Birth",
    "Colleague",
    "Keys",
    "Normal",
    "NormaliseSettings",
    "Place",
    "Privacy",
    "Pseudonymiser",
    "Quarantine",
    "QuarantinedRow",
    "Reason",
    "Receipt",
    "ReplaySealer",
    "Right",
    "Role",
    "Sealer",
    "StaffSealer",
    "Vault",
    "VaultRow",
    "WorkspaceKey",
    "age",
    "derive",
    "gender",
    "has_resident",
    "mask",
    "may",
    "normalise",
    "normalise_many",
    "open_keys",
    "open_privacy",
    "place_of",
    "read_birth",
    "region_of_postcode",
    "rewrap",
    "scrub",
    "suggest_email",
    "words",
]
