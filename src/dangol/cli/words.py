"""Korean and English side by side: every text of the terminal stands in the code in both, and one is shown."""

from __future__ import annotations

import sys
from pathlib import Path

from dangol.app.settings import FILE, Settings, console_language
from dangol.schema import DangolError, Lang


def _asked() -> str | None:
    """``--lang ko`` anywhere on the command line decides before the commands (and their help) are built."""
    for i, word in enumerate(sys.argv):
        if word == "--lang" and i + 1 < len(sys.argv):
            return sys.argv[i + 1]
        if word.startswith("--lang="):
            return word.split("=", 1)[1]
    return None


def _of_the_workspace() -> str | None:
    """The setting ``language`` of the workspace that the command will open."""
    named = None
    for i, word in enumerate(sys.argv):
        if word in ("-w", "--workspace") and i + 1 < len(sys.argv):
            named = Path(sys.argv[i + 1])
        elif word.startswith("--workspace="):
            named = Path(word.split("=", 1)[1])
    here = Path.cwd()
    for place in [named] if named else [here, *here.parents]:
        if (place / FILE).exists():
            try:
                return Settings.load(place).language or None
            except (DangolError, OSError):
                return None  # the command itself will say what is wrong with it
    return None


LANGUAGE: Lang = console_language(_asked() or _of_the_workspace())


def say(en: str, ko: str) -> str:
    """The text in the language of this terminal."""
    return ko if LANGUAGE == "ko" else en


_STEPS = {
    "looking": ("looking at the files", "파일을 살펴보는 중"),
    "traits": ("computing traits", "속성 계산"),
    "segments": ("computing segments", "세그먼트 계산"),
    "replay": ("reading again", "다시 읽는 중"),
}


def step_words(step: str) -> str:
    """What long work is doing; a file's own name stays as it is."""
    return say(*_STEPS[step]) if step in _STEPS else step


_HEADS = {
    "amount": "금액", "as_of": "기준 시각", "at": "시각", "blocked": "막은 이유", "both": "둘 다", "category": "카테고리",
    "channel": "채널", "check": "점검", "customer_id": "고객", "customers": "고객", "difference": "차이",
    "entered": "들어옴", "entered_at": "들어온 때", "everyone": "전체", "family": "갈래", "field": "필드", "file": "파일",
    "filled": "채워진 비율", "first_seen": "처음 본 때", "found": "내용", "from_version": "이전 판", "grain": "한 행의 뜻",
    "id": "번호", "inside": "안", "kind": "종류", "last_seen": "마지막으로 본 때", "left": "나감", "mend": "고치는 방법",
    "message": "설명", "name": "이름", "node": "식별자 번호", "old_id": "이전 고객", "order_id": "주문", "outside": "밖",
    "place": "장소", "preset": "양식", "product_id": "상품", "reason": "이유", "row": "행", "rule": "조건", "says": "뜻",
    "segment": "세그먼트", "share": "비율", "since": "언제부터", "source": "데이터 원천", "state": "상태",
    "status": "상태", "tags": "꼬리표", "trait": "속성", "type": "형식", "unit": "단위", "value": "값", "version": "판",
    "what": "항목", "why": "여기 있는 이유", "a": "가", "b": "나", "size_a": "가의 수", "size_b": "나의 수",
    "share_of_a": "가 중 비율", "share_of_b": "나 중 비율", "lift": "우연 대비 배수", "jaccard": "겹친 비율",
    "key": "키 번호", "side": "쓰는 곳", "ends_in": "끝 글자", "origins": "웹 출처", "ip": "IP 주소", "per_minute": "분당 한도", "per_day": "하루 한도", "today": "오늘 이벤트",
    "session": "세션", "started_at": "시작", "seconds": "초", "pages": "페이지", "kept_bytes": "저장 크기", "made_at": "만든 때", "revoked_at": "취소한 때",
    "hook": "웹훅", "scheme": "서명 방식", "secret": "비밀값", "path": "주소", "batch": "가져오기", "rows": "행", "taken": "가져옴", "ko": "한국어", "en": "영어", "enters": "들어옴", "leaves": "나감", "stays": "남음", "before": "전", "after": "후", "size": "수", "now": "지금",
    "person": "사람", "email": "이메일", "role": "역할", "seen_at": "마지막 사용", "used_at": "마지막 사용", "made_by": "만든 사람", "until": "기한",
    "link": "링크", "sessions": "로그인", "entry": "기록", "backup": "백업", "bytes": "크기", "actor": "행위자", "who": "누가", "action": "행위", "subject": "대상 코드", "whom": "대상",
    "event": "이벤트", "count": "건수", "properties": "속성 수", "property": "속성", "types": "형식",
    "examples": "예", "planned": "계획", "violations": "위반", "day": "날", "samples": "표본",
    "strictness": "엄격함", "events": "이벤트 수", "hours": "시간 수", "observed": "실황", "forecast": "예보",
    "first": "처음", "last": "마지막", "missing": "빠진 시간", "issued_at": "발표 시각", "problem": "문제",
    "condition": "날씨", "setting": "설정", "new": "새로", "changed": "바뀜",
    # answers of `dangol ask`
    "bucket": "구간", "n": "수치", "other": "기타", "step": "단계", "label": "이름", "conversion": "전환율", "dropped": "이탈", "q1": "빠른 4분의 1(초)",
    "median": "중앙값(초)", "q3": "느린 4분의 1(초)", "total": "처음부터(초)", "cohort": "코호트", "complete": "끝난 구간",
    "low": "하한", "high": "상한", "source_kind": "출발 종류", "target": "도착", "target_kind": "도착 종류", "journeys": "여정", "rank": "순위",
    "broke": "끊김", "rate": "끊긴 비율", "went_on": "계속 감", "won": "목표 달성", "won_rate": "달성률", "worth": "목표 금액", "cost": "손실",
    "series": "점", "totals": "합계", "steps": "단계", "split": "나눈 값", "cohorts": "코호트", "cells": "칸", "curve": "평균 곡선", "links": "이음",
    "nodes": "곳", "breaks": "끊긴 곳",
    # dashboards, recordings, who is who
    "dashboard": "대시보드", "tiles": "타일", "changed_at": "바뀐 때", "changed_by": "바꾼 사람", "note": "메모", "removed": "없앰",
    "seen": "열어 본 수", "least": "최소 고객 수", "ended_at": "끝난 때", "friction": "불편", "from_left": "왼쪽에서 %", "from_top": "위에서 픽셀", "times": "번", "visits": "방문",
    "views": "조회", "recordings": "녹화", "identifiers": "식별자", "several": "둘 이상", "most": "가장 많은", "strength": "강도",
    "unique": "하나뿐", "cap": "최대", "own": "기본과 다름", "merges": "합침", "splits": "나눔", "kinds": "종류", "undone": "되돌림",
    "products": "상품", "recency": "최근성", "frequency": "횟수",
}  # fmt: skip
"""Headings of tables in Korean; --json, --csv and --parquet keep the names programs rely on."""


def heading(column: str) -> str:
    """A column's name as people read it."""
    if LANGUAGE == "ko":
        return _HEADS.get(column, column)
    return column.replace("_", " ") if column in _HEADS else column


_STATES = {
    "fine": ("fine", "정상"), "note": ("note", "참고"), "wrong": ("wrong", "문제"), "open": ("open", "열림"),
    "replayed": ("replayed", "다시 읽음"), "done": ("in", "들어옴"), "failed": ("failed", "실패"),
    "running": ("running", "가져오는 중"), "undone": ("taken back", "되돌림"), "dismissed": ("dismissed", "닫음"), "add": ("add", "추가"),
    "change": ("change", "변경"), "remove": ("remove", "삭제"), "same": ("same", "그대로"), "new": ("new", "새로"), "changed": ("changed", "변경"), "removed": ("removed", "삭제"),
    "ended": ("ended", "끝남"), "active": ("active", "사용 중"), "disabled": ("kept out", "들어올 수 없음"), "invited": ("invited", "초대함"),
}  # fmt: skip


def state_words(state: str) -> str:
    """A state (``fine``, ``open``) in words."""
    return say(*_STATES[state]) if state in _STATES else state


_UNITS = {
    "money": "돈", "days": "일", "weeks": "주", "orders": "건", "times": "회", "years": "세", "year": "년", "score": "점",
    "share": "비율", "categories": "카테고리", "hour of day": "시", "UTC": "UTC", "products": "상품", "coupons": "쿠폰",
    "campaigns": "캠페인", "units": "개",
}  # fmt: skip


def unit_words(unit: str) -> str:
    """A trait's unit; a shop's own stays as it was written."""
    return _UNITS.get(unit, unit) if LANGUAGE == "ko" else unit
