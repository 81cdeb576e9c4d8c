"""One module per family of file formats. Each turns a file into arrays and knows nothing of scenes.

A built-in reader is a module that keeps `ReaderModule` (in `data.files.choose_reader`). Other packages derive a class
from `Reader` (in `data.formats.reader`, with an example), and name it in an entry point of the group
`moviemaker.readers`.
"""

from moviemaker.data.formats.contents import Contents, Stored, in_memory, read_once
from moviemaker.data.formats.grid_contents import GridContents
from moviemaker.data.formats.reader import Reader

__all__ = ["Contents", "GridContents", "Reader", "Stored", "in_memory", "read_once"]
