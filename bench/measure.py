"""Runs a command and prints as JSON what it took, with all processes that it waited for.

Seconds of wall clock and of CPU (user and system), and the peak memory of its largest process in KiB. The command's
own output is thrown away, its exit code passed on.
"""

import json
import os
import subprocess
import sys
import time

start = time.monotonic()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
json.dump(
    {
        "wall": time.monotonic() - start,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peakKiB": usage.ru_maxrss,
    },
    sys.stdout,
)
sys.exit(os.waitstatus_to_exitcode(status))
