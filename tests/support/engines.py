"""Engines and trainers that behave as the real ones do, without a model.

One contract (tests/models/test_engine_contract.py) runs on these and on the real ones.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import ceil, log
from pathlib import Path

from modelsmith.errors import EngineError
from modelsmith.models.fingerprint import TOP, NextTokens
from modelsmith.models.generation import Answer, Prompt, Sampling
from modelsmith.models.source import CHAT, ModelSource, Parts
from modelsmith.record import canonical, digest_of, sha256
from modelsmith.store.files.folder_manifest import manifest_of
from modelsmith.training.curriculum import Recipe, Trained, TrainingRow
from modelsmith.training.port import TellStep, TrainingJob

Says = Callable[[Prompt, str, Sampling], str]
"""(prompt, adapter's sha256 or `none`, sampling) -> answer."""


def echo(prompt: Prompt, adapter: str, sampling: Sampling) -> str:
    """Return the last message, so that an answer tells which prompt it belongs to."""
    return prompt[-1].content


class ScriptedEngine:
    """Says what a function says; a word is a token, and the last token ends the answer."""

    def __init__(
        self,
        says: Says = echo,
        *,
        adapter: str = "none",
        model: str = "scripted",
        fails_at: int = 0,
    ) -> None:
        """Take what it says; `fails_at` is the call, from 1, in which the machine breaks."""
        self._says = says
        self._adapter = adapter
        self._model = model
        self._fails_at = fails_at
        self.asked: list[tuple[Prompt, ...]] = []
        """Every batch that came, the failing one too."""
        self.folder: Path | None = None
        """Folder of the adapter."""

    @property
    def identity(self) -> Mapping[str, str]:
        return {"engine": "scripted/1", "model": self._model, "adapter": self._adapter}

    def answers(self, batch: Sequence[Prompt], sampling: Sampling) -> Sequence[Answer]:
        if not batch:
            return ()
        self.asked.append(tuple(batch))
        if len(self.asked) == self._fails_at:
            raise EngineError(
                f"could not answer a batch of {len(batch)}: out of memory (scripted)",
                remedy="Lower the batch in run.yaml.",
            )
        return tuple(self._answer(prompt, sampling) for prompt in batch)

    def next_tokens(self, prompts: Sequence[Prompt]) -> Sequence[NextTokens]:
        return tuple(self._next(prompt) for prompt in prompts)

    def _next(self, prompt: Prompt) -> NextTokens:
        """Return the first word of the greedy answer, likely, and others as chance has it."""
        words = self._says(prompt, self._adapter, Sampling(max_tokens=TOP)).split()
        first = words[0] if words else "</s>"
        others = [f"token{number}" for number in range(1, TOP)]
        known = digest_of([self._adapter, *(turn.content for turn in prompt)])
        weights = {word: 1 + int(sha256(f"{known}{word}".encode())[:2], 16) for word in others}
        total = sum(weights.values()) / 0.1
        return {first: round(log(0.9), 6)} | {
            word: round(log(weight / total), 6) for word, weight in weights.items()
        }

    @property
    def parts(self) -> Parts:
        name = self._model
        found = {
            "model": {"model.safetensors": sha256(f"weights of {name}".encode())},
            "tokenizer": {"tokenizer.json": sha256(f"tokenizer of {name}".encode())},
            "template": {CHAT: sha256(b"scripted template")},
        }
        if self.folder is not None:
            files = manifest_of(self.folder).files
            found["adapter"] = {file.path: file.sha256 for file in files}
        return found

    def _answer(self, prompt: Prompt, sampling: Sampling) -> Answer:
        text = self._says(prompt, self._adapter, sampling)
        tokens = len(text.split()) + 1
        ended = tokens <= sampling.max_tokens
        return Answer(
            text=text if ended else " ".join(text.split()[: sampling.max_tokens]),
            finish="stop" if ended else "length",
            prompt_tokens=sum(len(turn.content.split()) + 1 for turn in prompt),
            answer_tokens=min(tokens, sampling.max_tokens),
            latency_s=0.25,
        )


class ScriptedEngines:
    """Opens scripted engines and remembers them."""

    def __init__(self, says: Says = echo, *, fails_at: int = 0) -> None:
        self._says = says
        self._fails_at = fails_at
        self.opened_engines: list[ScriptedEngine] = []

    @contextmanager
    def open(
        self, model: ModelSource, adapter: Path | None, adapter_sha256: str | None
    ) -> Iterator[ScriptedEngine]:
        if adapter is not None and not (adapter / "adapter_config.json").is_file():
            raise EngineError(
                f"adapter {adapter} has no adapter_config.json",
                remedy="Fetch the adapter from the store by its digest.",
            )
        if adapter is not None and adapter_sha256 is None:
            adapter_sha256 = sha256((adapter / "adapter_model.safetensors").read_bytes())
        engine = self.made(
            adapter=adapter_sha256 or "none", model=model.name, fails_at=self._fails_at
        )
        engine.folder = adapter
        self.opened_engines.append(engine)
        yield engine

    def made(self, *, adapter: str, model: str, fails_at: int) -> ScriptedEngine:
        """Return a new engine; a fake with other habits makes another kind."""
        return ScriptedEngine(self._says, adapter=adapter, model=model, fails_at=fails_at)


class ScriptedTrainer:
    """Makes an adapter whose bytes are a function of rows, recipe and start."""

    def __init__(self, *, stops_at_step: int = 0) -> None:
        """Take the step, from 1, at which the first training breaks off; it then goes on there."""
        self._stops_at_step = stops_at_step
        self.steps_done: list[int] = []
        """Every step that was done, over all calls: a repeated one stands there twice."""
        self.trainings: list[tuple[TrainingRow, ...]] = []
        """The rows of every call."""

    def train(self, job: TrainingJob, tell: TellStep) -> tuple[Trained, Path]:
        rows, workspace = job.rows, job.workspace
        self.trainings.append(tuple(rows))
        self._check(rows, job.recipe)
        workspace.mkdir(parents=True, exist_ok=True)
        start, recipe, name = job.start, job.recipe.model_dump(), job.model.name
        begun = sha256((start / "adapter_model.safetensors").read_bytes()) if start else "none"
        key = digest_of([[row.digest() for row in rows], recipe, begun, name])
        steps = ceil(len(rows) / job.recipe.batch)
        state = workspace / f"{key}.json"
        done = json.loads(state.read_text()) if state.is_file() else 0
        for step in range(done + 1, steps + 1):
            if step == self._stops_at_step:
                self._stops_at_step = 0
                raise EngineError(f"stopped at step {step} (scripted)", remedy="Run it again.")
            self.steps_done.append(step)
            state.write_text(json.dumps(step))
            tell(step, steps, 2.0 / step)
        return self._outcome(rows, steps, key, begun), _adapter(workspace, key, name)

    def _outcome(self, rows: Sequence[TrainingRow], steps: int, key: str, begun: str) -> Trained:
        tokens = sum(len(row.target.split()) + 1 for row in rows)
        read = tokens + sum(len(turn.content.split()) + 1 for row in rows for turn in row.prompt)
        return Trained(
            rows=len(rows),
            steps=steps,
            trained_tokens=tokens,
            read_tokens=read,
            losses=tuple((step, 2.0 / step) for step in range(1, steps + 1)),
            initial_sha256=sha256(f"initial {begun}".encode()),
            final_sha256=sha256(key.encode()),
            template_sha256=sha256(b"scripted template"),
            logit_shift=1.0,
            duration_s=float(steps),
        )

    def _check(self, rows: Sequence[TrainingRow], recipe: Recipe) -> None:
        if not rows:
            raise EngineError(
                "there is no row to train on, at least 1 is needed",
                remedy="Look at the acceptance figures: no target passed its own rubric.",
            )
        for place, row in enumerate(rows):
            length = len(row.target.split()) + sum(len(t.content.split()) for t in row.prompt)
            if length > recipe.max_length:
                raise EngineError(
                    f"row {place} ({row.scenario}) has {length} tokens, "
                    f"at most {recipe.max_length} are allowed",
                    remedy="Shorten the scenario's table or raise the recipe's max_length.",
                )


def _adapter(workspace: Path, key: str, model: str) -> Path:
    folder = workspace / "adapter"
    folder.mkdir(exist_ok=True)
    (folder / "adapter_model.safetensors").write_bytes(key.encode())
    (folder / "adapter_config.json").write_bytes(
        canonical({"base_model_name_or_path": model, "peft_type": "LORA"})
    )
    return folder
