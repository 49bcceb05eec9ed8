"""The notations in which a file may write its fields: JSON, YAML, settings, tables, labels."""
