"""The visitor's first-party cookie, set by the server: browsers that keep script cookies for days keep these longer (ITP)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

COOKIE = "dg_id"
AGE = 400 * 24 * 3600
"""Seconds; browsers grant no more."""

_ID = re.compile(r"[\w-]{8,64}", re.ASCII)
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


def renewed(body: Mapping[str, Any], *, origin: str, host: str, secure: bool) -> str | None:
    """``Set-Cookie`` for the id the SDK says, on the domain it says; null where that is not its and ours alike.

    :param origin: of the page; a page of another site may not give a visitor another id here.
    :param host: by which the page called this server, with its port.
    """
    who, domain = body.get("anonymousId"), body.get("domain") or ""
    page, own = _name(origin), _name(f"//{host}")
    if not isinstance(who, str) or not _ID.fullmatch(who) or not isinstance(domain, str) or not page:
        return None
    if domain:
        if not _DOMAIN.fullmatch(domain) or not (_within(page, domain) and _within(own, domain)):
            return None
    elif page != own:
        return None
    parts = [f"{COOKIE}={who}", "Path=/", f"Max-Age={AGE}", "SameSite=Lax"]
    parts += [f"Domain={domain}"] if domain else []
    parts += ["Secure"] if secure else []
    return "; ".join(parts)


def _name(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


def _within(name: str, domain: str) -> bool:
    return name == domain or name.endswith("." + domain)
