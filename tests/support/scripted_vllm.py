"""Stands in for `python -m vllm.entrypoints.openai.api_server`: the same words, wire and habits.

An adapter says the first eight digits of its digest, then the last message.
"""

import argparse
import hashlib
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

WINDOW = 600
ADAPTERS: dict[str, str] = {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.tell(200 if self.path == "/health" else 404, {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Bearer {os.environ['VLLM_API_KEY']}":
            self.refuse(401, "Unauthorized")
        elif self.path == "/v1/load_lora_adapter":
            self.load(body)
        elif self.path == "/v1/unload_lora_adapter":
            ADAPTERS.pop(body["lora_name"])
            self.tell(200, {})
        else:
            self.complete(body)

    def load(self, body: dict) -> None:
        weights = Path(body["lora_path"]) / "adapter_model.safetensors"
        if weights.stat().st_size > 1000:
            self.refuse(400, "adapter is too large")
            return
        ADAPTERS[body["lora_name"]] = hashlib.sha256(weights.read_bytes()).hexdigest()
        self.tell(200, {})

    def complete(self, body: dict) -> None:
        if body["model"] not in ADAPTERS:
            self.refuse(404, f"The model `{body['model']}` does not exist.")
            return
        question = body["messages"][-1]["content"]
        words = [ADAPTERS[body["model"]][:8], *question.split()]
        read, limit = len(words), body.get("max_tokens")
        if read + (limit or 1) > WINDOW:
            self.refuse(400, f"This model's maximum context length is {WINDOW} tokens")
            return
        if question == "break":
            self.refuse(500, "out of memory")
            return
        said = words[: limit or WINDOW - read]
        usage = {"prompt_tokens": read, "completion_tokens": len(said)}
        finish = "length" if len(said) < len(words) else "stop"
        if not body.get("stream"):
            choice = {"message": {"content": " ".join(said)}, "logprobs": logprobs(said[:1], body)}
            self.tell(200, {"choices": [choice], "usage": usage})
            return
        events = [
            {"choices": [{"delta": {"content": f" {word}"}, "logprobs": logprobs([word], body)}]}
            for word in said
        ]
        events.append({"choices": [{"delta": {}, "finish_reason": finish}]})
        events.append({"choices": [], "usage": usage})
        if question == "break off":
            events = events[:1]
        sent = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(sent.encode())))
        self.end_headers()
        self.wfile.write(sent.encode())

    def refuse(self, status: int, words: str) -> None:
        self.tell(status, {"error": {"message": words, "code": status}})

    def tell(self, status: int, body: dict) -> None:
        sent = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)


def logprobs(words: list[str], body: dict) -> dict | None:
    if not body.get("logprobs"):
        return None
    top = [
        {"token": token, "logprob": logprob}
        for token, logprob in ((words[0], -0.5), ("�", -2.0), ("�", -3.0))
    ]
    return {"content": [top[0] | {"top_logprobs": top[: body["top_logprobs"]]}]}


def main() -> None:
    assert sys.argv[1:3] == ["-m", "vllm.entrypoints.openai.api_server"]
    parser = argparse.ArgumentParser()
    for name in ("host", "model", "served-model-name", "generation-config", "dtype"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("port", "max-lora-rank", "max-loras"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--enable-lora", action="store_true", required=True)
    parser.add_argument("--disable-uvicorn-access-log", action="store_true", required=True)
    parser.add_argument("--fail", action="store_true")
    words = parser.parse_args(sys.argv[3:])
    print(json.dumps({"words": vars(words), "settings": dict(os.environ)}), flush=True)
    if words.fail:
        raise SystemExit(f"no GPU; my key is {os.environ['VLLM_API_KEY']}")
    ThreadingHTTPServer((words.host, words.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
