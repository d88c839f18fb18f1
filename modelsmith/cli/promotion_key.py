"""`modelsmith promotion key`: a key with which the factory signs where there is no CI that does."""

from pathlib import Path

import click


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("~/.config/modelsmith/signing-key.pem"),
    show_default=True,
    help="Where the private key goes.",
)
@click.pass_context
def key(ctx: click.Context, *, out: Path) -> None:
    """Make an ECDSA P-256 key, and print what to write into promotions/policy.yaml.

    The private key never goes into the repository, nor over one that is there. A key proves that
    somebody holds it, no more: keep one that signs for production where only CI gets at it.
    """
    from modelsmith import wiring

    made = wiring.new_signing_key(ctx.obj, out.expanduser())
    click.echo(f"wrote the private key to {out}, readable by you alone\n")
    click.echo("Add to promotions/policy.yaml, in a pull request that its owners approve:\n")
    click.echo(f"signers:\n  - {{name: factory, kind: key, channels: [sandbox], key: {made}}}\n")
    click.echo(f"Then sign with it: export MODELSMITH_SIGNING_KEY_FILE={out}")
