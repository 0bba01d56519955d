"""Runs the ClickHouse server that the wheel chdb-core carries, until SIGTERM or SIGINT.

usage: clickhouse_launcher.py FOLDER

FOLDER holds config.xml (ports, users, limits) and gets the tables under data/.
"""

import ctypes
import importlib.machinery
import importlib.util
import os
import signal
import sys
import threading

WAIT = "walcdc_wait_for_stop"
# A stop that has not ended by then is cut short; parts on disk are complete at any time.
STOP_SECONDS = 20


def load_engine():
    """Loads the native library alone: the package's own import opens a database in memory first."""
    package = os.path.dirname(importlib.util.find_spec("chdb").origin)
    library = os.path.join(package, "_chdb.abi3.so")
    before = os.getcwd()
    os.chdir(package)  # the library finds its Python stubs relative to here
    try:
        if sys.platform == "linux":
            deepbind = 0x00008  # its own allocator, whatever else the process has loaded
            ctypes.CDLL(library, mode=sys.getdlopenflags() | deepbind)
        loader = importlib.machinery.ExtensionFileLoader("chdb._chdb", library)
        spec = importlib.util.spec_from_file_location("chdb._chdb", library, loader=loader)
        engine = importlib.util.module_from_spec(spec)
        loader.exec_module(engine)
        return engine
    finally:
        os.chdir(before)


def main(folder):
    os.chdir(folder)  # the engine reads ./config.xml
    engine = load_engine()
    stop = threading.Event()
    failures = []

    # The listeners live as long as the script that opened them: its last statement waits here.
    # (Reading standard input to its end would do as well, but needs the right to read files.)
    def wait_for_stop(_):
        stop.wait()
        return 0

    engine.create_function(WAIT, wait_for_stop, ["UInt8"], "UInt8")

    def serve():
        try:
            engine.query(
                "SYSTEM START LISTEN QUERIES ALL; SELECT %s(materialize(toUInt8(1))) FORMAT Null" % WAIT,
                "TSV",
                path=os.path.join(os.getcwd(), "data"),
            )
            if not stop.is_set():
                failures.append("the server ended without being asked to")
        except BaseException as e:  # whatever it was, it belongs in the log
            failures.append(str(e))

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    while server.is_alive() and not stop.is_set():
        server.join(0.2)  # in slices: a signal handler runs only between two of them
    server.join(STOP_SECONDS)
    for failure in failures:
        print("clickhouse: " + failure, file=sys.stderr, flush=True)
    # Not sys.exit: the library's static destructors hang when a thread of it is left.
    os._exit(1 if failures else 0)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
