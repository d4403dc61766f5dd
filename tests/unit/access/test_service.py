"""The caller without login."""

from app.access.service import LOCAL
from graph_schema.identity import uid


def test_without_login_the_caller_is_one_actor() -> None:
    assert (LOCAL.issuer, LOCAL.subject) == ("pedigree", "local")
    assert LOCAL.uid == uid("Actor", ("pedigree", "local"))
