"""`python -m dsr.cli` is `dsr`."""

from dsr.cli import main

if __name__ == "__main__":
    main(prog_name="dsr")
