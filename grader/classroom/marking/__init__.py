"""Mark written answers without knowing whose they are; two markers, and how far they agree."""
