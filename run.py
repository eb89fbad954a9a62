"""The developer's door: `python run.py` starts everything, `flask` finds `app` here."""

import sys

if __name__ == "__main__":
    try:
        from devstack.supervisor import main
    except ModuleNotFoundError as missing:
        sys.exit(f"{missing.name} is not installed here; `make run` sees to that")
    sys.exit(main())

from devstack.door import application

app = application()
