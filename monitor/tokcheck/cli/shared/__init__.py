"""What several commands share: input, output, the data folder and the account store."""
