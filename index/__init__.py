"""Sourcier: a folder of articles becomes a searchable index."""
