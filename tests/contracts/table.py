"""What clients rely on: the routes of the founding document, with the names of their fields."""

from dataclasses import dataclass

_INTERACTION = (
    "id user_id model_id model_version title status system_prompt settings metadata"
    " training_consent consent_policy consent_at created_at updated_at ended_at"
)
_PROMPT = "id interaction_id sequence content context parameters created_at"
_RESPONSE = (
    "id prompt_id status content model_id model_version endpoint_name provider finish_reason"
    " usage{prompt_tokens completion_tokens} latency_ms first_token_ms error created_at"
    " completed_at"
)
_EXCHANGE = f"prompt{{{_PROMPT}}} response{{{_RESPONSE}}}"
_PARAMETERS = "parameters{max_new_tokens max_length temperature top_k top_p repetition_penalty}"
_FEEDBACK = (
    "id response_id interaction_id user_id status rating"
    " dimension_ratings[dimension_id dimension_name dimension_version score justification"
    " correct_response cannot_judge cannot_judge_reason] overall_comment correction flag"
    " cannot_judge cannot_judge_reason spans[start end text dimension_id note]"
    " created_at updated_at version return_reason appeal"
)
_GIVEN = "cannot_judge cannot_judge_reason spans[start* end* text* dimension_id note]"
_SAID = (
    "correction dimension_verdicts[dimension_id dimension_name dimension_version is_valid notes"
    " correct_score] feedback_version"
)
_PREFERENCE = "id prompt_id interaction_id user_id ranking verdict created_at"
_WEIGHTS = (
    "flagged has_correction low_score disliked disagreement uncertainty thin_evidence novelty"
)
_RULES = (
    "validators quorum blind lease_seconds trusted_weight leased_only gold_share"
    f" random_share priority{{{_WEIGHTS}}}"
)
_POLICY = f"model_id said_for {_RULES} version"
_GOLD = (
    "feedback_id model_id is_valid notes marked_by state answers right wrong created_at updated_at"
)
_RELIABILITY = "capacity dimension dimension_name mean low high answers as_of"
_SIGNAL = "id kind people evidence first_seen last_seen status dismissed_by dismissed_at note"
_PRIVACY = "model_id said_for pii texts_days raw_days chunks_days reached version"
_DIMENSION = (
    "id name description model_id scale required weight version order guidance"
    " anchors[score text] archived_at overrides"
)
_GUIDED = "order guidance anchors[score* text*]"
_ENTRY = (
    "id model_id prompt response original_response context[role content] quality_ratings"
    " source{type feedback_id response_id interaction_id} created_at"
)
_SELECTION = (
    "model_version since until min_score min_agreement min_raters min_reliability language tags"
    " intent interaction_id response_id feedback_id preferences"
)
_VERSION = (
    "id model_id name status selection splits rows erased_rows merkle_root digest manifest job_id"
    " created_by created_at frozen_at"
)
_SHAPE = "shape threshold margin turns"
_PART = "there selected excluded[name count]"
_MODEL = (
    "model_id provider enabled health latency_ms context_tokens max_concurrency fallbacks"
    " settings version created_at updated_at"
)
_OF_INSIGHT = "from to model_id as_of truncated"
_ALPHA = (
    "dimension_id dimension_name model_id level krippendorff_alpha reason items ratings raters"
    " carried left_out"
)
_PAIR = "one other items same kappa weights reason"
_BACKLOG = (
    "model_id waiting oldest_at tied returned days arrived_per_day decided_per_day"
    " verdicts_per_day net_per_day net_least net_most outlook empty_at earliest latest"
)
_MESSAGE = "id interaction_id role content created_at updated_at"
_JOB = "id kind status attempts progress{done total} error result"


@dataclass(frozen=True)
class Route:
    """One call.

    ``takes`` are the fields of its body, a star behind the required ones; ``{}`` holds the
    fields of an object and ``[]`` those of the objects of a list. ``gives`` are the fields of
    its answer, all of them always there.
    """

    call: str
    status: int
    takes: str = ""
    asks: str = ""
    gives: str = ""
    errors: str = ""
    versioned: bool = False
    streams: bool = False
    openai: bool = False
    empty: bool = False


def page(fields: str) -> str:
    return f"items[{fields}] next_cursor"


def measured(fields: str) -> str:
    return f"{page(fields)} as_of"


ROUTES = (
    # Interactions
    Route(
        "POST /interactions", 201,
        takes="model_id* model_version title system_prompt settings metadata training_consent"
              " role prompt",
        gives=_INTERACTION, versioned=True,
    ),
    Route(
        "GET /interactions", 200,
        asks="limit cursor status model_id", gives=page(_INTERACTION), errors="422",
    ),
    Route(
        "GET /interactions/{interaction_id}", 200,
        gives=f"{_INTERACTION} message_count", errors="404", versioned=True,
    ),
    Route(
        "PUT /interactions/{interaction_id}", 200,
        takes="status title system_prompt settings metadata training_consent",
        gives=_INTERACTION, errors="404 409 412", versioned=True,
    ),
    Route(
        "POST /interactions/{interaction_id}/prompts", 201,
        takes=f"content* context stream n {_PARAMETERS}",
        gives=_EXCHANGE, errors="404 409 502 503 504", streams=True,
    ),
    Route(
        "POST /interactions/{interaction_id}/chat", 201,
        takes=f"message* system_prompt stream n {_PARAMETERS}",
        gives=_EXCHANGE, errors="404 409 502 503 504", streams=True,
    ),
    Route(
        "POST /interactions/{interaction_id}/messages", 202,
        takes=f"role content* system_prompt stream {_PARAMETERS}",
        gives=f"message{{{_MESSAGE}}} response_id job_id response{{{_RESPONSE}}}",
        errors="404 409", streams=True,
    ),
    Route(
        "GET /interactions/{interaction_id}/messages", 200,
        asks="limit cursor", gives=page(_MESSAGE), errors="404 422",
    ),
    Route(
        "GET /interactions/{interaction_id}/history", 200,
        asks="limit cursor",
        gives="interaction_id messages[id role content created_at prompt_id response_id status"
              " rating pinned] next_cursor",
        errors="404 422",
    ),
    Route("DELETE /interactions/{interaction_id}/memory", 204, errors="404"),
    Route("PUT /interactions/{interaction_id}/messages/{message_id}/pin", 204, errors="404 409"),
    Route("DELETE /interactions/{interaction_id}/messages/{message_id}/pin", 204, errors="404"),
    Route("GET /interactions/{interaction_id}/replay", 200, asks="at", errors="404 422"),
    Route(
        "POST /feedback/import", 200,
        asks="format dimension model_id user_id",
        gives="accepted repeated refused_count refused[line problem{code detail}]", errors="415",
    ),
    Route(
        "POST /interactions/import", 200,
        asks="model_id training_consent",
        gives="accepted repeated refused_count refused[line problem{code detail}]", errors="415",
    ),
    Route("GET /responses/{response_id}", 200, gives=_RESPONSE, errors="404"),
    Route(
        "GET /responses/{response_id}/context", 200,
        gives="response_id model_id kind content context messages template text memory parameters",
        errors="404",
    ),
    Route("GET /responses/{response_id}/stream", 200, errors="400 404", streams=True),
    Route(
        "POST /prompts/{prompt_id}/responses", 201,
        takes=f"model_id stream {_PARAMETERS}", gives=_RESPONSE, errors="404 409 502 503 504",
        streams=True,
    ),
    Route(
        "GET /prompts/{prompt_id}/responses", 200,
        asks="limit cursor", gives=page(_RESPONSE), errors="404 422",
    ),
    Route(
        "PUT /prompts/{prompt_id}/choice", 200,
        takes="response_id*", gives=_PROMPT, errors="404",
    ),
    Route("POST /responses/{response_id}/cancel", 200, gives=_RESPONSE, errors="404"),
    # Feedback
    Route(
        "POST /feedback", 201,
        takes="response_id* dimension_ratings[dimension_id* score* justification"
              " correct_response cannot_judge cannot_judge_reason]"
              f" overall_comment rating correction flag {_GIVEN}",
        gives=_FEEDBACK, errors="404 409", versioned=True,
    ),
    Route("GET /feedback/{feedback_id}", 200, gives=_FEEDBACK, errors="404", versioned=True),
    Route(
        "PATCH /feedback/{feedback_id}", 200,
        takes="dimension_ratings[dimension_id* score* justification correct_response"
              " cannot_judge cannot_judge_reason]"
              f" overall_comment rating correction flag {_GIVEN}",
        gives=_FEEDBACK, errors="404 409 412 428", versioned=True,
    ),
    Route(
        "GET /feedback/{feedback_id}/revisions", 200,
        asks="limit cursor", gives=page("version replaced replaced_at"), errors="404 422",
    ),
    Route(
        "GET /feedback/user", 200,
        asks="limit cursor status", gives=page(_FEEDBACK), errors="422",
    ),
    Route(
        "GET /feedback/wanted", 200,
        asks="limit cursor model_id",
        gives=page(f"response{{{_RESPONSE}}} interaction_id raters priority reasons"), errors="422",
    ),
    Route(
        "GET /validation/priority", 200,
        asks="model_id",
        gives="ways[way handed_out verdicts rejected returned corrections disputed useful"
              " useful_share useful_interval missing] gain{conclusion difference interval}"
              " window enough", errors="422",
    ),
    Route(
        "GET /feedback/pending", 200,
        asks="limit cursor model_id",
        gives=page(f"{_FEEDBACK} priority reasons"), errors="422",
    ),
    Route(
        "GET /feedback/response/{response_id}", 200,
        asks="limit cursor", gives=page(_FEEDBACK), errors="404 422",
    ),
    Route(
        "POST /feedback/preferences", 201,
        takes="prompt_id* ranking chosen_response_id rejected_response_id verdict",
        gives=_PREFERENCE, errors="404 409",
    ),
    Route(
        "GET /feedback/preferences", 200,
        asks="limit cursor prompt_id", gives=page(_PREFERENCE), errors="422",
    ),
    # Dimensions
    Route(
        "POST /dimensions", 201,
        takes=f"name* description model_id scale required weight {_GUIDED}",
        gives=_DIMENSION, errors="409", versioned=True,
    ),
    Route(
        "GET /dimensions/model/{model_id}", 200,
        asks="limit cursor archived", gives=page(_DIMENSION), errors="422",
    ),
    Route(
        "PUT /dimensions/{dimension_id}", 200,
        takes=f"name description scale mapping required weight {_GUIDED}",
        gives=_DIMENSION, errors="404 409 412", versioned=True,
    ),
    Route(
        "GET /dimensions/{dimension_id}/versions", 200,
        asks="limit cursor", gives=page("version scale mapping created_at"), errors="404 422",
    ),
    Route(
        "POST /dimensions/{dimension_id}/archive", 200,
        gives=_DIMENSION, errors="404", versioned=True,
    ),
    Route(
        "POST /dimensions/{dimension_id}/restore", 200,
        gives=_DIMENSION, errors="404", versioned=True,
    ),
    # Models
    Route("GET /models", 200, asks="limit cursor", gives=page(_MODEL), errors="422"),
    Route(
        "POST /models", 201,
        takes="model_id* provider* enabled settings fallbacks context_tokens max_concurrency",
        gives=_MODEL, errors="409", versioned=True,
    ),
    Route("GET /models/{model_id}", 200, gives=_MODEL, errors="404 422", versioned=True),
    Route(
        "PUT /models/{model_id}", 200,
        takes="provider enabled settings fallbacks context_tokens max_concurrency",
        gives=_MODEL, errors="404 412", versioned=True,
    ),
    Route("DELETE /models/{model_id}", 204, errors="404 422"),
    # Validation
    Route(
        "POST /validation/feedback/{feedback_id}", 201,
        takes="is_valid verdict notes correction lease_token feedback_version"
              " dimension_verdicts[dimension_id* is_valid* notes correct_score]",
        gives=f"id feedback_id validator_id is_valid verdict notes weight {_SAID} created_at"
              " feedback_status dataset_entry_id",
        errors="404 409 412",
    ),
    Route(
        "GET /validation/feedback/{feedback_id}", 200,
        asks="limit cursor",
        gives="feedback_id status round validators quorum blind refuted"
              " decisions[id round decided_by is_valid notes created_at]"
              " items[id round validator_id is_valid verdict notes weight created_at"
              f" {_SAID}] next_cursor",
        errors="404 422",
    ),
    Route(
        "POST /validation/next", 200,
        takes="model_id",
        gives=f"feedback{{{_FEEDBACK}}} {_EXCHANGE} lease{{token expires_at}}", empty=True,
    ),
    Route(
        "POST /validation/leases/{token}/renew", 200, gives="token expires_at", errors="404 409",
    ),
    Route("DELETE /validation/leases/{token}", 204, errors="404"),
    Route(
        "GET /validation/policies/{model_id}", 200, gives=_POLICY, errors="422", versioned=True,
    ),
    Route(
        "PUT /validation/policies/{model_id}", 200,
        takes=_RULES,
        gives=_POLICY, errors="412", versioned=True,
    ),
    Route(
        "PUT /validation/gold/{feedback_id}", 200,
        takes="is_valid* notes", gives=_GOLD, errors="404 409",
    ),
    Route("DELETE /validation/gold/{feedback_id}", 204, errors="404"),
    Route(
        "GET /validation/reliability", 200,
        asks="limit cursor user_id dimension", gives=measured(f"user_id {_RELIABILITY} reasons"),
        errors="422",
    ),
    Route(
        "GET /users/me/reliability", 200,
        asks="limit cursor dimension", gives=measured(_RELIABILITY), errors="422",
    ),
    Route(
        "GET /validation/contradictions", 200,
        asks="limit cursor",
        gives=measured("feedback_id round basis votes majority share estimate posterior is_known"
                       " computed_at"),
        errors="422",
    ),
    Route(
        "GET /validation/kappas", 200,
        asks="limit cursor dimension",
        gives=measured("one other dimension weights kappa undefined items computed_at"),
        errors="422",
    ),
    Route(
        "GET /validation/signals", 200,
        asks="limit cursor status kind", gives=measured(_SIGNAL), errors="422",
    ),
    Route(
        "POST /validation/signals/{signal_id}/dismiss", 200,
        takes="note*", gives=_SIGNAL, errors="404 409",
    ),
    Route("GET /validation/gold", 200, asks="limit cursor", gives=page(_GOLD), errors="422"),
    Route(
        "POST /feedback/{feedback_id}/decision", 201,
        takes="is_valid* notes*",
        gives="id feedback_id decided_by is_valid notes created_at feedback_status"
              " dataset_entry_id",
        errors="404 409",
    ),
    Route("GET /feedback/tied", 200, asks="limit cursor", gives=page(_FEEDBACK), errors="422"),
    Route(
        "POST /feedback/{feedback_id}/appeal", 200,
        takes="reason*", gives=_FEEDBACK, errors="404 409", versioned=True,
    ),
    Route(
        "POST /feedback/{feedback_id}/withdraw", 200,
        gives=_FEEDBACK, errors="404 409", versioned=True,
    ),
    Route(
        "POST /feedback/{feedback_id}/resubmit", 200,
        gives=_FEEDBACK, errors="404 409", versioned=True,
    ),
    Route("GET /validation/stats", 200, gives="agreement"),
    # Insights
    Route(
        "GET /insights/volumes", 200, asks="from to model_id format by",
        gives=f"{_OF_INSIGHT} items[begins model_id interactions responses feedback preferences"
              " verdicts]",
        errors="422",
    ),
    Route(
        "GET /insights/scores", 200, asks="from to model_id format by",
        gives=f"{_OF_INSIGHT} items[begins model_id model_version dimension_id dimension_name"
              " dimension_version n mean spread distribution[score n] carried left_out]",
        errors="422",
    ),
    Route(
        "GET /insights/agreement", 200, asks="from to model_id format part",
        gives=f"{_OF_INSIGHT} items[{_ALPHA}] pairs[dimension_id dimension_name {_PAIR}]"
              " preferences{judgements shared unanimous majority_first majority_second"
              " majority_tie majority_both_bad majority_none krippendorff_alpha reason"
              f" pairs[{_PAIR}]}}",
        errors="422",
    ),
    Route(
        "GET /insights/time-to-verdict", 200, asks="from to model_id format by",
        gives=f"{_OF_INSIGHT} items[begins model_id verdicts mean_seconds median_seconds"
              " p90_seconds]",
        errors="422",
    ),
    Route(
        "GET /insights/backlog", 200, asks="from to model_id format",
        gives=f"{_OF_INSIGHT} items[{_BACKLOG}] total{{{_BACKLOG}}}", errors="422",
    ),
    Route(
        "GET /insights/retention", 200, asks="from to model_id format",
        gives=f"{_OF_INSIGHT} items[first_week contributors weeks_later returned share is_over]",
        errors="422",
    ),
    Route(
        "GET /insights/dimensions", 200, asks="from to model_id format",
        gives=f"{_OF_INSIGHT} items[dimension_id dimension_name dimension_version model_id scores"
              " highest lowest different cannot_judge carried left_out signs]",
        errors="422",
    ),
    # Dataset
    Route(
        "GET /dataset/model/{model_id}", 200,
        asks=f"limit cursor {_SELECTION}", gives=page(_ENTRY), errors="422",
    ),
    Route(
        "GET /dataset/model/{model_id}/export", 200,
        asks=f"format compress {_SHAPE} {_SELECTION}", errors="404 422",
    ),
    Route(
        "GET /dataset/preview/{model_id}", 200,
        asks=f"{_SHAPE} {_SELECTION}",
        gives=f"model_id shape entries{{{_PART}}} preferences{{{_PART}}} prompts records"
              " dropped[name count] people contributors[name count]",
        errors="404 422",
    ),
    Route("GET /dataset/entry/{entry_id}", 200, gives=f"{_ENTRY} provenance", errors="404"),
    Route("GET /dataset/stats", 200),
    Route(
        "POST /dataset/model/{model_id}/versions", 202,
        takes="name selection{model_version since until min_score min_agreement min_raters"
              " language tags intent preferences} splits{train validation test seed people}",
        gives="id job_id",
        errors="404",
    ),
    Route(
        "GET /dataset/model/{model_id}/versions", 200,
        asks="limit cursor", gives=page(_VERSION), errors="422",
    ),
    Route("GET /dataset/versions/{version_id}", 200, gives=_VERSION, errors="404"),
    Route(
        "GET /dataset/versions/{version_id}/export", 200,
        asks=f"split format compress {_SHAPE}", errors="404 409 416 422",
    ),
    Route(
        "GET /dataset/versions/{version_id}/diff/{other_id}", 200,
        asks="limit cursor", gives=page("entry_id change reason from_split to_split"),
        errors="404 409 422",
    ),
    Route(
        "GET /dataset/versions/{version_id}/proof/{entry_id}", 200,
        gives="version_id entry_id position split rows leaf merkle_root path",
        errors="404 409",
    ),
    # Progress and events
    Route("GET /jobs", 200, asks="limit cursor status kind", gives=page(_JOB), errors="422"),
    Route(
        "GET /users/me/usage", 200,
        gives="day budget used reserved remaining requests",
    ),
    Route(
        "GET /users/me/progress", 200,
        gives="points level next_level rank"
              " feedback{submitted validated rejected pending returned tied withdrawn}"
              " quality streak_days",
    ),
    Route(
        "GET /users/me/points", 200,
        asks="limit cursor",
        gives=page("event_id feedback_id rule rule_version subject amount full_amount balance"
                   " reason earned_at"),
        errors="422",
    ),
    Route(
        "GET /users/me/points/summary", 200,
        gives="points rules[rule rule_version reason entries points]"
              " today[pool points full most]",
    ),
    Route(
        "GET /users/leaderboard", 200,
        asks="limit cursor period", gives=page("rank user_id points level"), errors="422",
    ),
    Route("GET /privacy/policies/{model_id}", 200, gives=_PRIVACY, errors="422", versioned=True),
    Route(
        "PUT /privacy/policies/{model_id}", 200,
        takes="pii texts_days raw_days chunks_days",
        gives=_PRIVACY, errors="412 422", versioned=True,
    ),
    Route("GET /users/{user_id}/data", 200, errors="422"),
    Route("DELETE /users/{user_id}/data", 202, gives="job_id", errors="422"),
    Route("GET /jobs/{job_id}", 200, gives=_JOB, errors="404"),
    Route("POST /jobs/{job_id}/retry", 202, gives=_JOB, errors="404"),
    Route(
        "GET /events", 200,
        asks="after type limit",
        gives="items[offset id type version time subject actor data] next", errors="422",
    ),
    # OpenAI's API
    Route(
        "POST /v1/chat/completions", 200,
        takes="model* messages*[role* content name tool_call_id tool_calls]"
              " metadata stream stream_options n stop max_tokens"
              " max_completion_tokens temperature top_p presence_penalty frequency_penalty seed"
              " tools tool_choice response_format user",
        gives="id object created model interaction_id choices[index message{role content refusal}"
              " finish_reason logprobs response_id] usage",
        errors="404 409 502 503 504", openai=True,
    ),
    Route("GET /v1/models", 200, gives="object data[id object created owned_by]", openai=True),
    Route(
        "GET /v1/models/{model_id}", 200,
        gives="id object created owned_by", errors="400 404", openai=True,
    ),
    # Operation
    Route("GET /", 200, gives="name version docs openapi health ready"),
    Route("GET /health", 200),
    Route("GET /ready", 200, errors="503"),
    Route("GET /metrics", 200, errors="401"),
    Route("GET /openapi.json", 200),
    Route("GET /docs", 200),
)  # fmt: skip
PUBLIC = frozenset({"/", "/health", "/ready", "/metrics", "/openapi.json", "/docs"})
# Open vocabularies: every word that a client may meet or send.
WORDS = {
    "InteractionChangesIn.status": "active completed abandoned",
    "InteractionOut.status": "active completed abandoned",
    "ResponseOut.status": "pending streaming complete cancelled failed",
    "FeedbackOut.status": "pending validated rejected returned tied withdrawn",
    "FeedbackIn.rating": "like dislike",
    "ReasonedFlagIn.reason": "spam unsafe pii off_topic other",
    "PreferenceIn.verdict": "better tie both_bad",
    "WayOut.way": "priority random",
    "GainOut.conclusion": "not_enough_yet better no_difference_seen worse",
    "VerdictIn.verdict": "valid invalid returned",
    "ModelIn.provider": "model_service openai sagemaker",
    "ModelChangesIn.provider": "model_service openai sagemaker",
    "ModelOut.health": "healthy failing unknown",
    "JobOut.status": "queued running succeeded failed",
}
