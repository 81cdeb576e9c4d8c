"""DICOM: where the frames of a file lie in space and time, and segments."""
