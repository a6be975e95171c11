"""Where records are kept: the `ResourceStore` protocol and its implementations."""
