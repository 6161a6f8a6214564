"""Settings from the console: checked, written whole, comments kept, in force at once, and in the audit log."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dangol.app import Workspace, changing
from dangol.app.changing import _edited
from dangol.app.definitions import current
from dangol.app.following import Beat
from dangol.app.settings import Settings
from dangol.privacy import normalise
from dangol.schema import BusyError, ConflictError, DefinitionError, RefusedError, Text
from tests.server.signed import signed


def version(ws: Workspace) -> str:
    return str(changing.editable(ws)["version"])


def test_a_change_is_in_force_in_the_file_and_in_the_log(ws: Workspace) -> None:
    file = ws.folder / "dangol.yaml"
    file.write_text("# ours\n" + file.read_text(encoding="utf-8") + "# the end\n", encoding="utf-8")
    told = changing.change(ws, {"name": "단골 가게", "session_hours": 4}, version(ws))
    assert told == {"changed": ["name", "session_hours"], "recomputed": False}
    assert (ws.settings.name, ws.settings.session_hours) == ("단골 가게", 4)
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# ours\n")
    assert "# the end" in text
    assert Settings.load(ws.folder, {}).name == "단골 가게"
    (entry,) = ws.store.audit.entries(action="settings.changed")
    assert entry.before == {"name": "시험 가게", "session_hours": 12}
    assert entry.after == {"name": "단골 가게", "session_hours": 4}


def test_what_depends_on_it_is_computed_again(ws: Workspace) -> None:
    """Every order is of the night once the night has every hour; whoever runs does not go on with the day before."""
    says = {"ko": "밤", "en": "Night"}
    body = {"segment": "by-night", "says": says, "where": {"did": "Order Completed", "where": {"hour_band": "night"}}}
    ws.store.definitions.put("segment", "by-night", body, actor="kim", now=ws.real_now())
    before = current(ws)
    ws.store.definitions.put("draft", "segment/x", {}, actor="kim", now=ws.real_now())
    assert current(ws) is before
    wanted = {"timezone": "America/New_York", "hour_bands": {"night": "0-24"}, "country": "US-CA"}
    assert changing.change(ws, wanted, version(ws))["recomputed"] is True
    assert ws.settings.tz.key == "America/New_York"
    around = current(ws).catalog.surroundings
    assert (around.country, around.bands) == ("US-CA", {"night": tuple(range(24))})
    ordered = set(ws.members("everyone-with-an-order").table["customer_id"].to_pylist())
    assert ordered
    assert set(ws.members("by-night").table["customer_id"].to_pylist()) == ordered
    kept = current(ws)
    changing.change(ws, {"name": "another"}, version(ws))
    assert current(ws) is kept
    with pytest.raises(DefinitionError, match="night"):  # a rule names it: nothing could be read any more
        changing.change(ws, {"hour_bands": {"day": "0-24"}}, version(ws))
    assert current(ws) is kept


def test_the_shop_s_own_identifiers_are_blocked_from_now_on(ws: Workspace) -> None:
    desk = "desk@shop.example"
    assert ws.privacy.pseudonymiser.settings.own_identifiers == ()
    assert normalise("email", desk, ws.privacy.pseudonymiser.settings).key == desk
    changing.change(ws, {"own_identifiers": [desk]}, version(ws))
    assert normalise("email", desk, ws.privacy.pseudonymiser.settings).blocked == "own"


def test_what_runs_goes_on_with_the_new_zone(ws: Workspace) -> None:
    beat = Beat(ws)
    assert beat._ready().tz.key == "Asia/Seoul"
    changing.change(ws, {"timezone": "Pacific/Auckland"}, version(ws))
    assert beat._ready().tz.key == "Pacific/Auckland"
    beat.close()


def test_two_people_at_once(ws: Workspace) -> None:
    seen = version(ws)
    changing.change(ws, {"name": "first"}, seen)
    with pytest.raises(ConflictError):
        changing.change(ws, {"name": "second"}, seen)
    assert ws.settings.name == "first"


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"session_hours": -1}, "session_hours"),
        ({"session_hours": 0}, "session_hours"),
        ({"session_hours": None}, "session_hours"),
        ({"session_days": 1e12}, "session_days"),
        ({"session_days": float("inf")}, "session_days"),
        ({"session_days": 1.5}, "session_days"),
        ({"replay_days": 1_000_000}, "replay_days"),
        ({"rates": {"USD": "Infinity"}}, "rates"),
        ({"rates": {"USD": "1e999999"}}, "rates"),
        ({"store": "postgresql://evil@elsewhere/x"}, "store"),
        ({"allowed_hosts": ["evil.example"]}, "allowed_hosts"),
        ({"key_command": ["sh", "-c", "x"]}, "key_command"),
        ({"oidc_issuer": "https://evil.example"}, "oidc_issuer"),
        ({"host": "0.0.0.0"}, "host"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_what_may_not_be_changed_here_is_refused(ws: Workspace, wanted: dict[str, object], where: str) -> None:
    before = (ws.folder / "dangol.yaml").read_bytes()
    with pytest.raises(DefinitionError) as told:
        changing.change(ws, wanted, version(ws))
    assert [p.where for p in told.value.problems] == [where]
    assert (ws.folder / "dangol.yaml").read_bytes() == before


def test_no_number_is_read_from_anywhere_that_nothing_can_be_done_with() -> None:
    wrong: dict[str, object] = {
        "threads": -1,
        "port": 70_000,
        "sql_seconds": "100000",
        "max_partners": 0,
        "memory": "0MB",
        "upload": "²GB",
        "session_days": 0,
    }
    with pytest.raises(DefinitionError) as told:
        Settings.load(None, {"DANGOL_BACKLOG": "9" * 400 + "GB"}, **wrong)
    assert {p.where for p in told.value.problems} == {*wrong, "backlog"}
    assert any("1 to 1,000,000" in p.message.en and "1,000,000 이하" in p.message.ko for p in told.value.problems)


def test_a_store_that_is_busy_changes_nothing(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    before, kept = (ws.folder / "dangol.yaml").read_bytes(), ws.settings
    for name in ("writing", "audit.write"):  # no turn at all, and none any more once the file is written

        def busy(*_: object, **__: object) -> None:
            raise BusyError(Text("busy", "바쁨"))

        with monkeypatch.context() as patched:
            patched.setattr(ws.store if name == "writing" else ws.store.audit, name.rpartition(".")[2], busy)
            with pytest.raises(BusyError):
                changing.change(ws, {"own_identifiers": ["desk@shop.example"]}, version(ws))
        assert (ws.folder / "dangol.yaml").read_bytes() == before
        assert ws.settings is kept

    use = ws.use

    def late(settings: Settings) -> None:
        use(settings)
        if settings is not kept:
            raise BusyError(Text("busy", "바쁨"))

    with monkeypatch.context() as patched:
        patched.setattr(ws, "use", late)
        with pytest.raises(BusyError):
            changing.change(ws, {"name": "never"}, version(ws))
    assert (ws.folder / "dangol.yaml").read_bytes() == before
    assert ws.settings is kept
    assert not ws.store.audit.entries(action="settings.changed")


def test_the_currency_stays_once_there_are_orders(ws: Workspace) -> None:
    with pytest.raises(RefusedError, match="currency"):
        changing.change(ws, {"currency": "USD"}, version(ws))


def test_what_the_environment_says_is_not_changed_here(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANGOL_NAME", "from outside")
    (row,) = [r for r in changing.editable(ws)["settings"] if r["setting"] == "name"]
    assert row["fixed"] is True
    with pytest.raises(DefinitionError):
        changing.change(ws, {"name": "from inside"}, version(ws))


def test_over_http_only_owners(ws: Workspace) -> None:
    with signed(ws) as owner, signed(ws, "analyst") as analyst:
        seen = owner.get("/v1/settings").json()
        assert {r["setting"] for r in seen["settings"]} >= {"timezone", "currency", "replay_days"}
        said = {"version": seen["version"], "settings": {"replay_days": 7}}
        assert analyst.get("/v1/settings").status_code == 403
        assert analyst.put("/v1/settings", json=said).status_code == 403
        assert owner.put("/v1/settings", json=said).json()["changed"] == ["replay_days"]
        again = owner.put("/v1/settings", json=said)
        assert (again.status_code, again.json()["code"]) == (409, "conflict")


names = st.sampled_from(["name", "timezone", "rates", "own_identifiers", "replay_days"])
bodies = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20),
        "timezone": st.sampled_from(["Asia/Seoul", "Europe/Berlin"]),
        "rates": st.dictionaries(st.sampled_from(["USD", "EUR"]), st.sampled_from(["1350", "1.5"])),
        "own_identifiers": st.lists(
            st.sampled_from(["a@b.example", "02-123-4567", "# no comment", "x: y"]), max_size=3
        ),
        "replay_days": st.integers(0, 90),
    },
)


@given(
    bodies,
    bodies,
    st.sampled_from([None, True, False]),
    st.integers(10, 80),
    st.booleans(),
    st.sampled_from(["", "  "]),
)
def test_editing_the_file_is_setting_its_values(
    old: dict[str, object], new: dict[str, object], flow: bool | None, width: int, remarks: bool, indent: str
) -> None:
    """Against a dictionary: the edited text reads as the old body with the new values, however that was written."""
    text = yaml.safe_dump(old, allow_unicode=True, sort_keys=False, default_flow_style=flow, width=width) if old else ""
    lines = [indent + line + "\n" for line in text.splitlines()]
    between = "# between\n" if remarks and yaml.safe_load("# between\n".join(lines) or "{}") == old else ""
    text = "# a comment\n" + between.join(lines)
    edited = _edited(text, new) if new else text
    assert (yaml.safe_load(edited) or {}) == {**old, **new}
    assert edited.startswith("# a comment\n")


def test_people_s_own_remarks_and_styles_stay() -> None:
    bands = "hour_bands:\n  day: 6-18\n# the night\n  night: 18-6\n"
    text = f"name: shop  # ours\nrates: {{USD: '1350',\n  EUR: '1500'}}\n{bands}# end\n"
    edited = _edited(text, {"name": "가게", "rates": {"USD": "1400"}, "port": 1})
    assert edited == f"name: 가게  # ours\nrates:\n  USD: '1400'\n{bands}port: 1\n# end\n"
    assert yaml.safe_load(_edited(text, {"hour_bands": {"day": "0-24"}}))["hour_bands"] == {"day": "0-24"}
    anchored = "# ours\nname: &n shop\noidc_label: *n\n"
    assert yaml.safe_load(_edited(anchored, {"name": "x"})) == {"name": "x", "oidc_label": "shop"}
    assert _edited(anchored, {"oidc_label": "x"}) == "# ours\nname: shop\noidc_label: x\n"


def test_a_full_disk_keeps_the_old_file(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (ws.folder / "dangol.yaml").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RefusedError):
        changing.change(ws, {"name": "x"}, version(ws))
    assert (ws.folder / "dangol.yaml").read_bytes() == before
    assert [f.name for f in Path(ws.folder).glob("*.part")] == []
    assert ws.settings.name != "x"
