# Unit tests of this folder.
