"""A Pulumi resource provider for `aws:*` types on a local AWS (MiniStack).

`python -m hearth_local.provider` serves it; README.md in this folder says how an engine attaches.
"""
