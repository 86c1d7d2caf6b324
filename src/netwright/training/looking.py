"""Where a convolutional network looks: the places whose channels spoke for the class that was named.

Grad-CAM (Selvaraju et al., ICCV 2017) with gradients taken place by place, as HiResCAM does (Draelos and Carin, 2020):
the head weighs channels by place, so a mean over places would lose what it says.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from netwright.base.table import Table
from netwright.models.cnn import CNN
from netwright.preparation.values import feature_values
from netwright.training.mixture import Mixture
from netwright.training.model import FittedModel


def places_looked_at(model: Mixture, table: Table, named: np.ndarray) -> np.ndarray | None:
    """How much each place of a picture spoke for a class, the most 1; (n_rows, height, width).

    Args:
        model: What predicts; of several parts the first with a convolutional network is asked.
        table: The rows; a few.
        named: The class in question of each row; (n_rows,).

    Returns:
        None where no part reads pictures by convolutions.
    """
    part = next((own for own in model.networks if isinstance(own.network, CNN)), None)
    if part is None or not table.n_rows:
        return None
    prepared = [maker.transform(feature_values(table)) for maker in part.makers]
    heats, start = [], 0
    for block in part.blocks(prepared, table.n_rows):
        size = next(iter(block.values())).shape[1]
        own = torch.from_numpy(named[start : start + size].astype(np.int64))
        heats.append(_heat(part, {name: tensor[:, : len(own)] for name, tensor in block.items()}, own))
        start += size
    return np.concatenate(heats)


def _heat(part: FittedModel, inputs: dict[str, Tensor], named: Tensor) -> np.ndarray:
    """The mean over members of what spoke for the class; (n_rows, height, width)."""
    network = part.network
    assert isinstance(network, CNN), "the caller looked"
    with torch.enable_grad():
        maps = network.maps(inputs).detach().requires_grad_()
        raw = network.from_maps(maps, inputs)
        (gradient,) = torch.autograd.grad(_said(raw, named).sum(), maps)
    heat = torch.relu((gradient * maps.detach()).sum(dim=2))
    heat = heat / heat.amax(dim=(2, 3), keepdim=True).clamp(min=1e-12)
    size = list(part.sizes.arrays["image"][1:])
    whole = functional.interpolate(heat.mean(dim=0)[:, None], size, mode="bilinear", align_corners=False)[:, 0]
    most = whole.amax(dim=(1, 2), keepdim=True).clamp(min=1e-12)
    return np.asarray((whole / most).numpy())


def _said(raw: Float[Tensor, "member batch output"], named: Tensor) -> Float[Tensor, "member batch"]:
    """What speaks for the class of each row: its output; of two classes the only one, or what is against it."""
    if raw.shape[2] == 1:
        return raw[:, :, 0] * (2 * named - 1)
    return raw.gather(2, named[None, :, None].expand(raw.shape[0], -1, 1))[:, :, 0]
