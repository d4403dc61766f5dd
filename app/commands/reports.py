"""What a load did, for a person and as JSON."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from app.commands.file_calls import reference_of
from app.commands.file_options import files_of
from app.commands.handing_over import HandedOver
from app.commands.terminal import complain, err, out, told
from app.errors import PedigreeError
from app.loading.report import LoadReport

_SHOWN_ROWS = 10
_SHOWN_LENGTH = 300


def report_as_json(report: LoadReport) -> dict[str, Any]:
    """The whole report."""
    return {
        "load": report.load,
        "read": report.done,
        **{name: getattr(report, name) for name in ("created", "updated", "unchanged", "rejected", "retracted")},
        "completed": report.completed,
        "notCompleted": report.not_completed or None,
        "refusals": [
            {"code": each.code, "message": each.message, "place": each.place or None, "row": each.row}
            for each in report.refusals
        ],
        "skipped": [
            {"reason": reason, "count": count, "examples": report.examples.get(reason, [])}
            for reason, count in report.skipped.items()
        ],
        "failure": _failure_as_json(report.failure),
    }


def show_report(report: LoadReport, *, dry: bool, file: Path | None) -> None:
    """Prints what was done on standard output, and what was not on standard error."""
    if file is not None:
        if report.failure is None:
            out().print(f"{file}: {report.done:,} read and written.", soft_wrap=True, markup=False)
    else:
        counts = (
            f"{report.created:,} created, {report.updated:,} updated, {report.unchanged:,} unchanged, "
            f"{report.retracted:,} retracted, {report.rejected:,} refused"
        )
        out().print(f"{'Would be' if dry else 'Loaded'}: {counts}.", soft_wrap=True)
    console = err()
    _show_skipped(report, console)
    _show_refusals(report, console)
    if report.not_completed:
        console.print(f"[yellow]Not complete:[/] {told(report.not_completed)}", soft_wrap=True)
    if report.failure is not None:
        complain(report.failure.message)


def handed_over_as_json(handed: HandedOver) -> dict[str, Any]:
    """What became of the files of the versions."""
    return {
        "handedOver": asdict(handed.new),
        "there": asdict(handed.there),
        "sent": {"files": handed.sent_files, "bytes": handed.sent_bytes},
        "failed": handed.failed,
        "failures": [
            {
                "modelVersion": reference_of(dict(each.key)),
                "place": each.place or None,
                "code": each.error.code.value,
                "message": each.error.message,
            }
            for each in handed.failures
        ],
        "failure": _failure_as_json(handed.failure),
    }


def show_handed_over(handed: HandedOver | None) -> None:
    """Prints the same, likewise; nothing where no files were asked for."""
    if handed is None:
        return
    new, there = (
        f"{_versions_of(each.versions)} ({files_of(each.files, each.bytes)})" for each in (handed.new, handed.there)
    )
    failed = f"{handed.failed:,} failed" if handed.failed else "none failed"
    sent = f"sent: {files_of(handed.sent_files, handed.sent_bytes)}"
    out().print(f"Files of {new} handed over, of {there} there already; {failed}; {sent}.", soft_wrap=True)
    console = err()
    for each in handed.failures[:_SHOWN_ROWS]:
        place = f" from {told(each.place)}" if each.place else ""
        what = told(reference_of(dict(each.key)))
        reason = f"({each.error.code.value}): {told(each.error.message)}"
        console.print(f"[red]Not handed over[/], {what}{place} {reason}", soft_wrap=True)
    if handed.failed > _SHOWN_ROWS:
        console.print(f"… and {handed.failed - _SHOWN_ROWS:,} more; --json lists the first {len(handed.failures)}.")
    if handed.failure is not None:
        complain(handed.failure.message)


def _versions_of(count: int) -> str:
    return f"{count:,} {'version' if count == 1 else 'versions'}"


def _failure_as_json(failure: PedigreeError | None) -> dict[str, str] | None:
    return None if failure is None else {"code": failure.code.value, "message": failure.message}


def _show_skipped(report: LoadReport, console: Console) -> None:
    for reason, count in report.skipped.items():
        named = report.examples.get(reason, [])
        more = f", and {len(named) - _SHOWN_ROWS:,} more: --json lists them" if len(named) > _SHOWN_ROWS else ""
        examples = ", ".join(map(told, named[:_SHOWN_ROWS])) + more
        console.print(f"[yellow]Not loaded, {count:,}:[/] {told(reason)} ({examples})")


def _show_refusals(report: LoadReport, console: Console) -> None:
    for each in report.refusals[:_SHOWN_ROWS]:
        row = each.row if isinstance(each.row, str) else orjson.dumps(each.row).decode()
        shown = row if len(row) <= _SHOWN_LENGTH else f"{row[:_SHOWN_LENGTH]}…"
        place = f", {each.place}" if each.place else ""
        console.print(f"[red]Refused[/] ({told(each.code)}){told(place)}: {told(each.message)}\n  {told(shown)}")
    if report.rejected > _SHOWN_ROWS:
        console.print(f"… and {report.rejected - _SHOWN_ROWS:,} more; --json lists the first {len(report.refusals)}.")
