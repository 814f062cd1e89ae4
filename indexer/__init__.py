"""The batch side of the hub: it alone writes the index."""
