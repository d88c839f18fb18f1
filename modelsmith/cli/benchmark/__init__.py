"""`modelsmith benchmark`: an exam of a domain of your own, or one from elsewhere."""

import click

from modelsmith.cli.benchmark.exchange import export, import_
from modelsmith.cli.benchmark.new import new


@click.group()
def benchmark() -> None:
    """Begin an exam of your own, import one, export one."""


for command in (new, import_, export):
    benchmark.add_command(command)
