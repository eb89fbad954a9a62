"""The file of a version: a line that says what it is, then a line a row, all in canonical JSON.

Whoever has the file can prove it: every line is the one canonical form of what it says, every
leaf is the hash of its row and salt, all leaves in order have the version's root, and the
manifest, the root in it, has the digest. A row that was erased has its leaf alone.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from app.domain import frozen_row
from app.domain.merkle import Tree
from app.utils.canonical_json import canonical_bytes, read_json

FORMAT = "frozen dataset 1"
_HEAD = {"format", "version_id", "manifest", "digest"}
_LINE = {"position", "leaf", "salt", "row"}


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What a look at a file came to; it proves its content where there are no ``faults``."""

    version_id: str | None = None
    digest: str | None = None
    root: str | None = None
    rows: int = 0
    erased: int = 0
    faults: list[str] = field(default_factory=list)


def digest_of(manifest: dict[str, Any]) -> str:
    """Return the hash that stands for a manifest, and by the root in it for all rows."""
    return sha256(canonical_bytes(manifest)).hexdigest()


def head(version_id: str, manifest: dict[str, Any]) -> bytes:
    """Return the first line."""
    said = {"format": FORMAT, "version_id": version_id, "manifest": manifest}
    return canonical_bytes({**said, "digest": digest_of(manifest)}) + b"\n"


def line(position: int, *, leaf: bytes, salt: bytes | None, row: bytes | None) -> bytes:
    """Return the line of a row, given as its framed bytes; of an erased one both are None."""
    return b'{"leaf":"%b","position":%d,"row":%b,"salt":%b}\n' % (
        leaf.hex().encode(),
        position,
        row or b"null",
        b"null" if salt is None else b'"%b"' % salt.hex().encode(),
    )


def verify(
    lines: Iterable[bytes], *, root: str | None = None, digest: str | None = None, most: int = 20
) -> Verdict:
    """Go through a file's lines and say what is wrong with which, at most ``most`` faults.

    ``root`` and ``digest`` are what whoever asks has from elsewhere: without them a file that
    was forged as a whole agrees with itself.
    """
    checked = _Check(most)
    found = iter(lines)
    manifest = checked.head(next(found, b""))
    for number, one in enumerate(found):
        checked.line(number, one)
    checked.end(manifest, root=root, digest=digest)
    return checked.verdict


class _Check:
    """One look at a file, in constant memory."""

    def __init__(self, most: int) -> None:
        self.verdict = Verdict()
        self._most = most
        self._tree = Tree()
        self._splits: Counter[str] = Counter()

    def head(self, raw: bytes) -> dict[str, Any]:
        said = _read(raw, _HEAD)
        if said is None or said["format"] != FORMAT or not isinstance(said["manifest"], dict):
            self._fault(f"line 1 is not the beginning of a {FORMAT!r} file, in canonical JSON")
            return {}
        self.verdict.version_id = str(said["version_id"])
        self.verdict.digest = digest_of(said["manifest"])
        if said["digest"] != self.verdict.digest:
            self._fault("the manifest has not the digest that the file says it has")
        return dict(said["manifest"])

    def line(self, position: int, raw: bytes) -> None:
        self.verdict.rows += 1
        said = _read(raw, _LINE)
        for fault in _faults(position, said):
            self._fault(f"row {position} (line {position + 2}): {fault}")
        if said is None or not _is_hash(said["leaf"]):
            self._tree.add(b"")
            return
        self._tree.add(bytes.fromhex(said["leaf"]))
        self.verdict.erased += said["row"] is None
        self._count(said["row"])

    def end(self, manifest: dict[str, Any], *, root: str | None, digest: str | None) -> None:
        found = self.verdict.root = self._tree.root().hex()
        if manifest:
            self._compare("the manifest", manifest.get("merkle_root"), found)
            rows = manifest.get("counts", {}).get("rows")
            if rows != self.verdict.rows:
                self._fault(f"expected {rows} rows, found {self.verdict.rows}")
            self._compare_splits(manifest)
        if root is not None:
            self._compare("you", root.lower(), found)
        if digest is not None and digest.lower() != self.verdict.digest:
            self._fault("the manifest has not the digest that you expect")

    def _compare(self, who: str, expected: Any, found: str) -> None:
        if expected != found:
            self._fault(f"the rows have the root {found}, {who} expected {expected}")

    def _compare_splits(self, manifest: dict[str, Any]) -> None:
        """Find rows that a split has more of than it had; erased ones are of any."""
        counts = manifest.get("splits", {}).get("rows", {})
        for name, found in sorted(self._splits.items()):
            if found > counts.get(name, 0):
                self._fault(f"split {name!r}: expected {counts.get(name, 0)} rows, found {found}")

    def _count(self, row: Any) -> None:
        if isinstance(row, dict) and isinstance(row.get("split"), str):
            self._splits[row["split"]] += 1

    def _fault(self, words: str) -> None:
        if len(self.verdict.faults) < self._most:
            self.verdict.faults.append(words)


def _faults(position: int, said: dict[str, Any] | None) -> Iterator[str]:
    if said is None:
        yield "it is not the canonical JSON of a row"
        return
    if said["position"] != position or isinstance(said["position"], bool):
        yield f"it says that it is row {said['position']}"
    if not _is_hash(said["leaf"]):
        yield "its leaf is no hash"
        return
    if said["row"] is None and said["salt"] is None:
        return
    if not _is_hash(said["salt"]):
        yield "its salt is none"
        return
    hashed = frozen_row.leaf(canonical_bytes(said["row"]), bytes.fromhex(said["salt"]))
    if hashed.hex() != said["leaf"]:
        yield "its leaf is not the hash of its salt and content"


def _read(raw: bytes, names: set[str]) -> dict[str, Any] | None:
    """Return the object of a line with these names, None for anything else or another form."""
    try:
        said = read_json(raw)
    except ValueError:
        return None
    if not isinstance(said, dict) or said.keys() != names:
        return None
    return said if canonical_bytes(said) + b"\n" == raw else None


def _is_hash(value: Any) -> bool:
    if not isinstance(value, str) or len(value) != 64:
        return False
    return all(character in "0123456789abcdef" for character in value)
