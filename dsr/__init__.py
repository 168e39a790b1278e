"""An event-sourced data-subject-rights workflow service (GDPR Art. 12-22)."""
