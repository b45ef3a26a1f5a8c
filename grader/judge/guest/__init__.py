"""The code that runs inside the sandbox, along with the submission."""
