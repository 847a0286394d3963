"""The chat page: a question in, a quoted answer out, its source beside it. Nothing leaves the machine."""

from __future__ import annotations

import os

# Read when Gradio is imported, as qa.ui.page and qa.ui.mount do.
os.environ.update(GRADIO_ANALYTICS_ENABLED="False", GRADIO_RUN_HISTORY="False", HF_HUB_DISABLE_TELEMETRY="1")
