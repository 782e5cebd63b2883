"""The `idcard` command: files, clock and terminal around the library. Nothing is decided here."""
