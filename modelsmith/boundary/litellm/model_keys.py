"""Keys of hosted models: in the environment, and in no file."""

from collections.abc import Iterable, Mapping

from modelsmith.boundary.hosted_model import HostedModel
from modelsmith.errors import HostedError


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
