"""The official Python client of OpenAI's, unchanged, against the service as it is served."""

import openai
import pytest

from tests.model_side import MODEL
from tests.served import Served
from tests.world import token

QUESTION = [{"role": "user", "content": "Hello"}]


@pytest.fixture
def official(app, environment, tmp_path):
    served = Served(environment, tmp_path)
    served.start()
    with openai.OpenAI(base_url=f"{served.web.url}/v1", api_key=token(), max_retries=0) as one:
        yield one
    served.stop()


def test_it_asks_streams_and_reads_errors(official, alice):
    answer = official.chat.completions.create(model=MODEL, messages=QUESTION)
    assert answer.choices[0].message.content == "You said: Hello"
    assert answer.usage.total_tokens == 10
    assert alice.feedback(answer.id.removeprefix("chatcmpl-"))["status"] == "pending"
    stream = official.chat.completions.create(
        model=MODEL, messages=QUESTION, stream=True,
        metadata={"interaction_id": answer.interaction_id},
    )  # fmt: skip
    texts = [chunk.choices[0].delta.content or "" for chunk in stream]
    assert "".join(texts) == "You said: Hello"
    assert [one.id for one in official.models.list()] == []
    with pytest.raises(openai.BadRequestError) as caught:
        official.chat.completions.create(model=MODEL, messages=[])
    assert (caught.value.param, caught.value.code) == ("messages", "invalid")
    with pytest.raises(openai.NotFoundError):
        official.chat.completions.create(model="nobody/it", messages=QUESTION)
