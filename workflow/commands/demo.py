"""The main job, for whoever wants to see it before believing it."""

from __future__ import annotations
