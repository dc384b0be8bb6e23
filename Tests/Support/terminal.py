"""Types at a program's prompts on a terminal, and prints what the terminal showed, then the exit code.

    terminal.py ANSWERS PROGRAM ARGUMENT …    ANSWERS: one for each prompt, lines of a file
"""
import os, pty, select, sys

answers = open(sys.argv[1]).read().split("\n")
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[2], sys.argv[2:])
shown = b""
while True:
    if not select.select([terminal], [], [], 60)[0]:
        break
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    if shown.endswith(b": ") and answers:
        os.write(terminal, answers.pop(0).encode() + b"\n")
print(shown.decode(), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
