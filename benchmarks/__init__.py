# SPDX-License-Identifier: Apache-2.0
"""What is measured, against which bar: ``python -m benchmarks NAME [--quick] [--json FILE] [--peer PYTHON]``."""
