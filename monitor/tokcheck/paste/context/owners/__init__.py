"""The owner of a credential without a decisive form, by the text around it."""
