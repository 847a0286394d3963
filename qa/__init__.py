"""Sourcier: a question becomes a verbatim, cited, checkable answer, or a clear no."""

import os

# Read when onnxruntime is imported: left alone, it numbers the machine, notes down what it runs, and sends that home.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
