"""Reads what signed addresses give, in threads: to await each piece of a large file takes longer than its bytes do."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from types import TracebackType
from typing import Self

import httpx
import urllib3

from app.artifacts.content import CHUNK
from app.transfer.addresses import LONGEST_ANSWER, broken, said_in

_TIMEOUT = urllib3.Timeout(connect=10, read=30)
"""Seconds without a byte; so long, too, may a pull that is stopped wait for an answer that has not begun."""


class Source:
    """Connections to whatever store is at the addresses; it shows no token, as an address is all the login there is.

    Args:
        parallel: how many connections are kept.
    """

    def __init__(self, parallel: int) -> None:
        self._parallel = parallel

    @cached_property
    def pool(self) -> urllib3.PoolManager:
        """The connections. They trust the same authorities as those by which files are sent."""
        context = httpx.create_ssl_context(trust_env=False)
        return urllib3.PoolManager(
            maxsize=self._parallel, timeout=_TIMEOUT, retries=False, ssl_context=context, ca_certs=None
        )

    def close(self) -> None:
        """Lets go of what is not being read."""
        self.pool.clear()


class Reading:
    """The answer of one address. It is read by one thread, and may be cut off by another.

    Args:
        source: the connections.
        url: the signed address.
        headers: of the request.
        what: comes, for messages.
    """

    def __init__(self, source: Source, url: str, headers: Mapping[str, str], what: str) -> None:
        self._source = source
        self._url = url
        self._headers = headers
        self._what = what
        self._cut = False
        self._response: urllib3.BaseHTTPResponse | None = None

    def __enter__(self) -> Self:
        """Returns when the answer has begun.

        Raises:
            TryAgain: it does not.
        """
        try:
            self._response = self._source.pool.request(
                "GET", self._url, headers=self._headers, preload_content=False, decode_content=False, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise broken(self._what, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and not self._cut:
            self._answer.release_conn()
        else:
            self._answer.close()

    @property
    def _answer(self) -> urllib3.BaseHTTPResponse:
        if self._response is None:
            raise RuntimeError("Nothing was asked yet.")
        return self._response

    @property
    def status(self) -> int:
        """Of HTTP."""
        return self._answer.status

    def header(self, name: str) -> str:
        """A header's value; empty where there is none."""
        return self._answer.headers.get(name, "")

    def chunks(self) -> Iterator[bytes]:
        """The bytes, as they come.

        Raises:
            TryAgain: they break off.
        """
        try:
            while chunk := self._answer.read1(CHUNK):
                yield chunk
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise broken(self._what, error) from error

    def words(self) -> str:
        """What an answer that is no success says in words, read to its end unless that is far.

        Raises:
            TryAgain: it breaks off.
        """
        text = bytearray()
        for chunk in self.chunks():
            text += chunk
            if len(text) > LONGEST_ANSWER:
                break
        return said_in(bytes(text))

    def cut(self) -> None:
        """Ends what is being read, from another thread; where nothing has come yet, when it does."""
        self._cut = True
        if isinstance(self._response, urllib3.HTTPResponse):
            self._response.shutdown()
