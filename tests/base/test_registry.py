from __future__ import annotations

import sys

import pytest

from netwright.base.errors import InternalError, PlanError


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of two modules, each of which enters itself."""
    folder = tmp_path / "zoo_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("from netwright.base.registry import Registry\n"
                                        "animals = Registry('animal', 'zoo_of_a_test')\n")  # fmt: skip
    for name in ("cat", "ant"):
        (folder / f"{name}.py").write_text(
            f"from zoo_of_a_test import animals\n@animals.register('{name}')\nclass Own: ...\n"
        )
    monkeypatch.syspath_prepend(tmp_path)
    import zoo_of_a_test

    yield zoo_of_a_test
    for name in [name for name in sys.modules if name.startswith("zoo_of_a_test")]:
        del sys.modules[name]


def test_modules_are_found_at_first_use(package):
    assert "zoo_of_a_test.cat" not in sys.modules
    assert package.animals.names() == ("ant", "cat")
    assert package.animals.get("cat") is sys.modules["zoo_of_a_test.cat"].Own
    assert [name for name, _ in package.animals.items()] == ["ant", "cat"]


def test_entries_of_outside_packages_are_found(package, monkeypatch):
    class Point:
        def load(self):
            package.animals.register("yak")(object)

    asked = []
    monkeypatch.setattr("netwright.base.registry.entry_points", lambda *, group: asked.append(group) or [Point()])
    assert package.animals.names() == ("ant", "cat", "yak")
    assert asked == ["netwright.animal"]


def test_what_ships_is_found_without_anything_foreign(package, monkeypatch):
    monkeypatch.setattr("netwright.base.registry.entry_points", lambda *, group: pytest.fail("it looked outside"))
    assert package.animals.shipped("cat") is sys.modules["zoo_of_a_test.cat"].Own
    package.animals.register("yak")(object)
    for name in ("yak", "os", "builtins.eval", "zoo_of_a_test.cat", "", None):
        with pytest.raises(PlanError, match=r"animal must be one of those of netwright, ant, cat, got"):
            package.animals.shipped(name)


def test_loads_once(package, monkeypatch):
    calls = []
    monkeypatch.setattr("netwright.base.registry.entry_points", lambda *, group: calls.append(group) or [])
    for _ in range(3):
        package.animals.names()
    assert len(calls) == 1


@pytest.mark.parametrize("name", ["dog", "", None, "CAT"])
def test_unknown_name(package, name):
    with pytest.raises(PlanError) as caught:
        package.animals.get(name)
    assert str(caught.value) == f"animal must be one of ant, cat, got {name!r}."


def test_two_entries_of_one_name(package):
    package.animals.register("dog")(int)
    package.animals.register("dog")(int)  # the same object twice does no harm: modules may be reloaded
    with pytest.raises(InternalError, match=r"two entries call themselves animal 'dog'.*report it"):
        package.animals.register("dog")(str)
    assert package.animals.get("dog") is int


def test_the_decorator_hands_its_object_back(package):
    def run(): ...

    assert package.animals.register("eel")(run) is run
