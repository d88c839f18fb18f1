"""`runners/models.yaml`: the hosted models that a repository's runs may name."""

from pathlib import Path

from modelsmith.adapters.record_files import loaded
from modelsmith.domain.hosted import MODELS, Models


def hosted_models(repository: Path) -> Models:
    """Return the hosted models of a repository; none where it has no such file.

    Args:
        repository: The repository's top folder.

    Raises:
        InputError: the file does not hold hosted models; the message says where.
    """
    if not (repository / MODELS).exists():
        return Models()
    return loaded(repository, MODELS, Models)
