"""What does not change with the description of the API. Nothing in here is meant to be imported by applications."""
