"""AWS at the socket: its errors, and an environment with our keys only."""

KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def use_no_other_keys(monkeypatch, tmp_path, keys=KEYS):
    """Let boto3 find ``keys`` and nothing of the machine's own."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_ENDPOINT_URL", *KEYS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    for name, value in keys.items():
        monkeypatch.setenv(name, value)


def refusal(code, words="no", status=400, **more):
    """Return the arguments of a reply that is an error of AWS."""
    return {
        "body": {"__type": code, "message": words, **more},
        "status": status,
        "x_amzn_ErrorType": code,
        "Content_Type": "application/json",
    }
