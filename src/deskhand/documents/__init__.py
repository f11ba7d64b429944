"""The text of documents: PDF, DOCX, spreadsheets and plain text, taken apart in a limited process; sizes of pictures."""
