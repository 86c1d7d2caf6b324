"""`python -m netwright`."""

from netwright.apps.cli import main

if __name__ == "__main__":
    main()
