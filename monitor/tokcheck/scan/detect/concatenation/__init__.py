"""Put a token together from the pieces that a program gives to names, elements and calls.

The parts of a signed token prove which pieces belong to it. An opaque token shows nothing of the
kind, so only a program's own operators put it together.
"""
