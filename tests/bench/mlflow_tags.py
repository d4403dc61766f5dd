"""Versions by three tags: MLflow's `search_model_versions` against Pedigree's filter, over 100,000 versions."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.bench import tagged
from tests.bench.client import Client
from tests.bench.mlflow_store import filled, serving
from tests.bench.peer_side import Row, measured
from tests.bench.registering import register
from tests.bench.results import Finding, Goal
from tests.bench.subject import Subject
from tests.bench.tagged import ASKED, MODELS, VERSIONS
from tests.bench.timing import Effort

GOAL = Goal(20, "≥", " ×")
_PAGE = 100
"""The most that Pedigree gives at once; the answer fits."""

BY_TAGS = f"""
query ByTags($framework: String!, $format: String!, $stage: Stage!) {{
  modelVersions(
    first: {_PAGE}
    where: {{ framework: {{ eq: $framework }}, format: {{ eq: $format }}, claimedStage: {{ eq: $stage }} }}
  ) {{
    edges {{ node {{ name version framework format claimedStage description uri }} }}
    pageInfo {{ hasNextPage }}
  }}
}}
"""
_FILTER = " AND ".join(f"tags.{name} = '{value}'" for name, value in ASKED.items())
_SEARCH = "/api/2.0/mlflow/model-versions/search"
Answer = set[tuple[str, int]]


def measure(
    fresh: Callable[[], Subject], effort: Effort, models: int = MODELS, versions: int = VERSIONS
) -> Iterator[Finding]:
    """One row; both sides answer with the versions and their five tags."""
    made = list(tagged.make(models, versions))
    wanted = {(each.model, each.version) for each in made if each.asked}
    assert 0 < len(wanted) <= _PAGE, f"{len(wanted)} versions have the three tags"
    subject = fresh()
    register(subject.client, (each.item() for each in made))
    request = subject.request(BY_TAGS, ASKED)
    with serving(filled("fill_mlflow_tags", tagged, models, versions)) as (client, _):
        assert _theirs(client) == wanted, "MLflow's answer is another than the one found by hand"
        assert _ours(subject, request) == wanted, "Pedigree's answer is another than the one found by hand"
        of = f"{models:,} models × {versions} versions × {len(made[0].tags)} tags"
        row = Row(
            f"MLflow `search_model_versions` by 3 tags ÷ Pedigree over HTTP: {of}",
            GOAL,
            BY_TAGS,
            ASKED,
            f"{len(wanted)} versions in the answer; for the tags stand the versions' own properties `framework`, "
            "`format`, `claimedStage` (these are asked for), `description` and `uri`",
        )
        yield measured(subject, row, "MLflow", lambda: _ask(client), effort)


def _ask(client: Client) -> list[dict[str, Any]]:
    """The page; without a limit MLflow would give as many."""
    return client.get(_SEARCH, {"filter": _FILTER, "max_results": _PAGE}).get("model_versions", [])


def _theirs(client: Client) -> Answer:
    return {(each["name"], int(each["version"])) for each in _ask(client)}


def _ours(subject: Subject, request: bytes) -> Answer:
    page = subject.client.send(request)["data"]["modelVersions"]
    assert not page["pageInfo"]["hasNextPage"]
    return {(edge["node"]["name"], int(edge["node"]["version"])) for edge in page["edges"]}
