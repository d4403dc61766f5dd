"""Rows into batches that the API takes, each with the place at which reading goes on after it."""

import json
from collections.abc import Iterator, Sequence

from app.loading.loader import BATCH_BYTES, BATCH_ITEMS, NODE_KINDS, Batch, Item


class Packer:
    """Collects pages of rows and gives out batches.

    Small pages share a batch and a large one takes several. All but a page's last batch name the place before that
    page: a load that is resumed there sends some rows again, which changes nothing.

    Args:
        total: how many things the source holds, for the batches to tell.
    """

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._items: list[Item] = []
        self._bytes = 0
        self._place = ("", 0)

    def add(self, items: Sequence[Item], cursor: str, done: int) -> Iterator[Batch]:
        """The batches that became full by this page.

        Args:
            items: the rows of the page, nodes before the relationships that name them.
            cursor: where reading goes on after the page.
            done: how many things of the source were read with it.
        """
        if self._items and len(self._items) + len(items) > BATCH_ITEMS:
            yield self.flush()
        for item in items:
            size = len(json.dumps(item))
            if self._items and (len(self._items) == BATCH_ITEMS or self._bytes + size > BATCH_BYTES):
                yield self.flush()
            self._items.append(item)
            self._bytes += size
        self._place = (cursor, done)

    @property
    def empty(self) -> bool:
        """Whether nothing waits for its batch."""
        return not self._items

    def flush(self) -> Batch:
        """A batch of what was collected."""
        items, (cursor, done) = self._items, self._place
        self._items, self._bytes = [], 0
        return Batch(
            nodes=[item for item in items if not NODE_KINDS.isdisjoint(item)],
            relationships=[item for item in items if NODE_KINDS.isdisjoint(item)],
            cursor=cursor,
            done=done,
            total=self._total,
        )
