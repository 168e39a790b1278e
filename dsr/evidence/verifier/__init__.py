"""The verifier of audit bundles, `verify.py`, and the guide beside it: files that go into each bundle.

`verify.py` shares no code with the service, and nothing here imports it.
"""
