"""Signs of a program as HTML writes them."""

ENTITY_QUOTE = r"&(?:amp;)?(?:quot|apos|\#0{0,4}3[49]|\#[Xx]0{0,4}2[27]);"
"""A quotation mark."""

ENTITY_APOSTROPHE = r"&(?:amp;)?(?:apos|\#0{0,4}39|\#[Xx]0{0,4}27);"
"""A single quotation mark."""

ENTITY_PLUS = r"&(?:amp;)?(?:plus|\#0{0,4}43|\#[Xx]0{0,4}2[Bb]);"
"""A sign of addition."""
