"""What may become of feedback: a model of its whole life, to hold the service against.

Each method says what the service has to answer, and moves the model as that answer does.
"""

from dataclasses import dataclass, field

LEASE_SECONDS = 600
OUTSIDERS = {"author": 403, "owner": 403}


@dataclass
class Feedback:
    """Feedback by ``author`` on a conversation of ``owner``; times are seconds."""

    policy: tuple[int, float] = (1, 0.5)
    rules: tuple[int, float] = (1, 0.5)
    now: int = 0
    status: str = "pending"
    version: int = 1
    round: int = 1
    judgeable: bool = True
    appealed: bool = False
    # Of the round: who said what, and who holds which version until when.
    said: dict[str, str] = field(default_factory=dict)
    leases: dict[str, tuple[int, int]] = field(default_factory=dict)
    rounds: list[int] = field(default_factory=lambda: [0])

    def move(self, status):
        self.status, self.version = status, self.version + 1
        return 200

    def holds(self, judge):
        return judge in self.leases and self.leases[judge][1] > self.now

    def has_room(self, judge):
        others = {one for one in {*self.said, *self.leases} if one in self.said or self.holds(one)}
        return len(others - {judge}) < self.rules[0]

    def patch(self, judgeable, *, seen):
        if seen != self.version:
            return 412
        if self.status not in {"pending", "returned"} or (self.status == "pending" and self.said):
            return 409
        self.version += judgeable != self.judgeable
        self.judgeable = judgeable
        return 200

    def take(self, judge):
        is_open = self.status == "pending" and judge not in {*OUTSIDERS, *self.said}
        if not is_open or not (self.holds(judge) or self.has_room(judge)):
            return 204
        until = self.leases[judge][1] if self.holds(judge) else self.now + LEASE_SECONDS
        self.leases[judge] = (self.version, until)
        return 200

    def judge(self, judge, word, *, with_token, seen):
        if judge in OUTSIDERS:
            return OUTSIDERS[judge]
        if judge in self.said or self.status != "pending":
            return 409
        if with_token and not self.holds(judge):
            return 409
        seen = seen or (self.leases[judge][0] if self.holds(judge) else self.version)
        if seen != self.version or not self.has_room(judge):
            return 409
        self.said[judge] = word
        self.rounds[-1] += 1
        if word == "returned" or len(self.said) == self.rules[0]:
            self.move("returned" if word == "returned" else self.outcome())
        return 201

    def outcome(self):
        share = list(self.said.values()).count("valid") / len(self.said)
        if share > self.rules[1]:
            return "validated"
        return "rejected" if 1 - share > self.rules[1] else "tied"

    def withdraw(self):
        return self.move("withdrawn") if self.status in {"pending", "returned"} else 409

    def resubmit(self):
        if self.status != "returned":
            return 409
        self.round, self.rules, self.said, self.leases = self.round + 1, self.policy, {}, {}
        self.rounds.append(0)
        return self.move("pending")

    def appeal(self):
        if self.status != "rejected" or self.appealed:
            return 409
        self.appealed = True
        return self.move("tied")

    def decide(self, status):
        if self.status not in {"tied", "validated", "rejected"} or self.status == status:
            return 409
        self.move(status)
        return 201
