"""The `idcard` command: files, clock and terminal for the library, which makes all decisions."""
