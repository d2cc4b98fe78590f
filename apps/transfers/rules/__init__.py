"""Pure rules of the application: no tables, no clock. What they need is handed to them as facts."""
