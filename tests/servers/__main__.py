"""Starts a real server and says how to reach it: `python -m tests.servers neo4j-5.26`.

It prints one line of JSON (url, user, password, database) and runs until Ctrl-C or a kill.
"""

import argparse
import json
import signal
import sys
import threading

from tests.servers.java import Missing
from tests.servers.neo4j import RELEASES, Neo4jServer


def main() -> int:
    """Run a server in the foreground."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description="Run a real server for development.")
    parser.add_argument("server", choices=sorted(RELEASES))
    parser.add_argument("--heap", default="1g", help="the most memory for the server's objects, as Java says it")
    arguments = parser.parse_args()
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    try:
        with Neo4jServer(arguments.server, heap=arguments.heap, measured=True) as server:
            print(json.dumps(server.login.as_dict()), flush=True)
            ended.wait()
    except Missing as reason:
        print(f"{arguments.server} cannot be had here: {reason}.", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
