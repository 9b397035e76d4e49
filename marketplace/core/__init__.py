"""The ground floor: what every room stands on. It knows no business word; it refuses to import any room."""
