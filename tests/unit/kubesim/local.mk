# The patches and the store of tests/kubesim.
