"""What an author of kinds in another package needs: base classes, values of keys, props, data and sources in memory.

A kind is a class in a file. An entry point in the group `moviemaker.<room>` names it, and from then on it stands beside
the built-in kinds in scene files, in `moviemaker schema` and in `moviemaker help`. The rooms are `layers`, `lens`,
`data`, `samples`, `readers`, `lights`, `rig` and `farm`. What this module exports stays compatible from one minor
version to the next.
"""

from moviemaker.core.camera import Camera, Frustum, Ods, Parallel, View, ViewCone, viewer_frame
from moviemaker.core.errors import InputError, Location, suggest
from moviemaker.core.fields import Cells, Grid, Mesh, Particles, Vector
from moviemaker.core.geometry import own_places, vectors_in_scene
from moviemaker.core.kinds import Kind
from moviemaker.core.progress import Progress
from moviemaker.core.projection import Projection
from moviemaker.core.props import (
    Drawable,
    Glow,
    Glyphs,
    Isosurface,
    Light,
    Palette,
    Prop,
    Slice,
    Surface,
    TransferFunction,
    Tubes,
    Volume,
)
from moviemaker.core.sharing.made_once import made_once
from moviemaker.core.sources import (
    ClockAware,
    HasColumnCounts,
    HasSampleType,
    HasTimeUnit,
    HasVectors,
    OnGlobe,
    OutOfCore,
    Placed,
    Source,
    first_time,
    is_particles,
)
from moviemaker.core.values import (
    BOX,
    COUNT,
    DATA_NAME,
    FRACTION,
    INTERVAL,
    NOT_NEGATIVE,
    NUMBER,
    POSITIVE,
    TEXT,
    TRUTH,
    VECTOR,
    Value,
    choice,
    list_of,
    number_between,
    optional,
    whole_number,
)
from moviemaker.data.formats.contents import Contents, Layout, Stored, in_memory, read_once
from moviemaker.data.formats.reader import Reader
from moviemaker.data.grids.source import GridSource
from moviemaker.data.particle_sets.source import ParticleSource
from moviemaker.data.placing.keys import DataSet
from moviemaker.data.samples import GridInMemory, ParticlesInMemory, Sample
from moviemaker.farm import Crew, Done, Failed, Farm, Job, compute
from moviemaker.layers import Layer
from moviemaker.lens import Flat, Lens, Panorama, Size, Surround
from moviemaker.lights import LightKind
from moviemaker.rig import Rig
from moviemaker.timeline.tracks import (
    Color,
    FieldOfView,
    Fraction,
    Moving,
    NotNegative,
    Number,
    Numbers,
    Positive,
    freeze,
)

__all__ = [
    "BOX",
    "COUNT",
    "DATA_NAME",
    "FRACTION",
    "INTERVAL",
    "NOT_NEGATIVE",
    "NUMBER",
    "POSITIVE",
    "TEXT",
    "TRUTH",
    "VECTOR",
    "Camera",
    "Cells",
    "ClockAware",
    "Color",
    "Contents",
    "Crew",
    "DataSet",
    "Done",
    "Drawable",
    "Failed",
    "Farm",
    "FieldOfView",
    "Flat",
    "Fraction",
    "Frustum",
    "Glow",
    "Glyphs",
    "Grid",
    "GridInMemory",
    "GridSource",
    "HasColumnCounts",
    "HasSampleType",
    "HasTimeUnit",
    "HasVectors",
    "InputError",
    "Isosurface",
    "Job",
    "Kind",
    "Layer",
    "Layout",
    "Lens",
    "Light",
    "LightKind",
    "Location",
    "Mesh",
    "Moving",
    "NotNegative",
    "Number",
    "Numbers",
    "Ods",
    "OnGlobe",
    "OutOfCore",
    "Palette",
    "Panorama",
    "Parallel",
    "ParticleSource",
    "Particles",
    "ParticlesInMemory",
    "Placed",
    "Positive",
    "Progress",
    "Projection",
    "Prop",
    "Reader",
    "Rig",
    "Sample",
    "Size",
    "Slice",
    "Source",
    "Stored",
    "Surface",
    "Surround",
    "TransferFunction",
    "Tubes",
    "Value",
    "Vector",
    "View",
    "ViewCone",
    "Volume",
    "choice",
    "compute",
    "first_time",
    "freeze",
    "in_memory",
    "is_particles",
    "list_of",
    "made_once",
    "number_between",
    "optional",
    "own_places",
    "read_once",
    "suggest",
    "vectors_in_scene",
    "viewer_frame",
    "whole_number",
]
