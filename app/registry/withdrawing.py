"""Takes a source's word from nodes: where a complete load no longer named them, and where the source takes it back."""

from collections.abc import Callable

from app.registry.merging import withdraw
from app.registry.recording import Changes, Recorder, standing_of
from app.registry.retracting import PAGE
from app.registry.words import Word
from app.registry.writing import STANDING
from graph_schema.relationships import SCHEMA


async def withdraw_words(
    recorder: Recorder, label: str, uids: list[str], going: Callable[[Word], bool] = lambda _: True
) -> set[str]:
    """Takes the source's word from nodes; those that nothing is left of go, unless a live relationship touches them.

    The uids of those from which it was taken.

    Args:
        recorder: of the source.
        label: the nodes'.
        uids: theirs.
        going: whether a word goes, asked once its node is locked.
    """
    withdrawn: set[str] = set()
    for start in range(0, len(uids), PAGE):
        withdrawn |= await _withdraw_page(recorder, label, uids[start : start + PAGE], going)
    return withdrawn


async def _withdraw_page(recorder: Recorder, label: str, uids: list[str], going: Callable[[Word], bool]) -> set[str]:
    node = SCHEMA.node(label)
    [[rows]] = await recorder.run(recorder.statements.look_at_nodes(label), uids=uids, token=recorder.token)
    names = node.key_names
    first = len(STANDING) + len(node.properties)
    standings = [
        (standing_of(node, row, dict(zip(names, row[first : first + len(names)], strict=True))), bool(row[-1]))
        for row in rows
    ]
    await recorder.add_words([standing for standing, _ in standings if standing.kept])
    changes: Changes = {label: []}
    source = recorder.speaker.source
    for standing, touched in standings:
        if any(word.source == source and going(word) for word in standing.words):
            change = withdraw(node, standing, source, recorder.speaker, touched=touched)
            changes[label].append((standing.uid, change))
    await recorder.write(changes)
    await recorder.end_inherent(label, uids)
    return {uid for uid, _ in changes[label]}
