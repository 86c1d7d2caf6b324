"""What runs that make pictures judge in the end: made pictures beside held-out real ones, and a sheet of both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from netwright.base.errors import DataError
from netwright.base.figures import figure
from netwright.base.finding import Finding
from netwright.base.near_pictures import SMALL, picture_array
from netwright.base.seeds import derive_seed
from netwright.base.table import Role, Table
from netwright.evaluate.drawn import MEASURES, PictureJudgement, judge_pictures
from netwright.jobs.pictured import picture_address
from netwright.preparation.image import in_a_row
from netwright.stages.begun import Begun
from netwright.training.attachment import Attachment
from netwright.training.baselines import TrainedBaseline
from netwright.training.making_pictures import SIMPLE, made_pictures, simple_pictures
from netwright.training.mixture import Mixture

#: The section of the report, the entry in `metrics.json`, and what ships beside the networks.
NAME = "new_pictures"
#: Pictures that are made to be judged, at most, and those of a sheet in the report.
_MOST_JUDGED, _SHEET = 2_000, 32


def baselines_of_drawers(begun: Begun) -> Iterator[TrainedBaseline]:
    """Pixels drawn one by one, and a Gaussian copula of pixels."""
    return simple_pictures(begun.split, begun.settings.seed)


def only_pictures(table: Table) -> Table:
    """All other columns are left out of the features: the network draws pictures, whatever their label.

    Args:
        table: With its roles.

    Raises:
        DataError: There is not one column of pictures.
    """
    pictures = [own.name for own in table.schema.features if own.kind == "image"]
    if len(pictures) != 1:
        raise DataError(
            f"{table.source.name} must have one column of pictures for --model image-gan, got "
            f"{len(pictures) or 'none'}. Pass a folder of pictures; rows of a table are made by --model gan."
        )
    left_out: dict[str, Role] = {own.name: "left_out" for own in table.schema.features if own.kind != "image"}
    return table.with_schema(table.schema.with_roles(left_out))


def what_is_drawn(begun: Begun) -> Attachment:
    """Which column pictures are of."""
    return Attachment(NAME, {"column": begun.split.development.schema.features[0].name})


class JudgedPictures:
    """Made pictures of the model and of its baselines, and how good they are.

    Args:
        begun: The run.
        model: What makes pictures.
        train: Rows that it learned on.
        held_out: Real rows that it did not.
    """

    section = NAME

    def __init__(self, begun: Begun, model: Mixture, train: Table, held_out: Table) -> None:
        seed, column = begun.settings.seed, train.schema.features[0]
        known, real = (picture_array(own.sampled(_MOST_JUDGED)[column.name], column.shape) for own in (train, held_out))
        known, real = known[:_MOST_JUDGED], real[:_MOST_JUDGED]
        n_made = min(_MOST_JUDGED, max(len(known), len(real)))
        made = made_pictures(model, n_made, derive_seed(seed, "judged pictures"))
        small = {name: in_a_row(own, column.shape, SMALL) for name, own in (("train", known), ("real", real))}
        rows = {"model": in_a_row(made, column.shape, SMALL)}
        for name, make in SIMPLE.items():
            random = np.random.default_rng(derive_seed(seed, "judged pictures", name))
            rows[name] = make(small["train"].astype(np.float64), n_made, random).astype(np.float32)
        self.figures: dict[str, PictureJudgement] = {
            name: judge_pictures(small["train"], small["real"], own, derive_seed(seed, "judging") % 2**31)
            for name, own in rows.items()
        }
        self.n_train = len(known)
        self._sheets = {"real": real[:_SHEET], "made": made[:_SHEET]}

    @property
    def best(self) -> dict[str, str]:
        """Who is best at each measure: `model` or a baseline."""
        return {measure: min(self.figures, key=lambda name: self.figures[name].off(measure)) for measure in MEASURES}

    def to_json(self) -> dict[str, Any]:
        """What `metrics.json` says."""
        return self.figures["model"].to_json() | {"best": self.best, "n_train": self.n_train}

    def findings(self) -> Iterator[Finding]:
        """Copies are a matter of privacy."""
        own = self.figures["model"]
        if own.copies_beyond_chance:
            yield Finding(
                code="copied-pictures",
                where="model",
                severity="warning",
                message=f"{figure(100 * own.copies)} % of made pictures are nearly copies of a train picture; of "
                f"held-out real ones {figure(100 * own.copies_by_chance)} % are as near to one",
                advice="do not hand these pictures to anybody who may not see the train pictures; train fewer epochs, "
                "or add pictures",
                evidence={"copies": own.copies, "by_chance": own.copies_by_chance, "made": own.n_made},
            )

    def shown(self) -> dict[str, Any]:
        """What the report shows: the figures of all, and a sheet of made beside real pictures."""
        return {
            "figures": {name: own.to_json() for name, own in self.figures.items()},
            "best": self.best,
            "sheets": {name: [picture_address(own) for own in sheet] for name, sheet in self._sheets.items()},
        }
