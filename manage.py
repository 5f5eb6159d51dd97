#!/usr/bin/env python3
"""Runs a management command, with the embedded database under it where no other is named."""

import os
import select
import signal
import sys

from django.core.management import execute_from_command_line

from omni.local.embedded import FAILURES, database_for, settings_error


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omni.settings")
    error = settings_error()
    if error:
        sys.exit(error)
    try:
        try:
            with database_for(sys.argv):
                execute_from_command_line(sys.argv)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        if not nobody_reads():
            raise
        sys.exit(128 + signal.SIGPIPE)
    except FAILURES as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        sys.exit(130)


def nobody_reads() -> bool:
    """Whether the reader of the output, such as ``head``, had enough of it and is gone."""
    asked = select.poll()
    asked.register(sys.stdout.fileno(), 0)
    if not asked.poll(0):
        return False
    # What is left in the buffer would fail once more when Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


if __name__ == "__main__":
    main()
