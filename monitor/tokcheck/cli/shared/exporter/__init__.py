"""What serve and watch share: their options, the check of a configuration, and the log."""
