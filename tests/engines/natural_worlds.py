"""The natural fields of things in small worlds: how they are asked for, and what they must answer."""

from typing import Any

from app.lineage.natural import FIELDS
from tests.engines.lineage_checks import thing_id
from tests.engines.lineage_worlds import make_said, make_thing
from tests.reference import networks
from tests.reference.walks import Thing, Walk, World

ROLES = frozenset({"TRAINING", "INPUT"})
LIST = "totalCount edges { node { id } }"
NATURAL = " ".join(
    f"... on {label} {{ {' '.join(f'{label}_{name}: {name}(first: 100) {{ {LIST} }}' for name in names)} }}"
    for label, names in FIELDS.items()
)
DATASET = make_thing("Dataset", "n", "d")
DATA = [make_thing("DatasetVersion", "n", "d", str(number)) for number in range(2)]
RUNS = [make_thing("Run", "s", f"r{number}") for number in range(5)]
STAGES = ("PRODUCTION", "PRODUCTION", "PRODUCTION", "STAGING", "PRODUCTION")
VERSIONS = [make_thing("ModelVersion", "n", "m", str(number), stage=stage) for number, stage in enumerate(STAGES)]


def expected(world: World, thing: Thing, name: str) -> list[str]:
    """The ids of what a natural field lists, in order."""
    reached = networks.reached(Walk(world, [thing], ROLES, 100, upstream=name == "upstream"))
    wanted = [each for each in reached if name != "productionModels" or each.stage == "PRODUCTION"]
    return [thing_id(each) for each in sorted(wanted, key=lambda each: ("\x01".join(each.key), each.uid))]


def check(world: World, thing: Thing, answer: dict[str, Any]) -> None:
    """It lists what each of its natural fields must."""
    for name in FIELDS.get(thing.label, ()):
        found = answer[f"{thing.label}_{name}"]
        wanted = expected(world, thing, name)
        assert found["totalCount"] == len(wanted)
        assert [edge["node"]["id"] for edge in found["edges"]] == wanted[:100]


def small() -> World:
    """Data whose second version has every run's version but the last, each in another way."""
    said = [
        make_said("DERIVED_FROM", DATA[1], DATA[0]),
        make_said("TRAINED_ON", RUNS[0], DATA[1]),
        make_said("TRAINED_ON", RUNS[1], DATA[0]),
        make_said("VALIDATED_ON", RUNS[4], DATA[0]),
        make_said("BASED_ON", VERSIONS[2], VERSIONS[1]),
        make_said("BASED_ON", VERSIONS[3], VERSIONS[2]),
    ]
    said += [make_said("GENERATED_BY", VERSIONS[number], RUNS[number]) for number in (0, 1, 4)]
    return World([DATASET, *DATA, *RUNS, *VERSIONS], said, {DATASET.uid: DATA})
