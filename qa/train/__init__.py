"""Training of the embedded reader: `python -m qa.train --data DIR --out DIR`."""
