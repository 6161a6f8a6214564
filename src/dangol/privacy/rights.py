"""Who may do what: five roles of people who work here, seven rights, and nothing between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from dangol.schema import Text, words_of


class Right(StrEnum):
    """What a route asks of whoever calls it.

    see         look at anything, personal data masked
    export      take rows away as a file
    define      segments, dashboards, traits
    take        import, replay, sources
    mend        merge, unmerge, block, rules of identity
    reveal      personal data in the clear, with a reason, written down
    administer  people, keys, settings, the audit log, erasure
    """

    SEE = "see"
    EXPORT = "export"
    DEFINE = "define"
    TAKE = "take"
    MEND = "mend"
    REVEAL = "reveal"
    ADMINISTER = "administer"


class Role(StrEnum):
    """What somebody is here."""

    OWNER = "owner"
    MARKETER = "marketer"
    ANALYST = "analyst"
    AGENT = "agent"
    VIEWER = "viewer"


MAY: Mapping[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.MARKETER: frozenset({Right.SEE, Right.EXPORT, Right.DEFINE, Right.TAKE, Right.REVEAL}),
    Role.ANALYST: frozenset({Right.SEE, Right.EXPORT, Right.DEFINE, Right.TAKE, Right.MEND}),
    Role.AGENT: frozenset({Right.SEE, Right.MEND, Right.REVEAL}),
    Role.VIEWER: frozenset({Right.SEE}),
}
"""The least each role needs. Analysts see numbers, never a phone number; agents see one person, never a list to take home."""

ROLE_WORDS: Mapping[Role, Text] = {role: words_of("role")[role.value] for role in Role}

RIGHT_WORDS: Mapping[Right, Text] = {
    Right.SEE: Text("see", "보기"),
    Right.EXPORT: Text("export", "내보내기"),
    Right.DEFINE: Text("define segments and dashboards", "세그먼트와 대시보드 정하기"),
    Right.TAKE: Text("import and connect sources", "가져오기와 데이터 원천 연결"),
    Right.MEND: Text("merge and unmerge customers", "고객 합치기와 나누기"),
    Right.REVEAL: Text("see personal data, with a reason", "이유를 적고 개인정보 보기"),
    Right.ADMINISTER: Text("manage people, keys and settings", "사람, 키, 설정 관리"),
}


def may(role: Role, right: Right) -> bool:
    """Whether a role has a right."""
    return right in MAY[role]
