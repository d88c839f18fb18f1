"""litellm, loaded so that it keeps to what it is asked: it fetches and tells nothing by itself.

Keys of hosted models: in the environment, and in no file.
"""

import logging
import os
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from modelsmith.boundary.hosted_model import HostedModel
from modelsmith.errors import HostedError

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
