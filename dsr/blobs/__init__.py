"""Blobs: files beside the database, encrypted in chunks and streamed; small originals in the database."""

from dsr.blobs.media_type import ENDINGS, FileTypeUnsupported, Inspection
from dsr.blobs.small import SmallBlobs, small_blobs
from dsr.blobs.storage import BlobStorage
from dsr.blobs.store import FileBlobStore

__all__ = [
    "ENDINGS",
    "BlobStorage",
    "FileBlobStore",
    "FileTypeUnsupported",
    "Inspection",
    "SmallBlobs",
    "small_blobs",
]
