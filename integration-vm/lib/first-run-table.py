"""Reads the structured log on standard input and prints the first run's steps with their times."""
import json
import sys

rows, run = [], None
for line in sys.stdin:
    event = json.loads(line)
    run = run or event["run_id"]
    if event["run_id"] != run:
        break
    if "duration_ms" in event and "step" in event:
        rows.append((event["step"], event["event"].removeprefix("step_"), event["duration_ms"]))
    elif event["event"] == "run_finished":
        rows.append(("whole run", event["status"], event["duration_ms"]))
width = max(len(step) for step, _, _ in rows)
for step, status, milliseconds in rows:
    print(f"{step:<{width}}  {status:<9}  {milliseconds / 1000:7.3f} s")
