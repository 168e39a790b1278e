"""What `make bench` runs: ratios measured in one run on the same machine and the same kind of database."""
