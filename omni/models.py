"""Re-exports the models of the folders: the place where Django registers them."""

from omni.access.models import (  # noqa: F401
    AccessLog,
    ApiKey,
    ChannelKey,
    Grant,
    PinTries,
    Role,
    SessionToken,
    StaffPin,
    User,
)
from omni.access.session_store import StaffSession  # noqa: F401
from omni.demo.models import DemoChapter, SourceDocument  # noqa: F401
from omni.events.models import (  # noqa: F401
    ParkedAggregate,
    ParkedEvent,
    StoredEvent,
    SubscriptionPosition,
)
from omni.messages.models import Message  # noqa: F401
from omni.rest.idempotency import IdempotencyKey  # noqa: F401
from omni.rest.limits import LimitCounter  # noqa: F401
from omni.screens.models import SavedView  # noqa: F401
from omni.webhooks.models import (  # noqa: F401
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSecret,
)
from omni.work.models import Approval, Incident, Task, TeamNote  # noqa: F401
