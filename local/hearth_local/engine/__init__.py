"""A small Pulumi engine: runs a stage's unmodified program, with state, and no Pulumi CLI.

It serves Pulumi's ResourceMonitor and Engine protocols to the program and calls resource
providers over Pulumi's provider protocol. `recording.preview` needs no provider at all.
"""
