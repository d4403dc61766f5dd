"""Look-ups of many things by their uids, where they are of several labels."""

from collections.abc import Callable, Iterable, Sequence

Uids = Callable[[str], str]
"""By label, how the text names the list of the uids of that label."""


def looked_up(variable: str, labels: Sequence[str], uids: Uids) -> str:
    """The clause that binds a variable to each of some things in turn.

    Each label has a look-up of its own: of a uid from a list, ArcadeDB uses no index where several labels may have it,
    and reads all that there is of them, for each.
    """
    each = (
        f"UNWIND {uids(label)} AS wanted MATCH ({variable}:{label} {{uid: wanted}}) RETURN {variable}"
        for label in labels
    )
    return f"CALL () {{ {' UNION ALL '.join(each)} }}"


def by_label(labels: Sequence[str], things: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The uids of things by these labels, each once and in order; those of other labels are left out."""
    found: dict[str, dict[str, None]] = {label: {} for label in labels}
    for label, uid in things:
        if label in found:
            found[label][uid] = None
    return {label: list(uids) for label, uids in found.items()}
