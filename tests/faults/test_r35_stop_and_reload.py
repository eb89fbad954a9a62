"""R35: a stop finishes what is in flight, and a reload is not noticed."""

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.installation import SETTINGS
from tests.faults.load import Load
from tests.model_side import MODEL, Reply
from tests.sizes import size
from tests.waiting import eventually

HELD = 6


def test_r35_a_stop_under_load_finishes_what_is_in_flight(installation, model_side, ledger):
    gate = threading.Event()
    held = {"query": "Hold this."}
    model_side.query_reply = lambda body: Reply(
        [{"generated_text": "Done."}], gate=gate if body == held else None
    )
    caller = installation.caller("patient")
    paths = [
        f"/interactions/{caller.made('/interactions', {'model_id': MODEL})['id']}/prompts"
        for _ in range(HELD)
    ]
    with Load(installation.web.url, ledger, tries=1) as load, ThreadPoolExecutor(HELD) as people:
        load.successes(10)
        waiting = [people.submit(caller.post, path, {"content": held["query"]}) for path in paths]
        eventually(lambda: sum(body == held for _, body in model_side.calls) == HELD)
        began = time.monotonic()
        installation.web.signal(signal.SIGTERM)
        eventually(lambda: load.refused)
        gate.set()
        assert [one.result(30).status for one in waiting] == [201] * HELD
    eventually(lambda: installation.web.poll() is not None)
    code, seconds = installation.web.poll(), time.monotonic() - began
    installation.web.begin()
    installation.web.wait_ready()
    assert code == 0
    assert seconds < float(SETTINGS["GRACEFUL_SECONDS"])
    assert (set(load.statuses), load.dropped) == ({201}, 0)
    findings = ledger.compare(installation.stored(load))
    assert findings.faultless, findings
    assert not findings.recovered


@pytest.mark.long
def test_r35_reloads_under_load_fail_no_request(installation, ledger):
    web = installation.web
    with Load(web.url, ledger, tries=1) as load:
        for _ in range(size(2, 20)):
            load.successes(10)
            before = set(web.worker_pids())
            web.signal(signal.SIGHUP)
            eventually(lambda: len(web.worker_pids()) == 2 and not before & set(web.worker_pids()))  # noqa: B023
        load.successes(10)
    assert (set(load.statuses), load.dropped, load.refused) == ({201}, 0, 0)
    findings = ledger.compare(installation.stored(load))
    assert findings.faultless, findings
    assert not findings.recovered
