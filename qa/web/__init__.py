"""The server: the gate before the page, the login, the endpoints for programs. Nothing leaves the machine."""
