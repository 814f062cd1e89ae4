"""Harvest: case studies come in from the places where they live, as drafts."""
