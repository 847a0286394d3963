"""Questions that a folder can answer, made from its own sentences and asked before they are offered."""
