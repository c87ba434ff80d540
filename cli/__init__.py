"""The command `mailstage`. Everything heavy is imported inside a command: `mailstage --help` answers in 0.3 s."""
