"""Measurements of the hub beside other search engines; nothing of the hub depends on this package."""
