"""What data and layers both know of the chains of proteins and nucleic acids: codes of fields, and usual colours."""
