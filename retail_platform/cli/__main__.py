"""`python -m retail_platform.cli`."""

from retail_platform.cli import main

if __name__ == "__main__":  # run processes import this module again under another name
    main(prog_name="retail-platform")
