"""`pedigree retention` and `pedigree storage`, of a service that knows two people: one plans, the other approves."""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.cli import run
from app.commands import retention_calls
from app.commands.exits import Exit
from app.commands.retention_shown import show_plan
from tests.commands.people import Asking, People

Policy = Callable[..., Path]


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    """Writes a policy that takes the files of what was never promoted in a namespace, but of the newest."""

    def written(namespace: str, name: str = "policy.yaml", **rule: object) -> Path:
        lines = [f"name: tidy {namespace}", "keepNewest: 1", "rules:", "  - neverPromoted: true"]
        lines += [f"    namespaces: [{namespace}]", *(f"    {key}: {value}" for key, value in rule.items())]
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return written


def _short(plan: Mapping[str, Any]) -> str:
    return plan["digest"].removeprefix("sha256:")[:12]


def test_two_people_decide_and_the_bytes_go(asking: Asking, policy: Policy) -> None:
    asking.push("model-version:whole/scorer/1", "model-version:whole/scorer/2", size=1_000)
    told = asking("admin", "retention", "plan", str(policy("whole", graceDays=0))).out
    assert "Policy tidy whole: 1 version loses its files (1.0 kB); the store is freed of 1.0 kB." in told
    assert "NEWEST: it is among the newest of its model" in told
    [following] = [line for line in told.splitlines() if line.startswith("Next, by a second person: pedigree ")]
    approve = following.partition("pedigree ")[2].split()
    plan, digest = approve[2:]
    assert f"Digest:   {digest}\n" in told

    early = asking("admin", "retention", "apply", plan, code=Exit.USAGE)
    assert "A second person has to approve it first" in early.err
    assert "State:    APPROVED" in asking("approver", *approve).out
    applied = asking("admin", "retention", "apply", plan).out
    assert "State:    APPLIED, files taken away of 1 version, 0 spared" in applied

    shown = asking.json("admin", "retention", "show", plan)
    assert (shown["state"], shown["bytes"], shown["freedBytes"], shown["removed"]) == ("APPLIED", 1_000, 1_000, 1)
    assert [(each["version"], each["rule"], each["outcome"]) for each in shown["items"]] == [("1", 0, "REMOVED")]
    assert asking.json("admin", "retention", "apply", plan)["removed"] == 1, "again changes nothing"
    report = asking.json("admin", "storage")
    assert [each["bytes"] for each in report["groups"] if each["name"] == "whole/scorer"] == [1_000]
    gone = asking("pipeline", "pull", "model-version:whole/scorer/1", "into", code=Exit.NO)
    assert "under the policy 'tidy whole'; their bytes are gone. Send the same again: pedigree push" in gone.err
    late = asking("admin", "retention", "restore", "model-version:whole/scorer/1", code=Exit.USAGE)
    assert "pedigree push" in late.err


def test_who_planned_it_does_not_approve_it(asking: Asking, policy: Policy) -> None:
    made = asking.planned(policy("own"), "both")
    refused = asking("both", "retention", "approve", made["id"], made["digest"], code=Exit.USAGE)
    assert "Who had it planned does not approve it" in refused.err
    assert asking.json("approver", "retention", "approve", made["id"], made["digest"])["state"] == "APPROVED"


def test_the_digest_is_that_of_what_was_looked_at(asking: Asking, policy: Policy) -> None:
    made = asking.planned(policy("looked"))
    refused = asking("approver", "retention", "approve", made["id"], f"sha256:{'0' * 64}", code=Exit.USAGE)
    assert f"The digest of this plan is {made['digest']}" in refused.err


def test_within_the_days_of_grace_files_come_back(asking: Asking, policy: Policy) -> None:
    ref = "model-version:grace/scorer/1"
    asking.push(ref, "model-version:grace/scorer/2")
    made = asking.approved(policy("grace", graceDays=7))
    applied = asking("admin", "retention", "apply", _short(made)).out
    assert "pedigree retention restore model-version:" in applied
    assert f"pedigree retention restore {ref}" in asking("pipeline", "pull", ref, "before", code=Exit.NO).err
    assert asking("admin", "retention", "restore", ref).out == f"{ref} has its files.\n"
    assert asking.json("admin", "retention", "restore", ref)["modelVersion"] == ref, "again changes nothing"
    asking("pipeline", "pull", ref, "after")


def test_a_hold_spares_what_was_approved(asking: Asking, policy: Policy) -> None:
    ref = "model-version:spared/scorer/1"
    asking.push(ref, "model-version:spared/scorer/2")
    made = asking.approved(policy("spared", graceDays=0))
    held = ["model:spared/scorer", "--reference", "case 7", "--reason", "counsel asked for it"]
    asking("approver", "hold", "place", *held)
    applied = asking("admin", "retention", "apply", made["id"]).out
    assert f"Spared: {ref}, HOLD: a legal hold is on it or on its model" in applied
    found = asking.json("admin", "retention", "apply", made["id"])
    assert [(each["version"], each["outcome"]) for each in found["sparedItems"]] == [("1", "HOLD")]
    asking("pipeline", "pull", ref, "kept")


def test_plans_are_listed_the_newest_first_and_shown_by_pages(
    asking: Asking, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking.push(*(f"model-version:many/scorer/{number}" for number in range(28)))
    first, second = asking.planned(policy("listed")), asking.planned(policy("many"))
    ids = [each["id"] for each in asking.json("approver", "retention", "list")["plans"]]
    assert ids.index(second["id"]) < ids.index(first["id"])
    told = asking("approver", "retention", "list").out
    assert max(len(line) for line in told.splitlines()) <= 80
    assert _short(second) in told
    assert "tidy many" in told

    shown = asking("approver", "retention", "show", second["digest"]).out
    assert "… and 2 versions more: --all lists all." in shown
    assert "model-version:many/scorer/1 " in shown
    assert "more" not in asking("approver", "retention", "show", second["digest"], "--all").out
    assert len(asking.json("approver", "retention", "show", second["id"])["items"]) == 25
    monkeypatch.setattr(retention_calls, "_PAGE", 10)
    items = asking.json("approver", "retention", "show", second["id"], "--all")["items"]
    assert [each["number"] for each in items] == list(range(27))
    assert len(asking.json("approver", "retention", "list")["plans"]) == len(ids)


@pytest.mark.parametrize(
    ("words", "told"),
    (
        (["show", "nope"], "'nope' is no plan. Name it by its id"),
        (["show", "0123456"], "first 8 or more digits"),
        (["show", "0123456789ab"], "There is no plan 0123456789ab"),
        (["apply", "sha256:0123456789ab"], "`pedigree retention list` shows"),
        (["apply", "TW9kZWw6YQ"], "is no plan"),
        (["restore", "model:a/b"], "names no model version"),
        (["restore", "model-version:nobody/scorer/1"], "There is no such version"),
        (["plan", "nowhere.yaml"], "nowhere.yaml cannot be read"),
    ),
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_names_nothing_is_told(words: list[str], told: str, asking: Asking) -> None:
    printed = asking("admin", "retention", *words, code=Exit.USAGE)
    assert told in printed.err
    assert printed.out == ""


def test_ctrl_c_says_that_the_same_command_goes_on(
    asking: Asking, people: People, policy: Policy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def stopped(*_words: object) -> None:
        raise KeyboardInterrupt

    made = asking.planned(policy("stopped"))
    for name in ("applied", "planned"):
        monkeypatch.setattr(f"app.commands.retention.{name}", stopped)
    assert run(["retention", "apply", made["id"], "--server", people.address]) == Exit.INTERRUPTED
    assert "The same command goes on" in capsys.readouterr().err
    assert run(["retention", "plan", str(policy("stopped")), "--server", people.address]) == Exit.INTERRUPTED
    assert "`pedigree retention list`" in capsys.readouterr().err


class _Slow:
    """An API that answers these states, one after the other."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None, operation: str | None = None) -> Any:
        plan = {"__typename": "RetentionPlan", "id": "p", "state": self.states.pop(0), "removed": 1, "spared": 0}
        plan["versionCount"] = 3
        return {"data": dict.fromkeys(("planRetention", "applyRetention", "retentionPlan"), plan)}


class _Seen(list[tuple[int, int | None]]):
    def show(self, done: int, total: int | None) -> None:
        self.append((done, total))


def test_what_takes_long_is_asked_for_until_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention_calls, "PAUSE", 0.001)
    seen: Any = _Seen()
    planning = _Slow("PLANNING", "PLANNING", "PLANNED")
    assert asyncio.run(retention_calls.planned(planning, {}, seen))["state"] == "PLANNED"
    assert (planning.states, len(seen)) == ([], 2)
    applying = _Slow("APPLYING", "APPLYING", "APPLIED")
    assert asyncio.run(retention_calls.applied(applying, "p", seen))["state"] == "APPLIED"
    assert (applying.states, seen[2:]) == ([], [(1, 3), (1, 3)])


def test_a_plan_that_is_never_made_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention_calls, "_LONGEST", 2)
    monkeypatch.setattr(retention_calls, "PAUSE", 1 / 1024)
    seen: Any = _Seen()
    with pytest.raises(retention_calls.PedigreeError, match="have it planned anew"):
        asyncio.run(retention_calls.planned(_Slow(*["PLANNING"] * 3_000), {}, seen))


def test_storage_is_told_by_model_team_and_stage(asking: Asking) -> None:
    asking.push("model-version:stored/scorer/1", size=2_000)
    told = asking("pipeline", "storage", "--price", "1000000", "--overhead", "2", "--first", "100").out
    assert max(len(line) for line in told.splitlines()) <= 80
    assert "stored/scorer" in told
    assert told.index("A month") < told.index("It grows by")
    assert len(told.partition("If it goes on so:")[2].strip().splitlines()) == 13
    dear = asking.json("pipeline", "storage", "--price", "1000000", "--overhead", "2", "--first", "100")
    [group] = [each for each in dear["groups"] if each["name"] == "stored/scorer"]
    assert group["monthlyCost"] == pytest.approx(2_000 * 2 * 1_000_000 / 1024**3)
    assert f"{group['monthlyCost']:.2f}" in told

    teams = asking("pipeline", "storage", "--by", "team").out
    assert "nobody is named" in teams
    assert "A month" not in teams
    assert "DEVELOPMENT" in asking("pipeline", "storage", "--by", "STAGE").out
    assert "These are the 1 largest" in asking("pipeline", "storage", "--first", "1").out


@pytest.mark.parametrize(
    ("words", "told"),
    (
        (["--by", "colour"], "Choose from MODEL, TEAM, STAGE"),
        (["--price", "-1"], "--price is -1"),
        (["--price", "nan"], "--price is nan"),
        (["--overhead", "0.5"], "--overhead is 0.5"),
        (["--overhead", "101"], "from 1 to 100"),
        (["--first", "0"], "--first is 0"),
        (["--first", "101"], "--first is 101"),
    ),
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_report_that_makes_no_sense_is_refused(words: list[str], told: str, asking: Asking) -> None:
    assert told in asking("pipeline", "storage", *words, code=Exit.USAGE).err


def test_a_home_without_a_service_is_planned_for_too(
    where: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], policy: Policy
) -> None:
    assert run(["retention", "plan", str(policy("nobody")), "--json", *where]) == Exit.DONE
    made = json.loads(capsys.readouterr().out)
    assert (made["state"], made["versionCount"]) == ("PLANNED", 0)
    assert run(["retention", "show", made["id"], *where]) == Exit.DONE
    shown = capsys.readouterr().out
    assert "no version loses its files" in shown
    assert "Nothing is to be done." in shown
    assert run(["storage", *where]) == Exit.DONE


def test_an_expired_plan_is_to_be_planned_anew(capsys: pytest.CaptureFixture[str]) -> None:
    show_plan({"state": "EXPIRED", "policyName": "tidy"})
    assert capsys.readouterr().out == "Policy tidy: nobody approved it in 90 days. Have it planned anew.\n"
