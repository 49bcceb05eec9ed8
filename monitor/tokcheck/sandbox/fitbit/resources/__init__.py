"""What the Fitbit Web API returns for a user: a table of paths, and samples of their bodies."""
