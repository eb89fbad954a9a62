"""Versions are frozen from what is there, the same for the same, and hold on to it."""

import io
import zipfile
from uuid import uuid4

import orjson
import pytest
from pyarrow import parquet
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db import transaction
from app.domain import merkle
from app.domain.frozen_file import verify
from app.services.frozen import files, versions
from app.utils.canonical_json import canonical_bytes
from tests.freezing import PATH, begin, download, exported, frozen, lines, rows
from tests.model_side import MODEL, Reply
from tests.proofs import proven_root
from tests.story import Story, settled
from tests.world import Person, problem

SHAPES = (
    *("entries", "raw", "sft", "chat", "preference", "kto", "attributes"),
    *("openai_chat", "openai_dpo", "sharegpt", "oasst", "feedback_log"),
)


@pytest.fixture
def story(app, model_side):
    made = Story(app, model_side)
    made.tell()
    return made


@pytest.fixture
def freeze(adam, work):
    return lambda **asked: frozen(adam, work, **asked)


@pytest.fixture(autouse=True)
def known(alice):
    """Let somebody speak to the model, so that it is one."""
    alice.interaction()


class TestAVersion:
    @pytest.mark.usefixtures("story")
    def test_says_what_it_is_made_of(self, freeze, adam):
        version = freeze(name="First", splits={"train": 8, "test": 2, "seed": 3})
        manifest = version["manifest"]
        assert version["rows"] == manifest["counts"]["rows"] == 18
        assert manifest["counts"]["entries"] == 10
        assert manifest["counts"]["preferences"] == 8
        assert manifest["counts"]["conversations"] == 2
        assert manifest["splits"]["asked"] == {"train": 0.8, "test": 0.2}
        assert sum(manifest["splits"]["rows"].values()) == 18
        assert manifest["merkle_root"] == version["merkle_root"]
        assert {one["name"] for one in manifest["dimensions"]} >= {"accuracy", "clarity"}
        none = [{"reason": name, "rows": 0} for name in ("near_duplicate", "personal_data")]
        assert manifest["dropped"] == none
        assert manifest["personal_data"] == {"policy": "off", "masked_rows": 0}
        assert manifest["consent_policies"] == [{"policy": "1", "rows": 18}]
        job = adam.read(f"/jobs/{version['job_id']}")
        assert (job["status"], job["result"]["rows"]) == ("succeeded", 18)
        assert job["progress"] == {"done": 36, "total": 36}

    @pytest.mark.usefixtures("story")
    def test_is_the_same_for_the_same_data(self, freeze, vera):
        one, other = freeze(name="One"), freeze(name="Other")
        assert one["merkle_root"] == other["merkle_root"]
        assert one["digest"] == other["digest"]
        first, second = (lines(download(vera, version).data)[1:] for version in (one, other))
        assert first == second

    @pytest.mark.usefixtures("story")
    def test_is_another_where_the_selection_is(self, freeze):
        everything, scored = freeze(), freeze(selection={"min_score": {"accuracy": 0.7}})
        assert scored["rows"] < everything["rows"]
        assert scored["merkle_root"] != everything["merkle_root"]
        dropped = {one["reason"]: one["rows"] for one in scored["manifest"]["dropped"]}
        assert dropped["min_score:accuracy"] > 0
        assert scored["selection"] == {"min_score": {"accuracy": 0.7}, "preferences": "include"}

    @pytest.mark.usefixtures("story")
    def test_keeps_every_condition_of_its_selection(self, freeze):
        asked = {
            "model_version": "none",
            "since": "2026-01-01T00:00:00Z",
            "until": "2030-01-01T00:00:00Z",
            "min_agreement": 0.5,
            "min_raters": 1,
            "language": "en",
            "tags": ["maths"],
            "intent": "learn",
            "preferences": "exclude",
        }
        version = freeze(selection=asked)
        assert version["rows"] == 0
        times = {"since": "2026-01-01T00:00:00+00:00", "until": "2030-01-01T00:00:00+00:00"}
        assert version["selection"] == version["manifest"]["selection"] == {**asked, **times}

    @pytest.mark.usefixtures("story")
    def test_is_asked_for_again_in_the_words_that_it_keeps(self, freeze):
        one = freeze(selection={"min_raters": 1, "preferences": "exclude"})
        other = freeze(selection=one["selection"])
        assert one["rows"] < freeze()["rows"]
        assert (other["selection"], other["digest"]) == (one["selection"], one["digest"])

    @pytest.mark.usefixtures("story")
    @pytest.mark.parametrize(("stored", "told"), [("true", "include"), ("false", "exclude")])
    def test_goes_on_with_a_selection_of_before_there_were_words(
        self, app, adam, work, freeze, stored, told
    ):
        begun = begin(adam)
        with app.app_context(), transaction() as session:
            said = {"said": f'{{"preferences": {stored}}}'}
            session.execute(text("UPDATE dataset_versions SET selection = :said"), said)
        work()
        version = adam.read(f"/dataset/versions/{begun['id']}")
        assert version["merkle_root"] == freeze(selection={"preferences": told})["merkle_root"]

    def test_of_nothing_has_the_root_of_nothing(self, freeze, vera):
        version = freeze()
        assert version["rows"] == 0
        assert verify(lines(download(vera, version).data)).faults == []

    def test_exports_what_the_live_export_does(self, story, freeze, vera):
        version = freeze()
        for shape in SHAPES:
            live = story.export(shape)
            ours = b"".join(
                orjson.dumps(one) + b"\n" for one in exported(vera, version, shape=shape)
            )
            assert sorted(settled_lines(ours)) == sorted(settled_lines(live)), shape

    def test_stays_as_it_is_whatever_comes_after(self, story, freeze, vera, adam):
        version = freeze()
        before = {shape: exported(vera, version, shape=shape) for shape in SHAPES}
        answer, *_ = story.answers("And another?", "Another.")
        story.rated(answer, rating="like")
        assert {shape: exported(vera, version, shape=shape) for shape in SHAPES} == before
        assert adam.read(f"/dataset/versions/{version['id']}") == version

    def test_exports_a_split_alone(self, alice, bob, vera, freeze):
        for person in (alice, bob):
            for question in ("What is a tree?", "Who wrote this?", "Why is it so?"):
                said = f"{person.name}: {question}"
                rated = person.feedback(person.exchange(said)["response"]["id"], rating="like")
                vera.verdict(rated["id"])
        shares = {"train": 1, "validation": 1, "test": 1}
        version = freeze(splits={**shares, "seed": 1})
        parts = {name: exported(vera, version, split=name) for name in shares}
        assert sum(map(len, parts.values())) == version["rows"] == 6
        assert {name: len(found) for name, found in parts.items()} == (
            version["manifest"]["splits"]["rows"]
        )
        folder = self.folder(vera, version)
        assert {name: folder[name].num_rows for name in shares} == {
            name: len(found) for name, found in parts.items()
        }
        assert folder.keys() == {*shares, "card"}
        for name, found in parts.items():
            assert f"- name: {name}\n    num_bytes: " in folder["card"]
            assert f"num_examples: {len(found)}" in folder["card"]
            assert self.folder(vera, version, split=name).keys() == {name, "card"}

    @staticmethod
    def folder(person, version, **query):
        """Return the tables of a folder by their splits, and its card."""
        path = f"/dataset/versions/{version['id']}/export"
        answer = person.get(path, query_string={"format": "hf", **query})
        assert all(name in answer.headers["Content-Disposition"] for name in query.values())
        with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
            tables = {
                name.removeprefix("data/").partition("-")[0]: parquet.read_table(
                    io.BytesIO(file.read(name))
                )
                for name in file.namelist()
                if name.startswith("data/")
            }
            return {**tables, "card": file.read("README.md").decode()}

    def test_leaves_near_duplicates_out_and_says_so(self, freeze, story):
        answer = "It is a tall plant with a trunk, which grows in woods and gardens alike."
        asked = (
            "What is a tree, where does it grow, how old does it become, and what is it good for?",
            "What is a tree, where does it grow, how old does it become and what is it good for?",
        )
        for question in (*asked, "What is a tree number 1?", "What is a tree number 2?"):
            found, *_ = story.answers(question, answer)
            story.rated(found, rating="like")
        version = freeze()
        near = version["manifest"]["near_duplicates"]
        assert (near["rows"], near["within_splits"], near["across_splits"]) == (1, 1, 0)
        assert version["rows"] == 18 + 3
        (example,) = near["examples"]
        assert example["prompt_id"] > example["like_prompt_id"], "the oldest stays"
        assert {"reason": "near_duplicate", "rows": 1} in version["manifest"]["dropped"]


def settled_lines(data):
    """Return the lines with their ids numbered and their keys in order."""
    told = (canonical_bytes(orjson.loads(line)) for line in data.splitlines())
    return [settled(line) for line in told]


class TestWhatCannotBeAskedFor:
    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ({"splits": {"train": 0, "test": 0}}, "splits._schema"),
            ({"splits": {"seed": 1}}, "splits._schema"),
            ({"splits": {"train": -1}}, "splits.train"),
            ({"splits": {"dev": 1}}, "splits.dev"),
            ({"selection": {"min_score": {f"d{n}": 1 for n in range(21)}}}, "selection.min_score"),
            ({"selection": {"min_score": [1]}}, "selection.min_score"),
            ({"selection": {"min_score": {"accuracy": 2}}}, "selection.min_score.accuracy.value"),
        ],
    )
    def test_is_refused_by_field(self, adam, asked, field):
        assert problem(adam.post(PATH, asked), 422)["errors"].keys() == {field}
        assert adam.read(PATH)["items"] == []


class TestPersonalData:
    @pytest.fixture
    def entries(self, alice, vera, model_side):
        for answer in ("Call +49 30 901820.", "Hello!"):
            model_side.query_reply = lambda _, said=answer: Reply([{"generated_text": said}])
            given = alice.feedback(alice.response()["id"], rating="like")
            vera.verdict(given["id"])

    def say(self, adam, pii):
        assert adam.put(f"/privacy/policies/{MODEL}", {"pii": pii}).status_code == 200

    @pytest.mark.usefixtures("entries")
    def test_is_masked_and_that_is_said(self, freeze, adam, vera):
        self.say(adam, "mask")
        version = freeze()
        assert version["manifest"]["personal_data"] == {"policy": "mask", "masked_rows": 1}
        contents = [row["row"]["content"] for row in rows(download(vera, version).data)]
        answers = {one["answers"][0]["content"]: one["masked"] for one in contents}
        (masks,) = [answers[said] for said in answers if said != "Hello!"]
        assert answers == {"Call [PHONE].": masks, "Hello!": []}
        assert [(one["kind"], one["count"]) for one in masks] == [("phone", 1)]
        assert b"901820" not in b"".join(lines(download(vera, version).data))

    @pytest.mark.usefixtures("entries")
    def test_stays_out_where_the_policy_says_so(self, freeze, adam, vera):
        self.say(adam, "drop")
        version = freeze()
        assert version["rows"] == 1
        assert {"reason": "personal_data", "rows": 1} in version["manifest"]["dropped"]
        (kept,) = rows(download(vera, version).data)
        assert kept["row"]["content"]["answers"][0]["content"] == "Hello!"


class TestRowsFromBeforeThereWereSalts:
    @pytest.mark.usefixtures("story")
    def test_get_theirs_and_keep_it(self, freeze, sql, vera):
        tables = ("dataset_entries", "preferences")
        for table in tables:
            sql(f"UPDATE {table} SET salt = NULL")
        one = freeze()
        kept = [sql(f"SELECT id, salt FROM {table} ORDER BY id") for table in tables]
        assert all(len(salt) == 32 for rows_ in kept for _, salt in rows_)
        assert len({bytes(salt) for rows_ in kept for _, salt in rows_}) == one["rows"] == 18
        assert verify(lines(download(vera, one).data), root=one["merkle_root"]).faults == []
        assert freeze()["merkle_root"] == one["merkle_root"]
        assert [sql(f"SELECT id, salt FROM {table} ORDER BY id") for table in tables] == kept


class TestItsFile:
    @pytest.mark.usefixtures("story")
    def test_proves_itself(self, freeze, vera):
        version = freeze()
        verdict = verify(
            lines(download(vera, version).data),
            root=version["merkle_root"],
            digest=version["digest"],
        )
        assert verdict.faults == []
        assert (verdict.rows, verdict.erased) == (version["rows"], 0)

    @pytest.mark.usefixtures("story")
    def test_is_continued_where_it_broke_off(self, freeze, vera, monkeypatch):
        monkeypatch.setattr(files, "PART", 7)
        version = freeze()
        whole = download(vera, version)
        assert whole.headers["Accept-Ranges"] == "bytes"
        tag = whole.headers["ETag"]
        size = len(whole.data)
        for start, end in ((0, 9), (10, size - 1), (200, 900), (size - 5, size + 100)):
            asked = {"Range": f"bytes={start}-{end}", "If-Range": tag}
            part = download(vera, version, headers=asked)
            assert part.status_code == 206
            assert part.data == whole.data[start : end + 1]
            last = min(end, size - 1)
            assert part.headers["Content-Range"] == f"bytes {start}-{last}/{size}"
        last = download(vera, version, headers={"Range": "bytes=-10"})
        assert last.data == whole.data[-10:]
        other = download(vera, version, headers={"Range": "bytes=5-9", "If-Range": '"other"'})
        assert (other.status_code, other.data) == (200, whole.data)
        several = download(vera, version, headers={"Range": "bytes=1-2,4-5"})
        assert (several.status_code, several.data) == (200, whole.data)
        beyond = download(vera, version, headers={"Range": f"bytes={size}-"})
        assert beyond.status_code == 416


class TestProofs:
    @pytest.mark.usefixtures("story")
    @pytest.mark.parametrize("block", [merkle.BLOCK, 4])
    def test_lead_from_each_row_to_the_root(self, freeze, vera, monkeypatch, block):
        for module in (merkle, versions):
            monkeypatch.setattr(module, "BLOCK", block)
        version = freeze()
        for row in rows(download(vera, version).data):
            said = row["row"]["content"]["said"]
            id_ = said.get("entry_id") or said["preference_id"]
            proof = vera.read(f"/dataset/versions/{version['id']}/proof/{id_}")
            assert proof["leaf"] == row["leaf"]
            found = proven_root(
                bytes.fromhex(proof["leaf"]),
                position=proof["position"],
                size=proof["rows"],
                path=[bytes.fromhex(one) for one in proof["path"]],
            )
            assert found.hex() == version["merkle_root"] == proof["merkle_root"]

    def test_there_is_none_of_what_is_not_there(self, freeze, vera):
        version = freeze()
        problem(vera.get(f"/dataset/versions/{version['id']}/proof/{uuid4()}"), 404)


class TestFrozenIsFrozen:
    CHANGES = (
        "UPDATE dataset_versions SET merkle_root = '\\x00'",
        "UPDATE dataset_versions SET manifest = '{}'",
        "UPDATE dataset_versions SET status = 'building'",
        "DELETE FROM dataset_versions",
        "UPDATE dataset_version_rows SET leaf = '\\x00'",
        "DELETE FROM dataset_version_rows",
        """INSERT INTO dataset_version_rows SELECT version_id, 1000, 1000, gen_random_uuid(),
        split, leaf FROM dataset_version_rows LIMIT 1""",
        "UPDATE dataset_version_contents SET content = '\\x00'",
        """INSERT INTO dataset_version_contents SELECT version_id, 1000, source_id, prompt_id,
        interaction_id, owner, rater, salt, content FROM dataset_version_contents LIMIT 1""",
    )

    @pytest.mark.usefixtures("story")
    def test_for_whoever_writes_to_the_tables(self, app, freeze):
        freeze()
        for change in self.CHANGES:
            with (
                app.app_context(),
                pytest.raises(DBAPIError, match=r"frozen version|never changed"),
                transaction() as session,
            ):
                session.execute(text(change))


class TestOneThatIsNotFrozenYet:
    def test_can_be_looked_at_and_nothing_else(self, adam):
        begun = begin(adam)
        path = f"/dataset/versions/{begun['id']}"
        version = adam.read(path)
        assert version["status"] == "building"
        assert version["rows"] is version["merkle_root"] is version["manifest"] is None
        for what in ("export", "export?shape=frozen", f"proof/{uuid4()}", f"diff/{begun['id']}"):
            problem(adam.get(f"{path}/{what}"), 409, "version_not_frozen")

    def test_one_that_nobody_asked_for_is_not_there(self, adam):
        for what in ("", "/export", f"/proof/{uuid4()}", f"/diff/{uuid4()}"):
            problem(adam.get(f"/dataset/versions/{uuid4()}{what}"), 404)


class TestTheList:
    def test_has_a_models_versions_newest_first(self, freeze, vera):
        made = [freeze(name=str(number))["id"] for number in range(3)]
        pages = list(vera.walk(PATH, limit=2))
        assert [one["id"] for page in pages for one in page] == made[::-1]
        assert vera.read("/dataset/model/other/model/versions")["items"] == []
        assert MODEL in PATH


def differences(vera, one, other):
    found = vera.read(f"/dataset/versions/{one['id']}/diff/{other['id']}")["items"]
    return {item["entry_id"]: (item["change"], item["reason"]) for item in found}


def given_on(person):
    interaction, *_ = person.read("/interactions")["items"]
    return interaction["id"]


class TestDifferences:
    def test_are_named_with_their_reasons(self, app, story, freeze, vera):
        one = freeze()
        answer, *_ = story.answers("What is new?", "This is.")
        added = story.rated(answer, rating="like")
        with app.app_context(), transaction() as session:
            gone = session.execute(
                text(
                    "UPDATE dataset_entries SET withdrawn_at = now() WHERE id = "
                    "(SELECT min(CAST(id AS text)) FROM dataset_entries)::uuid RETURNING id"
                )
            ).scalar_one()
        other = freeze(splits={"test": 1})
        pages = list(vera.walk(f"/dataset/versions/{one['id']}/diff/{other['id']}", limit=5))
        found = {item["entry_id"]: item for page in pages for item in page}
        assert len(found) == sum(map(len, pages)) == 19
        assert found[added]["change"] == "added"
        assert found[added]["reason"] == "new"
        assert found[str(gone)]["change"] == "removed"
        assert found[str(gone)]["reason"] == "withdrawn"
        others = {
            (item["change"], item["reason"], item["from_split"], item["to_split"])
            for id_, item in found.items()
            if id_ not in {added, str(gone)}
        }
        assert others == {("changed", "split", "train", "test")}

    def test_near_duplicates_are_told_whichever_way_one_looks(self, alice, vera, freeze):
        asked = (
            "What is a tree, where does it grow, how old does it become, and what is it good for?",
            "What is a tree, where does it grow, how old does it become and what is it good for?",
        )
        entries = []
        for question, score in zip(asked, (2, 5), strict=True):
            response = alice.exchange(question)["response"]
            rating = [{"dimension_id": "accuracy", "score": score}]
            given = alice.feedback(response["id"], dimension_ratings=rating)
            entries.append(vera.verdict(given["id"])["dataset_entry_id"])
        # The older one is not good enough for the first version, and leaves no room in the other.
        good, whole = freeze(selection={"min_score": {"accuracy": 0.9}}), freeze()
        assert differences(vera, good, whole) == {
            entries[0]: ("added", "selected"),
            entries[1]: ("removed", "near_duplicate"),
        }
        assert differences(vera, whole, good) == {
            entries[0]: ("removed", "not_selected"),
            entries[1]: ("added", "near_duplicate"),
        }

    def test_what_people_took_back_is_told(self, client, alice, vera, freeze, work):
        bea = Person(client, "bea", "user")
        entries = []
        for person in (alice, bea):
            given = person.feedback(person.exchange(f"{person.name}?")["response"]["id"])
            entries.append(vera.verdict(given["id"])["dataset_entry_id"])
        before = freeze()
        path = f"/interactions/{given_on(alice)}"
        assert alice.put(path, {"training_consent": False}).status_code == 200
        assert bea.delete("/users/me/data").status_code == 202
        work()
        assert differences(vera, before, freeze()) == {
            entries[0]: ("removed", "consent"),
            entries[1]: ("removed", "erased"),
        }

    @pytest.mark.usefixtures("story")
    def test_there_are_none_between_the_same(self, freeze, vera):
        one, other = freeze(), freeze()
        assert vera.read(f"/dataset/versions/{one['id']}/diff/{other['id']}")["items"] == []
