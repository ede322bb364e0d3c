# SPDX-License-Identifier: Apache-2.0
"""``python -m lwnode`` is the command ``lwnode``."""

from lwnode.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
