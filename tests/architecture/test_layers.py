"""What a layer may do, where import-linter cannot see it."""

import ast
import sys

import pytest

from tests.architecture.sources import functions, imported, named, parsed, python_files

DOMAIN_MAY_IMPORT = sys.stdlib_module_names | {"numpy"}
OUTSIDE = {"ftplib", "http.client", "smtplib", "urllib.request", "xmlrpc"}


def _is_outside(name):
    return any(name == door or name.startswith(f"{door}.") for door in OUTSIDE)


@pytest.mark.parametrize("path", python_files("app/domain"), ids=named)
def test_the_domain_imports_the_standard_library_and_numpy_only(path):
    own = ("app.domain", "app.errors", "app.utils")
    others = {name for name in imported(path) if not name.startswith(own)}
    assert {name.split(".")[0] for name in others} <= DOMAIN_MAY_IMPORT


@pytest.mark.parametrize("path", python_files("app/utils"), ids=named)
def test_utils_import_nothing_of_ours(path):
    assert {name for name in imported(path) if name.startswith("app")} == set()


@pytest.mark.parametrize(
    "path",
    [p for p in python_files("app") if "app/clients/" not in p.as_posix()],
    ids=named,
)
def test_only_clients_open_a_connection(path):
    assert {name for name in imported(path) if _is_outside(name)} == set()


@pytest.mark.parametrize("path", python_files("app"), ids=named)
def test_only_the_clock_asks_what_time_it_is(path):
    if named(path) == "app/utils/clock.py":
        return
    asked = {
        node.attr
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "utcnow", "today"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"datetime", "date"}
    }
    assert asked == set()


@pytest.mark.parametrize("path", python_files("app/services", "app/models"), ids=named)
def test_services_and_tables_leave_the_commit_to_the_edge(path):
    called = {
        node.func.attr
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert called & {"commit", "rollback"} == set()


@pytest.mark.parametrize("path", python_files("app/services"), ids=named)
def test_a_public_service_takes_its_arguments_by_name(path):
    loose = {
        node.name: [argument.arg for argument in node.args.args]
        for node in functions(path)
        if node in parsed(path).body and not node.name.startswith("_") and len(node.args.args) > 1
    }
    assert loose == {}


# They call out between two transactions, read in batches, or ask whether there is a
# database at all. Everybody else is handed a session and leaves the commit to the edge.
OWN_TRANSACTIONS = {
    "answers.erase",
    "asking.answer",
    "asking.answered",
    "cancelling.cancel",
    "completions.begin",
    "contents.collected",
    "contents.frozen",
    "contents.walked",
    "contributions.tell",
    "erasing.erase",
    "dataset_rows.iterate_rows",
    "entry_lines.iterate_lines",
    "export_log.logged",
    "exports.content",
    "exporting.content",
    "files.settle",
    "files.write_head",
    "files.write_rows",
    "freezing.freeze",
    "feedback_imports.import_feedback",
    "large_reads.batch",
    "imports.import_conversations",
    "personal_data.files",
    "point_rebuild.rebuild",
    "planning.split",
    "planning.thin",
    "previews.preview",
    "reliabilities.measure",
    "signals.look",
    "vote_comparison.compare",
    "readiness.broken_promises",
    "readiness.database_state",
    "retention.apply",
    "reweighing.reweigh",
    "sealing.tree",
    "summarising.summarise",
    "streaming.begin",
}


def test_few_services_open_their_own_transactions():
    openers = {
        f"{path.stem}.{node.name}"
        for path in python_files("app/services")
        for node in functions(path)
        for argument in node.args.args + node.args.kwonlyargs
        if argument.annotation and ast.unparse(argument.annotation) == "Transactions"
        if not node.name.startswith("_")
    }
    assert openers == OWN_TRANSACTIONS


def _is_view(node):
    calls = [one.func for one in node.decorator_list if isinstance(one, ast.Call)]
    return any(isinstance(func, ast.Attribute) for func in calls)


@pytest.mark.parametrize("path", python_files("app/api"), ids=named)
def test_a_view_has_at_most_12_lines(path):
    sizes = {
        node.name: node.end_lineno - node.body[has_docstring].lineno + 1
        for node in functions(path)
        if _is_view(node)
        for has_docstring in [ast.get_docstring(node) is not None]
        if len(node.body) > has_docstring
    }
    assert {name: size for name, size in sizes.items() if size > 12} == {}
