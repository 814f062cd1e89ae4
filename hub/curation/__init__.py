"""Curation: what TSCC staff do to the corpus. It reads and writes corpus files, and never the index."""
