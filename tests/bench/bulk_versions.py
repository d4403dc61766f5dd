"""The versions that are registered in bulk, for Pedigree and for its peers; it needs neither."""

from tests.bench.inventory import Run, Version

DATASETS = tuple(f"bulk-{number}" for number in range(50))
"""What their runs trained on, each on one."""


def version_of(number: int) -> Version:
    """The version of that number, new to every store."""
    run = Run(f"bulk-{number}", number, (DATASETS[number % len(DATASETS)],))
    return Version(f"bulk-{number // 10}", number % 10 + 1, run, production=False)
