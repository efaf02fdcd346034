"""Faults of what people are told through: no release is worse for them, and what is told is owed."""

from __future__ import annotations

from sandbox.faults.fault import Fault

# Each is answered where it shows: sandbox/messaging/, sandbox/aws/sesv2.py
FAULTS = (
    Fault("slack-down", "every connection to Slack is closed without an answer", "announcement"),
    Fault("slack-answer-lost", "Slack takes a message, and its answer is lost", "announcement"),
    Fault("slack-rate-limited", "Slack asks to wait 30 seconds, every time", "announcement"),
    Fault("slack-archived", "the Slack channel is archived", "announcement"),
    Fault("mail-refused", "SES knows none of the addresses as verified", "announcement"),
    Fault("status-page-down", "every connection to the status page is closed without an answer", "announcement"),
)
