"""How ArcadeDB is started: what differs from its defaults, and why."""

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from app.graph.embedded.folder import DATABASE, Folder

READY_SECONDS = 30.0
"""How long a start may take; it takes one or two seconds."""

_MESSAGE_BYTES = 64 * 1024 * 1024
_LOG_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What a user of the embedded engine may choose. The first user's choice holds until the last has gone.

    Attributes:
        heap: the most memory for the engine's objects, as Java says it. 256m is too little.
        statement_seconds: the longest that one statement may take; the engine ends it then, should its user be gone.
        linger_seconds: how long the engine stays after its last user, for the next one to find it running.
    """

    heap: str = "1g"
    statement_seconds: float = 60.0
    linger_seconds: float = 2.0


def package() -> Path:
    """Where the wheel that carries the engine and its Java runtime is installed. It is not imported for that.

    Raises:
        FileNotFoundError: it is not installed.
    """
    spec = importlib.util.find_spec("arcadedb_embedded")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("The package arcadedb-embedded is not installed.")
    return Path(spec.origin).parent


def java_library(package_folder: Path) -> Path:
    """The Java machine in the wheel, as a library."""
    name = "libjvm.dylib" if sys.platform == "darwin" else "libjvm.so"
    return package_folder / "jre" / "lib" / "server" / name


def java_arguments(folder: Folder, options: EngineOptions, bolt: int, http: int) -> list[str]:
    """The arguments of the Java machine. No secret is among them: they can be read by anyone on the machine."""
    settings = _settings(folder, options, bolt, http)
    return [
        f"-Xmx{options.heap}",
        "-Xrs",  # signals stay the host's
        "-XX:+ExitOnOutOfMemoryError",
        f"-XX:ErrorFile={folder.root / 'java-crash.log'}",
        f"-Djava.util.logging.config.file={logging_file(folder)}",
        "-Djava.awt.headless=true",
        "--add-modules=jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED",
        *(f"-Darcadedb.{name}={value}" for name, value in settings.items()),
    ]


def _settings(folder: Folder, options: EngineOptions, bolt: int, http: int) -> dict[str, object]:
    return {
        # The default mode leaves what was committed to the operating system's mood.
        "server.mode": "production",
        "server.rootPath": folder.run,
        "server.rootPasswordPath": password_file(folder),
        # The password is random and lives for one run: nobody needs to be kept from guessing it slowly.
        "server.saltIterations": 1000,
        "server.databaseDirectory": folder.databases,
        "server.backupDirectory": folder.root / "backups",
        "server.configDirectory": folder.run / "config",
        "server.logsDirectory": folder.run / "log",
        "server.defaultDatabases": f"{DATABASE}[]",
        "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
        "server.httpIncomingHost": "127.0.0.1",
        "server.httpIncomingPort": http,
        "server.httpWorkerThreads": 8,
        "server.shutdownTimeout": 20_000,
        "serverMetrics": "false",
        "support.autoRegister": "false",
        "bolt.host": "127.0.0.1",
        "bolt.port": bolt,
        "bolt.defaultDatabase": DATABASE,
        # A message above the limit is never answered; the largest of ours is far below this one.
        "bolt.maxMessageSize": _MESSAGE_BYTES,
        "bolt.packstream.maxValueLength": _MESSAGE_BYTES,
        # Neither its client's time limit nor its client's leaving ends a statement.
        "command.timeout": int(options.statement_seconds * 1000),
    }


def password_file(folder: Folder) -> Path:
    """From where the engine reads the password."""
    return folder.run / "password"


def logging_file(folder: Folder) -> Path:
    """From where Java reads how to log."""
    return folder.run / "logging.properties"


def logging_properties(folder: Folder) -> str:
    """A log of bounded size."""
    return "\n".join(
        [
            "handlers=java.util.logging.FileHandler",
            ".level=INFO",
            f"java.util.logging.FileHandler.pattern={folder.engine_log}.%g",
            f"java.util.logging.FileHandler.limit={_LOG_BYTES}",
            "java.util.logging.FileHandler.count=2",
            "java.util.logging.FileHandler.append=true",
            "java.util.logging.FileHandler.formatter=java.util.logging.SimpleFormatter",
            "java.util.logging.SimpleFormatter.format=%1$tF %1$tT.%1$tL %4$s %5$s%6$s%n",
            "",
        ]
    )
