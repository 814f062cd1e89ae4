"""OAI-PMH 2.0: the hub's records, and what changed among them, for harvesters. Knows nothing of the web."""
