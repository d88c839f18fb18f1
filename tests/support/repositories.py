"""A repository as an operator has it: an exam, families, a cluster, a model folder and a run.

The model folder states its sizes and holds no usable weights: enough to start a run with, and a
scripted model walks it.
"""

import json
from pathlib import Path

from modelsmith.exam.authoring.scenario_file import CANARY, schema_line
from modelsmith.exam.benchmark import Exam
from modelsmith.exam.scenario import Scenario
from tests.support.exam_files import write
from tests.support.models import CHATML
from tests.support.runs import an_exam, git_repository, sheets_of

SMALL = {"train": 2, "steer": 1, "sealed": 1}

RUN = """\
# What a test runs.
benchmark: adtech
specialist: adtech-tiny
model: {name: tiny, path: tiny}
training: {variants: 2, replay: 0.5, batch: 4, samples: 2}
evaluation: {variants: 2, batch: 8, votes: 3, maxTokens: 64}
budgets: {iterations: 3}
"""

FAMILY = """\
parent: %s
worlds: {steady: same}
template: |
  description: {{ (parent.description ~ ' Week ' ~ pick([3, 17, 29, 41, 58, 63])) | tojson }}
"""

CLUSTERS = """\
clusters:
  - {name: local-cpu, labels: [], memoryGib: 8}
  - {name: gpu-box, labels: [self-hosted], gpus: 2, memoryGib: 24}
"""

SIZES = {
    "num_hidden_layers": 2,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 512,
    "tie_word_embeddings": True,
}


TOKENIZER = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [],
    "normalizer": None,
    "pre_tokenizer": {"type": "Whitespace"},
    "post_processor": None,
    "decoder": None,
    "model": {"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"},
}


def a_repository(root: Path, *, run_yaml: str = RUN, exam: Exam | None = None) -> Path:
    """Write everything below `root`, commit nothing of it, and return `root`."""
    chosen = exam or an_exam(SMALL)
    git_repository(root)
    folder = "benchmarks/adtech"
    write(root, f"{folder}/benchmark.yaml", chosen.benchmark.model_dump_json(by_alias=True))
    for split in ("train", "steer", "sealed"):
        for scenario in getattr(chosen, split):
            write(
                root, f"{folder}/{split}/{scenario.id}.yaml", scenario_file(chosen, scenario, split)
            )
            if split != "train":
                write(root, f"{folder}/families/{scenario.id}.yaml", FAMILY % scenario.id)
    for sheet in sheets_of(chosen):
        write(root, f"{folder}/exam/{sheet.scenario}.yaml", sheet.model_dump_json(by_alias=True))
    write(root, "runners/clusters.yaml", CLUSTERS)
    model_folder(root)
    write(root, "runs/tiny/run.yaml", run_yaml)
    return root


def model_folder(root: Path, **sizes: object) -> None:
    """Write a model without weights, whose tokens are words and signs."""
    write(root, "tiny/config.json", json.dumps(SIZES | sizes))
    write(root, "tiny/tokenizer.json", json.dumps(TOKENIZER))
    write(root, "tiny/tokenizer_config.json", json.dumps({"chat_template": CHATML}))
    write(root, "tiny/model.safetensors", "{}")


def scenario_file(exam: Exam, scenario: Scenario, split: str) -> str:
    """Return a scenario of one split as its author writes it."""
    fields = scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    fields[exam.benchmark.mechanic.field] = fields.pop("mechanic")
    lines = [schema_line("adtech")]
    lines += [CANARY.format(guid=exam.benchmark.canary)] if split == "sealed" else []
    return "\n".join([*lines, *(f"{name}: {json.dumps(value)}" for name, value in fields.items())])
