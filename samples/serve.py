"""`make serve`: the sample inventory in PEDIGREE_HOME, or in the Neo4j that the settings name, served until Ctrl-C."""

import sys
from pathlib import Path

from app.commands.terminal import complain
from app.errors import PedigreeError
from app.portal.pages import explorer
from app.settings import read_settings
from samples.running import DATASET, NotStarted, load_inventory, serving, told_to_stop


def main() -> int:
    """Serves; 0 when told to stop."""
    try:
        settings = read_settings()
        form = "text" if settings.log_format == "auto" and sys.stderr.isatty() else settings.log_format
        with told_to_stop():
            return _serve({"PEDIGREE_LOG_FORMAT": form})
    except KeyboardInterrupt:
        return 0
    except NotStarted as reason:
        return reason.code or 3
    except PedigreeError as error:
        complain(error.message)
        return 2


def _serve(environment: dict[str, str]) -> int:
    with serving(environment=environment, folder=Path.cwd(), loud=True) as service:
        service.wait_until_ready()
        if code := load_inventory(service.address):
            return code
        needs = "" if explorer() else "; that page needs the internet"
        print(
            f"\nOpen {service.address}/graphql in a browser to ask it{needs}. Or, without one:\n"
            f"  .venv/bin/pedigree impact {DATASET} --server {service.address}\n"
            "Ctrl-C stops it.",
            flush=True,
        )
        return service.process.wait()


if __name__ == "__main__":
    sys.exit(main())
