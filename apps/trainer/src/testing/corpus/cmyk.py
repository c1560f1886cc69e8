"""Makes the files of cmyk.ts: eight colours of known inks, as Photoshop stores them (Adobe marker, inverted). Needs Pillow."""
import base64, io
from PIL import Image

inks = [(0, 0, 0, 0), (255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 255, 0), (0, 0, 0, 255), (128, 0, 0, 0), (0, 128, 128, 64), (200, 100, 50, 25)]
image = Image.new("CMYK", (64, 8))
for i, ink in enumerate(inks):
    image.paste(ink, (8 * i, 0, 8 * i + 8, 8))
out = io.BytesIO()
image.save(out, "JPEG", quality=100, subsampling=0)
print(base64.b64encode(out.getvalue()).decode())
read = Image.open(out)
print([read.convert("CMYK").getpixel((8 * i + 4, 4)) for i in range(8)])
print([read.convert("RGB").getpixel((8 * i + 4, 4)) for i in range(8)])
data = bytearray(out.getvalue())
at = data.index(b"Adobe")
print("transform", data[at + 11])
data[at + 11] = 2  # the same numbers, read as YCCK
print([Image.open(io.BytesIO(data)).convert("RGB").getpixel((8 * i + 4, 4)) for i in range(8)])
