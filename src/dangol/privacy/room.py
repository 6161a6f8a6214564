"""Everything of this room that a workspace needs, opened together."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass

from dangol.privacy.intake import Sealer
from dangol.privacy.keys import Keys, Random, WorkspaceKey, open_keys
from dangol.privacy.normal import NormaliseSettings
from dangol.privacy.normalise import DEFAULTS
from dangol.privacy.pseudonym import Pseudonymiser
from dangol.privacy.quarantine import Quarantine
from dangol.privacy.replays import ReplaySealer
from dangol.privacy.staff import StaffSealer
from dangol.privacy.vault import Vault
from dangol.store import Store


@dataclass(frozen=True, slots=True)
class Privacy:
    """Made by `open_privacy`."""

    keys: Keys
    pseudonymiser: Pseudonymiser
    vault: Vault
    quarantine: Quarantine
    sealer: Sealer
    replays: ReplaySealer
    staff: StaffSealer


def open_privacy(
    store: Store,
    key: WorkspaceKey,
    *,
    now: dt.datetime,
    settings: NormaliseSettings = DEFAULTS,
    random: Random = os.urandom,
) -> Privacy:
    """Open the keys (a wrong workspace key raises `WorkspaceError`) and all that works with them."""
    keys = open_keys(store, key, now=now, random=random)
    pseudonymiser = Pseudonymiser(keys.pseudonym, settings)
    vault = Vault(store, keys, pseudonymiser, random=random)
    quarantine = Quarantine(store, keys, random=random)
    sealer, replays = Sealer(keys, random=random), ReplaySealer(keys, random=random)
    return Privacy(keys, pseudonymiser, vault, quarantine, sealer, replays, StaffSealer(keys, random=random))
