"""The chat page: a question in, a quoted answer out, its source beside it. Nothing leaves the machine."""

from __future__ import annotations

import os

# Read when Gradio is imported.
os.environ.update(GRADIO_ANALYTICS_ENABLED="False", GRADIO_RUN_HISTORY="False", HF_HUB_DISABLE_TELEMETRY="1")

from qa.ui.mount import let_go, mount_page
from qa.ui.page import build_page

__all__ = ["build_page", "let_go", "mount_page"]
