"""`runners/models.yaml`: models that a run may name, behind a network address or of its own."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator
from typing_extensions import override

from modelsmith.boundary.grants import SEALED, Boundary, Provider, require_own
from modelsmith.documents.urls import host_of
from modelsmith.models.source import EMBEDDED, EMBEDDED_FAMILY, ModelFamily, ModelSource, public
from modelsmith.record import Amount, CamelRecord, Record, short

MODELS = "runners/models.yaml"
"""Where it lies."""

ModelName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
"""What a run calls a model of that file."""


Api = Literal["anthropic", "gemini", "openai"]
"""The wire protocol: Anthropic Messages, Gemini generateContent, OpenAI chat completions."""

HOSTS: Mapping[Api, str] = {
    "anthropic": "https://api.anthropic.com",
    "gemini": "https://generativelanguage.googleapis.com/v1beta",
    "openai": "https://api.openai.com/v1",
}
"""Where each protocol's own provider listens; any other server is named by `url`."""

KEYS: Mapping[Api, str] = {
    "anthropic": "ANTHROPIC_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "openai": "OPENAI_API_KEY",
}
"""Environment variables that carry each provider's key."""


VARIABLE = re.compile(r"^[A-Z][A-Z0-9_]*$")
"""What an environment variable is called."""


class Price(CamelRecord):
    """What a million tokens cost, in USD."""

    read: Amount
    """Tokens of the prompt."""
    written: Amount
    """Tokens generated."""
    cached: Amount | None = None
    """Prompt tokens that the provider had cached; as `read` where none."""
    stored: Amount | None = None
    """Prompt tokens that the provider put into its cache; as `read` where none."""

    def cost_usd(self, read: int, cached: int, written: int, *, stored: int = 0) -> float:
        """Return what a call costs, in USD to the nanodollar.

        Args:
            read: Tokens of the prompt, the cached ones among them.
            cached: How many of them the provider had cached.
            written: Tokens generated.
            stored: How many of the prompt's the provider put into its cache.
        """
        of_cached = self.read if self.cached is None else self.cached
        of_stored = self.read if self.stored is None else self.stored
        plain = max(0, read - cached - stored)
        total = plain * self.read + cached * of_cached + stored * of_stored
        total += written * self.written
        return round(total / 1_000_000, 9)


class Limits(CamelRecord):
    """How hard a provider may be asked."""

    concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    """Calls under way at once."""
    requests_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 60
    """Calls begun in a minute, retries included."""
    timeout_s: Annotated[float, Field(gt=0, le=3600)] = 120.0
    """How long one attempt may take, in seconds."""
    attempts: Annotated[int, Field(ge=1, le=10)] = 5
    """Attempts at one call before it counts as lost."""


class HostedModel(CamelRecord):
    """One model behind a network address."""

    name: ModelName
    """What run.yaml calls it."""
    provider: Provider
    """Who runs it; boundaries.yaml and policy.yaml speak of providers."""
    family: ModelFamily
    """Its descent; a judge never decides between its own family and another."""
    api: Api
    """The wire protocol."""
    model: Annotated[str, Field(min_length=1, max_length=200)]
    """The provider's own name of a pinned version, never `latest`."""
    url: Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$", max_length=500)] | None = None
    """Address of the API where it is not the provider's own, with its path (`.../v1`)."""
    key_env: Annotated[str, Field(json_schema_extra={"pattern": VARIABLE.pattern})] | None = None
    """Environment variable that holds the key; the protocol's usual one where none is named.
    A server with an `url` may do without. A key itself stands in no file."""
    inside: bool = False
    """Whether it runs on the customer's own hardware, so that what is sent there does not leave."""
    reasoning: Literal["none", "minimal", "low", "medium", "high"] | None = None
    """How long it thinks before it replies; the provider's default where nothing is said."""
    thinking_tokens: Annotated[int, Field(ge=0, le=100_000)] = 0
    """Tokens that it may think with, beyond those of the reply: a model that thinks within a short
    reply's limit never comes to reply."""
    price_usd_per_million: Price | None = None
    """What a million tokens cost; what litellm knows of the model where none is given."""
    limits: Limits = Limits()
    """How hard it may be asked."""

    @field_validator("model")
    @classmethod
    def _is_pinned(cls, model: str) -> str:
        if model.endswith("latest"):
            raise ValueError(f"{model} moves under the exam; fix: name a version")
        return model

    @field_validator("key_env")
    @classmethod
    def _names_a_variable(cls, key_env: str | None) -> str | None:
        """Refuse what is no name of a variable, and do not repeat it: it may be a key."""
        if key_env is not None and not VARIABLE.fullmatch(key_env):
            raise ValueError(
                "not the name of a variable, and not shown, since it may be a key; fix: name the "
                "environment variable, ANTHROPIC_API_KEY say; renew a key that stood in a file"
            )
        return key_env

    @field_validator("url")
    @classmethod
    def _holds_no_password(cls, url: str | None) -> str | None:
        if url is not None and "@" in url.split("/")[2]:
            raise ValueError(
                "a name or password stands in the address, which is not shown; fix: take it out, "
                "and name the variable that holds the key with `keyEnv`"
            )
        return url

    @model_validator(mode="after")
    def _inside_has_an_address(self) -> Self:
        if self.inside and self.url is None:
            raise ValueError(f"{self.name} is inside and has no `url`; fix: add its address")
        return self

    @property
    def address(self) -> str:
        """Where it listens."""
        return self.url or HOSTS[self.api]

    @property
    def host(self) -> str:
        """The host that is called, without its port."""
        return host_of(self.address)

    @property
    def key_variable(self) -> str:
        """The environment variable that holds its key."""
        return self.key_env or KEYS[self.api]

    @property
    def called(self) -> str:
        """What it is in words: who runs which version."""
        return f"{self.provider} {self.model}"

    @property
    def needs_key(self) -> bool:
        """Whether it cannot be asked without a key."""
        return self.url is None or self.key_env is not None

    def identity(self) -> Mapping[str, str]:
        """Return what can change a reply; a reply counts for this and nothing else."""
        known = {"api": self.api, "model": self.model, "address": self.address}
        thinks = {"reasoning": self.reasoning, "thinking_tokens": str(self.thinking_tokens or "")}
        return known | {name: value for name, value in thinks.items() if value}


class LocalModel(ModelSource):
    """One model whose weights lie here: it judges on the machine of the run, and nothing leaves."""

    name: ModelName
    """What run.yaml calls it: `smollm2-135m-instruct` is embedded; any other name needs `path`."""

    @model_validator(mode="after")
    def _is_of_a_family(self) -> Self:
        if self.path is not None and self.family is None:
            raise ValueError(
                f"nobody says which family {self.name} is of, and it must not judge its kin; "
                "fix: add `family` (llama, qwen, smollm)"
            )
        return self

    @property
    @override
    def descent(self) -> str:
        """The model's family."""
        return self.family or EMBEDDED_FAMILY


class LocalJudge(Record):
    """A local model as it judges: what it is made of decides whose opinions are its own."""

    source: LocalModel
    """Where its weights lie."""
    made_of: Mapping[str, str]
    """Digests of weights and template, versions of the engine."""

    @property
    def name(self) -> str:
        """What run.yaml calls it."""
        return self.source.name

    @property
    def family(self) -> str:
        """Its descent."""
        return self.source.descent

    @property
    def inside(self) -> Literal[True]:
        """Whether what it is shown stays."""
        return True

    @property
    def model(self) -> str:
        """Which weights it is, in words that change when they do."""
        return f"{self.source.path or self.source.name} ({short(self.made_of['model'])})"

    def identity(self) -> Mapping[str, str]:
        """Return what can change a reply; a reply counts for this and nothing else."""
        return self.made_of

    def changed_in(self, identity: Mapping[str, str]) -> tuple[str, ...]:
        """Return what of it an open engine, by its identity, is not made of."""
        return tuple(
            part for part, made in self.made_of.items() if public(identity.get(part, "")) != made
        )


JudgeModel = HostedModel | LocalJudge
"""What a run may name as judge."""


def _kind_of(entry: Any) -> str:  # noqa: ANN401 - whatever stands in a file
    if not isinstance(entry, dict):
        return type(entry).__name__ if isinstance(entry, LocalModel) else HostedModel.__name__
    is_local = "path" in entry or (entry.get("name") == EMBEDDED and "api" not in entry)
    return (LocalModel if is_local else HostedModel).__name__


class Models(Record):
    """Every model that a run may name beside the one that it trains."""

    models: tuple[
        Annotated[
            Annotated[HostedModel, Tag("HostedModel")] | Annotated[LocalModel, Tag("LocalModel")],
            Discriminator(_kind_of),
        ],
        ...,
    ] = ()
    """Each with a name of its own."""

    @field_validator("models")
    @classmethod
    def _own_names(
        cls, models: tuple[HostedModel | LocalModel, ...]
    ) -> tuple[HostedModel | LocalModel, ...]:
        require_own((model.name for model in models), "; fix: rename or delete one")
        return models

    @property
    def hosted(self) -> tuple[HostedModel, ...]:
        """Those behind a network address."""
        return tuple(model for model in self.models if isinstance(model, HostedModel))

    def named(self, name: str) -> HostedModel | LocalModel | None:
        """Return the model called `name`, or None."""
        return next((model for model in self.models if model.name == name), None)

    def families(self) -> dict[str, str]:
        """Return the family of each model by name."""
        return {
            one.name: one.descent if isinstance(one, LocalModel) else one.family
            for one in self.models
        }


class Hosted(Record):
    """What a run may ask beside the model that it trains, as it was at intake."""

    boundary: Boundary = Boundary(name=SEALED)
    """What may leave."""
    models: tuple[HostedModel, ...] = ()
    """The hosted models that the run names, each with its price."""
    local: Annotated[tuple[LocalJudge, ...], Field(exclude_if=lambda local: not local)] = ()
    """Its judges that are local models, each with what it is made of."""

    def model(self, name: str) -> HostedModel:
        """Return the hosted model called `name`.

        Raises:
            KeyError: the run names none.
        """
        return {model.name: model for model in self.models}[name]

    def judge(self, name: str) -> JudgeModel:
        """Return the judge called `name`, hosted or local.

        Raises:
            KeyError: the run names none.
        """
        return {judge.name: judge for judge in self._judges()}[name]

    def families(self, names: Iterable[str]) -> dict[str, str]:
        """Return the family of each of `names` by name, those that are no such model left out."""
        known = {model.name: model.family for model in self._judges()}
        return {name: known[name] for name in names if name in known}

    def _judges(self) -> Iterator[JudgeModel]:
        yield from self.models
        yield from self.local
