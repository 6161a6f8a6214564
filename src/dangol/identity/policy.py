"""How strictly identifiers join: the few choices a shop has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from dangol.schema import KINDS, Kind

SharedDevice = Literal["nobody", "first", "last"]


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices behind the answer; two answers compare only under one policy.

    max_partners   a value linked to more than this many different logins, households or CIs is everybody's (a shop's
                   own number, a call centre's e-mail): it is blocked as ``too_common``
    shared_device  what a device or browser that two logins used belongs to: ``nobody`` (default), or the login that was
                   seen on it ``first`` or ``last``. Nobody is the default because the two mistakes are not alike: a
                   history left apart can be joined later by one more login, a history given to the wrong person shows
                   one customer what another did, and is believed
    kinds          the kinds of identifier, their strength, uniqueness and caps
    """

    max_partners: int = 50
    shared_device: SharedDevice = "nobody"
    kinds: Mapping[str, Kind] = field(default_factory=lambda: KINDS)
