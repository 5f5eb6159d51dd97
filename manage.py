#!/usr/bin/env python3
"""Runs a management command, with the embedded database under it where no other is named."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omni.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
