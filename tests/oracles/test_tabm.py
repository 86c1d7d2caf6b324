"""TabM against the package of its authors (not a dependency), on the same numbers."""

from __future__ import annotations

import pytest
import torch

from netwright.models.family import Sizes, build_network
from netwright.models.tabm import EnsembleLinear, TabM

tabm = pytest.importorskip("tabm")
rtdl = pytest.importorskip("rtdl_num_embeddings")

ROWS, K, WIDTH = 80, 5, 16
#: Four numbers, then a category of six levels; code 0 is unseen, which the package does not know.
SIZES = Sizes(4, (7,), 3, (4, 4), ((0, 1, 2, 3),) * 2)


def data() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    dense = torch.randn(2, ROWS, 4, generator=generator)
    dense[:, :, 3] = dense[:, :, 3].round()
    return {"dense": dense, "codes": torch.randint(1, 7, (2, ROWS, 1), generator=generator)}


def built(arch: str, n_bins: int, hidden: tuple[int, ...] = (32, 32)) -> TabM:
    config = {"hidden": hidden, "k": K, "n_bins": n_bins, "d_embedding": WIDTH, "mini": arch == "tabm-mini"}
    network = build_network("tabm", config, SIZES, [1, 2])
    assert isinstance(network, TabM)
    network.start_from(data(), torch.ones(2, ROWS), [1, 2])
    for name, parameter in network.named_parameters():
        if name.endswith((".s", ".r")) or name == "features.numbers.weight":
            torch.nn.init.normal_(parameter, generator=torch.Generator().manual_seed(len(name)))
    return network


def theirs_of(ours: TabM, member: int, arch: str, n_bins: int) -> torch.nn.Module:
    """The package's network with the numbers of one member of ours."""
    embeddings = None
    if n_bins:
        bins = rtdl.compute_bins(data()["dense"][member], n_bins)
        embeddings = rtdl.PiecewiseLinearEmbeddings(bins, WIDTH, activation=False, version="B")
    theirs = tabm.TabM.make(
        n_num_features=4,
        cat_cardinalities=[6],
        d_out=3,
        num_embeddings=embeddings,
        n_blocks=len(ours.hidden),
        d_block=32,
        dropout=0.1,
        k=K,
        arch_type=arch,
    )
    with torch.no_grad():
        if embeddings is not None:
            own = ours.features.numbers
            embeddings.linear0.weight.copy_(own.slope[member, :, 0])
            embeddings.linear0.bias.copy_(own.bias[member, :, 0])
            embeddings.linear.weight.zero_()
            for feature, edges in enumerate(bins):
                last = len(edges) - 2
                embeddings.linear.weight[feature, :last] = own.weight[member, feature, :last]
                embeddings.linear.weight[feature, -1] = own.weight[member, feature, last]
        for layer, block in zip(ours.hidden, theirs.backbone.blocks, strict=True):
            block[0].weight.copy_(layer.weight[member].T)
            if arch == "tabm-mini":
                block[0].bias.copy_(layer.bias[member, 0, 0])
            else:
                block[0].bias.copy_(layer.bias[member, 0])
                block[0].r.copy_(layer.r[member, 0])
                block[0].s.copy_(layer.s[member, 0])
        if arch == "tabm-mini":
            theirs.backbone.affine.weight.copy_(ours.hidden[0].r[member, 0])
        theirs.output.weight.copy_(ours.head.weight[member])
        theirs.output.bias.copy_(ours.head.bias[member, 0])
    return theirs.eval()


@pytest.mark.parametrize("n_bins", [0, 8, 48])
@pytest.mark.parametrize("arch", ["tabm", "tabm-mini"])
def test_network(arch: str, n_bins: int) -> None:
    ours, inputs = built(arch, n_bins), data()
    out = ours(inputs)
    assert out.shape == (2, ROWS, K, 3)
    for member in range(2):
        theirs = theirs_of(ours, member, arch, n_bins)
        expected = theirs(inputs["dense"][member], inputs["codes"][member] - 1)
        torch.testing.assert_close(out[member], expected, rtol=1e-4, atol=1e-5)
        counted = sum(row.parameters for row in ours.layers())
        padded = ours.features.numbers.weight[member].numel() if n_bins else 0
        fewer = theirs.num_module.linear.weight.numel() if n_bins else 0  # as many bins as its longest feature
        assert counted - padded == sum(p.numel() for p in theirs.parameters()) - fewer


@pytest.mark.parametrize("arch", ["tabm", "tabm-mini"])
def test_gradients(arch: str) -> None:
    ours, inputs = built(arch, 8), data()
    theirs = theirs_of(ours, 1, arch, 8)
    pull = torch.randn(ROWS, K, 3)
    (ours(inputs)[1] * pull).sum().backward()
    (theirs(inputs["dense"][1], inputs["codes"][1] - 1) * pull).sum().backward()
    first, block = ours.hidden[0], theirs.backbone.blocks[0][0]
    r = theirs.backbone.affine.weight if arch == "tabm-mini" else block.r
    pairs = [
        (first.weight, block.weight.grad.T),
        (first.r, r.grad[None]),
        (ours.head.weight, theirs.output.weight.grad),
    ]
    if arch == "tabm":
        pairs += [(first.s, block.s.grad[None]), (first.bias, block.bias.grad[None])]
    pairs.append((ours.features.numbers.slope, theirs.num_module.linear0.weight.grad[:, None]))
    for own, expected in pairs:
        torch.testing.assert_close(own.grad[1], expected, rtol=1e-3, atol=1e-3)
        assert torch.count_nonzero(own.grad[0]) == 0


def test_layer() -> None:
    theirs = tabm.LinearBatchEnsemble(6, 4, k=3, scaling_init="normal")
    r = torch.stack([theirs.r.detach(), torch.zeros_like(theirs.r)])[:, None]
    ours = EnsembleLinear([1, 2], [6, 6], 6, 4, 0, r, 3)
    with torch.no_grad():
        ours.weight[0], ours.s[0], ours.bias[0] = theirs.weight.T, theirs.s, theirs.bias
    x = torch.randn(2, 10, 3, 6)
    torch.testing.assert_close(ours(x)[0], theirs(x[0]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("n_bins", [0, 8])
def test_first_scalings_have_the_packages_chunks(n_bins: int) -> None:
    config = {"hidden": [32], "k": 200, "n_bins": n_bins, "d_embedding": WIDTH}
    ours = build_network("tabm", config, SIZES, [1, 2])
    bins = [torch.linspace(0, 1, 9)] * 4
    embeddings = rtdl.PiecewiseLinearEmbeddings(bins, WIDTH, activation=False, version="B") if n_bins else None
    theirs = tabm.TabM.make(n_num_features=4, cat_cardinalities=[6], d_out=3, num_embeddings=embeddings, k=200)
    own, other = ours.hidden[0].r[0, 0].detach(), theirs.backbone.blocks[0][0].r.detach()
    # where neighbours are alike in every submodel they are of one chunk
    chunks = [(scaling.diff(dim=1) == 0).all(dim=0).tolist() for scaling in (own, other)]
    assert chunks[0] == chunks[1]
    assert bool((own.abs() == 1).all()) == bool((other.abs() == 1).all()) == (n_bins == 0)


def test_first_numbers_have_the_packages_bounds() -> None:
    ours = build_network("tabm", {"hidden": [512], "n_bins": 0}, Sizes(100, (), 9, (100,)), [1])
    theirs = tabm.TabM.make(n_num_features=100, d_out=9, n_blocks=1)
    block = theirs.backbone.blocks[0][0]
    for own, other in (
        (ours.hidden[0].weight, block.weight),
        (ours.hidden[0].bias, block.bias),
        (ours.head.weight, theirs.output.weight),
        (ours.head.bias, theirs.output.bias),
        (ours.hidden[0].s, block.s),
    ):
        assert own.abs().max().item() == pytest.approx(other.abs().max().item(), rel=0.03)
        assert own.std().item() == pytest.approx(other.std().item(), rel=0.1)
    for bias in (ours.hidden[0].bias[0, 0], block.bias):
        assert bool((bias == bias[:1]).all())
