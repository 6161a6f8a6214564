"""`python -m bench [--small]`: every promise measured once, one after another; `--small` at a tenth of the size."""

from __future__ import annotations

import subprocess
import sys

BENCHES = (
    ("identity", "--pairs", 10_000_000),
    ("segments", "--events", 30_000_000),
    ("import_csv", "--rows", 10_000_000),
    ("insights", "--events", 30_000_000),
)


def main() -> int:
    share = 10 if "--small" in sys.argv[1:] else 1
    worst = 0
    for name, size, full in BENCHES:
        print(f"# {name}, {full // share:,}", flush=True)
        command = [sys.executable, "-m", f"bench.{name}", size, str(full // share)]
        worst = max(worst, subprocess.run(command, check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
