"""The explorer: the page at `/graphql`, and the files that it asks for.

`make explorer` builds them from the sources in `explorer/` beside this file; a wheel brings them along. A checkout
without Node has none, and then there is nothing here to show.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.routing import Route

from app.errors import ErrorCode
from app.http.answers import HTML, TEXT, Headers, Receive, Refused, Scope, Send, answer_json
from app.http.replying import Reply, send_reply

BUILT = Path(__file__).with_name("built")
"""Where `make explorer` puts what it makes."""

EXAMPLE = (Path(__file__).with_name("example.graphql")).read_text(encoding="utf-8")
"""The question that an explorer begins with; it can be answered on the sample inventory."""

_PAGE = "page.html"
_TYPES = {".js": b"text/javascript; charset=utf-8", ".css": b"text/css; charset=utf-8", ".txt": TEXT}
"""What there is, by the ends of the names; another file is none of the explorer's."""

_NAMED_BY_CONTENT = re.compile(r".+-[A-Z0-9]{8}\.\w+")
_ALLOWED = ((b"allow", b"GET, HEAD"),)
_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; "  # the editor places each line and each mark by a style of its own
    "font-src data:; img-src data:; "  # the icons are within the style sheet
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing comes from, and nothing goes to, another place than this service (Content Security Policy, level 3)."""


def guarded(policy: str) -> Headers:
    """The headers of a page that a browser is to hold to that policy; what it links to is not told where it stands."""
    return ((b"content-security-policy", policy.encode()), (b"referrer-policy", b"no-referrer"))


_GUARDED = guarded(_POLICY)


@dataclass(frozen=True, slots=True)
class Explorer:
    """A built explorer.

    Attributes:
        page: what a browser gets at `/graphql`.
        route: where the files are that the page asks for.
    """

    page: Reply
    route: Route


def explorer(built: Path = BUILT) -> Explorer | None:
    """The explorer as it was built; None where it was not.

    Args:
        built: the folder with its files.
    """
    if not (built / _PAGE).is_file():
        return None
    page = Reply(200, HTML, (built / _PAGE).read_bytes(), _GUARDED, lasting=True)
    files = {path.name: _file(path) for path in built.iterdir() if path.suffix in _TYPES}
    return Explorer(page, Route("/explorer/{name}", _Files(files)))


def _file(path: Path) -> Reply:
    unchanging = _NAMED_BY_CONTENT.fullmatch(path.name) is not None
    return Reply(200, _TYPES[path.suffix], path.read_bytes(), _GUARDED, lasting=True, unchanging=unchanging)


class _Files:
    """Answers with one of these files.

    All of them, some 7 MB, are read at the start: the page and its files stay of one build while another is made, and a
    name in an address is looked up here and never becomes a part of a path.
    """

    def __init__(self, files: Mapping[str, Reply]) -> None:
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        del receive  # what a body says does not matter
        reply = self._files.get(scope["path_params"]["name"])
        if scope["method"] not in {"GET", "HEAD"}:
            refusal = Refused(405, "A file of the explorer is got.", ErrorCode.BAD_METHOD, _ALLOWED)
            await answer_json(send, refusal.status, refusal.body, headers=refusal.headers)
        elif reply is None:
            refusal = Refused(404, "The explorer has no such file. Load /graphql anew: it names those that there are.")
            await answer_json(send, refusal.status, refusal.body)
        else:
            await send_reply(scope, send, reply)
