"""What is typed: each subcommand of `./allo` that is more than a few lines."""
