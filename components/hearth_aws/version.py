"""The version of Hearth that these components deploy."""

VERSION = "0.1.0"
