"""How right the answers of a search are: judged queries, what the hub says of them, and plain BM25 beside it."""
