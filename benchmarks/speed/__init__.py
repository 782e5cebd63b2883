"""What each thing costs, as a ratio to libsodium or to another library in the same run."""
