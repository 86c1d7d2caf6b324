"""idx files, the form in which MNIST and its relatives are given away: pictures in one file, labels in another."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from netwright.base.errors import DataError
from netwright.base.figures import count
from netwright.base.table import Provenance, Table
from netwright.sources.contract import ReadOptions, Source, is_path
from netwright.sources.files import read_file
from netwright.sources.picture_table import LABEL, picture_table
from netwright.sources.pictures import resized, shape_told
from netwright.sources.registry import source

if TYPE_CHECKING:
    import numpy as np

_PICTURES = re.compile(r"(?P<before>.*)images(?P<between>[-_.])idx[34](?P<after>[-_.]ubyte(\.gz)?)", re.IGNORECASE)
#: Two zero bytes, then the type of the numbers (unsigned bytes), then how many axes there are.
_BYTES_TYPE = 0x08
_HEAD = 4


@source("idx")
class IdxSource(Source):
    """A folder of idx files, or the file of their pictures; labels are those of the file beside it."""

    obeys: ClassVar[frozenset[str]] = frozenset({"image_size"})

    def accepts(self, data: object) -> bool:
        """A file called like one of pictures, or a folder with such a file."""
        if not is_path(data):
            return False
        path = Path(os.fspath(data)).expanduser()  # type: ignore[call-overload]
        return bool(_picture_files(path)) if path.is_dir() else _PICTURES.fullmatch(path.name) is not None

    def target(self, data: object) -> str | None:
        """The label, where there is a file of labels."""
        return LABEL if _labels_beside(_picture_file(data)) is not None else None

    def parts(self, data: object) -> tuple[object, object] | None:
        """The files of training and of test pictures, where a folder holds one of each."""
        return idx_parts(data)

    def read(self, data: object, options: ReadOptions) -> Table:
        """The pictures of the file (of a folder that of training), with the labels of the file beside it."""
        path = _picture_file(data)
        file = read_file(path)
        pictures = _unpacked(file.data, path.name, (3, 4))
        if pictures.ndim == 3:
            pictures = pictures[:, None]
        elif pictures.shape[3] in (1, 3):  # colours stand last
            pictures = pictures.transpose(0, 3, 1, 2)
        if pictures.shape[1] not in (1, 3) or 0 in pictures.shape:
            raise DataError(f"{path.name} must hold pictures in grey or of 3 colours, got {pictures.shape}.")
        pictures = resized(pictures, options.image_size, options.shape)
        labels_at, labels, prints = _labels_beside(path), None, file.fingerprint
        if labels_at is not None:
            of_labels = read_file(labels_at)
            numbers = _unpacked(of_labels.data, labels_at.name, (1,))
            if len(numbers) != len(pictures):
                raise DataError(
                    f"{labels_at.name} must hold a label for each of the {count(len(pictures), 'picture')} of "
                    f"{path.name}, got {len(numbers):,}. Take the two files of one data set."
                )
            labels, prints = [str(number) for number in numbers.tolist()], f"{prints}{of_labels.fingerprint}"
        folder = path.absolute().parent.name
        told = (*shape_told(pictures), "idx")
        provenance = Provenance(f"{folder}/{path.name}", folder, told, "--image-size", fingerprint=prints)
        return picture_table(pictures, None, labels, provenance)


def idx_parts(data: object) -> tuple[Path, Path] | None:
    """The files of training and test pictures in a folder that holds one of each.

    Args:
        data: Whatever the user named.
    """
    if not is_path(data) or not Path(os.fspath(data)).expanduser().is_dir():  # type: ignore[call-overload]
        return None
    files = _picture_files(Path(os.fspath(data)).expanduser())  # type: ignore[call-overload]
    train = [path for path in files if "train" in path.name.lower()]
    test = [path for path in files if "t10k" in path.name.lower() or "test" in path.name.lower()]
    return (train[0], test[0]) if len(train) == len(test) == 1 else None


def _picture_files(folder: Path) -> list[Path]:
    """The files of pictures in a folder; of one that lies there packed and unpacked the unpacked one."""
    found = sorted(path for path in folder.iterdir() if _PICTURES.fullmatch(path.name) and path.is_file())
    plain = {path.name for path in found}
    return [path for path in found if path.suffix.lower() != ".gz" or path.stem not in plain]


def _picture_file(data: object) -> Path:
    """The file of pictures that `data` names, of a folder that of training."""
    path = Path(os.fspath(data)).expanduser()  # type: ignore[call-overload]
    if not path.is_dir():
        return path
    parts = idx_parts(path)
    return parts[0] if parts else _only(path)


def _only(folder: Path) -> Path:
    files = _picture_files(folder)
    if len(files) == 1:
        return files[0]
    names = ", ".join(path.name for path in files)
    raise DataError(f"{folder} must hold one idx file of pictures, or one of train and one of t10k, got {names}.")


def _labels_beside(path: Path) -> Path | None:
    """The file of labels that belongs to a file of pictures."""
    named = _PICTURES.fullmatch(path.name)
    if named is None:
        return None
    plain = re.sub(r"\.gz$", "", named["after"], flags=re.IGNORECASE)
    wanted = {f"{named['before']}labels{named['between']}idx1{plain}{packed}".lower() for packed in ("", ".gz")}
    found = sorted(own for own in path.absolute().parent.iterdir() if own.name.lower() in wanted)
    return found[0] if found else None


def _unpacked(raw: bytes, name: str, axes: tuple[int, ...]) -> np.ndarray:
    """The numbers of an idx file, which say their shape and nothing more.

    Raises:
        DataError: It is no idx file of bytes with so many axes, or damaged.
    """
    import numpy as np

    n_axes = raw[3] if len(raw) >= _HEAD else 0
    if len(raw) < _HEAD + 4 * n_axes or raw[:2] != b"\0\0" or raw[2] != _BYTES_TYPE or n_axes not in axes:
        kinds = " or ".join(map(str, axes))
        raise DataError(
            f"{name} must be an idx file of bytes with {kinds} axes, got something else. Download it again, or check "
            "that it is what its name says."
        )
    begin = _HEAD + 4 * n_axes
    shape = tuple(int(side) for side in np.frombuffer(raw[_HEAD:begin], ">u4"))
    needed = 1
    for side in shape:
        needed *= side
    if needed != len(raw) - begin:
        raise DataError(f"{name} must hold {needed:,} numbers as it says itself, got {len(raw) - begin:,}: damaged.")
    return np.frombuffer(raw, np.uint8, offset=begin).reshape(shape)
