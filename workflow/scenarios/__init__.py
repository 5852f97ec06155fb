"""Stories that try a definition: given people and a clock that stands still, when somebody acts, then …"""
