"""A reader of the log that dies between its handler and the move of its position."""

import os
import signal
import sys
from collections.abc import Sequence

import django
from django.conf import settings


def main(database: str, socket_folder: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "omni.settings"
    settings.DATABASES["default"]["NAME"] = database
    settings.DATABASES["default"]["HOST"] = ""
    settings.DATABASES["default"]["OPTIONS"]["host"] = socket_folder
    django.setup()
    from omni.events import relay, subscriptions  # noqa: PLC0415
    from omni.work.models import Task  # noqa: PLC0415

    def handle_and_die(batch: Sequence[subscriptions.RecordedEvent]) -> None:
        for event in batch:
            Task.objects.create(
                kind="seen",
                subject_kind="event",
                subject_id=str(event.id),
                title="seen",
                created_by="reader",
                created_at=event.recorded_at,
            )
        os.kill(os.getpid(), signal.SIGKILL)

    subscriptions._registry.clear()
    subscriptions.subscribe(name="killed", to=subscriptions.ALL, handler=handle_and_die)
    while True:
        relay.run_all()


if __name__ == "__main__":
    main(*sys.argv[1:])
