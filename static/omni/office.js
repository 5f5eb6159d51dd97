// Charts of the back office: drawn from the table beside them, so that both tell the same.
"use strict";
