"""The table of the course: 400 flats that a short program made, so that everyone may have them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

N_ROWS = 400
_WORTH = {"Harbour": 9.0, "Hill": 5.5, "Park": 7.0, "Station": 6.2}


def write_flats(path: Path) -> None:
    """Write `flats.csv`: area [m2], rooms, floor, built [year], district, parking and the price [million won].

    New flats are dear, and very old ones too, since they wait to be built anew: no straight line says that. A few cells
    are empty, as in every real table.
    """
    rng = np.random.default_rng(20240301)
    area = rng.uniform(26, 135, N_ROWS).round(1)
    rooms = np.clip(np.round(area / 32 + rng.normal(0, 0.5, N_ROWS)), 1, 5).astype(int)
    floor = rng.integers(1, 26, N_ROWS)
    built = rng.integers(1975, 2025, N_ROWS)
    district = rng.choice(sorted(_WORTH), N_ROWS, p=[0.2, 0.3, 0.25, 0.25])
    parking = rng.choice(["no", "yes"], N_ROWS, p=[0.35, 0.65])
    age = 2025 - built
    by_age = 1.25 - 0.028 * age + 0.00062 * age**2
    worth = np.array([_WORTH[name] for name in district])
    price = area * worth * by_age * (1 + 0.006 * floor) + 40 * (parking == "yes")
    price = (price * np.exp(rng.normal(0, 0.07, N_ROWS))).round(0).astype(int)
    gaps = {name: rng.random(N_ROWS) < share for name, share in (("floor", 0.06), ("built", 0.04), ("district", 0.02))}
    lines = ["area,rooms,floor,built,district,parking,price"]
    for row in range(N_ROWS):
        cells = {"floor": floor[row], "built": built[row], "district": district[row]}
        kept = {name: "" if gaps[name][row] else str(value) for name, value in cells.items()}
        lines.append(
            f"{area[row]},{rooms[row]},{kept['floor']},{kept['built']},{kept['district']},{parking[row]},{price[row]}"
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
