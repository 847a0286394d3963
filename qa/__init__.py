"""Sourcier: a question becomes a verbatim, cited, checkable answer, or a clear no."""
