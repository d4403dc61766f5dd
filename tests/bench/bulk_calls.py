"""What is registered in bulk: new versions, each with its run, that run's training data, and that the run made it."""

from collections.abc import Iterator
from itertools import count

from tests.bench.bulk_versions import version_of
from tests.bench.inventory import told_of_run, told_of_version
from tests.bench.registering import ITEMS_A_CALL, REGISTER, Item, batches
from tests.bench.subject import Subject

ITEMS_A_VERSION = 4
VERSIONS_A_CALL = ITEMS_A_CALL // ITEMS_A_VERSION


def items(first: int, versions: int) -> Iterator[Item]:
    """That many new versions with all that is said of each: four items."""
    for number in range(first, first + versions):
        version = version_of(number)
        told = [*told_of_run(version.run), *told_of_version(version)]
        yield from (item for item in told if not {"builtFrom"} & {*item[1]})


def calls(subject: Subject) -> Iterator[bytes]:
    """One ready request after another, each full of versions that are new."""
    for number in count():
        (variables,) = batches(items(number * VERSIONS_A_CALL, VERSIONS_A_CALL))
        yield subject.request(REGISTER, variables)
