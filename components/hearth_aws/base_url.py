"""The service base URL as a template over what is only known of each request."""

import string

PLACEHOLDERS = ("host", "domain", "api", "stage")
"""The Host header, the API's own domain name, its id, and its stage."""

MEANING = "an http(s) address over {host}, {domain}, {api} and {stage}"


def is_template(value: str) -> bool:
    """Return whether `value` is an address that holds no other placeholder."""
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(value) if field is not None]
    except ValueError:
        return False
    return value.startswith(("https://", "http://")) and set(fields) <= set(PLACEHOLDERS)
