"""What a learner uses: the tools in a notebook, and the commands that open, check and update the course."""
