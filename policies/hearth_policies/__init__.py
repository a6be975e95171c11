"""Policies that prove a Pulumi AWS program's encryption, regions and retention."""
