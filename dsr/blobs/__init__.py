"""Files beside the database, encrypted in chunks and streamed both ways."""

from dsr.blobs.media_type import ENDINGS, FileTypeUnsupported, Inspection
from dsr.blobs.store import FileBlobStore

__all__ = ["ENDINGS", "FileBlobStore", "FileTypeUnsupported", "Inspection"]
