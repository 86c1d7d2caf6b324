"""`python -m netwright`."""

from netwright.apps.cli import program

if __name__ == "__main__":
    program()
