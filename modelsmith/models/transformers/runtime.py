"""What answering and training share: torch set up, a model in memory, faults in words."""

import ctypes
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from modelsmith.errors import EngineError
from modelsmith.models.generation import Prompt
from modelsmith.models.source import Quantisation
from modelsmith.models.transformers.hardware import has_bf16
from modelsmith.record import sha256

ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",  # nothing is fetched: weights are named by digest
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",  # its threads die in a fork, with a warning
    "TQDM_DISABLE": "1",
    "OMP_WAIT_POLICY": "passive",  # spinning threads starve a second process (learn, section 6)
    "GOMP_SPINCOUNT": "10000",
}
"""Set before torch is loaded; what the operator has set himself stays.

Threads wait for the next operation awake for a moment, then asleep. Seconds a training step of
SmolLM2-135M, one row of 440 tokens on two cores, alone and beside a second such process: asleep at
once 1.72 and 2.7; after 4,000 turns 1.54 and 3.5; after 10,000 1.38 and 4.4; after 20,000 1.35 and
6.0. Who runs two at once on a machine sets GOMP_SPINCOUNT to 0.
"""

OUT_OF_MEMORY = ("can't allocate memory", "out of memory")
"""How torch says it: the CPU allocator, and CUDA."""

FAULTS = (MemoryError, RuntimeError, OSError, ValueError, KeyError)
"""What torch, transformers and peft raise for files and machines; the rest is a defect."""


class Loaded(NamedTuple):
    """A model in memory, with its tokenizer."""

    model: Any
    tokenizer: Any
    dtype: str
    """`bfloat16`, `float32` or `nf4`."""
    device: str
    """`cpu` or `cuda`."""

    @property
    def window(self) -> int | None:
        """Tokens that it reads at most; none where its config does not say."""
        return getattr(self.model.config, "max_position_embeddings", None)


M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4
"""Options of glibc's mallopt(3)."""


def keep_memory() -> None:
    """Let the C library keep what it is given back, so that a step does not fault it in again.

    Measured with SmolLM2-135M, batches of 4 x 500 tokens: 2 million page faults a step without,
    under 0.1 million with, and a fifth less time. Nothing happens where there is no glibc.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return
    mallopt(M_MMAP_MAX, 0)
    mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
    mallopt(M_TOP_PAD, 256 << 20)


def prepare() -> None:
    """Set the environment that torch and its neighbours read while they are loaded."""
    keep_memory()
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    with quiet():
        from transformers.utils import logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep back the warnings that libraries give each other; ours are errors, not warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@contextmanager
def faults_named(what: str) -> Iterator[None]:
    """Turn what torch, peft and the loaders raise inside into an EngineError that names `what`.

    Raises:
        EngineError: the work inside failed; memory is told from everything else.
    """
    try:
        yield
    except Exception as error:
        is_bare = type(error) is Exception  # what tokenizers raises
        if not (isinstance(error, FAULTS) or is_bare or _is_safetensors(error)):
            raise  # ours, or a defect
        words = " ".join(str(error).split())[:400] or type(error).__name__
        if isinstance(error, MemoryError) or any(sign in words.lower() for sign in OUT_OF_MEMORY):
            raise EngineError(
                f"could not {what}: out of memory ({words})",
                remedy="Lower the batch or the length in run.yaml, or take a larger cluster.",
            ) from error
        raise EngineError(
            f"could not {what}: {type(error).__name__}: {words}",
            remedy="Check that the folder holds what was saved there; store or convert it again.",
        ) from error


class LocatedModel(NamedTuple):
    """A model folder and the digest of what is in it."""

    folder: Path
    sha256: str


def load(located: LocatedModel, name: str, quantisation: Quantisation) -> Loaded:
    """Return the model in memory, in the number format that `quantisation` and machine allow.

    Raises:
        EngineError: it does not load, or nf4 was asked of a machine without CUDA.
    """
    prepare()
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    device = "cuda" if torch.cuda.is_available() else "cpu"
    settings = _number_format(located.folder, quantisation, device)
    with quiet(), faults_named(f"load model {name} from {located.folder}"):
        tokenizer = AutoTokenizer.from_pretrained(located.folder, local_files_only=True)
        if not tokenizer.chat_template:
            raise EngineError(
                f"model {name}: its tokenizer has no chat template",
                remedy="Take the instruct version of the model, or save a template with it.",
            )
        tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
        model = AutoModelForCausalLM.from_pretrained(
            located.folder, local_files_only=True, use_safetensors=True, **settings
        )
        if quantisation is not Quantisation.NF4:
            model = model.to(device)
    dtype = "nf4" if quantisation is Quantisation.NF4 else str(settings["dtype"])[len("torch.") :]
    return Loaded(model.eval(), tokenizer, dtype, device)


def rendered(tokenizer: Any, prompt: Prompt) -> str:  # noqa: ANN401 - untyped library
    """Return the text that the model reads, up to where its answer begins.

    The one rendering: answering generates from it, training is refused where it differs.
    """
    text: str = tokenizer.apply_chat_template(
        messages_of(prompt), tokenize=False, add_generation_prompt=True
    )
    return text


def token_ids(held: Loaded, prompt: Prompt) -> list[int]:
    """Return the tokens that the model reads, up to where its answer begins."""
    text = rendered(held.tokenizer, prompt)
    tokens: list[int] = held.tokenizer(text, add_special_tokens=False).input_ids
    return tokens


def messages_of(prompt: Prompt) -> list[dict[str, str]]:
    """Return the conversation as chat templates take it."""
    return [{"role": turn.role, "content": turn.content} for turn in prompt]


def template_sha256(tokenizer: Any) -> str:  # noqa: ANN401 - untyped library
    """Return the digest of the chat template."""
    return sha256(str(tokenizer.chat_template).encode())


def versions(names: Sequence[str]) -> Mapping[str, str]:
    """Return the installed version of each distribution."""
    from importlib.metadata import version

    return {name: version(name) for name in names}


def surroundings(loaded_model: Loaded) -> dict[str, str]:
    """Return what of the machine can change a figure: format, device, threads, instructions."""
    import torch

    return {
        "dtype": loaded_model.dtype,
        "device": loaded_model.device,
        "threads": str(torch.get_num_threads()),
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }


def _is_safetensors(error: Exception) -> bool:
    from safetensors import SafetensorError

    return isinstance(error, SafetensorError)


def _number_format(folder: Path, quantisation: Quantisation, device: str) -> dict[str, Any]:
    import torch

    if quantisation is Quantisation.NF4:
        return _nf4(folder, device)
    if quantisation is Quantisation.BF16 and (device == "cuda" or has_bf16()):
        return {"dtype": torch.bfloat16}
    return {"dtype": torch.float32}


def _nf4(folder: Path, device: str) -> dict[str, Any]:
    """Return the 4-bit settings of Dettmers et al. 2023 (QLoRA): nf4, double, bf16 arithmetic."""
    import torch

    weights = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    if device != "cuda":
        raise EngineError(
            f"nf4 needs a CUDA GPU, this machine has {torch.cuda.device_count()}; the weights "
            f"take {weights / 2**20:.0f} MiB unquantised",
            remedy="Set `quantisation: bf16` in run.yaml, or take a cluster with a GPU.",
        )
    from transformers import BitsAndBytesConfig

    return {
        "quantization_config": BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        ),
        "device_map": {"": 0},
    }
