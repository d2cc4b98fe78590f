"""Lists as spreadsheets: the template, the export that can be imported again, reading, checking, annotating."""
