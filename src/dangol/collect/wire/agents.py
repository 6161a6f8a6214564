"""What a User-Agent says, by the rules of the ua-parser project. Robots are labelled, never left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ua_parser import parse

LONGEST = 512
_ROBOT = re.compile(r"bot\b|crawl|spider|headless|lighthouse|preview|monitor|uptime|python-requests|curl/|wget/", re.I)
_TABLET = re.compile(r"ipad|tablet|playbook|silk|kindle|sm-t\d|sm-x\d|(android(?!.*mobile))", re.I)
_MOBILE = re.compile(r"mobi|iphone|ipod|android", re.I)


@dataclass(frozen=True, slots=True)
class Agent:
    """browser and os by family and major version (null when unknown); device: desktop, mobile or tablet; null for robots."""

    browser: str | None
    browser_version: str | None
    os: str | None
    os_version: str | None
    device: str | None
    bot: bool


@lru_cache(maxsize=20_000)
def read_agent(text: str) -> Agent | None:
    """What the text says; null for an empty one. The first reading loads the rules, about a second."""
    text = text[:LONGEST].strip()
    if not text:
        return None
    found = parse(text)
    device = found.device.family if found.device else ""
    bot = device == "Spider" or bool(_ROBOT.search(text))
    kind = "tablet" if _TABLET.search(text) else "mobile" if _MOBILE.search(text) else "desktop"
    browser, system = found.user_agent, found.os
    known = browser is not None or system is not None
    return Agent(
        browser.family if browser else None,
        browser.major if browser else None,
        system.family if system else None,
        system.major if system else None,
        None if bot or not known else kind,
        bot,
    )
