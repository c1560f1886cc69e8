"""Makes pil_ops.json: torchvision's functional transforms on PIL images, and PIL's blur. python make_pil_ops.py (Pillow, torchvision, numpy)

Pixels are base64 of interleaved 8-bit RGB. `colours` are SHA-256 of all 2^24 colours, in the order (red * 256 + green) * 256 + blue, with their hue turned.
"""
import base64
import hashlib
import json
import pathlib
import numpy as np
import torch

library = torch.library.Library("torchvision", "FRAGMENT")  # some builds of torchvision lack their operators, which are not needed here
for op in ("nms", "qnms"):
    try:
        library.define(f"{op}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    except RuntimeError:
        pass
import PIL
import torchvision
from PIL import Image, ImageFilter, ImageOps
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

random = np.random.default_rng(5)
y, x, c = np.mgrid[0:26, 0:33, 0:3]
smooth = 127.5 + 90 * np.sin(x / (5.0 + c) + c) * np.cos(y / (7.0 - c)) + random.normal(0, 9, x.shape)
images = {
    "noise": random.integers(0, 256, (15, 13, 3)),
    "smooth": smooth.clip(0, 255),
    "extremes": random.choice([0, 1, 254, 255], (9, 16, 3)),
    "pixel": np.array([[[200, 17, 93]]]),
    "line": random.integers(0, 256, (1, 40, 3)),
    "column": random.integers(0, 256, (37, 1, 3)),
    "strip": np.random.default_rng(6).integers(0, 256, (250, 2, 3)),
}
images = {name: Image.fromarray(np.ascontiguousarray(pixels, np.uint8), "RGB") for name, pixels in images.items()}
text = lambda image: base64.b64encode(np.asarray(image).tobytes()).decode()
modes = {"bilinear": InterpolationMode.BILINEAR, "bicubic": InterpolationMode.BICUBIC}

cases = []


def case(op, image, params, output):
    cases.append({"op": op, "image": image, "params": params, "output": text(output)})


# top, left, height, width, outHeight, outWidth
boxes = {
    "noise": [(0, 0, 15, 13, 8, 8), (3, 2, 8, 11, 19, 19), (5, 7, 1, 1, 6, 6), (0, 12, 15, 1, 5, 7), (14, 0, 1, 13, 7, 5), (2, 3, 9, 9, 9, 9), (1, 1, 9, 12, 9, 4), (1, 1, 9, 12, 5, 12)],
    "smooth": [(0, 0, 26, 33, 17, 17), (7, 2, 18, 30, 16, 12), (1, 0, 25, 33, 3, 2), (10, 20, 5, 6, 13, 21), (4, 4, 21, 24, 1, 1)],
    "extremes": [(0, 0, 9, 16, 7, 9), (2, 2, 6, 11, 14, 21)],
    "pixel": [(0, 0, 1, 1, 1, 1), (0, 0, 1, 1, 5, 4)],
    "line": [(0, 0, 1, 40, 4, 17), (0, 5, 1, 33, 3, 3)],
    "column": [(0, 0, 37, 1, 16, 4), (1, 0, 30, 1, 2, 2)],
    # Higher than 100 times the width: PIL shrinks vertically first.
    "strip": [(0, 0, 250, 2, 12, 9), (9, 0, 201, 2, 200, 3), (0, 0, 200, 2, 12, 9), (5, 1, 101, 1, 7, 7), (0, 0, 250, 2, 300, 5), (0, 0, 250, 2, 250, 5), (20, 0, 230, 2, 8, 2)],
}
for name, list_of in boxes.items():
    for interpolation, mode in modes.items():
        for top, left, height, width, out_height, out_width in list_of:
            params = dict(top=top, left=left, height=height, width=width, outHeight=out_height, outWidth=out_width, interpolation=interpolation)
            case("resizedCrop", name, params, F.resized_crop(images[name], top, left, height, width, [out_height, out_width], mode))
for name in ("noise", "smooth", "extremes", "pixel"):
    image = images[name]
    for factor in (0, 0.2, 0.61803, 1, 1.37, 1.8):
        case("brightness", name, dict(factor=factor), F.adjust_brightness(image, factor))
        case("contrast", name, dict(factor=factor), F.adjust_contrast(image, factor))
        case("saturation", name, dict(factor=factor), F.adjust_saturation(image, factor))
    for turns in (-0.5, -0.2, -0.0811, 0, 0.001, 0.1, 0.19999, 0.5):
        case("hue", name, dict(turns=turns), F.adjust_hue(image, turns))
    case("grayscale", name, {}, F.rgb_to_grayscale(image, 3))
    case("horizontalFlip", name, {}, F.hflip(image))
    for threshold in (0, 100, 128, 255):
        case("solarize", name, dict(threshold=threshold), ImageOps.solarize(image, threshold))
for name in ("noise", "smooth", "extremes", "pixel", "line", "column"):
    for sigma in (0.1, 0.5, 1, 1.414, 1.73205, 2, 3.3, 40):
        case("pilBlur", name, dict(sigma=sigma), images[name].filter(ImageFilter.GaussianBlur(sigma)))
for name in ("noise", "smooth"):
    for kernel_size, sigma in ((3, 0.3), (5, 2), (9, 1), (9, 2)):
        case("gaussianBlur", name, dict(kernelSize=kernel_size, sigma=sigma), F.gaussian_blur(images[name], [kernel_size] * 2, [sigma] * 2))

# Whole views: crop and resize, flip, jitter in an order, gray, PIL's blur.
adjust = dict(brightness=F.adjust_brightness, contrast=F.adjust_contrast, saturation=F.adjust_saturation, hue=F.adjust_hue)
views = []
orders = [
    [("hue", -0.13), ("contrast", 1.6), ("brightness", 0.7), ("saturation", 1.5)],
    [("saturation", 0.3), ("brightness", 1.4), ("hue", 0.18), ("contrast", 0.5)],
    [("contrast", 0.9), ("saturation", 1.7), ("hue", 0.05), ("brightness", 1.2)],
]
for i, (box, interpolation, flip, jitter, gray, sigma) in enumerate([
    ((3, 1, 20, 29), "bicubic", True, orders[0], False, 1.2),
    ((0, 0, 26, 33), "bilinear", False, orders[1], True, 0.4),
    ((11, 13, 9, 8), "bicubic", True, orders[2], False, None),
    ((5, 2, 18, 24), "bilinear", False, None, False, 1.9),
]):
    image = F.resized_crop(images["smooth"], *box, [24, 24], modes[interpolation])
    image = F.hflip(image) if flip else image
    for op, factor in jitter or []:
        image = adjust[op](image, factor)
    image = F.rgb_to_grayscale(image, 3) if gray else image
    image = image.filter(ImageFilter.GaussianBlur(sigma)) if sigma else image
    views.append(dict(image="smooth", box=box, interpolation=interpolation, flip=flip, jitter=jitter, gray=gray, sigma=sigma, output=text(image)))

red, green, blue = np.meshgrid(*[np.arange(256, dtype=np.uint8)] * 3, indexing="ij")
every = Image.fromarray(np.stack([red, green, blue], -1).reshape(4096, 4096, 3), "RGB")
colours = [dict(turns=turns, sha256=hashlib.sha256(np.asarray(F.adjust_hue(every, turns)).tobytes()).hexdigest()) for turns in (0.17, -0.09)]

out = {
    "source": f"Pillow {PIL.__version__}, torchvision {torchvision.__version__}: torchvision.transforms.functional on PIL images; made by make_pil_ops.py",
    "images": {name: dict(width=image.width, height=image.height, pixels=text(image)) for name, image in images.items()},
    "cases": cases,
    "views": views,
    "colours": colours,
}
(pathlib.Path(__file__).parent / "pil_ops.json").write_text(json.dumps(out, indent=1) + "\n")
