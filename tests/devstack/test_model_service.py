"""The local Model Service as a process, with the real model behind it."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import requests

from devstack import model_service
from devstack.errors import PartError
from devstack.model_service.deployment import MODEL_ID

QUESTION = "What is photosynthesis?"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = model_service.start(tmp_path_factory.mktemp("model_service"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def endpoint(server):
    found = requests.get(f"{server.url}/endpoints", timeout=10).json()
    (only,) = found["endpoints"]
    assert only["EndpointStatus"] == "InService"
    return only["EndpointName"]


def query(server, endpoint, timeout=60, **body):
    url = f"{server.url}/endpoint/{endpoint}/query"
    return requests.post(url, json=body, timeout=timeout)


def chat(server, **body):
    url = f"{server.url}/chat/completions"
    return requests.post(
        url, json={"model": MODEL_ID, **body}, timeout=60, stream=body.get("stream")
    )


def test_the_model_answers_a_query_sensibly(server, endpoint):
    answer = query(server, endpoint, query=QUESTION, parameters={"temperature": 0})
    assert answer.status_code == 200
    (only,) = answer.json()
    assert "light" in only["generated_text"]
    assert "<|im_" not in only["generated_text"]


def test_the_length_asked_for_is_kept(server):
    message = [{"role": "user", "content": QUESTION}]
    body = chat(server, messages=message, max_tokens=5).json()
    assert body["usage"]["completion_tokens"] == 5
    assert body["choices"][0]["finish_reason"] == "length"


def test_the_same_seed_gives_the_same_answer(server, endpoint):
    parameters = {"seed": 7, "temperature": 1, "max_new_tokens": 10}
    first, second = (
        query(server, endpoint, query=QUESTION, parameters=parameters).json() for _ in range(2)
    )
    assert first == second


def test_a_chat_remembers(server):
    told = [
        {"role": "user", "content": "My dog is called Rex."},
        {"role": "assistant", "content": "What a nice name, Rex."},
        {"role": "user", "content": "What is my dog called?"},
    ]
    body = chat(server, messages=told, temperature=0).json()
    assert "Rex" in body["choices"][0]["message"]["content"]


def test_a_stream_carries_the_same_answer_in_pieces(server):
    ask = {
        "messages": [{"role": "user", "content": QUESTION}],
        "temperature": 0,
        "max_tokens": 12,
    }
    whole = chat(server, **ask).json()["choices"][0]["message"]["content"]
    with chat(server, **ask, stream=True) as answer:
        lines = [line for line in answer.iter_lines() if line]
    assert lines[-1] == b"data: [DONE]"
    chunks = [json.loads(line.removeprefix(b"data: ")) for line in lines[:-1]]
    texts = [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks]
    assert "".join(texts) == whole
    assert len(texts) > 5


def test_a_question_too_long_for_the_model_is_refused(server, endpoint):
    answer = query(server, endpoint, query="word " * 5000)
    assert answer.status_code == 400
    assert "context size" in answer.json()["detail"]


def test_many_at_once_are_all_answered(server, endpoint):
    def ask(number):
        parameters = {"max_new_tokens": 4}
        return query(server, endpoint, query=f"Count to {number}", parameters=parameters)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(16)))
    assert {answer.status_code for answer in answers} == {200}


def test_callers_who_leave_do_not_hold_the_model(server, endpoint):
    def leave(number):
        parameters = {"max_new_tokens": 1900, "temperature": 1}
        body = {"query": f"Tell a long story about {number}", "parameters": parameters}
        with pytest.raises(requests.Timeout):
            query(server, endpoint, timeout=0.5, **body)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(leave, range(8)))
    parameters = {"max_new_tokens": 2}
    # Eight whole stories would take minutes.
    query(server, endpoint, timeout=20, query=QUESTION, parameters=parameters)


def test_variant_a_is_chosen_by_a_word_and_the_name_survives(tmp_path):
    names = set()
    for _ in range(2):
        server = model_service.start(tmp_path, variant="a")
        found = requests.get(f"{server.url}/endpoints", timeout=10).json()
        names.add(found["endpoints"][0]["endpointName"])
        answer = query(server, names.copy().pop(), query="Hi", parameters={"max_new_tokens": 2})
        assert set(answer.json()[0]) == {"generated_text"}
        server.stop()
    assert len(names) == 1
    (name,) = names
    assert name.startswith("HuggingFaceTB--SmolLM2-135M-Instruct-")


def test_it_comes_back_on_its_port(tmp_path):
    server = model_service.start(tmp_path)
    url = server.url
    server.kill()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/health", timeout=5)
    server.restart()
    assert requests.get(f"{url}/health", timeout=5).json()["status"] == "healthy"
    server.stop()


def test_a_taken_port_is_told(server, tmp_path):
    port = int(server.url.rsplit(":", 1)[1])
    with pytest.raises(PartError, match=f"cannot have port {port}"):
        model_service.start(tmp_path, port=port)


def test_it_listens_on_the_loopback_alone(server):
    process = psutil.Process(server.pid)
    listening = [
        connection.laddr.ip
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert set(listening) == {"127.0.0.1"}
    assert process.ppid() == os.getpid()
