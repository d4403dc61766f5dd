"""What must stand in no file: paths of one machine, hosts of registries, numbers that mean nothing in the checkout."""

import re

import pytest

from tests.architecture import tree

FORBIDDEN = {
    "a package registry's host (the user's own configuration decides that)": re.compile(
        r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|repo1?\.maven\.(apache\.)?org|maven\.org/maven2|proxy\.golang\.org"
    ),
    "an absolute path of the machine it was made on": re.compile(r"(?<![\w.~>}\])-])/(work|root|home|tmp|Users)/\w"),
    "the number of an issue": re.compile(r"\bissues? #?\d", re.IGNORECASE),
    "the trace of an unfinished merge": re.compile(r"^(<{7}|>{7}) ", re.MULTILINE),
}
BINARY = {".png", ".db", ".gz", ".zip", ".pkl", ".parquet", ".jar"}
LICENCE = "LICENSE"


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    found = [
        f"{path.as_posix()}: {match.group()}"
        for path in tree.files()
        if path.suffix not in BINARY and path.name != LICENCE
        for match in [FORBIDDEN[what].search(tree.text(path))]
        if match
    ]
    assert found == [], what
