"""What an SDK says of the circumstances: page, campaign, device, locale, consent; as one JSON object on the event."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dangol.collect.wire import clean
from dangol.collect.wire.agents import Agent, read_agent
from dangol.collect.wire.envelope import Envelope

_WHOLE = ("page", "campaign", "library", "app", "os", "network", "screen", "referrer")
_PLAIN = ("locale", "timezone", "groupId")
_RANDOM = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.I)
_SINCE, _UNTIL = 1_420_070_400, 4_102_444_800
"""2015 to 2100, in seconds."""
_CONSENT = {
    "consent": "consent",
    "consentManagement": "consent_management",
    "tcString": "tc",
    "tc_string": "tc",
    "tcf": "tc",
    "gppString": "gpp",
    "gpp_string": "gpp",
    "gpp": "gpp",
    "gpc": "gpc",
    "globalPrivacyControl": "gpc",
}
"""As SDKs call it → as it is kept. IAB strings (TCF, GPP) and flags are kept as they came: they are not about anybody."""
_DEVICE = ("type", "manufacturer", "model")


@dataclass(frozen=True, slots=True)
class Context:
    """`kept` goes on the event under ``context``; `device`, `channel` and `campaign` are its columns."""

    kept: dict[str, Any]
    device: str | None
    channel: str | None
    campaign: str | None


def read_context(said: Mapping[str, Any], envelope: Envelope, channel: Any, taken: Counter[str]) -> Context:
    """The circumstances of one call. Traits in it are read elsewhere; the address is that of the envelope."""
    kept: dict[str, Any] = {n: clean.value(n, said[n], taken) for n in _WHOLE if isinstance(said.get(n), dict)}
    kept |= {n: found for n in _PLAIN if (found := clean.text(said.get(n), taken)) is not None}
    kept |= _session(said)
    device = said.get("device")
    if isinstance(device, dict):
        kept["device"] = {n: found for n in _DEVICE if (found := clean.text(device.get(n), taken)) is not None}
    for name, short in _CONSENT.items():
        if said.get(name) is not None:
            kept[short] = _bounded(said[name])
    server = _is_server(said, envelope, channel)
    agent = read_agent(_agent(said, envelope, server=server))
    if agent is not None:
        kept["agent"] = _told(agent)
    address = said.get("ip") if isinstance(said.get("ip"), str) and server else envelope.ip
    if address and envelope.ip:
        kept["ip"] = address
    campaign = said.get("campaign")
    return Context(
        {name: value for name, value in kept.items() if value not in ({}, None)},
        (agent.device if agent else None) or _kind(device),
        _channel(said, channel, server=server),
        clean.text(campaign.get("name"), taken) if isinstance(campaign, dict) else None,
    )


def _session(said: Mapping[str, Any]) -> dict[str, Any]:
    """Which visit: ``session_id`` as text, and ``session_start`` on the event that began it."""
    found = str(said.get("sessionId") or "")
    moment = int(found) if found.isdecimal() and len(found) in (10, 13) else 0
    # not scrubbed: a moment in milliseconds has the thirteen digits of a resident number
    if not (_SINCE <= (moment // 1000 if len(found) == 13 else moment) < _UNTIL or _RANDOM.fullmatch(found)):
        return {}
    return {"session_id": found, **({"session_start": True} if said.get("sessionStart") is True else {})}


def _is_server(said: Mapping[str, Any], envelope: Envelope, channel: Any) -> bool:
    """Whether another server speaks for the customer: then the request's own agent and address are not the customer's."""
    return envelope.side == "server" or channel == "server"


def _agent(said: Mapping[str, Any], envelope: Envelope, *, server: bool) -> str:
    found = said.get("userAgent")
    if isinstance(found, str) and found:
        return found
    return "" if server else envelope.agent


def _told(agent: Agent) -> dict[str, Any]:
    told = {
        "browser": agent.browser,
        "browser_version": agent.browser_version,
        "os": agent.os,
        "os_version": agent.os_version,
        "device": agent.device,
        "bot": agent.bot,
    }
    return {name: value for name, value in told.items() if value is not None}


def _channel(said: Mapping[str, Any], channel: Any, *, server: bool) -> str | None:
    """`web`, `app` or null: an SDK on a server does not say through which channel the customer came."""
    if channel in ("mobile", "app") or (isinstance(said.get("app"), dict) and isinstance(said.get("device"), dict)):
        return "app"
    if channel in ("web", "browser") or isinstance(said.get("page"), dict):
        return "web"
    return None if server else "web"


def _kind(device: Any) -> str | None:
    found = str(device.get("type") or "").lower() if isinstance(device, dict) else ""
    if found in ("ios", "android", "mobile", "phone"):
        return "mobile"
    return found if found in ("tablet", "desktop") else None


def _bounded(found: Any) -> Any:
    """A consent string or object, as it came, up to 4,000 letters."""
    if isinstance(found, str):
        return found[: clean.LONGEST]
    return clean.value("consent", found, Counter())
