"""A route gets the key that an operator meant for it, and no other secret."""

import pytest

from app.clients.model_keys import ModelKeys

URL = "https://api.openai.com/v1"
ENVIRONMENT = {
    "MODEL_OPENAI_API_KEY": " sk-1 ",
    "MODEL_API_KEY": "sk-2",
    "MODEL_BOUND_API_KEY": "sk-3",
    "MODEL_BOUND_API_KEY_HOSTS": "API.openai.com, other.example",
    "MODEL_ODD_API_KEY": "a\nb",
    "OPENAI_API_KEY": "sk-4",
    "JWT_SECRET_KEY": "secret",
    "DATABASE_URL": "postgresql://x",
    "MODEL_SERVICE_URL": "http://x",
}


@pytest.fixture
def keys():
    return ModelKeys(ENVIRONMENT)


@pytest.mark.parametrize(
    ("name", "key"), [("MODEL_OPENAI_API_KEY", "sk-1"), ("MODEL_API_KEY", "sk-2")]
)
def test_a_key_is_found_by_its_name(keys, name, key):
    assert keys.fault(name, URL) is None
    assert keys.get(name) == key


@pytest.mark.parametrize(
    "name",
    [
        *("JWT_SECRET_KEY", "DATABASE_URL", "MODEL_SERVICE_URL", "OPENAI_API_KEY", ""),
        *("MODEL_API_KEY_HOSTS", "model_api_key", "MODEL__API_KEY", "XMODEL_API_KEY"),
        *("MODEL_API_KEY\n", "MODEL_OPENAI_API_KEY_FILE", "MODEL_ÄPI_API_KEY"),
    ],
)
def test_no_other_variable_can_be_named(keys, name):
    assert "MODEL_..._API_KEY" in keys.fault(name, URL)
    assert keys.get(name) is None


def test_a_key_may_be_bound_to_hosts(keys):
    assert keys.fault("MODEL_BOUND_API_KEY", URL) is None
    assert keys.fault("MODEL_BOUND_API_KEY", "https://other.example:8443/v1") is None
    for url in ("https://evil.example/v1", "https://api.openai.com.evil.example/v1", "x"):
        assert "MODEL_BOUND_API_KEY_HOSTS" in keys.fault("MODEL_BOUND_API_KEY", url)


@pytest.mark.parametrize("name", ["MODEL_ABSENT_API_KEY", "MODEL_ODD_API_KEY"])
def test_what_is_absent_or_no_key_is_none(keys, name):
    assert keys.fault(name, URL) is None
    assert keys.get(name) is None


def test_a_key_may_be_in_a_file(tmp_path):
    (tmp_path / "key").write_text("sk-5\n")
    keys = ModelKeys({"MODEL_API_KEY_FILE": str(tmp_path / "key")})
    assert keys.get("MODEL_API_KEY") == "sk-5"
    assert ModelKeys({"MODEL_API_KEY_FILE": str(tmp_path / "gone")}).get("MODEL_API_KEY") is None
