"""What a text tells of its case besides its subject: language, years, organisations."""
