"""The bytes that are hashed. Pure; knows no definition, no database and no file."""
