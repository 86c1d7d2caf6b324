from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from netwright.base.ngrams import bucket_of, next_hashes
from netwright.models.family import Sizes, build_network
from netwright.models.mlp import MLP
from netwright.models.textcnn import TextCNN, TextCNNConfig

SIZES = Sizes(3, (4,), 2, (3, 3), arrays={"text": (2, 12)})
CONFIG = {"hidden": [5], "buckets": 64, "width": 4, "filters": 6}


def network(seeds=(1, 2), sizes=SIZES, **choices) -> TextCNN:
    made = build_network("textcnn", {**CONFIG, **choices}, sizes, seeds)
    assert isinstance(made, TextCNN)
    return made.eval()


def inputs(n_members=2, n_rows=5, positions=12, seed=0) -> dict[str, torch.Tensor]:
    rng = np.random.default_rng(seed)
    text = rng.integers(0xAC00, 0xAC10, (n_members, n_rows, 2, positions))
    for index in np.ndindex(text.shape[:3]):
        text[(*index, slice(int(rng.integers(0, 12)), None))] = 0
    return {
        "dense": torch.from_numpy(rng.normal(size=(n_members, n_rows, 3)).astype(np.float32)),
        "codes": torch.from_numpy(rng.integers(0, 4, (n_members, n_rows, 1))),
        "text": torch.from_numpy(text),
    }


def read_slowly(made: TextCNN, member: int, text: list[int], config: TextCNNConfig) -> np.ndarray:
    """One text of one member, n-gram by n-gram and with PyTorch's own convolution."""
    table = made.buckets[member].detach()
    if not text:
        return np.zeros(2 * config.filters)
    vectors = torch.zeros(len(text), config.width)
    for start in range(len(text)):
        hashes = torch.zeros((), dtype=torch.int64)
        for point in text[start : start + config.longest]:
            hashes = next_hashes(hashes, torch.tensor(point))
            vectors[start] += table[int(bucket_of(hashes, config.buckets))]
    weight = made.convolution.weight[member].detach().reshape(config.kernel, config.width, config.filters)
    padded = functional.pad(vectors.T[None], (0, config.kernel - 1))
    found = functional.conv1d(padded, weight.permute(2, 1, 0), made.convolution.bias[member, 0].detach()).relu()[0]
    return torch.cat([found.amax(dim=1), found.mean(dim=1)]).numpy()


def test_it_reads_what_plain_convolutions_read():
    made, given = network(), inputs()
    made.convolution.bias.data.normal_(generator=torch.Generator().manual_seed(3))
    config = TextCNNConfig(**{**CONFIG, "hidden": (5,)})
    with torch.inference_mode():
        read = made.read(given["text"]).reshape(2, 5, 2, -1).numpy()
    for member, row, column in np.ndindex(2, 5, 2):
        text = [point for point in given["text"][member, row, column].tolist() if point]
        np.testing.assert_allclose(read[member, row, column], read_slowly(made, member, text, config), atol=1e-5)


def test_room_behind_a_text_changes_nothing():
    given = inputs()
    wide = {**given, "text": functional.pad(given["text"], (0, 20))}
    wider = network(sizes=Sizes(3, (4,), 2, (3, 3), arrays={"text": (2, 32)}))
    with torch.inference_mode():
        torch.testing.assert_close(network()(given), wider(wide), rtol=1e-5, atol=1e-6)


def test_members_do_not_touch_each_other():
    made, given = network(), inputs()
    made(given)[1].sum().backward()
    assert all(not own.grad[0].any() for own in made.parameters() if own.grad is not None)
    assert made.buckets.grad[1].any()
    with torch.inference_mode():
        alone = made.subset([1])({name: array[1:] for name, array in given.items()})
        torch.testing.assert_close(made(given)[1:], alone, rtol=1e-5, atol=1e-6)


def test_bucket_of_nothing_is_never_read():
    made, given = network(), inputs()
    made(given).sum().backward()
    assert not made.buckets.grad[:, 0].any()


def test_any_whole_number_is_a_character():
    given = inputs()
    given["text"][:] = torch.tensor([2**31 - 1, 0x10FFFF] * 6)
    with torch.inference_mode():
        assert torch.isfinite(network()(given)).all()


def test_without_texts_it_is_a_perceptron():
    made = build_network("textcnn", CONFIG, Sizes(3, (), 1, (3,)), [1])
    assert type(made) is MLP


def test_its_table_of_layers_counts_every_number():
    made = network()
    assert made.member_parameters == sum(own[0].numel() for own in made.parameters())
    assert [row.name for row in made.layers()] == [
        "input", "n-grams", "convolution", "largest and mean", "embedding", "linear", "output"
    ]  # fmt: skip
    assert made.row_products > made.member_parameters - made.buckets[0].numel()


@pytest.mark.parametrize("wrong", [{"kernel": 0}, {"filters": 0}, {"width": -1}, {"buckets": 1}, {"longest": 9}])
def test_choices_that_make_no_network(wrong):
    with pytest.raises(ValueError, match="must be some"):
        network(**wrong)
