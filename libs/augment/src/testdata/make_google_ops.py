"""Makes google_ops.json: TensorFlow's image ops as google-research/simclr's data_util.py calls them. python make_google_ops.py (TensorFlow 2)"""
import json
import pathlib
import numpy as np
import tensorflow as tf

here = pathlib.Path(__file__).parent
image = np.array(json.loads((here / "augment_ops.json").read_text())["image"], np.float32)


def blur(image, kernel_size, sigma, padding="SAME"):
    """data_util.py gaussian_blur"""
    radius = tf.cast(kernel_size / 2, tf.int32)
    size = radius * 2 + 1
    x = tf.cast(tf.range(-radius, radius + 1), tf.float32)
    kernel = tf.exp(-tf.pow(x, 2.0) / (2.0 * sigma**2))
    kernel /= tf.reduce_sum(kernel)
    down, across = tf.reshape(kernel, [size, 1, 1, 1]), tf.reshape(kernel, [1, size, 1, 1])
    image = tf.expand_dims(image, 0)
    for filters in (across, down):
        image = tf.nn.depthwise_conv2d(image, tf.tile(filters, [1, 1, 3, 1]), [1, 1, 1, 1], padding)
    return image[0]


clip = lambda x: tf.clip_by_value(x, 0.0, 1.0)
cases = []
for factor in (0.2, 0.6, 1.4, 1.8):
    cases.append(("brightness", factor, clip(image * factor)))
    cases.append(("channelContrast", factor, clip(tf.image.adjust_contrast(image, factor))))
    cases.append(("hsvSaturation", factor, clip(tf.image.adjust_saturation(image, factor))))
for delta in (-0.8, -0.1, 0.3):
    cases.append(("addBrightness", delta, clip(tf.image.adjust_brightness(image, delta))))
for turns in (-0.2, 0.1):
    cases.append(("hue", turns, clip(tf.image.adjust_hue(image, turns))))
for kernel, sigma in ((2, 0.5), (4, 1.3), (6, 2.0)):
    cases.append(("gaussianBlur", [kernel // 2 * 2 + 1, sigma], blur(image, kernel, sigma)))
edges = tf.image.sobel_edges(tf.constant(image[None]))[0]
cases.append(("sobel", 0, clip(tf.sqrt(tf.reduce_sum(edges**2, -1)))))
for quarters in (1, 2, 3):
    cases.append(("rotateQuarters", quarters, tf.image.rot90(image[:10, :10], quarters)))
for top, left, height, width, out_height, out_width in ((0, 0, 12, 10, 5, 4), (1, 2, 8, 7, 3, 20), (3, 0, 5, 9, 5, 9), (2, 3, 1, 2, 4, 6)):
    box = image[top : top + height, left : left + width]
    resized = tf.image.resize([box], [out_height, out_width], method=tf.image.ResizeMethod.BICUBIC)[0]
    cases.append(("resizedCrop", [top, left, height, width, out_height, out_width], resized))
out = {
    "source": f"TensorFlow {tf.__version__}, clipped to [0, 1] as data_util.py does, but for resizedCrop; the image is that of augment_ops.json",
    "cases": [{"op": op, "value": value, "output": np.round(np.asarray(o, np.float64), 6).tolist()} for op, value, o in cases],
}
(here / "google_ops.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
