"""TabM-mini: submodels differ in a scaling of their inputs and in their heads (Gorishniy et al., ICLR 2025)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from netwright.models.family import family
from netwright.models.tabm import TabMConfig, TabMFamily


@dataclass(frozen=True)
class TabMMiniConfig(TabMConfig):
    """Choices of the family `tabm-mini`: those of `tabm`."""

    mini: bool = True


@family("tabm-mini")
class TabMMiniFamily(TabMFamily):
    """TabM-minis."""

    config: ClassVar[type[TabMMiniConfig]] = TabMMiniConfig
