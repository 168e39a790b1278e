"""Packages for data subjects: data from systems as JSON, with a manifest (GDPR Art. 15(3), 20(1))."""

from dsr.exports.data_file import CSV, DELIMITERS, JSON, json_chunks, read_records, write_json
from dsr.exports.described import described, occurring
from dsr.exports.errors import (
    DataFieldsUndescribed,
    DataFormatUnknown,
    DataSetNameInvalid,
    DataTooLarge,
    DataUnreadable,
)
from dsr.exports.information import Information, Told, told
from dsr.exports.language import PackageLanguage, language_of
from dsr.exports.manifest import MANIFEST_SCHEMA, ControllerFacts
from dsr.exports.package import (
    Collected,
    PackageContents,
    PackagedFile,
    PackageStream,
    PackageSummary,
    Signer,
    require_name,
)
from dsr.exports.package_problem import PackageProblem
from dsr.exports.redaction import count_values
from dsr.exports.searched import Search, SearchedSystem
from dsr.exports.strict_json import Record, json_records
from dsr.exports.verify import verify_package

__all__ = [
    "CSV",
    "DELIMITERS",
    "JSON",
    "MANIFEST_SCHEMA",
    "Collected",
    "ControllerFacts",
    "DataFieldsUndescribed",
    "DataFormatUnknown",
    "DataSetNameInvalid",
    "DataTooLarge",
    "DataUnreadable",
    "Information",
    "PackageContents",
    "PackageLanguage",
    "PackageProblem",
    "PackageStream",
    "PackageSummary",
    "PackagedFile",
    "Record",
    "Search",
    "SearchedSystem",
    "Signer",
    "Told",
    "count_values",
    "described",
    "json_chunks",
    "json_records",
    "language_of",
    "occurring",
    "read_records",
    "require_name",
    "told",
    "verify_package",
    "write_json",
]
