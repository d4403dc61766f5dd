"""`pedigree hold`, of a service that knows its callers."""

import pytest

from app.commands.exits import Exit
from tests.commands.people import Asking


def test_a_hold_is_placed_listed_and_lifted(asking: Asking) -> None:
    ref = "model-version:held/scorer/1"
    asking.push(ref)
    reason = ["--reason", "the supervisor asks for all of it"]
    placed = asking("approver", "hold", "place", ref, "--reference", "case 1", *reason).out
    assert placed.startswith(f"{ref} is held by case 1 since ")
    on_model = asking.json("approver", "hold", "place", "model:held/scorer", "--reference", "case 2", *reason)
    assert (on_model["on"], on_model["liftedAt"]) == ("model:held/scorer", None)
    again = asking.json("approver", "hold", "place", on_model["onId"], "--reference", "case 2", "--reason", "other")
    assert again == on_model, "again changes nothing"

    told = asking("pipeline", "hold", "list").out
    assert max(len(line) for line in told.splitlines()) <= 80
    assert "case 1" in told
    assert told.index("case 2") < told.index("case 1"), "the newest first"

    lifted = asking("approver", "hold", "lift", ref, "--reference", "case 1").out
    assert lifted.startswith(f"{ref} is no longer held by case 1, since ")
    assert _listed(asking) == {("model:held/scorer", "case 2")}
    assert _listed(asking, "--lifted") == {(ref, "case 1"), ("model:held/scorer", "case 2")}
    assert "Lifted" in asking("pipeline", "hold", "list", "--lifted").out
    again = asking.json("approver", "hold", "lift", ref, "--reference", "case 1")
    assert again["liftedAt"] in lifted, "again changes nothing"


def _listed(asking: Asking, *words: str) -> set[tuple[str, str]]:
    found = asking.json("pipeline", "hold", "list", *words)["holds"]
    return {(each["on"], each["reference"]) for each in found if each["on"].partition(":")[2].startswith("held/")}


@pytest.mark.parametrize(
    ("words", "told"),
    (
        (["place", "model:nobody/nothing", "--reference", "r", "--reason", "x"], "There is no such model or version"),
        (["place", "dataset:a/b", "--reference", "r", "--reason", "x"], "names no model or model version"),
        (["place", "model:a/b", "--reference", "r"], "--reason"),
        (["place", "model:a/b", "--reference", " ", "--reason", "x"], "`reference` has 1 to 200 characters"),
        (["lift", "model:nobody/nothing", "--reference", "r"], "There is no hold of that reference on it"),
    ),
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_hold_that_makes_no_sense_is_refused(words: list[str], told: str, asking: Asking) -> None:
    printed = asking("approver", "hold", *words, code=Exit.USAGE)
    assert told in printed.err
    assert printed.out == ""


def test_who_may_not_hold_is_told_the_role_that_may(asking: Asking) -> None:
    words = ["hold", "place", "model:held/scorer", "--reference", "r", "--reason", "x"]
    assert "RISK_APPROVER" in asking("pipeline", *words, code=Exit.USAGE).err
