"""Resources of a user in the Fitbit Web API: a table of paths, and samples of their bodies."""
