"""Repair of the search index: compares it with the store, builds it anew, replays what failed.

Each is a job that works in steps and notes after each how far it has come, so that it goes on
where it was stopped or killed.
"""
