"""Clouds: VTK's ray caster in a fragment shader, and where it pays, a march of our own through its textures."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPiecewiseFunction
from vtkmodules.vtkRenderingCore import vtkColorTransferFunction, vtkVolume, vtkVolumeProperty
from vtkmodules.vtkRenderingVolume import vtkGPUVolumeRayCastMapper

from moviemaker.core.camera import View
from moviemaker.core.props import Light, Volume
from moviemaker.stage.arrays import drawable, filled, image_data, moved, shared_array
from moviemaker.stage.marching import (
    SPARSE,
    TABLE_SIZE,
    Blocks,
    blocks_of,
    leaps,
    look_up,
    march,
    table_of,
    visible_blocks,
)
from moviemaker.stage.ods_rays import bend_volume, look_at_volume

BLENDS = {
    "composite": vtkGPUVolumeRayCastMapper.COMPOSITE_BLEND,
    "maximum": vtkGPUVolumeRayCastMapper.MAXIMUM_INTENSITY_BLEND,
    "minimum": vtkGPUVolumeRayCastMapper.MINIMUM_INTENSITY_BLEND,
    "average": vtkGPUVolumeRayCastMapper.AVERAGE_INTENSITY_BLEND,
    "additive": vtkGPUVolumeRayCastMapper.ADDITIVE_BLEND,
}


class VolumeActor:
    """A cloud, drawn by VTK's ray caster."""

    def __init__(self) -> None:
        self.mapper = vtkGPUVolumeRayCastMapper()
        # Sampling is the scene's decision: VTK would lower the quality by itself where drawing takes long.
        self.mapper.SetAutoAdjustSampleDistances(False)
        self.mapper.SetLockSampleDistanceToInputSpacing(False)
        self.mapper.SetUseJittering(False)
        self.mapper.SetMaskTypeToBinary()
        self.vtk = vtkVolume()
        self.vtk.SetMapper(self.mapper)
        self.vtk.GetProperty().SetInterpolationTypeToLinear()
        bend_volume(self.vtk)
        self._shown: Volume | None = None

    @staticmethod
    def fits(prop: Volume) -> bool:
        """Whether this is the actor for a cloud."""
        return not MarchedVolumeActor.fits(prop)

    def show(self, prop: Volume, ambient: Light | None) -> None:
        """Makes the actor show a cloud."""
        last = self._shown
        if last is None or moved(last, prop):
            self._fill(prop)
        self.mapper.SetSampleDistance(prop.step)
        self.mapper.SetBlendMode(BLENDS[prop.blend])
        self._color(prop, ambient)
        self._shown = prop

    def face(self, view: View, projection: np.ndarray) -> None:
        """Tells the rays where they start."""
        near = projection[2, 3] / (projection[2, 2] - 1)
        look_at_volume(self.vtk, view, float(near))

    def _fill(self, prop: Volume) -> None:
        values, known = filled(prop.values)
        self.mapper.SetInputData(image_data(drawable(values), prop.origin, prop.spacing))
        # What is not known is cut out, so that it is nothing whatever the transfer function says.
        self.mapper.SetMaskInput(None if known is None else _mask(known, prop))

    def _color(self, prop: Volume, ambient: Light | None) -> None:
        last, look = self._shown, self.vtk.GetProperty()
        if last is None or last.transfer is not prop.transfer or last.opacity != prop.opacity:
            look.SetColor(_color_function(prop))
            look.SetScalarOpacity(_opacity_function(prop))
        look.SetScalarOpacityUnitDistance(prop.unit_distance)
        look.SetShade(prop.shade)
        look.SetAmbient(float(np.mean(ambient.color)) if ambient else 0.0)
        look.SetDiffuse(1.0)
        look.SetSpecular(0.0)


class MarchedVolumeActor(VolumeActor):
    """A cloud that shines by itself and veils what is behind it, which most clouds do."""

    def __init__(self) -> None:
        super().__init__()
        self.vtk.GetProperty().SetTransferFunctionMode(vtkVolumeProperty.TF_2D)  # its texture is the table of colours
        self._span = (0.0, 1.0)
        self._blocks: Blocks | None = None
        self._way: tuple[bool, bool] | None = None

    @staticmethod
    def fits(prop: Volume) -> bool:
        """Whether this is the actor for a cloud."""
        return prop.blend == "composite" and not prop.shade

    def _fill(self, prop: Volume) -> None:
        values, known = filled(prop.values)
        image = image_data(drawable(values), prop.origin, prop.spacing)
        self.mapper.SetInputData(image)
        self._span = image.GetPointData().GetScalars().GetRange()
        self._blocks = None
        if known is None:
            self._blocks = blocks_of(values)
        else:
            self.mapper.SetMaskInput(_mask(known, prop))
            self._march(leaping=False, holes=True)

    def _color(self, prop: Volume, ambient: Light | None) -> None:
        last = self._shown
        looks = ("transfer", "opacity", "step", "unit_distance")
        if last is not None and not moved(last, prop) and all(getattr(last, n) == getattr(prop, n) for n in looks):
            return
        table = table_of(prop, *self._span)
        shades = vtkImageData()
        shades.SetDimensions(TABLE_SIZE, 1, 1)
        shades.GetPointData().SetScalars(shared_array(table.rgba))
        self.vtk.GetProperty().SetTransferFunction2D(shades)
        look_up(self.vtk, table, *self._span)
        if self._blocks is not None:
            visible = visible_blocks(self._blocks, table)
            leaping = bool(visible.mean() <= SPARSE)
            self.mapper.SetMaskInput(image_data(leaps(visible), prop.origin, prop.spacing) if leaping else None)
            self._march(leaping=leaping, holes=False)

    def _march(self, leaping: bool, holes: bool) -> None:
        if self._way != (leaping, holes):  # another way is another shader to be compiled
            march(self.vtk, leaping, holes)
            self._way = (leaping, holes)


def _mask(known: np.ndarray, prop: Volume) -> vtkImageData:
    return image_data(known.astype(np.uint8) * 255, prop.origin, prop.spacing)


def _color_function(prop: Volume) -> vtkColorTransferFunction:
    function = vtkColorTransferFunction()
    nodes = np.column_stack([prop.transfer.color_values, prop.transfer.colors])
    for value, red, green, blue in nodes.tolist():
        function.AddRGBPoint(value, red, green, blue)
    return function


def _opacity_function(prop: Volume) -> vtkPiecewiseFunction:
    function = vtkPiecewiseFunction()
    function.AllowDuplicateScalarsOn()  # two points of one value are a step
    for value, opacity in prop.transfer.opacities:
        function.AddPoint(value, opacity * prop.opacity)
    return function
