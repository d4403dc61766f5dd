"""A browser without a screen: the Chromium that the machine has. The driver's own downloads are not used."""

import shutil
from pathlib import Path

from tests.servers.java import Missing

NAMES = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome")


def chromium() -> Path:
    """The program.

    Raises:
        Missing: there is none.
    """
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    raise Missing("no Chromium is installed (on Debian: apt-get install chromium-headless-shell)")
