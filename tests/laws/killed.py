"""The command line with saves as often as the first word says (declared seconds), for tests that kill it."""

from __future__ import annotations

import sys

from netwright.apps.cli import program
from netwright.training import pace

if __name__ == "__main__":
    pace._EVERY = float(sys.argv.pop(1))
    pace._SHARE = 1e9
    program()
