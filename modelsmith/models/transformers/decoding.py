"""Answers token by token: what serving needs beyond a batch that is generated in one go.

Chats that wait together are read together and answered in step; one that ends leaves the batch. As
with any batch the last digits of a log-probability depend on the neighbours (decision 0002): a seed
repeats an answer for the same neighbours, and almost always for others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from modelsmith.errors import InputError
from modelsmith.models.chat import USUAL_TOKENS, Chat, End, Finish, Piece, Said, TokenLogprob, ready
from modelsmith.models.transformers.prefix_cache import batch_input
from modelsmith.models.transformers.runtime import Loaded, token_ids


def spoken(
    held: Loaded, chats: Sequence[Chat], is_gone: Callable[[int], bool]
) -> Iterator[tuple[int, Said | InputError]]:
    """Yield what is said to each chat, by its place, as the tokens come; the end of each is last.

    Args:
        held: The model.
        chats: Answered together.
        is_gone: Whether nobody waits for a chat's answer any more.
    """
    rows = []
    for place, chat in enumerate(chats):
        try:
            rows.append(_Row(held, place, chat))
        except InputError as error:
            yield place, error
    batch = _Batch(held, [row.prompt for row in rows]) if rows else None
    while batch is not None:
        drawn = []
        for row, logits in zip(rows, batch.logits, strict=True):
            token, events = row.write_next(logits)
            drawn.append(token)
            yield from ((row.place, event) for event in events)
        kept = [n for n, row in enumerate(rows) if not row.is_over and not is_gone(row.place)]
        rows = [rows[n] for n in kept]
        if not rows:
            return
        batch.advance(kept, [drawn[n] for n in kept])


def likeliest_by_text(tokenizer: Any, likeliest: Any) -> Mapping[str, float]:  # noqa: ANN401 - untyped library
    """Return log-probabilities of top tokens by text, likeliest first.

    Of two tokens with one text (parts of a character have none of their own) the likelier counts.
    """
    told: dict[str, float] = {}
    for token, logprob in zip(likeliest.indices.tolist(), likeliest.values.tolist(), strict=True):
        told.setdefault(tokenizer.decode([token], clean_up_tokenization_spaces=False), logprob)
    return told


class _Batch:
    """The model's state between two tokens."""

    def __init__(self, held: Loaded, prompts: Sequence[Sequence[int]]) -> None:
        import torch
        from transformers import DynamicCache

        self._model = held.model
        with torch.inference_mode():
            read = batch_input(held.model, prompts, held.tokenizer.pad_token_id)
            self._cache = read.cache.get("cache") or DynamicCache(config=held.model.config)
            self._mask = read.attention_mask  # (row, token)
            self._read(read.input_ids[:, self._cache.get_seq_length() :])

    def _read(self, tokens: Any) -> None:  # noqa: ANN401 - untyped library
        positions = (self._mask.cumsum(-1) - 1).clamp(min=0)
        said = self._model(
            input_ids=tokens,
            attention_mask=self._mask,
            position_ids=positions[:, -tokens.shape[1] :],
            cache=self._cache,
            logits_to_keep=1,
        )
        self.logits = said.logits[:, -1].float()  # (row, vocabulary)

    def advance(self, kept: list[int], drawn: list[int]) -> None:
        """Read one more token of each row that is kept."""
        import torch

        with torch.inference_mode():
            if len(kept) < len(self._mask):
                rows = torch.tensor(kept, device=self._mask.device)
                self._cache.batch_select_indices(rows)
                self._mask = self._mask[rows]
            self._mask = torch.cat([self._mask, torch.ones_like(self._mask[:, :1])], dim=1)
            self._read(torch.tensor(drawn, device=self._mask.device)[:, None])


class _Row:
    """One chat: what was written of its answer, and what of that was told."""

    def __init__(self, held: Loaded, place: int, chat: Chat) -> None:
        self.place = place
        self.is_over = False
        self._chat = chat
        self._tokenizer = held.tokenizer
        self.prompt = token_ids(held, chat.prompt)
        self._limit = _room(len(self.prompt), chat.max_tokens, held.window)
        self._drawn_from = _generator(held.device, chat.seed) if chat.temperature > 0 else None
        self._written: list[int] = []
        self._untold: list[TokenLogprob] = []
        self._told = 0  # characters

    def write_next(self, logits: Any) -> tuple[int, list[Said]]:  # noqa: ANN401 - untyped library
        """Draw the next token, and return it with what can be told now."""
        token = self._draw(logits)
        is_end = token == self._tokenizer.eos_token_id
        self._written.append(token)
        if self._chat.top_logprobs is not None and not is_end:
            self._untold.append(self._tell(token, logits))
        own = self._written[:-1] if is_end else self._written
        is_full = len(self._written) >= self._limit
        text = self._tokenizer.decode(own, skip_special_tokens=True)
        text, is_stopped = ready(text, self._chat.stop, is_over=is_end or is_full)
        events: list[Said] = []
        if len(text) > self._told:
            events.append(Piece(text[self._told :], tuple(self._untold)))
            self._told, self._untold = len(text), []
        if is_end or is_stopped or is_full:
            self.is_over = True
            finish: Finish = "stop" if is_end or is_stopped else "length"
            events.append(End(finish, len(self.prompt), len(self._written)))
        return token, events

    def _draw(self, logits: Any) -> int:  # noqa: ANN401 - untyped library
        import torch

        if self._drawn_from is None:
            return int(logits.argmax())
        scores = logits[None] / self._chat.temperature
        if self._chat.top_p < 1:
            from transformers import TopPLogitsWarper

            scores = TopPLogitsWarper(self._chat.top_p)(None, scores)
        return int(torch.multinomial(scores[0].softmax(-1), 1, generator=self._drawn_from))

    def _tell(self, token: int, logits: Any) -> TokenLogprob:  # noqa: ANN401 - untyped library
        said = logits.log_softmax(-1)
        top = likeliest_by_text(self._tokenizer, said.topk(self._chat.top_logprobs or 0))
        text = self._tokenizer.decode([token], clean_up_tokenization_spaces=False)
        return TokenLogprob(text, float(said[token]), top)


def _room(prompt_tokens: int, asked: int | None, window: int | None) -> int:
    needed = asked or 1
    if window is not None and prompt_tokens + needed > window:
        raise InputError(
            f"the conversation has {prompt_tokens} tokens and the answer may take {needed}, the "
            f"model reads {window}",
            remedy="Shorten the conversation, or ask for fewer tokens.",
        )
    room = USUAL_TOKENS if window is None else min(USUAL_TOKENS, window - prompt_tokens)
    return asked or room


def _generator(device: str, seed: int | None) -> Any:  # noqa: ANN401 - untyped library
    import torch

    drawn_from = torch.Generator(device=device)
    if seed is None:
        drawn_from.seed()
    else:
        drawn_from.manual_seed(seed)
    return drawn_from
