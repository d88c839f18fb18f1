"""No key is written anywhere, and nobody but the model's server is reached."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from modelsmith.boundary import hosted_model
from tests.support.hosted_worlds import APIS, YES
from tests.support.providers import faults, provider_server
from tests.support.providers.server import LIMITS

pytestmark = pytest.mark.slow

KEYS = {api: f"sk-{api}/7+q=%&planted~{api}" for api in APIS}
"""One for each wire, of characters that an address spells otherwise."""

SAYS = {
    "success": [YES],
    "repair": ["no", YES],
    "broken": ["the key is {key}"],
    "refused": [faults.refused_key("no such key: {key}")],
    "forbidden": [faults.status(403, "not with {key}")],
    "failing": [faults.status(500, "{key} broke it")],
    "wrong": [faults.status(400, "{key} is not known")],
    "late": [faults.SLOW],
    "page": [faults.PAGE],
    "reset": [faults.RESET],
}


def forms_of(key: str) -> set[bytes]:
    """Return the spellings in which a key may be written."""
    plain = {key, quote(key), quote(key, safe=""), quote_plus(key), json.dumps(key)[1:-1]}
    encoded = {form.encode() for form in plain}
    # base64 of whatever the key stands in: its middle is the same in one of three places
    for shift in range(3):
        whole = base64.b64encode(b"x" * shift + key.encode())
        encoded |= {whole[4:-4], whole[4:-4].replace(b"+", b"-").replace(b"/", b"_")}
    return encoded


def asking(folder: Path, models, **environment: str) -> tuple[dict, bytes]:
    """Return what a process of its own tells of asking, and all it wrote on stdout and stderr."""
    names = set(hosted_model.KEYS.values())
    kept = {name: value for name, value in os.environ.items() if name not in names}
    kept |= {"PYTHONPATH": str(Path.cwd()), "HOME": str(folder), "TMPDIR": str(folder)}
    given = [[model.model_dump(mode="json", by_alias=True), text] for model, text in models]
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.asking_process", str(folder)],
        input=json.dumps({"models": given}).encode(),
        capture_output=True,
        cwd=folder,
        env=kept | environment,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return json.loads(done.stdout.splitlines()[-1]), done.stdout + done.stderr


def places_of(folder: Path, forms: set[bytes]) -> list[str]:
    """Return each file under a folder that holds one of the forms."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path.name for path in files if any(form in path.read_bytes() for form in forms)]


@pytest.mark.parametrize("form", ["raw", "address", "base64"])
def test_a_planted_key_would_be_found(tmp_path, form):
    key = KEYS["gemini"]
    written = {
        "raw": f"Bearer {key}",
        "address": f"?key={quote_plus(key)}",
        "base64": base64.b64encode(f"key {key}.".encode()).decode(),
    }[form]
    (tmp_path / "log").write_text(f"before {written} after")
    assert places_of(tmp_path, forms_of(key)) == ["log"]


def test_no_key_is_written_anywhere(tmp_path):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    reached_with = set()

    def script(call):
        reached_with.add(call.key)
        said = SAYS[call.turns[0].text]
        return said[1] if len(said) > 1 and call.is_repair else said[0]

    with provider_server(script, keys=KEYS) as server:
        limits = LIMITS.model_copy(update={"attempts": 2, "timeout_s": 4.0})
        late = limits.model_copy(update={"attempts": 1, "timeout_s": 0.5})
        models = [
            (
                server.model(
                    f"{api}-{text}",
                    api=api,
                    key_env=f"PLANTED_{api.upper()}",
                    limits=late if text == "late" else limits,
                ),
                text,
            )
            for api in APIS
            for text in SAYS
        ]
        planted = {f"PLANTED_{api.upper()}": key for api, key in KEYS.items()}
        told, output = asking(tmp_path, models, LITELLM_LOG="DEBUG", OPENAI_LOG="debug", **planted)
        assert server.refusals == []
    for api in APIS:
        kinds = {text: told["told"][f"{api}-{text}"] for text in SAYS}
        assert (kinds["success"], kinds["repair"]) == ("reply", "reply"), kinds
        assert kinds["refused"].startswith("HostedError"), kinds
        assert kinds["forbidden"].startswith("HostedError"), kinds
        lost = {kinds[text] for text in ("broken", "failing", "wrong", "late", "page", "reset")}
        assert lost == {"lost"}, kinds
    assert len(reached_with) == len(APIS)  # each key did go where it should
    assert {path.name for path in tmp_path.iterdir()} >= {
        "outbound.jsonl", "evidence.jsonl", "cache", "debug.log",
    }  # fmt: skip
    for key in KEYS.values():
        assert places_of(tmp_path, forms_of(key)) == []
        assert not [form for form in forms_of(key) if form in output]


def test_nobody_but_the_server_is_reached(tmp_path):
    with provider_server(lambda call: YES) as server:
        models = [(server.model(api, api=api), "Is it so?") for api in APIS]
        told, _ = asking(tmp_path, models)
        port = server.port
    assert told["told"] == dict.fromkeys(APIS, "reply")
    assert told["refused"] == []
    assert set(told["reached"]) <= {f"('127.0.0.1', {port})", "lookup 127.0.0.1"}
