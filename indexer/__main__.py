"""`python -m indexer` is `indexer`."""

from indexer.cli import main

main()
