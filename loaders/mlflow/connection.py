"""How an MLflow tracking server is asked: logged in as MLflow's own variables say, patiently, and nobody else.

Redirections are not followed, so that nothing leads to another host than the one that the user named.
"""

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, cast

import httpx

from app.loading.loader import SourceUnreachable, SourceUnusable
from graph_schema.canonical import shown
from loaders.mlflow.locations import server_address
from loaders.mlflow.workspaces import HEADER, is_elsewhere, refused_workspace

API = "/api/2.0/mlflow"
ATTEMPTS = 4
"""How often a question is asked before the server counts as gone."""

BUSY = frozenset({429, 502, 503, 504})
"""What a server or a proxy before it answers when asking again may help."""

_INFO = ("/api/3.0/mlflow/server-info", "/api/3.0/mlflow/server-features")
"""Where a server says what it can do; the second is what it was called first."""

_LATER = frozenset({"/logged-models/search", *_INFO})
"""What an older server does not know, so that it answers as any web server would."""

Json = dict[str, Any]


class Connection:
    """The server at that address.

    Args:
        address: as `MLFLOW_TRACKING_URI` has it, with a path where the server has one.
        environment: where MLflow's own variables are looked up.

    Attributes:
        url: the address, which may hold a password.
        shown: the same without it.

    Raises:
        SourceUnusable: the address cannot be read.
    """

    def __init__(self, address: str, environment: Mapping[str, str]) -> None:
        self.url = server_address(address)  # it may hold a password; what is shown must not
        self.shown = str(self.url.copy_with(username=None, password=None))
        token, user = environment.get("MLFLOW_TRACKING_TOKEN"), environment.get("MLFLOW_TRACKING_USERNAME")
        auth = httpx.BasicAuth(user, environment.get("MLFLOW_TRACKING_PASSWORD", "")) if user else None
        self._client = httpx.Client(
            base_url=self.url,
            auth=auth,
            headers={"Authorization": f"Bearer {token}"} if token and not auth else {},
            verify=environment.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() not in {"true", "1"},
            timeout=httpx.Timeout(60, connect=10),
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def enter(self, workspace: str) -> None:
        """Speak of that workspace from now on.

        Raises:
            SourceUnreachable: nothing answers, or it does not let us in.
            SourceUnusable: the server keeps no workspaces, and it is not the default one.
        """
        # One that keeps none refuses the header, and an older one would give everything that it has.
        if any(self.ask("GET", path, {}, missing={404}).get("workspaces_enabled") is True for path in _INFO):
            self._client.headers[HEADER] = workspace
        elif is_elsewhere(workspace):
            raise refused_workspace(self.shown, workspace)

    def ask(self, method: str, path: str, asked: Json, missing: frozenset[int] | set[int] = frozenset()) -> Json:
        """The answer; an empty one where MLflow says by one of the `missing` codes that it has no such thing.

        Raises:
            SourceUnreachable: nothing answers, or it does not let us in.
            SourceUnusable: what answers is no MLflow server, or it refuses.
        """
        # An empty page token is one that MLflow refuses.
        sent = {key: value for key, value in asked.items() if value != ""}
        response = self._answer(method, path, sent)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if response.status_code in missing and (path in _LATER or _is_mlflow_error(answer)):
            return {}
        if response.status_code in {401, 403}:
            raise self._not_let_in(response)
        if response.is_server_error:
            raise self._failed(path, response, answer)
        if not response.is_success or not isinstance(answer, dict):
            raise self._refused(path, response, answer)
        return cast("Json", answer)

    def lets_see(self, path: str, asked: Json) -> bool:
        """Whether it answers a GET of that path, be it that there is nothing, rather than that it is not for us."""
        response = self._answer("GET", path, asked)
        # The first: it gives no workspace to whoever names none.
        return response.status_code not in {400, 401, 403}

    @contextmanager
    def stream(self, path: str, asked: Json) -> Generator[httpx.Response]:
        """The answer to a GET of a path of the server, to be read as it comes.

        Raises:
            SourceUnreachable: nothing answers, or it does not let us in, or the answer breaks off, in the block too.
            SourceUnusable: it gives nothing there.
        """
        try:
            # As it is: sizes are those of the files, and nobody sends a little that becomes much.
            with self._client.stream("GET", path, params=asked, headers={"Accept-Encoding": "identity"}) as response:
                if response.status_code in {401, 403}:
                    raise self._not_let_in(response)
                if response.is_server_error or response.status_code in BUSY:
                    raise self._failed(path, response, None)
                if response.status_code != HTTPStatus.OK:
                    raise SourceUnusable(
                        f"{self.shown} answers {response.status_code} to {shown(path, 200)}.",
                        remedy="See its log; MLflow hands out artifacts unless it runs with --no-serve-artifacts.",
                    )
                yield response
        except httpx.HTTPError as error:
            raise SourceUnreachable(
                f"{self.shown} broke off: {error or type(error).__name__}.", remedy="Check that the server runs."
            ) from error

    def _not_let_in(self, response: httpx.Response) -> SourceUnreachable:
        return SourceUnreachable(
            f"{self.shown} refuses the user or the password ({response.status_code}).",
            remedy="Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.",
        )

    def _failed(self, path: str, response: httpx.Response, answer: Any) -> SourceUnreachable:
        said = f": {_said(answer)}" if _is_mlflow_error(answer) else ""
        return SourceUnreachable(
            f"{self.shown} answers {response.status_code} to {shown(path, 200)}{said}.",
            remedy="See its log.",
        )

    def _refused(self, path: str, response: httpx.Response, answer: Any) -> SourceUnusable:
        if _is_mlflow_error(answer):
            return SourceUnusable(f"{self.shown} answers to {path}: {_said(answer)}")
        return SourceUnusable(
            f"{self.shown} is no MLflow server: it answers {_whole(path)} as MLflow does not ({response.status_code}).",
            remedy="Give the address that MLFLOW_TRACKING_URI would have, with its path.",
        )

    def _answer(self, method: str, path: str, sent: Json) -> httpx.Response:
        given: Json = {"params": sent} if method == "GET" else {"json": sent}
        for attempt in range(ATTEMPTS):
            last = attempt == ATTEMPTS - 1
            try:
                response = self._client.request(method, _whole(path), **given)
            except (httpx.TransportError, UnicodeError) as error:  # the second: no resolver takes the host
                if last or isinstance(error, UnicodeError):
                    raise SourceUnreachable(
                        f"No MLflow server answers at {self.shown}: {error or type(error).__name__}.",
                        remedy="Check the address, and that the server runs.",
                    ) from error
            else:
                if response.status_code not in BUSY:
                    return response
                if last:
                    raise SourceUnreachable(f"{self.shown} is busy or down: it answers {response.status_code}.")
            time.sleep(0.25 * 2**attempt)
        raise AssertionError  # the last attempt returns or raises


def _whole(path: str) -> str:
    return path if path in _INFO else f"{API}{path}"


def _said(error: Json) -> str:
    """What MLflow says of an error."""
    return shown(str(error.get("message", error["error_code"])), 1_000)


def _is_mlflow_error(answer: Any) -> bool:
    return isinstance(answer, dict) and "error_code" in answer
