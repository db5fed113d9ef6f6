"""The version of this package, as its user agent has it."""

VERSION = "0.1.0"
