"""The operational store: definitions, imports, state, audit, and the rows `privacy` has encrypted."""

from dangol.store.audit import Audit, AuditEntry
from dangol.store.batches import Batch, Batches
from dangol.store.bulk import bulk
from dangol.store.definitions import DEFINITION_KINDS, Definition, Definitions
from dangol.store.intake import IntakeLog, Record, StoreLog, Waiting, carry_over
from dangol.store.jetstream import NatsLog
from dangol.store.lock import WorkspaceLock
from dangol.store.moving import copy_into
from dangol.store.people import People, PersonRow
from dangol.store.replays import Recorded, ReplayPart, Replays, Shown
from dangol.store.retention import RETENTION, Retention
from dangol.store.seen import SeenRows
from dangol.store.sessions import ApiKey, ApiKeys, Link, Links, Session, Sessions
from dangol.store.shares import Share, Shares
from dangol.store.state import State
from dangol.store.store import Store
from dangol.store.write_keys import Side, WriteKey, WriteKeys

__all__ = [
    "DEFINITION_KINDS",
    "RETENTION",
    "ApiKey",
    "ApiKeys",
    "Audit",
    "AuditEntry",
    "Batch",
    "Batches",
    "Definition",
    "Definitions",
    "IntakeLog",
    "Link",
    "Links",
    "NatsLog",
    "People",
    "PersonRow",
    "Record",
    "Recorded",
    "ReplayPart",
    "Replays",
    "Retention",
    "SeenRows",
    "Session",
    "Sessions",
    "Share",
    "Shares",
    "Shown",
    "Side",
    "State",
    "Store",
    "StoreLog",
    "Waiting",
    "WorkspaceLock",
    "WriteKey",
    "WriteKeys",
    "bulk",
    "carry_over",
    "copy_into",
]
