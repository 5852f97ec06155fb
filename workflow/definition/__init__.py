"""What a definition may say: the model, reading it from YAML, checking it, drawing it. Pure; knows no case."""
