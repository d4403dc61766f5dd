"""The leanest client that HTTP/1.1 allows: one connection kept open, one write, one answer.

A library's own milliseconds would fall on the side that speaks HTTP, whichever that is; both Pedigree and its peers are
asked through this.
"""

import select
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

_PIECE = 1 << 18
_QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)
"""Without it, a server that writes head and body apart (MLflow's does) waits 40 ms for the kernel's acknowledgement."""


class Refused(RuntimeError):
    """The server answered with another status than 200."""


class Client:
    """A connection to one server on loopback."""

    def __init__(self, address: str, *, seconds: float = 120) -> None:
        """Connects.

        Args:
            address: as `http://127.0.0.1:8000`.
            seconds: after which silence is an error.
        """
        parts = urlsplit(address)
        self._host = parts.netloc
        self._place = parts.hostname or "", parts.port or 80
        self._seconds = seconds
        self._socket = self._connected()
        self._rest = b""
        self.calls = 0
        """How many requests were answered."""

    def close(self) -> None:
        """Ends the connection."""
        self._socket.close()

    def _connected(self) -> socket.socket:
        made = socket.create_connection(self._place, timeout=self._seconds)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def _left(self) -> bool:
        """Whether the server has closed the connection, as servers do with one that is quiet for some seconds."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def post(self, path: str, body: Any) -> Any:
        """The JSON that answers this JSON.

        Raises:
            Refused: the status is not 200.
        """
        return self.send(self.request(path, orjson.dumps(body)))

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Any:
        """The JSON at this path.

        Raises:
            Refused: the status is not 200.
        """
        target = f"{path}?{urlencode(query)}" if query else path
        return self.send(f"GET {target} HTTP/1.1\r\nHost: {self._host}\r\nAccept: application/json\r\n\r\n".encode())

    def request(self, path: str, body: bytes, *, authorization: str = "") -> bytes:
        """A request's bytes, to be sent as often as wanted."""
        shown = f"Authorization: {authorization}\r\n" if authorization else ""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nAccept: application/json\r\n"
            f"Content-Type: application/json\r\n{shown}Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def send(self, request: bytes) -> Any:
        """The JSON that answers a ready request.

        Raises:
            Refused: the status is not 200.
        """
        if self._left():
            self._socket.close()
            self._socket = self._connected()
        if _QUICK_ACK is not None:
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        self._socket.sendall(request)
        head, body = self._answer()
        self.calls += 1
        if not head.startswith(b"HTTP/1.1 200"):
            raise Refused(f"{head.splitlines()[0].decode()}: {body[:2000].decode(errors='replace')}")
        return orjson.loads(body) if body else None

    def _answer(self) -> tuple[bytes, bytes]:
        data = self._rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head, rest = data[:end], data[end + 4 :]
        fields = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
        }
        if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
            return head, self._chunks(rest)
        return head, self._exactly(rest, int(fields.get(b"content-length", b"0")))

    def _more(self) -> bytes:
        piece = self._socket.recv(_PIECE)
        if not piece:
            raise ConnectionError("the server closed the connection")
        return piece

    def _exactly(self, begun: bytes, length: int) -> bytes:
        """The next bytes of that number; what comes after them is kept."""
        pieces, have = [begun], len(begun)
        while have < length:
            pieces.append(self._more())
            have += len(pieces[-1])
        whole = b"".join(pieces)
        self._rest = whole[length:]
        return whole[:length]

    def _chunks(self, begun: bytes) -> bytes:
        body, data = b"", begun
        while True:
            while b"\r\n" not in data:
                data += self._more()
            size, _, data = data.partition(b"\r\n")
            length = int(size.partition(b";")[0], 16)
            piece = self._exactly(data, length + 2)
            data = self._rest
            if not length:
                self._rest = data
                return body
            body += piece[:-2]
