"""Measuring: how well a folder's questions are answered, with intervals, and whether a change made it better."""
