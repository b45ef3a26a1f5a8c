"""What runs inside the sandbox, beside the code that was handed in."""
