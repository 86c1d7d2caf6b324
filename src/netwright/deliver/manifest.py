"""The manifest of a bundle as text and back: sealed, of a version that is known, and of the form of the schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.base.figures import one_line
from netwright.base.sealed import JsonLimits, is_sealed, open_sealed, parse_json, sealed_json

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

#: Version 1 had no seal, and did not say how long the weights are; up to version 2 a model was one part.
FORMAT, FORMAT_VERSION = "netwright-bundle", 3
_FIRST_VERSION = 1
#: The longest manifest: of a million rare levels in each of five folds, say. Whole numbers fit into 64 bits.
LIMITS = JsonLimits(n_bytes=1 << 26, depth=12, n_digits=18)
#: Of a complaint that shows all that it complains of.
_LONGEST_MESSAGE = 200


def manifest_text(parts: Mapping[str, Any]) -> bytes:
    """The manifest of a model.

    Args:
        parts: What it says of the model.

    Raises:
        ValueError: It is longer than a manifest may be.
    """
    head = {"format": FORMAT, "version": FORMAT_VERSION, "netwright": version("netwright")}
    return sealed_json(head | dict(parts), LIMITS)


def manifest_data(raw: bytes, where: Path) -> dict[str, Any]:
    """What a manifest says, if it is whole and of a version that is known; its form is not checked yet.

    Args:
        raw: The whole file.
        where: Its folder, for messages.

    Raises:
        ValueError: It is damaged, with the reason, a clause that fits after its name.
        DataError: A later netwright wrote it.
    """
    sealed = is_sealed(raw)
    data = open_sealed(raw, LIMITS) if sealed else parse_json(raw, LIMITS)
    if data.get("format") != FORMAT:
        raise ValueError(f"must have the format {FORMAT!r}, got {str(data.get('format'))[:40]!r}")
    number = data.get("version")
    if type(number) is not int or number < _FIRST_VERSION:
        raise ValueError(f"must have a version from {_FIRST_VERSION} on, got {str(number)[:40]!r}")
    if number > FORMAT_VERSION:
        writer = one_line(str(data.get("netwright", "a later one"))[:40])
        raise DataError(
            f"the model in {where} must be a bundle of version {_FIRST_VERSION} to {FORMAT_VERSION}, got version "
            f"{number}, written by netwright {writer}. Update netwright: pip install --upgrade netwright."
        )
    if sealed != (number > _FIRST_VERSION):
        raise ValueError(f"of version {number} must {'have no' if sealed else 'begin with its'} seal")
    return data


def check_form(data: Mapping[str, Any]) -> None:
    """Hold a manifest against the schema; the counts in it bound how long that takes.

    Raises:
        ValueError: It is not of that form.
    """
    complaint = next(_validator().iter_errors(data), None)
    if complaint is not None:
        where = "/".join(str(part)[:100] for part in complaint.absolute_path) or "the whole"
        told = complaint.message
        if len(told) > _LONGEST_MESSAGE:
            told = f"it breaks the rule {complaint.validator} {str(complaint.validator_value)[:_LONGEST_MESSAGE]}"
        raise ValueError(f"is not as it should be in {where}: {told}")


@cache
def _validator() -> Validator:
    """The schema with whole numbers that are whole (1.0 is not), and lists of texts looked at in one go."""
    from jsonschema import Draft202012Validator, ValidationError, validators

    usual = Draft202012Validator.VALIDATORS["items"]

    def items(validator: Validator, items: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        if items == {"type": "string"} and isinstance(instance, list):
            if set(map(type, instance)) - {str}:
                yield ValidationError("must hold texts only")
        else:
            yield from usual(validator, items, instance, schema)

    whole = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    strict = validators.extend(Draft202012Validator, {"items": items}, type_checker=whole)  # type: ignore[no-untyped-call]
    schema = json.loads((files("netwright.deliver") / "manifest.schema.json").read_text(encoding="utf-8"))
    made: Validator = strict(schema)
    return made
