"""`python -m retail_platform.cli`."""

from retail_platform.cli import main

main(prog_name="retail-platform")
