"""The parts of `scale.py`: what it indexes and asks, what it measures, and how it tells."""
