"""Makes the reference pages under docs/reference from what they describe."""
