"""Finds out how a portal offers its cases, for `indexer sources add`."""
