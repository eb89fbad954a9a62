"""A story told through the API: feedback and preferences of every kind on one model's answers."""

import re
from itertools import count

from tests.model_side import MODEL, Reply
from tests.world import Person, created

_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(rb"20\d\d-\d\d-\d\dT[\d:.]+\+00:00")


class Story:
    """Who tells it, and what they say."""

    def __init__(self, app, model_side):
        client = app.test_client()
        self.alice = Person(client, "alice", "user")
        self.vera = Person(client, "vera", "validator")
        self.adam = Person(client, "adam", "admin")
        self.side = model_side
        self.metadata = {"language": "en", "intent": "learn", "tags": ["maths", "basics"]}
        self.path = f"/interactions/{self.alice.interaction(metadata=self.metadata)['id']}"

    def answers(self, question, *texts):
        """Let the model say ``texts`` to one question, and return the responses."""
        said = iter(texts)
        self.side.query_reply = lambda _: Reply([{"generated_text": next(said)}])
        path = f"{self.path}/prompts"
        first = created(self.alice.post(path, {"content": question}))
        prompt_id = first["prompt"]["id"]
        others = [
            created(self.alice.post(f"/prompts/{prompt_id}/responses", {})) for _ in texts[1:]
        ]
        return [first["response"], *others]

    def rated(self, response, *, by=None, judge=None, **said):
        """Let somebody rate an answer, and have that validated by somebody else."""
        by = by or self.alice
        judge = judge or (self.vera if by is not self.vera else self.adam)
        given = by.feedback(response["id"], **said)
        return judge.verdict(given["id"])["dataset_entry_id"]

    def compared(self, one, other, *, by=None, verdict="better"):
        """Let somebody compare two answers, the better one first."""
        by = by or self.alice
        body = {
            "prompt_id": one["prompt_id"],
            "chosen_response_id": one["id"],
            "rejected_response_id": other["id"],
            "verdict": verdict,
        }
        created(by.post("/feedback/preferences", body))

    def tell(self):
        """Tell the whole of it."""
        self._of_single_answers()
        self._of_several_answers()
        self._of_a_conversation()

    def _of_single_answers(self):
        liked, *_ = self.answers("What is two and two?", "Four.")
        self.rated(liked, rating="like", dimension_ratings=scores(accuracy=5, clarity=4))
        self.rated(liked, by=self.adam, dimension_ratings=scores(accuracy=4))
        wrong, *_ = self.answers("What is three and three?", 'Seven, "I think".')
        self.rated(wrong, correction="Six.\n", overall_comment="=1+1")
        self.rated(wrong, by=self.adam, judge=self.vera, correction="Six.\n", rating="dislike")
        flagged, *_ = self.answers("Who am I?", "Your address is known to me.")
        self.rated(flagged, rating="like", flag={"reason": "pii"})
        middling, *_ = self.answers("Name a prime.", "Perhaps 9½?")
        self.rated(middling, dimension_ratings=scores(accuracy=3))
        same, *_ = self.answers("Name a square.", "Nine.")
        self.rated(same, correction="Nine. ")

    def _of_several_answers(self):
        good, bad, worse = self.answers("Define π.", "A ratio.", "A pie.", "A letter.")
        self.rated(good, dimension_ratings=scores(accuracy=5))
        self.rated(bad, dimension_ratings=scores(accuracy=1))
        self.compared(good, worse)
        self.compared(worse, bad, verdict="both_bad")
        one, other = self.answers("Define e.", "A number.", "A limit.")
        self.compared(one, other)
        self.compared(one, other, by=self.vera)
        self.compared(other, one, by=self.adam)
        left, right = self.answers("Define i.", "A root.", "A unit.")
        self.compared(left, right, verdict="tie")
        twin, double = self.answers("Define 0.", "Nothing.", "Nothing.")
        self.compared(twin, double)
        both, bad = self.answers("Define j.", "A fish.", "A bird.")
        self.compared(both, bad, verdict="both_bad")

    def _of_a_conversation(self):
        held = self.alice.interaction(system_prompt="Be brief.", metadata={"tags": "maths"})
        chat = f"/interactions/{held['id']}/chat"
        created(self.alice.post(chat, {"message": "Is 7 prime?"}))
        last = created(self.alice.post(chat, {"message": "And 8?"}))["response"]
        self.rated(last, correction="No: 8 = 2³.", rating="dislike")

    def export(self, shape, **query):
        """Return the export of a shape as JSON lines."""
        query = {"shape": shape, "format": "jsonl", **query}
        answer = self.vera.get(f"/dataset/model/{MODEL}/export", query_string=query)
        assert answer.status_code == 200
        return answer.data


def scores(**given):
    return [{"dimension_id": name, "score": score} for name, score in given.items()]


def settled(data):
    """Return an export with its ids numbered as they come, and its times left out."""
    numbers, known = count(), {}

    def named(found):
        if found[0] not in known:
            known[found[0]] = b"id-%d" % next(numbers)
        return known[found[0]]

    return _TIME.sub(b"2026-11-21T10:00:00+00:00", _ID.sub(named, data))
