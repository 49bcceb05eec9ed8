"""How programs write a token and what stands around it: the tables of notations."""
