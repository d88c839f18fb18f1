"""`modelsmith serve`: answer with what is live in a channel, and follow it."""

import ipaddress
import sys
from pathlib import Path

import click

from modelsmith.errors import UsageError
from modelsmith.policy import CHANNEL_NAMES, ChannelName
from modelsmith.wiring import serving

NOTHING_LIVE = 1


@click.command()
@click.option("--channel", type=click.Choice(CHANNEL_NAMES), required=True, help="What to serve.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option(
    "--every",
    "every_s",
    type=click.FloatRange(min=1),
    default=30,
    show_default=True,
    help="Seconds between two looks at the channel.",
)
@click.option(
    "--drain",
    "drain_s",
    type=click.FloatRange(min=0),
    default=30,
    show_default=True,
    help="Seconds that requests may still take when the server stops.",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "transformers", "vllm"]),
    default="auto",
    show_default=True,
    help="What answers; auto takes vLLM where it and a GPU are.",
)
@click.option(
    "--vllm-python",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A Python that has vLLM.  [default: this one]",
)
@click.option(
    "--vllm-option",
    "vllm_options",
    multiple=True,
    metavar="WORD",
    help="One more word for vLLM's command line: --vllm-option=--max-model-len=8192. Repeatable.",
)
@click.option("--once", is_flag=True, help="Load and prove what is live, say so, and end.")
@click.option("--json", "as_json", is_flag=True, help="Log as JSON, a record a line.")
@click.pass_obj
def serve(  # noqa: PLR0913 - each a choice of the operator's
    repository: Path,
    *,
    channel: ChannelName,
    host: str,
    port: int,
    every_s: float,
    drain_s: float,
    engine: serving.EngineName,
    vllm_python: Path | None,
    vllm_options: tuple[str, ...],
    once: bool,
    as_json: bool,
) -> None:
    """Serve what is live in a channel through an OpenAI-compatible API, and follow the channel.

    Whatever the pointer names is verified first (record, signature, digests), loaded, and compared
    with its signed fingerprint. What does not hold is refused; what was good before goes on. Until
    something holds, and where the channel was taken down, requests get 503.

    GET /healthz says what is live and how the last look went (200, or 503 where nothing answers);
    /v1/models, /v1/chat/completions and /metrics are the rest. There are no keys: listen where only
    who may ask can reach.

    Stops on SIGTERM after finishing what it began. With --once, exit code 0: what is live holds and
    answers here. 1: nothing is live. 4: it is not what was signed. 5: it cannot be loaded here.
    """
    try:
        ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise UsageError(
            f"--host {host} is no address",
            remedy="127.0.0.1 takes requests of this machine alone, 0.0.0.0 of every network.",
        ) from None
    settings = serving.ServerSettings(
        channel=channel,
        host=host,
        port=port,
        every_s=every_s,
        drain_s=drain_s,
        engine=engine,
        vllm_python=vllm_python,
        vllm_options=vllm_options,
        as_json=as_json,
    )
    follower = serving.channel_follower(repository, settings)
    if not once:
        serving.serve(follower, settings)
        return
    health = serving.check_once(follower)
    click.echo(health.model_dump_json(by_alias=True, indent=2))
    if health.release is None:
        sys.exit(NOTHING_LIVE)
