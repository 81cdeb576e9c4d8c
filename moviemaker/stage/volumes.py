"""Clouds: VTK's ray caster in a fragment shader."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPiecewiseFunction
from vtkmodules.vtkRenderingCore import vtkColorTransferFunction, vtkVolume
from vtkmodules.vtkRenderingVolume import vtkGPUVolumeRayCastMapper

from moviemaker.core.camera import View
from moviemaker.core.props import Light, Volume
from moviemaker.stage.arrays import drawable, filled, image_data, moved
from moviemaker.stage.ods_rays import bend_volume, look_at_volume

BLENDS = {
    "composite": vtkGPUVolumeRayCastMapper.COMPOSITE_BLEND,
    "maximum": vtkGPUVolumeRayCastMapper.MAXIMUM_INTENSITY_BLEND,
    "minimum": vtkGPUVolumeRayCastMapper.MINIMUM_INTENSITY_BLEND,
    "average": vtkGPUVolumeRayCastMapper.AVERAGE_INTENSITY_BLEND,
    "additive": vtkGPUVolumeRayCastMapper.ADDITIVE_BLEND,
}


class VolumeActor:
    """A cloud, drawn by VTK's ray caster in a fragment shader."""

    def __init__(self) -> None:
        self.mapper = vtkGPUVolumeRayCastMapper()
        # Sampling is the scene's decision: VTK would lower the quality by itself where drawing takes long.
        self.mapper.SetAutoAdjustSampleDistances(False)
        self.mapper.SetLockSampleDistanceToInputSpacing(False)
        self.mapper.SetUseJittering(False)
        self.vtk = vtkVolume()
        self.vtk.SetMapper(self.mapper)
        bend_volume(self.vtk)
        self._shown: Volume | None = None

    def show(self, prop: Volume, ambient: Light | None) -> None:
        """Makes the actor show a cloud."""
        last = self._shown
        if last is None or moved(last, prop):
            values, known = filled(prop.values)
            self.mapper.SetInputData(image_data(drawable(values), prop.origin, prop.spacing))
            # What is not known is cut out, so that it is nothing whatever the transfer function says.
            mask = None if known is None else image_data(known.astype(np.uint8) * 255, prop.origin, prop.spacing)
            self.mapper.SetMaskInput(mask)
            self.mapper.SetMaskTypeToBinary()
        self.mapper.SetSampleDistance(prop.step)
        self.mapper.SetBlendMode(BLENDS[prop.blend])
        look = self.vtk.GetProperty()
        if last is None or last.transfer is not prop.transfer or last.opacity != prop.opacity:
            look.SetColor(_color_function(prop))
            look.SetScalarOpacity(_opacity_function(prop))
        look.SetScalarOpacityUnitDistance(prop.unit_distance)
        look.SetInterpolationTypeToLinear()
        look.SetShade(prop.shade)
        look.SetAmbient(float(np.mean(ambient.color)) if ambient else 0.0)
        look.SetDiffuse(1.0)
        look.SetSpecular(0.0)
        self._shown = prop

    def face(self, view: View, projection: np.ndarray) -> None:
        """Tells the rays where they start."""
        near = projection[2, 3] / (projection[2, 2] - 1)
        look_at_volume(self.vtk, view, float(near))


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
