"""Search in this process: an index for each audience, by words and by meaning, and one ranking for every store."""
