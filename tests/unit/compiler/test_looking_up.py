"""Many things are looked up label by label."""

from app.compiler.looking_up import by_label, looked_up
from tests.reference.safe_form import MANY


def test_each_label_has_a_look_up_of_its_own() -> None:
    text = looked_up("n", ("Run", "Model"), lambda label: f"${label}")
    assert text == (
        "CALL () { UNWIND $Run AS wanted MATCH (n:Run {uid: wanted}) RETURN n "
        "UNION ALL UNWIND $Model AS wanted MATCH (n:Model {uid: wanted}) RETURN n }"
    )
    assert not MANY.search(text)
    assert MANY.search("UNWIND $uids AS wanted MATCH (n:Run|Model {uid: wanted}) RETURN n")


def test_things_are_told_apart_by_their_label_each_once() -> None:
    things = [("Run", "b"), ("Model", "a"), ("Run", "a"), ("Run", "b"), ("Load", "c")]
    assert by_label(("Run", "Model", "Actor"), things) == {"Run": ["b", "a"], "Model": ["a"], "Actor": []}
