from __future__ import annotations

import inspect

import pytest

from netwright.base import errors
from netwright.base.errors import (
    DataError,
    InternalError,
    Interrupted,
    MissingExtra,
    NetwrightError,
    OutputError,
    PlanError,
    ShapeError,
    Terminated,
    UserError,
)

EXIT_CODES = {
    NetwrightError: 1, UserError: 2, DataError: 2, PlanError: 2, ShapeError: 2, MissingExtra: 2, InternalError: 1,
    OutputError: 2, Interrupted: 130, Terminated: 143,
}  # fmt: skip


def test_every_error_is_of_the_tree_and_has_its_exit_code():
    found = {cls: cls.exit_code for _, cls in inspect.getmembers(errors, inspect.isclass)}
    assert found == EXIT_CODES
    assert all(issubclass(cls, NetwrightError) for cls in found)


@pytest.mark.parametrize("error", [DataError, PlanError, ShapeError])
def test_what_the_user_did_is_a_value_error_too(error):
    with pytest.raises(ValueError, match="column 'x'"):
        raise error("column 'x' must be there")
    assert issubclass(error, UserError)


@pytest.mark.parametrize("error", [MissingExtra, InternalError, OutputError, Interrupted, Terminated])
def test_the_others_are_none(error):
    assert not issubclass(error, ValueError)


def test_missing_extra_says_the_command():
    assert str(MissingExtra("psycopg", "postgres", "Reading from PostgreSQL")) == (
        "Reading from PostgreSQL needs the package psycopg. Install it with: pip install 'netwright[postgres]'"
    )


def test_internal_error_owns_up():
    assert str(InternalError("odd")) == "odd (this is a bug in netwright, please report it)"


def test_the_tree_of_the_docstring_names_every_error():
    assert all(cls.__name__ in (errors.__doc__ or "") for cls in EXIT_CODES)
