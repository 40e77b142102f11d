"""`python -m ops` is `cairn`."""

from ops.cli import main

main()
