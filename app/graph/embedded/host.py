"""The process in which the engine runs: started by its first user, ended by the absence of any.

It reports once, as a line of JSON on the descriptor given to it, whether the engine answers; then it looks after its
users until there are none.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import time
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, cast

import jpype  # pyright: ignore[reportMissingTypeStubs] - it has none

from app.graph.embedded.folder import DATABASE, USER, Address, Folder
from app.graph.embedded.locks import Lock
from app.graph.embedded.options import (
    READY_SECONDS,
    EngineOptions,
    java_arguments,
    java_library,
    logging_file,
    logging_properties,
    package,
    password_file,
)

_LOCK_SECONDS = 2.0
_STOP_SECONDS = 60
_POLL = 0.25
_MAGIC = bytes.fromhex("6060b017")
_VERSIONS = bytes.fromhex("00000405 00000404 00000004 00000003")


@dataclass(slots=True)
class _Stop:
    """Set by a polite request to end."""

    asked: bool = False

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        self.asked = True


def main() -> None:
    """Runs the engine of a folder: `python -m app.graph.embedded.host FOLDER OPTIONS DESCRIPTOR`."""
    folder, options, report = Folder(Path(sys.argv[1])), EngineOptions(**json.loads(sys.argv[2])), int(sys.argv[3])
    stop = _Stop()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the program that started us
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, stop)
    lock = Lock(folder.engine_lock)
    if not _patiently_take(lock):
        _report(report, {"outcome": "other"})
        return
    signal.alarm(int(READY_SECONDS))  # ends the process, in whatever it hangs
    try:
        server = _start(folder, options)
    except Exception as error:  # noqa: BLE001 - whatever it was, the user who waits has to be told
        _report(report, {"outcome": "failed", "error": f"{type(error).__name__}: {error}"})
        _leave(1)
    signal.alarm(0)
    _report(report, {"outcome": "ready"})
    with Lock(folder.users_lock) as users:
        _until_unused(users, stop, options.linger_seconds)
        _end(folder, server)


def _patiently_take(lock: Lock) -> bool:
    """Somebody who looks whether the lock is held shares it for a moment; a host keeps it."""
    until = time.monotonic() + _LOCK_SECONDS
    while not lock.take():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _start(folder: Folder, options: EngineOptions) -> Any:
    """The server, when it has answered a query on both of its ports."""
    folder.address_file.unlink(missing_ok=True)
    shutil.rmtree(folder.run, ignore_errors=True)
    folder.run.mkdir(mode=0o700)
    password = secrets.token_urlsafe(32)
    for path, content in ((password_file(folder), password), (logging_file(folder), logging_properties(folder))):
        path.touch(mode=0o600)
        path.write_text(content)
    bolt, http = _free_ports()
    server = _start_java(folder, options, bolt, http)
    _ask(http, password)
    _shake_hands(bolt)
    password_file(folder).unlink()
    folder.publish(Address(bolt, http, password, os.getpid()))
    return server


def _free_ports() -> tuple[int, int]:
    """Two ports that nobody listens on. If somebody does before the engine can, this start fails and is tried again."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _start_java(folder: Folder, options: EngineOptions, bolt: int, http: int) -> Any:
    installed = package()
    java = cast("Any", jpype)
    java.startJVM(
        str(java_library(installed)),
        *java_arguments(folder, options, bolt, http),
        classpath=[str(installed / "jars" / "*")],
        convertStrings=True,
        interrupt=True,
    )
    server = java.JClass("com.arcadedb.server.ArcadeDBServer")()
    server.start()
    return server


def _ask(http: int, password: str) -> None:
    """One query. A port opens earlier than the database behind it."""
    login = b64encode(f"{USER}:{password}".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{http}/api/v1/query/{DATABASE}",
        data=json.dumps({"language": "opencypher", "command": "RETURN 1"}).encode(),
        headers={"Authorization": f"Basic {login}", "Content-Type": "application/json"},
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=READY_SECONDS) as answer:
        json.load(answer)


def _shake_hands(bolt: int) -> None:
    """Is it Bolt that listens there? With its port in use the server lives on without it."""
    with socket.create_connection(("127.0.0.1", bolt), timeout=5) as connection:
        connection.sendall(_MAGIC + _VERSIONS)
        agreed = connection.recv(4)
    if len(agreed) != len(_MAGIC) or not any(agreed):
        raise ConnectionError(f"port {bolt} does not speak Bolt")


def _report(descriptor: int, outcome: dict[str, str]) -> None:
    """Tells the user who waits, if there still is one."""
    with contextlib.suppress(OSError):
        os.write(descriptor, json.dumps(outcome).encode() + b"\n")
    with contextlib.suppress(OSError):
        os.close(descriptor)


def _until_unused(users: Lock, stop: _Stop, linger: float) -> None:
    """Returns when nobody has used the engine for `linger` seconds, and holds the users' lock then."""
    unused_since: float | None = None
    while not stop.asked:
        if users.take():
            now = time.monotonic()
            unused_since = now if unused_since is None else unused_since
            if now - unused_since >= linger:
                return
            users.release()
        else:
            unused_since = None
        time.sleep(_POLL)


def _end(folder: Folder, server: Any) -> None:
    """Stops the engine in good order, but not for ever: what is committed survives a kill."""
    folder.address_file.unlink(missing_ok=True)
    signal.alarm(_STOP_SECONDS)
    server.stop()
    _leave(0)


def _leave(status: int) -> NoReturn:
    """Ends the process at once: the Java machine has threads of its own that would keep it."""
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
