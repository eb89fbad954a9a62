"""The form every file keeps: short, named after a noun, opened by a sentence."""

import ast

from tests.architecture.sources import SOURCES, functions, named, parsed, python_files

FILES = python_files(*SOURCES)
MODULES = FILES + python_files("tests")


def test_a_file_has_at_most_250_lines():
    sizes = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: size for name, size in sizes.items() if size > 250} == {}


def test_a_function_has_at_most_50_lines():
    sizes = {
        (named(path), node.name): node.end_lineno - node.lineno + 1
        for path in FILES
        for node in functions(path)
    }
    assert {name: size for name, size in sizes.items() if size > 50} == {}


def test_a_module_opens_with_one_sentence():
    first = {
        named(path): (ast.get_docstring(parsed(path)) or "").split("\n\n")[0] for path in MODULES
    }
    assert [name for name, sentence in first.items() if not sentence.endswith(".")] == []


def test_a_module_is_named_after_what_it_holds():
    nothing = {"helper", "helpers", "common", "misc", "util", "utils"}
    assert [named(path) for path in MODULES if path.stem in nothing] == []


def test_imports_name_what_they_want():
    starred = [
        (named(path), node.module)
        for path in python_files("app")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == "*"
    ]
    assert starred == []
