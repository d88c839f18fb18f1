"""The parts that a specialist is made of, each by its digest."""

from collections.abc import Mapping
from typing import Literal

from modelsmith.record import Sha256

Part = Literal["adapter", "model", "tokenizer", "template"]
"""What is served, in parts that are told apart: any of them swapped makes another specialist."""

Parts = Mapping[Part, Mapping[str, Sha256]]
"""Digest of each file that is served, by part and path; the chat template under `chat`."""

CHAT = "chat"
"""What a chat template is called, since it may lie in a file with other things."""
