"""What a load names and is refused for what it says of it: it stays as it was, and is not retracted.

"No longer said" is what a complete load did not name. A bad value in an item names the thing all the same, and must not
cost the lineage that was known before.
"""

from typing import Any

from app.registry.batch import Batch, LinkKind
from app.registry.recording import Recorder
from graph_schema.relationships import SCHEMA


async def spare(recorder: Recorder, batch: Batch) -> None:
    """Marks what refused items name, where it is there, as named by the load; without a load, nothing."""
    if not recorder.speaker.load:
        return
    by_label: dict[str, set[str]] = {}
    for named in batch.refused_nodes:
        by_label.setdefault(named.label, set()).add(named.uid)
    speaker, retractions = recorder.speaker, recorder.retractions
    for label, uids in sorted(by_label.items()):
        told: dict[str, Any] = {"uids": sorted(uids), "source": speaker.source, **speaker.marking}
        await recorder.run(retractions.spare_nodes(label), **told)
        await recorder.run(retractions.spare_words(), **told)
        if SCHEMA.node(label).implied:
            await recorder.run(retractions.spare_stated(label), **told)
    rows: dict[LinkKind, set[tuple[str, str, str]]] = {}
    for link in batch.refused_links:
        kind = (link.type, link.start.label, link.target.label)
        rows.setdefault(kind, set()).add((link.uid, link.start.uid, link.target.uid))
    for kind, of_kind in sorted(rows.items()):
        await recorder.run(retractions.spare_links(*kind), rows=sorted(map(list, of_kind)), **speaker.marking)


def spared(batch: Batch) -> set[str]:
    """The uids of the facts that refused items name."""
    return {named.uid for named in batch.refused_nodes} | {link.uid for link in batch.refused_links}
