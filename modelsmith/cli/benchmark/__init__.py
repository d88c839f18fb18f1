"""`modelsmith benchmark`: an exam of a domain of your own, or one from elsewhere; its worth."""

import click

from modelsmith.cli.benchmark.exchange import export, import_
from modelsmith.cli.benchmark.new import new
from modelsmith.cli.benchmark.validity import validity


@click.group()
def benchmark() -> None:
    """Begin an exam, import or export one, say what it proves."""


for command in (new, import_, export, validity):
    benchmark.add_command(command)
