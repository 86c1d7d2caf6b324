"""Every random number of a run comes from a seed derived here, keyed by what it is for."""

from __future__ import annotations

import hashlib


def derive_seed(seed: int, *names: object) -> int:
    """A seed of its own for one purpose, the same on every machine.

    Args:
        seed: The run's seed.
        names: What the random numbers are for, such as `("shuffle", member, epoch)`.

    Returns:
        An integer in [0, 2**63).

    Example:
        >>> derive_seed(0, "split") == derive_seed(0, "split")
        True
        >>> derive_seed(0, "split") == derive_seed(0, "shuffle")
        False
    """
    text = "\x1f".join([str(seed), *(str(name) for name in names)])
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") >> 1
