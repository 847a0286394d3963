"""`python -m qa` is `sourcier`."""

import sys

from qa.cli import main

sys.exit(main())
