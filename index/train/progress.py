"""How far a training is, and where it stopped."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from transformers import TrainerControl, TrainerState, TrainingArguments


def last_checkpoint(folder: Path) -> str | None:
    """Return the newest whole checkpoint of a folder, or None."""
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]  # the file written last
    return str(max(whole, key=lambda path: int(path.name.rpartition("-")[2]))) if whole else None


class Progress(TrainerCallback):
    """Tells how far the learning is, and how long it will take."""

    def __init__(self, log: Callable[[str], None], steps: int) -> None:
        self._log, self._steps = log, steps
        self._began, self._from = time.monotonic(), 0

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: Any,  # noqa: ANN401
    ) -> None:
        """Start the clock, from where an earlier run stopped."""
        self._began, self._from = time.monotonic(), state.global_step
        if self._from:
            self._log(f"goes on from step {self._from:,}")

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,  # noqa: ANN401
    ) -> None:
        """Write a line."""
        if logs and "loss" in logs:
            a_step = (time.monotonic() - self._began) / max(state.global_step - self._from, 1)
            left = a_step * (self._steps - state.global_step) / 60
            self._log(f"step {state.global_step:,} of {self._steps:,}, loss {logs['loss']:.3f}, {left:.0f} min left")
