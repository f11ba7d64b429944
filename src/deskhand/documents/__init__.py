"""The text of documents (PDF, DOCX, spreadsheets, plain), taken apart in a limited process; the size of pictures."""
