# SPDX-License-Identifier: Apache-2.0
"""``python -m lwnode_gui``."""

import sys

from lwnode_gui import main

sys.exit(main())
