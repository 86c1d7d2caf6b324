"""Picture files as arrays of one size: read with limits, turned upright, grey where all of them are.

Pillow decodes. A file that it cannot decode is left out and told; one that would become enormous is refused, since a
few bytes can stand for more than any memory holds.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from netwright.base.errors import DataError
from netwright.base.figures import count, listing
from netwright.base.finding import Finding
from netwright.base.memory import free_bytes, refuse_too_large

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

#: Endings of the files that are taken for pictures, and the formats that Pillow may take them for.
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm", ".pbm")
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
#: The longest side of a picture as networks read it, where the user names no other.
LONGEST_SIDE = 64
#: A picture of more pixels is refused, and a file of more bytes.
_MOST_PIXELS, _MOST_BYTES = 64_000_000, 1 << 28
#: Bytes in memory for a byte of a picture while it is read.
_MEMORY_A_BYTE = 3
#: The EXIF entry that says how a camera was held, and its values for pictures that lie on their side.
_ORIENTATION, _ON_ITS_SIDE = 0x0112, (5, 6, 7, 8)
_GREY_MODES = frozenset({"1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L"})
_SHOWN_FILES, _SHOWN_SIZES = 5, 3

#: Channels, height and width of a picture.
Shape = tuple[int, int, int]
T = TypeVar("T")


@dataclass(frozen=True)
class Pictures:
    """Pictures brought to one size.

    Args:
        array: uint8; (n_pictures, channels, height, width).
        read: Whether each file became a picture; (n_files,).
        broken: Names of the others with the reason.
        told: What was done, in a few words each.
        notes: Sentences the user should read.
    """

    array: np.ndarray
    read: np.ndarray
    broken: tuple[tuple[str, str], ...]
    told: tuple[str, ...]
    notes: tuple[str, ...]

    def findings(self) -> tuple[Finding, ...]:
        """A warning where files are broken."""
        if not self.broken:
            return ()
        shown = listing([f"{name} ({why})" for name, why in self.broken], _SHOWN_FILES)
        n_broken, n_files = len(self.broken), len(self.read)
        return (
            Finding(
                code="broken-pictures",
                where="data",
                severity="warning",
                message=f"{n_broken:,} of {count(n_files, 'picture')} cannot be read: left out: {shown}",
                advice="save them again from where they came, or delete them",
                evidence={"files": [name for name, _ in self.broken[:_SHOWN_FILES]], "broken": n_broken, "of": n_files},
            ),
        )


def is_picture(path: Path) -> bool:
    """Whether a file is called like a picture.

    Example:
        >>> is_picture(Path("cats/Tom.JPG")), is_picture(Path("cats/Thumbs.db"))
        (True, False)
    """
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def read_pictures(
    paths: Sequence[Path], names: Sequence[str], shape: Shape | None = None, longest: int | None = None
) -> Pictures:
    """The pictures in some files, at one size.

    Args:
        paths: The files.
        names: What messages call them.
        shape: Channels, height and width as a model reads them; None finds them: the most frequent size, scaled down to
            at most `longest` a side, in grey where no picture has colours.
        longest: The longest side; None is `LONGEST_SIDE`.

    Raises:
        DataError: A picture would be enormous, or none can be read.
    """
    import numpy as np

    broken: dict[int, str] = {}
    outlines: dict[int, tuple[int, int, bool]] = {}
    for number, (path, name) in enumerate(zip(paths, names, strict=True)):
        found = _attempt(path, name, _outline)
        if isinstance(found, str):
            broken[number] = found
        else:
            outlines[number] = found
    sizes = Counter((height, width) for height, width, _ in outlines.values())
    colour = any(not grey for _, _, grey in outlines.values())
    wanted = shape or ((3 if colour else 1, *_common_size(sizes, longest or LONGEST_SIDE)) if sizes else (1, 1, 1))
    _refuse_many(len(outlines), wanted)
    array = np.zeros((len(outlines), *wanted), dtype=np.uint8)
    n_read = 0
    for number in outlines:
        pixels = _attempt(paths[number], names[number], lambda image: _pixels(image, wanted))
        if isinstance(pixels, str):
            broken[number] = pixels
            continue
        array[n_read], n_read = pixels, n_read + 1
    array = array[:n_read]
    if not n_read:
        shown = listing([f"{names[number]} ({why})" for number, why in sorted(broken.items())], _SHOWN_FILES)
        raise DataError(f"the pictures must be files that can be read, got none of {len(paths):,}: {shown}.")
    if shape is None:
        array = without_colours(array)
    read = np.array([number not in broken for number in range(len(paths))])
    said = tuple((names[number], why) for number, why in sorted(broken.items()))
    return Pictures(array, read, said, shape_told(array), _sizes_note(sizes, array.shape[2:]))


def without_colours(array: np.ndarray) -> np.ndarray:
    """One channel in place of three that are alike in every picture.

    Args:
        array: (n_pictures, channels, height, width).
    """
    alike = array.shape[1] == 3 and bool((array[:, 1:] == array[:, :1]).all())
    return array[:, :1] if alike else array


def shape_told(array: np.ndarray) -> tuple[str, ...]:
    """Number, size and colours of some pictures, in a few words each."""
    n_pictures, channels, height, width = array.shape
    return count(n_pictures, "picture"), f"{height} x {width}", "grey" if channels == 1 else "colour"


def resized(array: np.ndarray, longest: int | None, shape: Shape | None = None) -> np.ndarray:
    """Pictures in memory, scaled down where a side is too long, or to the shape of a model.

    Args:
        array: uint8; (n_pictures, channels, height, width).
        longest: The longest side; None is `LONGEST_SIDE`.
        shape: Channels, height and width as a model reads them; None finds them.
    """
    import numpy as np
    from PIL import Image

    n_pictures, channels, height, width = array.shape
    wanted = shape or (channels, *_scaled((height, width), longest or LONGEST_SIDE))
    if wanted == array.shape[1:]:
        return array
    small = np.zeros((n_pictures, *wanted), dtype=np.uint8)
    for number, picture in enumerate(array):
        image = Image.fromarray(picture[0] if channels == 1 else np.moveaxis(picture, 0, 2))
        small[number] = _pixels(image, wanted)
    return small


def _common_size(sizes: Counter[tuple[int, int]], longest: int) -> tuple[int, int]:
    """The most frequent height and width, of several the largest, scaled down where a side is too long."""
    return _scaled(max(sizes, key=lambda size: (sizes[size], size)), longest)


def _scaled(size: tuple[int, int], longest: int) -> tuple[int, int]:
    factor = min(1.0, longest / max(size))
    height, width = (max(1, round(side * factor)) for side in size)
    return height, width


def _sizes_note(sizes: Counter[tuple[int, int]], size: tuple[int, ...]) -> tuple[str, ...]:
    height, width = size
    if set(sizes) <= {(height, width)}:
        return ()
    ordered = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    shown = listing([f"{h} x {w}" for (h, w), _ in ordered], _SHOWN_SIZES)
    return (
        f"pictures of {count(len(sizes), 'size')} ({shown}) brought to {height} x {width} (height x width); "
        f"--image-size sets the longest side.",
    )


def _refuse_many(n_pictures: int, shape: Shape) -> None:
    channels, height, width = shape
    needed = _MEMORY_A_BYTE * n_pictures * channels * height * width
    what = f"pictures must fit the memory, but {n_pictures:,} of {height} x {width} need"
    refuse_too_large(what, needed, free_bytes(), "Pass a smaller --image-size, or fewer pictures.")


def _attempt(path: Path, name: str, look: Callable[[Image], T]) -> T | str:
    """What a look at a picture gives, or in a few words why there is none.

    Raises:
        DataError: It would become enormous.
    """
    from PIL import Image

    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _enormous(name, f"{path.stat().st_size:,} bytes")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its doubts about metadata, and about sizes, which are looked at below
            with Image.open(path, formats=_FORMATS) as image:
                if image.width * image.height > _MOST_PIXELS:
                    raise _enormous(name, f"{image.width:,} x {image.height:,}")
                return look(image)
    except DataError:
        raise
    except Image.DecompressionBombError as error:
        raise _enormous(name, "more than Pillow reads") from error
    except Image.UnidentifiedImageError:
        return "no picture"
    except OSError as error:
        return (error.strerror or str(error) or "damaged").split("\n")[0][:80].lower()
    except Exception:  # a decoder meets a damaged file in more ways than it has names for
        return "damaged"


def _enormous(name: str, got: str) -> DataError:
    return DataError(
        f"picture {name} must have at most {_MOST_PIXELS:,} pixels, got {got}. Make it smaller, or take it away."
    )


def _outline(image: Image) -> tuple[int, int, bool]:
    """Height and width once it stands upright, and whether it surely has no colours."""
    turned = image.getexif().get(_ORIENTATION) in _ON_ITS_SIDE
    height, width = (image.width, image.height) if turned else (image.height, image.width)
    return height, width, image.mode in _GREY_MODES


def _pixels(image: Image, shape: Shape) -> np.ndarray:
    """The picture upright, on white where it is transparent, at this size; uint8, (channels, height, width)."""
    import numpy as np
    from PIL import Image, ImageOps

    channels, height, width = shape
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # sixteen bits of grey
        numbers = np.asarray(image, dtype=np.int64)
        image = Image.fromarray((np.clip(numbers, 0, 65_535) >> 8).astype(np.uint8))
    elif image.mode == "F":
        raise ValueError("floats have no range that is known")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (255, 255, 255, 255)), image)
    image = image.convert("L" if channels == 1 else "RGB")
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
    pixels = np.asarray(image, dtype=np.uint8)
    return pixels[None] if channels == 1 else np.moveaxis(pixels, 2, 0)
