"""What was counted, in the words of Prometheus. It is loaded when somebody asks for it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from app.http.counting import BOUNDS, Counts


def written(counts: Counts, passed: Mapping[str, bool], amiss: Mapping[str, int], accept: str) -> tuple[bytes, bytes]:
    """The content type, and all of it in the form that is asked for: OpenMetrics, or else Prometheus' own text.

    Args:
        counts: of the process.
        passed: whether the checks pass, by their names.
        amiss: how many artifacts are in each state that says that something is amiss with their bytes.
        accept: the header of that name.
    """
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(_Told(counts, passed, amiss))
    if "application/openmetrics-text" in accept:
        text = cast("Any", openmetrics).generate_latest(registry)  # not typed there
        return openmetrics.CONTENT_TYPE_LATEST.encode(), text
    return CONTENT_TYPE_PLAIN_0_0_4.encode(), generate_latest(registry)


class _Told(Collector):
    def __init__(self, counts: Counts, passed: Mapping[str, bool], amiss: Mapping[str, int]) -> None:
        self._counts = counts
        self._passed = passed
        self._amiss = amiss

    def collect(self) -> Iterator[Metric]:
        counts = self._counts
        requests = CounterMetricFamily("pedigree_requests", "Requests answered.", labels=("path", "status"))
        for (path, status), number in sorted(counts.requests.items()):
            requests.add_metric((path, str(status)), number)
        yield requests
        yield self._took()
        yield CounterMetricFamily("pedigree_cost", "What the operations that came could cost.", counts.cost)
        yield CounterMetricFamily("pedigree_statements", "Statements sent to the graph.", counts.statements)
        errors = CounterMetricFamily("pedigree_errors", "Errors in GraphQL answers.", labels=("code",))
        yield _added(errors, counts.errors)
        check = GaugeMetricFamily("pedigree_check", "Whether a check of /readyz passes: 1, or 0.", labels=("name",))
        yield _added(check, self._passed)
        meaning = "Artifacts whose stored bytes were found to be missing, damaged or unreadable."
        yield _added(GaugeMetricFamily("pedigree_artifacts_amiss", meaning, labels=("state",)), self._amiss)

    def _took(self) -> Metric:
        made = HistogramMetricFamily("pedigree_request_seconds", "How long requests took.", labels=("path",))
        for path, took in sorted(self._counts.took.items()):
            made.add_metric((path,), list(_buckets(took.counts)), took.seconds)
        return made


def _added(
    family: CounterMetricFamily | GaugeMetricFamily, values: Mapping[str, int]
) -> CounterMetricFamily | GaugeMetricFamily:
    for name, value in sorted(values.items()):
        family.add_metric((name,), int(value))
    return family


def _buckets(counts: Iterable[int]) -> Iterator[tuple[str, float]]:
    """How many took up to each bound, those below it included."""
    total = 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True):
        total += count
        yield bound, total
