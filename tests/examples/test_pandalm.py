"""The demonstration on PandaLM, whole: over HTTP into the service as it is served."""

import json
import subprocess
import sys

import pytest

from tests.architecture.sources import ROOT
from tests.faults.processes import Web
from tests.world import SECRET

PEOPLE = [f"pandalm-annotator-{number}" for number in (1, 2, 3)]


@pytest.fixture
def service(app, environment, tmp_path):
    web = Web({**environment, "WEB_WORKERS": "1", "WEB_THREADS": "4"}, log=tmp_path / "web.log")
    web.begin()
    web.wait_ready()
    yield web
    web.stop()


def load(service):
    command = [sys.executable, "examples/pandalm/load.py", "--url", service.url]
    done = subprocess.run(
        [*command, "--secret", SECRET], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_pandalms_judgements_come_in_over_http_and_show_their_published_agreement(service, vera):
    told = load(service)
    assert (told["imported"], told["judgements"]) == (999, 2997)
    found = vera.read("/insights/agreement", model_id="pandalm/testset-v1")["preferences"]
    assert found == told["preferences"]
    kappas = {(one["one"], one["other"]): round(one["kappa"], 2) for one in found["pairs"]}
    first, second, third = PEOPLE
    assert kappas == {(first, second): 0.85, (first, third): 0.88, (second, third): 0.86}
    assert [found[f"majority_{label}"] for label in ("tie", "first", "second")] == [105, 422, 472]
    assert (found["majority_both_bad"], found["majority_none"]) == (0, 0)
    assert (found["judgements"], found["shared"], found["unanimous"]) == (2997, 999, 879)
    assert round(found["krippendorff_alpha"], 4) == 0.8642
    part = {"part": "preference_pairs", "format": "csv", "model_id": "pandalm/testset-v1"}
    lines = vera.get("/insights/agreement", query_string=part).text.splitlines()
    assert lines[0].startswith('"one","other","items"')
    assert len(lines) == 4


def test_what_cannot_be_signed_for_is_said_before_anything_is_sent():
    command = [sys.executable, "examples/pandalm/load.py", "--admin-token", "x"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env={})
    assert done.returncode == 2
    assert "--secret is needed" in done.stderr
