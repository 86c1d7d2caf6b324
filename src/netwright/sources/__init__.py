"""From wherever data lives to a Table, one file a source."""
