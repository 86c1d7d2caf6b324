"""Korean product reviews, made up from parts of sentences: a small example of free text with a label."""

from __future__ import annotations

import numpy as np
import polars as pl

from netwright.base.seeds import derive_seed

#: What is talked about, with its particle; each can be praised and blamed in several ways, with negations.
_ASPECTS = {
    "배송이": (("정말 빨라요", "빠르고 좋네요", "하루 만에 왔어요", "생각보다 빨랐습니다"),
             ("너무 늦어요", "빠르지 않네요", "일주일이나 걸렸어요", "약속보다 늦었습니다")),
    "포장이": (("꼼꼼해요", "깔끔하게 왔습니다", "튼튼하네요"),
             ("엉망이에요", "꼼꼼하지 않습니다", "다 찢어져 왔네요")),
    "품질이": (("훌륭합니다", "기대 이상이에요", "좋아서 놀랐어요", "가격보다 낫네요"),
             ("형편없습니다", "기대 이하예요", "좋지 않아서 실망했어요", "가격만 못하네요")),
    "색상이": (("화면과 같아요", "예쁘고 마음에 들어요", "은은해서 좋아요"),
             ("화면과 달라요", "예쁘지 않고 칙칙해요", "바래서 싫어요")),
    "상담이": (("친절했어요", "빠르고 정확했습니다"), ("불친절했어요", "느리고 답답했습니다")),
}
_FILLERS = ("처음 주문해 봤는데", "두 번째 구매인데", "부모님 선물로 샀는데", "할인할 때 샀는데", "급하게 필요해서 샀는데", "")
_ENDS = ("", "", "ㅎㅎ", "!!", "참고하세요.", "ㅠㅠ", "다음에는 글쎄요.", "또 올게요.")


def korean_reviews(n_rows: int = 1_200, seed: int = 0) -> pl.DataFrame:
    """Reviews with a price, days of delivery, and whether the buyer was content (만족) or not (불만).

    A buyer is content by what they praise and blame, by the days that the parcel took, and by chance; the words tell
    most of it, the days some more.

    Args:
        n_rows: How many.
        seed: Of all that is drawn.
    """
    rng = np.random.default_rng(derive_seed(seed, "korean reviews"))
    rows = []
    for _ in range(n_rows):
        days, price = int(rng.integers(1, 10)), int(rng.integers(10, 200)) * 500
        mood = rng.normal()
        praised = 0.0
        parts = [str(rng.choice(_FILLERS))]
        for aspect in rng.choice(list(_ASPECTS), size=rng.integers(1, 4), replace=False):
            good = bool(mood + 1.2 * rng.normal() > 0)
            praised += 1.0 if good else -1.0
            parts.append(f"{aspect} {rng.choice(_ASPECTS[aspect][0 if good else 1])}")
        parts.append(str(rng.choice(_ENDS)))
        content = 1.6 * praised - 0.5 * (days - 5) + 0.7 * rng.normal() > 0
        rows.append((" ".join(part for part in parts if part), days, price, "만족" if content else "불만"))
    return pl.DataFrame(rows, schema=["후기", "배송일수", "가격", "평가"], orient="row")
