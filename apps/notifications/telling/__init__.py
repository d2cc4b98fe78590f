"""Who is told what of each row of the logs."""
