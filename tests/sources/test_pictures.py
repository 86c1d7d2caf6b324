"""Picture files, folders of them, idx files and tables that name them."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from netwright.base.errors import DataError
from netwright.base.settings import Settings
from netwright.base.table import Table
from netwright.preparation.load import read_table, with_own_parts
from netwright.sources import pictures as module
from netwright.sources.contract import ReadOptions
from netwright.sources.pictures import read_pictures, resized
from netwright.sources.registry import open_conformed, open_table, parts_of, target_of
from tests.pictures import CLASSES, drawn, folder_of, save


def array_of(table: Table, name: str = "image") -> np.ndarray:
    return table[name].to_numpy().reshape(table.n_rows, *table.schema[name].shape)


def idx(path: Path, numbers: np.ndarray, packed: bool = False) -> Path:
    head = struct.pack(">BBBB", 0, 0, 8, numbers.ndim) + struct.pack(f">{numbers.ndim}I", *numbers.shape)
    raw = head + numbers.astype(np.uint8).tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(raw) if packed else raw)
    return path


class TestFolder:
    def test_folders_are_classes_and_nothing_of_a_picture_is_lost(self, tmp_path):
        table = open_table(folder_of(tmp_path / "동물", 10))
        pictures, truth = drawn(10)
        assert table.schema.names == ["file", "image", "label"]
        assert table["label"].to_list() == [CLASSES[1]] * 5 + [CLASSES[0]] * 5
        order = np.concatenate([np.flatnonzero(truth == 1), np.flatnonzero(truth == 0)])
        np.testing.assert_array_equal(array_of(table), pictures[order])
        assert table["file"][0] == "개/001.png"
        assert table.source.how == ("10 pictures", "12 x 12", "grey", "2 folders")
        assert target_of(tmp_path / "동물") == "label"

    def test_train_and_test_alone_are_a_given_split(self, tmp_path):
        folder_of(tmp_path / "set" / "train", 12)
        folder_of(tmp_path / "set" / "test", 6)
        data, settings = with_own_parts(tmp_path / "set", Settings())
        assert (data, settings.test_data) == (tmp_path / "set" / "train", tmp_path / "set" / "test")
        assert settings.target == "label"
        assert set(open_table(tmp_path / "set")["label"]) == set(CLASSES)  # as a whole, classes lie one level deeper
        assert open_table(data).source.stem == "set"
        folder_of(tmp_path / "set" / "more", 2)
        assert parts_of(tmp_path / "set") is None

    def test_pictures_without_folders_have_no_label(self, tmp_path):
        save(tmp_path / "a.png", drawn(1)[0][0])
        table = open_table(tmp_path)
        assert table.schema.names == ["file", "image"]
        assert target_of(tmp_path) is None
        assert open_table(tmp_path / "a.png").n_rows == 1

    def test_a_folder_without_pictures_is_told(self, tmp_path):
        (tmp_path / "notes.md").write_text("x")
        with pytest.raises(DataError, match="must be a file, got a folder"):
            open_table(tmp_path)

    def test_what_is_broken_is_left_out_and_told(self, tmp_path):
        folder_of(tmp_path, 10)
        (tmp_path / "개" / "empty.png").write_bytes(b"")
        whole = (tmp_path / "개" / "001.png").read_bytes()
        (tmp_path / "개" / "torn.png").write_bytes(whole[: len(whole) // 2])
        (tmp_path / "개" / "text.jpg").write_text("no picture")
        table = open_table(tmp_path)
        assert table.n_rows == 10
        (finding,) = table.findings
        assert (finding.code, finding.severity, finding.evidence["broken"]) == ("broken-pictures", "warning", 3)
        assert "개/text.jpg (no picture)" in finding.message

    def test_nothing_but_broken_files_is_the_users_error(self, tmp_path):
        (tmp_path / "a.png").write_bytes(b"nothing")
        with pytest.raises(DataError, match="must be files that can be read, got none of 1"):
            open_table(tmp_path)

    def test_an_enormous_picture_is_refused(self, tmp_path, monkeypatch):
        monkeypatch.setattr(module, "_MOST_PIXELS", 100)
        save(tmp_path / "a" / "bomb.png", drawn(1)[0][0])
        with pytest.raises(DataError, match=r"picture a/bomb.png must have at most 100 pixels, got 12 x 12"):
            open_table(tmp_path)

    def test_the_decoders_own_limit_is_a_message_too(self, tmp_path, monkeypatch):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
        save(tmp_path / "a" / "bomb.png", drawn(1)[0][0])
        with pytest.raises(DataError, match="must have at most"):
            open_table(tmp_path)

    def test_the_fingerprint_sees_bytes_and_names(self, tmp_path):
        prints = [open_table(folder_of(tmp_path / str(seed), 4, seed=seed)).source.fingerprint for seed in (0, 1)]
        assert open_table(folder_of(tmp_path / "again", 4)).source.fingerprint == prints[0] != prints[1]


class TestOneSize:
    def test_the_most_frequent_size_is_taken_and_told(self, tmp_path):
        for number, side in enumerate((10, 10, 20)):
            save(tmp_path / "a" / f"{number}.png", drawn(1, side=side)[0][0])
        table = open_table(tmp_path)
        assert table.schema["image"].shape == (1, 10, 10)
        assert "pictures of 2 sizes (10 x 10, 20 x 20) brought to 10 x 10" in table.source.notes[0]

    def test_long_sides_are_scaled_down(self, tmp_path):
        image = np.zeros((3, 100, 200), dtype=np.uint8)
        image[0] = 200
        save(tmp_path / "a" / "wide.png", image)
        assert open_table(tmp_path).schema["image"].shape == (3, 32, 64)
        assert open_table(tmp_path, ReadOptions(image_size=20)).schema["image"].shape == (3, 10, 20)

    def test_grey_in_three_channels_is_grey(self, tmp_path):
        grey = drawn(1)[0][0]
        save(tmp_path / "a" / "x.png", np.repeat(grey, 3, axis=0))
        table = open_table(tmp_path)
        np.testing.assert_array_equal(array_of(table)[0], grey)

    def test_a_single_colour_picture_makes_all_of_them_coloured(self, tmp_path):
        save(tmp_path / "a" / "grey.png", drawn(1)[0][0])
        save(tmp_path / "a" / "red.png", np.stack([np.full((12, 12), 255), *np.zeros((2, 12, 12))]).astype(np.uint8))
        assert open_table(tmp_path).schema["image"].shape == (3, 12, 12)

    def test_a_camera_held_on_its_side_is_set_right(self, tmp_path):
        image = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8))
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned by 90 degrees clockwise
        image.save(tmp_path / "a.png", exif=exif)
        table = open_table(tmp_path)
        assert table.schema["image"].shape == (1, 8, 6)
        np.testing.assert_array_equal(array_of(table)[0, 0], np.rot90(np.arange(48).reshape(6, 8), -1))

    def test_what_is_transparent_is_white(self, tmp_path):
        image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
        image.putpixel((1, 2), (10, 20, 30, 255))
        image.save(tmp_path / "a.png")
        pixels = array_of(open_table(tmp_path))[0]
        assert pixels[:, 0, 0].tolist() == [255, 255, 255]
        assert pixels[:, 2, 1].tolist() == [10, 20, 30]

    def test_palettes_and_sixteen_bits(self, tmp_path):
        palette = Image.fromarray(np.array([[[255, 0, 0], [0, 0, 255]]], dtype=np.uint8)).convert("P")
        palette.save(tmp_path / "p.png")
        assert array_of(open_table(tmp_path / "p.png"))[0, :, 0].T.tolist() == [[255, 0, 0], [0, 0, 255]]
        Image.fromarray(np.array([[0, 65_535], [256, 32_768]], dtype=np.uint16)).save(tmp_path / "deep.png")
        assert array_of(open_table(tmp_path / "deep.png"))[0, 0].tolist() == [[0, 255], [1, 128]]

    def test_pictures_in_memory_are_scaled_as_files_are(self, tmp_path):
        pictures = drawn(3, side=24)[0]
        paths = [save(tmp_path / f"{number}.png", picture) for number, picture in enumerate(pictures)]
        files = read_pictures(paths, [path.name for path in paths], longest=10)
        np.testing.assert_array_equal(resized(pictures, 10), files.array)


class TestIdx:
    def folder(self, path: Path, packed: bool = False) -> Path:
        end = ".gz" if packed else ""
        for part, n_pictures in (("train", 8), ("t10k", 4)):
            pictures, truth = drawn(n_pictures)
            idx(path / f"{part}-images-idx3-ubyte{end}", pictures[:, 0], packed)
            idx(path / f"{part}-labels-idx1-ubyte{end}", truth, packed)
        return path

    @pytest.mark.parametrize("packed", [False, True])
    def test_pairs_of_files(self, tmp_path, packed):
        folder = self.folder(tmp_path / "숫자", packed)
        data, settings = with_own_parts(str(folder), Settings())
        train, test = open_table(data), open_table(settings.test_data)
        pictures, truth = drawn(8)
        np.testing.assert_array_equal(array_of(train), pictures)
        assert train["label"].to_list() == [str(own) for own in truth]
        assert (test.n_rows, settings.target, train.source.stem) == (4, "label", "숫자")

    def test_without_labels_there_is_no_target(self, tmp_path):
        idx(tmp_path / "train-images-idx3-ubyte", drawn(3)[0][:, 0])
        assert target_of(tmp_path) is None
        assert open_table(tmp_path).schema.names == ["image"]

    def test_labels_of_another_length(self, tmp_path):
        idx(tmp_path / "train-images-idx3-ubyte", drawn(3)[0][:, 0])
        idx(tmp_path / "train-labels-idx1-ubyte", np.zeros(2))
        with pytest.raises(DataError, match="a label for each of the 3 pictures of .* got 2"):
            open_table(tmp_path)

    @pytest.mark.parametrize("raw", [b"", b"\0\0\x08", b"\0\0\x08\x03\0\0", b"no idx file at all"])
    def test_what_is_no_idx_file(self, tmp_path, raw):
        (tmp_path / "x-images-idx3-ubyte").write_bytes(raw)
        with pytest.raises(DataError, match="must be an idx file of bytes"):
            open_table(tmp_path)

    def test_a_shape_that_promises_more_than_there_is(self, tmp_path):
        head = struct.pack(">BBBBIII", 0, 0, 8, 3, 2**31, 2**31, 2**31)
        (tmp_path / "x-images-idx3-ubyte").write_bytes(head + b"\0" * 10)
        with pytest.raises(DataError, match="got 10: damaged"):
            open_table(tmp_path)


class TestPaths:
    def table(self, path: Path, n_pictures: int = 6) -> Path:
        pictures, truth = drawn(n_pictures)
        names = [save(path / "사진" / f"{n}.png", own).relative_to(path) for n, own in enumerate(pictures)]
        lines = [f"{name},{number},{truth[number]}" for number, name in enumerate(names)]
        (path / "list.csv").write_text("photo,weight,kind\n" + "\n".join(lines) + "\n", encoding="utf-8")
        return path / "list.csv"

    def test_a_column_of_paths_becomes_pictures(self, tmp_path):
        table = read_table(self.table(tmp_path), Settings(target="kind"))
        assert [column.kind for column in table.schema.columns][:2] == ["text", "image"]
        np.testing.assert_array_equal(array_of(table, "photo"), drawn(6)[0])
        assert table["file"][0] == "사진/0.png"
        assert any("read as 6 pictures" in note and "--kind photo=text" in note for note in table.source.notes)

    def test_the_user_keeps_the_names(self, tmp_path):
        table = read_table(self.table(tmp_path), Settings(target="kind", kind=("photo=category",)))
        assert table.schema["photo"].kind == "category"

    def test_rows_without_their_picture_are_left_out(self, tmp_path):
        path = self.table(tmp_path)
        (tmp_path / "사진" / "2.png").unlink()
        (tmp_path / "사진" / "3.png").write_bytes(b"broken")
        table = read_table(path, Settings(target="kind"))
        assert table.rows.tolist() == [0, 1, 4, 5]
        assert [finding.code for finding in table.findings] == ["broken-pictures"]
        assert any("1 row left out: no picture file" in note for note in table.source.notes)

    def test_later_tables_get_the_shape_of_training(self, tmp_path):
        table = read_table(self.table(tmp_path), Settings(target="kind", drop=("weight",)))
        schema = table.schema.with_roles({"photo": "feature", "kind": "target", "file": "left_out"})
        (tmp_path / "later").mkdir()
        save(tmp_path / "later" / "사진" / "9.png", drawn(1, side=30)[0][0])
        (tmp_path / "later" / "new.csv").write_text("photo,weight\n사진/9.png,1\n", encoding="utf-8")
        later = open_conformed(tmp_path / "later" / "new.csv", ReadOptions(), schema)
        assert array_of(later, "photo").shape == (1, 1, 12, 12)
        (tmp_path / "later" / "none.csv").write_text("photo,weight\nnothing.png,1\n", encoding="utf-8")
        with pytest.raises(DataError, match="must hold pictures of .* as in training, got no pictures"):
            open_conformed(tmp_path / "later" / "none.csv", ReadOptions(), schema)
