"""Text and vocabularies -> suggested tags, each with a score and the sentence that speaks for it."""
