"""Deciding: may it move, and where to? Pure; reads no clock, no database and no file."""
