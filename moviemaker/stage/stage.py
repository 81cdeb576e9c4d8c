"""The stage: props are hung up, light falls on them, and each view is photographed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import vtkmodules.vtkRenderingOpenGL2
import vtkmodules.vtkRenderingVolumeOpenGL2
from vtkmodules.vtkRenderingCore import vtkLight, vtkRenderer, vtkRenderWindow

from moviemaker.core.camera import Frustum, View
from moviemaker.core.errors import UserError
from moviemaker.core.geometry import distance_to_box
from moviemaker.core.props import Environment, Fog, Light, Prop, Shade, all_same
from moviemaker.stage.actors import Actor, actor_for, fits, with_outlines
from moviemaker.stage.glyphs.glyph_actor import GlyphActor
from moviemaker.stage.numerics.floating_origin import FloatingOrigin
from moviemaker.stage.plates import plates_of
from moviemaker.stage.shading.light_textures import LightTextures
from moviemaker.stage.shading.scene_light import SceneLight
from moviemaker.stage.transparency import depth_peeling, volume_occlusion
from moviemaker.stage.volumes.actor import VolumeActor
from moviemaker.stage.volumes.grouping import drawing_order, grouped
from moviemaker.stage.window.holding import held
from moviemaker.stage.window.opengl import prepare_opengl
from moviemaker.stage.window.vtk_errors import vtk_errors_raised

NEAREST = 1e-4
"""The nearest distance that is drawn, as a fraction of the farthest: a 24 bit depth buffer resolves no more."""


OVERLAP = 16
"""The least pixels by which rectangles of a view overlap; all overlaps are multiples of it."""


class Stage:
    """An off-screen window with actors in it. Made once, used for every frame; one for a process.

    Args:
        bits: of a colour in the pictures: 8, 16, or 32 for floats.
        light: whether pictures are floats whatever their bits, since some of it may be brighter than white.

    Attributes:
        renderer: OpenGL's name of the renderer, such as "llvmpipe (LLVM 15.0.6, 256 bits)".
        max_size: the largest picture that it draws, pixels a side.
    """

    def __init__(self, bits: int = 8, light: bool = False) -> None:
        prepare_opengl()
        self._actors: list[Actor] = []
        self._shown: tuple[Prop, ...] = ()
        self._lights: tuple[Light, ...] | None = None
        self._shade: Shade | None = None
        self._placed: Shade | None = None
        self._environment: Environment | None = None
        self._floating = FloatingOrigin()
        self._plates = plates_of(bits, light)
        with vtk_errors_raised("opening an off-screen window"):
            self._window = vtkRenderWindow()
            self._window.SetOffScreenRendering(True)
            self._window.SetSize(16, 16)
            self._scene = vtkRenderer()
            self._plates.load(self._window, self._scene)
            self._scene.SetAutomaticLightCreation(False)  # a headlight would turn with every view
            # VTK would average translucent surfaces and lose the antialiasing; we sort or peel them instead.
            self._scene.SetUseOIT(False)
            # VTK would leave out what the camera does not see, but an eye of omni-directional stereo may see it.
            self._scene.GetCullers().RemoveAllItems()
            self._window.AddRenderer(self._scene)
            self._window.Render()
            self._plates.opened(self._window)
        self._textures = LightTextures(self._window)
        self._peeling = depth_peeling.Peeling(self._window, self._scene, self._plates)
        self._occlusion = volume_occlusion.VolumeOcclusion(self._window, self._scene, self._plates)
        capabilities = dict(
            line.split(":", 1) for line in self._window.ReportCapabilities().splitlines() if line.count(":") >= 1
        )
        self.renderer = capabilities.get("OpenGL renderer string", "unknown").strip()
        limit = vtkmodules.vtkRenderingOpenGL2.vtkTextureObject.GetMaximumTextureSize(self._window)
        self.max_size = limit // self._plates.enlargement

    def hang(
        self,
        props: Sequence[Prop],
        lights: Sequence[Light],
        shade: Shade | None = None,
        fog: Fog | None = None,
        environment: Environment | None = None,
    ) -> None:
        """Hangs up the props and lights of a moment. Actors that fit are used again.

        Args:
            props: what is seen.
            lights: what shines on it.
            shade: what of the light gets where (default: all of it gets everywhere).
            fog: around the camera (default: none).
            environment: the light of the sky (default: none).
        """
        props, lights = tuple(props), tuple(lights)
        same_lights = self._lights is not None and all_same(lights, self._lights)
        same_light = same_lights and shade is self._shade and environment is self._environment
        if same_light and all_same(props, self._shown):
            self._set_fog(fog)
            return
        elsewhere = self._floating.follow(props)
        if elsewhere or shade is not self._shade:
            self._shade, self._placed = shade, None if shade is None else self._floating.shade(shade)
        self._environment = environment
        self._lights, lights = lights, tuple(map(self._floating.light, lights))
        if elsewhere or not same_lights:
            self._light(lights)
        hung = with_outlines(grouped(self._floating.props(props)))
        light = SceneLight.of(lights, self._textures, environment)
        with vtk_errors_raised("preparing the picture"), held(self._window):
            self._textures.update(self._placed, light.lamps, environment)
            for place, prop in enumerate(hung):
                before = self._actors[place - 1] if place else None
                if place >= len(self._actors) or not fits(self._actors[place], prop, before):
                    self._take_down(place)
                    self._actors.append(actor_for(prop, self._window, before))
                    self._scene.AddViewProp(self._actors[place].vtk)
                self._actors[place].update(prop, light)
            self._take_down(len(hung))
            volumes = [actor for actor in self._actors if isinstance(actor, VolumeActor)]
            for volume in volumes:
                volume.set_alone(len(volumes) == len(self._actors))
        self._shown = props
        self._set_fog(fog)

    def photograph(self, view: View, background: tuple[float, float, float] | None) -> np.ndarray:
        """The plate of one view, row 0 on top.

        Args:
            view: what is seen.
            background: sRGB, 0 to 1; None: transparent.

        Returns:
            (height, width, 3) uint8, uint16 or float32; of a transparent picture (height, width, 4), colours times
            opacity, and opacity.

        Raises:
            UserError: the renderer cannot draw so large a picture.
            MoviemakerError: VTK reports an error.
        """
        width, height = view.size
        if max(view.size) > self.max_size:
            limit = f"{self.renderer} draws at most {self.max_size} pixels a side"
            what = f"a picture of {width} x {height} pixels is too large"
            raise UserError(f"{what}: {limit}; ask for a smaller size")
        view = self._enlarged(view)
        with vtk_errors_raised("drawing"), held(self._window), self._textures.at_hand():
            if self._window.GetSize() != view.size:
                self._window.SetSize(*view.size)
            channels = 4 if background is None else 3
            self._scene.SetBackground(*(background or (0.0, 0.0, 0.0)))
            self._aim(view)
            projection = self._projection(view)
            for actor in self._actors:
                actor.face(view, projection)
            self._sort_volumes(view)
            if depth_peeling.is_needed(self._actors):
                self._occlusion.leave()
                return self._plates.developed(self._peeling.picture(self._actors, channels))
            self._peeling.leave()
            if volume_occlusion.is_needed(self._actors, view):
                return self._plates.developed(self._occlusion.picture(self._actors, view, channels))
            self._occlusion.leave()
            self._window.Render()
            return self._plates.take(self._window, (width, height), channels)

    def overlap(self, view: View) -> int:
        """Pixels by which rectangles of a view have to overlap, since what lies beside them reaches into them.

        These are dots and lines, which VTK leaves out if their middles are outside, and blurred shadows of volumes.
        """
        dots = [actor.dot_width * view.fineness / 2 for actor in self._actors if isinstance(actor, GlyphActor)]
        occluded = volume_occlusion.is_needed(self._actors, self._enlarged(view))
        blurred = 2 * volume_occlusion.pixels_of_slabs(view) if occluded else 0.0
        return OVERLAP * math.ceil(1 + max([*dots, blurred, 0.0]) / OVERLAP)

    def _enlarged(self, view: View) -> View:
        """The view as it is drawn: from the floating origin, and with more pixels if the plates need them."""
        drawn = self._plates.enlargement
        return replace(
            view,
            position=view.position - self._floating.origin,
            size=(drawn * view.size[0], drawn * view.size[1]),
            fineness=drawn * view.fineness,
            within=None if view.within is None else self._enlarged(view.within),
        )

    @property
    def enlargement(self) -> int:
        """Pixels drawn for one of a plate, across and down."""
        return self._plates.enlargement

    def distances(self, view: View) -> np.ndarray:
        """Distances of what is opaque in the view photographed last: (height, width) float32, row 0 on top.

        In a perspective picture they are measured from the eye, in a parallel one along the viewing direction; they
        are infinite where nothing is opaque. Translucent things and volumes do not count.
        """
        width, height = view.size
        with held(self._window):
            depths = self._plates.depths(self._window, view.size)
        near, far = self._scene.GetActiveCamera().GetClippingRange()
        if isinstance(view.projection, Frustum):
            seen = view.projection
            x = seen.left + (seen.right - seen.left) * (np.arange(width) + 0.5) / width
            y = seen.top - (seen.top - seen.bottom) * (np.arange(height) + 0.5) / height
            slant = np.sqrt(1 + x * x + (y * y)[:, None])  # distance over depth
            away = near * far / (far - depths * (far - near)) * slant
        else:
            away = near + depths * (far - near)
        return np.where(depths < 1, away, np.inf).astype(np.float32)

    def close(self) -> None:
        """Frees the window and everything in it."""
        self._take_down(0)
        self._peeling.release()
        self._plates.released(self._window)
        self._window.Finalize()

    def _set_fog(self, fog: Fog | None) -> None:
        there = None if fog is None else self._floating.fog(fog)
        for actor in self._actors:
            actor.set_fog(there)

    def _take_down(self, first: int) -> None:
        for actor in self._actors[first:]:
            self._scene.RemoveViewProp(actor.vtk)
            actor.vtk.ReleaseGraphicsResources(self._window)
        del self._actors[first:]

    def _sort_volumes(self, view: View) -> None:
        """Puts groups of volumes into the order in which they are drawn, the farthest first."""
        volumes = [actor for actor in self._actors if isinstance(actor, VolumeActor)]
        if len(volumes) < 2:
            return
        drawn = self._scene.GetViewProps()
        for index in drawing_order([actor.group for actor in volumes], view):
            drawn.RemoveItem(volumes[index].vtk)
            drawn.AddItem(volumes[index].vtk)

    def _light(self, lights: tuple[Light, ...]) -> None:
        self._scene.RemoveAllLights()
        for light in lights:
            if light.kind == "ambient":
                continue
            lamp = vtkLight()
            lamp.SetLightTypeToSceneLight()
            lamp.SetColor(*light.color)
            lamp.SetIntensity(light.intensity)
            if light.kind == "sun":
                lamp.SetPosition(*(-component for component in light.vector))
                lamp.SetFocalPoint(0.0, 0.0, 0.0)
            else:
                lamp.SetPositional(True)
                lamp.SetConeAngle(180.0)
                lamp.SetPosition(*light.vector)
            self._scene.AddLight(lamp)
        if not self._scene.GetLights().GetNumberOfItems():
            dark = vtkLight()  # without any lamp, VTK draws everything as bright as its own colour
            dark.SetLightTypeToSceneLight()
            dark.SetIntensity(0.0)
            self._scene.AddLight(dark)

    def _aim(self, view: View) -> None:
        camera = self._scene.GetActiveCamera()
        camera.SetPosition(*view.position)
        camera.SetFocalPoint(*(view.position + view.forward))
        camera.SetViewUp(*view.up)
        if isinstance(view.projection, Frustum):
            camera.SetParallelProjection(False)
            seen = view.projection
            width, height = seen.right - seen.left, seen.top - seen.bottom
            camera.SetViewAngle(math.degrees(2 * math.atan(height / 2)))
            camera.SetWindowCenter((seen.right + seen.left) / width, (seen.top + seen.bottom) / height)
        else:
            camera.SetParallelProjection(True)
            half = view.projection.height / 2
            wide = half * view.size[0] / view.size[1]
            camera.SetWindowCenter(view.projection.across / wide, view.projection.above / half)
            camera.SetParallelScale(half)
        camera.SetClippingRange(*self._clipping_range(view.whole))

    def _projection(self, view: View) -> np.ndarray:
        """The matrix (4, 4) clip from view coordinates."""
        matrix = self._scene.GetActiveCamera().GetProjectionTransformMatrix(view.size[0] / view.size[1], -1, 1)
        return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])

    def _clipping_range(self, view: View) -> tuple[float, float]:
        """The same range for every view from one place, so that neighbouring views agree where they meet."""
        bounds = np.reshape(self._scene.ComputeVisiblePropBounds(), (3, 2))
        boxes = [actor.bounds for actor in self._actors if isinstance(actor, VolumeActor)]
        boxes += [bounds] if bounds[0, 0] <= bounds[0, 1] else []
        if not boxes:
            return 0.1, 1.0  # nothing is visible
        low, high = np.min(boxes, axis=0)[:, 0], np.max(boxes, axis=0)[:, 1]
        corners = np.array(list(itertools.product(*zip(low, high, strict=True))))
        if not isinstance(view.projection, Frustum):
            depths = (corners - view.position) @ view.forward
            margin = 0.01 * float(np.ptp(depths)) + 1e-6 * float(np.abs(depths).max()) + 1e-12
            return float(depths.min()) - margin, float(depths.max()) + margin
        tangents = (view.projection.left, view.projection.right, view.projection.bottom, view.projection.top)
        sideways = max(map(abs, tangents[:2])), max(map(abs, tangents[2:]))
        farthest = 1.01 * float(np.linalg.norm(corners - view.position, axis=1).max())
        away = distance_to_box(view.position, corners.min(axis=0), corners.max(axis=0))
        depth = 1 / math.hypot(1.0, *sideways)  # of a point at distance 1 in a corner of the picture
        reach = 2 * abs(view.ods.radius) if view.ods else 0.0  # the eyes of ODS may be that much nearer
        nearest = depth * (away - reach)
        return max(nearest, NEAREST * farthest), farthest
