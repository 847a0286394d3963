"""What the command leaves on the machine, and the libraries that it runs on: nothing but the index."""

import shutil

from command_line import STARGATE, sourcier


def test_no_library_notes_down_what_it_does(own, tmp_path):
    """What is to be sent home is first kept in the user's own folders."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.rmtree(own / ".sourcier")
    places = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"), str(home))
    done = sourcier("ask", STARGATE, own, cwd=tmp_path, ORT_DISABLE_TELEMETRY="0", **places)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert list(home.rglob("*")) == []
