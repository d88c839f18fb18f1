"""Where a model comes from, the family it is of, and the parts that it is served in."""

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Annotated, Literal

from pydantic import Field

from modelsmith.record import CamelRecord, Sha256

ModelFamily = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
"""Models of one descent, which lean the same way: claude, gemini, gpt, llama, smollm."""


@unique
class Quantisation(StrEnum):
    """How the base model's weights are held while training and answering."""

    BF16 = "bf16"
    """Two bytes a weight."""
    FP32 = "fp32"
    """Four bytes a weight."""
    NF4 = "nf4"
    """About half a byte a weight; needs a CUDA GPU and bitsandbytes."""


EMBEDDED = "smollm2-135m-instruct"
"""The model that comes with the package, and needs no download."""

EMBEDDED_FAMILY = "smollm"
"""Its descent."""


class ModelSource(CamelRecord):
    """Where a base model comes from."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    """`smollm2-135m-instruct` is embedded; any other name needs `path`."""
    path: str | None = None
    """A folder with safetensors, config and tokenizer, relative to the repository."""
    family: ModelFamily | None = None
    """Its descent, as hosted models have one: a judge of it never decides on the specialist. The
    embedded model's is known."""

    @property
    def descent(self) -> str | None:
        """The model's family; none where nobody said."""
        return self.family or (EMBEDDED_FAMILY if self.path is None else None)


def public(version: str) -> str:
    """Return a library's version without its build: 2.9.1 of 2.9.1+cpu."""
    return version.partition("+")[0]


Part = Literal["adapter", "model", "tokenizer", "template"]
"""What is served, in parts that are told apart: any of them swapped makes another specialist."""


Parts = Mapping[Part, Mapping[str, Sha256]]
"""Digest of each file that is served, by part and path; the chat template under `chat`."""


CHAT = "chat"
"""What a chat template is called, since it may lie in a file with other things."""
