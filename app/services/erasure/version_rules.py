"""The rules of frozen versions: contents go with their salts, leaves stay, and so do the roots."""

from app.services.erasure.fates import VERDICT, Person, Rule, keep, nobodys
from app.services.erasure.reaches import OF_CORRECTED

VERSION_RULES: dict[str, Rule] = {
    # A trigger marks the files that hold these rows: they are written anew.
    "dataset_version_contents": Rule(
        # A validator's correction is what was to be learnt. What belongs to conversations and
        # feedback goes by the names on the rows, which are never changed.
        reach={VERDICT: OF_CORRECTED},
        vanishes=True,
        columns={
            "owner": Person(owns=True),
            "rater": Person(owns=True),
            **keep("gone with the row", "salt", "content"),
        },
    ),
    "dataset_versions": Rule(
        columns={
            "created_by": Person(),
            **keep("what is frozen is proven by it: rules, numbers and hashes", "manifest"),
            **keep("what was asked for", "selection", "splits", "name"),
            **keep("numbers and hashes stay", "reached", "merkle_root", "blocks"),
            **keep("names a model", "model_id"),
            **keep("a word of the service's own", "status"),
        },
    ),
    "dataset_version_rows": nobodys("leaves: hashes of salts that are gone, and of contents"),
    "dataset_version_splits": nobodys("ids of conversations, while a version is built"),
    "dataset_version_drops": nobodys("ids of rows that are nearly others"),
    "dataset_version_files": nobodys("keys of files, which are written anew"),
}
