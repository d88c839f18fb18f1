"""`modelsmith benchmark`: an exam of a domain of your own."""

import click

from modelsmith.cli.benchmark.new import new


@click.group()
def benchmark() -> None:
    """Begin a benchmark of your own."""


benchmark.add_command(new)
