"""What the comparison takes from the machine, and how everything is given back: when it ends, when
it is interrupted, when whoever started it ends, and even when it is killed.
"""

import contextlib
import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

HUGEPAGES = pathlib.Path('/sys/kernel/mm/hugepages/hugepages-2048kB')
END_SECONDS = 5
PR_SET_PDEATHSIG = 1
prctl = ctypes.CDLL(None, use_errno=True).prctl


class OutOfTime(Exception):
    """The time limit is over."""


def die_with_parent(signal_number=signal.SIGTERM, parent=None):
    """This process gets the signal when the one that started it, `parent` if known, is gone."""
    prctl(PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal_number)


class Janitor:
    """Another process, out of reach of signals to this one's group, which waits for this one's end
    and then puts files back as they were and removes folders.
    """

    def __init__(self):
        reader, self.orders = os.pipe()  # children inherit neither: their ends are not ours
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.orders)
            self._serve(reader)
        os.close(reader)

    @staticmethod
    def _serve(reader):
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        with open(reader, encoding='utf-8') as lines:
            orders = [json.loads(line) for line in lines]  # to the end: nobody holds the pipe
        for path, text in reversed(orders):
            try:
                if text is None:
                    shutil.rmtree(path)
                else:
                    pathlib.Path(path).write_text(text, encoding='utf-8')
            except OSError as error:
                print(f'compare: cannot clean up: {error}', file=sys.stderr, flush=True)
        os._exit(0)

    def _order(self, path, text):
        os.write(self.orders, (json.dumps([str(path), text]) + '\n').encode())

    def put_back(self, path):
        """To be asked before the file is changed."""
        self._order(path, path.read_text(encoding='utf-8'))

    def remove(self, folder):
        self._order(folder, None)

    def finish(self):
        """Returns when all is as it was."""
        os.close(self.orders)
        os.waitpid(self.pid, 0)


def reserve_hugepages(janitor, wanted, folder=HUGEPAGES):
    """Whether so many are free, reserved now where that is possible."""
    total, free = folder / 'nr_hugepages', folder / 'free_hugepages'
    try:
        missing = wanted - int(free.read_text(encoding='utf-8'))
        if missing > 0:
            janitor.put_back(total)
            total.write_text(str(int(total.read_text(encoding='utf-8')) + missing),
                             encoding='utf-8')
        return int(free.read_text(encoding='utf-8')) >= wanted
    except OSError:
        return False


@contextlib.contextmanager
def running(command, **popen):
    """A child that does not outlive this block, nor this process; ended by its pid."""
    parent = os.getpid()
    process = subprocess.Popen([str(word) for word in command], text=True,
                               preexec_fn=lambda: die_with_parent(signal.SIGKILL, parent),
                               **popen)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def end_on_signals():
    """SIGINT, SIGTERM and SIGHUP end the program as an exception does, once; the exit status says
    which.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def end(number, _frame):
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        print('compare: interrupted', file=sys.stderr)
        sys.exit(128 + number)
    for each in numbers:
        signal.signal(each, end)


@contextlib.contextmanager
def time_limit(seconds):
    """Raises OutOfTime in this block when it takes longer, whatever it waits for."""
    def expire(_number, _frame):
        raise OutOfTime
    before = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def thread_ns(pid, name):
    """How long the thread of a process that has this name ran, and how long it waited for a CPU
    that something else had, so far.
    """
    for task in pathlib.Path(f'/proc/{pid}/task').iterdir():
        if (task / 'comm').read_text(encoding='utf-8').strip() == name:
            ran, waited, _ = (task / 'schedstat').read_text(encoding='utf-8').split()
            return int(ran), int(waited)
    raise RuntimeError(f'process {pid} has no thread {name}')
