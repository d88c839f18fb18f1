"""What litellm's own price list, as installed, says of a hosted model."""

from typing import Any

from modelsmith.boundary.hosted_model import HostedModel, Price
from modelsmith.boundary.litellm.library import library


def price_of(model: HostedModel) -> Price | None:
    """Return what a model costs: what its entry says, else litellm's list; None where unknown.

    Raises:
        HostedError: litellm is not installed.
    """
    if model.price_usd_per_million is not None:
        return model.price_usd_per_million
    name = f"gemini/{model.model}" if model.api == "gemini" else model.model
    known = _price_list().get(name, {})
    read, written = known.get("input_cost_per_token"), known.get("output_cost_per_token")
    if read is None or written is None:
        return None
    cached = known.get("cache_read_input_token_cost")
    stored = known.get("cache_creation_input_token_cost")
    return Price(
        read=_million(read),
        written=_million(written),
        cached=None if cached is None else _million(cached),
        stored=None if stored is None else _million(stored),
    )


def _million(of_one: float) -> float:
    return round(of_one * 1_000_000, 9)


def _price_list() -> dict[str, dict[str, Any]]:
    prices: dict[str, dict[str, Any]] = library().model_cost
    return prices
