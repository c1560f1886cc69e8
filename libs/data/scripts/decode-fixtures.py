"""Writes src/testdata/decode: one small file for each kind of image, and PIL's pixels of it in expected.json.

    python libs/data/scripts/decode-fixtures.py      (Pillow 12.3)

expected.json: by file name [width, height, base64 of the RGB bytes]. Made by convert('RGB') after exif_transpose; where decode() differs from
PIL on purpose (see its documentation), by a rule that is written here.
"""
import base64, io, json, pathlib, struct, zlib
import numpy as np
from PIL import Image, ImageCms, ImageOps

OUT = pathlib.Path(__file__).parent.parent / "src/testdata/decode"
OUT.mkdir(exist_ok=True)
rng = np.random.default_rng(0)
expected = {}


def picture(width, height):
    """Smooth colours with an edge: what subsampling and smoothing change."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    bands = [128 + 120 * np.sin(x / 3 + i) * np.cos(y / 4 - i) for i in range(3)]
    image = np.stack(bands, -1)
    image[y > x * height / width] *= 0.4
    return np.clip(image, 0, 255).astype(np.uint8)


def write(name, data, pixels=None):
    """pixels: what decode() is to give, where that is not PIL's."""
    (OUT / name).write_bytes(data)
    if pixels is None:
        pixels = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))
    height, width, _ = pixels.shape
    expected[name] = [width, height, base64.b64encode(np.ascontiguousarray(pixels, np.uint8).tobytes()).decode()]


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(array, colour_type, depth):
    """PIL writes no 16-bit colour. array: [height, width, channels], big-endian rows without filter."""
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    height, width = array.shape[:2]
    rows = array.astype(">u2" if depth == 16 else "u1").reshape(height, -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    head = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def exif(orientation, endian="<"):
    data = Image.Exif()
    data.endian = endian
    data[0x0112] = orientation
    return data


large, small = Image.fromarray(picture(37, 23)), Image.fromarray(picture(13, 9))
gray, noise = small.convert("L"), Image.fromarray(rng.integers(0, 256, (9, 13, 3), dtype=np.uint8))
alpha = Image.fromarray(rng.integers(0, 256, (9, 13), dtype=np.uint8))
rgba = Image.merge("RGBA", (*small.split(), alpha))
cmyk = Image.fromarray(np.dstack([picture(37, 23), picture(37, 23)[::-1, :, 0]]), "CMYK")
palette = small.quantize(16)
high = rng.integers(0, 65536, (9, 13, 4), dtype=np.uint16)
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()

for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
    write(f"jpeg-{subsampling.replace(':', '')}.jpg", saved(large, "JPEG", quality=85, subsampling=subsampling))
write("jpeg-progressive.jpg", saved(large, "JPEG", quality=75, progressive=True))
write("jpeg-restart.jpg", saved(large, "JPEG", quality=95, restart_marker_blocks=1))
write("jpeg-gray.jpg", saved(large.convert("L"), "JPEG"))
write("jpeg-rgb.jpg", saved(large, "JPEG", keep_rgb=True))
write("jpeg-profile.jpg", saved(large, "JPEG", icc_profile=profile))
write("jpeg-cmyk.jpg", saved(cmyk, "JPEG", quality=90))
write("jpeg-one-pixel.jpg", saved(large.crop((5, 5, 6, 6)), "JPEG"))
write("jpeg-thin.jpg", saved(large.crop((0, 0, 1, 23)), "JPEG"))
for orientation in range(1, 9):
    endian = "<" if orientation % 2 else ">"
    write(f"jpeg-orientation-{orientation}.jpg", saved(large, "JPEG", exif=exif(orientation, endian)))
write("jpeg-gray-orientation-6.jpg", saved(large.convert("L"), "JPEG", exif=exif(6)))
write("jpeg-cmyk-orientation-8.jpg", saved(cmyk, "JPEG", exif=exif(8)))
write("named-png-is-jpeg.png", saved(small, "JPEG"))

write("png-gray.png", saved(gray, "PNG"))
write("png-bilevel.png", saved(gray.convert("1"), "PNG"))
write("png-rgb.png", saved(noise, "PNG"))
write("png-rgb-orientation-5.png", saved(small, "PNG", exif=exif(5)))
write("png-rgba.png", saved(rgba, "PNG"))
write("png-gray-alpha.png", saved(Image.merge("LA", (gray, alpha)), "PNG"))
write("png-palette.png", saved(palette, "PNG"))
write("png-palette-2-bits.png", saved(small.quantize(4), "PNG", bits=2))
write("png-palette-transparent.png", saved(palette, "PNG", transparency=3))
write("png-animated.png", saved(small, "PNG", save_all=True, append_images=[noise], duration=100))
write("png-rgb16.png", png(high[..., :3], 2, 16), high[..., :3] >> 8)
write("png-rgba16.png", png(high, 6, 16), high[..., :3] >> 8)
write("png-gray16.png", png(high[..., :1], 0, 16), np.repeat(high[..., :1] >> 8, 3, -1))
write("png-gray-alpha16.png", png(high[..., :2], 4, 16), np.repeat(high[..., :1] >> 8, 3, -1))

write("gif.gif", saved(palette, "GIF"))
write("gif-animated.gif", saved(palette, "GIF", save_all=True, append_images=[noise.quantize(16)], duration=100))
transparent = np.asarray(palette.convert("RGB")) * (np.asarray(palette) != 3)[..., None]
write("gif-transparent.gif", saved(palette, "GIF", transparency=3), transparent)

write("webp-lossless.webp", saved(noise, "WEBP", lossless=True))
write("webp-lossy.webp", saved(large, "WEBP", quality=80))
write("webp-alpha.webp", saved(rgba, "WEBP", lossless=True, exact=True))
write("webp-animated.webp", saved(small, "WEBP", save_all=True, append_images=[noise], lossless=True, duration=100))

write("tiff-rgb.tif", saved(noise, "TIFF"))
write("tiff-lzw.tif", saved(small, "TIFF", compression="tiff_lzw"))
write("tiff-gray.tif", saved(gray, "TIFF"))
write("tiff-bilevel.tif", saved(gray.convert("1"), "TIFF"))
write("tiff-palette.tif", saved(palette, "TIFF"))
write("tiff-rgba.tif", saved(rgba, "TIFF"))
write("tiff-cmyk.tif", saved(cmyk, "TIFF"))
write("tiff-pages.tif", saved(small, "TIFF", save_all=True, append_images=[noise]))
deep = high[..., 0]
write("tiff-gray16.tif", saved(Image.fromarray(deep), "TIFF"), np.repeat(deep[..., None] >> 8, 3, -1))

(OUT / "expected.json").write_text(json.dumps(dict(sorted(expected.items())), indent=0) + "\n")
