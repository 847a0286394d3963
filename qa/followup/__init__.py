"""Follow-up questions: what is asked after other questions, read so that it stands alone."""

from __future__ import annotations

from qa.followup.turns import MAX_PREVIOUS, check_previous, follow_up

__all__ = ["MAX_PREVIOUS", "check_previous", "follow_up"]
