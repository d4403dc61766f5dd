"""Tests of app.http, in process."""
