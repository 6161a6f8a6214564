"""Korean and English side by side: every text of the terminal stands in the code in both, and one is shown."""

from __future__ import annotations

import sys

from dangol.app.settings import console_language


def _asked() -> str | None:
    """``--lang ko`` anywhere on the command line decides before the commands (and their help) are built."""
    for i, word in enumerate(sys.argv):
        if word == "--lang" and i + 1 < len(sys.argv):
            return sys.argv[i + 1]
        if word.startswith("--lang="):
            return word.split("=", 1)[1]
    return None


LANGUAGE = console_language(_asked())


def say(en: str, ko: str) -> str:
    """The text in the language of this terminal."""
    return ko if LANGUAGE == "ko" else en
