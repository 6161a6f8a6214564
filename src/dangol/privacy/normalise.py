"""One raw value of any kind to the form that is kept and hashed. A kind is one line in `_KINDS`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dangol.privacy import birth, emails, ids, people, phones
from dangol.privacy.normal import NOTHING, Normal, NormaliseSettings
from dangol.schema import NotFoundError, Text, one_of

_Slow = Callable[[str, NormaliseSettings], Normal]
_Fast = Callable[[list[str], NormaliseSettings], list[str | None]]

_KINDS: dict[str, tuple[_Slow, _Fast | None]] = {
    "user_id": (ids.plain_id, ids.fast_ids),
    "household_id": (ids.plain_id, ids.fast_ids),
    "mall_buyer_id": (ids.plain_id, ids.fast_ids),
    "anonymous_id": (ids.plain_id, ids.fast_ids),
    "device_id": (ids.plain_id, ids.fast_ids),
    "membership_no": (ids.membership_no, None),
    "serial": (ids.serial, None),
    "card": (ids.card, None),
    "ci": (ids.linking_information, None),
    "email": (emails.email, emails.fast_emails),
    "phone": (phones.phone, phones.fast_phones),
    "name": (people.name, None),
    "address": (people.address, None),
    "birth_date": (birth.birth_date, None),
}

DEFAULTS = NormaliseSettings()


def normalise(kind: str, raw: str | None, settings: NormaliseSettings = DEFAULTS) -> Normal:
    """Normalise one value. Raises `NotFoundError` for a kind that does not exist."""
    slow, _ = _normaliser(kind)
    return NOTHING if raw is None else slow(raw, settings)


def normalise_many(kind: str, raws: Sequence[str | None], settings: NormaliseSettings = DEFAULTS) -> list[Normal]:
    """Normalise many values of one kind, in their order; the common forms take a fast path with the same answers."""
    plain = fast(kind, raws, settings)
    slow, _ = _normaliser(kind)
    return [
        Normal(value) if value is not None else NOTHING if raw is None else slow(raw, settings)
        for raw, value in zip(raws, plain, strict=True)
    ]


def fast(kind: str, raws: Sequence[str | None], settings: NormaliseSettings = DEFAULTS) -> list[str | None]:
    """The value of each raw in a common form that nothing stands against; null where only `normalise` can say."""
    _, quick = _normaliser(kind)
    if quick is None:
        return [None] * len(raws)
    if None in raws:
        return quick([raw or "" for raw in raws], settings)
    return quick(raws if isinstance(raws, list) else list(raws), settings)  # type: ignore[arg-type]


def _normaliser(kind: str) -> tuple[_Slow, _Fast | None]:
    try:
        return _KINDS[kind]
    except KeyError:
        raise NotFoundError(
            Text(f"no such kind: {kind}", f"그런 종류가 없습니다: {kind}"), hint=one_of(_KINDS)
        ) from None
