"""The hub as web pages and as an API: one blueprint per audience."""
