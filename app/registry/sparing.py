"""What a load names and is refused for what it says of it: it stays as it was, and is not retracted.

"No longer said" is what a complete load did not name. A bad value in an item names the thing all the same, and must not
cost the lineage that was known before.
"""

from collections.abc import Iterator

from app.registry.batch import Batch, LinkKind
from app.registry.recording import Recorder
from graph_schema.relationships import SCHEMA
from graph_schema.rows import Link


async def spare(recorder: Recorder, batch: Batch) -> None:
    """Marks what refused items name, where it is there, as named by the load; without a load, nothing."""
    if not recorder.speaker.load:
        return
    by_label: dict[str, set[str]] = {}
    for named in batch.refused_nodes:
        by_label.setdefault(named.label, set()).add(named.uid)
    speaker, statements = recorder.speaker, recorder.statements
    for label, uids in sorted(by_label.items()):
        told = {"uids": sorted(uids), "source": speaker.source, "load": speaker.load}
        await recorder.run(statements.spare_nodes(label), **told)
        await recorder.run(statements.spare_words(), **told)
        if SCHEMA.node(label).implied:
            await recorder.run(statements.spare_stated(label, beyond=False), **told)
            await recorder.run(statements.spare_stated(label, beyond=True), **told)
    by_kind: dict[LinkKind, dict[str, Link]] = {}
    for link in _links(batch):
        by_kind.setdefault((link.type, link.start.label, link.target.label), {})[link.uid] = link
    for kind, links in sorted(by_kind.items()):
        rows = [[uid, link.start.uid, link.target.uid] for uid, link in sorted(links.items())]
        await recorder.run(statements.spare_links(*kind), rows=rows, load=speaker.load)


def spared(batch: Batch) -> set[str]:
    """The uids of the facts that refused items name."""
    return {named.uid for named in batch.refused_nodes} | {link.uid for link in batch.refused_links}


def _links(batch: Batch) -> Iterator[Link]:
    """The relationships that refused items state, and those that come with their ends."""
    for link in batch.refused_links:
        yield link
        yield from link.start.brings
        yield from link.target.brings
