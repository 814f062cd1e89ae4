"""Records and searches in other forms; every module here is pure functions of one answer."""
