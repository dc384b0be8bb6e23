"""Plays journald in namespaces of its own, and runs a command there: journal.py read|deaf PROGRAM ARGUMENT ...

Prints what the journal was sent, a JSON object a line, and last the command's exit code, its standard error and time.
"""

import json, os, socket, subprocess, sys, time

subprocess.run(["mount", "--make-rprivate", "/"], check=True)
subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
os.makedirs("/run/systemd/journal")
journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
journal.bind("/run/systemd/journal/socket")
environment = dict(os.environ)
if sys.argv[1] == "deaf":
    filler = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    filler.setblocking(False)
    try:
        while True:
            filler.sendto(b"MESSAGE=x\n", "/run/systemd/journal/socket")
    except BlockingIOError:
        pass
read_end, write_end = os.pipe()
if sys.argv[1] == "stream":
    status = os.fstat(write_end)
    environment["JOURNAL_STREAM"] = f"{status.st_dev}:{status.st_ino}"
begin = time.monotonic()
child = subprocess.Popen(sys.argv[2:], env=environment, stdout=subprocess.DEVNULL, stderr=write_end)
os.close(write_end)
errors = b""
while piece := os.read(read_end, 65536):
    errors += piece
code = child.wait()


def fields(datagram):
    """Parts of the native protocol: NAME=VALUE, or NAME, a length in eight bytes, and a value with line ends."""
    found = {}
    while datagram:
        line, _, datagram = datagram.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            length = int.from_bytes(datagram[:8], "little")
            value, datagram = datagram[8:8 + length], datagram[8 + length + 1:]
        found[name.decode()] = value.decode()
    return found


journal.setblocking(False)
if sys.argv[1] != "deaf":
    try:
        while True:
            print(json.dumps(fields(journal.recv(1 << 20))))
    except BlockingIOError:
        pass
print(json.dumps({"code": str(code), "errors": errors.decode(), "seconds": str(int(time.monotonic() - begin))}))
