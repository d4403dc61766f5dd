"""What the peers are told is what Pedigree is told."""

import subprocess
import sys
from itertools import islice

import psutil
import pytest

from tests.bench import memory, tagged
from tests.bench.bulk_calls import VERSIONS_A_CALL, items
from tests.bench.bulk_versions import DATASETS, version_of
from tests.bench.measures import Measures
from tests.bench.timing import Effort, Took, interleave
from tests.bench.titles import TITLES


def test_every_measure_has_a_title_and_every_title_a_measure() -> None:
    measures = Measures(quick=True)
    for name in TITLES:
        measures.of(name, "embedded", lambda: pytest.fail("nothing is begun yet"))


def test_an_act_that_times_itself_is_believed() -> None:
    pair = interleave(lambda: Took(7), lambda: 7, Effort(turns=2, least=2, warm_up=0))
    assert pair.ours == (7, 7)
    assert max(pair.theirs) < 7


def test_tagged_versions_have_five_tags_and_few_have_the_three() -> None:
    made = list(tagged.make(100, 50))
    assert made == list(tagged.make(100, 50))
    assert {len(each.tags) for each in made} == {5}
    asked = [each for each in made if each.asked]
    assert 0 < len(asked) < 20
    kind, item = asked[0].item()
    assert kind == "nodes"
    told = item["modelVersion"]
    assert told["claimedStage"] == asked[0].tags["stage"] == "PRODUCTION"
    assert {told[name] for name in ("framework", "format", "description", "uri")} < {*asked[0].tags.values()}
    assert "stage" not in told


def test_both_sides_register_the_same_versions() -> None:
    told = list(items(0, VERSIONS_A_CALL))
    names = [item["modelVersion"]["name"] for _, item in told if "modelVersion" in item]
    assert names == [version_of(number).model for number in range(VERSIONS_A_CALL)]
    assert {item["used"]["data"]["name"] for _, item in told if "used" in item} == {*DATASETS}


def test_facts_are_as_many_as_asked_for_and_none_is_said_twice() -> None:
    told = list(memory.facts(5_000))
    assert len({repr(each) for each in told}) == len(told) == 5_000
    assert list(islice(memory.facts(9), 3)) == told[:3]


@pytest.mark.parametrize(("runs", "counted"), (("app.graph.embedded.host", False), ("another", True)))
def test_a_process_is_weighed_with_its_children_but_the_engine(runs: str, counted: bool) -> None:
    command = [sys.executable, "-c", "print('begun', flush=True); input()", runs]
    # A parent between them and the test, so that no other child of the test's process counts.
    between = [sys.executable, "-c", "import subprocess, sys; subprocess.run(sys.argv[1:])", *command]
    with subprocess.Popen(between, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        both, alone = memory.held(process.pid), psutil.Process(process.pid).memory_info().rss
        process.communicate("\n")
    assert (both > alone) is counted
