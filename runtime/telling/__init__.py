"""What the running centre tells: to pages, to supervision, to whoever asks what happened and why."""
