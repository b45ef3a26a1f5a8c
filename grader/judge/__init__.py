"""Judge a submission from outside its process: the protocol, the sandbox, and the session that drives it."""
