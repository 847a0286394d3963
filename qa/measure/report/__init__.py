"""An evaluation as a file to read or to send: a page (.html), a text (.md), or the data (.json)."""

from qa.measure.report.write import check_report, write_report

__all__ = ["check_report", "write_report"]
