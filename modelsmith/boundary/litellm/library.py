"""litellm, loaded so that it keeps to what it is asked: it fetches and tells nothing by itself.

Keys of hosted models: in the environment, and in no file. Prices: litellm's own list, as installed.
"""

import logging
import os
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from modelsmith.boundary.hosted_model import HostedModel, Price
from modelsmith.errors import HostedError
from modelsmith.record import JsonDict

ENVIRONMENT = {
    "LITELLM_OFFLINE_MODE": "true",  # price lists, header lists and tokenizers are its own copies
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
}
"""Set before it is loaded: each names a list that it would fetch from elsewhere."""


def library() -> Any:  # noqa: ANN401 - an untyped library
    """Return litellm, quiet and without a callback.

    Raises:
        HostedError: it is not installed.
    """
    os.environ.update(ENVIRONMENT)
    # Of its own types, while the first call to Gemini loads them; nobody here can act on it.
    warnings.filterwarnings("ignore", message="Items? .*ReadOnly", category=UserWarning)
    try:
        import litellm
    except ImportError as error:
        raise HostedError(
            f"hosted models need {error.name}, which is not installed",
            remedy="Install the extra `hosted`: pip install -e '.[hosted]'.",
        ) from None
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # its debug lines hold whole requests
    return litellm


def require_keys(models: Iterable[HostedModel], environment: Mapping[str, str]) -> None:
    """Check that each model that needs a key has one; no key is read further than that.

    Raises:
        HostedError: one has none; every variable that is missing is named.
    """
    missing: dict[str, list[str]] = {}
    for model in models:
        if model.needs_key and not environment.get(model.key_variable, "").strip():
            missing.setdefault(model.key_variable, []).append(model.name)
    if missing:
        listed = "; ".join(f"{name} for {', '.join(of)}" for name, of in sorted(missing.items()))
        raise HostedError(
            f"hosted models cannot be asked without their keys, which are not set: {listed}",
            remedy="Set them in the environment of this command; in CI they are secrets of the "
            "environment `models` (gh secret set NAME --env models). A key stands in no file.",
        )


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


def _price_list() -> dict[str, JsonDict]:
    prices: dict[str, JsonDict] = library().model_cost
    return prices
