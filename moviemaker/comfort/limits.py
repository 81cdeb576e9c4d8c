"""The limits beyond which a habit is worth a warning, and their sources.

Standards for most of them do not exist. Each limit is a plain number with its reason, so that it can be discussed.
"""

from __future__ import annotations

import math

TURNING = math.radians(30)
"""Turning of the picture around a viewer in a headset, radians a second.

Scenes that turned by 30 degrees a second made viewers sick, about any axis (Lo & So, "Cybersickness in the presence of
scene rotational movements along different axes", Applied Ergonomics 32, 2001), as a drum of that speed around them does
(Bonato, Bubka & Story, "Rotation direction change hastens motion sickness onset in an optokinetic drum", Aviation,
Space, and Environmental Medicine 76, 2005).
"""

DOME_TURNING = math.radians(15)
"""Turning of the picture on a dome, radians a second.

A dome's audience cannot look away. Producers move the camera slowly, but did not agree on a number. At 30 frames a
second this one is half a degree, the width of the moon, from frame to frame.
"""

EASE_IN = 0.5
"""Shortest time, seconds, in which a camera may come from rest to its full speed: less is a jolt.

The chapter "Motion" of the "Oculus Best Practices" calls acceleration that is seen and not felt a main cause of
discomfort, without a number. A scene has no metres, so the full speed of a movement is the fastest of its own shot, and
the full speed of a rotation is the limit for headsets above.
"""

WINDOW = 0.1
"""Seconds over which a change of speed is measured, so that invisible kinks between two frames do not count."""

STILL = 0.001
"""Part of the viewing distance below which a camera's movement in one second counts as standing still.

Things ten times nearer than what the camera looks at then move by 0.6 degrees."""

TILT = math.radians(2.5)
"""How far the horizon may be off level in a headset, radians.

A drum tilted by 5 degrees made viewers sick sooner than an upright one; smaller angles were not tried ("Optokinetic
drum tilt hastens the onset of vection-induced motion sickness", Aviation, Space, and Environmental Medicine 74, 2003).
This is half of it.
"""

NEAR = 10.0
"""Smallest distance of things from the camera, in distances between the eyes.

For eyes 64 mm apart this is 0.64 m; the "Oculus Best Practices" ask for 0.5 m at the least. Nearer, the eyes turn
inwards by more than 5.7 degrees while they focus far away (Shibata, Kim, Hoffman & Banks, "The zone of comfort:
Predicting visual discomfort with stereo displays", Journal of Vision 11(8), 2011).
"""

BETWEEN_CUTS = 1.0
"""Shortest time between two cuts, seconds.

Viewers need time to look around in a new place. Cuts as such do no harm where attention is guided ("Can you cut it? An
exploration of the effects of editing in cinematic virtual reality", 2017), so only cuts that leave no time are named.
"""
