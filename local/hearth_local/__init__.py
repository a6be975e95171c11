"""Runs a stage of the Pulumi program on this machine."""
