"""From where on a habit is worth a warning, and who says so.

There is no agreed standard for most of it. Each limit is a plain number with its reason, so that it can be argued with.
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

A dome's audience cannot look away, and its producers move the camera slowly, without an agreed number. At 30 frames a
second this one is half a degree, the width of the moon, from frame to frame.
"""

EASE_IN = 0.5
"""Seconds in which a camera may come from rest to its full speed: less is a jolt.

Acceleration that is seen and not felt is a main cause of discomfort, says the chapter "Motion" of the "Oculus Best
Practices", without a number. A scene has no metres, so full speed is, for the camera's movement, the fastest of its own
shot, and for its turning the limit of a headset above.
"""

WINDOW = 0.1
"""Seconds over which a change of speed is measured. A jump between two frames is smeared over it, or every kink that
nobody sees would count."""

STILL = 0.001
"""Part of its viewing distance that a camera has to move in a second not to stand still.

What is ten times nearer than what it looks at then moves by 0.6 degrees."""

TILT = math.radians(2.5)
"""How far the horizon may be off level in a headset, radians.

A drum tilted by 5 degrees made viewers sick sooner than an upright one, and less was not tried ("Optokinetic drum tilt
hastens the onset of vection-induced motion sickness", Aviation, Space, and Environmental Medicine 74, 2003). This is
half of it.
"""

NEAR = 10.0
"""How near something may be, in distances of the eyes.

For eyes 64 mm apart this is 0.64 m; the "Oculus Best Practices" ask for 0.5 m at the least. Nearer, the eyes turn
inwards by more than 5.7 degrees while they focus far away (Shibata, Kim, Hoffman & Banks, "The zone of comfort:
Predicting visual discomfort with stereo displays", Journal of Vision 11(8), 2011).
"""

BETWEEN_CUTS = 1.0
"""Seconds between two cuts.

Viewers all around need time to find what a new place has to show. Cuts as such do no harm where attention is guided
("Can you cut it? An exploration of the effects of editing in cinematic virtual reality", 2017), so only those are named
that leave no time at all.
"""
