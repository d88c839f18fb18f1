"""litellm, loaded so that it keeps to what it is asked: it fetches and tells nothing by itself."""

import logging
import os
import warnings
from typing import Any

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
