"""`idcard completion`: shell completion."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes idcard in SHELL.

    \b
    Example:
      idcard completion bash > ~/.local/share/bash-completion/completions/idcard
    """
    root = click.get_current_context().find_root()
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(root.command, {}, "idcard", "_IDCARD_COMPLETE").source())
