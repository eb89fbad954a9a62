"""Tables whose rows are nobody's, each with the reason: an erasure leaves them alone."""

from app.services.erasure.fates import Rule, nobodys

NOBODYS: dict[str, Rule] = {
    "preference_ranks": nobodys("a place among answers, of a preference that names its person"),
    "erasures": nobodys("the work itself: the row goes with the last of it"),
    "api_keys": nobodys("other services"),
    "dimensions": nobodys("what administrators ask everybody"),
    "dimension_versions": nobodys("scales"),
    "measurements": nobodys("when something was counted"),
    "models": nobodys("providers of models"),
    "privacy_policies": nobodys("rules per model"),
    "validation_policies": nobodys("rules per model"),
}
