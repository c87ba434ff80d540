"""`python -m cli` is `mailstage`."""

from cli.app import main

main()
