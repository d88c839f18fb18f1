"""How many tokens a call takes: words, and those that the provider had read before."""

from typing import NamedTuple

from tests.support.providers.call import Call, Said


class Usage(NamedTuple):
    """Tokens of one reply; `read` has `cached` and `stored` among them."""

    read: int
    cached: int
    stored: int
    written: int


class PromptCache:
    """Remembers what was read, for each model.

    OpenAI and Gemini find by themselves the longest run of whole turns that came before; Anthropic
    keeps and finds only what a client marked.
    """

    def __init__(self) -> None:
        self._seen: set[tuple[str, str, tuple[str, ...]]] = set()

    def usage(self, call: Call, said: Said) -> Usage:
        texts = (call.system, *(turn.text for turn in call.turns))
        marks = (call.is_system_marked, *(turn.is_marked for turn in call.turns))
        ends = range(1, len(texts) + 1)
        if call.api == "anthropic":
            ends = [end for end in ends if marks[end - 1]]
        prefixes = [texts[:end] for end in ends]
        known = [p for p in prefixes if (call.api, call.model, p) in self._seen]
        self._seen |= {(call.api, call.model, prefix) for prefix in prefixes}
        read, cached = _words(texts), _words(known[-1]) if known else 0
        stored = _words(prefixes[-1]) - cached if call.api == "anthropic" and prefixes else 0
        if said.cached_tokens is not None:
            cached, stored = said.cached_tokens, 0
        return Usage(read, cached, stored, len(said.text.split()) or len(said.text[:1]))


def _words(texts: tuple[str, ...]) -> int:
    return sum(len(text.split()) for text in texts)
