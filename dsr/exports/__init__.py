"""Packages for data subjects: what systems returned, as JSON with a manifest (GDPR Art. 15(3), 20(1))."""

from dsr.exports.data_file import CSV, DELIMITERS, JSON, Record, read_records, write_json
from dsr.exports.described import require_described
from dsr.exports.errors import (
    DataFieldsUndescribed,
    DataFormatUnknown,
    DataSetNameInvalid,
    DataTooLarge,
    DataUnreadable,
)
from dsr.exports.information import Information, InformationPoint
from dsr.exports.manifest import MANIFEST_SCHEMA, ControllerFacts
from dsr.exports.package import (
    Attachment,
    Collected,
    PackageContents,
    PackageStream,
    PackageSummary,
    Signer,
    require_name,
)
from dsr.exports.verify import PackageProblem, verify_package

__all__ = [
    "CSV",
    "DELIMITERS",
    "JSON",
    "MANIFEST_SCHEMA",
    "Attachment",
    "Collected",
    "ControllerFacts",
    "DataFieldsUndescribed",
    "DataFormatUnknown",
    "DataSetNameInvalid",
    "DataTooLarge",
    "DataUnreadable",
    "Information",
    "InformationPoint",
    "PackageContents",
    "PackageProblem",
    "PackageStream",
    "PackageSummary",
    "Record",
    "Signer",
    "read_records",
    "require_described",
    "require_name",
    "verify_package",
    "write_json",
]
