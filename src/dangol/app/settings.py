"""Every setting, in one table; the only file that reads the environment.

An explicit argument beats the environment, the environment beats ``dangol.yaml``, that beats the default.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import yaml

from dangol.app.settings_read import READ as _READ
from dangol.app.settings_read import expect_within, unfit, without_password
from dangol.schema import BANDS, NOTHING, DefinitionError, Lang, Problem, Text, did_you_mean

if TYPE_CHECKING:
    from dangol.rules import Surroundings

FILE = "dangol.yaml"


def _setting(
    default: Any,
    ko: str,
    en: str,
    *,
    kind: str = "text",
    choices: tuple[str, ...] = (),
    bounds: tuple[int, int] | None = None,
) -> Any:
    """A row of the table. `bounds`: the least and the most that a count may be."""
    meta = {"ko": ko, "en": en, "kind": kind, "choices": choices, "bounds": bounds}
    factory = (
        (lambda: dict(default))
        if isinstance(default, dict)
        else (lambda: list(default))
        if isinstance(default, list)
        else None
    )
    shown = kind != "secret"  # a secret must not be found in a log that prints the settings
    return (
        field(default_factory=factory, metadata=meta) if factory else field(default=default, metadata=meta, repr=shown)
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """One workspace's settings. Each field is a row of the table in docs/settings.md (generated from here)."""

    name: str = _setting("dangol", "작업 공간 이름", "name of the workspace")
    timezone: str = _setting("Asia/Seoul", "가게의 시간대", "the shop's time zone", kind="timezone")
    currency: str = _setting("KRW", "기준 통화 (ISO 4217)", "base currency (ISO 4217)", kind="currency")
    rates: dict[str, str] = _setting(
        {}, "다른 통화 1단위의 기준 통화 값", "value of one unit of another currency in the base currency", kind="rates"
    )
    language: str = _setting(
        "", "화면 언어; 비우면 컴퓨터의 언어", "language shown; empty follows the computer", choices=("", "ko", "en")
    )
    clock: str = _setting(
        "now",
        "'지금'의 기준: now(실제 시각) 또는 last-event(마지막 주문, 없으면 마지막 이벤트의 시각; 지난 자료를 볼 때)",
        "what counts as now: now (real time) or last-event (time of the last order, or of the last event where there are none; for looking at old data)",
        choices=("now", "last-event"),
    )
    phone_region: str = _setting(
        "KR", "국가번호 없는 전화번호의 나라", "country of phone numbers without a country code"
    )
    own_identifiers: list[str] = _setting(
        [],
        "가게 자신의 전화·이메일 (고객을 잇지 않음)",
        "the shop's own phones and e-mails (they join nobody)",
        kind="list",
    )
    shared_device: str = _setting(
        "nobody",
        "두 사람이 로그인한 기기의 익명 이벤트 주인: nobody, first, last",
        "who owns anonymous events of a device two people logged in on: nobody, first, last",
        choices=("nobody", "first", "last"),
    )
    max_partners: int = _setting(
        50,
        "이보다 많은 고객과 이어진 값은 막음",
        "a value tied to more customers than this is blocked",
        kind="count",
        bounds=(1, 1_000_000),
    )
    engine: str = _setting("duckdb", "분석 엔진", "analytical engine", choices=("duckdb", "spark"))
    store: str = _setting(
        "",
        "운영 저장소: postgresql://user@host/name, 비우면 작업 공간의 SQLite",
        "operational store: postgresql://user@host/name; empty is SQLite in the workspace",
    )
    store_password: str = _setting(
        "",
        "운영 저장소의 비밀번호. 환경 변수로만",
        "password of the operational store. Environment only",
        kind="secret",
    )
    intake: str = _setting(
        "",
        "수신 기록: nats://user@host:4222 (NATS JetStream), 비우면 운영 저장소",
        "intake log: nats://user@host:4222 (NATS JetStream); empty is the operational store",
    )
    intake_password: str = _setting(
        "",
        "수신 기록의 비밀번호나 토큰. 환경 변수로만",
        "password or token of the intake log. Environment only",
        kind="secret",
    )
    backlog: str = _setting(
        "2GB",
        "수신 기록에 쌓일 수 있는 크기; 넘으면 503으로 나중에 보내라고 답함",
        "what may wait in the intake log; beyond it senders are told to come back (503)",
        kind="size",
    )
    upload: str = _setting(
        "4GB",
        "콘솔에서 올릴 수 있는 파일 하나의 크기",
        "how large one file may be that is uploaded in the console",
        kind="size",
    )
    memory: str = _setting("1GB", "분석 엔진 메모리 한도", "memory limit of the analytical engine", kind="size")
    threads: int = _setting(
        0,
        "분석 엔진 스레드 수; 0은 모두",
        "threads of the analytical engine; 0 is all",
        kind="count",
        bounds=(0, 1_024),
    )
    sql_seconds: int = _setting(
        60,
        "dangol sql이 기다리는 초; 0은 끝까지",
        "seconds that dangol sql may take; 0 is no limit",
        kind="count",
        bounds=(0, 86_400),
    )
    key: str = _setting(
        "",
        "작업 공간 열쇠 (base64); 비우면 열쇠 파일. 환경 변수로만",
        "workspace key (base64); empty reads the key file. Environment only",
        kind="secret",
    )
    key_command: list[str] = _setting(
        [], "열쇠를 base64로 출력하는 명령 (KMS)", "command that prints the key in base64 (a KMS client)", kind="list"
    )
    port: int = _setting(8700, "서버 포트", "port of the server", kind="count", bounds=(0, 65_535))
    host: str = _setting("127.0.0.1", "서버 주소", "address of the server")

    public_address: str = _setting(
        "",
        "방문자의 브라우저가 이 서버에 닿는 주소 (예: https://cdp.shop.example); 설치 태그에 적힘",
        "address by which visitors' browsers reach this server (such as https://cdp.shop.example); the tag to paste names it",
    )
    replay_days: int = _setting(
        30,
        "세션 녹화를 보관하는 일수; 0은 녹화를 받지 않음",
        "days a session recording is kept; 0 takes none",
        kind="count",
        bounds=(0, 3_650),
    )

    allowed_hosts: list[str] = _setting(
        [],
        "다른 컴퓨터에서 이 서버를 여는 이름 (예: cdp.shop.example); 비우면 이 컴퓨터에서만",
        "names by which other machines reach this server (such as cdp.shop.example); empty is this machine only",
        kind="list",
    )
    trusted_proxies: list[str] = _setting(
        ["127.0.0.1", "::1"],
        "X-Forwarded-For와 X-Forwarded-Proto를 믿을 프록시의 주소나 대역",
        "addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed",
        kind="list",
    )
    plain_http: str = _setting(
        "no",
        "다른 컴퓨터에서 TLS 없이 로그인하게 할지. 믿는 망에서만 yes",
        "whether people on other machines may sign in without TLS; yes only in a network you trust",
        choices=("no", "yes"),
    )
    session_hours: int = _setting(
        12,
        "쓰지 않으면 로그인이 끝나는 시간",
        "hours without a request after which a session ends",
        kind="count",
        bounds=(1, 8_760),
    )
    session_days: int = _setting(
        14,
        "쓰고 있어도 다시 로그인해야 하는 일수",
        "days after which a session ends whatever happens",
        kind="count",
        bounds=(1, 3_650),
    )
    oidc_issuer: str = _setting(
        "",
        "OpenID Connect 발급자 주소 (예: https://accounts.google.com); 비우면 쓰지 않음",
        "address of an OpenID Connect provider (such as https://accounts.google.com); empty is none",
    )
    oidc_client: str = _setting("", "그 발급자가 준 클라이언트 ID", "client id that the provider gave")
    oidc_secret: str = _setting("", "클라이언트 비밀. 환경 변수로만", "client secret. Environment only", kind="secret")
    oidc_label: str = _setting("", "로그인 단추에 쓸 이름", "what the button to sign in with it says")
    oidc_domains: list[str] = _setting(
        [],
        "초대 없이 열람자로 들어올 수 있는 이메일 도메인; 비우면 초대받은 사람만",
        "e-mail domains whose people may join as viewers without an invitation; empty is invited people only",
        kind="list",
    )

    country: str = _setting(
        "KR",
        "공휴일을 따르는 나라 (ISO 코드, US-CA처럼 지역까지 가능); 비우면 공휴일 없음",
        "country whose public holidays count (ISO code, with a part of it such as US-CA); empty is none",
        kind="country",
    )
    hour_bands: dict[str, str] = _setting(
        BANDS, "시간대 이름과 시작-끝 시각", "times of day: name, first hour, the hour it ends before", kind="bands"
    )
    weather_place: str = _setting(
        "",
        "가게의 날씨 자리: 위도,경도, 기상청 격자(60,127), 날씨 파일의 장소 이름 가운데 하나",
        "where the shop's weather is: latitude,longitude, a KMA cell (60,127), or a place that weather files name",
        kind="spot",
    )
    weather_places: dict[str, str] = _setting(
        {}, "이벤트의 장소(place)별 날씨 자리", "the same for single values of an event's place", kind="spots"
    )
    kma_key: str = _setting(
        "",
        "기상청 단기예보 서비스 키 (공공데이터포털). 환경 변수로만",
        "service key of the KMA's short-term forecast (data.go.kr). Environment only",
        kind="secret",
    )
    kma_url: str = _setting(
        "https://apis.data.go.kr/1360000/VilageFcstInfoService_2.0", "기상청 서비스 주소", "address of that service"
    )

    @property
    def surroundings(self) -> Surroundings:
        """What rules may know of holidays, times of day and weather."""
        from dangol.collect.weather import spot  # here, so that `dangol --help` need not load the readers and the rules
        from dangol.rules import Surroundings, read_bands

        spots = {place: spot(where) for place, where in self.weather_places.items()}
        return Surroundings(self.country, read_bands(self.hour_bands), spot(self.weather_place), spots)

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @classmethod
    def load(cls, folder: Path | None = None, environ: Mapping[str, str] | None = None, **explicit: Any) -> Settings:
        """Read ``dangol.yaml`` of `folder`, then the environment (``DANGOL_TIMEZONE`` …), then `explicit`."""
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        file = folder / FILE if folder else None
        if file and file.exists():
            try:
                found = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
            except (yaml.YAMLError, UnicodeDecodeError) as error:
                why = " ".join(str(error).split())
                raise DefinitionError(
                    [
                        Problem(
                            Text(f"{FILE} is not valid YAML: {why}", f"{FILE} 파일을 YAML로 읽을 수 없습니다: {why}"),
                            where=str(file),
                        )
                    ]
                ) from error
            if not isinstance(found, dict):
                raise DefinitionError(
                    [
                        Problem(
                            Text(f"{FILE} holds no settings", f"{FILE} 파일에 설정이 없습니다"),
                            where=str(file),
                            hint=Text(
                                "write lines such as  timezone: Asia/Seoul", "timezone: Asia/Seoul 같은 줄로 적으세요"
                            ),
                        )
                    ]
                )
            for name, how in _KEYS:
                shared = Text(
                    "a key does not belong in a file that is shared", "함께 쓰는 파일에는 열쇠를 둘 수 없습니다"
                )
                problems += (
                    [Problem(shared, name, Text(f"set {how.en}", f"{how.ko}를 쓰세요"))] if name in found else []
                )
            for name in _ADDRESSES:
                inside = without_password(str(found.get(name, "")))[1]
                problems += [
                    _secret(n, name) for n in (f"{name}_password", name) if n in found and (n != name or inside)
                ]
            values |= found
        for name, text in (environ if environ is not None else os.environ).items():
            if name.startswith("DANGOL_") and name[7:].lower() in _FIELDS:
                values[name[7:].lower()] = text
        values |= {k: v for k, v in explicit.items() if v is not None}
        for name in _ADDRESSES:  # a password is kept apart from the address, which may be shown and saved
            if name in values:
                values[name], password = without_password(str(values[name]))
                values |= {f"{name}_password": password} if password else {}
        checked = {k: _check(k, v, problems) for k, v in values.items()}
        if problems:
            raise DefinitionError(problems, where=str(file or "settings"))
        return cls(**checked)

    def save(self, folder: Path) -> None:
        """Write what differs from the defaults to ``dangol.yaml``; the key and passwords are never written."""
        body = {
            f.name: getattr(self, f.name)
            for f in fields(self)
            if f.metadata["kind"] != "secret" and getattr(self, f.name) != _default(f)
        }
        body = {"name": self.name, "timezone": self.timezone, "currency": self.currency, **body}
        (folder / FILE).write_text(yaml.safe_dump(body, allow_unicode=True, sort_keys=False), encoding="utf-8")


_FIELDS = {f.name: f for f in fields(Settings)}

_KEYS = (
    ("key", Text.same("DANGOL_KEY, key_command")),
    ("kma_key", Text.same("DANGOL_KMA_KEY")),
    ("oidc_secret", Text.same("DANGOL_OIDC_SECRET")),
)
"""Settings that no file may hold, and what to use instead."""

_ADDRESSES = ("store", "intake")
"""Settings that may hold a password, which is kept in a setting of its own."""


def _secret(name: str, of: str) -> Problem:
    variable = f"DANGOL_{of.upper()}_PASSWORD"
    return Problem(
        Text("a password does not belong in a file that is shared", "함께 쓰는 파일에는 비밀번호를 둘 수 없습니다"),
        name,
        Text(f"set {variable}", f"환경 변수 {variable}에 넣으세요"),
    )


def _default(f: Any) -> Any:
    from dataclasses import MISSING

    return f.default if f.default is not MISSING else f.default_factory()


def _check(name: str, value: Any, problems: list[Problem]) -> Any:
    spec = _FIELDS.get(name)
    if spec is None:
        from rapidfuzz import process

        near = process.extractOne(name, list(_FIELDS))
        problems.append(
            Problem(
                Text(f"there is no setting '{name}'", f"'{name}' 설정이 없습니다"),
                name,
                did_you_mean(f"'{near[0]}'") if near else NOTHING,
            )
        )
        return value
    kind, choices = spec.metadata["kind"], spec.metadata["choices"]
    try:
        read = _READ[kind](value, choices)
        expect_within(read, spec.metadata["bounds"])
        return read
    except (ValueError, TypeError, OverflowError, InvalidOperation) as error:
        problems.append(Problem(unfit(value, error), name, Text(spec.metadata["en"], spec.metadata["ko"])))
        return value


def from_environment(environ: Mapping[str, str] | None = None) -> set[str]:
    """Names of the settings that the environment decides, whatever the file says."""
    names = {
        name[7:].lower() for name in (environ if environ is not None else os.environ) if name.startswith("DANGOL_")
    }
    return names & set(_FIELDS)


def console_language(explicit: str | None = None, environ: Mapping[str, str] | None = None) -> Lang:
    """``ko`` or ``en``: the argument, DANGOL_LANGUAGE, then the locale of the computer."""
    env = environ if environ is not None else os.environ
    said = (
        explicit or env.get("DANGOL_LANGUAGE") or env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or "en"
    )
    return "ko" if said.lower().startswith("ko") else "en"


def data_folder(environ: Mapping[str, str] | None = None) -> Path | None:
    """Where the public data sets lie (``DANGOL_DATA``), for tests and benchmarks on real data."""
    said = (environ if environ is not None else os.environ).get("DANGOL_DATA")
    return Path(said) if said else None
