"""The first pass over bytes: where a credential may be."""
