"""All measurements, for the sizes given; the results go into README.md beside this file.

python -m benchmarks 1000 10000
"""

from __future__ import annotations

import sys

from benchmarks import http, report, run

SMALLEST = 1_000  # fewer records have too few different questions in them
WEB = 10_000  # the largest corpus that is asked over HTTP


def main() -> None:
    """Measure, print, write down."""
    sizes = sorted(int(given) for given in sys.argv[1:])
    if not sizes or sizes[0] < SMALLEST:
        sys.exit(f"Give numbers of records, {SMALLEST} or more.")
    engines = []
    for size in sizes:
        engines.append(run.measure(size))
        print("\n".join(report.engine_tables(engines[-1])), flush=True)
    web = http.measure(max((size for size in sizes if size <= WEB), default=sizes[0]))
    print("\n".join(report.web_tables(web)), flush=True)
    report.write(engines, [web])
    print(f"Written to {report.README}")


if __name__ == "__main__":
    main()
