"""Policies that `pedigree retention plan` reads: what is wrong is told by its place, with what to do about it."""

import json
from pathlib import Path

import pytest

from app.cli import run
from app.commands.exits import Exit
from app.commands.policy_file import MOST_BYTES, PolicyFile
from app.errors import PedigreeError
from tests.commands.people import Asking

WHOLE = """\
name: tidy
keepNewest: 2
rules:
  - stages: [DEVELOPMENT, RETIRED]
    riskTiers: [3]
    namespaces: [churn]
    olderThanDays: 90
    idleForDays: 30
    neverPromoted: true
    graceDays: 7
  - neverPromoted: true
"""
BEGUN = "name: tidy\nrules:\n"


def _read(tmp_path: Path, text: str | bytes, name: str = "policy.yaml") -> PolicyFile:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return PolicyFile(path)


def _told(tmp_path: Path, text: str | bytes, name: str = "policy.yaml") -> str:
    with pytest.raises(PedigreeError) as caught:
        _read(tmp_path, text, name)
    assert caught.value.code == "BAD_USAGE"
    return caught.value.message.replace(f"{tmp_path}/", "")


def test_every_field_is_read_from_yaml_and_from_json(tmp_path: Path) -> None:
    found = _read(tmp_path, WHOLE).policy
    rule = {"stages": ["DEVELOPMENT", "RETIRED"], "riskTiers": [3], "namespaces": ["churn"], "olderThanDays": 90}
    rule |= {"idleForDays": 30, "neverPromoted": True, "graceDays": 7}
    assert found == {"name": "tidy", "keepNewest": 2, "rules": [rule, {"neverPromoted": True}]}
    assert _read(tmp_path, json.dumps(found, indent="\t"), "policy.json").policy == found
    assert _read(tmp_path, json.dumps(found), "policy.yaml").policy == found
    assert _read(tmp_path, f"\N{BYTE ORDER MARK}{json.dumps(found)}", "policy.json").policy == found


@pytest.mark.parametrize(
    ("text", "told"),
    (
        ("", "policy.yaml: A policy is a mapping of fields, and not empty. Write a mapping of fields there."),
        ("- a", "policy.yaml: A policy is a mapping of fields, and not a list."),
        ("rules: []", "policy.yaml: The policy has no `name`."),
        ("name: tidy", "policy.yaml: The policy has no `rules`. Give it one: rules is a list."),
        ("name: 7", "policy.yaml:1 (name): `name` is a text, and not 7. Put it in quotes."),
        ("name: 2026-11-21", "`name` is a text, and not a date. Put it in quotes."),
        ("name: yes", "`name` is a text, and not true or false. Put it in quotes."),
        (
            "name: tidy\nkeepLast: 1",
            "policy.yaml:2 (keepLast): A policy has no `keepLast`. It may have name, keepNewest",
        ),
        ("name: tidy\n7: 1", "policy.yaml:2 (7): A policy has no `7`."),
        ("name: tidy\nkeepNewest: some", "policy.yaml:2 (keepNewest): `keepNewest` is a whole number, and not 'some'."),
        ("name: tidy\nkeepNewest: true", "`keepNewest` is a whole number, and not true or false."),
        ("name: tidy\nkeepNewest: 1.5", "`keepNewest` is a whole number, and not 1.5."),
        (f"name: tidy\nkeepNewest: {2**31}", "`keepNewest` is a whole number, and not so large a number."),
        ("name: tidy\nname: other", "policy.yaml:2: `name` is said twice. Say it once."),
        ("name: tidy\nrules: all", "policy.yaml:2 (rules): `rules` is a list, and not 'all'. Write a list there."),
        (f"{BEGUN}  - all", "policy.yaml:3 (rules[0]): `rules[0]` is a mapping of fields, and not 'all'."),
        (
            f"{BEGUN}  - neverPromoted: true\n  - graceDays: 7\n    days: 7",
            "policy.yaml:5 (rules[1].days): A rule has no `days`. It may have action, stages, riskTiers, namespaces",
        ),
        (f"{BEGUN}  - graceDays: 7\n    graceDays: 0", "policy.yaml:4: `graceDays` is said twice."),
        (f"{BEGUN}  - stages:\n", "policy.yaml:3 (rules[0].stages): `rules[0].stages` is a list, and not empty."),
        (f"{BEGUN}  - stages: []", "`rules[0].stages` lists nothing. Leave it out where it may be any"),
        (f"{BEGUN}  - stages: DEVELOPMENT", "`rules[0].stages` is a list, and not 'DEVELOPMENT'."),
        (
            f"{BEGUN}  - stages:\n      - RETIRED\n      - BEST",
            "policy.yaml:5 (rules[0].stages[1]): `rules[0].stages[1]` is one of DEVELOPMENT, ",
        ),
        (f"{BEGUN}  - riskTiers: [high]", "`rules[0].riskTiers[0]` is a whole number, and not 'high'."),
        (f"{BEGUN}  - namespaces: [7]", "`rules[0].namespaces[0]` is a text, and not 7. Put it in quotes."),
        (f"{BEGUN}  - namespaces: [[a]]", "is a text, and not a list. Write a text there."),
        (f"{BEGUN}  - neverPromoted: 'true'", "`rules[0].neverPromoted` is true or false, and not 'true'."),
        ("name: [tidy", "policy.yaml:1:12: This is no YAML: expected ',' or ']'"),
        ("name: tidy\n\tkeepNewest: 1", "policy.yaml:2:1: This is no YAML: found character"),
        ("name: tidy\n---\nname: other", "policy.yaml:2:1: This is no YAML: but found another document."),
        ("name: !!python/object:os.system ''", "policy.yaml:1:7: This is no YAML: could not determine a constructor"),
        ("name: *nobody", "policy.yaml:1:7: This is no YAML: found undefined alias"),
        ("name: 2026-13-45", "policy.yaml: This is no YAML: month must be in 1..12"),
        ("name: \0", "policy.yaml: This is no YAML: unacceptable character"),
        ("[" * 5_000, "policy.yaml: This is no YAML: maximum recursion depth exceeded"),
        (b"name: \xff", "policy.yaml is not UTF-8 (byte 6). Save it as UTF-8."),
        ("#" * (MOST_BYTES + 1), "policy.yaml has more than 1,000,000 bytes."),
    ),
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_policy_is_told_by_its_line(text: str | bytes, told: str, tmp_path: Path) -> None:
    assert told in _told(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "told"),
    (
        ('{"name": "tidy",\n "rules": [,]}', "policy.json:2:12: This is no JSON: Expecting value. Correct it there"),
        ('{"name": "tidy", "name": "other"}', "policy.json: `name` is said twice."),
        ('{"name": "tidy", "rules": [{"days": 7}]}', "policy.json (rules[0].days): A rule has no `days`."),
        ("[" * 100_000, "policy.json: This is no JSON: maximum recursion depth exceeded"),
        ("9" * 5_000, "policy.json: This is no JSON: Exceeds the limit"),
    ),
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_policy_is_told_by_its_place_in_json(text: str, told: str, tmp_path: Path) -> None:
    assert told in _told(tmp_path, text, "policy.json")


def test_nobody_is_asked_of_what_is_no_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text(f"{BEGUN}  - graceDays: soon\n", encoding="utf-8")
    assert run(["retention", "plan", "policy.yaml", "--server", "http://127.0.0.1:1"]) == Exit.USAGE
    printed = capsys.readouterr()
    assert "policy.yaml:3 (rules[0].graceDays): " in printed.err
    assert printed.out == ""


@pytest.mark.parametrize(
    ("text", "told"),
    (
        (
            f"{BEGUN}  - stages: [RETIRED]\n  - olderThanDays: 0",
            "policy.yaml:4 (rules[1]): This rule would take the files of everything",
        ),
        (f"{BEGUN}  - graceDays: 7", "policy.yaml:3 (rules[0]): This rule would take the files of everything"),
        (
            f"{BEGUN}  - neverPromoted: true\n    graceDays: -1",
            "policy.yaml:4 (rules[0].graceDays): `graceDays` is 0 to",
        ),
        ("name: ' '\nrules:\n  - neverPromoted: true", "policy.yaml:1 (name): A policy has a name"),
        ("name: tidy\nrules: []", "policy.yaml:2 (rules): A policy has 1 to 100 rules, and not 0."),
    ),
)
def test_what_the_service_refuses_is_told_by_its_place_too(
    text: str, told: str, asking: Asking, tmp_path: Path
) -> None:
    (tmp_path / "policy.yaml").write_text(text, encoding="utf-8")
    assert told in asking("admin", "retention", "plan", "policy.yaml", code=Exit.USAGE).err


def test_another_refusal_says_nothing_of_the_file(asking: Asking, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(WHOLE, encoding="utf-8")
    told = asking("pipeline", "retention", "plan", "policy.yaml", code=Exit.USAGE).err
    assert "needs the permission retention:plan" in told
    assert "policy.yaml" not in told
