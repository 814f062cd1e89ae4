"""Where a case took place: countries and regions named in its text, by the names of places in many languages."""
