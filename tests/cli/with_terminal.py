"""A terminal for a program: with_terminal.py COLUMNS ROWS PROGRAM [ARGUMENT]...

What comes on the standard input is typed, what the program shows goes to the standard output; a line "COLUMNS
ROWS" on descriptor 3 gives the terminal another size. Ends with the program's status (128 + signal).
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))


def main():
    child, terminal = pty.fork()
    if child == 0:
        os.closerange(3, 64)
        resize(0, int(sys.argv[1]), int(sys.argv[2]))
        os.execv(sys.argv[3], sys.argv[3:])
    sources = [0, terminal, 3]
    while True:
        ready, _, _ = select.select(sources, [], [])
        for source in ready:
            try:
                data = os.read(source, 65536)
            except OSError:
                data = b''
            if source == terminal:
                if not data:
                    _, status = os.waitpid(child, 0)
                    code = os.waitstatus_to_exitcode(status)
                    sys.exit(code if code >= 0 else 128 - code)
                os.write(1, data)
            elif not data:
                sources.remove(source)
                if source == 0:
                    os.kill(child, signal.SIGHUP)
            elif source == 0:
                os.write(terminal, data)
            else:
                columns, rows = data.split()[:2]
                resize(terminal, int(columns), int(rows))


main()
