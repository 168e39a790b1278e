"""The audit bundle: what an authority needs to prove a part of the history without this service (GDPR Art. 31, 58(1)).

`BundleDesk` is what others call; `stream.py` writes the file, `dsr/evidence/verifier/verify.py` checks it.
"""

from dsr.desk.bundles.bundle import BundleDesk, PreparedBundle
from dsr.desk.bundles.progress import BundleProgressDesk, BundleState
from dsr.desk.bundles.scope import BundleScope, BundleScopeInvalid, parse_scope

__all__ = [
    "BundleDesk",
    "BundleProgressDesk",
    "BundleScope",
    "BundleScopeInvalid",
    "BundleState",
    "PreparedBundle",
    "parse_scope",
]
