"""Words for the terminal: one file per group of commands, each imported when it is called."""
