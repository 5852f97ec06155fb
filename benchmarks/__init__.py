"""Speed as ratios: the engine beside hand-written code for the same durable transition, in one run on one machine."""
