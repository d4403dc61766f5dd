"""The embedded engine: ArcadeDB in a process of its own, one for each home, that lives as long as somebody uses it.

Two files with locks decide everything. The host of the engine holds `engine.lock` alone. Every process that uses the
graph shares `users.lock`; when the host can take that one for itself, nobody is left and it stops. The kernel gives
locks back when their holder dies, however it dies: so nothing goes stale, and no process id is trusted.

The engine's Java machine runs inside its host's process. Were it the host's child, a host that is killed would leave it
behind; so one death ends both.
"""
