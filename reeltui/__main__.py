"""`python -m reeltui` is `reeltui`."""

from reeltui.cli.main import main

raise SystemExit(main())
