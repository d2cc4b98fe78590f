"""What whoever runs the system looks at: heartbeats, readiness, metrics, logs, backups.

Above the apps: it reads what they know and none of them knows it.
"""
