"""`modelsmith benchmark`: an exam of a domain of your own, or one from elsewhere."""

import click

from modelsmith.cli.benchmark.exchange import export, import_
from modelsmith.cli.benchmark.new import new
from modelsmith.cli.benchmark.validity import validity


@click.group()
def benchmark() -> None:
    """Begin an exam of your own, import one, export one, say what passing one proves."""


for command in (new, import_, export, validity):
    benchmark.add_command(command)
