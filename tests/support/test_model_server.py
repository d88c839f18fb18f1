import os

import pytest

from tests.support.model_server.server import ModelServer, interpreter

WORDS = "there is no vLLM, run: make model-server"


def test_without_vllm_a_test_is_skipped_with_what_to_run(tmp_path):
    with pytest.raises(pytest.skip.Exception, match=WORDS):
        interpreter(tmp_path, {})


def test_without_vllm_a_test_fails_in_ci(tmp_path):
    with pytest.raises(pytest.fail.Exception, match=WORDS):
        interpreter(tmp_path, {"CI": "true"})


def test_an_installation_that_broke_off_does_not_count(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    with pytest.raises(pytest.skip.Exception, match=WORDS):
        interpreter(tmp_path, {})
    (tmp_path / ".installed-1").touch()
    assert interpreter(tmp_path, {"CI": "true"}) == tmp_path / "bin" / "python"


def test_a_server_that_does_not_start_is_told_with_its_own_words(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no such model: $3 $4 >&2\nexit 1\n")
    broken.chmod(0o755)
    server = ModelServer(broken, tmp_path / "model", tmp_path)
    with pytest.raises(pytest.fail.Exception, match=f"no such model: --model {tmp_path}/model"):
        server.run()
    server.stop()


def test_a_server_is_shown_no_key(tmp_path):
    shown = tmp_path / "python"
    shown.write_text("#!/bin/sh\nenv\n")
    shown.chmod(0o755)
    server = ModelServer(shown, tmp_path, tmp_path, {"PATH": os.defpath, "OPENAI_API_KEY": "k-1"})
    with pytest.raises(pytest.fail.Exception) as told:
        server.run()
    assert "HF_HUB_OFFLINE=1" in str(told.value)
    assert "k-1" not in str(told.value)
