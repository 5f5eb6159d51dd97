#!/usr/bin/env python3
"""Runs a management command, with the embedded database under it where no other is named."""

import os
import sys

from django.core.management import execute_from_command_line

from omni.local.embedded import FAILURES, database_for, settings_error


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omni.settings")
    error = settings_error()
    if error:
        sys.exit(error)
    try:
        with database_for(sys.argv):
            execute_from_command_line(sys.argv)
    except FAILURES as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
