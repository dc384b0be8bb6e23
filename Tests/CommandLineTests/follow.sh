#!/bin/sh
# Plays a run: holds the lock of ROOT with its own record, and does what it is told on standard input.
#   follow.sh ROOT RUN
root=$1 run=$2
exec 9>>"$root/bootstrap/lock"
flock 9
echo "$$ 2026-01-01T00:00:00.000Z $run" >"$root/bootstrap/lock"
trap 'echo interrupted' INT
echo ready
while read -r line; do
    case $line in
    rotate) mv "$root/logs/bootstrap.log" "$root/logs/bootstrap.log.1" ;;
    truncate) : >"$root/logs/bootstrap.log" ;;
    *) printf '%s\n' "$line" >>"$root/logs/bootstrap.log" ;;
    esac
done
