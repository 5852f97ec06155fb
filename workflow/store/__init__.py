"""The tables, one unit of work at a time. The only floor that speaks SQL."""
