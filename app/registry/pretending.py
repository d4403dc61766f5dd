"""What a dry run tells who may not see everything: it names things without a trace, so nothing of hidden ones."""

from collections.abc import Collection, Sequence

from app.registry.batch import Batch
from app.registry.recording import Recorder
from app.registry.writing import sighted
from graph_schema.nodes import DESCRIBED


async def unseen(recorder: Recorder, batch: Batch, sight: Sequence[str]) -> set[str]:
    """The uids of what the batch describes that is there, and not in this sight, though its key holds no namespace."""
    found: set[str] = set()
    for node in (each for each in DESCRIBED if not each.namespaced and batch.nodes[each.label]):
        uids = sorted(uid for uid, spoken in batch.nodes[node.label].items() if spoken.items)
        [[live]] = await recorder.run(recorder.statements.existing(node.label), uids=uids)
        seen = recorder.statements.existing(node.label, limited=True)
        [[known]] = await recorder.run(seen, uids=live, **sighted(sight))
        found |= set(live) - set(known)
    return found


def pass_for_new(batch: Batch, uids: Collection[str]) -> None:
    """Has items about these things answer as if these were not there: each the first time that it is described."""
    for described in batch.nodes.values():
        for uid in described.keys() & set(uids):
            for item in described[uid].items:
                if item.status in {"UPDATED", "UNCHANGED"}:
                    item.status = "CREATED"
                    break
