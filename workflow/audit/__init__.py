"""The reader's side of the log: checking it and handing it on. Needs read access only."""
