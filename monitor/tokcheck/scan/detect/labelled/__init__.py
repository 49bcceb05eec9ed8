"""Find credentials that only words around them identify."""
