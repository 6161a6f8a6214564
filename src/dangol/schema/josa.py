"""Korean particles by the final sound of the word before them."""

from __future__ import annotations

import unicodedata

_FINAL_DIGITS = "013678"
_FINAL_LETTERS = ("l", "m", "n", "ng", "b", "p", "k", "ck", "c")
_SYLLABLES = range(0xAC00, 0xD7A4)


def josa(word: str, pair: str) -> str:
    """The word with the right one of `을/를`, `이/가`, `은/는`, `과/와`, `으로/로` after it."""
    with_final, without = pair.split("/")
    final = last_sound(word)
    if with_final == "으로" and final == "ㄹ":
        return word + without
    return word + (with_final if final else without)


def last_sound(word: str) -> str:
    """ "" for a vowel, ㄹ for that final, another mark for any other consonant. Latin words as Korean reads them."""
    text = _without_brackets(unicodedata.normalize("NFC", word)).rstrip("\"'`”’)]}>. ")
    if not text:
        return ""
    last = text[-1]
    if ord(last) in _SYLLABLES:
        final = (ord(last) - 0xAC00) % 28
        return "" if final == 0 else "ㄹ" if final == 8 else "x"
    if last.isdigit():
        return "ㄹ" if last in "178" else "x" if last in _FINAL_DIGITS else ""
    low = text.lower()
    if low.endswith("l"):
        return "ㄹ"
    return "x" if low.endswith(_FINAL_LETTERS) else ""


def _without_brackets(text: str) -> str:
    """What stands before a bracket at the end: the particle follows that word."""
    depth = 0
    for i in range(len(text) - 1, -1, -1):
        depth += (text[i] == ")") - (text[i] == "(")
        if depth == 0:
            return text[:i] if text[i] == "(" and i > 0 else text
    return text
