"""A small issuer of OIDC tokens: keys that rotate, tokens that are right or wrong, and answers that may be nonsense."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable

AUDIENCE = "pedigree"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Keys:
    """What an issuer signs with, and what it publishes of that.

    Attributes:
        issuer: as tokens name it.
        private: the keys by their ids.
    """

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.private: dict[str, PrivateKey] = {}
        self.add("one")

    def add(self, key_id: str, bits: int = 2048, curve: ec.EllipticCurve | None = None) -> None:
        """Begin to use another key."""
        self.private[key_id] = (
            ec.generate_private_key(curve) if curve else rsa.generate_private_key(public_exponent=65_537, key_size=bits)
        )

    def published(self) -> dict[str, Any]:
        """The set of keys (RFC 7517)."""
        return {"keys": [self.public(key_id) for key_id in self.private]}

    def public(self, key_id: str, **more: Any) -> dict[str, Any]:
        """One of them."""
        key = self.private[key_id].public_key()
        text = RSAAlgorithm.to_jwk(key) if isinstance(key, rsa.RSAPublicKey) else ECAlgorithm.to_jwk(key)
        return {**json.loads(text), "kid": key_id, "use": "sig", **more}

    def discovery(self) -> dict[str, Any]:
        """The discovery document."""
        return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}

    def token(
        self,
        subject: object = "7",
        *,
        key_id: str | None = "one",
        signed_by: str = "one",
        algorithm: str = "RS256",
        without: tuple[str, ...] = (),
        **claims: Any,
    ) -> str:
        """A token as the issuer makes it, unless it is told otherwise."""
        now = int(time.time())
        said = {"iss": self.issuer, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 300, **claims}
        said = {name: value for name, value in said.items() if name not in without}
        headers = {"kid": key_id} if key_id is not None else {}
        return jwt.encode(said, self.private[signed_by], algorithm, headers=headers)


Answer = tuple[int, bytes, dict[str, str]]


class Answers:
    """What an issuer answers by HTTP.

    Attributes:
        keys: its keys.
        asked: the paths that were asked for.
        instead: what it answers instead, by path.
    """

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.asked: list[str] = []
        self.instead: dict[str, Callable[[], Answer]] = {}

    def answer(self, path: str) -> Answer:
        """The answer to a GET."""
        self.asked.append(path)
        if path in self.instead:
            return self.instead[path]()
        if path.endswith("/.well-known/openid-configuration"):
            return 200, json.dumps(self.keys.discovery()).encode(), {"content-type": "application/json"}
        return 200, json.dumps(self.keys.published()).encode(), {"content-type": "application/json"}

    @property
    def times(self) -> int:
        """How often the keys were asked for."""
        return sum(path.endswith("/keys") for path in self.asked)


class LocalIssuer:
    """An issuer that answers on a port of this machine while the context lasts.

    Attributes:
        answers: what it answers.
        keys: what it signs with.
    """

    def __init__(self) -> None:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body, headers = issuer.answers.answer(self.path)
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base has it
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.keys = Keys(f"http://127.0.0.1:{self._server.server_port}")
        self.answers = Answers(self.keys)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
