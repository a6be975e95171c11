"""Pulumi components that make up Hearth, each usable alone."""
