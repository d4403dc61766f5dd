"""Ports for servers that other programs start."""

import secrets
import socket

_FROM, _UNTIL = 20_000, 32_000
"""Below what kernels give to whoever asks for any port, or connects: nobody gets one before its server does."""

_TRIES = 100


def free_port() -> int:
    """A port of this machine that nobody listens on, chosen by chance: two who ask at once get two.

    Raises:
        OSError: none is found.
    """
    for _ in range(_TRIES):
        port = _FROM + secrets.randbelow(_UNTIL - _FROM)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no port from {_FROM} to {_UNTIL} is free")
