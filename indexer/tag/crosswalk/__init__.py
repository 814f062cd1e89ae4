"""The source's own tags, mapped to our vocabularies by declared tables."""
