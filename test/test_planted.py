"""Bugs of test/planted.d can be planted in the source as it is.

Whether the tests find them is seen by test/planted, in "make test-long".
"""

import subprocess

from conftest import TOP


def test_bugs_can_be_planted():
    done = subprocess.run([str(TOP / "test/planted"), "--check"], text=True,
                          stdout=subprocess.PIPE)
    assert done.returncode == 0, done.stdout
