"""Settings from the console: checked, written whole, comments kept, in force at once, and in the audit log."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dangol.app import Workspace, changing
from dangol.app.changing import _edited
from dangol.app.following import Beat
from dangol.app.settings import Settings
from dangol.privacy import normalise
from dangol.schema import ConflictError, DefinitionError, RefusedError
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
    before = ws.refreshed_at()
    assert changing.change(ws, {"timezone": "America/New_York"}, version(ws))["recomputed"] is True
    assert ws.settings.tz.key == "America/New_York"
    assert before is not None


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


@given(bodies, bodies)
def test_editing_the_file_is_setting_its_values(old: dict[str, object], new: dict[str, object]) -> None:
    """Against a dictionary: the edited text reads as the old body with the new values, whatever stood there."""
    text = "# a comment\n" + (yaml.safe_dump(old, allow_unicode=True, sort_keys=False) if old else "")
    edited = _edited(text, new) if new else text
    assert (yaml.safe_load(edited) or {}) == {**old, **new}
    assert edited.startswith("# a comment\n")


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
