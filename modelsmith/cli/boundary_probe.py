"""`modelsmith boundary probe`: what would hold local work in on this machine."""

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def probe(*, as_json: bool) -> None:
    """Try what this kernel permits, and say what would hold eval and training in here.

    Nothing is changed, and nothing leaves. Exit code 0 in each case: a run says in its record what
    held it in.
    """
    from modelsmith import wiring
    from modelsmith.boundary.page import held_words

    held = wiring.probed_wall()
    click.echo(held.canonical().decode() if as_json else held_words(held))
