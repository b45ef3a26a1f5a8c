"""The exam bank: short questions with answers, a paper for each student, and an export for Moodle."""
