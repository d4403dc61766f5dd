"""A program that uses an embedded graph: it stores one number after another and prints each that was stored.

`python -m tests.engines.embedded_user HOME NAME`; it runs until it is killed.
"""

import asyncio
import sys
from pathlib import Path

from app.graph.embedded.home import open_embedded
from app.graph.engines.schema import UniqueUid
from app.graph.transaction import Transaction
from tests.servers.engines import PATIENT


async def main(home: Path, name: str) -> None:
    """Store numbers for ever."""
    graph = await open_embedded(home, limits=PATIENT)
    await graph.ensure_schema([UniqueUid("Number")])
    print("ready", flush=True)
    number = 0
    while True:
        number += 1
        uid = f"{name}-{number}"

        async def work(transaction: Transaction, uid: str = uid) -> None:
            await transaction.run("MERGE (n:Number {uid: $uid}) SET n.half = 1", {"uid": uid})
            await transaction.run("MATCH (n:Number {uid: $uid}) SET n.half = 2", {"uid": uid})

        await graph.write(work, repeatable=True)
        print(uid, flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
