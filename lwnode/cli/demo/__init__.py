# SPDX-License-Identifier: Apache-2.0
"""The demo: a hub, three hospitals and two clinics on this computer, each a process with its own home.

``processes`` starts and ends the daemons, ``story`` is what the organisations do, ``report`` is what is printed and
written.  Everything runs over real Flower with TLS on loopback; every figure is computed in the run.
"""

from lwnode.cli.demo.story import run_demo

__all__ = ["run_demo"]
