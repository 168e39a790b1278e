"""Files beside the database, encrypted in chunks and streamed both ways."""

from dsr.blobs.store import FileBlobStore

__all__ = ["FileBlobStore"]
