"""The command line: `pedigree COMMAND`."""

import sys
from collections.abc import Sequence
from importlib.metadata import version

from cyclopts import App, CycloptsError, Parameter

from app.commands.exits import Exit, exit_for
from app.commands.terminal import complain
from app.errors import PedigreeError

app = App(
    name="pedigree",
    help="Which production models were trained on this dataset?",
    default_parameter=Parameter(show_default=False),
    version=lambda: version("pedigree"),
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)

_COMMANDS = {
    "impact": "Say which model versions things reach by data flow: the headline question.",
    "lineage": "Show everything that things came from, or everything that came from them.",
    "path": "Show one shortest way by which data flowed from one thing to another.",
    "query": "Run a GraphQL document, and print its answer as JSON.",
    "load": "Load what another system knows of models and data.",
    "push": "Send the files of a folder as those of a model version.",
    "pull": "Fetch the files of a model version into a folder, and check every byte.",
    "verify": "Have stored files read again, and say which are no longer what they were.",
    "reconcile": "Compare the store of artifacts with what is recorded, and tell how they differ.",
    "retention": "Plan which versions lose their files, have it approved by a second person, and apply it.",
    "hold": "Place and lift legal holds: what is held keeps its files, whatever a policy says.",
    "storage": "Tell what is stored, what it costs, and what it will be in the next twelve months.",
    "token": "Make, list and revoke the API tokens by which callers are known.",
    "documents": "Register GraphQL documents, so that requests may name them, and list them.",
    "doctor": "Say what is configured, what can be reached, and what is out of date.",
    "schema": "Print the published schema of the API, in GraphQL's schema language.",
    "serve": "Serve the API, and the page to ask it from a browser, until Ctrl-C.",
}
"""Each command, and what it does; the function of that name in `app.commands` is loaded when it is called."""

for _name, _help in _COMMANDS.items():
    app.command(f"app.commands.{_name}:{_name}", name=_name, help=_help)


def main() -> None:
    """Runs the command that this process was started with, and ends it with the exit code."""
    sys.exit(run(sys.argv[1:]))


def run(words: Sequence[str]) -> int:
    """Runs a command; whatever happens, its reader gets words and never a traceback.

    Returns:
        The exit code.
    """
    try:
        return app(words, exit_on_error=False) or Exit.DONE
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last one who can say it
        return _ended_by(error)


def _ended_by(error: BaseException) -> Exit:
    code = Exit.UNREACHABLE
    match error:
        case CycloptsError():  # it has been said what is wrong
            code = Exit.USAGE
        case PedigreeError():
            complain(error.message)
            code = exit_for(error)
        case UnicodeEncodeError():
            complain(f"What was given is not UTF-8 text: {error.object[:100]!r}.")
            code = Exit.USAGE
        case KeyboardInterrupt():
            code = Exit.INTERRUPTED
        case BrokenPipeError():
            sys.stdout = None  # whoever read it has gone; nothing is left to be flushed
            code = Exit.DONE
        case _:
            cause = _innermost(error)
            complain(f"Something went wrong that was not foreseen ({type(cause).__name__}: {cause}). Please report it.")
    return code


def _innermost(error: BaseException) -> BaseException:
    return error if error.__cause__ is None else _innermost(error.__cause__)
