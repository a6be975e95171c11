"""Search: the query as a plain tree, what is extracted from resources, and the engines."""
