"""The files a deployment is made of agree with each other and with the settings."""

import re
import subprocess
from dataclasses import fields

import pytest
import yaml

from app.config import Config
from tests.architecture.sources import ROOT

ENTRYPOINT = (ROOT / "entrypoint.sh").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
STANDALONE = yaml.safe_load((ROOT / "docker-compose.standalone.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
ENV_LINES = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
EXAMPLE = dict(line.split("=", 1) for line in ENV_LINES if re.match(r"[A-Z]", line))
SETTINGS = [field.name.upper() for field in fields(Config)]
# What docker-compose itself asks for; the service never sees it by this name.
COMPOSE_ONLY = ["POSTGRES_PASSWORD"]
OURS = {
    name: service
    for name, service in COMPOSE["services"].items()
    if name.startswith("interaction-")
}


def test_the_example_names_every_setting_in_order():
    assert list(EXAMPLE) == COMPOSE_ONLY + SETTINGS


def test_the_example_gives_the_defaults():
    needed = {
        "DATABASE_URL": "postgresql://somebody@127.0.0.1/somewhere",
        "JWT_SECRET_KEY": "0123456789abcdef" * 2,
    }
    as_given = Config.from_environment({**EXAMPLE, **needed})
    assert as_given == Config.from_environment(needed)


def test_the_example_says_what_each_group_is():
    lone = [
        name
        for before, name in zip(["", *ENV_LINES], ENV_LINES, strict=False)
        if re.match(r"[A-Z]", name) and not before
    ]
    assert lone == []


def test_the_example_chooses_no_secret():
    chosen = {name for name in EXAMPLE if re.search("SECRET|PASSWORD|TOKEN$", name)}
    assert {name for name in chosen if EXAMPLE[name]} == set()


def test_the_entrypoint_knows_the_commands_that_compose_gives():
    types = re.findall(r"^    ([a-z]+)\)$", ENTRYPOINT, re.MULTILINE)
    assert sorted(types) == sorted(name for service in OURS.values() for name in service["command"])
    assert f"usage: entrypoint.sh {'|'.join(types)}" in ENTRYPOINT


def test_the_entrypoint_refuses_what_it_does_not_know():
    for arguments in (["nonsense"], []):
        refused = subprocess.run(
            ["sh", ROOT / "entrypoint.sh", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        assert refused.returncode == 64
        assert refused.stderr.startswith("usage: ")


@pytest.mark.parametrize("name", OURS)
def test_a_container_of_ours_is_given_settings_that_exist(name):
    assert set(OURS[name]["environment"]) <= set(SETTINGS)
    assert OURS[name]["env_file"] == ".env"


@pytest.mark.parametrize("name", OURS)
def test_a_container_of_ours_can_change_nothing(name):
    assert OURS[name]["read_only"] is True
    assert OURS[name]["tmpfs"] == ["/tmp"]
    assert OURS[name]["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", OURS)
def test_a_stop_takes_longer_than_the_longest_answer(name):
    grace = int(OURS[name]["stop_grace_period"].removesuffix("s"))
    assert grace > float(EXAMPLE["GRACEFUL_SECONDS"])


def test_the_service_waits_until_its_stores_are_healthy():
    for needed in ("postgres", "redis"):
        awaited = OURS["interaction-service"]["depends_on"][needed]
        assert awaited == {"condition": "service_healthy"}
        assert COMPOSE["services"][needed]["healthcheck"]["test"]


def test_the_networks_are_the_founding_documents():
    assert COMPOSE["networks"]["interaction-network"] == {"driver": "bridge"}
    assert COMPOSE["networks"]["model-manager-network"] == {"external": True}
    assert set(OURS["interaction-service"]["networks"]) == set(COMPOSE["networks"])


def test_the_standalone_file_only_makes_the_outer_network():
    changed = {"external": False, "driver": "bridge"}
    assert {"networks": {"model-manager-network": changed}} == STANDALONE


def test_nothing_has_a_default_password():
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert re.findall(r"\$\{POSTGRES_PASSWORD(?!:\?)", text) == []


def test_every_published_port_is_the_services_own():
    published = {
        name: service["ports"]
        for name, service in COMPOSE["services"].items()
        if "ports" in service
    }
    assert published == {"interaction-service": ["${PORT:-8000}:${PORT:-8000}"]}


def test_the_image_copies_what_exists_and_what_is_let_in():
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    copied = {name for line in lines for name in line.split()}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    assert copied == let_in
    assert {name for name in copied if not (ROOT / name).exists()} == set()
    assert {"devstack", "tests", "run.py"} & copied == set()


def test_the_image_runs_as_nobody_in_particular():
    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    assert "FLASK_APP=app" in DOCKERFILE
    assert "/health" in DOCKERFILE
