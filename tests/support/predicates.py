"""What a provenance predicate says, looked up."""

from collections.abc import Mapping
from typing import Any


def dependencies_in(lineage: Mapping[str, Any], prefix: str) -> dict[str, str]:
    """Return the sha256 of each dependency whose name begins with `prefix/`, by what follows."""
    return {
        one["name"].removeprefix(f"{prefix}/"): one["digest"]["sha256"]
        for one in lineage["buildDefinition"]["resolvedDependencies"]
        if one["name"].startswith(f"{prefix}/")
    }
