"""The auditor's report: one HTML page that needs no network. Facts are gathered first, then drawn."""
