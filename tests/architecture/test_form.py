"""The form every file keeps: short, named after a noun, opened by a sentence."""

import ast

import pytest

from tests.architecture.sources import SOURCES, functions, named, parsed, python_files

FILES = python_files(*SOURCES)
MODULES = FILES + python_files("tests")


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_has_at_most_250_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_function_has_at_most_50_lines(path):
    sizes = {node.name: node.end_lineno - node.lineno + 1 for node in functions(path)}
    assert {name: size for name, size in sizes.items() if size > 50} == {}


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_opens_with_one_sentence(path):
    first, *_ = (ast.get_docstring(parsed(path)) or "").split("\n\n")
    assert first, "a module says what it is"
    assert first.endswith("."), "its first sentence ends before anything else is said"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_is_named_after_what_it_holds(path):
    assert path.stem not in {"helper", "helpers", "common", "misc", "util", "utils"}


@pytest.mark.parametrize("path", python_files("app"), ids=named)
def test_imports_name_what_they_want(path):
    starred = [
        node.module
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == "*"
    ]
    assert starred == []
