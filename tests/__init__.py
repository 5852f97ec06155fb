"""Tests; `tests.support` and `tests.peers` are shared by several of them."""
