"""Training of the embedded encoder: `python -m index.train`."""
